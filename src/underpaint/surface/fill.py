"""Colours of texels that no view painted: their tone from what lies near in space, their grain from
the best painted stretch of like facing.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats
from .grain import lend_grain
from .pullpush import pull_push

_CELLS = 1 << 19
"""About how many cells the space around an object is cut into, at the most."""
_CELLS_A_TEXEL = 8
_NORMAL_REACH = 0.3
"""Points are moved along their normals by this share of the object's size before they meet in
space, so that the two sides of a wall do not lend each other colours."""
_HINT = np.float32(0.03)
"""What a hint counts beside a painted texel."""


def fill_unseen(
    colours: Floats, sure: Floats, hinted: Bools, positions: Floats, normals: Floats
) -> Floats:
    """Colours N×3 of all texels, in linear light: those painted as far as they are sure (N, 0…1),
    the others filled.

    ``hinted``: N, whose colours tell their tone even where they are not sure. ``positions`` and
    ``normals``: N×3. With nothing painted at all, the colours come back as they are.
    """
    trust = np.maximum(sure, np.where(hinted, _HINT, 0))
    if (sure >= 1).all() or not trust.any():
        return colours
    place, shape = _cells(positions, normals)
    known = np.flatnonzero(trust)
    volume = pull_push(_gather(place[known], colours[known], trust[known], shape))
    open_ = np.flatnonzero(sure < 1)
    fill = _interpolate(volume, place[open_])
    painted = np.flatnonzero(sure >= 1)
    if len(painted):
        tone = _interpolate(volume, place[painted])
        fill *= lend_grain(colours[painted], tone, painted, open_, positions, normals)
    filled = colours.copy()
    filled[open_] = fill + (colours[open_] - fill) * sure[open_, None]
    return filled


def _cells(positions: Floats, normals: Floats) -> tuple[Floats, tuple[int, int, int]]:
    """N×3 places in a grid, in cells (centres are whole numbers), and the grid's shape."""
    low, high = positions.min(0), positions.max(0)
    reach = np.float32(_NORMAL_REACH) * (high - low).max()
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.float32(1e-12))
    moved = positions + normals / length * reach
    extent = np.maximum((high - low + 2 * reach).astype(np.float64), 1e-9)
    count = min(_CELLS, _CELLS_A_TEXEL * len(positions))
    cell = max(float(extent.prod() / count) ** (1 / 3), float(extent.max()) / 512)
    across, deep, up = (math.ceil(side / cell) + 1 for side in extent)
    return ((moved - (low - reach)) / np.float32(cell)).astype(np.float32), (across, deep, up)


def _gather(place: Floats, colours: Floats, trust: Floats, shape: tuple[int, int, int]) -> Floats:
    """The grid's sums of colours by trust and, last, of trust: shape × 4."""
    cell = np.ravel_multi_index(tuple(np.rint(place).astype(np.int64).T), shape, mode="clip")
    count = math.prod(shape)
    sums = [np.bincount(cell, colours[:, channel] * trust, count) for channel in range(3)]
    sums.append(np.bincount(cell, trust, count))
    return np.stack(sums, -1).astype(np.float32).reshape(*shape, 4)


def _interpolate(volume: Floats, place: Floats) -> Floats:
    """Values N×C of a volume at N×3 places in cells, linear along each axis."""
    most = np.array(volume.shape[:3], np.float32) - 1
    place = np.clip(place, 0, most)
    low = np.minimum(np.floor(place), np.maximum(most - 1, 0)).astype(np.int64)
    part = place - low
    flat = volume.reshape(-1, volume.shape[-1])
    total = np.zeros((len(place), volume.shape[-1]), np.float32)
    for corner in product((0, 1), repeat=3):
        index = np.minimum(low + corner, most.astype(np.int64))
        share = np.where(np.array(corner, bool), part, 1 - part).prod(1, dtype=np.float32)
        cell: npt.NDArray[np.int64] = np.ravel_multi_index(tuple(index.T), volume.shape[:3])
        total += flat[cell] * share[:, None]
    return total
