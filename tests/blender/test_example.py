"""The example scene is what the demo and its README say."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest

CORNER = Path(__file__).resolve().parents[2] / "examples" / "corner.blend"
SHOTS = {"dolly": 1, "two_shot": 25, "low_pass": 49}


@pytest.fixture(scope="module")
def scene():
    bpy.ops.wm.open_mainfile(filepath=str(CORNER))
    return bpy.context.scene


def evaluated_points(name: str) -> np.ndarray:
    graph = bpy.context.evaluated_depsgraph_get()
    thing = bpy.data.objects[name].evaluated_get(graph)
    mesh = thing.to_mesh()
    points = np.empty(len(mesh.vertices) * 3, np.float32)
    mesh.vertices.foreach_get("co", points)
    thing.to_mesh_clear()
    return points.reshape(-1, 3)


def test_markers_bind_three_cameras(scene):
    assert {m.name: m.frame for m in scene.timeline_markers} == SHOTS
    assert all(m.camera and m.camera.name == m.name for m in scene.timeline_markers)


def test_range_rate_and_size(scene):
    render = scene.render
    assert (scene.frame_start, scene.frame_end) == (1, 72)
    assert (render.fps, render.fps_base) == (24, 1.0)
    assert (render.resolution_x, render.resolution_y) == (640, 360)
    assert render.resolution_percentage == 100


def test_the_walker_deforms_and_travels(scene):
    scene.frame_set(25)
    before, place = evaluated_points("walker"), scene.objects["walker"].matrix_world.copy()
    scene.frame_set(31)
    after, there = evaluated_points("walker"), scene.objects["walker"].matrix_world
    assert np.abs(after - before).max() > 0.1
    assert 0.2 < (there.translation - place.translation).length < 0.8


def test_the_planted_foot_does_not_slide(scene):
    """In mid-stance the lowest part of the mesh moves far less than the body does."""
    lowest = []
    for frame in (28, 30):
        scene.frame_set(frame)
        matrix = np.array(scene.objects["walker"].matrix_world)
        points = evaluated_points("walker") @ matrix[:3, :3].T + matrix[:3, 3]
        sole = points[points[:, 2] < points[:, 2].min() + 0.03]
        lowest.append(sole[:, :2].mean(0))
    body = 2 * 0.68 * 1.04 / 12
    assert np.linalg.norm(lowest[1] - lowest[0]) < 0.75 * body


def test_the_jeepney_passes(scene):
    scene.frame_set(49)
    start = scene.objects["jeepney"].matrix_world.translation.copy()
    scene.frame_set(72)
    assert (scene.objects["jeepney"].matrix_world.translation - start).length > 5


def test_it_is_grey_and_stands_alone(scene):
    assert not bpy.data.libraries
    assert not bpy.data.images
    assert all(len(mesh.materials) == 0 for mesh in bpy.data.meshes)


def test_nothing_says_where_it_was_made():
    import zstandard

    raw = CORNER.read_bytes()
    if raw[:4] == b"\x28\xb5\x2f\xfd":
        raw = zstandard.ZstdDecompressor().decompressobj().decompress(raw)
    assert b"/work/" not in raw and b"/home/" not in raw
