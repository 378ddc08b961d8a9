"""Collects primitives of a set: the vocabulary in which `sets` writes streets and rooms."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from underpaint.training.materials import KIND
from underpaint.training.raycast import BOX, CAPSULE, CONE, CYLINDER, ELLIPSOID, Primitives

Vec = tuple[float, float, float]


def rotation_xyz(x: float, y: float, z: float) -> Tensor:
    """Rotation about X, then Y, then Z, in radians, [3, 3]."""
    result = torch.eye(3)
    for axis, angle in ((0, x), (1, y), (2, z)):
        c, s = math.cos(angle), math.sin(angle)
        i, j = ((1, 2), (2, 0), (0, 1))[axis]
        turn = torch.eye(3)
        turn[i, i], turn[j, j], turn[i, j], turn[j, i] = c, c, -s, s
        result = turn @ result
    return result


def _along(direction: Tensor) -> Tensor:
    """A rotation that takes local Z to ``direction``."""
    z = direction / direction.norm()
    other = torch.tensor([1.0, 0, 0]) if abs(float(z[0])) < 0.9 else torch.tensor([0, 1.0, 0])
    x = torch.linalg.cross(other, z)
    x = x / x.norm()
    return torch.stack([x, torch.linalg.cross(z, x), z], 1)


class Builder:
    """Places shapes in the current frame (see `at`) and gives each thing its own object id."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.targets: list[tuple[Vec, float]] = []  # what a camera may look at, and its height
        self._rows: list[tuple[int, Tensor, Tensor, Vec, float, int, int]] = []
        self._origin, self._turn = torch.zeros(3), torch.eye(3)
        self._next_id, self._grouped = 1, False

    @contextmanager
    def at(self, position: Vec, turn: float = 0.0) -> Iterator[None]:
        """Within: shapes are placed relative to ``position``, turned about Z by ``turn``."""
        before = self._origin, self._turn
        self._origin = before[0] + before[1] @ torch.tensor(position)
        self._turn = before[1] @ rotation_xyz(0, 0, turn)
        yield
        self._origin, self._turn = before

    @contextmanager
    def thing(self) -> Iterator[None]:
        """Within: all shapes share one object id."""
        before, self._grouped = self._grouped, True
        yield
        self._grouped = before
        self._next_id += not before

    def target(self, point: Vec, height: float) -> None:
        """Offer ``point`` (in the current frame), of something ``height`` metres tall."""
        x, y, z = (self._origin + self._turn @ torch.tensor(point)).tolist()
        self.targets.append(((x, y, z), height))

    def box(self, kind: str, base: Vec, size: Vec, turn: Vec = (0, 0, 0)) -> None:
        """A box standing on ``base`` (the middle of its underside), of full extents ``size``."""
        centre = (base[0], base[1], base[2] + size[2] / 2)
        half = (size[0] / 2, size[1] / 2, size[2] / 2)
        self._add(BOX, kind, centre, rotation_xyz(*turn), half)

    def ball(self, kind: str, centre: Vec, size: Vec, turn: Vec = (0, 0, 0)) -> None:
        """An ellipsoid of half extents ``size``."""
        self._add(ELLIPSOID, kind, centre, rotation_xyz(*turn), size)

    def drum(
        self, kind: str, base: Vec, radius: float, height: float, turn: Vec = (0, 0, 0)
    ) -> None:
        """A cylinder standing on ``base``."""
        centre = (base[0], base[1], base[2] + height / 2)
        self._add(CYLINDER, kind, centre, rotation_xyz(*turn), (radius, radius, height / 2))

    def cone(self, kind: str, base: Vec, radius: float, height: float) -> None:
        """A cone standing on ``base``."""
        centre = (base[0], base[1], base[2] + height / 2)
        self._add(CONE, kind, centre, torch.eye(3), (radius, radius, height / 2))

    def limb(self, kind: str, start: Vec, end: Vec, radius: float) -> None:
        """A capsule from ``start`` to ``end``."""
        a, b = torch.tensor(start), torch.tensor(end)
        length = float((b - a).norm()) + 1e-6
        centre = tuple(((a + b) / 2).tolist())
        turn = _along(b - a + 1e-6)
        self._add(CAPSULE, kind, centre, turn, (radius,) * 3, length / 2 / radius)

    def _add(
        self, shape: int, kind: str, centre: Vec, turn: Tensor, size: Vec, half: float = 0.0
    ) -> None:
        place = self._origin + self._turn @ torch.tensor(centre)
        row = (shape, place, self._turn @ turn, size, half, KIND[kind], self._next_id)
        self._rows.append(row)
        self._next_id += not self._grouped

    def primitives(self) -> Primitives:
        """All that was placed."""
        shape, centre, rotation, size, half, kind, ids = zip(*self._rows, strict=True)
        return Primitives(
            torch.tensor(shape),
            torch.stack(centre),
            torch.stack(rotation),
            torch.tensor(size).clamp_min(1e-3),
            torch.tensor(half),
            torch.tensor(kind),
            torch.tensor([i % 255 + 1 for i in ids]),
        )
