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
from ..passes.arrays import Bytes, Floats, Ints
from ..passes.colour import to_linear
from .outlines import Outlines, find_outlines
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
        return np.where(self.outlines.clean, self.object_id, np.int32(-1)).astype(np.int32)

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

    @cached_property
    def perspective(self) -> bool:
        """Whether things get smaller with distance."""
        return self._lens[3, 2] != 0

    def prepare(self) -> None:
        """Work out all that footprints and pictures need, before several threads ask for it."""
        _ = self.windows, self.clean_id, self.pictures, self.broad

    def to_camera(self, points: Floats) -> Floats:
        """World points (…×3) in camera space."""
        eye, turn = self._to_world[:3, 3], self._to_world[:3, :3]
        return (points - eye.astype(np.float32)) @ turn.astype(np.float32)

    def to_world(self, points: Floats) -> Floats:
        """Camera-space points (N×3) in the world."""
        eye, turn = self._to_world[:3, 3], self._to_world[:3, :3]
        return points @ turn.T.astype(np.float32) + eye.astype(np.float32)

    def turn(self, directions: Floats) -> Floats:
        """World directions (…×3) in camera space."""
        return directions @ self._to_world[:3, :3].astype(np.float32)

    def pixels(self, points: Floats) -> tuple[Floats, Floats]:
        """(column, row) of camera-space points (N×3) in front of the camera; pixel centres are
        whole numbers."""
        lens = self._lens.astype(np.float32)
        height, width = self.depth.shape
        z = points[:, 2]
        w = lens[3, 2] * z + lens[3, 3]
        w = np.where(w > 0, w, np.float32(np.nan))
        x = (lens[0, 0] * points[:, 0] + lens[0, 2] * z + lens[0, 3]) / w
        y = (lens[1, 1] * points[:, 1] + lens[1, 2] * z + lens[1, 3]) / w
        half = np.float32(0.5)
        return (x + 1) * half * np.float32(width) - half, (1 - y) * half * np.float32(height) - half

    def points(self, pixel: Ints) -> Floats:
        """What pixels (N, flat indices) show, N×3 in camera space."""
        lens = self._lens.astype(np.float32)
        height, width = (np.float32(side) for side in self.depth.shape)
        row, column = np.divmod(pixel, np.int32(self.depth.shape[1]))
        depth, half = self.depth.take(pixel), np.float32(0.5)
        w = lens[3, 3] - lens[3, 2] * depth
        points = np.empty((len(pixel), 3), np.float32)
        x = ((column.astype(np.float32) + half) / width * 2 - 1) * w
        y = (1 - (row.astype(np.float32) + half) / height * 2) * w
        points[:, 0] = (x + lens[0, 2] * depth - lens[0, 3]) / lens[0, 0]
        points[:, 1] = (y + lens[1, 2] * depth - lens[1, 3]) / lens[1, 1]
        points[:, 2] = -depth
        return points

    def pixel_width(self, depth: Floats) -> Floats:
        """Metres that a pixel is wide at depths (N)."""
        width = np.float32(2 / (abs(float(self._lens[0, 0])) * self.depth.shape[1]))
        return depth * width if self.perspective else np.full_like(depth, width)

    @cached_property
    def _lens(self) -> npt.NDArray[np.float64]:
        return np.array(self.projection, np.float64).reshape(4, 4)

    @cached_property
    def _to_world(self) -> npt.NDArray[np.float64]:
        """Without the camera's scale, which changes nothing that it sees."""
        matrix = np.array(self.camera_to_world, np.float64).reshape(4, 4)
        matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
        return matrix


_LIGHT_OF_BYTES = to_linear(np.arange(256, dtype=np.float32) / np.float32(255))


def _halve(picture: Floats) -> Floats:
    """Means of 2×2 pixels; an odd last row or column is repeated."""
    height, width = picture.shape[:2]
    even = np.pad(picture, ((0, height % 2), (0, width % 2), (0, 0)), mode="edge")
    mean: Floats = (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2]) / 4
    return mean
