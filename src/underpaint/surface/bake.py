"""A texture from painted views: blended where they see it, filled where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..passes.arrays import Bools, Bytes, Floats
from ..passes.colour import to_srgb
from .fill import fill_unseen, spread
from .footprints import Pose, find_footprints, sample, texel_widths
from .texels import Texels, rasterise

UNTOUCHED, FILLED, SEEN = 0, 1, 2
"""What the mask says of a texel."""
_SHARPNESS = 5
"""Exponent of the views' weights: the best view paints, the others only soften the seam."""
_NEVER_SEEN = 0.5


@dataclass(frozen=True)
class Baked:
    """``basecolor``: S×S×3 sRGB 0…1; ``mask``: S×S of UNTOUCHED, FILLED or SEEN."""

    basecolor: Floats
    mask: Bytes

    @property
    def seen(self) -> float:
        """Share of the covered texels that a view painted."""
        covered = int((self.mask != UNTOUCHED).sum())
        return float((self.mask == SEEN).sum() / covered) if covered else 0.0


def bake_object(object_id: int, uv: Floats, poses: Sequence[Pose], size: int) -> Baked:
    """Paint one object's texture (``uv``: T×3×2) from all views of it.

    An object that no view sees comes back grey, with an untouched mask.
    """
    texels = rasterise(uv, size)
    colours, seen = blend(texels, uv, object_id, poses)
    if not seen.any():
        grey = np.full((size, size, 3), _NEVER_SEEN, np.float32)
        return Baked(grey, np.zeros((size, size), np.uint8))
    first = poses[0]
    colours = fill_unseen(colours, seen, texels.at(first.positions), texels.at(first.normals))
    mask = texels.image(np.where(seen, SEEN, FILLED).astype(np.uint8))
    return Baked(to_srgb(spread(texels.image(colours), mask != UNTOUCHED)), mask)


def blend(
    texels: Texels, uv: Floats, object_id: int, poses: Sequence[Pose]
) -> tuple[Floats, Bools]:
    """Linear light N×3 of the texels, and which of them (N) any view saw."""
    total = np.zeros(len(texels.index), np.float32)
    colours = np.zeros((len(texels.index), 3), np.float32)
    for pose in poses:
        grain = texel_widths(uv, pose.positions, texels.size)
        for prints in find_footprints(texels, grain, object_id, pose):
            share = prints.weight**_SHARPNESS
            total[prints.texel] += share
            colours[prints.texel] += share[:, None] * sample(prints, pose.view)
        for prints in find_footprints(texels.copies, grain, object_id, pose):
            share, place = prints.weight**_SHARPNESS, texels.copies.place[prints.texel]
            np.add.at(total, place, share)
            np.add.at(colours, place, share[:, None] * sample(prints, pose.view))
    seen = total > 0
    colours[seen] /= total[seen, None]
    return colours, seen
