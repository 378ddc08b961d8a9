"""Cuts a mesh into charts that lie flat without folding; numpy only.

A chart is a connected piece of surface whose faces look roughly one way, so that projecting it on a
plane neither folds it nor stretches it much. Charts are found in four steps: directions that the
surface faces are picked and refined (k-means on the sphere of normals, as in Cohen-Steiner et al.,
Variational Shape Approximation, 2004); every face takes a direction, weighing its own normal
against what its neighbours took; small islands join a neighbour; and where a flattened chart would
cover itself (a spiral stair), the upper layer is peeled off into a chart of its own.

Shapes as in polygons.py; C charts, K directions.
"""

from __future__ import annotations

import numpy as np

from .flat import covered_faces, flatten
from .polygons import Array, Polygons, components, compress, extent, sum_by, unit

NEAR = np.cos(np.radians(25.0))  # normals this near to a seed make its direction
FAR = np.cos(np.radians(50.0))  # normals farther than this from every direction ask for another
MOST_DIRECTIONS = 20
NEIGHBOURS_WEIGH = 0.35  # how much a face follows its neighbours, against the fit of its normal
STEEPEST = 0.3  # cosine between a face and its chart's plane below which it may not join
SMALL = 0.003  # charts below this share of the surface join a neighbour where they fit
HOLLOW = 0.45  # share of its box below which a large chart is cut in two
LARGE = 0.03  # share of the surface above which a chart counts as large
PEELS = 12


def cut(mesh: Polygons) -> Array:
    """(F,) chart number of each face, counted from 0."""
    labels = _labels(mesh)
    charts = _join_small(mesh, components(mesh, labels))
    charts = _peel_overlaps(mesh, charts)
    for _ in range(2):
        whole, charts = charts, _halve_hollow(mesh, charts)
        if charts.max() == whole.max():
            break
    return charts


def _labels(mesh: Polygons) -> Array:
    """(F,) the direction that each face takes: iterated conditional modes, some faces at a time."""
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
        moved = unit(sum_by(nearest, bins * weights[:, None], len(directions)))
        directions = np.where(moved.any(axis=1, keepdims=True), moved, directions)
    return directions


def _normal_bins(mesh: Polygons) -> tuple[Array, Array]:
    """Mean normals (B, 3) and areas (B,) of a coarse grid on the sphere."""
    cells = np.rint(mesh.normals * 8).astype(np.int64) + 8
    keys = cells @ np.array([289, 17, 1])
    number = np.unique(keys, return_inverse=True)[1].reshape(-1)
    weights = sum_by(number, mesh.areas)
    bins = unit(sum_by(number, mesh.area_vectors))
    return bins, weights


def _join_small(mesh: Polygons, charts: Array) -> Array:
    """Let every small chart join the neighbour with the longest common border, where it fits."""
    for _ in range(4):
        target = _targets(mesh, charts)
        if (target == np.arange(len(target))).all():
            break
        charts = np.unique(compress(target)[charts], return_inverse=True)[1].reshape(-1)
    return charts


def _targets(mesh: Polygons, charts: Array) -> Array:
    """(C,) the larger chart that each small chart joins; itself for the others."""
    area = sum_by(charts, mesh.areas)
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
    plane = unit(sum_by(charts, mesh.area_vectors))
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
    weight = np.maximum(sum_by(charts, mesh.areas), 1e-30)
    offset = middle - (sum_by(charts, middle * mesh.areas[:, None]) / weight[:, None])[charts]
    square = sum_by(charts, (offset**2) * mesh.areas[:, None])
    cross = sum_by(charts, offset.prod(axis=1) * mesh.areas)
    angle = 0.5 * np.arctan2(2 * cross, square[:, 0] - square[:, 1])
    axes = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    owner = charts[mesh.faces]
    box = np.ones(count)
    for axis in (axes, axes[:, ::-1] * (-1.0, 1.0)):
        along = np.einsum("li,li->l", flat, axis[owner])
        low, high = extent(owner, along, count)
        box *= high - low
    hollow = (weight < HOLLOW * box) & (weight > LARGE * weight.sum())
    side = np.einsum("fi,fi->f", offset, axes[charts]) > 0
    return components(mesh, charts * 2 + (hollow[charts] & side))
