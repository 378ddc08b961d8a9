"""What a view's camera measured, at the resolution of its picture or of a model's latents.

Two pixels of two views show the same place of the same surface or they do not: ``sources`` tells
where what one view shows lies in another. Nothing is chained and nothing is guessed: the place must
be the same object, in the same plane, on the same side of it, and away from outlines.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Bytes, Floats, Ints
from .camera import Camera
from .moved import Indices, Motion, moved
from .outlines import Outlines, find_outlines, steps_behind

_STEEPEST = 0.42
"""Cosine of 65°: what turns farther away lends no colour to other views (SyncMVD, StableGen)."""
GRAZING = 0.05
"""Cosine of 87°: the same among the frames of a shot, which see a street as flatly as each other;
nothing is printed from them on what a texture shows from elsewhere."""
_SLACK = 0.75
"""Pixels that what a pixel shows may lie off the plane that it is looked for in."""
_PRECISION = 2e-4
_SAME_SIDE = 0.5
_BORDER = 0.2
"""Of a picture's shorter side: from its border on, a view's word grows over so much, so that no
step shows where it ends."""
_BEFORE, _BLOCK = 20.0, 4
"""The same beside what stands before a surface, in pixels; and those between which it is told."""
_LEAST_TRUST = np.float32(0.2)
"""Beside outlines: views agree there among themselves, and any that sees a place clear decides; and
once more beside what moves, whose paint would be a ghost on what others show."""
_LEAST_INWARD = np.float32(0.1)
_DOME, _DOME_ID = np.float32(1e6), 2**31 - 1
"""Radius in metres of what stands for the background, and its number: that of no body but once in
two thousand million."""


@dataclass(frozen=True)
class Sight:
    """Arrays of one view, H×W of the full picture: ``depth`` in metres, ``object_id``, unit world
    ``normal`` (×3), and its ``camera``. ``say``: how much its word counts beside the others'.
    ``aloof``: pixels by which it keeps away from what stands before a surface: where that has moved
    on, the paint of its outline would be left behind. ``steepest``: the cosine of the angle beyond
    which what turns away is not used. ``movers``: bodies that stand otherwise in
    other views; what is aloof keeps away from them the more. ``things``: which object a body is,
    where object ids are bodies (``passes.poses``): what deforms is another body in each frame."""

    depth: Floats
    object_id: Ints
    normal: npt.NDArray[np.floating[Any]]
    camera: Camera
    motion: Motion = field(default_factory=dict)
    say: float = 1.0
    aloof: int = 0
    steepest: float = _STEEPEST
    movers: frozenset[int] = frozenset()
    things: Mapping[int, int] = field(default_factory=dict)

    @cached_property
    def usable(self) -> Bools:
        """H×W: may lend paint and be lent some: away from outlines; all where it is ``aloof``, if
        with little ``trust``."""
        return self._outlines.clean | bool(self.aloof)

    @cached_property
    def trust(self) -> Floats:
        """H×W, 0…1: little beside outlines and up to ``aloof`` pixels from what stands before a
        surface, least where that moves, and all from thrice as many on."""
        if not self.aloof:
            return np.ones(self.depth.shape, np.float32)
        still = np.where(self._outlines.clean, self._grown(self._steps_behind), np.float32(0))
        trust = np.maximum(still, _LEAST_TRUST)
        if self.movers:
            moves = np.isin(self.object_id, [*self.movers])
            steps = steps_behind(self._outlines, self.depth, 3 * self.aloof, moves)
            trust *= np.maximum(self._grown(steps), _LEAST_TRUST)
        return trust

    def _grown(self, steps: Bytes) -> Floats:
        """0 up to ``aloof`` steps, 1 from thrice as many on; evenly at the sharpness of six."""
        grown = np.clip(steps / np.float32(self.aloof) - 1, 0, 2) / np.float32(2)
        return np.asarray(grown ** np.float32(1 / 6), np.float32)

    @cached_property
    def yielding(self) -> Floats:
        """H×W, 0…1: how far a pixel gives way to others that see its place better: not at all
        beside an outline, and beside what stands before it more with each of the ``aloof`` pixels
        from there, so that the paint of outlines stays and no step shows where it ends."""
        steps = self._steps_behind.astype(np.float32)
        fading = (steps - 1) / np.float32(self.aloof)
        yielding: Floats = np.where(steps <= self.aloof, fading, self._outlines.clean)
        return yielding.astype(np.float32)

    @cached_property
    def inward(self) -> Floats:
        """H×W, 0…1: how far from the picture's border, and from what stands before a surface."""
        height, width = self.depth.shape
        row, column = np.arange(height), np.arange(width)
        rim = np.minimum(
            np.minimum(row, height - 1 - row)[:, None], np.minimum(column, width - 1 - column)
        )
        inward = (rim + 1) / np.float32(max(1.0, _BORDER * min(height, width)))
        if not self.aloof:
            inward = np.minimum(inward, self._in_the_open())
        return np.minimum(inward, 1).astype(np.float32)

    def _in_the_open(self) -> Floats:
        """H×W: how far from what stands before a surface, to a block."""
        small = self.thinned(_BLOCK)
        steps = steps_behind(small._outlines, small.depth, 1 + int(_BEFORE) // _BLOCK)
        height, width = self.depth.shape
        row, column = (
            np.minimum(np.arange(side) // _BLOCK, most - 1)
            for side, most in zip((height, width), steps.shape, strict=True)
        )
        open_: Floats = steps[row][:, column] * np.float32(_BLOCK / _BEFORE)
        return open_

    @property
    def joined(self) -> tuple[Bools, Bools]:
        """See ``Outlines``."""
        return self._outlines.joined

    @cached_property
    def _steps_behind(self) -> Bytes:
        return steps_behind(self._outlines, self.depth, 3 * self.aloof)

    @cached_property
    def _outlines(self) -> Outlines:
        return find_outlines(self.depth, self.object_id)

    def thinned(self, step: int) -> Sight:
        """Every ``step``-th pixel as a sight of its own: little to look through."""
        some = (slice(step // 2, None, step),) * 2
        return replace(
            self,
            depth=self.depth[some],
            object_id=self.object_id[some],
            normal=self.normal[some],
            camera=self.camera.thinned(step),
        )

    def cropped(self, rows: slice, columns: slice) -> Sight:
        """A part of the picture, as a sight of its own."""
        top, bottom, _ = rows.indices(self.camera.height)
        left, right, _ = columns.indices(self.camera.width)
        some = (rows, columns)
        return replace(
            self,
            depth=self.depth[some],
            object_id=self.object_id[some],
            normal=self.normal[some],
            camera=self.camera.cropped(top, left, bottom - top, right - left),
        )

    def under_a_dome(self) -> Sight:
        """With the background as a thing of its own, so far away that only turning the camera moves
        it: views then agree on the sky as they do on surfaces. An orthographic camera's stays out
        of it: it sees one direction all over."""
        sky = (self.object_id == 0) & ~np.isfinite(self.depth)
        if not self.camera.perspective or not sky.any():
            return self
        row, column = (at.astype(np.int32) for at in np.nonzero(sky))
        way = self.camera.turned(self.camera.points(column, row, np.ones(len(row), np.float32)))
        length = np.linalg.norm(way, axis=1)
        depth, ids, normal = self.depth.copy(), self.object_id.copy(), self.normal.copy()
        depth[sky], ids[sky] = _DOME / length, _DOME_ID
        normal[sky] = -way / length[:, None]
        return replace(self, depth=depth, object_id=ids, normal=normal)

    def level(self, step: int) -> Level:
        """Every ``step``-th pixel: one a block, as latents are one a block of pixels."""
        start = step // 2
        some = (slice(start, None, step), slice(start, None, step))
        return Level(self, step, _whole_blocks(self, step), self.depth[some], self.object_id[some])


@dataclass(frozen=True)
class Sources:
    """Where M pixels of one view lie in another.

    ``target``: their flat indices; ``taps``: M×4 flat indices of the other's pixels around that
    place, with ``shares`` (M×4) that sum to one; ``weight``: how well the other sees them.
    """

    target: Indices
    taps: npt.NDArray[np.int32]
    shares: Floats
    weight: Floats


@dataclass(frozen=True)
class Places:
    """What M pixels of a view show, as it is at rest: flat ``pixel`` indices, object ``ids``,
    ``points`` and ``normals`` (M×3 each)."""

    pixel: Indices
    ids: Ints
    points: Floats
    normals: Floats


@dataclass(frozen=True)
class Level:
    """A sight at a resolution: its pixels stand ``step`` apart in the full picture."""

    sight: Sight
    step: int
    usable: Bools
    depth: Floats
    object_id: Ints

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.depth.shape
        return height, width

    def normals(self, which: Indices) -> Floats:
        """M×3: unit world normals of some pixels."""
        start = self.step // 2
        some = self.sight.normal[start :: self.step, start :: self.step]
        row, column = np.divmod(which, self.shape[1])
        return some[row, column].astype(np.float32)

    def points(self, which: Indices) -> Floats:
        """M×3: what some pixels show, in the world of this view; infinite where that is nothing."""
        start, camera = np.int32(self.step // 2), self.sight.camera
        row, column = np.divmod(which.astype(np.int32), np.int32(self.shape[1]))
        depth = self.depth.reshape(-1)[which]
        with np.errstate(invalid="ignore"):
            local = camera.points(column * self.step + start, row * self.step + start, depth)
            return camera.from_camera(local)

    def widths(self, which: Indices) -> Floats:
        """M: metres that pixels of this level are wide where they look."""
        width = self.sight.camera.pixel_width(self.depth.reshape(-1)[which])
        return width * np.float32(self.step)

    @cached_property
    def weight(self) -> Floats:
        """N: how well the pixels see what they show: turned toward us, near, not at the border.

        Zero where they are not to be used. Comparable between views.
        """
        weight = np.zeros(self.depth.size, np.float32)
        which = np.flatnonzero(self.usable.reshape(-1))
        camera = self.sight.camera
        way = self.points(which) - camera.world[:3, 3].astype(np.float32)
        if not camera.perspective:
            way = np.broadcast_to(-camera.world[:3, 2], way.shape).astype(np.float32)
        facing = np.abs(np.einsum("nc,nc->n", way, self.normals(which)))
        facing /= np.maximum(np.sqrt(np.einsum("nc,nc->n", way, way)), np.float32(1e-12))
        start = self.step // 2
        inward = self.sight.inward[start :: self.step, start :: self.step].reshape(-1)
        inward = np.maximum(inward, _LEAST_INWARD)
        value = self.sight.say * facing / np.maximum(self.widths(which), np.float32(1e-9))
        weight[which] = np.where(facing > self.sight.steepest, value * inward[which], 0)
        if self.sight.aloof:
            weight *= self.sight.trust[start :: self.step, start :: self.step].reshape(-1)
        return weight

    def rest(self, which: Indices) -> tuple[Floats, Floats]:
        """Points and normals (M×3 each) of some pixels, brought back to the world at rest."""
        return moved(
            self.points(which),
            self.normals(which),
            self.object_id.reshape(-1)[which],
            self.sight.motion,
            back=True,
        )

    @property
    def joined(self) -> tuple[Bools, Bools]:
        """See ``Outlines``; of blocks only whether they show the same object."""
        if self.step == 1:
            return self.sight.joined
        ids = self.object_id
        return ids[:, 1:] == ids[:, :-1], ids[1:] == ids[:-1]

    @property
    def yielding(self) -> Floats:
        """N: see ``Sight``; of every pixel of a level whose ``step`` is 1."""
        return self.sight.yielding.reshape(-1)

    def places(self) -> Places:
        """What the usable pixels show, to look for in other views."""
        which = np.flatnonzero(self.usable.reshape(-1))
        points, normals = self.rest(which)
        return Places(which, self.object_id.reshape(-1)[which], points, normals)

    def sources(self, places: Places) -> Sources:
        """Where in this view the places of another one of the same level lie."""
        points, normals = moved(
            places.points, places.normals, places.ids, self.sight.motion, back=False
        )
        column, row = self._in_picture(points)
        height, width = self.shape
        with np.errstate(invalid="ignore"):
            inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
        keep = np.flatnonzero(inside)
        x, y = np.rint(column[keep]).astype(np.int64), np.rint(row[keep]).astype(np.int64)
        at = y * width + x
        seen = (self.object_id.reshape(-1)[at] == places.ids[keep]) & (self.weight[at] > 0)
        keep, at = keep[seen], at[seen]
        near = _in_one_plane(points[keep], normals[keep], self, at)
        keep, at = keep[near], at[near]
        taps, shares = self._taps(column[keep], row[keep], places.ids[keep])
        return Sources(places.pixel[keep], taps, shares, self.weight[at])

    def _in_picture(self, points: Floats) -> tuple[Floats, Floats]:
        """(column, row) of world points in this level's pixels."""
        local = self.sight.camera.to_camera(points)
        local[local[:, 2] >= 0] = np.nan
        column, row = self.sight.camera.pixels(local)
        start = np.float32(self.step // 2)
        return (column - start) / self.step, (row - start) / self.step

    def _taps(self, column: Floats, row: Floats, ids: Ints) -> tuple[npt.NDArray[np.int32], Floats]:
        """The four pixels around places, and their bilinear shares; none of another object."""
        height, width = self.shape
        column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
        left, top = np.floor(column).astype(np.int32), np.floor(row).astype(np.int32)
        across, down = column - left, row - top
        right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
        taps = np.stack(
            [top * width + left, top * width + right, below * width + left, below * width + right],
            axis=1,
        )
        shares = np.stack(
            [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down],
            axis=1,
        )
        shares *= self.object_id.reshape(-1)[taps] == ids[:, None]
        shares /= np.maximum(shares.sum(1, keepdims=True), np.float32(1e-6))
        return taps, shares.astype(np.float32)


def _in_one_plane(points: Floats, normals: Floats, other: Level, at: Indices) -> Bools:
    """Which of M points lie in the surface that another view's pixels show, on the same side."""
    same: Bools = np.einsum("nc,nc->n", other.normals(at), normals) > _SAME_SIDE
    off = np.abs(np.einsum("nc,nc->n", other.points(at) - points, normals))
    return same & (off <= _SLACK * other.widths(at) + _PRECISION * other.depth.reshape(-1)[at])


def _whole_blocks(sight: Sight, step: int) -> Bools:
    """Which blocks of ``step`` × ``step`` pixels show one object only, away from its outlines.

    An incomplete block at the right or the bottom belongs to the padding.
    """
    if step == 1:
        return sight.usable & (sight.object_id > 0)
    start = step // 2
    ids = sight.object_id
    height, width = ids[start::step, start::step].shape
    usable = np.zeros((height, width), bool)
    rows, columns = ids.shape[0] // step, ids.shape[1] // step
    blocks = ids[: rows * step, : columns * step].reshape(rows, step, columns, step)
    middle = blocks[:, start, :, start]
    usable[:rows, :columns] = (blocks == middle[:, None, :, None]).all((1, 3)) & (middle > 0)
    return usable
