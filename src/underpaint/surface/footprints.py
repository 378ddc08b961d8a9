"""Where a texel falls in a view, and whether that view may paint it.

A view may paint a texel when the pixel there shows the same object at the same depth. Camera and
matrix conventions are those of ``model.shot``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..model.shot import Matrix
from ..passes.arrays import Bools, Floats, Ints

LEAST_FACING = 0.17
"""Cosine of 80°: flatter views only smear."""
SILHOUETTE = 3
"""Pixels beside an outline that count less, the nearest least: paint bleeds over outlines."""
_DEPTH_SLACK = 0.004
_BACK_SLACK = 0.001
_BORDER = 12.0


@dataclass(frozen=True)
class View:
    """A painted picture and what its camera measured. ``picture``: H×W×3 sRGB 0…1; ``depth``: H×W
    metres; ``object_id``: H×W; ``positions`` and ``normals``: T×3×3, the mesh's corners in world
    space at the view's frame."""

    picture: Floats
    depth: Floats
    object_id: Ints
    camera_to_world: Matrix
    projection: Matrix
    positions: Floats
    normals: Floats

    @cached_property
    def outline_distance(self) -> Floats:
        """H×W, 1…SILHOUETTE: how many pixels away the nearest other object is, at the most."""
        return _outline_distance(self.object_id)


@dataclass(frozen=True)
class Footprints:
    """N texels in one view: ``column`` and ``row`` in pixels (centres are whole numbers), ``depth``
    in metres, ``facing`` the cosine between surface and view (negative: seen from behind),
    ``pixel`` the width of a pixel there in metres."""

    column: Floats
    row: Floats
    depth: Floats
    facing: Floats
    pixel: Floats

    def of(self, texels: npt.NDArray[np.int64]) -> Footprints:
        """Those of some texels only."""
        return Footprints(*(getattr(self, field.name)[texels] for field in fields(self)))


def project(points: Floats, normals: Floats, view: View) -> Footprints:
    """Where N points (N×3, world) with normals (N×3) fall in a view."""
    height, width = view.depth.shape
    to_world = np.array(view.camera_to_world, np.float64).reshape(4, 4)
    to_world[:3, :3] /= np.linalg.norm(to_world[:3, :3], axis=0)  # a camera's scale does not count
    lens = np.array(view.projection, np.float64).reshape(4, 4)
    local = np.linalg.inv(to_world)
    camera = points @ local[:3, :3].T + local[:3, 3]
    clip = np.concatenate([camera, np.ones((len(camera), 1))], 1) @ lens.T
    w = np.where(np.abs(clip[:, 3]) < 1e-12, 1e-12, clip[:, 3])
    depth = -camera[:, 2]
    perspective = lens[3, 2] != 0
    toward = (
        to_world[:3, 3] - points if perspective else np.broadcast_to(to_world[:3, 2], points.shape)
    )
    pixel = 2 / (abs(lens[0, 0]) * width) * (depth if perspective else np.ones_like(depth))
    return Footprints(
        column=((clip[:, 0] / w + 1) / 2 * width - 0.5).astype(np.float32),
        row=((1 - clip[:, 1] / w) / 2 * height - 0.5).astype(np.float32),
        depth=depth.astype(np.float32),
        facing=(_unit(normals) * _unit(toward)).sum(1).astype(np.float32),
        pixel=pixel.astype(np.float32),
    )


def weights(prints: Footprints, view: View, object_id: int) -> Floats:
    """How much each texel may take from the view, N; 0 where another surface covers it.

    visible · facing² ÷ pixel width, less beside outlines and at the picture's border.
    """
    height, width = view.depth.shape
    column, row = nearest(prints, height, width)
    inside = (
        (prints.depth > 1e-6)
        & (prints.column > -0.5)
        & (prints.row > -0.5)
        & (prints.column < width - 0.5)
        & (prints.row < height - 0.5)
    )
    facing = np.abs(prints.facing)
    ours = inside & (view.object_id[row, column] == object_id) & (facing > LEAST_FACING)
    seen = ours & _fits(prints, view.depth[row, column], ours)
    border = np.minimum.reduce(
        [prints.column + 1, prints.row + 1, width - prints.column, height - prints.row]
    )
    weight = facing**2 / np.maximum(prints.pixel, 1e-9) * np.clip(border / _BORDER, 0.05, 1)
    weight = weight * (view.outline_distance[row, column] / SILHOUETTE) ** 3
    return np.where(seen, weight, 0).astype(np.float32)


def _fits(prints: Footprints, depth: Floats, ours: Bools) -> Bools:
    """Whether the pixel's depth is the texel's own.

    It may differ by a share of itself and by what a pixel of that slant spans. A surface seen from
    behind must fit more tightly, or thin walls would show through, unless most of what the view
    sees of the object is seen from behind: then its normals point inward or it is a single sheet.
    """
    facing = np.clip(np.abs(prints.facing), LEAST_FACING, 1)
    slant = prints.pixel * np.sqrt(1 - facing**2) / facing
    error = np.abs(depth - prints.depth)
    loose: Bools = error <= _DEPTH_SLACK * np.abs(prints.depth) + slant
    tight: Bools = error <= _BACK_SLACK * np.abs(prints.depth)
    front = prints.facing > 0
    seen_behind = (tight & ours & ~front).sum() > (tight & ours & front).sum()
    return loose if seen_behind else np.where(front, loose, tight)


def nearest(
    prints: Footprints, height: int, width: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The pixel of each texel, clamped to the picture."""
    with np.errstate(invalid="ignore"):
        column = np.clip(np.nan_to_num(np.rint(prints.column)), 0, width - 1).astype(np.int64)
        row = np.clip(np.nan_to_num(np.rint(prints.row)), 0, height - 1).astype(np.int64)
    return column, row


def sample(prints: Footprints, view: View, object_id: int) -> Floats:
    """Colours at the texels, N×3: bilinear where all four pixels show the object, else nearest."""
    height, width = view.depth.shape
    column, row = nearest(prints, height, width)
    left = np.clip(np.floor(prints.column), 0, max(width - 2, 0)).astype(np.int64)
    top = np.clip(np.floor(prints.row), 0, max(height - 2, 0)).astype(np.int64)
    right, below = np.minimum(left + 1, width - 1), np.minimum(top + 1, height - 1)
    taps = ((top, left), (top, right), (below, left), (below, right))
    across = np.clip(prints.column - left, 0, 1)[:, None]
    down = np.clip(prints.row - top, 0, 1)[:, None]
    a, b, c, d = (view.picture[tap] for tap in taps)
    smooth = (a * (1 - across) + b * across) * (1 - down) + (c * (1 - across) + d * across) * down
    whole: Bools = np.logical_and.reduce([view.object_id[tap] == object_id for tap in taps])
    return np.where(whole[:, None], smooth, view.picture[row, column]).astype(np.float32)


def _outline_distance(object_id: Ints) -> Floats:
    inner = np.ones(object_id.shape, bool)
    for axis in (0, 1):
        differs = np.diff(object_id, axis=axis) != 0
        before = np.pad(differs, [(0, 1) if k == axis else (0, 0) for k in (0, 1)])
        after = np.pad(differs, [(1, 0) if k == axis else (0, 0) for k in (0, 1)])
        inner &= ~(before | after)
    distance = np.ones(object_id.shape, np.float32)
    for _ in range(SILHOUETTE - 1):
        distance += inner
        inner = _shrink(inner)
    return distance


def _shrink(mask: Bools) -> Bools:
    padded = np.pad(mask, 1, constant_values=True)
    return (
        padded[1:-1, 1:-1]
        & padded[:-2, 1:-1]
        & padded[2:, 1:-1]
        & padded[1:-1, :-2]
        & padded[1:-1, 2:]
    )


def _unit(vectors: npt.NDArray[Any]) -> npt.NDArray[Any]:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-12)
