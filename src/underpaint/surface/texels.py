"""Which texel shows which point of which triangle.

UV space is Blender's: u right, v up, both 0…1; texel rows run from the top, so row 0 is v = 1.
Only covered texels are held, as lists: most of a texture's work happens on them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints

_EDGE = 1e-4
"""Texels this near outside of an edge belong to it, so that neighbours leave no holes."""


@dataclass(frozen=True)
class Texels:
    """The N covered texels of a ``size`` × ``size`` texture, in row order.

    ``index``: N flat indices (row · size + column); ``triangle``: N; ``weights``: N×3 barycentric.
    """

    size: int
    index: npt.NDArray[np.int64]
    triangle: Ints
    weights: Floats

    def at(self, corners: Floats) -> Floats:
        """Values at the covered texels, N×C, of values at triangle corners, T×3×C."""
        picked: Floats = corners[self.triangle]
        return np.einsum("nk,nkc->nc", self.weights, picked)

    def image(self, values: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
        """The texture, size×size(×C), that holds N(×C) values; zero where nothing is covered."""
        full = np.zeros((self.size * self.size, *values.shape[1:]), values.dtype)
        full[self.index] = values
        return full.reshape(self.size, self.size, *values.shape[1:])


def rasterise(uv: Floats, size: int) -> Texels:
    """The texels whose centres lie in the triangles ``uv`` (T×3×2). Where triangles overlap, the
    first one wins; triangles without area cover nothing."""
    corners = np.stack([uv[..., 0] * size - 0.5, (1 - uv[..., 1]) * size - 0.5], -1)
    corners = corners.astype(np.float64)
    lines, area = _edge_lines(corners)
    solid = np.flatnonzero(np.isfinite(corners).all((1, 2)) & (np.abs(area) > 1e-9))
    triangle, row, first, count = _spans(corners, lines, solid, size)
    triangle, row, column = _expand(triangle, row, first, count)
    point = np.stack([column, row, np.ones_like(row)], -1).astype(np.float64)
    weights = np.einsum("nkc,nc->nk", lines[triangle], point)
    index = row * size + column
    _, keep = np.unique(index, return_index=True)  # the first of equals: the lowest triangle
    return Texels(
        size,
        index[keep],
        triangle[keep].astype(np.int32),
        np.clip(weights[keep], 0, 1).astype(np.float32),
    )


def _edge_lines(
    corners: npt.NDArray[np.float64],
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """T×3×3 lines with a·x + b·y + c = the corner's barycentric weight; twice the area."""
    x, y = corners[..., 0], corners[..., 1]
    xn, yn = np.roll(x, -1, 1), np.roll(y, -1, 1)  # the corner after
    xl, yl = np.roll(x, -2, 1), np.roll(y, -2, 1)  # and the last
    area: npt.NDArray[np.float64] = (x[:, 1] - x[:, 0]) * (y[:, 2] - y[:, 0]) - (
        x[:, 2] - x[:, 0]
    ) * (y[:, 1] - y[:, 0])
    lines = np.stack([yn - yl, xl - xn, xn * yl - xl * yn], -1)
    with np.errstate(divide="ignore", invalid="ignore"):
        return lines / area[:, None, None], area


def _spans(
    corners: npt.NDArray[np.float64],
    lines: npt.NDArray[np.float64],
    chosen: npt.NDArray[np.int64],
    size: int,
) -> tuple[npt.NDArray[np.int64], ...]:
    """For every row that a triangle meets: the triangle, the row, its first column, how many."""
    y = corners[chosen, :, 1]
    top = np.clip(np.ceil(y.min(1) - _EDGE), 0, size).astype(np.int64)
    bottom = np.clip(np.floor(y.max(1) + _EDGE), -1, size - 1).astype(np.int64)
    rows = np.maximum(bottom - top + 1, 0)
    triangle = np.repeat(chosen, rows)
    row = np.repeat(top, rows) + _count_up(rows)
    a, b, c = (lines[triangle, :, k] for k in range(3))
    rest = b * row[:, None] + c + _EDGE
    with np.errstate(divide="ignore", invalid="ignore"):
        bound = -rest / a
    low = np.where(a > 0, bound, -np.inf).max(1)
    high = np.where(a < 0, bound, np.inf).min(1)
    outside = ((a == 0) & (rest < 0)).any(1)
    first = np.clip(np.ceil(low), 0, size).astype(np.int64)
    last = np.clip(np.floor(high), -1, size - 1).astype(np.int64)
    return triangle, row, first, np.where(outside, 0, np.maximum(last - first + 1, 0))


def _expand(
    triangle: npt.NDArray[np.int64],
    row: npt.NDArray[np.int64],
    first: npt.NDArray[np.int64],
    count: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], ...]:
    """Spans to single texels, in the order of the triangles."""
    column = np.repeat(first, count) + _count_up(count)
    return np.repeat(triangle, count), np.repeat(row, count), column


def _count_up(counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0, 1, … counts[0]−1, 0, 1, … counts[1]−1, …"""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) - np.repeat(ends - counts, counts)
