"""Batches: views of the pool, painted afresh by the teacher, with captions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset

from underpaint.training import pool
from underpaint.training.network import LATENT
from underpaint.training.painter import paint
from underpaint.training.strokes import FINE
from underpaint.training.words import caption, random_brief


@dataclass(frozen=True)
class Batch:
    """``picture``, ``depth``, ``normal``: [B, 3, H, W] in 0…1; ``captions``: B strings; ``noise``
    [B, LATENT, H / 4, W / 4]: what the teacher's chance was read from."""

    picture: Tensor
    depth: Tensor
    normal: Tensor
    captions: list[str]
    noise: Tensor


class Paintings(IterableDataset[Batch]):
    """Endless batches from a seed; a resumed run goes on with another seed."""

    def __init__(self, folder: Path, size: tuple[int, int], batch: int, seed: int) -> None:
        self.folder, self.size, self.batch, self.seed = folder, size, batch, seed

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        rng = random.Random(self.seed)
        views = pool.crops(pool.scenes(self.folder), self.size, rng)
        while True:
            yield _batch([_example(next(views), rng) for _ in range(self.batch)])


_Example = tuple[Tensor, Tensor, Tensor, Tensor, str]


def _example(planes: dict[str, Tensor], rng: random.Random) -> _Example:
    brief = random_brief(rng)
    depth, normal = pool.controls(planes)
    height, width = planes["kind"].shape
    noise = start_noise(height, width, rng.getrandbits(31))
    return paint(planes, brief, noise), depth, normal, noise, caption(brief, rng)


def start_noise(height: int, width: int, seed: int) -> Tensor:
    """Noise as a pipeline draws it for a picture of that size, [LATENT, H / 4, W / 4]."""
    generator = torch.Generator().manual_seed(seed)
    return torch.randn(LATENT, height // FINE, width // FINE, generator=generator)


def _batch(examples: list[_Example]) -> Batch:
    picture, depth, normal, noise, captions = zip(*examples, strict=True)
    return Batch(
        torch.stack(picture),
        torch.stack(depth),
        torch.stack(normal),
        list(captions),
        torch.stack(noise),
    )


def batches(folder: Path, size: tuple[int, int], batch: int, seed: int) -> Iterator[Batch]:
    """Batches made by one process of its own while the model trains."""
    paintings = Paintings(folder, size, batch, seed)
    return iter(DataLoader(paintings, batch_size=None, num_workers=1, prefetch_factor=6))
