"""Rays through a set: what is hidden, from where one can look, and what a camera can print on.

World space: metres, Z up. Triangles wind counter-clockwise as seen from outside.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import cached_property

import numpy as np
from mathutils import Vector
from mathutils.bvhtree import BVHTree

from . import cover
from .polygons import Array

_GROUND_CELLS = 12
_MOSTLY = 0.7
_FLAT = 0.06
"""Of the set's width: how far a ground may rise and fall."""
_WIDE = 1.5
_PRINT = 2.5
"""Pixels from what stands before a surface, and from outlines, at which paint may be taken: see
``surface.outlines``."""
_BEFORE = 0.015
"""Of the distance: what lies nearer by this much stands before a place, not beside it."""
_BEHIND = 0.9999
"""Of the way to a place: what stands before that hides it."""
_LOOKS = 32
_INSIDE = 0.25
"""The share of all directions in which one sees surfaces from behind, when one stands in matter."""
_OFF = 1e-3
"""Metres from a surface at which rays that leave it begin."""


class Sightlines:
    """A set's triangles, parts of T×3×3, and rays through them."""

    def __init__(self, parts: Sequence[Array]) -> None:
        self._parts = parts
        triangles = np.concatenate(parts)
        order = np.arange(3 * len(triangles)).reshape(-1, 3)
        self._tree = BVHTree.FromPolygons(
            triangles.reshape(-1, 3).tolist(), order.tolist(), all_triangles=True
        )

    @cached_property
    def ground(self) -> float:
        """How high the ground is that all stands on, metres; minus infinity where there is none.

        Ground is what rays from below meet almost everywhere at about one height, under a set much
        wider than high: a lone thing has an underside to look at.
        """
        low = np.min([part.min((0, 1)) for part in self._parts], axis=0)
        high = np.max([part.max((0, 1)) for part in self._parts], axis=0)
        extent = high - low
        width = float(max(extent[0], extent[1]))
        if width < _WIDE * extent[2]:
            return -math.inf
        steps = (np.arange(_GROUND_CELLS) + 0.5) / _GROUND_CELLS
        met = []
        for x in low[0] + extent[0] * steps:
            for y in low[1] + extent[1] * steps:
                place = self._tree.ray_cast(Vector((x, y, low[2] - 1)), Vector((0, 0, 1)))[0]
                met += [] if place is None else [place.z]
        if len(met) < _MOSTLY * _GROUND_CELLS**2:
            return -math.inf
        lower, upper = np.quantile(met, (0.1, 0.9))
        return float(upper) if upper - lower < _FLAT * width else -math.inf

    def free(self, point: Array, way: Array, far: float) -> float:
        """Metres that a straight way (a unit vector) from a surface's point is free, at the most
        ``far``."""
        start = Vector(point + way * _OFF)
        distance = self._tree.ray_cast(start, Vector(way), far)[3]
        return far if distance is None else float(distance)

    def may_stand(self, place: Sequence[float]) -> bool:
        """Whether a camera may look from a place: above the ground, and not from within matter,
        where walls that run into one another look like rooms."""
        if place[2] <= self.ground:
            return False
        behind, eye = 0, Vector(place)
        for way in _directions():
            met, normal = self._tree.ray_cast(eye, way)[:2]
            behind += met is not None and normal.dot(way) > 0
        return behind < _INSIDE * _LOOKS

    def reached(self, camera: cover.Camera, samples: cover.Samples, which: Array) -> Array:
        """Which of some samples a straight way leads to from the camera, N."""
        reached = np.zeros(len(which), bool)
        eye = Vector(camera.camera_to_world[:3, 3])
        for row in np.flatnonzero(which):
            way = Vector(samples.points[row]) - eye
            distance = self._tree.ray_cast(eye, way.normalized(), way.length)[3]
            reached[row] = distance is None or distance > way.length * _BEHIND
        return reached

    def printed(
        self, camera: cover.Camera, samples: cover.Samples, which: Array, width: int
    ) -> tuple[Array, Array]:
        """Which of some samples paint is taken for from pictures ``width`` pixels wide, N: those
        that are reached and keep away from what stands before them; and which of them keep away
        from their own outlines, too, N."""
        printed = self.reached(camera, samples, which)
        clear = printed.copy()
        place = camera.camera_to_world[:3, 3]
        eye, axes = Vector(place), camera.camera_to_world[:3, :3]
        depth = np.abs((samples.points - place) @ axes[:, 2])
        pixel = cover.pixel_width(camera, width) * depth
        steps = [axes[:, axis] * side for axis in (0, 1) for side in (-_PRINT, _PRINT)]
        for row in np.flatnonzero(printed):
            point, normal = Vector(samples.points[row]), Vector(samples.normals[row])
            for step in steps:
                way = point + Vector(step * pixel[row]) - eye
                met, _, _, distance = self._tree.ray_cast(eye, way.normalized())
                if met is not None and abs((met - point).dot(normal)) <= pixel[row]:
                    continue
                clear[row] = False
                if met is not None and distance < way.length * (1 - _BEFORE) - 2 * pixel[row]:
                    printed[row] = False
                    break
        return printed, clear


def _directions() -> Sequence[Vector]:
    """Evenly spread over the sphere (a Fibonacci lattice)."""
    golden = math.pi * (3 - math.sqrt(5))
    heights = [1 - 2 * (number + 0.5) / _LOOKS for number in range(_LOOKS)]
    return [
        Vector(
            (
                math.sqrt(1 - z * z) * math.cos(golden * number),
                math.sqrt(1 - z * z) * math.sin(golden * number),
                z,
            )
        )
        for number, z in enumerate(heights)
    ]
