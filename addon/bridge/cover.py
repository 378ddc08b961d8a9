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
LEAST_PIXELS = 0.25
"""Pixels that a texel must be wide in a view, or the view says too little of it."""
COVERED = 0.99
VIEWS_A_CLUSTER = 16
_LEAST_GAIN = 0.0004
_LEVELS = 4
_FEWEST = 24
"""Points that a part of the set must have to be cut once more."""
_MOST_OF = 0.03
"""Of a part's points at either end, which decide nothing about where it is."""
_INSIDE_FIELD, _OUTSIDE_FIELD = math.radians(100), math.radians(45)
_DIRECTIONS = 20
_LOWEST, _HIGHEST = -0.5, 0.6
"""Sines of the heights from which cameras outside look: 30° below, 37° above."""
_UPRIGHT = 0.7
"""Of a normal, how much of it lies in the horizon at the least, for a camera to stand along it."""
_NEAR = (0.7, 1.6)
"""How far away cameras stand that look at one point, in parts of its part's radius."""
_TILT = 0.35
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


def pixel_width(camera: Camera, width: int) -> float:
    """What a pixel is wide a metre away, in pictures ``width`` pixels wide; nothing, as far as
    distance goes, where the camera is orthographic."""
    lens = camera.projection
    return 2 / (abs(float(lens[0, 0])) * width) if lens[3, 2] else 0.0


def candidates(samples: Samples, ground: float = -math.inf) -> Iterator[Eye]:
    """Places to look from: around the set and inside it, then its halves, then theirs.

    None is below ``ground``, metres: what nobody stands under has no underside worth a picture.
    """
    for part in _parts(samples, np.arange(len(samples.weight)), _LEVELS):
        box = _box(samples, part)
        for eye in (*_around(box), *_within(box), *_toward(samples, part, box)):
            if eye.place[2] > ground:
                yield eye


def choose(
    possible: Array,
    weights: Array,
    before: Array,
    look: Callable[[int], Array],
    most: int = VIEWS_A_CLUSTER,
) -> Generator[int, None, list[int]]:
    """Cameras to add, best first; yields how many were looked through, returns their rows.

    ``possible``: C×N, what each would see were nothing in between; ``before``: N, what is seen
    already; ``look``: what a camera really sees, N, which is asked of the most promising ones alone
    (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions", 1978).
    Ends when all but 1 % of what can be seen is seen, with ``most`` cameras, or when the best would
    add less than 0.04 %, which is not worth its painting.
    """
    weight = weights.astype(np.float64)
    seen, sees, chosen = before.copy(), possible.copy(), list[int]()
    looked = np.zeros(len(possible), bool)
    total = float(weight[seen | sees.any(0)].sum()) if len(possible) else 0.0
    gain = (sees & ~seen) @ weight
    while len(chosen) < most and float(weight[seen].sum()) < COVERED * total:
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
        total = float(weight[seen | sees.any(0)].sum())
    return chosen


def _parts(samples: Samples, which: Array, levels: int) -> Iterator[Array]:
    """Points (their numbers), then those of either half, and so on: cut across the longest side,
    where half of the weight lies."""
    yield which
    if levels <= 1 or len(which) < _FEWEST:
        return
    points = samples.points[which]
    axis = int((points.max(0) - points.min(0)).argmax())
    order = which[np.argsort(points[:, axis], kind="stable")]
    total = np.cumsum(samples.weight[order])
    cut = int(np.clip(np.searchsorted(total, total[-1] / 2), 1, len(order) - 1))
    yield from _parts(samples, order[:cut], levels - 1)
    yield from _parts(samples, order[cut:], levels - 1)


def _box(samples: Samples, which: Array) -> Array:
    """2×3: the lowest and highest coordinates of points, but for the outermost few: a plain that
    reaches to the horizon is no reason to look at a street from there."""
    points, weight = samples.points[which], samples.weight[which]
    ends = np.empty((2, 3), np.float32)
    for axis in range(3):
        order = np.argsort(points[:, axis], kind="stable")
        total = np.cumsum(weight[order])
        at = np.searchsorted(total, np.array([_MOST_OF, 1 - _MOST_OF]) * total[-1])
        ends[:, axis] = points[order[np.minimum(at, len(order) - 1)], axis]
    return ends


def _around(box: Array) -> Iterator[Eye]:
    """Cameras around, evenly spread over most of a sphere (a Fibonacci lattice), that see all.

    None looks steeply down: a picture of ground alone looks like one of a wall, to painters, too.
    """
    middle = box.mean(0)
    radius = max(float(np.linalg.norm(box[1] - box[0])) / 2, 1e-3)
    away = radius / math.sin(_OUTSIDE_FIELD / 2)
    golden = math.pi * (3 - math.sqrt(5))
    for number in range(_DIRECTIONS):
        z = _LOWEST + (_HIGHEST - _LOWEST) * (number + 0.5) / _DIRECTIONS
        ring = math.sqrt(1 - z * z)
        way = np.array([ring * math.cos(golden * number), ring * math.sin(golden * number), z])
        yield _eye(middle + away * way, middle, _OUTSIDE_FIELD)


def _within(box: Array) -> Iterator[Eye]:
    """Cameras that stand in the middle, or toward a corner, and look around, up and down."""
    middle, extent = box.mean(0), box[1] - box[0]
    spots = [(0.0, 0.0), *((x * _ROOM, y * _ROOM) for x in (-1, 1) for y in (-1, 1))]
    for x, y in spots:
        place = middle + extent * np.array([x, y, 0.0])
        for turn in range(6):
            angle = math.tau * turn / 6 + 0.2
            for up in (-_TILT, _TILT):
                way = np.array([math.cos(angle), math.sin(angle), up])
                yield _eye(place, place + way, _INSIDE_FIELD)


def _toward(samples: Samples, part: Array, box: Array) -> Iterator[Eye]:
    """Cameras that look straight at some of a part's points: into what lies between other things,
    where nobody who looks at the whole sees."""
    radius = max(float(np.linalg.norm(box[1] - box[0])) / 2, 1e-3)
    for number in part[:: max(1, len(part) // _DIRECTIONS)]:
        point, normal = samples.points[number], samples.normals[number].copy()
        normal[2] = np.clip(normal[2], _LOWEST, _HIGHEST)
        if float(np.linalg.norm(normal[:2])) < _UPRIGHT:
            continue  # a picture of ground alone looks like one of a wall
        for away in _NEAR:
            yield _eye(point + normal * radius * away, point, _OUTSIDE_FIELD)


def _eye(place: Array, aim: Array, field: float) -> Eye:
    x, y, z = (float(v) for v in place)
    to_x, to_y, to_z = (float(v) for v in aim)
    return Eye((x, y, z), (to_x, to_y, to_z), field)
