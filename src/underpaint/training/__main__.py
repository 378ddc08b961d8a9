"""``python -m underpaint.training STAGE --work DIR``: make the built-in model from a seed.

Stages: pool (scenes on disk), vae, words (the text encoder by itself), paint, export, sheet, or all
of them in that order.
Every stage goes on from what it finds in the work folder.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import torch

from underpaint.training import pool
from underpaint.training.export import export
from underpaint.training.machine import machine
from underpaint.training.network import new_network
from underpaint.training.reader import train_words
from underpaint.training.sheet import sheet
from underpaint.training.train import load_painters, load_vae, train_painters, train_vae

STAGES = ("pool", "vae", "words", "paint", "export", "sheet")


def main() -> None:
    arguments = _parse()
    torch.set_num_threads(arguments.threads)
    work, on = arguments.work, machine(arguments.device)
    chosen = STAGES if arguments.stage == "all" else (arguments.stage,)
    for stage in chosen:
        if stage == "pool":
            pool.make(work / "pool", arguments.scenes, arguments.seed)
        elif stage == "vae":
            train_vae(work, arguments.minutes * 0.15, arguments.seed, on)
        elif stage == "words":
            train_words(work, arguments.seed)
        elif stage == "paint":
            train_painters(work, arguments.minutes * 0.85, arguments.seed, on)
        else:
            network = load_painters(load_vae(new_network(arguments.seed), work), work)
            (export if stage == "export" else sheet)(network, work, arguments.out)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m underpaint.training", description=__doc__)
    parser.add_argument("stage", choices=("all", *STAGES))
    parser.add_argument("--work", type=Path, required=True, help="checkpoints, pool and logs")
    parser.add_argument("--out", type=Path, help="the engine's folder (default: WORK/engine)")
    parser.add_argument("--minutes", type=float, default=60, help="training time in all")
    parser.add_argument("--scenes", type=int, default=1200, help="pictures in the pool")
    parser.add_argument("--device", help="cpu or cuda (default: a GPU if there is one)")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    arguments = parser.parse_args()
    arguments.out = arguments.out or arguments.work / "engine"
    return arguments


if __name__ == "__main__":
    main()
