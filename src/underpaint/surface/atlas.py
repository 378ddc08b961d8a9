"""Several square pictures in one: groups of what lies near each other, packed on sheets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from ..model.request import ATLAS_PADDING, ATLAS_SIDE

_STEP, _DOZEN = 64, 12

Place = tuple[int, int]


class Sheet(NamedTuple):
    """A sheet's size in texels, and where each picture's upper left corner lies, by its number."""

    width: int
    height: int
    places: Mapping[int, Place]


def groups(
    centres: Sequence[Sequence[float]], sides: Sequence[int], most: int = ATLAS_SIDE
) -> tuple[tuple[int, ...], ...]:
    """Numbers of what shares a sheet: everything, halved where it is longest until each half fits.

    ``centres``: (x, y, z) of the objects in metres; ``sides``: texels a side of their pictures.
    """
    waiting, done = [tuple(range(len(sides)))], []
    while waiting:
        group = waiting.pop()
        if len(group) < 2 or packed([sides[i] for i in group], most) is not None:
            done.append(group)
            continue
        points = np.array([centres[i] for i in group], np.float64)
        axis = int(np.ptp(points, axis=0).argmax())
        order = [group[i] for i in np.argsort(points[:, axis], kind="stable")]
        middle = len(order) // 2
        waiting += [tuple(order[middle:]), tuple(order[:middle])]
    return tuple(group for group in done if group)


def packed(
    sides: Sequence[int], most: int = ATLAS_SIDE, padding: int = ATLAS_PADDING
) -> Sheet | None:
    """A sheet that holds squares of these sides; None where none does.

    Squares stand on shelves, the largest first, each with its padding. Tried are widths of powers
    of two, and of up to a dozen of the largest square; the smallest sheet that is at most twice as
    long as wide is taken, else the smallest.
    """
    if not sides:
        return None
    least = max(sides) + 2 * padding
    widths = {1 << power for power in range(6, most.bit_length())}
    widths |= {least * count for count in range(1, _DOZEN + 1)}
    tried = [_shelved(sides, width, padding) for width in widths if least <= width <= most]
    fitting = [sheet for sheet in tried if sheet.height <= most]
    return min(fitting, key=_cost, default=None)


def drawn(
    sheet: Sheet,
    pictures: Mapping[int, npt.NDArray[Any]],
    ground: Any,
    padding: int = ATLAS_PADDING,
) -> npt.NDArray[Any]:
    """The sheet (height, width, channels or none) with the pictures in place, their edges repeated
    around them; ``ground``: what is seen where there are none."""
    first = next(iter(pictures.values()))
    whole = np.empty((sheet.height, sheet.width, *first.shape[2:]), first.dtype)
    whole[...] = ground
    for number, picture in pictures.items():
        left, top = sheet.places[number]
        around = ((padding, padding), (padding, padding), *((0, 0),) * (picture.ndim - 2))
        wide = np.pad(picture, around, mode="edge")
        height, width = wide.shape[:2]
        whole[top - padding : top - padding + height, left - padding : left - padding + width] = (
            wide
        )
    return whole


def _shelved(sides: Sequence[int], width: int, padding: int) -> Sheet:
    places: dict[int, Place] = {}
    left = top = high = 0
    for number in sorted(range(len(sides)), key=lambda i: (-sides[i], i)):
        taken = sides[number] + 2 * padding
        if left + taken > width:
            left, top, high = 0, top + high, 0
        places[number] = (left + padding, top + padding)
        left, high = left + taken, max(high, taken)
    return Sheet(width, -(-(top + high) // _STEP) * _STEP, places)


def _cost(sheet: Sheet) -> tuple[bool, int, int]:
    """Strips last, then by area, then by how far it is from a square."""
    short, long = sorted((sheet.width, sheet.height))
    return long > 2 * short, short * long, long - short
