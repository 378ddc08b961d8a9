"""Sets to texture, in Blender: the example, a room from inside, scattered props, a thing with thin
parts. Each tells the frames (shot, frame) to paint from, and one that is held out.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path

import bmesh
import bpy
from mathutils import Matrix, Vector, noise

CORNER = Path(__file__).resolve().parent.parent / "examples" / "corner.blend"
SIZE = (512, 288)


def corner() -> tuple[list[tuple[str, int]], tuple[str, int]]:
    """The example: five frames of its shots, and one between them."""
    bpy.ops.wm.open_mainfile(filepath=str(CORNER))
    set_size()
    views = [("dolly", 1), ("dolly", 24), ("two_shot", 25), ("two_shot", 48), ("low_pass", 60)]
    return views, ("dolly", 12)


def room() -> tuple[list[tuple[str, int]], tuple[str, int]]:
    """Seen from inside: walls, a floor and a ceiling in one mesh, furniture before them."""
    _empty()
    shape = bmesh.new()
    bmesh.ops.create_cube(shape, size=1, matrix=Matrix.Diagonal((6, 5, 3, 1)))
    bmesh.ops.reverse_faces(shape, faces=shape.faces[:])
    bmesh.ops.translate(shape, verts=shape.verts[:], vec=(0, 0, 1.5))
    _object("room", shape)
    rng = random.Random(1)
    for number in range(8):
        size = (rng.uniform(0.4, 1.2), rng.uniform(0.4, 1.2), rng.uniform(0.4, 1.1))
        place = (rng.uniform(-2.2, 2.2), rng.uniform(-1.8, 1.8), size[2] / 2)
        box(f"furniture {number}", place, size)
    spots = [(-2.3, -1.8), (2.3, -1.8), (2.3, 1.8), (-2.3, 1.8), (0, -2), (0.4, 1.9)]
    return _camera_at([((x, y, 1.6), (-0.3 * x, -0.3 * y, 1.2)) for x, y in spots], lens=18)


def props() -> tuple[list[tuple[str, int]], tuple[str, int]]:
    """Two hundred of them, scattered."""
    _empty()
    _scatter(200)
    return _camera_at(_around(6, 16, 7.0))


def many(count: int, views: int, pixels: tuple[int, int]) -> None:
    """So many things, the floor among them, from so many places; one view a frame."""
    _empty()
    _scatter(count - 1)
    _look_around(views, pixels, 16, 7.0)


def lump(views: int, pixels: tuple[int, int]) -> None:
    """The lump alone, from so many places; one view a frame."""
    _empty()
    _lump()
    _look_around(views, pixels, 5.5, 1.5)


def _scatter(count: int) -> None:
    rng = random.Random(2)
    box("floor", (0, 0, -0.1), (24, 24, 0.2))
    for number in range(count):
        size = rng.uniform(0.2, 0.7)
        place = (rng.uniform(-9, 9), rng.uniform(-9, 9), size / 2)
        if number % 2:
            box(f"prop {number}", place, (size, size * rng.uniform(0.5, 1.5), size))
        else:
            shape = bmesh.new()
            bmesh.ops.create_icosphere(
                shape, subdivisions=3, radius=size / 2, matrix=Matrix.Translation(place)
            )
            _object(f"prop {number}", shape)


def organic() -> tuple[list[tuple[str, int]], tuple[str, int]]:
    """A lump with thin arms, of one mesh."""
    _empty()
    _lump()
    return _camera_at(_around(6, 5.5, 1.5))


def _lump() -> None:
    shape, rng = bmesh.new(), random.Random(3)
    bmesh.ops.create_icosphere(shape, subdivisions=5, radius=1)
    for vertex in shape.verts:
        vertex.co *= 1 + 0.35 * noise.fractal(vertex.co * 1.3, 1.0, 2.0, 3)
    for _ in range(9):
        way = Vector([rng.gauss(0, 1) for _ in range(3)]).normalized()
        turn = way.to_track_quat("Z", "Y").to_matrix().to_4x4()
        place = Matrix.Translation(way * 1.6) @ turn
        bmesh.ops.create_cone(
            shape, cap_ends=True, segments=12, radius1=0.12, radius2=0.02, depth=1.6, matrix=place
        )
    _object("lump", shape)


SETS: dict[str, Callable[[], tuple[list[tuple[str, int]], tuple[str, int]]]] = {
    "corner": corner,
    "room": room,
    "props": props,
    "organic": organic,
}


# --- building ----------------------------------------------------------------------------------


def _empty() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.view_settings.view_transform = "Standard"
    set_size()


def set_size(pixels: tuple[int, int] = SIZE) -> None:
    """Have the scene render so many pixels."""
    render = bpy.context.scene.render
    render.resolution_x, render.resolution_y = pixels
    render.resolution_percentage = 100


def _object(name: str, shape: bmesh.types.BMesh) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    shape.to_mesh(mesh)
    shape.free()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


def box(name: str, place: tuple[float, ...], size: tuple[float, ...]) -> bpy.types.Object:
    shape = bmesh.new()
    matrix = Matrix.Translation(place) @ Matrix.Diagonal((*size, 1))
    bmesh.ops.create_cube(shape, size=1, matrix=matrix)
    return _object(name, shape)


def _around(count: int, away: float, height: float) -> list[tuple[tuple, tuple]]:
    turns = [math.tau * n / count + 0.3 for n in range(count)]
    return [((away * math.cos(t), away * math.sin(t), height), (0, 0, 0.2)) for t in turns]


def _look_around(views: int, pixels: tuple[int, int], away: float, height: float) -> None:
    set_size(pixels)
    _camera_at(_around(views + 1, away, height))  # the last is held out


def _camera_at(
    places: list[tuple[tuple, tuple]], lens: float = 35
) -> tuple[list[tuple[str, int]], tuple[str, int]]:
    """A camera at each place in turn, looking at a point; the last place is held out."""
    scene = bpy.context.scene
    data = bpy.data.cameras.new("camera")
    data.lens = lens
    camera = bpy.data.objects.new("camera", data)
    scene.collection.objects.link(camera)
    scene.camera, scene.frame_start, scene.frame_end = camera, 1, len(places)
    for frame, (place, aim) in enumerate(places, start=1):
        camera.location = place
        way = Vector(aim) - Vector(place)
        camera.rotation_euler = way.to_track_quat("-Z", "Y").to_euler()
        camera.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
    frames = [("camera", frame) for frame in range(1, len(places) + 1)]
    return frames[:-1], frames[-1]


def paintable(scene: bpy.types.Scene) -> Iterator[bpy.types.Object]:
    """What is textured: meshes with faces that are rendered."""
    for thing in scene.objects:
        if thing.type == "MESH" and thing.data.polygons and not thing.hide_render:
            yield thing
