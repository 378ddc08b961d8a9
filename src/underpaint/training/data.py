"""Batches: views of the pool, painted afresh by the teacher, with captions."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor
from torch.utils.data import DataLoader, IterableDataset, get_worker_info

from underpaint.training import pool
from underpaint.training.network import LATENT
from underpaint.training.painter import paint
from underpaint.training.strokes import FINE
from underpaint.training.styles import LIGHTS, Brief
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

    def to(self, device: torch.device) -> Batch:
        """The same batch there."""
        picture, depth, normal = (p.to(device) for p in (self.picture, self.depth, self.normal))
        return Batch(picture, depth, normal, self.captions, self.noise.to(device))


class Paintings(IterableDataset[Batch]):
    """Endless batches from a seed; a resumed run goes on with another seed."""

    def __init__(
        self, folder: Path, sizes: tuple[tuple[int, int], ...], batch: int, seed: int
    ) -> None:
        self.folder, self.sizes, self.batch, self.seed = folder, sizes, batch, seed

    def __iter__(self) -> Iterator[Batch]:
        torch.set_num_threads(1)
        me = get_worker_info()
        rng = random.Random(self.seed * 1009 + (me.id if me else 0))
        paths = pool.scenes(self.folder)
        views = [pool.crops(paths, size, rng) for size in self.sizes]
        while True:
            yield _batch(_examples(rng.choice(views), self.batch, rng))


_Example = tuple[Tensor, Tensor, Tensor, Tensor, str]


def _examples(views: Iterator[dict[str, Tensor]], count: int, rng: random.Random) -> list[_Example]:
    """One scene in three is painted twice, with the same noise and look under two lights, so that
    all that differs is what the words say: in one picture, what light does drowns in all else."""
    examples: list[_Example] = []
    while len(examples) < count:
        planes, brief, chance = next(views), random_brief(rng), rng.getrandbits(31)
        examples.append(_example(planes, brief, chance, rng))
        if len(examples) % 4 == 1 and len(examples) < count:
            other = rng.choice([light for light in LIGHTS if light != brief.light])
            examples.append(_example(planes, replace(brief, light=other), chance, rng))
    return examples


def _example(planes: dict[str, Tensor], brief: Brief, chance: int, rng: random.Random) -> _Example:
    depth, normal = pool.controls(planes)
    height, width = planes["kind"].shape
    noise = start_noise(height, width, chance)
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


def batches(
    folder: Path, sizes: tuple[tuple[int, int], ...], batch: int, seed: int, painters: int = 1
) -> Iterator[Batch]:
    """Batches made by processes of their own while the model trains."""
    paintings = Paintings(folder, sizes, batch, seed)
    ahead = 6 if painters == 1 else 2
    return iter(DataLoader(paintings, batch_size=None, num_workers=painters, prefetch_factor=ahead))
