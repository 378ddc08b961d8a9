"""Cuts a mesh into charts that lie flat without folding; numpy only.

A chart is a connected piece of surface whose faces look roughly one way, so that projecting it on a
plane neither folds it nor stretches it much. Charts are found in four steps: directions that the
surface faces are picked and refined (k-means on the sphere of normals, as in Cohen-Steiner et al.,
Variational Shape Approximation, 2004); every face takes a direction, weighing its own normal
against what its neighbours took; small islands join a neighbour; and where a flattened chart would
cover itself (a spiral stair), the upper layer is peeled off into a chart of its own.

Shapes: V points, L face corners, F faces, T triangles, C charts, K directions.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

Array = np.ndarray

NEAR = np.cos(np.radians(25.0))  # normals this near to a seed make its direction
FAR = np.cos(np.radians(50.0))  # normals farther than this from every direction ask for another
MOST_DIRECTIONS = 20
NEIGHBOURS_WEIGH = 0.35  # how much a face follows its neighbours, against the fit of its normal
STEEPEST = 0.3  # cosine between a face and its chart's plane below which it may not join
EDGE_ON = 0.05  # cosine below which a face would be a sliver on its chart's plane
SMALL = 0.003  # charts below this share of the surface join a neighbour where they fit
HOLLOW = 0.45  # share of its box below which a large chart is cut in two
LARGE = 0.03  # share of the surface above which a chart counts as large
CELLS = 120_000  # cells of the grid on which overlaps are looked for
PEELS = 12


@dataclass(frozen=True)
class Polygons:
    """A mesh: ``points`` (V, 3), ``verts`` (L,) point of each corner, ``sizes`` (F,) corners a face,
    ``triangles`` (T, 3) corners, ``triangle_faces`` (T,)."""

    points: Array
    verts: Array
    sizes: Array
    triangles: Array
    triangle_faces: Array

    @cached_property
    def faces(self) -> Array:
        """(L,) the face of each corner."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def starts(self) -> Array:
        """(F,) the first corner of each face."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def following(self) -> Array:
        """(L,) the next corner around the same face."""
        following = np.arange(1, len(self.verts) + 1)
        following[self.starts + self.sizes - 1] = self.starts
        return following

    @cached_property
    def area_vectors(self) -> Array:
        """(F, 3) unit normal times area (Newell's method, relative to the face's first corner)."""
        corners = self.points[self.verts] - self.points[self.verts[self.starts]][self.faces]
        crosses = np.cross(corners, corners[self.following])
        return np.add.reduceat(crosses, self.starts, axis=0) / 2.0

    @cached_property
    def areas(self) -> Array:
        """(F,)"""
        return np.linalg.norm(self.area_vectors, axis=1)

    @cached_property
    def normals(self) -> Array:
        """(F, 3) unit, or zero where a face has no area."""
        return unit(self.area_vectors)

    @cached_property
    def edges(self) -> Array:
        """(L,) number of the edge that leaves each corner; the same for both faces beside it."""
        ends = self.verts[self.following]
        low, high = np.minimum(self.verts, ends), np.maximum(self.verts, ends)
        keys = low.astype(np.int64) * len(self.points) + high
        return np.unique(keys, return_inverse=True)[1].reshape(-1)

    @cached_property
    def joints(self) -> tuple[Array, Array, Array]:
        """Pairs of faces that share an edge, and the edge's length."""
        order = np.argsort(self.edges, kind="stable")
        same = self.edges[order[1:]] == self.edges[order[:-1]]
        first, second = order[:-1][same], order[1:][same]
        step = self.points[self.verts[self.following[first]]] - self.points[self.verts[first]]
        return self.faces[first], self.faces[second], np.linalg.norm(step, axis=1)


def cut(mesh: Polygons) -> Array:
    """(F,) chart number of each face, counted from 0."""
    labels = _labels(mesh)
    charts = _join_small(mesh, components(mesh, labels))
    charts = _peel_overlaps(mesh, charts)
    for _ in range(2):
        charts = _halve_hollow(mesh, charts)
    return charts


def components(mesh: Polygons, labels: Array) -> Array:
    """(F,) numbers of the connected pieces of equal ``labels`` (F,)."""
    left, right, _ = mesh.joints
    same = labels[left] == labels[right]
    left, right = left[same], right[same]
    root = np.arange(len(labels))
    while True:
        a, b = root[left], root[right]
        if np.array_equal(a, b):
            return np.unique(root, return_inverse=True)[1].reshape(-1)
        low = np.minimum(a, b)
        np.minimum.at(root, a, low)
        np.minimum.at(root, b, low)
        root = _compress(root)


def chart_planes(mesh: Polygons, charts: Array) -> Array:
    """(C, 3, 3) right-handed bases; rows are the plane's two axes and its normal."""
    normal = unit(_sum_by(charts, mesh.area_vectors))
    normal[~normal.any(axis=1)] = (0.0, 0.0, 1.0)
    # Charts of a wall keep the world's up as their second axis; level ones take Y.
    level = np.abs(normal[:, 2:]) > 0.9
    up = np.where(level, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    across = unit(np.cross(up, normal))
    return np.stack([across, np.cross(normal, across), normal], axis=1)


def flatten(mesh: Polygons, charts: Array) -> Array:
    """(L, 3) each corner on its chart's plane, as far as the surface's own area; third is height."""
    planes = chart_planes(mesh, charts)
    owner = charts[mesh.faces]
    flat = np.einsum("lij,lj->li", planes[owner], mesh.points[mesh.verts])
    steep = np.abs(np.einsum("fi,fi->f", mesh.normals, planes[charts, 2]))
    area = _sum_by(charts, mesh.areas)
    shadow = _sum_by(charts, mesh.areas * steep)
    grow = np.sqrt(np.divide(area, shadow, out=np.ones_like(area), where=shadow > area / 4))
    flat[:, :2] *= grow[owner, None]
    return flat


def unit(vectors: Array) -> Array:
    """Vectors of length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-30)


def _labels(mesh: Polygons) -> Array:
    """(F,) the direction that each face takes: iterated conditional modes, a random half at a time."""
    fit = mesh.normals @ _directions(mesh).T
    flat = mesh.areas <= 0
    labels = fit.argmax(axis=1)
    left, right, length = mesh.joints
    border = np.bincount(np.r_[left, right], np.r_[length, length], minlength=len(labels))
    share = NEIGHBOURS_WEIGH / np.maximum(border, 1e-30)
    allowed = (fit > STEEPEST) | flat[:, None] | (fit >= fit.max(axis=1, keepdims=True))
    random = np.random.default_rng(0)
    for _ in range(6):
        beside = _beside(left, right, length, labels, fit.shape)
        best = np.where(allowed, fit + share[:, None] * beside, -np.inf).argmax(axis=1)
        labels = np.where(random.random(len(labels)) < 0.6, best, labels)
    return labels


def _beside(left: Array, right: Array, length: Array, labels: Array, shape: tuple) -> Array:
    """(F, K) length of the border that each face shares with neighbours of each label."""
    keys = np.r_[left * shape[1] + labels[right], right * shape[1] + labels[left]]
    weights = np.r_[length, length]
    return np.bincount(keys, weights, minlength=shape[0] * shape[1]).reshape(shape)


def _directions(mesh: Polygons) -> Array:
    """(K, 3) directions that together face all of the surface."""
    bins, weights = _normal_bins(mesh)
    left = weights.copy()
    found = []
    while len(found) < MOST_DIRECTIONS and left.sum() > 1e-4 * weights.sum():
        heaviest = left.argmax()
        near = (bins @ bins[heaviest] > NEAR) * left
        found.append(unit(near @ bins))
        left[bins @ found[-1] > FAR] = 0.0
        left[heaviest] = 0.0
    directions = np.array(found or [(0.0, 0.0, 1.0)])
    for _ in range(4):
        nearest = (bins @ directions.T).argmax(axis=1)
        moved = unit(_sum_by(nearest, bins * weights[:, None], len(directions)))
        directions = np.where(moved.any(axis=1, keepdims=True), moved, directions)
    return directions


def _normal_bins(mesh: Polygons) -> tuple[Array, Array]:
    """Mean normals (B, 3) and areas (B,) of a coarse grid on the sphere."""
    cells = np.rint(mesh.normals * 8).astype(np.int64) + 8
    keys = cells @ np.array([289, 17, 1])
    number = np.unique(keys, return_inverse=True)[1].reshape(-1)
    weights = _sum_by(number, mesh.areas)
    bins = unit(_sum_by(number, mesh.area_vectors))
    return bins, weights


def _join_small(mesh: Polygons, charts: Array) -> Array:
    """Let every small chart join the neighbour with the longest common border, where it fits."""
    for _ in range(4):
        target = _targets(mesh, charts)
        if (target == np.arange(len(target))).all():
            break
        charts = np.unique(_compress(target)[charts], return_inverse=True)[1].reshape(-1)
    return charts


def _targets(mesh: Polygons, charts: Array) -> Array:
    """(C,) the larger chart that each small chart joins; itself for the others."""
    area = _sum_by(charts, mesh.areas)
    count = len(area)
    left, right, length = mesh.joints
    pairs = np.r_[charts[left] * count + charts[right], charts[right] * count + charts[left]]
    keys, inverse = np.unique(pairs, return_inverse=True)
    border = np.bincount(inverse.reshape(-1), np.r_[length, length])
    mine, other = np.divmod(keys, count)
    larger = (area[other] > area[mine]) & (area[mine] < SMALL * area.sum())
    mine, other, border = mine[larger], other[larger], border[larger]
    order = np.lexsort((border, mine))
    target = np.arange(count)
    target[mine[order]] = other[order]  # the last write, of the longest border, stays
    plane = unit(_sum_by(charts, mesh.area_vectors))
    fits = np.einsum("fi,fi->f", mesh.normals, plane[target[charts]])
    worst = np.full(count, np.inf)
    np.minimum.at(worst, charts, np.where(mesh.areas > 0, fits, np.inf))
    return np.where(worst > STEEPEST, target, np.arange(count))


def _peel_overlaps(mesh: Polygons, charts: Array) -> Array:
    """Cut charts until none covers itself."""
    for peel in range(PEELS + 1):
        upper = covered_faces(mesh, charts)
        if not len(upper):
            break
        layer = np.zeros(len(charts), dtype=np.int64)
        layer[upper] = 1 if peel < PEELS else 1 + np.arange(len(upper))
        charts = components(mesh, charts * (layer.max() + 1) + layer)
    return charts


def _halve_hollow(mesh: Polygons, charts: Array) -> Array:
    """Cut large charts that leave most of their box empty (rings) across their longer axis."""
    flat = flatten(mesh, charts)[:, :2]
    middle = np.add.reduceat(flat, mesh.starts, axis=0) / mesh.sizes[:, None]
    count = int(charts.max()) + 1
    weight = np.maximum(_sum_by(charts, mesh.areas), 1e-30)
    offset = middle - (_sum_by(charts, middle * mesh.areas[:, None]) / weight[:, None])[charts]
    square = _sum_by(charts, (offset**2) * mesh.areas[:, None])
    cross = _sum_by(charts, offset.prod(axis=1) * mesh.areas)
    angle = 0.5 * np.arctan2(2 * cross, square[:, 0] - square[:, 1])
    axes = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    box = np.ones(count)
    for axis in (axes, axes[:, ::-1] * (-1.0, 1.0)):
        along = np.einsum("li,li->l", flat, axis[charts[mesh.faces]])
        box *= _extent(along, charts[mesh.faces], count)
    hollow = (weight < HOLLOW * box) & (weight > LARGE * weight.sum())
    side = np.einsum("fi,fi->f", offset, axes[charts]) > 0
    return components(mesh, charts * 2 + (hollow[charts] & side))


def _extent(values: Array, groups: Array, count: int) -> Array:
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, groups, values)
    np.maximum.at(high, groups, values)
    return high - low


def covered_faces(mesh: Polygons, charts: Array) -> Array:
    """Numbers of the faces that lie over another of their own chart, or turn away from its plane."""
    flat = flatten(mesh, charts)
    cell = np.sqrt(max(mesh.areas.sum(), 1e-30) / CELLS)
    corners = flat[mesh.triangles].astype(np.float64)
    corners[..., :2] /= cell
    triangle, column, row, height = _samples(corners)
    face = mesh.triangle_faces[triangle]
    order = np.lexsort((height, row, column, charts[face]))
    face, column, row = face[order], column[order], row[order]
    same = (column[1:] == column[:-1]) & (row[1:] == row[:-1])
    same &= (charts[face[1:]] == charts[face[:-1]]) & (face[1:] != face[:-1])
    facing = np.einsum("fi,fi->f", mesh.normals, chart_planes(mesh, charts)[charts, 2])
    return np.union1d(face[1:][same], np.flatnonzero((facing < EDGE_ON) & (mesh.areas > 0)))


def _samples(corners: Array) -> tuple[Array, Array, Array, Array]:
    """Cell centres strictly inside triangles (T, 3, 3): triangle, column, row, height."""
    low = np.ceil(corners[..., :2].min(axis=1) - 0.5).astype(np.int64)
    high = np.floor(corners[..., :2].max(axis=1) - 0.5).astype(np.int64)
    wide = np.maximum(high - low + 1, 0)
    cells = wide[:, 0] * wide[:, 1]
    triangle = np.repeat(np.arange(len(cells)), cells)
    nth = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
    step_row, step_column = np.divmod(nth, np.maximum(wide[triangle, 0], 1))
    column, row = low[triangle, 0] + step_column, low[triangle, 1] + step_row
    weights = _barycentric(corners[triangle], column + 0.5, row + 0.5)
    inside = weights.min(axis=1) > 1e-4
    height = (weights * corners[triangle, :, 2]).sum(axis=1)
    return triangle[inside], column[inside], row[inside], height[inside]


def _barycentric(corners: Array, x: Array, y: Array) -> Array:
    """(N, 3) weights of the points (x, y) in triangles (N, 3, 2 or more); −1 where flat."""
    a, b, c = corners[:, 0, :2], corners[:, 1, :2], corners[:, 2, :2]
    ab, ac = b - a, c - a
    px, py = x - a[:, 0], y - a[:, 1]
    area = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    whole = np.abs(area) > 1e-12
    area = np.where(whole, area, 1.0)
    second = np.where(whole, (px * ac[:, 1] - py * ac[:, 0]) / area, -1.0)
    third = np.where(whole, (ab[:, 0] * py - ab[:, 1] * px) / area, -1.0)
    return np.stack([1.0 - second - third, second, third], axis=1)


def _sum_by(groups: Array, values: Array, count: int = 0) -> Array:
    """Sums of ``values`` (N,) or (N, D) over equal ``groups`` (N,)."""
    if values.ndim == 1:
        return np.bincount(groups, values, minlength=count)
    columns = [np.bincount(groups, column, minlength=count) for column in values.T]
    return np.stack(columns, axis=1)


def _compress(root: Array) -> Array:
    """Follow every pointer of a forest to its root."""
    while True:
        above = root[root]
        if np.array_equal(above, root):
            return root
        root = above
