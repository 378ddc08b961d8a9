"""Meshes from boxes, extrusions and lofts, and the objects that carry them."""

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

import bpy
from mathutils import Euler, Matrix, Vector

Point = Sequence[float]
Opening = tuple[float, float, float, float]
"""A hole in a wall: left, bottom, right, top."""
SHARP_ANGLE = math.radians(50)


class Shape:
    """A mesh in the making: parts are added one after another, in metres, local to the origin."""

    def __init__(self) -> None:
        self.vertices: list[Vector] = []
        self.faces: list[tuple[int, ...]] = []

    def add(self, points: Iterable[Point], faces: Iterable[Sequence[int]]) -> Self:
        """Add `points` and the `faces` that index into them, counter-clockwise from outside."""
        first = len(self.vertices)
        self.vertices.extend(Vector(point) for point in points)
        self.faces.extend(tuple(first + index for index in face) for face in faces)
        return self

    def box(self, low: Point, high: Point) -> Self:
        """Add the box between two opposite corners."""
        (x0, y0, z0), (x1, y1, z1) = low, high
        return self.extrude([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], z0, z1)

    def block(self, centre: Point, size: Point) -> Self:
        """Add a box of `size` that stands on the middle of its base, `centre`."""
        (x, y, z), (w, d, h) = centre, size
        return self.box((x - w / 2, y - d / 2, z), (x + w / 2, y + d / 2, z + h))

    def extrude(self, outline: Sequence[Point], z0: float, z1: float) -> Self:
        """Add a counter-clockwise XY outline drawn up from `z0` to `z1`."""
        rings = [[(x, y, z) for x, y in outline] for z in (z0, z1)]
        return self.loft(rings)

    def profile(self, outline: Sequence[Point], x0: float, x1: float) -> Self:
        """Add a counter-clockwise YZ outline drawn along X from `x0` to `x1`."""
        rings = [[(x, y, z) for y, z in outline] for x in (x0, x1)]
        return self.loft(rings)

    def loft(self, rings: Sequence[Sequence[Point]], *, closed: bool = True) -> Self:
        """Join rings of equal length; `closed` caps both ends and wraps each ring round."""
        size = len(rings[0])
        spans = range(size if closed else size - 1)
        faces: list[tuple[int, ...]] = [
            (row + a, row + (a + 1) % size, row + size + (a + 1) % size, row + size + a)
            for row in range(0, size * (len(rings) - 1), size)
            for a in spans
        ]
        if closed:
            last = size * (len(rings) - 1)
            faces.append(tuple(reversed(range(size))))
            faces.append(tuple(range(last, last + size)))
        return self.add([point for ring in rings for point in ring], faces)

    def tube(
        self, path: Sequence[Point], radius: float | Sequence[float], *, sides: int = 8
    ) -> Self:
        """Add a round tube along `path`, with one radius or one for each point."""
        radii = [radius] * len(path) if isinstance(radius, float | int) else radius
        points = [Vector(point) for point in path]
        frames = _frames_along(points)
        return self.loft(
            [
                [point + frame @ (Vector(spoke) * size) for spoke in _circle(sides)]
                for point, frame, size in zip(points, frames, radii, strict=True)
            ]
        )

    def ball(self, centre: Point, radii: Point, *, sides: int = 10, rows: int = 7) -> Self:
        """Add an ellipsoid with its axis along Z and small flat poles."""
        rings = []
        for row in range(rows):
            angle = math.pi * (row + 0.4) / (rows - 0.2) - math.pi / 2
            rings.append(
                [
                    (
                        centre[0] + radii[0] * math.cos(angle) * x,
                        centre[1] + radii[1] * math.cos(angle) * y,
                        centre[2] + radii[2] * math.sin(angle),
                    )
                    for x, y, _ in _circle(sides)
                ]
            )
        return self.loft(rings)

    def wall(
        self,
        size: tuple[float, float, float],
        openings: Sequence[Opening] = (),
        *,
        recess: float | None = None,
    ) -> Self:
        """Add a wall facing -Y with openings, its left bottom front corner at the origin.

        `size` is width, thickness, height; an opening is left, bottom, right, top. Openings go
        through the wall, or end in a pane `recess` metres behind its face.
        """
        corners: dict[Point, int] = {}
        faces = [
            [corners.setdefault(corner, len(corners)) for corner in quad]
            for quad in _wall_quads(size, openings, recess)
        ]
        return self.add(list(corners), faces)

    def moved(
        self, location: Point = (0, 0, 0), rotation: Point = (0, 0, 0), scale: Point = (1, 1, 1)
    ) -> Self:
        """Move, turn (radians, XYZ) and scale everything added so far."""
        matrix = Matrix.LocRotScale(Vector(location), Euler(rotation), Vector(scale))
        self.vertices = [matrix @ vertex for vertex in self.vertices]
        return self

    def join(self, other: "Shape") -> Self:
        """Add a copy of all that `other` holds."""
        return self.add(other.vertices, other.faces)


def _wall_quads(
    size: tuple[float, float, float], openings: Sequence[Opening], recess: float | None
) -> Iterator[list[tuple[float, float, float]]]:
    """Yield the outward quads of a wall, cell by cell of the grid that its openings cut.

    Each cell's front stands at some depth; where two neighbours differ there is a reveal.
    """
    width, thick, height = size
    xs = sorted({0.0, width, *(x for o in openings for x in (o[0], o[2]))})
    zs = sorted({0.0, height, *(z for o in openings for z in (o[1], o[3]))})
    columns, rows = len(xs) - 1, len(zs) - 1
    hole = thick if recess is None else recess

    def front(i: int, j: int) -> float:
        if not (0 <= i < columns and 0 <= j < rows):
            return thick
        return hole if any(o[0] <= xs[i] < o[2] and o[1] <= zs[j] < o[3] for o in openings) else 0.0

    for i in range(columns + 1):
        for j in range(rows + 1):
            here, left, below = front(i, j), front(i - 1, j), front(i, j - 1)
            if here < thick:
                (x0, x1), (z0, z1) = xs[i : i + 2], zs[j : j + 2]
                yield [(x0, here, z0), (x1, here, z0), (x1, here, z1), (x0, here, z1)]
                yield [(x0, thick, z1), (x1, thick, z1), (x1, thick, z0), (x0, thick, z0)]
            if here != left and j < rows:
                yield [(xs[i], y, z) for y, z in _ring(left, here, zs[j], zs[j + 1])]
            if here != below and i < columns:
                yield [(x, y, zs[j]) for y, x in _ring(here, below, xs[i], xs[i + 1])]


def _ring(y0: float, y1: float, a0: float, a1: float) -> list[tuple[float, float]]:
    return [(y0, a0), (y1, a0), (y1, a1), (y0, a1)]


def _circle(sides: int) -> list[tuple[float, float, float]]:
    turns = [2 * math.pi * (side + 0.5) / sides for side in range(sides)]
    return [(math.cos(turn), math.sin(turn), 0.0) for turn in turns]


def _frames_along(points: Sequence[Vector]) -> list[Matrix]:
    """Return a rotation for each point that turns +Z along the path without twisting."""
    frames = []
    turn = (points[1] - points[0]).to_track_quat("Z", "Y")
    for index in range(len(points)):
        before, after = points[max(index - 1, 0)], points[min(index + 1, len(points) - 1)]
        along = (after - before).normalized()
        turn = (turn @ Vector((0, 0, 1))).rotation_difference(along) @ turn
        frames.append(turn.to_matrix())
    return frames


def place(
    name: str,
    shape: Shape,
    collection: bpy.types.Collection,
    location: Point = (0, 0, 0),
    *,
    turn: float = 0.0,
    parent: bpy.types.Object | None = None,
    smooth: bool = False,
) -> bpy.types.Object:
    """Make an object of `shape`, turned by `turn` radians about Z."""
    mesh = mesh_of(name, shape, smooth=smooth)
    return place_data(name, mesh, collection, location, turn=turn, parent=parent)


def mesh_of(name: str, shape: Shape, *, smooth: bool = False) -> bpy.types.Mesh:
    """Make a mesh of `shape`; `smooth` rounds edges under 50 degrees."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(vertex) for vertex in shape.vertices], [], shape.faces)
    mesh.validate()
    if smooth:
        mesh.shade_smooth()
        mesh.set_sharp_from_angle(angle=SHARP_ANGLE)
    return mesh


def place_data(
    name: str,
    data: bpy.types.ID | None,
    collection: bpy.types.Collection,
    location: Point = (0, 0, 0),
    *,
    turn: float = 0.0,
    parent: bpy.types.Object | None = None,
) -> bpy.types.Object:
    """Make an object that shares `data`: a linked duplicate, a camera, a light or an empty."""
    thing = bpy.data.objects.new(name, data)
    thing.location = location
    thing.rotation_euler = (0, 0, turn)
    thing.parent = parent
    collection.objects.link(thing)
    return thing


def repeat(thing: bpy.types.Object, count: int, step: Point) -> bpy.types.Object:
    """Give `thing` an array modifier: `count` copies, `step` metres apart."""
    array = thing.modifiers.new("Array", "ARRAY")
    array.count = count
    array.use_relative_offset = False
    array.use_constant_offset = True
    array.constant_offset_displace = step
    return thing


def mirror(thing: bpy.types.Object, *, axis: int = 0) -> bpy.types.Object:
    """Give `thing` a mirror modifier across its own plane at 0 of `axis`."""
    modifier = thing.modifiers.new("Mirror", "MIRROR")
    modifier.use_axis = [index == axis for index in range(3)]
    return thing
