"""The loop that trains: phases, averaged weights, checkpoints, and going on after a kill.

A checkpoint is written every two minutes and at the end. Time, not steps, is the budget, so that
the recipe fits any machine; a run that was paused meanwhile is charged half a minute for it.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from underpaint.training import pool
from underpaint.training.checkpoints import read, write_whole
from underpaint.training.data import Batch, batches
from underpaint.training.machine import Machine
from underpaint.training.network import Network

CHECKPOINT_SECONDS = 120
EMA = 0.998
WORDS_RATE = 0.1
"""Steps of the text encoder, times the others': it knows its words, and is not to forget them."""
_LONGEST_STEP = 30.0


@dataclass(frozen=True)
class Phase:
    """A part of the time spent at some picture sizes (height, width)."""

    until: float  # share of the whole budget
    sizes: tuple[tuple[int, int], ...]  # a batch has one of them
    batch: int


Loss = Callable[[Network, Batch, torch.Generator], Tensor]


@dataclass
class Run:
    """One stage of training under way."""

    name: str
    network: Network
    modules: nn.Module
    loss: Loss
    phases: tuple[Phase, ...]
    work: Path
    on: Machine
    minutes: float
    seed: int
    rate: float
    step: int = 0
    spent: float = 0.0

    @property
    def share(self) -> float:
        """How much of the time is spent, 0…1."""
        return min(1.0, self.spent / (60 * self.minutes))


def train(run: Run) -> None:
    """Go on with a stage until its time is spent; its modules end as their averages."""
    pool.require_sizes(run.work / "pool", [size for phase in run.phases for size in phase.sizes])
    mean = {name: value.clone() for name, value in run.modules.state_dict().items()}
    optimiser = torch.optim.AdamW(_groups(run.modules), lr=run.rate, weight_decay=0.01)
    _resume(run, mean, optimiser)
    run.modules.train()
    saved = started = time.monotonic()
    for batch in _phased(run):
        loss = _step(run, batch, optimiser, mean)
        now = time.monotonic()
        run.step += 1
        run.spent += min(now - started, _LONGEST_STEP)
        started = now
        _log(run, loss)
        if now - saved > CHECKPOINT_SECONDS:
            _save(run, mean, optimiser)
            saved = now
    _save(run, mean, optimiser)
    run.modules.load_state_dict(mean)


def _groups(modules: nn.Module) -> list[dict[str, Any]]:
    """Parameters by how large their steps are, times the run's rate."""
    named = dict(modules.named_parameters())
    words = {name for name in named if name.startswith("words.")}
    return [
        {"params": [named[name] for name in sorted(named.keys() - words)], "times": 1.0},
        {"params": [named[name] for name in sorted(words)], "times": WORDS_RATE},
    ]


def _phased(run: Run) -> Iterator[Batch]:
    """Batches of the phase that it is time for, until the time is spent."""
    for phase in run.phases:
        if run.share >= phase.until:
            continue
        seed = run.seed * 7919 + run.step
        count = phase.batch * run.on.larger
        stream = batches(run.work / "pool", phase.sizes, count, seed, run.on.painters)
        for batch in stream:
            if run.share >= phase.until:
                break
            yield batch.to(run.on.device)


def _step(
    run: Run, batch: Batch, optimiser: torch.optim.Optimizer, mean: dict[str, Tensor]
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = run.rate * group["times"] * _schedule(run)
    noise = torch.Generator().manual_seed(run.seed + run.step)
    with run.on.half:
        loss = run.loss(run.network, batch, noise)
    if not loss.isfinite():
        raise SystemExit(
            f"The loss of {run.name} is no number at step {run.step}; its checkpoint is good. "
            "Go on from it with a smaller rate (train.py)."
        )
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.modules.parameters(), 1.0)
    optimiser.step()
    _average(run, mean)
    return loss.item()


def _schedule(run: Run) -> float:
    """A short warm-up, then half a cosine down to 3 %."""
    warm = min(1.0, (run.step + 1) / 100)
    return warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * run.share)))


@torch.no_grad()
def _average(run: Run, mean: dict[str, Tensor]) -> None:
    decay = min(EMA, (run.step + 1) / (run.step + 10))
    for name, value in run.modules.state_dict().items():
        if value.dtype.is_floating_point:
            mean[name].lerp_(value, 1 - decay)


def _log(run: Run, loss: float) -> None:
    line = {"stage": run.name, "step": run.step, "seconds": round(run.spent, 1), "loss": loss}
    with (run.work / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _save(run: Run, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> None:
    state = {
        "mean": mean,
        "weights": run.modules.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": run.step,
        "spent": run.spent,
    }
    write_whole(state, run.work / f"{run.name}.pt")


def _resume(run: Run, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> None:
    path = run.work / f"{run.name}.pt"
    if not path.exists():
        return
    state = read(path)
    run.modules.load_state_dict(state["weights"])
    optimiser.load_state_dict(state["optimiser"])
    for name, value in state["mean"].items():
        mean[name].copy_(value)
    run.step, run.spent = state["step"], state["spent"]
