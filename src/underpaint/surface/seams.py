"""Make the two sides of a UV seam agree.

Where triangles meet on the surface but not in the texture, both sides are drawn to their mean, and
what that changes fades out inward: far where the surface goes on smoothly, at once at a crease,
whose sides may well be painted differently.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats
from .footprints import texel_widths
from .texels import Texels

_REACH, _REACH_OF_CREASE = 16, 3
"""Texels inward that a seam's correction goes."""
_CREASE = 0.77
"""Cosine of 40° between the sides' normals."""
_NEAR = 4.0
"""Texels in space that neighbours of one island lie apart at the most."""

_AROUND = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))
_LEAST = np.float32(2e-4)
"""Changes of light that nobody sees go no farther inward."""

_Indices = npt.NDArray[np.int64]
_Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Sheet:
    """The texture as neighbourhood: ``where``: the place in the list of every texel, −1 of the
    uncovered; ``positions``: N×3 metres; ``near``: N, metres that neighbours are apart at most."""

    texels: Texels
    where: _Indices
    positions: Floats
    near: Floats


@dataclass(frozen=True)
class _Seams:
    """Pairs of texels (P×2, places in the list of texels) that face each other over a seam,
    ``inner``: those behind each of them; ``crease``: P, whether the surface folds there."""

    pairs: _Indices
    inner: _Indices
    crease: npt.NDArray[np.bool_]

    def of(self, which: npt.NDArray[np.bool_]) -> _Seams:
        """Some of the pairs."""
        return _Seams(self.pairs[which], self.inner[which], self.crease[which])


def join_seams(
    colours: Floats, texels: Texels, uv: Floats, corners: Floats, positions: Floats
) -> Floats:
    """Colours N×3 that agree over seams. ``uv``: T×3×2; ``corners``: T×3×3 metres; ``positions``:
    N×3 of the texels."""
    where = np.full(texels.size**2, -1, np.int64)
    where[texels.index] = np.arange(len(texels.index))
    seams = _find_seams(texels.size, uv, corners, where)
    near = (np.float32(_NEAR) * texel_widths(uv, corners, texels.size))[texels.triangle]
    sheet = _Sheet(texels, where, positions, near)
    joined = colours
    for crease, reach in ((False, _REACH), (True, _REACH_OF_CREASE)):
        some = seams.crease == crease
        if some.any():
            start, change = _halfway(joined, seams.of(some))
            joined = joined.copy()
            for ring, (texel, value) in enumerate(_inward(start, change, sheet, reach)):
                joined[texel] += value * np.float32((1 - ring / reach) ** 2)
    return joined


def _find_seams(size: int, uv: Floats, corners: Floats, where: _Indices) -> _Seams:
    t, s, u, v, turned = _shared_edges(corners)
    first, second = _edge(uv, t, s), _edge(uv, u, v)
    second = np.where(turned[:, None, None], second[:, ::-1], second)
    apart = np.flatnonzero(np.abs(first - second).max((1, 2)) * size > 0.5)
    t, s, u, v = (part[apart] for part in (t, s, u, v))
    first, second = first[apart], second[apart]
    lengths = [np.linalg.norm(edge[:, 1] - edge[:, 0], axis=1) * size for edge in (first, second)]
    counts = np.ceil(np.clip(np.maximum(*lengths), 1, 2 * size)).astype(np.int64)
    pair = np.repeat(np.arange(len(apart)), counts)
    along = np.arange(len(pair)) - np.repeat(np.cumsum(counts) - counts, counts)
    share = ((along + 0.5) / counts[pair])[:, None]
    one, in_one = _texels_beside(first, uv[t, (s + 2) % 3], pair, share, where)
    other, in_other = _texels_beside(second, uv[u, (v + 2) % 3], pair, share, where)
    both = (one >= 0) & (other >= 0) & (one != other)
    crease = (np.einsum("nc,nc->n", _normals(corners[t]), _normals(corners[u])) < _CREASE)[pair]
    found = _Seams(np.stack([one, other], 1), np.stack([in_one, in_other], 1), crease)
    return found.of(both)


def _shared_edges(
    corners: Floats,
) -> tuple[_Indices, _Indices, _Indices, _Indices, npt.NDArray[np.bool_]]:
    """Triangle and side, and the other triangle and side, of every edge that just two triangles
    have; and whether they go along it in opposite directions."""
    number = number_corners(corners)
    start, end = number.reshape(-1), np.roll(number, -1, 1).reshape(-1)
    key = np.minimum(start, end) * (int(number.max(initial=0)) + 1) + np.maximum(start, end)
    key = np.where(start == end, -1 - np.arange(len(key)), key)
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    same = ordered[1:] == ordered[:-1]
    twice = same & ~np.append(same[1:], False) & ~np.append(False, same[:-1])
    first, second = order[:-1][twice], order[1:][twice]
    return first // 3, first % 3, second // 3, second % 3, start[first] != start[second]


def number_corners(corners: Floats) -> _Indices:
    """T×3 numbers of the places in space that the corners are at."""
    points = corners.reshape(-1, 3).astype(np.float64)
    points = np.where(np.isfinite(points), points, 0)
    low = points.min(0, initial=np.inf)
    extent = max(float((points - low).max(initial=0)), 1e-12)
    cell = np.rint((points - low) * ((1 << 20) / extent)).astype(np.int64)
    key = (cell[:, 0] << 42) | (cell[:, 1] << 21) | cell[:, 2]
    number: _Indices = np.unique(key, return_inverse=True)[1].reshape(-1, 3)
    return number


def _edge(uv: Floats, triangle: _Indices, side: _Indices) -> _Doubles:
    """E×2×2: the UVs at both ends of triangles' sides."""
    ends = np.stack([uv[triangle, side], uv[triangle, (side + 1) % 3]], 1)
    return np.where(np.isfinite(ends), ends, 0).astype(np.float64)


def _texels_beside(
    edge: _Doubles, apex: Floats, pair: _Indices, share: _Doubles, where: _Indices
) -> tuple[_Indices, _Indices]:
    """The covered texels just inside of points on edges, −1 if none; and those behind them."""
    size = round(len(where) ** 0.5)
    along = edge[:, 1] - edge[:, 0]
    across = np.stack([-along[:, 1], along[:, 0]], 1)
    length = np.maximum(np.linalg.norm(across, axis=1), 1e-12)
    inside = np.einsum("ec,ec->e", across, apex - edge[:, 0]) >= 0
    across *= (np.where(inside, 1, -1) / (length * size))[:, None]
    point = edge[pair, 0] + share * along[pair]
    found, behind = np.full(len(pair), -1, np.int64), np.full(len(pair), -1, np.int64)
    for step in (0.5, 1.0, 1.5, 2.0, 2.5):
        column, row = ((point + step * across[pair]) * [1, -1] * size + [0, size]).T
        there = (column >= 0) & (column < size) & (row >= 0) & (row < size)
        column, row = (np.clip(at, 0, size - 1).astype(np.int64) for at in (column, row))
        texel = np.where(there, where[row * size + column], -1)
        behind = np.where((behind < 0) & (found >= 0) & (texel != found), texel, behind)
        found = np.where(found < 0, texel, found)
    return found, np.where(behind < 0, found, behind)


def _normals(corners: Floats) -> Floats:
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    unit: Floats = normal / np.maximum(length, np.float32(1e-20))
    return unit


def _halfway(colours: Floats, seams: _Seams) -> tuple[_Indices, Floats]:
    """The texels along seams, and what brings each toward those that it faces, until the step
    between them is no larger than that to the texels behind them."""
    one, other = colours[seams.pairs[:, 0]], colours[seams.pairs[:, 1]]
    step = other - one
    usual = (
        _sizes(one - colours[seams.inner[:, 0]]) + _sizes(other - colours[seams.inner[:, 1]])
    ) / 2
    step *= np.maximum(1 - usual / np.maximum(_sizes(step), np.float32(1e-9)), 0)[:, None] / 2
    texel, place = _distinct(seams.pairs.T.reshape(-1), len(colours))
    return texel, _means(place, np.concatenate([step, -step]), len(texel))


def _distinct(texels: _Indices, count: int) -> tuple[_Indices, _Indices]:
    """As ``np.unique`` with its inverse, of places below ``count``, and without sorting."""
    held = np.zeros(count, np.bool_)
    held[texels] = True
    distinct = np.flatnonzero(held)
    place = np.empty(count, np.int64)
    place[distinct] = np.arange(len(distinct))
    return distinct, place[texels]


def _sizes(steps: Floats) -> Floats:
    size: Floats = np.abs(steps).mean(1)
    return size


def _means(place: _Indices, values: Floats, count: int) -> Floats:
    number = np.maximum(np.bincount(place, minlength=count), 1)
    sums = [np.bincount(place, values[:, channel], count) for channel in range(values.shape[1])]
    return (np.stack(sums, 1) / number[:, None]).astype(np.float32)


def _inward(
    start: _Indices, change: Floats, sheet: _Sheet, reach: int
) -> Iterator[tuple[_Indices, Floats]]:
    """Rings of texels from the seams inward, and for each texel the mean change of those next to
    it in the ring before."""
    left = np.ones(len(sheet.near), bool)
    for _ in range(reach):
        yield start, change
        left[start] = False
        felt = np.flatnonzero(np.abs(change).max(1, initial=0) > _LEAST)
        start, change = start[felt], change[felt]
        found, source = _next_ring(start, left, sheet)
        start, place = _distinct(found, len(left))
        change = _means(place, change[source], len(start))


def _next_ring(
    ring: _Indices, left: npt.NDArray[np.bool_], sheet: _Sheet
) -> tuple[_Indices, _Indices]:
    """Texels that lie beside those of a ring, and beside which of them."""
    size = sheet.texels.size
    row, column = np.divmod(sheet.texels.index[ring], size)
    found, source = [], []
    for down, right in _AROUND:
        y, x = row + down, column + right
        inside = np.flatnonzero((y >= 0) & (y < size) & (x >= 0) & (x < size))
        texel = sheet.where[y[inside] * size + x[inside]]
        fit = (texel >= 0) & left[texel]
        texel, origin = texel[fit], inside[fit]
        away = sheet.positions[texel] - sheet.positions[ring[origin]]
        close = np.einsum("nc,nc->n", away, away) <= np.square(sheet.near[texel])
        found.append(texel[close])
        source.append(origin[close])
    return np.concatenate(found), np.concatenate(source)
