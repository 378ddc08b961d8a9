"""Charts laid on their planes, and where they cover themselves; numpy only.

Shapes as in polygons.py; C charts.
"""

from __future__ import annotations

import numpy as np

from .polygons import Array, Polygons, sum_by, unit

EDGE_ON = 0.05  # cosine below which a face would be a sliver on its chart's plane
MOST_CELLS = 120_000  # of the grid on which overlaps are looked for
CELLS_A_FACE = 200


def chart_planes(mesh: Polygons, charts: Array) -> Array:
    """(C, 3, 3) right-handed bases; rows are the plane's two axes and its normal."""
    normal = unit(sum_by(charts, mesh.area_vectors))
    normal[~normal.any(axis=1)] = (0.0, 0.0, 1.0)
    # Charts of a wall keep the world's up as their second axis; level ones take Y.
    level = np.abs(normal[:, 2:]) > 0.9
    up = np.where(level, (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
    across = unit(np.cross(up, normal))
    return np.stack([across, np.cross(normal, across), normal], axis=1)


def flatten(mesh: Polygons, charts: Array) -> Array:
    """(L, 3) each corner on its chart's plane, scaled to the surface's area, and its height."""
    planes = chart_planes(mesh, charts)
    owner = charts[mesh.faces]
    corners = mesh.points[mesh.verts]
    flat = np.empty_like(corners)
    for axis in range(3):
        flat[:, axis] = np.einsum("li,li->l", planes[:, axis][owner], corners)
    steep = np.abs(np.einsum("fi,fi->f", mesh.normals, planes[charts, 2]))
    area = sum_by(charts, mesh.areas)
    shadow = sum_by(charts, mesh.areas * steep)
    grow = np.sqrt(np.divide(area, shadow, out=np.ones_like(area), where=shadow > area / 4))
    flat[:, :2] *= grow[owner, None]
    return flat


def covered_faces(mesh: Polygons, charts: Array) -> Array:
    """Numbers of the faces that lie over another of their chart, or turn away from its plane."""
    flat = flatten(mesh, charts)
    cells = min(CELLS_A_FACE * (len(charts) + 20), MOST_CELLS)
    cell = np.sqrt(mesh.areas.sum() / cells)
    corners = flat[mesh.triangles].astype(np.float64)
    corners[..., :2] /= cell
    triangle, column, row, height = samples(corners)
    face = mesh.triangle_faces[triangle]
    order = np.lexsort((height, row, column, charts[face]))
    face, column, row = face[order], column[order], row[order]
    same = (column[1:] == column[:-1]) & (row[1:] == row[:-1])
    same &= (charts[face[1:]] == charts[face[:-1]]) & (face[1:] != face[:-1])
    facing = np.einsum("fi,fi->f", mesh.normals, chart_planes(mesh, charts)[charts, 2])
    return np.union1d(face[1:][same], np.flatnonzero((facing < EDGE_ON) & (mesh.areas > 0)))


def samples(corners: Array) -> tuple[Array, Array, Array, Array]:
    """Cell centres strictly inside triangles (T, 3, 3): triangle, column, row, height."""
    low = np.ceil(corners[..., :2].min(axis=1) - 0.5).astype(np.int64)
    high = np.floor(corners[..., :2].max(axis=1) - 0.5).astype(np.int64)
    wide = np.maximum(high - low + 1, 0)
    cells = wide[:, 0] * wide[:, 1]
    triangle = np.repeat(np.arange(len(cells)), cells)
    nth = np.arange(cells.sum()) - np.repeat(np.cumsum(cells) - cells, cells)
    step_row, step_column = np.divmod(nth, np.maximum(wide[triangle, 0], 1))
    column, row = low[triangle, 0] + step_column, low[triangle, 1] + step_row
    weights = barycentric(corners[triangle], column + 0.5, row + 0.5)
    inside = weights.min(axis=1) > 1e-4
    height = (weights * corners[triangle, :, 2]).sum(axis=1)
    return triangle[inside], column[inside], row[inside], height[inside]


def barycentric(corners: Array, x: Array, y: Array) -> Array:
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
