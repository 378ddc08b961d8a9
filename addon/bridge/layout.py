"""Whether a UV layout gives every piece of a surface texels of its own; numpy only.

Shapes: T triangles.
"""

from __future__ import annotations

import numpy as np

from .flat import samples
from .polygons import Array

_CELLS_A_TRIANGLE = 200  # of the grid on which overlaps are looked for
_MOST_CELLS = 160_000
_SHARED = 0.002  # of the covered cells, the share that may be covered twice
_LOST = 0.005  # of the surface, the share that may have next to no texels
_THIN = 0.01  # of the mean density: next to none
_OUTSIDE = 1e-4  # beyond the unit square
_MOST_LAYERS = 8  # of an artist's layout: its whole area in unit squares


def is_sound(uv: Array, positions: Array) -> bool:
    """Whether triangles with UVs (T, 3, 2) and corners ``positions`` (T, 3, 3) have their own
    texels: inside the unit square, not on one another, and not shrunk to nothing."""
    return not leaves(uv) and lost(uv, positions) < _LOST and overlap(uv) < _SHARED


def leaves(uv: Array) -> bool:
    """Whether UVs (…, 2) lie outside the unit square, or are no numbers."""
    inside = np.isfinite(uv) & (uv > -_OUTSIDE) & (uv < 1 + _OUTSIDE)
    return not inside.all()


def fault(uv: Array, positions: Array) -> str:
    """What keeps an artist's layout, of the same shapes, from holding a texture; or nothing.

    It may cover itself, and repeat beyond the unit square: such faces share their texels.
    """
    if not np.isfinite(uv).all():
        return "holds numbers that are none"
    share = lost(uv, positions)
    if share >= _LOST:
        return f"gives {max(share, 0.01):.0%} of the surface no area"
    layers = _areas(uv).sum() / 2
    if layers > _MOST_LAYERS:
        return f"repeats its texture {layers:.0f} times, so that little of it is any one place's"
    return ""


def tiles(uv: Array) -> tuple[Array, Array]:
    """For triangles with UVs (T, 3, 2), rows (N,) of them and whole steps (N, 2): taken away, these
    bring every part of a triangle beyond the unit square back into it."""
    low = np.floor(uv.min(axis=1) + _OUTSIDE).astype(np.int64)
    high = np.maximum(np.ceil(uv.max(axis=1) - _OUTSIDE).astype(np.int64) - 1, low)
    wide = high - low + 1
    count = wide.prod(axis=1)
    rows = np.repeat(np.arange(len(uv)), count)
    nth = np.arange(len(rows)) - np.repeat(np.cumsum(count) - count, count)
    across, up = nth % wide[rows, 0], nth // wide[rows, 0]
    return rows, low[rows] + np.stack([across, up], axis=1)


def overlap(uv: Array) -> float:
    """The share of the covered part of a layout (T, 3, 2) that is covered again."""
    side = int(min(_CELLS_A_TRIANGLE * (len(uv) + 20), _MOST_CELLS) ** 0.5)
    corners = np.concatenate([uv * side, np.zeros_like(uv[..., :1])], axis=-1).astype(np.float64)
    _, column, row, _ = samples(corners)
    covered = len(np.unique(row * (2 * side) + column))
    return (len(column) - covered) / max(covered, 1)


def lost(uv: Array, positions: Array) -> float:
    """The share of the surface whose triangles lie on a point or a line of the texture."""
    texels = _areas(uv)
    one, other = positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0]
    metres = np.linalg.norm(np.cross(one, other), axis=1)
    whole = float(metres.sum())
    if not whole or not texels.any():
        return 1.0
    thin = texels < _THIN * metres * (float(texels.sum()) / whole)
    return float(metres[thin & (metres > 0)].sum()) / whole


def _areas(uv: Array) -> Array:
    """(T,) twice the area of each triangle in the texture."""
    across, down = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    return np.abs(across[:, 0] * down[:, 1] - down[:, 0] * across[:, 1])
