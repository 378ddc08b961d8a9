"""``python -m underpaint.training STAGE --work DIR``: make the built-in model from a seed.

Stages: pool (scenes on disk), vae, words (the text encoder by itself), paint, export, sheet, or all
of them in that order.
Every stage goes on from what it finds in the work folder.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from pathlib import Path

import torch

from underpaint.training import pool
from underpaint.training.checkpoints import require_recipe
from underpaint.training.export import export
from underpaint.training.machine import cores, machine
from underpaint.training.network import Network, new_network
from underpaint.training.reader import train_words
from underpaint.training.sheet import sheet
from underpaint.training.train import load_painters, load_vae, train_painters, train_vae

_VAE_SHARE = 0.15
_LEAST_TOLD = 0.9


def main() -> None:
    asked = _parse()
    torch.set_num_threads(asked.threads)
    require_recipe(asked.work, asked.seed)
    for stage in _STAGES if asked.stage == "all" else (asked.stage,):
        print(f"{stage} …", flush=True)
        _STAGES[stage](asked)


def _pool(asked: argparse.Namespace) -> None:
    pool.make(asked.work / "pool", asked.scenes, asked.seed, cores(), print)


def _vae(asked: argparse.Namespace) -> None:
    minutes = asked.minutes * _VAE_SHARE
    train_vae(asked.work, minutes, asked.seed, machine(asked.device))


def _words(asked: argparse.Namespace) -> None:
    told = train_words(asked.work, asked.seed)
    print("told rightly: " + ", ".join(f"{kind} {share:.0%}" for kind, share in told.items()))
    if min(told.values()) < _LEAST_TOLD:
        raise SystemExit("The text encoder did not learn its words: try another seed.")


def _paint(asked: argparse.Namespace) -> None:
    minutes = asked.minutes * (1 - _VAE_SHARE)
    train_painters(asked.work, minutes, asked.seed, machine(asked.device))


def _export(asked: argparse.Namespace) -> None:
    export(_trained(asked), asked.out)


def _sheet(asked: argparse.Namespace) -> None:
    sheet(_trained(asked), asked.work)


_STAGES: dict[str, Callable[[argparse.Namespace], None]] = {
    "pool": _pool,
    "vae": _vae,
    "words": _words,
    "paint": _paint,
    "export": _export,
    "sheet": _sheet,
}


def _trained(asked: argparse.Namespace) -> Network:
    return load_painters(load_vae(new_network(asked.seed), asked.work), asked.work)


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m underpaint.training", description=__doc__)
    parser.add_argument("stage", choices=("all", *_STAGES))
    parser.add_argument("--work", type=Path, required=True, help="checkpoints, pool and logs")
    parser.add_argument("--out", type=Path, help="the engine's folder (default: WORK/engine)")
    parser.add_argument("--minutes", type=float, default=60, help="training time in all")
    parser.add_argument("--scenes", type=int, default=1200, help="pictures in the pool")
    parser.add_argument("--device", choices=("cpu", "cuda"), help="default: a GPU if there is one")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument(
        "--threads",
        type=int,
        default=max(1, cores() - 1),
        help="of the training itself (default: all cores but one, which paints)",
    )
    asked = parser.parse_args()
    asked.out = asked.out or asked.work / "engine"
    return asked


if __name__ == "__main__":
    main()
