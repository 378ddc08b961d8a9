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
from .outlines import FAR
from .texels import Points, mix
from .view import View

_LEAST_FACING = 0.05
"""Cosine of 87°. Streets are seen this flatly; any steeper view of the same texel outweighs it."""
_FRONT, _BACK = 0.75, 0.25
"""How far what a pixel shows may be off the texel's surface, in pixel widths. Less for a surface
seen from behind, or the back of a thin wall would take the paint of its front; and less for a
slanted one, behind which the same distance is a long way along the line of sight."""
_STEEP = 1.5
_PRECISION = 2e-4
"""Of the depth: what the numbers themselves are off, and more."""
_WIDE = (1.6, 3.5)
"""Pixels that a texel must be wide to take means of 2×2 and of 4×4 pixels."""
_BORDER = 12.0
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
    ``spread``: how many pixels wide a texel is.
    """

    texel: npt.NDArray[np.int64]
    column: Floats
    row: Floats
    weight: Floats
    spread: Floats


@dataclass(frozen=True)
class _Mesh:
    """A pose in its camera's space. ``normal``: T×3 of the flat triangles, turned to the side that
    the mesh calls outside; ``grain``: T, metres that a texel is wide."""

    corners: Floats
    shading: Floats
    normal: Floats
    grain: Floats


def find_footprints(
    texels: Points, grain: Floats, object_id: int, pose: Pose
) -> Iterator[Footprints]:
    """What of an object's texels the view may paint, some at a time. ``grain``: T, metres that a
    texel of each triangle is wide, as ``texel_widths`` measures them."""
    view = pose.view
    window = _window(view, object_id)
    if window is None or not len(texels.triangle):
        return
    corners, shading = view.to_camera(pose.positions), view.turn(pose.normals)
    mesh = _Mesh(corners, shading, _outward(corners, shading), grain)
    chosen = np.flatnonzero(_may_show(mesh, view, window)[texels.triangle])
    mesh = _turned(mesh, texels, chosen, view, object_id)
    for start in range(0, len(chosen), _CHUNK):
        yield _look(texels, chosen[start : start + _CHUNK], mesh, view, object_id)


def texel_widths(uv: Floats, positions: Floats, size: int) -> Floats:
    """T: metres that a texel of each triangle is wide. ``uv``: T×3×2, ``positions``: T×3×3."""
    across, down = uv[:, 1] - uv[:, 0], uv[:, 2] - uv[:, 0]
    texels = np.abs(across[:, 0] * down[:, 1] - down[:, 0] * across[:, 1]) * np.float32(size * size)
    metres = np.linalg.norm(_cross(positions), axis=1)
    widths: Floats = np.sqrt(metres / np.maximum(texels, np.float32(1e-6)))
    return widths


def sample(prints: Footprints, view: View) -> Floats:
    """Linear light at the footprints, M×3: bilinear, from a smaller picture where texels are wide.

    Beside an outline, where the neighbours may show something else, it is the pixel's own colour.
    """
    y, x = np.rint(prints.row).astype(np.int32), np.rint(prints.column).astype(np.int32)
    clearance = view.outlines.clearance[y, x]
    wide = (prints.spread > _WIDE[0]).astype(np.int8) + (prints.spread > _WIDE[1])
    level = np.minimum(wide, (clearance > 2).astype(np.int8) + (clearance > 4))
    alone = clearance < 2
    column = np.where(alone, x.astype(np.float32), prints.column)
    row = np.where(alone, y.astype(np.float32), prints.row)
    colours = np.empty((len(x), 3), np.float32)
    for number, picture in enumerate(view.pictures):
        some = np.flatnonzero(level == number)
        shrink = np.float32(1 << number)
        across, down = ((at[some] + 0.5) / shrink - 0.5 for at in (column, row))
        colours[some] = _bilinear(picture, across, down)
    return colours


def _bilinear(picture: Floats, column: Floats, row: Floats) -> Floats:
    """Colours M×3 at places in pixels, the border repeated outward."""
    height, width = picture.shape[:2]
    column, row = np.clip(column, 0, width - 1), np.clip(row, 0, height - 1)
    left, top = column.astype(np.int32), row.astype(np.int32)
    across: Floats = (column - left)[:, None]
    down: Floats = (row - top)[:, None]
    pixels: Floats = picture.reshape(-1, 3)
    place = top * width + left
    right = (left < width - 1).astype(np.int32)
    below = place + np.where(top < height - 1, width, 0).astype(np.int32)
    left_of, right_of = pixels.take(place, 0), pixels.take(place + right, 0)
    upper = left_of + (right_of - left_of) * across
    left_of, right_of = pixels.take(below, 0), pixels.take(below + right, 0)
    lower = left_of + (right_of - left_of) * across
    return upper + (lower - upper) * down


def _window(view: View, object_id: int) -> tuple[int, int, int, int] | None:
    """(first column, last column, first row, last row) of the pixels that show the object."""
    shown = view.object_id == object_id
    rows, columns = np.flatnonzero(shown.any(1)), np.flatnonzero(shown.any(0))
    if not len(rows):
        return None
    return int(columns[0]), int(columns[-1]), int(rows[0]), int(rows[-1])


def _may_show(mesh: _Mesh, view: View, window: tuple[int, int, int, int]) -> Bools:
    """T: whether a triangle may reach the window. Those that cross the camera's plane may."""
    column, row = (p.reshape(-1, 3) for p in view.pixels(mesh.corners.reshape(-1, 3)))
    crosses = ~np.isfinite(column).all(1)
    with np.errstate(invalid="ignore"):
        meets = (column.max(1) > window[0] - 1) & (column.min(1) < window[1] + 1)
        meets &= (row.max(1) > window[2] - 1) & (row.min(1) < window[3] + 1)
    behind = (mesh.corners[..., 2] >= 0).all(1) if view.perspective else np.zeros_like(crosses)
    return (meets | crosses) & ~behind


@dataclass(frozen=True)
class _Placed:
    """Texels in a view, an array of each: ``points`` in camera space, ``column`` and ``row``."""

    texel: npt.NDArray[np.int64]
    triangle: Ints
    weights: Floats
    points: Floats
    column: Floats
    row: Floats

    def of(self, which: npt.NDArray[Any]) -> _Placed:
        """Some of them, by index or mask."""
        return _Placed(*(getattr(self, field.name)[which] for field in fields(self)))

    @property
    def pixel(self) -> tuple[Ints, Ints]:
        """(row, column) of the pixel that each falls in, to index images with."""
        return np.rint(self.row).astype(np.int32), np.rint(self.column).astype(np.int32)

    @property
    def depth(self) -> Floats:
        """Metres along the camera's axis."""
        return -self.points[:, 2]


def _look(
    texels: Points, chosen: npt.NDArray[np.int64], mesh: _Mesh, view: View, object_id: int
) -> Footprints:
    """The footprints of those of the chosen texels that the view sees."""
    placed = _on_object(_place(texels, chosen, mesh, view), view, object_id)
    facing = _facing(mesh.normal[placed.triangle], placed.points, view)
    seen = _fits(placed, mesh, view, facing)
    placed, facing = placed.of(seen), facing[seen]
    pixel = view.pixel_width(placed.depth)
    shading = mix(placed.weights, mesh.shading, placed.triangle)
    smooth = np.clip(np.abs(_facing(shading, placed.points, view)), _LEAST_FACING, 1)
    return Footprints(
        placed.texel,
        placed.column,
        placed.row,
        _margin_weight(placed, view) * smooth**2 / pixel,
        _spread(placed, mesh, view, np.abs(facing)),
    )


def _spread(placed: _Placed, mesh: _Mesh, view: View, facing: Floats) -> Floats:
    """Pixels that the texels are wide: the square root of the area that each covers."""
    if view.perspective:  # off the axis, a pixel spans a smaller angle
        facing = facing * np.sqrt(np.square(placed.points).sum(1)) / placed.depth
    return mesh.grain[placed.triangle] * np.sqrt(facing) / view.pixel_width(placed.depth)


def _place(texels: Points, chosen: npt.NDArray[np.int64], mesh: _Mesh, view: View) -> _Placed:
    triangle, weights = texels.triangle[chosen], texels.weights[chosen]
    points = mix(weights, mesh.corners, triangle)
    return _Placed(chosen, triangle, weights, points, *view.pixels(points))


def _on_object(placed: _Placed, view: View, object_id: int) -> _Placed:
    """Those inside the picture whose pixel shows the object and is clean."""
    height, width = view.depth.shape
    column, row = placed.column, placed.row
    with np.errstate(invalid="ignore"):
        inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
    placed = placed.of(inside & (placed.depth > 0))
    return placed.of(((view.object_id == object_id) & view.outlines.clean)[placed.pixel])


def _fits(placed: _Placed, mesh: _Mesh, view: View, facing: Floats) -> Bools:
    """Whether what the pixels show lies in the texels' own surface, and that is not too slanted."""
    steep = np.clip(_STEEP * facing, _BACK / _FRONT, 1)
    slack = np.where(facing > 0, _slack(placed, view, _FRONT) * steep, _slack(placed, view, _BACK))
    fits: Bools = _off_surface(placed, mesh, view) <= slack
    return fits & (np.abs(facing) > _LEAST_FACING)


def _turned(
    mesh: _Mesh, texels: Points, chosen: npt.NDArray[np.int64], view: View, object_id: int
) -> _Mesh:
    """The mesh, inside out if most of what the view sees of it is seen from behind: then its
    normals point inward, or it is a single sheet."""
    some = chosen[:: max(1, len(chosen) // _VOTERS)]
    placed = _on_object(_place(texels, some, mesh, view), view, object_id)
    facing = _facing(mesh.normal[placed.triangle], placed.points, view)
    facing = facing[_off_surface(placed, mesh, view) <= _slack(placed, view, _BACK)]
    inside_out = (facing < 0).sum() > (facing > 0).sum()
    return replace(mesh, normal=-mesh.normal) if inside_out else mesh


def _off_surface(placed: _Placed, mesh: _Mesh, view: View) -> Floats:
    """Metres between what the pixels show and the planes of the texels' triangles."""
    row, column = placed.pixel
    off = view.points(column, row) - placed.points
    return np.abs(np.einsum("nc,nc->n", off, mesh.normal[placed.triangle]))


def _slack(placed: _Placed, view: View, pixels: float) -> Floats:
    return pixels * view.pixel_width(placed.depth) + np.float32(_PRECISION) * placed.depth


def _facing(normals: Floats, points: Floats, view: View) -> Floats:
    """M: cosines between normals and the direction toward the camera, both in its space."""
    length = np.sqrt(np.einsum("nc,nc->n", normals, normals))
    if not view.perspective:
        return normals[:, 2] / np.maximum(length, np.float32(1e-12))
    away = np.sqrt(np.einsum("nc,nc->n", points, points))
    return -np.einsum("nc,nc->n", normals, points) / np.maximum(length * away, np.float32(1e-12))


def _margin_weight(placed: _Placed, view: View) -> Floats:
    """0…1: less beside outlines and at the picture's border."""
    height, width = view.depth.shape
    across = np.minimum(placed.column, width - 1 - placed.column)
    border = np.minimum(across, np.minimum(placed.row, height - 1 - placed.row))
    inner: Floats = np.clip((border + 1) / np.float32(_BORDER), 0.05, 1)
    clearance = view.outlines.clearance[placed.pixel].astype(np.float32)
    return inner * np.square(clearance / FAR)


def _outward(corners: Floats, shading: Floats) -> Floats:
    """T×3 unit normals of flat triangles, on the side of their corners' normals."""
    normal = _cross(corners)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    side = np.einsum("tc,tc->t", normal, shading.sum(1))[:, None]
    return np.where(side < 0, -normal, normal) / np.maximum(length, np.float32(1e-20))


def _cross(corners: Floats) -> Floats:
    cross: Floats = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    return cross
