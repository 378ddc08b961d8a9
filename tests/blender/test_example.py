"""The example scene is what the demo and its README say."""

import io
import math
import re
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import pytest
import zstandard  # comes with bpy

CORNER = Path(__file__).resolve().parents[2] / "examples" / "corner.blend"
SHOTS = {"dolly": 1, "two_shot": 25, "low_pass": 49}
FIGURES = ("walker", "neighbour")


@pytest.fixture(scope="module")
def scene() -> Iterator[bpy.types.Scene]:
    bpy.ops.wm.open_mainfile(filepath=str(CORNER))
    yield bpy.context.scene
    bpy.ops.wm.read_homefile(use_factory_startup=True)


def points_of(name: str, frame: int, *, world: bool = False) -> np.ndarray:
    """(N, 3) vertices of the evaluated mesh at a frame, in its own space or the world's."""
    bpy.context.scene.frame_set(frame)
    thing = bpy.data.objects[name].evaluated_get(bpy.context.evaluated_depsgraph_get())
    mesh = thing.to_mesh()
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    thing.to_mesh_clear()
    points = points.reshape(-1, 3)
    matrix = np.array(thing.matrix_world)
    return points @ matrix[:3, :3].T + matrix[:3, 3] if world else points


def at(name: str, frame: int) -> np.ndarray:
    bpy.context.scene.frame_set(frame)
    return np.array(bpy.data.objects[name].matrix_world)


def test_it_was_saved_by_the_oldest_supported_blender(scene):
    assert bpy.data.version[:2] == (4, 2)
    assert CORNER.stat().st_size < 2_000_000


def test_markers_bind_three_cameras(scene):
    assert {m.name: m.frame for m in scene.timeline_markers} == SHOTS
    assert all(m.camera.name == m.name for m in scene.timeline_markers)
    assert scene.camera.name == "dolly"


def test_range_rate_and_size(scene):
    render = scene.render
    assert (scene.frame_start, scene.frame_end) == (1, 72)
    assert (render.fps, render.fps_base) == (24, 1.0)
    assert (render.resolution_x, render.resolution_y) == (640, 360)
    assert render.resolution_percentage == 100
    assert scene.unit_settings.system == "METRIC"


def test_only_the_dolly_moves_its_camera(scene):
    travel = {}
    for name, start in SHOTS.items():
        travel[name] = np.linalg.norm(at(name, start + 23)[:3, 3] - at(name, start)[:3, 3])
    assert 0.5 < travel["dolly"] < 1.5
    assert travel["two_shot"] == travel["low_pass"] == 0


@pytest.mark.parametrize("name", FIGURES)
def test_a_figure_is_deformed_by_its_armature(scene, name):
    body = bpy.data.objects[name]
    kinds = [modifier.type for modifier in body.modifiers]
    assert kinds == ["MIRROR", "ARMATURE", "SUBSURF"]
    bones = set(body.modifiers["Armature"].object.data.bones.keys())
    assert {group.name for group in body.vertex_groups} == bones
    assert all(vertex.groups for vertex in body.data.vertices)
    assert np.abs(points_of(name, 36) - points_of(name, 24)).max() > 0.1


def test_the_walker_walks_up_and_stops(scene):
    places = [at("walker", frame)[:3, 3] for frame in (1, 25, 60, 72)]
    assert 0.8 < np.linalg.norm(places[1] - places[0]) < 1.3
    assert np.linalg.norm(places[3] - places[2]) < 1e-4


def test_a_planted_foot_stays_where_it_is(scene):
    """While its foot is flat, no vertex of the sole slides; the body goes on above it."""
    before, after = points_of("walker", 3, world=True), points_of("walker", 8, world=True)
    sole = (before[:, 2] < before[:, 2].min() + 0.02) & (after[:, 2] < after[:, 2].min() + 0.02)
    assert sole.sum() > 10
    assert np.abs(after[sole] - before[sole]).max() < 0.002
    assert np.median(after[:, 0] - before[:, 0]) > 0.15


@pytest.mark.parametrize("name", FIGURES)
def test_figures_stand_on_the_pavement(scene, name):
    pavement = bpy.data.objects["pavement_west"].data
    top = max(vertex.co.z for vertex in pavement.vertices)
    for frame in (1, 13, 36, 72):
        assert points_of(name, frame, world=True)[:, 2].min() == pytest.approx(top, abs=0.02)


def test_the_jeepney_passes_on_turning_wheels(scene):
    way = at("jeepney", 49)[0, 3] - at("jeepney", 72)[0, 3]
    assert way > 5
    turns = []
    for frame in (49, 72):
        scene.frame_set(frame)
        turns.append(bpy.data.objects["jeepney_wheel_fl"].rotation_euler.y)
    circumference = math.pi * bpy.data.objects["jeepney_wheel_fl"].dimensions.z
    rolled = (turns[0] - turns[1]) / (2 * math.pi) * circumference
    assert rolled == pytest.approx(way, rel=0.02)


def test_it_holds_what_a_pipeline_must_cope_with(scene):
    kinds = {m.type for thing in scene.objects for m in thing.modifiers}
    assert {"ARRAY", "MIRROR", "SUBSURF", "SOLIDIFY", "ARMATURE"} <= kinds
    assert {thing.type for thing in scene.objects} >= {"MESH", "CURVE", "ARMATURE", "EMPTY"}
    assert sum(mesh.users > 1 for mesh in bpy.data.meshes) >= 8
    assert 60 <= len(scene.objects) <= 180


def test_sizes_are_real_and_scales_applied(scene):
    for thing in scene.objects:
        assert tuple(thing.scale) == (1, 1, 1), thing.name
    assert bpy.data.objects["store_side_door"].dimensions.z == pytest.approx(2.0)
    assert 1.6 < np.ptp(points_of("neighbour", 1), axis=0)[2] < 1.8


def test_everything_is_in_a_named_collection(scene):
    names = {"set", "props", "vehicle", "people", "cameras", "lights"}
    assert {child.name for child in scene.collection.children} == names
    assert not scene.collection.objects


def test_it_is_grey_and_stands_alone(scene):
    assert not bpy.data.libraries
    assert not bpy.data.images
    assert not bpy.data.materials


def test_nothing_says_where_it_was_made():
    """The whole file is unpacked: Blender compresses it in many frames."""
    packed = zstandard.ZstdDecompressor().stream_reader(
        io.BytesIO(CORNER.read_bytes()), read_across_frames=True
    )
    raw = packed.read()
    assert len(raw) > 1_000_000
    assert not re.findall(rb"(?:/(?:root|home|work|Users|tmp)\b|[A-Z]:\\)[^\0]*", raw)
