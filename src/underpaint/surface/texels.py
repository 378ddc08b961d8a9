"""Which texel shows which point of which triangle.

UV space is Blender's: u right, v up, both 0…1; texel rows run from the top, so row 0 is v = 1.
Only covered texels are held, as lists: most of a texture's work happens on them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints

_EDGE = 1e-4
"""Texels this near outside of an edge belong to it, so that neighbours leave no holes."""
_LEAST = 1e-6
"""Sum of a point's weights below which they say nothing."""
_CHUNK = 1 << 19
"""Texels at a time, which bounds the memory that large textures need."""

_Doubles = npt.NDArray[np.float64]
_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Points:
    """Points on triangles: ``triangle``: N; ``weights``: N×3 barycentric."""

    triangle: Ints
    weights: Floats


@dataclass(frozen=True)
class Copies(Points):
    """Points that share a texel with another triangle's, as the copies of an array modifier do.
    ``place``: where in the list of texels each one's texel is."""

    place: _Indices


@dataclass(frozen=True)
class Texels(Points):
    """The N covered texels of a ``size`` × ``size`` texture, in row order.

    ``index``: N flat indices (row · size + column). Each shows a point of the first triangle that
    covers it; ``copies`` are the points of the others.
    """

    size: int
    index: _Indices
    copies: Copies

    def at(self, corners: Floats) -> Floats:
        """Values at the covered texels, N×C, of values at triangle corners, T×3×C."""
        return mix(self.weights, corners, self.triangle)

    def image(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """The texture, size×size(×C), that holds N(×C) values; zero where nothing is covered."""
        full = np.zeros((self.size * self.size, *values.shape[1:]), values.dtype)
        full[self.index] = values
        return full.reshape(self.size, self.size, *values.shape[1:])


def mix(weights: Floats, corners: Floats, triangle: Ints) -> Floats:
    """Values N×C at barycentric ``weights`` (N×3) of triangles (N) with ``corners`` (T×3×C)."""
    total = weights[:, :1] * corners[:, 0].take(triangle, 0)
    for corner in (1, 2):
        total += weights[:, corner : corner + 1] * corners[:, corner].take(triangle, 0)
    return total


def rasterise(uv: Floats, size: int) -> Texels:
    """The texels whose centres lie in the triangles ``uv`` (T×3×2).

    Where triangles overlap, the first one owns the texel and the others are its copies. A triangle
    so thin that it meets no centre takes the texel in its middle if that is free; one with a
    coordinate that is no number takes none.
    """
    corners = np.stack([uv[..., 0] * size - 0.5, (1 - uv[..., 1]) * size - 0.5], -1)
    corners = corners.astype(np.float64).reshape(-1, 3, 2)
    finite = np.isfinite(corners).all((1, 2))
    lines, solid = _edge_lines(np.where(finite[:, None, None], corners, 0))
    owner = np.full(size * size, len(corners), np.int32)
    spans = _spans(corners, lines, np.flatnonzero(solid & finite), size)
    for triangle, index in _texels_of(*spans, size):
        # Of equal indices the last assigned stays: go backward, so that it is the first triangle.
        mine, where = triangle[::-1], index[::-1]
        owner[where] = np.minimum(owner[where], mine)
    others = [(t[owner[i] != t], i[owner[i] != t]) for t, i in _texels_of(*spans, size)]
    owner = _add_slivers(owner, corners, finite, size)
    index = np.flatnonzero(owner < len(corners))
    other, shared = (np.concatenate(parts) for parts in zip(*others, strict=True))
    copies = Copies(
        other.astype(np.int32), _weights(lines, other, shared, size), np.searchsorted(index, shared)
    )
    return Texels(owner[index], _weights(lines, owner[index], index, size), size, index, copies)


def _edge_lines(corners: _Doubles) -> tuple[_Doubles, npt.NDArray[np.bool_]]:
    """T×3×3 lines with a·x + b·y + c = the corner's barycentric weight; which have any area."""
    x, y = corners[..., 0], corners[..., 1]
    after_x, after_y = np.roll(x, -1, 1), np.roll(y, -1, 1)
    last_x, last_y = np.roll(x, -2, 1), np.roll(y, -2, 1)
    across, down = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = across[:, 0] * down[:, 1] - down[:, 0] * across[:, 1]
    solid = np.abs(area) > 1e-9
    lines = np.stack(
        [after_y - last_y, last_x - after_x, after_x * last_y - last_x * after_y], axis=-1
    )
    return lines / np.where(solid, area, 1)[:, None, None], solid


def _spans(
    corners: _Doubles, lines: _Doubles, chosen: _Indices, size: int
) -> tuple[_Indices, _Indices, _Indices, _Indices]:
    """For every row that a triangle meets: the triangle, the row, its first column, how many."""
    y = corners[chosen, :, 1]
    top = np.clip(np.ceil(y.min(1) - _EDGE), 0, size).astype(np.int64)
    bottom = np.clip(np.floor(y.max(1) + _EDGE), -1, size - 1).astype(np.int64)
    rows = np.maximum(bottom - top + 1, 0)
    triangle = np.repeat(chosen, rows)
    row = np.repeat(top, rows) + _count_up(rows)
    low, high = np.full(len(row), -np.inf), np.full(len(row), np.inf)
    for corner in range(3):
        a, b, c = (lines[triangle, corner, k] for k in range(3))
        slack = _EDGE * np.hypot(a, b)
        rest = b * row + c + slack
        with np.errstate(divide="ignore", invalid="ignore"):
            bound = -rest / a
        low = np.where(a > 0, np.maximum(low, bound), low)
        high = np.where(a < 0, np.minimum(high, bound), high)
        high = np.where((a == 0) & (rest < 0), -np.inf, high)
    first = np.clip(np.ceil(low), 0, size).astype(np.int64)
    last = np.clip(np.floor(high), -1, size - 1).astype(np.int64)
    return triangle, row, first, np.maximum(last - first + 1, 0)


def _texels_of(
    triangle: _Indices, row: _Indices, first: _Indices, count: _Indices, size: int
) -> Iterator[tuple[_Indices, _Indices]]:
    """Spans as single texels, (triangle, flat index), some at a time."""
    total = np.cumsum(count)
    cuts = np.searchsorted(total, np.arange(_CHUNK, int(total[-1]) if len(total) else 0, _CHUNK))
    start = row * size + first
    for part in np.split(np.arange(len(count)), cuts):
        index = np.repeat(start[part], count[part]) + _count_up(count[part])
        yield np.repeat(triangle[part], count[part]), index


def _add_slivers(owner: Ints, corners: _Doubles, finite: npt.NDArray[np.bool_], size: int) -> Ints:
    """Give each triangle that has no texel the one in its middle, where that is nobody's."""
    none = len(corners)
    has_texel = np.zeros(none + 1, bool)
    has_texel[owner] = True
    thin = np.flatnonzero(~has_texel[:none] & finite)[::-1]
    middle = np.rint(corners[thin].mean(1)).astype(np.int64)
    inside = ((middle >= 0) & (middle < size)).all(1)
    index = middle[inside, 1] * size + middle[inside, 0]
    free = owner[index] == none
    owner[index[free]] = thin[inside][free]
    return owner


def _weights(lines: _Doubles, triangle: npt.NDArray[Any], index: _Indices, size: int) -> Floats:
    """N×3 barycentric weights in the triangles at the centres of texels; of triangles without area
    their middle."""
    weights = np.empty((len(index), 3), np.float32)
    for start in range(0, len(index), _CHUNK):
        part = slice(start, start + _CHUNK)
        row, column = np.divmod(index[part], size)
        a, b, c = np.moveaxis(lines[triangle[part]], 2, 0)
        weights[part] = np.clip(a * column[:, None] + b * row[:, None] + c, 0, 1)
    weights[weights.sum(1) < _LEAST] = 1
    return weights / weights.sum(1, keepdims=True)


def _count_up(counts: _Indices) -> _Indices:
    """0, 1, … counts[0]−1, 0, 1, … counts[1]−1, …"""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.arange(total, dtype=np.int64) - np.repeat(ends - counts, counts)
