"""A painted view: its picture, what its camera measured, and where points fall in it.

Camera and matrix conventions are those of ``model.shot``.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..model.shot import Matrix
from ..passes.arrays import Bools, Bytes, Floats, Ints
from ..passes.colour import to_linear
from .camera import Camera
from .deepest import Deepest
from .outlines import Outlines, find_outlines, find_own
from .smoothing import smooth

_LEVELS = 3
Light: TypeAlias = npt.NDArray[np.float16 | np.float32]
_LARGE = 1 << 19
"""Pixels of a picture above which it is kept in half precision."""

_BROAD = (3.0, 14.0)
"""Pixels that the two smoothed pictures of a view are smoothed over."""


@dataclass(frozen=True)
class View:
    """``picture``: H×W×3 sRGB, 0…1 or in 8 bits; ``depth``: H×W metres; ``object_id``: H×W.

    What is worked out of them is kept, so one view should serve all objects. The projection may
    shift the picture, but neither shears it nor is it a fisheye. ``say``: how much the view counts
    beside others that see as well.
    """

    picture: Floats | Bytes
    depth: Floats
    object_id: Ints
    camera_to_world: Matrix
    projection: Matrix
    say: float = 1.0

    @cached_property
    def outlines(self) -> Outlines:
        """How far each pixel is from other surfaces."""
        return find_outlines(self.depth, self.object_id)

    @cached_property
    def clean_id(self) -> Ints:
        """H×W: the object that a pixel shows where it may be taken from, else −1."""
        return self._ids_where(self.outlines.clean)

    @cached_property
    def own_id(self) -> Ints:
        """H×W: as ``clean_id``, and where only the object's own outline is near; a last resort."""
        return self._ids_where(find_own(self.outlines, self.depth))

    def _ids_where(self, may: Bools) -> Ints:
        return np.where(may, self.object_id, np.int32(-1)).astype(np.int32)

    @property
    def _precision(self) -> type[np.float16 | np.float32]:
        """Large pictures are kept in half precision: it tells 8 bits of sRGB apart, and lets many
        views be held at once. Reading it takes longer."""
        return np.float16 if self.depth.size > _LARGE else np.float32

    def _light(self) -> Floats:
        if self.picture.dtype == np.uint8:
            return _LIGHT_OF_BYTES[self.picture]
        return to_linear(self.picture.astype(np.float32, copy=False))

    @cached_property
    def pictures(self) -> tuple[Light, ...]:
        """The picture's light, and means of 2×2 and of 4×4 of its pixels: for texels wider than a
        pixel. Linear, as all averages of light are."""
        levels = [self._light()]
        while len(levels) < _LEVELS:
            levels.append(_halve(levels[-1]))
        return tuple(level.astype(self._precision) for level in levels)

    @cached_property
    def broad(self) -> Light:
        """H×W×6: the light without what is small, and without what is middling, within each
        surface: no light crosses an outline."""
        middling = smooth(self._light(), self.outlines.joined, _BROAD[0])
        broad = smooth(middling, self.outlines.joined, _BROAD[1])
        return np.concatenate([middling, broad], -1, dtype=self._precision)

    @cached_property
    def windows(self) -> dict[int, tuple[int, int, int, int]]:
        """By object id: (first column, last column, first row, last row) of its pixels."""
        width = self.object_id.shape[1]
        order = np.argsort(self.object_id, axis=None, kind="stable")
        ids = self.object_id.reshape(-1)[order]
        starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]]))
        row, column = np.divmod(order.astype(np.int32), np.int32(width))
        ends = [
            bound.reduceat(place, starts).tolist()
            for place in (column, row)
            for bound in (np.minimum, np.maximum)
        ]
        return dict(zip(ids[starts].tolist(), zip(*ends, strict=True), strict=True))

    def deepest(self, object_id: int) -> Deepest:
        """How far away, at the most, stretches of the picture show an object."""
        first, last, top, bottom = self.windows[object_id]
        window = np.s_[top : bottom + 1, first : last + 1]
        own = self.own_id[window] == object_id
        return Deepest(np.where(own, self.depth[window], -np.inf), first, top)

    def prepare(self) -> None:
        """Work out all that footprints and pictures need, before several threads ask for it."""
        _ = self.windows, self.clean_id, self.own_id, self.pictures, self.broad

    @cached_property
    def camera(self) -> Camera:
        """Where it stands and what its lens does."""
        height, width = self.depth.shape
        return Camera(self.camera_to_world, self.projection, height, width)

    def points(self, pixel: Ints) -> Floats:
        """What pixels (N, flat indices) show, N×3 in camera space."""
        row, column = np.divmod(pixel, np.int32(self.depth.shape[1]))
        return self.camera.points(column, row, self.depth.take(pixel))


_LIGHT_OF_BYTES = to_linear(np.arange(256, dtype=np.float32) / np.float32(255))


def _halve(picture: Floats) -> Floats:
    """Means of 2×2 pixels; an odd last row or column is repeated."""
    height, width = picture.shape[:2]
    even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    mean: Floats = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return mean
