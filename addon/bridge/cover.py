"""Where to look from, so that all of a set that can be seen is seen.

The film's own cameras come first. What they miss is covered greedily, the camera that adds the most
first, which is within 1 − 1/e of the best choice there is (G. Nemhauser, L. Wolsey, M. Fisher,
"An analysis of approximations for maximizing submodular set functions", 1978). Cameras stand all
around the set, its parts and theirs, and inside of it, where rooms are.

Everything is in world space: metres, Z up. What is hidden behind what is asked of whoever can cast
rays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass

import numpy as np

from .polygons import Array

STEEPEST = math.cos(math.radians(70))
"""A surface that turns farther away than this is not seen well enough to be painted."""
LEAST_PIXELS = 0.4
"""Pixels that a texel must be wide in a view, or the view says too little of it."""
COVERED = 0.98
MOST_VIEWS = 16
_LEAST_GAIN = 0.004
_LEVELS = 3
_INSIDE_FIELD, _OUTSIDE_FIELD = math.radians(90), math.radians(45)
_DIRECTIONS = 20
_LOWEST, _HIGHEST = -0.5, 0.75
"""Sines of the heights from which cameras outside look: 30° below, 49° above."""
_TILT = 0.5
_ROOM = 0.35
"""Where cameras stand inside a part: this far from its middle, in parts of its size."""


@dataclass(frozen=True)
class Samples:
    """N points on surfaces. ``weight``: how much each counts; ``texel``: metres that a texel there
    is wide."""

    points: Array
    normals: Array
    weight: Array
    texel: Array


@dataclass(frozen=True)
class Camera:
    """Where a camera stands and what its lens does; conventions are those of ``model.shot``."""

    camera_to_world: Array
    projection: Array


@dataclass(frozen=True)
class Eye:
    """A place to look from, and at. ``field``: the angle of view across the shorter side."""

    place: tuple[float, float, float]
    aim: tuple[float, float, float]
    field: float

    def camera(self, aspect: float) -> Camera:
        """As a camera for pictures of an aspect, width ÷ height."""
        to_world = np.eye(4)
        to_world[:3, :3], to_world[:3, 3] = self._axes(), self.place
        focal = 1 / math.tan(self.field / 2)
        lens = np.zeros((4, 4))
        lens[0, 0], lens[1, 1] = focal / max(aspect, 1.0), focal / max(1 / aspect, 1.0)
        lens[2, 2] = lens[3, 2] = -1
        return Camera(to_world, lens)

    def _axes(self) -> Array:
        """3×3: the camera's right, up and backward in the world, as columns."""
        back = np.subtract(self.place, self.aim)
        back = back / max(float(np.linalg.norm(back)), 1e-9)
        up = np.array([0.0, 0.0, 1.0]) if abs(back[2]) < 0.999 else np.array([0.0, 1.0, 0.0])
        right = np.cross(up, back)
        right /= np.linalg.norm(right)
        return np.stack([right, np.cross(back, right), back], axis=1)


def may_see(camera: Camera, samples: Samples, width: int) -> Array:
    """Which samples a camera sees well in pictures ``width`` pixels wide, N, were nothing in
    between."""
    to_world, lens = camera.camera_to_world, camera.projection
    away = samples.points - to_world[:3, 3].astype(np.float32)
    local = away @ to_world[:3, :3].astype(np.float32)
    z = local[:, 2]
    w = np.maximum(lens[3, 2] * z + lens[3, 3], 1e-6)
    x = (lens[0, 0] * local[:, 0] + lens[0, 2] * z + lens[0, 3]) / w
    y = (lens[1, 1] * local[:, 1] + lens[1, 2] * z + lens[1, 3]) / w
    inside = (z < 0) & (np.abs(x) < 1) & (np.abs(y) < 1)
    perspective = lens[3, 2] != 0
    way = away if perspective else np.broadcast_to(-to_world[:3, 2], away.shape)
    distance = np.linalg.norm(way, axis=1)
    facing = -(way * samples.normals).sum(1) / np.maximum(distance, 1e-6)
    fine = samples.texel * width * abs(lens[0, 0]) / (2 * w) > LEAST_PIXELS
    return np.asarray(inside & (facing > STEEPEST) & fine)


def candidates(samples: Samples) -> Iterator[Eye]:
    """Places to look from: around the set and inside it, then its parts, then theirs."""
    low, high = samples.points.min(0), samples.points.max(0)
    for level in range(_LEVELS):
        for part in _parts(samples.points, low, high, 1 << level):
            yield from _around(part)
            yield from _within(part)


def choose(
    possible: Array, weights: Array, before: Array, look: Callable[[int], Array]
) -> Generator[int, None, list[int]]:
    """Cameras to add, best first; yields how many were looked through, returns their rows.

    ``possible``: C×N, what each would see were nothing in between; ``before``: N, what is seen
    already; ``look``: what a camera really sees, N, which is asked of the most promising ones alone
    (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
    Ends when all but 2 % of what is possible is seen, or the best would add less than 0.4 %,
    which is not worth its painting.
    """
    weight = weights.astype(np.float64)
    seen, sees, chosen = before.copy(), possible.copy(), list[int]()
    looked = np.zeros(len(possible), bool)
    total = float(weight[seen | possible.any(0)].sum()) if len(possible) else 0.0
    gain = (sees & ~seen) @ weight
    while len(chosen) < MOST_VIEWS and float(weight[seen].sum()) < COVERED * total:
        best = int(gain.argmax())
        if gain[best] < _LEAST_GAIN * total:
            break
        if not looked[best]:
            sees[best] &= look(best)
            looked[best] = True
            gain[best] = float(weight[sees[best] & ~seen].sum())
            yield int(looked.sum())
            continue
        chosen.append(best)
        seen |= sees[best]
        gain = (sees & ~seen) @ weight
    return chosen


def _parts(points: Array, low: Array, high: Array, cells: int) -> Iterator[Array]:
    """Points by the cell of a grid that they lie in; a side much shorter than the longest is not
    cut."""
    extent = np.maximum(high - low, np.float32(1e-6))
    counts = np.maximum(1, np.rint(cells * extent / extent.max())).astype(np.int64)
    cell = np.minimum(((points - low) / extent * counts).astype(np.int64), counts - 1)
    number = np.ravel_multi_index(tuple(cell.T), tuple(counts))
    for one in np.unique(number):
        yield points[number == one]


def _around(points: Array) -> Iterator[Eye]:
    """Cameras around, evenly spread over most of a sphere (a Fibonacci lattice), that see all.

    None looks steeply down: a picture of ground alone looks like one of a wall, to painters, too.
    """
    middle = (points.min(0) + points.max(0)) / 2
    radius = max(float(np.linalg.norm(points - middle, axis=1).max()), 1e-3)
    away = radius / math.sin(_OUTSIDE_FIELD / 2)
    golden = math.pi * (3 - math.sqrt(5))
    for number in range(_DIRECTIONS):
        z = _LOWEST + (_HIGHEST - _LOWEST) * (number + 0.5) / _DIRECTIONS
        ring = math.sqrt(1 - z * z)
        way = np.array([ring * math.cos(golden * number), ring * math.sin(golden * number), z])
        yield _eye(middle + away * way, middle, _OUTSIDE_FIELD)


def _within(points: Array) -> Iterator[Eye]:
    """Cameras that stand in the middle, or toward a corner, and look around, up and down."""
    low, high = points.min(0), points.max(0)
    middle, extent = (low + high) / 2, high - low
    spots = [(0.0, 0.0), *((x * _ROOM, y * _ROOM) for x in (-1, 1) for y in (-1, 1))]
    for x, y in spots:
        place = middle + extent * np.array([x, y, 0.0])
        for turn in range(6):
            angle = math.tau * turn / 6 + 0.2
            for up in (-_TILT, _TILT):
                way = np.array([math.cos(angle), math.sin(angle), up])
                yield _eye(place, place + way, _INSIDE_FIELD)


def _eye(place: Array, aim: Array, field: float) -> Eye:
    x, y, z = (float(v) for v in place)
    to_x, to_y, to_z = (float(v) for v in aim)
    return Eye((x, y, z), (to_x, to_y, to_z), field)
