"""The oracle: a known solid texture that every object carries along as it moves.

It colours points by waves in space, where they lie when everything is at rest: as it stands in the
first view. So what every texel should hold is known, and what any camera should see at any time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from underpaint.worker.jobs.mesh import Mesh, Placed
from underpaint.worker.jobs.views import Seen

REST = 0
"""The view in which everything is at rest."""

Floats = npt.NDArray[np.float32]


def solid(points: npt.NDArray[Any], wave: float) -> Floats:
    """sRGB colours (…×3) of points at rest (…×3): waves along six ways, ``wave`` metres."""
    ways = np.array([[3, 1, 2], [-1, 3, 1], [2, -1, 3]], np.float64) / math.sqrt(14)
    across = np.array([[1, 2, -1], [3, -1, 1], [-1, 1, 3]], np.float64) / 3
    turn = 2 * math.pi / wave
    colours = 0.5 + 0.2 * np.sin(points @ ways.T * turn) + 0.15 * np.cos(points @ across.T * turn)
    return colours.astype(np.float32)


def picture(view: Seen, meshes: Mapping[int, Mesh], wave: float) -> Floats:
    """What the oracle paints of a view, H×W×3; ``meshes`` by the objects' ids."""
    points = view.plan.source.read(view.plan.frame, ["position"]).position.astype(np.float64)
    for number in view.pixels:
        if number in meshes:
            shown = view.passes.object_id == number
            points[shown] = _at_rest(meshes[number], view.plan.index, points[shown])
    return solid(points, wave)


def rest_positions(mesh: Mesh) -> Floats:
    """A mesh's triangle corners at rest, T×3×3 in the world; of instances the first one's."""
    return mesh.placed(REST)[0].positions


def _at_rest(mesh: Mesh, index: int, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where points (N×3) that a view shows of a mesh lie when it is at rest."""
    placed, rest = mesh.placed(index), mesh.placed(REST)[0]
    if len(placed) == 1 and placed[0] is rest:
        return points
    if len(placed) == 1 and mesh.positions[index] is mesh.positions[REST]:
        back = mesh.matrices[REST][0] @ np.linalg.inv(mesh.matrices[index][0])
        moved: npt.NDArray[np.float64] = points @ back[:3, :3].T + back[:3, 3]
        return moved
    return _by_triangle(placed, rest, points)


def _by_triangle(
    placed: tuple[Placed, ...], rest: Placed, points: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """The same by the nearest triangle of any placement, for what deforms or stands about."""
    corners = np.concatenate([place.positions for place in placed])
    order = np.arange(3 * len(corners)).reshape(-1, 3)
    tree = BVHTree.FromPolygons(corners.reshape(-1, 3).tolist(), order.tolist(), all_triangles=True)
    found = [tree.find_nearest(Vector(point)) for point in points]
    triangle = np.array([face for _, _, face, _ in found])
    weights = _weights(corners[triangle], np.array([tuple(place) for place, *_ in found]))
    still: npt.NDArray[np.float64] = np.einsum(
        "nk,nkc->nc", weights, rest.positions[triangle % len(rest.positions)]
    )
    return still


def _weights(corners: Floats, points: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Barycentric weights N×3 of points (N×3) in their triangles (N×3×3)."""
    a, b, c = (corners[:, corner].astype(np.float64) for corner in range(3))
    u, v, w = b - a, c - a, points - a
    uu, uv, vv = (np.einsum("nc,nc->n", *pair) for pair in ((u, u), (u, v), (v, v)))
    wu, wv = np.einsum("nc,nc->n", w, u), np.einsum("nc,nc->n", w, v)
    area = np.maximum(uu * vv - uv * uv, 1e-30)
    second, third = (vv * wu - uv * wv) / area, (uu * wv - uv * wu) / area
    return np.stack([1 - second - third, second, third], axis=1)
