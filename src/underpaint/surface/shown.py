"""What a view shows of textures that stand: the way back from texels to pixels."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from ..passes.arrays import Bools, Floats
from .footprints import Pose, find_footprints, texel_widths
from .texels import rasterise
from .view import View

_ROUNDS = 3
"""Pixels by which colours grow into the gaps between texels that are wider than pixels."""


@dataclass
class Shown:
    """A picture in the making: H×W×3 sums of sRGB and H×W of weights."""

    colours: Floats
    weight: Floats

    @classmethod
    def nothing(cls, view: View) -> Shown:
        """Nothing of the view is known yet."""
        shape = view.depth.shape
        return cls(np.zeros((*shape, 3), np.float32), np.zeros(shape, np.float32))

    def add(
        self, object_id: int, uv: Floats, poses: Iterable[Pose], texture: Floats, known: Bools
    ) -> None:
        """Show an object's texture (S×S×3 sRGB) where ``known`` (S×S) says that it stands."""
        texels = rasterise(uv, len(texture))
        colours = texture.reshape(-1, 3)[texels.index]
        stands = known.reshape(-1)[texels.index]
        for pose in poses:
            grain = texel_widths(uv, pose.positions, texels.size)
            for prints in find_footprints(texels, grain, object_id, pose):
                some = prints.of(np.flatnonzero(stands[prints.texel]))
                self._splat(some.column, some.row, colours[some.texel])

    def picture(self, view: View) -> tuple[Floats, Floats]:
        """H×W×3 sRGB, and H×W: 1 where it is known, else 0."""
        colours, weight = self.colours, self.weight
        for _ in range(_ROUNDS):
            colours, weight = _grown(colours, weight, view)
        known = weight > 0
        return colours / np.maximum(weight, np.float32(1e-6))[..., None], known.astype(np.float32)

    def _splat(self, column: Floats, row: Floats, colours: Floats) -> None:
        """Each texel counts in the pixel that it falls in, the more the nearer to its middle."""
        x, y = np.rint(column).astype(np.int64), np.rint(row).astype(np.int64)
        share = (1.01 - np.abs(column - x)) * (1.01 - np.abs(row - y))
        pixel = y * self.weight.shape[1] + x
        count = self.weight.size
        self.weight += _summed(pixel, share, count).reshape(self.weight.shape)
        for channel in range(3):
            self.colours[..., channel] += _summed(
                pixel, share * colours[:, channel], count
            ).reshape(self.weight.shape)


def _summed(place: np.typing.NDArray[np.int64], values: Floats, count: int) -> Floats:
    return np.bincount(place, values, count).astype(np.float32)


def _grown(colours: Floats, weight: Floats, view: View) -> tuple[Floats, Floats]:
    """Gaps take the mean of their known neighbours of the same object."""
    gaps = weight == 0
    more, total = np.zeros_like(colours), np.zeros_like(weight)
    for shift, axis in ((1, 0), (-1, 0), (1, 1), (-1, 1)):
        same = np.roll(view.object_id, shift, axis) == view.object_id
        _unroll(same, shift, axis)
        near = np.roll(weight, shift, axis) * same
        more += np.roll(colours, shift, axis) * same[..., None]
        total += near
    fill = gaps & (total > 0)
    return np.where(fill[..., None], more, colours), np.where(fill, total, weight)


def _unroll(same: Bools, shift: int, axis: int) -> None:
    """What rolled in over the border is nobody's neighbour."""
    edge = 0 if shift > 0 else -1
    same[(edge, slice(None)) if axis == 0 else (slice(None), edge)] = False
