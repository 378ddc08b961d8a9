"""Colours of texels that no view painted: their tone from what lies near in space, their grain from
the best painted stretch of like facing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats
from .grain import Painted, lend_grain
from .pullpush import pull_push

_CELLS = 1 << 19
"""About how many cells the space around an object is cut into, at the most."""
_CELLS_A_TEXEL = 8
_NORMAL_REACH = 0.3
"""Points are moved along their normals by this share of the object's size before they meet in
space, so that the two sides of a wall do not lend each other colours."""
_MOST_KNOWN = 1 << 20
"""Painted texels that are asked for their tone: of more than these, every second, third …"""
_BLOCK = 1 << 16
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
    space = _space_of(positions, normals)
    known = np.flatnonzero(trust)
    known = known[:: 1 + len(known) // _MOST_KNOWN]
    volume = pull_push(_gather(space, known, colours, trust))

    def tone(texels: npt.NDArray[np.int64]) -> Floats:
        return _interpolate(volume, space.place(texels))

    bare = np.flatnonzero(sure < 1)
    fill = tone(bare)
    lend_grain(fill, bare, Painted(colours, sure >= 1, positions, normals, tone))
    filled = colours.copy()
    filled[bare] = fill + (colours[bare] - fill) * sure[bare, None]
    return filled


@dataclass(frozen=True)
class _Space:
    """A grid around the texels at ``positions`` (N×3): its lowest corner and ``shape`` in cells,
    which are ``cell`` metres wide; ``reach``: metres that texels are moved along ``normals``."""

    positions: Floats
    normals: Floats
    low: Floats
    cell: np.float32
    reach: np.float32
    shape: tuple[int, int, int]

    def place(self, texels: npt.NDArray[np.int64]) -> Floats:
        """Where texels (M indices) are, M×3 in cells, whose centres are whole numbers."""
        normals = self.normals[texels]
        length = np.sqrt(np.einsum("nc,nc->n", normals, normals))[:, None]
        moved = normals * (self.reach / np.maximum(length, np.float32(1e-12)))
        moved += self.positions[texels]
        moved -= self.low
        moved /= self.cell
        return moved


def _space_of(positions: Floats, normals: Floats) -> _Space:
    low, high = positions.min(0), positions.max(0)
    reach = np.float32(_NORMAL_REACH) * (high - low).max()
    extent = np.maximum((high - low + 2 * reach).astype(np.float64), 1e-9)
    count = min(_CELLS, _CELLS_A_TEXEL * len(positions))
    cell = max(float(extent.prod() / count) ** (1 / 3), float(extent.max()) / 512)
    across, deep, up = (math.ceil(side / cell) + 1 for side in extent)
    return _Space(positions, normals, low - reach, np.float32(cell), reach, (across, deep, up))


def _gather(space: _Space, known: npt.NDArray[np.int64], colours: Floats, trust: Floats) -> Floats:
    """The grid's sums of colours by trust and, last, of trust: shape × 4."""
    place = np.rint(space.place(known)).astype(np.int64)
    cell = np.ravel_multi_index(tuple(place.T), space.shape, mode="clip")
    count, weight = math.prod(space.shape), trust[known]
    sums = [np.bincount(cell, colours[known, channel] * weight, count) for channel in range(3)]
    sums.append(np.bincount(cell, weight, count))
    return np.stack(sums, -1).astype(np.float32).reshape(*space.shape, 4)


def _interpolate(volume: Floats, place: Floats) -> Floats:
    """Values N×C of a volume at N×3 places in cells, linear along each axis."""
    values = np.empty((len(place), volume.shape[-1]), np.float32)
    for start in range(0, len(place), _BLOCK):
        some = slice(start, start + _BLOCK)
        values[some] = _interpolate_block(volume, place[some])
    return values


def _interpolate_block(volume: Floats, place: Floats) -> Floats:
    most = np.array(volume.shape[:3], np.int32) - 1
    place = np.clip(place, 0, most.astype(np.float32))
    low = np.minimum(place.astype(np.int32), np.maximum(most - 1, 0))
    part = place - low.astype(np.float32)
    step = (np.minimum(low + 1, most) - low).T
    flat = volume.reshape(-1, volume.shape[-1])
    _across, deep, up = volume.shape[:3]
    first = (low[:, 0] * deep + low[:, 1]) * up + low[:, 2]
    along_x, along_y, along_z = part[:, :1], part[:, 1:2], part[:, 2:]
    to_x, to_y, to_z = step[0] * (deep * up), step[1] * up, step[2]

    def line(start: npt.NDArray[np.int32]) -> Floats:
        one = flat.take(start, 0)
        return one + (flat.take(start + to_z, 0) - one) * along_z

    def sheet(start: npt.NDArray[np.int32]) -> Floats:
        one = line(start)
        return one + (line(start + to_y) - one) * along_y

    one = sheet(first)
    return one + (sheet(first + to_x) - one) * along_x
