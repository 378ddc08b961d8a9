"""A texture from painted views: blended where they see it, filled where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bytes, Floats
from .fill import fill_unseen, spread
from .footprints import View, project, sample, weights
from .texels import Texels, rasterise

UNTOUCHED, FILLED, SEEN = 0, 1, 2
"""What the mask says of a texel."""
SHARPNESS = 5.0
"""Exponent of the views' weights: the best view paints, its neighbours only soften the seam."""
NEVER_SEEN = 0.5


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


def bake_object(object_id: int, uv: Floats, views: Sequence[View], size: int) -> Baked:
    """Paint one object's texture from all views of it. ``uv``: T×3×2, the views hold the mesh as it
    stood at their frame. An object that no view sees comes back grey, with an untouched mask."""
    texels = rasterise(uv, size)
    colours, seen = blend(texels, object_id, views)
    if not seen.any():
        return Baked(
            np.full((size, size, 3), NEVER_SEEN, np.float32), np.zeros((size, size), np.uint8)
        )
    first = views[0]
    colours = fill_unseen(colours, seen, texels.at(first.positions), texels.at(first.normals))
    mask = texels.image(np.where(seen, SEEN, FILLED).astype(np.uint8)).astype(np.uint8)
    image = texels.image(colours).astype(np.float32)
    return Baked(spread(image, mask != UNTOUCHED), mask)


def blend(
    texels: Texels, object_id: int, views: Sequence[View]
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """Colours N×3 of the texels, and which of them any view saw."""
    best = np.zeros(len(texels.index), np.float32)
    painted = [_paint(texels, object_id, view) for view in views]
    for part in painted:
        best[part.texels] = np.maximum(best[part.texels], part.weight)
    total = np.zeros_like(best)
    colours = np.zeros((len(best), 3), np.float32)
    for part in painted:
        share = (part.weight / best[part.texels]) ** SHARPNESS
        total[part.texels] += share
        colours[part.texels] += share[:, None] * part.colours
    seen = total > 0
    colours[seen] /= total[seen, None]
    return colours, seen


@dataclass(frozen=True)
class _Part:
    """What one view gives: M of the texels, their weights (M) and colours (M×3)."""

    texels: npt.NDArray[np.int64]
    weight: Floats
    colours: Floats


def _paint(texels: Texels, object_id: int, view: View) -> _Part:
    prints = project(texels.at(view.positions), texels.at(view.normals), view)
    weight = weights(prints, view, object_id)
    used = np.flatnonzero(weight > 0)
    return _Part(used, weight[used], sample(prints.of(used), view, object_id))
