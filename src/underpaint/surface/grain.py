"""The fine grain of a surface's painted stretches, lent to those that nobody painted.

A patch of what is painted is laid over the rest, mirrored at its borders, square to the axis that
the surface faces most: bricks go on as bricks, though not the very bricks.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

_SIDES = (128, 64, 32)
"""Cells that a patch is wide: the largest of which enough is painted."""
_FULL = 0.9
_MOST_CELLS = 1024
_FLOOR = np.float32(0.02)
"""Added to light before it is divided, so that grain in the dark stays as faint as it is."""
_MOST = np.float32(3)

_Indices = npt.NDArray[np.int64]


def lend_grain(
    colours: Floats,
    tone: Floats,
    painted: _Indices,
    bare: _Indices,
    positions: Floats,
    normals: Floats,
) -> Floats:
    """Factors M×3 for the tones of the ``bare`` texels (M indices): the grain of a painted patch
    that faces the same way, 1 where there is none.

    ``colours`` and ``tone``: P×3 of the ``painted`` texels (P indices); ``positions`` and
    ``normals``: N×3 of all.
    """
    grain = np.clip((colours + _FLOOR) / (tone + _FLOOR), 1 / _MOST, _MOST)
    of_painted, of_bare = _side(normals[painted]), _side(normals[bare])
    factors = np.ones((len(bare), 3), np.float32)
    width = _width(positions)
    for side in np.unique(of_bare):
        mine = of_bare == side
        for like in (side, side ^ 1):  # the other way, where nothing of this way is painted
            patch = _patch(grain, positions[painted], of_painted == like, side >> 1, width)
            if patch is not None:
                row, column = _cells(positions[bare[mine]], side >> 1, width)
                factors[mine] = patch[_mirror(row, len(patch)), _mirror(column, len(patch))]
                break
    return factors


def _side(normals: Floats) -> npt.NDArray[np.int64]:
    """0…5: twice the axis that a normal lies along most, and one more where it points back."""
    axis = np.abs(normals).argmax(1)
    back: npt.NDArray[np.int64] = 2 * axis + (normals[np.arange(len(axis)), axis] < 0)
    return back


def _width(positions: Floats) -> float:
    """Metres between texels, of which the next in the list is mostly the neighbour."""
    steps = np.linalg.norm(np.diff(positions, axis=0), axis=1)
    extent = float((positions.max(0) - positions.min(0)).max())
    return max(float(np.median(steps)) if len(steps) else 0.0, extent / _MOST_CELLS, 1e-9)


def _cells(positions: Floats, axis: int, width: float) -> tuple[_Indices, _Indices]:
    """(row, column) of points in a grid square to an axis."""
    row, column = (positions[:, (axis + turn) % 3] for turn in (1, 2))
    return tuple(np.floor(place / np.float32(width)).astype(np.int64) for place in (row, column))


def _patch(
    grain: Floats, positions: Floats, chosen: Bools, axis: int, width: float
) -> Floats | None:
    """The fullest square of the chosen texels' grain, its mean 1; None if none is full enough."""
    if chosen.sum() < _FULL * _SIDES[-1] ** 2:
        return None
    row, column = (place - place.min() for place in _cells(positions[chosen], axis, width))
    shape = (int(row.max()) + 1, int(column.max()) + 1)
    flat, count = row * shape[1] + column, math.prod(shape)
    number = np.bincount(flat, minlength=count)
    for side in _SIDES:
        corner = _fullest((number > 0).reshape(shape), side)
        if corner is not None:
            break
    else:
        return None
    square = (slice(corner[0], corner[0] + side), slice(corner[1], corner[1] + side))
    held = number.reshape(shape)[square]
    patch = np.ones((side, side, 3), np.float32)
    for channel in range(3):
        sums = np.bincount(flat, grain[chosen, channel], count).reshape(shape)[square]
        patch[held > 0, channel] = (sums[held > 0] / held[held > 0]).astype(np.float32)
    return patch / patch.mean((0, 1))


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
