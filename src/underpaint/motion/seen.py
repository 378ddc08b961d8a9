"""Which places of a frame another shows, and by which of its pixels.

Amid one face of one thing a place is told by its depth alone, between four pixels: exact on planes,
however grazing. Beside outlines, folds and on things as thin as a wire each pixel around a place is
asked by itself whether it shows that very surface: the same body, in the place's own plane, on the
same side. So nothing is ever taken from another object, and nothing needs a margin.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np

from ..passes.arrays import Bools, Floats, Ints
from .frame import NOBODY, PAD, Frame, Indices
from .places import Places, find_places, flat
from .ways import SKY

_SLACK = 0.75
"""Pixels that a place may lie off the plane that it is looked for in."""
_PRECISION = 2e-4
_BENT = 0.25
"""Of the four depths' range, and of the way along the surface to a pixel beside the place: by how
much curved and smoothly shaded things may miss."""
_SAME_SIDE = 0.0
_SAME_FACE = 0.5
_ROUND = -0.5
"""The same of things one pixel wide, whose pixels may show either flank."""
_LEAST_FACING = 0.08
_LEAST_SHARE = 1e-3
STILL = np.float32(1 / 64)
"""Parts of a pixel below which a place is the pixel's middle."""


@dataclass(frozen=True)
class Amid:
    """M places amid a surface: ``corner``, the bordered pixel to their upper left, and how far
    they are from it."""

    pixel: Indices
    corner: Indices
    across: Floats
    down: Floats


@dataclass(frozen=True)
class Beside:
    """M places beside outlines: bordered ``taps`` (4×M) and ``shares`` that sum to one; ``stained``
    where what lies beyond the outline is not what lies there in the frame that asks; ``surely``:
    the part in 0…1 of the four pixels around that show the place."""

    pixel: Indices
    taps: Indices
    shares: Floats
    stained: Bools
    surely: Floats

    def some(self, which: Indices) -> Beside:
        """Only some of them."""
        return Beside(
            self.pixel[which],
            self.taps.take(which, 1),
            self.shares.take(which, 1),
            self.stained[which],
            self.surely[which],
        )

    @property
    def main(self) -> Indices:
        """M: the tap that counts most."""
        return self.taps[self.shares.argmax(0), np.arange(len(self.pixel))]


def look(target: Frame, source: Frame, places: Places) -> tuple[Amid, Beside]:
    """What the source shows of places of the target."""
    left, top = np.floor(places.column + STILL), np.floor(places.row + STILL)
    corner = flat(source, left.astype(np.intp), top.astype(np.intp))
    within = source.whole.take(corner)
    if within.all():
        return _amid(target, source, places, corner), _nothing()
    some, rest = np.flatnonzero(within), np.flatnonzero(~within)
    return (
        _amid(target, source, places.some(some), corner[some]),
        _beside(target, source, places.some(rest), corner[rest]),
    )


def shown(target: Frame, source: Frame, remade: Collection[int] = ()) -> Bools:
    """N: which of the target's pixels show what the source shows, for the most part. ``remade``: as
    ``find_places`` has it."""
    amid, beside = look(target, source, find_places(target, source, remade=remade))
    known = np.zeros(len(target.ids), bool)
    known[amid.pixel] = True
    known[beside.pixel] = beside.surely >= 0.5
    return known


def _amid(target: Frame, source: Frame, places: Places, corner: Indices) -> Amid:
    across, down = _off_corner(places)
    seen = source.bodies.take(corner) == places.body
    seen &= _at_depth(source, places, corner, across, down)
    side = places.normal[0] * source.facing[0].take(corner)
    side += places.normal[1] * source.facing[1].take(corner)
    side += places.normal[2] * source.facing[2].take(corner)
    seen &= side > _SAME_SIDE
    if target.pixels.get(SKY) is not None:
        sky = places.body == SKY
        seen |= sky & (source.bodies.take(corner) == SKY)
    if seen.all():
        return Amid(places.pixel, corner, across, down)
    return Amid(places.pixel[seen], corner[seen], across[seen], down[seen])


def _at_depth(
    source: Frame, places: Places, corner: Indices, across: Floats, down: Floats
) -> Bools:
    """Whether places are as deep as what the four pixels around them show."""
    measure, stride = source.measure, source.stride
    first, right = measure.take(corner), measure.take(corner + 1)
    below, last = measure.take(corner + stride), measure.take(corner + (stride + 1))
    right -= first
    below -= first
    last -= first + right + below
    bent = np.abs(right) + np.abs(below)
    between = first + across * right + down * (below + across * last)
    camera = source.sight.camera
    width = np.float32(camera.pixel_width(np.ones(1, np.float32))[0] * _SLACK)
    if camera.perspective:
        off = np.abs(1 / places.depth - between)
        return off <= (width + np.float32(_PRECISION)) * first + np.float32(_BENT) * bent
    off = np.abs(places.depth - between)
    slack = width + np.float32(_PRECISION) * np.abs(first) + np.float32(_BENT) * bent
    return off <= slack


def _nothing() -> Beside:
    none = np.zeros(0, np.intp)
    empty = np.zeros((4, 0), np.intp)
    shares = np.zeros((4, 0), np.float32)
    return Beside(none, empty, shares, np.zeros(0, bool), shares[0])


def _beside(target: Frame, source: Frame, places: Places, corner: Indices) -> Beside:
    """Of the four pixels around a place those that show it; failing these, the nearest of the
    twelve around them."""
    test = _Test.of(target, source, places)
    across, down = (np.where(at < 2 * STILL, np.float32(0), at) for at in _off_corner(places))
    taps = corner + np.array([[0], [1], [source.stride], [source.stride + 1]])
    shares = np.stack(
        [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
    )
    shares *= np.stack([test.passed(tap) for tap in taps])
    surely = shares.sum(0)
    alone = np.flatnonzero(surely < _LEAST_SHARE)
    taps[0, alone], shares[0, alone] = _nearest(
        test.some(alone), corner[alone], across[alone], down[alone]
    )
    shares[1:, alone] = 0
    total = shares.sum(0)
    shares /= np.maximum(total, np.float32(_LEAST_SHARE))
    unstained = np.zeros(len(total), bool)
    found = Beside(places.pixel, taps, shares, unstained, surely).some(np.flatnonzero(total))
    beyond = source.around.beyond.take(found.taps)
    other = (beyond != NOBODY) & (beyond != target.beyond[found.pixel])
    return replace(found, stained=(other & (found.shares > 0)).any(0))


def _off_corner(places: Places) -> tuple[Floats, Floats]:
    """How far places are from the pixel to their upper left."""
    across = places.column - np.floor(places.column + STILL)
    down = places.row - np.floor(places.row + STILL)
    return np.maximum(across, 0), np.maximum(down, 0)


def _nearest(test: _Test, corner: Indices, across: Floats, down: Floats) -> tuple[Indices, Bools]:
    """The pixel of the 4×4 around a place that passes and is nearest, and whether there is any."""
    best, tap = np.full(len(corner), np.inf, np.float32), corner.copy()
    for row, column in itertools.product(range(-1, 3), repeat=2):
        other = corner + (row * test.source.stride + column)
        away = np.square(column - across) + np.square(row - down)
        nearer = (away < best) & test.passed(other)
        best[nearer], tap[nearer] = away[nearer], other[nearer]
    return tap, np.isfinite(best)


@dataclass(frozen=True)
class _Test:
    """M places, as pixels of the source are held against them: bodies, points and normals (3×M) in
    its camera's space, metres that its pixels are wide there, and whether they are of thin
    things."""

    source: Frame
    ids: Ints
    points: Floats
    normal: Floats
    width: Floats
    facing: Floats
    thin: Bools

    @classmethod
    def of(cls, target: Frame, source: Frame, places: Places) -> _Test:
        camera = source.sight.camera
        points = _points(source, places.column, places.row, places.depth)
        facing = np.abs(_along_view(source, points, places.normal))
        return cls(
            source,
            places.body,
            points,
            places.normal,
            camera.pixel_width(places.depth),
            np.maximum(facing, np.float32(_LEAST_FACING)),
            target.thin[places.pixel],
        )

    def some(self, which: Indices) -> _Test:
        """Of some of the places."""
        return _Test(
            self.source,
            self.ids[which],
            self.points.take(which, 1),
            self.normal.take(which, 1),
            self.width[which],
            self.facing[which],
            self.thin[which],
        )

    def passed(self, tap: Indices) -> Bools:
        """Whether bordered pixels, one a place, show its surface."""
        source, width = self.source, self.width
        side = np.einsum("cm,cm->m", self.normal, source.facing.take(tap, 1))
        row, column = np.divmod(tap, source.stride)
        measure = source.measure.take(tap)
        depth = 1 / measure if source.sight.camera.perspective else measure
        off = _points(source, _unpadded(column), _unpadded(row), depth) - self.points
        away = np.sqrt(np.einsum("cm,cm->m", off, off))
        above = np.abs(np.einsum("cm,cm->m", off, self.normal))
        slack = width * np.float32(_SLACK) + np.float32(_PRECISION) * np.abs(depth)
        slack += np.float32(_BENT) * np.minimum(away, 2 * width / self.facing)
        thin = self.thin | source.around.thin.take(tap)
        near = np.where(thin, away <= 3 * width / self.facing, above <= slack)
        faced = side > np.where(thin, np.float32(_ROUND), np.float32(_SAME_FACE))
        same = source.bodies.take(tap) == self.ids
        passed: Bools = same & ((near & faced) | (self.ids == SKY))
        return passed


def _unpadded(place: Indices) -> Floats:
    return (place - PAD).astype(np.float32)


def _points(source: Frame, column: Floats, row: Floats, depth: Floats) -> Floats:
    """3×M: camera-space points of places."""
    camera = source.sight.camera
    w = camera.scale(depth)
    out = camera.unprojection[:3].astype(np.float32)
    values = np.stack([column * w, row * w, depth, np.ones_like(depth)])
    return out @ values


def _along_view(source: Frame, points: Floats, normal: Floats) -> Floats:
    """M: cosine between normals and the way to the camera."""
    if not source.sight.camera.perspective:
        return normal[2]
    length = np.sqrt(np.einsum("cm,cm->m", points, points))
    return -np.einsum("cm,cm->m", points, normal) / np.maximum(length, np.float32(1e-12))
