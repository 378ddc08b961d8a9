"""Squares that repeat: whether their edges meet, and how to mend those whose edges do not.

Pictures are height × width × channels; those that are mixed (``mended``) are in linear light.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]

MOST_STEP = 1.2
"""The offset test: the step where a picture wraps over the mean step between neighbours."""
_BAND = 64
"""Texels on either side of a wrap in which the mending may cut."""
_SOFT = 2
"""Texels over which the two sides of a cut are mixed."""


class Steps(NamedTuple):
    """Mean difference between neighbouring lines of a picture, along one axis."""

    wrap: float
    inside: Floats

    @property
    def ratio(self) -> float:
        """The step at the wrap over the mean step; a picture of one colour steps alike anywhere."""
        mean = float(self.inside.mean())
        return self.wrap / mean if mean > 0 else (1.0 if self.wrap == 0 else float("inf"))

    @property
    def stands_out(self) -> bool:
        """Whether the wrap is a step beyond any other: a seam, not a line that chance made."""
        return self.wrap > MOST_STEP * float(self.inside.max(initial=0.0))


def steps(picture: Floats, axis: int) -> Steps:
    """The steps between the lines of a picture; axis 0: from row to row."""
    lines = np.moveaxis(picture, axis, 0)
    inside = np.abs(np.diff(lines, axis=0)).mean(axis=(1, 2))
    return Steps(float(np.abs(lines[0] - lines[-1]).mean()), inside)


def seam(picture: Floats) -> float:
    """The offset test's figure: the larger of both axes' steps at the wrap over ordinary ones."""
    return max(steps(picture, 0).ratio, steps(picture, 1).ratio)


def opened_calmly(picture: Floats) -> Floats:
    """The same tile, begun at the row and the column that differ least from those before them.

    A tile has no first row; where it begins, an editor that filters its edges shows it soonest.
    """
    for axis in (0, 1):
        found = steps(picture, axis)
        calmest = int(np.argmin(np.concatenate([[found.wrap], found.inside])))
        picture = np.roll(picture, -calmest, axis)
    return picture


def mended(picture: Floats) -> Floats:
    """A tile of a picture whose edges do not meet, of the same size; linear light.

    The picture is moved by half, so that its edges meet in the middle, and a band of the unmoved
    picture is laid over them. Where the band begins and ends is cut along the paths of least
    difference (Efros and Freeman, "Image Quilting", SIGGRAPH 2001, section 2.1). The second pair of
    cuts closes on itself, since by then the picture goes on beyond their ends.
    """
    picture = _meeting_in_rows(picture, closed=False)
    turned = _meeting_in_rows(np.swapaxes(picture, 0, 1), closed=True)
    return np.ascontiguousarray(np.swapaxes(turned, 0, 1))


def _meeting_in_rows(picture: Floats, *, closed: bool) -> Floats:
    """The picture with its first and last columns going on in each other."""
    width = picture.shape[1]
    middle, band = width // 2, max(1, min(_BAND, width // 4))
    moved = np.roll(picture, middle, axis=1)
    error = ((moved - picture) ** 2).sum(axis=2)
    begin = middle - band + _cut(error[:, middle - band : middle], closed=closed)
    end = middle + _cut(error[:, middle : middle + band], closed=closed)
    column = np.arange(width)
    inside = (column >= begin[:, None]) & (column < end[:, None])
    share = _softened(inside.astype(np.float32))[..., None]
    result: Floats = (moved + (picture - moved) * share).astype(np.float32)
    return result


def _cut(error: Floats, *, closed: bool) -> npt.NDArray[np.intp]:
    """The column (H,) at which to cut each row of an error (H, W), steps of at most one apart, for
    the least sum of errors; ``closed``: the last row's column follows the first's again."""
    height, width = error.shape
    begins = np.arange(width) if closed else np.array([0])
    cost = np.full((len(begins), width), np.inf, np.float32)
    if closed:
        cost[begins, begins] = error[0]
    else:
        cost[0] = error[0]
    came = np.zeros((height, len(begins), width), np.int8)
    for row in range(1, height):
        padded = np.pad(cost, ((0, 0), (1, 1)), constant_values=np.inf)
        ways = np.stack([padded[:, i : i + width] for i in range(3)])
        came[row] = ways.argmin(axis=0)
        cost = ways.min(axis=0) + error[row]
    return _walk_back(came, cost, closed=closed)


def _walk_back(came: npt.NDArray[np.int8], cost: Floats, *, closed: bool) -> npt.NDArray[np.intp]:
    """The cheapest path's column in each row, from the choices that led there."""
    begin, column = divmod(int(cost.argmin()), cost.shape[1])
    if closed:
        begin = column = int(np.diagonal(cost).argmin())
    path = np.empty(len(came), np.intp)
    for row in range(len(came) - 1, -1, -1):
        path[row] = column
        column += int(came[row, begin, column]) - 1
    return path


def _softened(share: Floats) -> Floats:
    """Mixed over a few texels along the rows."""
    return np.mean([np.roll(share, step, axis=1) for step in range(-_SOFT, _SOFT + 1)], axis=0)
