"""A texture from painted views: blended where they see it, filled where they do not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ..passes.arrays import Bytes, Floats
from ..passes.colour import to_srgb
from .blend import blend
from .fill import fill_unseen
from .footprints import Pose
from .pullpush import spread
from .seams import join_seams
from .texels import Texels, rasterise

UNTOUCHED, FILLED, SEEN = 0, 1, 2
"""What the mask says of a texel."""
_ENOUGH = 0.5
"""A texel counts as seen when it is at least half painted, and not mostly filled."""
_NEVER_SEEN = 0.5


@dataclass(frozen=True)
class Baked:
    """``basecolor``: S×S×3 sRGB 0…1; ``mask``: S×S of UNTOUCHED, FILLED or SEEN, of the texels that
    ``texels`` tells of."""

    basecolor: Floats
    mask: Bytes
    texels: Texels

    @property
    def seen(self) -> float:
        """Share of the covered texels that a view painted."""
        covered = int((self.mask != UNTOUCHED).sum())
        return float((self.mask == SEEN).sum() / covered) if covered else 0.0

    def beside(self, earlier: Floats, share: Floats) -> Baked:
        """This texture where ``share`` (S×S) is 1, and an ``earlier`` one (S×S×3) where it is 0."""
        part = spread(share[..., None], self.mask != UNTOUCHED)
        basecolor = earlier + (self.basecolor - earlier) * np.clip(part, 0, 1)
        return replace(self, basecolor=basecolor.astype(np.float32))


def bake_object(
    object_id: int,
    uv: Floats,
    poses: Sequence[Pose],
    size: int,
    gains: Floats | None = None,
    threads: int = 1,
) -> Baked:
    """Paint one object's texture (``uv``: T×3×2) from all views of it.

    ``gains``: factors of the poses' light, poses × 3, as ``gains.find_gains`` finds them. An object
    that no view sees comes back grey, with an untouched mask.
    """
    texels = rasterise(uv, size)
    painted = blend(texels, uv, object_id, poses, gains, threads)
    if not painted.hinted.any():
        grey = np.full((size, size, 3), _NEVER_SEEN, np.float32)
        return Baked(grey, np.zeros((size, size), np.uint8), texels)
    first = poses[0]
    positions, normals = texels.at(first.positions), texels.at(first.normals)
    colours = fill_unseen(painted.colours, painted.sure, painted.hinted, positions, normals)
    colours = join_seams(colours, texels, uv, first.positions, positions)
    mask = texels.image(np.where(painted.sure > _ENOUGH, SEEN, FILLED).astype(np.uint8))
    image = spread(texels.image(colours), mask != UNTOUCHED)
    return Baked(to_srgb(image), mask, texels)
