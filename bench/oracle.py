"""The oracle: a known solid texture that every object carries along as it moves.

It colours points by waves in space, where they lie when everything is at rest: as it stands in the
first view. So what every texel should hold is known, and what any camera should see at any time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from underpaint.surface.footprints import Pose, find_footprints, texel_widths
from underpaint.surface.texels import rasterise
from underpaint.surface.view import View
from underpaint.worker.jobs.mesh import Mesh, Placed
from underpaint.worker.jobs.views import Seen

REST = 0
"""The view in which everything is at rest."""

_WAVE = 24.0
"""Pixels at the median depth that a wave is long, at the least."""
_WORST_WAVE = 8.0
"""The same of pixels where an object is seen worst."""
_NEARLY_ALL = 95
"""Per cent of what is seen: the farthest corner of a ground does not count."""
_COARSE = 128

Floats = npt.NDArray[np.float32]


def solid(points: npt.NDArray[Any], wave: float) -> Floats:
    """sRGB colours (…×3) of points at rest (…×3): waves along six ways, ``wave`` metres."""
    ways = np.array([[3, 1, 2], [-1, 3, 1], [2, -1, 3]], np.float64) / math.sqrt(14)
    across = np.array([[1, 2, -1], [3, -1, 1], [-1, 1, 3]], np.float64) / 3
    turn = 2 * math.pi / wave
    colours = 0.5 + 0.2 * np.sin(points @ ways.T * turn) + 0.15 * np.cos(points @ across.T * turn)
    return colours.astype(np.float32)


def waves(views: Sequence[Seen], meshes: Mapping[int, Mesh]) -> dict[int, float]:
    """Metres that a wave is long on each object, by its id: no texture can hold what no view shows,
    so even where an object is seen worst a wave is some pixels long."""
    depth = views[REST].passes.depth
    lens = views[REST].plan.frame.projection[0]
    pixel = float(np.median(depth[np.isfinite(depth)])) * 2 / (lens * depth.shape[1])
    surfaces = [view.painted(np.zeros((*view.passes.depth.shape, 3), np.float32)) for view in views]
    return {
        number: max(_WAVE * pixel, _WORST_WAVE * _worst_pixel(number, mesh, views, surfaces))
        for number, mesh in meshes.items()
    }


def _worst_pixel(number: int, mesh: Mesh, views: Sequence[Seen], surfaces: Sequence[View]) -> float:
    """Metres that a pixel is wide on an object, where the view that sees it best sees it worst."""
    texels = rasterise(mesh.uv, _COARSE)
    best = np.full(len(texels.index), np.inf, np.float32)
    for view, surface in zip(views, surfaces, strict=True):
        for placed in mesh.placed(view.plan.index) if number in view.pixels else ():
            grain = texel_widths(mesh.uv, placed.positions, _COARSE)
            pose = Pose(surface, placed.positions, placed.normals)
            for prints in find_footprints(texels, grain, number, pose):
                metres = grain[texels.triangle[prints.texel]] / prints.spread
                best[prints.texel] = np.minimum(best[prints.texel], metres)
    seen = best[np.isfinite(best)]
    return float(np.percentile(seen, _NEARLY_ALL)) if len(seen) else 0.0


def picture(view: Seen, meshes: Mapping[int, Mesh], waves: Mapping[int, float]) -> Floats:
    """What the oracle paints of a view, H×W×3; ``meshes`` and ``waves`` by the objects' ids."""
    points = view.plan.source.read(view.plan.frame, ["position"]).position.astype(np.float64)
    colours = np.zeros(points.shape, np.float32)
    for number in view.pixels.keys() & meshes.keys():
        shown = view.passes.object_id == number
        still = _at_rest(meshes[number], view.plan.index, points[shown])
        colours[shown] = solid(still, waves[number])
    return colours


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
