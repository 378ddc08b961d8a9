"""The deepest of what stretches of a picture show: what lies behind it there is covered.

As a pyramid of maxima, of which any rectangle is looked up in four places (N. Greene et al.,
"Hierarchical Z-buffer visibility", 1993).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

_Indices = npt.NDArray[np.int64]


class Deepest:
    """Maxima of a window (H×W metres, −inf where nothing is shown) of a picture, whose upper left
    pixel is at column ``first`` and row ``top``."""

    def __init__(self, depth: Floats, first: int, top: int) -> None:
        self._first, self._top = first, top
        self._levels = [np.where(np.isnan(depth), np.inf, depth).astype(np.float32)]
        while max(self._levels[-1].shape) > 1:
            self._levels.append(_halve(self._levels[-1]))

    def over(self, column: Floats, row: Floats, reach: int) -> Floats:
        """N: the most over the rectangles around points (N×K) in pixels, and ``reach`` pixels
        around them; −inf where a rectangle lies beside the window."""
        height, width = self._levels[0].shape
        left, right, across = _ends(column, self._first, width, reach)
        upper, lower, down = _ends(row, self._top, height, reach)
        most = np.full(len(left), -np.inf, np.float32)
        size = np.maximum(right - left, lower - upper)
        level = np.ceil(np.log2(np.maximum(size, 1))).astype(np.int64)
        level = np.where(across & down, np.minimum(level, len(self._levels) - 1), -1)
        for number, depth in enumerate(self._levels):
            some = np.flatnonzero(level == number)
            for y in (upper[some] >> number, lower[some] >> number):
                for x in (left[some] >> number, right[some] >> number):
                    most[some] = np.maximum(most[some], depth[y, x])
        return most


def _ends(places: Floats, start: int, length: int, reach: int) -> tuple[_Indices, _Indices, Bools]:
    """The first and the last pixel of a window that places (N×K) span along one side, and whether
    they span any; places that are no numbers span all."""
    known = np.isfinite(places).all(1)
    low = np.where(known, np.floor(places.min(1)) - start - reach, 0)
    high = np.where(known, np.ceil(places.max(1)) - start + reach, length - 1)
    inside = (high >= 0) & (low < length)
    first, last = (np.clip(end, 0, length - 1).astype(np.int64) for end in (low, high))
    return first, last, inside


def _halve(depth: Floats) -> Floats:
    """Maxima of 2×2; an odd last row or column counts by itself."""
    height, width = depth.shape
    even = np.pad(depth, ((0, height % 2), (0, width % 2)), constant_values=-np.inf)
    most: Floats = np.maximum(
        np.maximum(even[::2, ::2], even[1::2, ::2]), np.maximum(even[::2, 1::2], even[1::2, 1::2])
    )
    return most
