"""Which texels a view may paint, how well it sees them, and what it shows there.

A view may paint a texel when the pixel there shows the same object, and what it shows lies in the
texel's own surface: a distance that holds however slanted the surface is.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats, Ints
from .texels import Points, mix
from .view import View

_LEAST_FACING = 0.1
"""Cosine of 84°: beyond it, a view says nothing of a texel."""
_FRONT, _BACK = 0.75, 0.25
"""How far what a pixel shows may be off the texel's surface, in pixel widths. Less for a surface
seen from behind, or the back of a thin wall would take the paint of its front; and less for a
slanted one, behind which the same distance is a long way along the line of sight."""
_STEEP = 1.5
_BEFORE = 2.5
"""And how far, at the most, what the pixel shows may lie before the texel."""
_PRECISION = 2e-4
"""Of the depth: what the numbers themselves are off, and more."""
_FLAT = (0.26, 0.42)
"""Cosines of 75° and 65°: what is seen more flatly than that would be smeared, not painted."""
_COARSE = (1 / 96, 1 / 48)
"""Pixels that a texel is wide: what is seen more coarsely than that would be a blur."""
_HARDLY = np.float32(1e-3)
"""Of the weight, where a view is no sure witness."""
_BORDER = 12.0
_MARGIN = 8.0
_AROUND = ((0, 0), (0, -1), (0, 1), (-1, 0), (1, 0), (-1, -1), (-1, 1), (1, -1), (1, 1))
"""(down, across): a pixel, and those around it."""
_CHUNK = 1 << 18
_VOTERS = 4096


@dataclass(frozen=True)
class Pose:
    """One object's mesh as a view saw it: ``positions`` and ``normals`` T×3×3, corners in world
    space at the view's frame."""

    view: View
    positions: Floats
    normals: Floats


@dataclass(frozen=True)
class Footprints:
    """M texels (``texel``: their places in the list of texels) that one view may paint.

    ``column`` and ``row`` in pixels; ``weight`` > 0, comparable between the views of an object;
    ``spread``: how many pixels wide a texel is; ``inner``: pixels to the nearest outline or border
    of the picture, ``outlines.FAR`` at the most; ``sure``: 0…1, 0 where the view sees the texel too
    flatly or too coarsely to paint it, and may only hint at its tone.
    """

    texel: npt.NDArray[np.int64]
    column: Floats
    row: Floats
    weight: Floats
    spread: Floats
    inner: Floats
    sure: Floats

    def of(self, which: npt.NDArray[Any]) -> Footprints:
        """Some of them, by index or mask."""
        return Footprints(*(getattr(self, field.name)[which] for field in fields(self)))


@dataclass(frozen=True)
class Spots:
    """Texels as places on a pose, in world space: ``texel``: M, their places in the list of texels;
    ``triangle``: M; ``points`` and ``normals``: M×3, as they are shaded."""

    texel: npt.NDArray[np.int64]
    triangle: Ints
    points: Floats
    normals: Floats

    def of(self, which: npt.NDArray[Any]) -> Spots:
        """Some of them, by index or mask."""
        return Spots(*(getattr(self, field.name)[which] for field in fields(self)))


def find_spots(texels: Points, chosen: npt.NDArray[np.int64], pose: Pose) -> Spots:
    """Where on the pose the ``chosen`` texels (places in the list) are."""
    triangle, weights = texels.triangle[chosen], texels.weights[chosen]
    points, normals = (mix(weights, of, triangle) for of in (pose.positions, pose.normals))
    return Spots(chosen, triangle, points, normals)


@dataclass(frozen=True)
class _Mesh:
    """A pose in its camera's space. ``normal``: T×3 of the flat triangles, turned to the side that
    the mesh calls outside; ``grain``: T, metres that a texel is wide."""

    corners: Floats
    normal: Floats
    grain: Floats


@dataclass(frozen=True)
class ObjectSight:
    """What a view sees of one object, made ready for its texels. ``shows``: T, which triangles it
    may see."""

    object_id: int
    pose: Pose
    mesh: _Mesh
    shows: Bools

    @property
    def view(self) -> View:
        """From where it is seen."""
        return self.pose.view

    def look(self, spots: Spots) -> Footprints:
        """The footprints of those of the pose's spots that it sees."""
        placed = _place(spots, np.flatnonzero(self.shows[spots.triangle]), self.view)
        shown = self.view.clean_id.take(placed.pixel) == self.object_id
        own = _fitting(placed.of(np.flatnonzero(shown)), spots, self.mesh, self.view)
        return _weigh(*own, spots, self.mesh, self.view)

    def look_beside(self, spots: Spots) -> Footprints:
        """As ``look``, of those that lie beside an outline, where what is painted on either side
        may mix: for texels that no view sees elsewhere."""
        placed = _place(spots, np.flatnonzero(self.shows[spots.triangle]), self.view)
        own = _beside(placed, spots, self)
        return _weigh(*own, spots, self.mesh, self.view)


def open_sight(texels: Points, grain: Floats, object_id: int, pose: Pose) -> ObjectSight | None:
    """A view made ready for an object; None where it does not show it. ``grain``: T, metres that a
    texel of each triangle is wide, as ``texel_widths`` measures them."""
    view = pose.view
    window = view.windows.get(object_id)
    if window is None or not len(texels.triangle):
        return None
    corners = view.camera.to_camera(pose.positions)
    mesh = _Mesh(corners, _outward(corners, view.camera.turn(pose.normals)), grain)
    shows = _may_show(mesh, view, window)
    chosen = np.flatnonzero(shows[texels.triangle])
    some = find_spots(texels, chosen[:: max(1, len(chosen) // _VOTERS)], pose)
    shows[shows] = _may_reach(mesh.corners[shows], view, object_id)
    return ObjectSight(object_id, pose, _turned(mesh, some, view, object_id), shows)


def find_footprints(
    texels: Points, grain: Floats, object_id: int, pose: Pose
) -> Iterator[Footprints]:
    """What of an object's texels the view may paint, some at a time; see ``open_sight``."""
    sight = open_sight(texels, grain, object_id, pose)
    if sight is None:
        return
    chosen = np.flatnonzero(sight.shows[texels.triangle])
    for start in range(0, len(chosen), _CHUNK):
        yield sight.look(find_spots(texels, chosen[start : start + _CHUNK], pose))


def texel_widths(uv: Floats, positions: Floats, size: int) -> Floats:
    """T: metres that a texel of each triangle is wide. ``uv``: T×3×2, ``positions``: T×3×3."""
    across, down = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    texels = np.abs(across[:, 0] * down[:, 1] - down[:, 0] * across[:, 1]) * np.float32(size * size)
    metres = np.linalg.norm(_cross(positions), axis=1)
    widths: Floats = np.sqrt(metres / np.maximum(texels, np.float32(1e-6)))
    return widths


def _may_show(mesh: _Mesh, view: View, window: tuple[int, int, int, int]) -> Bools:
    """T: whether a triangle may reach the window. Those that cross the camera's plane may."""
    column, row = (p.reshape(-1, 3) for p in view.camera.pixels(mesh.corners.reshape(-1, 3)))
    crosses = ~np.isfinite(column).all(1)
    with np.errstate(invalid="ignore"):
        meets = (column.max(1) > window[0] - 1) & (column.min(1) < window[1] + 1)
        meets &= (row.max(1) > window[2] - 1) & (row.min(1) < window[3] + 1)
    behind = (
        (mesh.corners[..., 2] >= 0).all(1) if view.camera.perspective else np.zeros_like(crosses)
    )
    return (meets | crosses) & ~behind


def _may_reach(corners: Floats, view: View, object_id: int) -> Bools:
    """Whether triangles (M×3×3, in camera space) may show in any of the object's pixels, or all of
    these show what lies well before them. Those that cross the camera's plane may."""
    column, row = (p.reshape(-1, 3) for p in view.camera.pixels(corners.reshape(-1, 3)))
    crosses = ~np.isfinite(column).all(1) | ~np.isfinite(row).all(1)
    nearest, farthest = -corners[..., 2].max(1), -corners[..., 2].min(1)
    slack = _BEFORE * view.camera.pixel_width(farthest) + 2 * np.float32(_PRECISION) * farthest
    shown = view.deepest(object_id).over(column, row, reach=2)
    return crosses | (nearest - slack <= shown)


@dataclass(frozen=True)
class _Placed:
    """Spots in a view, an array of each: ``points`` in camera space, ``column`` and ``row``, and
    ``pixel``: the flat index of the pixel that each falls in."""

    spot: npt.NDArray[np.int64]
    points: Floats
    column: Floats
    row: Floats
    pixel: Ints

    def of(self, which: npt.NDArray[Any]) -> _Placed:
        """Some of them, by index or mask."""
        return _Placed(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def depth(self) -> Floats:
        """Metres along the camera's axis."""
        return -self.points[:, 2]


def _fitting(placed: _Placed, spots: Spots, mesh: _Mesh, view: View) -> tuple[_Placed, Floats]:
    """Those whose pixels show their own surface, and the cosines at which it is seen."""
    normal = mesh.normal[spots.triangle[placed.spot]]
    facing = _facing(normal, placed.points, view)
    seen = np.flatnonzero(_fits(placed, normal, view, facing))
    return placed.of(seen), np.abs(facing[seen])


def _weigh(placed: _Placed, facing: Floats, spots: Spots, mesh: _Mesh, view: View) -> Footprints:
    """The footprints of what is placed where the pixels show its own surface."""
    triangle = spots.triangle[placed.spot]
    shading = view.camera.turn(spots.normals[placed.spot])
    smooth = np.clip(np.abs(_facing(shading, placed.points, view)), _LEAST_FACING, 1)
    spread = _spread(placed, mesh.grain[triangle], view, facing)
    sure = _ramp(facing, _FLAT) * _ramp(spread, _COARSE)
    clearance, border = _inner(placed, view)
    weight = _margin_weight(clearance, border) * smooth**2 / view.camera.pixel_width(placed.depth)
    weight *= np.maximum(sure, _HARDLY) * np.float32(view.say)
    inner = np.minimum(clearance, border)
    texel = spots.texel[placed.spot]
    return Footprints(texel, placed.column, placed.row, weight, spread, inner, sure)


def _spread(placed: _Placed, grain: Floats, view: View, facing: Floats) -> Floats:
    """Pixels that the texels are wide: the square root of the area that each covers."""
    if view.camera.perspective:  # off the axis, a pixel spans a smaller angle
        away = np.sqrt(np.einsum("nc,nc->n", placed.points, placed.points))
        facing = facing * away / placed.depth
    return grain * np.sqrt(facing) / view.camera.pixel_width(placed.depth)


def _place(spots: Spots, which: npt.NDArray[np.int64], view: View) -> _Placed:
    """Those of ``which`` that lie inside the picture."""
    points = view.camera.to_camera(spots.points.take(which, 0))
    column, row = view.camera.pixels(points)
    height, width = view.depth.shape
    with np.errstate(invalid="ignore"):
        inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
    chosen = np.flatnonzero(inside & (points[:, 2] < 0))
    column, row = column[chosen], row[chosen]
    pixel = np.rint(row).astype(np.int32) * np.int32(width) + np.rint(column).astype(np.int32)
    return _Placed(which[chosen], points.take(chosen, 0), column, row, pixel)


def _beside(placed: _Placed, spots: Spots, sight: ObjectSight) -> tuple[_Placed, Floats]:
    """Those beside outlines, as ``_fitting`` gives them.

    A spot's own pixel may show what lies behind: then nothing covers it there, and where one of the
    pixels around shows its surface, it is moved to that.
    """
    view = sight.view
    height, width = view.depth.shape
    normal = sight.mesh.normal[spots.triangle[placed.spot]]
    facing = _facing(normal, placed.points, view)
    behind = view.depth.take(placed.pixel) > placed.depth * (1 + 4 * _PRECISION)
    pixel = placed.pixel.copy()
    shift = np.zeros((2, len(pixel)), np.float32)
    found = np.zeros(len(pixel), bool)
    for down, across in _AROUND:
        x = placed.pixel % np.int32(width) + np.int32(across)
        y = placed.pixel // np.int32(width) + np.int32(down)
        may = ~found & (x >= 0) & (x < width) & (y >= 0) & (y < height)
        may &= behind if across or down else True
        rows = np.flatnonzero(may)
        at = y[rows] * np.int32(width) + x[rows]
        own = np.flatnonzero(view.own_id.take(at) == sight.object_id)
        rows, at = rows[own], at[own]
        fits = _fits(replace(placed.of(rows), pixel=at), normal[rows], view, facing[rows])
        rows, at = rows[fits], at[fits]
        pixel[rows], found[rows] = at, True
        shift[0, rows], shift[1, rows] = across, down
    column, row = placed.column + shift[0], placed.row + shift[1]
    moved = replace(placed, pixel=pixel, column=column, row=row)
    return moved.of(found), np.abs(facing[found])


def _fits(placed: _Placed, normal: Floats, view: View, facing: Floats) -> Bools:
    """Whether what the pixels show lies in the texels' own surface, and that is not too slanted."""
    steep = np.clip(_STEEP * facing, _BACK / _FRONT, 1)
    slack = np.where(facing > 0, _slack(placed, view, _FRONT) * steep, _slack(placed, view, _BACK))
    off = view.points(placed.pixel) - placed.points
    fits: Bools = np.abs(np.einsum("nc,nc->n", off, normal)) <= slack
    fits &= off[:, 2] <= _slack(placed, view, _BEFORE)
    return fits & (np.abs(facing) > _LEAST_FACING)


def _turned(mesh: _Mesh, some: Spots, view: View, object_id: int) -> _Mesh:
    """The mesh, inside out if most of what the view sees of it is seen from behind: then its
    normals point inward, or it is a single sheet."""
    placed = _place(some, np.arange(len(some.texel)), view)
    placed = placed.of(np.flatnonzero(view.clean_id.take(placed.pixel) == object_id))
    normal = mesh.normal[some.triangle[placed.spot]]
    facing = _facing(normal, placed.points, view)
    facing = facing[_off_surface(placed, normal, view) <= _slack(placed, view, _BACK)]
    inside_out = (facing < 0).sum() > (facing > 0).sum()
    return replace(mesh, normal=-mesh.normal) if inside_out else mesh


def _off_surface(placed: _Placed, normal: Floats, view: View) -> Floats:
    """Metres between what the pixels show and the planes of the texels' triangles."""
    off = view.points(placed.pixel) - placed.points
    return np.abs(np.einsum("nc,nc->n", off, normal))


def _slack(placed: _Placed, view: View, pixels: float) -> Floats:
    return pixels * view.camera.pixel_width(placed.depth) + np.float32(_PRECISION) * placed.depth


def _facing(normals: Floats, points: Floats, view: View) -> Floats:
    """M: cosines between normals and the direction toward the camera, both in its space."""
    length = np.sqrt(np.einsum("nc,nc->n", normals, normals))
    if not view.camera.perspective:
        return normals[:, 2] / np.maximum(length, np.float32(1e-12))
    away = np.sqrt(np.einsum("nc,nc->n", points, points))
    return -np.einsum("nc,nc->n", normals, points) / np.maximum(length * away, np.float32(1e-12))


def _inner(placed: _Placed, view: View) -> tuple[Floats, Floats]:
    """Pixels to the nearest outline, and to the picture's border."""
    height, width = view.depth.shape
    across = np.minimum(placed.column, width - 1 - placed.column)
    border = np.minimum(across, np.minimum(placed.row, height - 1 - placed.row))
    return view.outlines.clearance.take(placed.pixel).astype(np.float32), border + np.float32(1)


def _margin_weight(clearance: Floats, border: Floats) -> Floats:
    """0…1: less beside outlines and at the picture's border."""
    inner: Floats = np.clip(border / np.float32(_BORDER), 0.05, 1)
    return inner * np.square(np.minimum(clearance / np.float32(_MARGIN), 1))


def _ramp(values: Floats, ends: tuple[float, float]) -> Floats:
    """0 up to the first end, 1 from the second on."""
    share = (values - np.float32(ends[0])) / np.float32(ends[1] - ends[0])
    clipped: Floats = np.clip(share, 0, 1)
    return clipped


def _outward(corners: Floats, shading: Floats) -> Floats:
    """T×3 unit normals of flat triangles, on the side of their corners' normals."""
    normal = _cross(corners)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    side = np.einsum("tc,tc->t", normal, shading.sum(1))[:, None]
    return np.where(side < 0, -normal, normal) / np.maximum(length, np.float32(1e-20))


def _cross(corners: Floats) -> Floats:
    cross: Floats = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return cross
