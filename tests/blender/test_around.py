"""Cameras beside the shots' own: they see what was unseen, and leave no trace."""

from __future__ import annotations

import bmesh
import bpy
import pytest
from underpaint_addon.bridge import around
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.model.shot import PassSet, Shot
from underpaint.passes.exr import read_passes


def _mesh(name: str, make) -> bpy.types.Object:
    shape = bmesh.new()
    make(shape)
    mesh = bpy.data.meshes.new(name)
    shape.to_mesh(mesh)
    shape.free()
    thing = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(thing)
    return thing


@pytest.fixture
def scene():
    """A box that one camera sees from the front alone, before a wall."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 128, 72
    scene.render.resolution_percentage = 100
    _mesh("box", lambda shape: bmesh.ops.create_cube(shape, size=2))
    wall = _mesh("wall", lambda shape: bmesh.ops.create_cube(shape, size=1))
    wall.scale, wall.location = (8, 0.2, 8), (0, 4, 0)
    camera = bpy.data.objects.new("camera", bpy.data.cameras.new("camera"))
    scene.collection.objects.link(camera)
    camera.location, camera.rotation_euler = (0, -8, 0), (1.5708, 0, 0)
    scene.camera = camera
    scene.frame_start = scene.frame_end = 1
    return scene


def _eyes(scene, tmp_path, names=("box",)):
    project = Project(tmp_path / "underpaint")
    shot = list_shots(scene)[0]
    for _ in render_passes(scene, shot, project.passes(shot.name)):
        pass
    steps = around.eyes(lambda: scene, names, [(shot.name, 1)], project.root, size=64)
    while True:
        try:
            done, total = next(steps)
            assert 0 <= done <= total
        except StopIteration as end:
            return end.value, project


def test_the_box_is_seen_from_behind_too(scene, tmp_path):
    """Rays know of the wall: what looks from beyond it sees nothing of the box."""
    eyes, _ = _eyes(scene, tmp_path)
    assert 1 <= len(eyes) <= 16
    assert any(eye.place[1] > 0 for eye in eyes)
    behind = [eye for eye in eyes if eye.place[1] > 4.2]
    assert not behind, "only the wall could be seen from there"


def test_points_that_are_nowhere_are_not_looked_at(scene, tmp_path):
    bpy.data.objects["box"].data.vertices[0].co.z = float("nan")
    eyes, _ = _eyes(scene, tmp_path)
    assert any(eye.place[1] > 0 for eye in eyes)


def test_an_added_view_is_rendered_and_leaves_nothing(scene, tmp_path):
    eyes, project = _eyes(scene, tmp_path)
    before = {obj.name for obj in bpy.data.objects}, len(bpy.data.cameras), scene.frame_current
    names = around.shot_names(scene, len(eyes))
    around.render(scene, eyes[0], names[0], 1, project.passes(names[0]))
    after = {obj.name for obj in bpy.data.objects}, len(bpy.data.cameras), scene.frame_current
    assert before == after and scene.camera.name == "camera"
    passes = read_document(PassSet, project.pass_set(names[0]))
    (frame,) = passes.frames
    ids = {item.name: item.id for item in passes.objects}
    seen = read_passes(project.passes(names[0]) / frame.file, ["object_id"]).object_id
    assert (seen == ids["box"]).mean() > 0.02
    planned = eyes[0].camera(128 / 72)
    assert frame.camera_to_world == pytest.approx(planned.camera_to_world.ravel(), abs=1e-4)
    assert frame.projection[0] == pytest.approx(planned.projection[0, 0], rel=1e-4)
    assert frame.projection[5] == pytest.approx(planned.projection[1, 1], rel=1e-4)


def test_the_same_set_is_looked_at_from_the_same_places(scene, tmp_path):
    one, _ = _eyes(scene, tmp_path / "one")
    two, _ = _eyes(scene, tmp_path / "two")
    assert one == two


def test_names_are_nobody_elses(scene):
    scene.camera.name = "Around 01"
    assert around.shot_names(scene, 1) == ("around_ 01",)


def test_an_artists_shot_without_its_camera_is_an_error_and_ours_is_not(scene):
    assert around.camera_of(scene, Shot("around 03", "around 03", 1, 1)) is scene.camera
    assert around.camera_of(scene, Shot("around 03", "camera", 1, 1)) is scene.camera
    name = around.shot_names(scene, 120)[-1]
    assert around.camera_of(scene, Shot(name, name, 1, 1)) is scene.camera
    with pytest.raises(InputError, match="lost its camera"):
        around.camera_of(scene, Shot("around town", "gone", 1, 1))
