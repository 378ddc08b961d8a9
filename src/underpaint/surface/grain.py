"""The fine grain of a surface's painted stretches, lent to those that nobody painted.

A patch of what is painted is laid over the rest, mirrored at its borders, square to the axis that
the surface faces most: bricks go on as bricks, though not the very bricks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

_SIDES = (128, 64, 32)
"""Cells that a patch is wide: the largest of which enough is painted."""
_FULL = 0.9
_MOST_CELLS = 1024
_ASKED = 4096
_FLOOR = np.float32(0.02)
"""Added to light before it is divided, so that grain in the dark stays as faint as it is."""
_MOST = np.float32(3)

_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Painted:
    """All texels: their ``colours`` in linear light, which are ``painted``, ``positions`` and
    ``normals`` (N×3 each); ``tone`` gives the tone of texels (indices), without grain."""

    colours: Floats
    painted: Bools
    positions: Floats
    normals: Floats
    tone: Callable[[_Indices], Floats]


def lend_grain(tones: Floats, bare: _Indices, texels: Painted) -> None:
    """Give the ``tones`` (M×3) of the ``bare`` texels (M indices) the grain of a painted patch that
    faces the same way, in place; none where there is no such patch."""
    width = _width(texels.positions)
    sides, of_bare = _side(texels.normals), _side(texels.normals[bare])
    sides = np.where(texels.painted, sides, -1)
    for side in np.unique(of_bare).tolist():
        mine = np.flatnonzero(of_bare == side)
        for like in (side, side ^ 1):  # the other way, where nothing of this way is painted
            patch = _patch(texels, np.flatnonzero(sides == like), side >> 1, width)
            if patch is not None:
                row, column = _cells(texels.positions[bare[mine]], side >> 1, width)
                tones[mine] *= patch[_mirror(row, len(patch)), _mirror(column, len(patch))]
                break


def _side(normals: Floats) -> npt.NDArray[np.int64]:
    """0…5: twice the axis that a normal lies along most, and one more where it points back."""
    size = np.abs(normals)
    axis = np.where(size[:, 1] > size[:, 0], 1, 0)
    axis[size[:, 2] > np.maximum(size[:, 0], size[:, 1])] = 2
    back: npt.NDArray[np.int64] = 2 * axis + (normals[np.arange(len(axis)), axis] < 0)
    return back


def _width(positions: Floats) -> float:
    """Metres between texels, of which the next in the list is mostly the neighbour."""
    some = np.arange(0, max(len(positions) - 1, 0), 1 + len(positions) // _ASKED)
    steps = np.linalg.norm(positions[some + 1] - positions[some], axis=1)
    extent = float((positions.max(0) - positions.min(0)).max())
    return max(float(np.median(steps)) if len(steps) else 0.0, extent / _MOST_CELLS, 1e-9)


def _cells(positions: Floats, axis: int, width: float) -> tuple[_Indices, _Indices]:
    """(row, column) of points in a grid square to an axis."""
    row, column = (positions[:, (axis + turn) % 3] for turn in (1, 2))
    return tuple(np.floor(place / np.float32(width)).astype(np.int64) for place in (row, column))


def _patch(texels: Painted, chosen: _Indices, axis: int, width: float) -> Floats | None:
    """The fullest square of the chosen texels' grain, its mean 1; None if none is full enough."""
    if len(chosen) < _FULL * _SIDES[-1] ** 2:
        return None
    row, column = (place - place.min() for place in _cells(texels.positions[chosen], axis, width))
    held = np.zeros((int(row.max()) + 1, int(column.max()) + 1), bool)
    held[row, column] = True
    for side in _SIDES:
        corner = _fullest(held, side)
        if corner is not None:
            row, column = row - corner[0], column - corner[1]
            inside = (row >= 0) & (row < side) & (column >= 0) & (column < side)
            cell = row[inside] * side + column[inside]
            return _grain(texels, chosen[inside], cell, side)
    return None


def _grain(texels: Painted, chosen: _Indices, cell: _Indices, side: int) -> Floats:
    """side×side×3: the chosen texels' colours divided by their tones, by ``cell``."""
    grain = (texels.colours[chosen] + _FLOOR) / (texels.tone(chosen) + _FLOOR)
    grain = np.clip(grain, 1 / _MOST, _MOST)
    number = np.bincount(cell, minlength=side * side)
    patch = np.ones((side * side, 3), np.float32)
    for channel in range(3):
        sums = np.bincount(cell, grain[:, channel], side * side)
        patch[number > 0, channel] = (sums[number > 0] / number[number > 0]).astype(np.float32)
    return (patch / patch.mean(0)).reshape(side, side, 3)


def _fullest(held: Bools, side: int) -> tuple[int, int] | None:
    """The (row, column) of the square that holds most; None where none holds enough."""
    if min(held.shape) < side:
        return None
    total = np.pad(held.cumsum(0).cumsum(1), ((1, 0), (1, 0)))
    sums = total[side:, side:] - total[:-side, side:] - total[side:, :-side]
    sums += total[:-side, :-side]
    best = int(sums.argmax())
    if sums.flat[best] < _FULL * side * side:
        return None
    row, column = divmod(best, sums.shape[1])
    return row, column


def _mirror(place: _Indices, side: int) -> _Indices:
    """Places 0…side−1, there and back again."""
    turn = place % (2 * side)
    there_and_back: _Indices = np.minimum(turn, 2 * side - 1 - turn)
    return there_and_back
