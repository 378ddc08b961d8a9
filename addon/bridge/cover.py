"""Where to look from, so that all of a set that can be seen is seen.

The film's own cameras come first. What they miss is covered greedily, the camera that adds the most
first, which is within 1 − 1/e of the best choice there is (G. Nemhauser, L. Wolsey, M. Fisher,
"An analysis of approximations for maximizing submodular set functions", 1978). Cameras stand all
around the set, its parts and theirs, inside of it, where rooms are, and straight before what the
others have left over.

Everything is in world space: metres, Z up. What is hidden behind what is asked of whoever can cast
rays.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from .polygons import Array

STEEPEST = math.cos(math.radians(70))
"""A surface that turns farther away than this is not seen well enough to be painted."""
LEAST_PIXELS = 0.25
"""Pixels that a texel must be wide in a view, or the view says too little of it."""
COVERED = 0.99
_VIEWS_A_CLUSTER = 16
_CLUSTER = 24
"""Objects that make a cluster, which may have views of its own."""
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
_STEEP = 0.8
"""Of a way, how much of it may be vertical, for what others have left over."""
_LEAST_FREE, _BEFORE_WALLS = 0.2, 0.9
"""Of the way to where a camera would stand: how much must be free, and how much of what is free is
taken."""
_OF_THE_REST, _ASKED = 60, 600
"""Unseen points that are looked at once more; and of how many, at the most, since much of what is
unseen cannot be seen at all."""
_ASLANT, _SLANT, _DISTANCES = 3, 0.5, (0.3, 1.5)
"""From how many directions beside the straight one, how aslant, and from how far in parts of the
set's radius."""
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


def most_views(objects: int) -> int:
    """How many views may be added for so many objects."""
    return _VIEWS_A_CLUSTER * math.ceil(objects / _CLUSTER)


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


class Space(Protocol):
    """The room between the set's surfaces."""

    def free(self, point: Array, way: Array, far: float) -> float:
        """Metres that a straight way (a unit vector) from a surface's point is free, at the most
        ``far``."""

    def may_stand(self, place: Sequence[float]) -> bool:
        """Whether a camera may look from a place."""


def candidates(samples: Samples, space: Space) -> Iterator[Eye]:
    """Places to look from: around the set and inside it, then its halves, then theirs."""
    for part in _parts(samples, np.arange(len(samples.weight)), _LEVELS):
        box = _box(samples, part)
        for eye in (*_around(box), *_within(box), *_toward(samples, part, box, space)):
            if space.may_stand(eye.place):
                yield eye


def before_the_rest(
    samples: Samples, unseen: Array, space: Space, rng: np.random.Generator
) -> Iterator[Eye]:
    """Places right before some of what is ``unseen`` (N), straight and aslant, as far away as there
    is room: into lanes, under eaves."""
    left = np.flatnonzero(unseen)
    if not len(left):
        return
    order = rng.choice(left, len(left), replace=False, p=_shares(samples.weight[left]))
    away = np.linalg.norm(samples.points - np.median(samples.points, axis=0), axis=1)
    radius = float(np.median(away)) * _NEAR[0]
    found = 0
    for number in order[:_ASKED]:
        eyes = [
            eye
            for eye in _aslant(samples.points[number], samples.normals[number], radius, space, rng)
            if space.may_stand(eye.place)
        ]
        yield from eyes
        found += bool(eyes)
        if found == _OF_THE_REST:
            break


def _aslant(
    point: Array, normal: Array, radius: float, space: Space, rng: np.random.Generator
) -> Iterator[Eye]:
    """Cameras that look at a point, the first of them straight at it."""
    for turn in range(_ASLANT + 1):
        way = _tilted(normal + (rng.normal(size=3) * _SLANT if turn else 0), rng)
        far = radius * float(np.exp(rng.uniform(*np.log(_DISTANCES))))
        eye = _before(point, way, far, space) if way @ normal > STEEPEST else None
        if eye is not None:
            yield eye


class Cover:
    """Chooses from more and more cameras those that are worth their painting.

    ``weights``: N, of what there is to see; ``seen``: N, what is seen already; ``chosen``: the
    numbers of cameras, best first.
    """

    def __init__(self, weights: Array, seen: Array) -> None:
        self._weight = weights.astype(np.float64)
        self._sees = np.zeros((0, len(weights)), bool)
        self._looked = np.zeros(0, bool)
        self.seen = seen.copy()
        self.chosen: list[int] = []

    def add(self, possible: Array) -> None:
        """C×N: what more cameras would see were nothing in between."""
        self._sees = np.concatenate([self._sees, possible])
        self._looked = np.concatenate([self._looked, np.zeros(len(possible), bool)])

    def choose(self, look: Callable[[int, Array], Array], most: int) -> Generator[int, None, None]:
        """Choose on until there are ``most``; yields how many there are, whenever one was looked
        through.

        ``look``: what a camera really sees of some, N, which is asked of the most promising ones
        alone (M. Minoux, "Accelerated greedy algorithms for maximizing submodular set functions",
        1978). Ends when all but 1 % of what can be seen is seen, or when the best would add less
        than 0.04 %, which is not worth its painting.
        """
        gain = self._gains()
        while len(self.chosen) < most and gain.size and not self._is_enough():
            best = int(gain.argmax())
            if gain[best] < _LEAST_GAIN * self._total():
                break
            if not self._looked[best]:
                self._sees[best] &= look(best, self._sees[best] & ~self.seen)
                self._looked[best] = True
                gain[best] = self._weight[self._sees[best] & ~self.seen].sum()
                yield len(self.chosen)
                continue
            self.chosen.append(best)
            self.seen |= self._sees[best]
            gain = self._gains()

    def _gains(self) -> Array:
        return np.asarray((self._sees & ~self.seen) @ self._weight)

    def _total(self) -> float:
        return float(self._weight[self.seen | self._sees.any(0)].sum())

    def _is_enough(self) -> bool:
        return float(self._weight[self.seen].sum()) >= COVERED * self._total()


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


def _toward(samples: Samples, part: Array, box: Array, space: Space) -> Iterator[Eye]:
    """Cameras that look straight at some of a part's points: into what lies between other things,
    where nobody who looks at the whole sees."""
    radius = max(float(np.linalg.norm(box[1] - box[0])) / 2, 1e-3)
    for number in part[:: max(1, len(part) // _DIRECTIONS)]:
        point, way = samples.points[number], samples.normals[number].copy()
        way[2] = np.clip(way[2], _LOWEST, _HIGHEST)
        if float(np.linalg.norm(way[:2])) < _UPRIGHT:
            continue  # a picture of ground alone looks like one of a wall
        for away in _NEAR:
            eye = _before(point, way, radius * away, space)
            if eye is not None:
                yield eye


def _before(point: Array, way: Array, far: float, space: Space) -> Eye | None:
    """A camera that looks back at a point from along a way, as far as that is free: the nearer, the
    wider its lens. None where that is too near to see more than the point."""
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    free = space.free(point, way, far)
    away = free if free >= far else free * _BEFORE_WALLS
    if away < _LEAST_FREE * far:
        return None
    wide = 2 * math.atan(math.tan(_OUTSIDE_FIELD / 2) * far / away)
    return _eye(point + way * away, point, min(wide, _INSIDE_FIELD))


def _tilted(way: Array, rng: np.random.Generator) -> Array:
    """A way, aside of the vertical: what is seen from right above or below looks like a wall."""
    way = way / max(float(np.linalg.norm(way)), 1e-9)
    if abs(way[2]) > _STEEP:
        aside = rng.normal(size=2)
        aside *= math.sqrt(1 - _STEEP**2) / max(float(np.linalg.norm(aside)), 1e-9)
        way = np.array([*aside, math.copysign(_STEEP, way[2])])
    return way


def _shares(weights: Array) -> Array:
    return weights.astype(np.float64) / weights.sum(dtype=np.float64)


def _eye(place: Array, aim: Array, field: float) -> Eye:
    x, y, z = (float(v) for v in place)
    to_x, to_y, to_z = (float(v) for v in aim)
    return Eye((x, y, z), (to_x, to_y, to_z), field)
