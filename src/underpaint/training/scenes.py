"""Random pictures of random sets: the cameras, and the choice of a usable view."""

from __future__ import annotations

import math
import random

import torch

from underpaint.training.builder import Builder, rotation_xyz
from underpaint.training.raycast import Buffers, Camera, Primitives, cast
from underpaint.training.sets import build

_LENSES = (18.0, 24.0, 28.0, 35.0, 35.0, 50.0, 50.0, 85.0, 100.0)
_TRIES = 12


def random_camera(rng: random.Random, builder: Builder, indoors: bool) -> Camera:
    """A camera that frames one of the set's targets: wide or close, high, low or level, tilted."""
    point, height = rng.choice(builder.targets)
    lens = rng.choice(_LENSES[:6] if indoors else _LENSES)
    cover = height * rng.choice((0.8, 1.3, 2.0, 3.2, 4.5))
    distance = max(0.35, cover * lens / 24)
    if indoors:
        distance = min(distance, rng.uniform(1.5, 3.6))
    azimuth = rng.uniform(0, math.tau)
    eye = rng.choice((rng.uniform(0.1, 0.6), 1.5, 1.6, 1.6, rng.uniform(1.8, 4)))
    z = max(0.08, eye if height > 0.9 else point[2] + distance * rng.uniform(0.02, 0.7))
    x = point[0] + distance * math.cos(azimuth)
    y = point[1] + distance * math.sin(azimuth)
    pan = math.atan2(point[1] - y, point[0] - x) - math.pi / 2 + rng.gauss(0, 0.35) * 12 / lens
    tilt = math.atan2(point[2] - z, distance) + rng.gauss(0, 0.04)
    roll = rng.gauss(0, 0.012) if rng.random() < 0.85 else rng.gauss(0, 0.12)
    turn = rotation_xyz(0, 0, roll)
    turn = rotation_xyz(math.pi / 2 + tilt, 0, pan) @ turn
    return Camera(torch.tensor([x, y, z]), turn, lens)


def _usable(buffers: Buffers) -> bool:
    """Not inside a wall, not only sky, not one flat surface, not buried in one object."""
    hit = buffers.depth.isfinite()
    if hit.float().mean() < 0.25:
        return False
    near = buffers.depth[hit].quantile(0.02)
    counts = torch.bincount(buffers.object_id.flatten(), minlength=2)
    largest = counts[1:].max() / counts.sum()
    return bool(near > 0.25) and len(counts.nonzero()) >= 4 and bool(largest < 0.72)


def _find_view(
    rng: random.Random, builder: Builder, prims: Primitives, indoors: bool, ratio: float
) -> Camera | None:
    for _ in range(_TRIES):
        camera = random_camera(rng, builder, indoors)
        if _usable(cast(prims, camera, 24, int(24 * ratio))):
            return camera
    return None


def random_picture(seed: int, height: int, width: int) -> tuple[str, Buffers, Camera]:
    """A random view of a random set: the set's name, buffers, camera. Same seed, same picture."""
    rng = random.Random(seed)
    while True:
        name, builder = build(rng)
        prims = builder.primitives()
        camera = _find_view(rng, builder, prims, name == "room", width / height)
        if camera is not None:
            return name, cast(prims, camera, height, width), camera
