"""What a view shows at footprints."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bytes, Floats
from .footprints import Footprints
from .view import Light, View

_WIDE = (1.6, 3.5)
"""Pixels that a texel must be wide to take means of 2×2 and of 4×4 pixels."""


def sample(prints: Footprints, view: View) -> Floats:
    """Linear light at the footprints, M×3: bilinear, from a smaller picture where texels are wide.

    Beside an outline, where the neighbours may show something else, it is the pixel's own colour.
    """
    column, row, clearance = _places(prints, view)
    wide = (prints.spread > _WIDE[0]).astype(np.int8) + (prints.spread > _WIDE[1])
    level = np.minimum(wide, (clearance > 2).astype(np.int8) + (clearance > 4))
    colours = np.empty((len(column), 3), np.float32)
    for number, picture in enumerate(view.pictures):
        some = np.flatnonzero(level == number)
        shrink = np.float32(1 << number)
        across, down = ((at[some] + 0.5) / shrink - 0.5 for at in (column, row))
        colours[some] = _bilinear(picture, across, down)
    return colours


def sample_broad(prints: Footprints, view: View) -> Floats:
    """The view's two smoothed pictures at the footprints, M×6: see ``View.broad``."""
    column, row, _clearance = _places(prints, view)
    return _bilinear(view.broad, column, row)


def _places(prints: Footprints, view: View) -> tuple[Floats, Floats, Bytes]:
    """(column, row) to look at, in pixels, and how far that is from an outline."""
    y, x = np.rint(prints.row).astype(np.int32), np.rint(prints.column).astype(np.int32)
    clearance = view.outlines.clearance[y, x]
    alone = clearance < 2
    column = np.where(alone, x.astype(np.float32), prints.column)
    return column, np.where(alone, y.astype(np.float32), prints.row), clearance


def _bilinear(picture: Light, column: Floats, row: Floats) -> Floats:
    """Values M×C of a picture H×W×C at places in pixels, the border repeated outward."""
    height, width = picture.shape[:2]
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    left, top = column.astype(np.int32), row.astype(np.int32)
    across: Floats = (column - left)[:, None]
    down: Floats = (row - top)[:, None]
    pixels = picture.reshape(-1, picture.shape[2])
    place = top * width + left
    right = (left < width - 1).astype(np.int32)
    below = place + np.where(top < height - 1, width, 0).astype(np.int32)
    left_of, right_of = _at(pixels, place), _at(pixels, place + right)
    upper = left_of + (right_of - left_of) * across
    left_of, right_of = _at(pixels, below), _at(pixels, below + right)
    lower = left_of + (right_of - left_of) * across
    return upper + (lower - upper) * down


def _at(pixels: Light, place: npt.NDArray[np.int32]) -> Floats:
    """Pixels by flat index, in single precision."""
    return pixels.take(place, 0).astype(np.float32, copy=False)
