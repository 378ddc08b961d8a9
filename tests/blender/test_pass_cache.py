"""What stands is not rendered again; what changed is."""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from pathlib import Path

import bpy
import pytest
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet


@pytest.fixture
def stage(scene):
    """A cube before a wall, seen small for three frames; the cube moves, the wall does not."""
    build(scene)
    return scene


def build(scene) -> None:
    scene.frame_start, scene.frame_end = 1, 3
    scene.render.resolution_x, scene.render.resolution_y = 32, 24
    cube = scene.objects["Cube"]
    cube.keyframe_insert("location", frame=1)
    cube.location.x = 1
    cube.keyframe_insert("location", frame=3)
    scene.frame_set(1)
    bpy.ops.mesh.primitive_grid_add(size=20, location=(-4, 6, 0), rotation=(1.57, 0, 0.5))
    bpy.context.object.name = "Wall"
    handle = bpy.data.objects.new("Handle", None)
    scene.collection.objects.link(handle)
    row = bpy.context.object.modifiers.new("row", "ARRAY")
    row.use_object_offset, row.offset_object = True, handle
    mesh = bpy.context.object.data
    mesh.normals_split_custom_set([(0.1, 0.2, 0.97)] * len(mesh.loops))
    scene.collection.objects.link(bpy.data.objects.new("Fan", fan((0, 1, 2, 3), (4, 5, 6))))


def test_a_file_that_was_damaged_is_rendered_again(stage, tmp_path):
    rendered(stage, tmp_path)
    path = tmp_path / "frame_0002.exr"
    whole = path.read_bytes()
    path.write_bytes(whole[:-40] + bytes(255 - byte for byte in whole[-40:]))
    assert rendered(stage, tmp_path) == [2]
    os.utime(tmp_path / "frame_0003.exr", (1, 1))
    assert rendered(stage, tmp_path) == [], "a copy has another time, and the same content"


def test_two_scenes_of_a_file_do_not_share_a_shot(stage, tmp_path):
    (shot,) = list_shots(stage)
    other = stage.copy()
    assert [s.name for s in list_shots(other)] == [shot.name]
    rendered(stage, tmp_path)
    with pytest.raises(InputError, match="share its takes"):
        render_passes(other, shot, tmp_path)
    bpy.data.scenes.remove(stage.copy())
    assert rendered(stage, tmp_path) == []


def fan(*faces: tuple[int, ...]) -> bpy.types.Mesh:
    """Seven points on a half circle, every corner with an edge of its own number."""
    mesh = bpy.data.meshes.new("fan")
    angles = [i * math.pi / 6 for i in range(7)]
    edges = [pair for face in faces for pair in zip(face, (*face[1:], face[0]), strict=True)]
    mesh.from_pydata([(math.cos(a), 3, math.sin(a)) for a in angles], edges, faces)
    return mesh


def rendered(scene, folder: Path, **settings) -> list[int]:
    """Render the shot; returns the frames that were rendered rather than found standing."""
    before = {path: path.stat().st_ino for path in folder.glob("*.exr")}
    (shot,) = list_shots(scene)
    progress = list(render_passes(scene, shot, folder, **settings))
    assert [p.done for p in progress] == list(range(1, progress[-1].total + 1))
    new = [p for p in folder.glob("frame_*.exr") if before.get(p) != p.stat().st_ino]
    assert len(new) == sum(p.rendered for p in progress) or settings.get("beauty")
    return sorted(int(path.stem.removeprefix("frame_")) for path in new)


def test_a_second_run_renders_nothing(stage, tmp_path):
    assert rendered(stage, tmp_path) == [1, 2, 3]
    assert rendered(stage, tmp_path) == []
    assert rendered(stage, tmp_path, frames=[2]) == []


# --- what re-renders ----------------------------------------------------------------------------


def _move(scene):
    scene.objects["Wall"].location.x += 1e-3


def _edit_a_vertex(scene):
    scene.objects["Wall"].data.vertices[5].co.z += 1e-3


def _unwrap_otherwise(scene):
    scene.objects["Wall"].data.uv_layers[0].uv[3].vector = (0.3, 0.4)


def _shade_smooth(scene):
    scene.objects["Cube"].data.shade_smooth()


def _set_normals(scene):
    mesh = scene.objects["Wall"].data
    mesh.normals_split_custom_set([(0.2, 0.1, 0.97)] * len(mesh.loops))


def _part_the_same_corners_otherwise(scene):
    scene.objects["Fan"].data = fan((0, 1, 2), (3, 4, 5, 6))


def _turn_faces(scene):
    scene.objects["Wall"].data.flip_normals()


def _zoom(scene):
    scene.camera.data.lens += 0.1


def _shift(scene):
    scene.camera.data.shift_x += 0.01


def _clip(scene):
    scene.camera.data.clip_end = 50


def _look_away(scene):
    scene.camera.rotation_euler.z += 1e-3


def _resize(scene):
    scene.render.resolution_percentage = 150


def _add(scene):
    bpy.ops.mesh.primitive_cone_add()


def _remove(scene):
    bpy.data.objects.remove(scene.objects["Wall"])


def _do_not_render(scene):
    scene.objects["Wall"].hide_render = True


def _hide_from_the_camera(scene):
    scene.objects["Wall"].visible_camera = False


def _renumber(scene):
    scene.objects["Wall"].name = "A wall"


def _only_for_the_renderer(scene):
    smooth = scene.objects["Cube"].modifiers.new("smooth", "SUBSURF")
    smooth.show_viewport, smooth.render_levels = False, 2


def _by_another_object(scene):
    scene.objects["Handle"].location.z += 0.1


def _simplify(scene):
    scene.objects["Cube"].modifiers.new("smooth", "SUBSURF").render_levels = 2
    scene.render.use_simplify, scene.render.simplify_subdivision_render = True, 1


def _cut_holes(scene):
    material = bpy.data.materials.new("glass")
    shader = compat.use_nodes(material).nodes["Principled BSDF"]
    shader.inputs["Alpha"].default_value = 0.1
    scene.objects["Wall"].data.materials.append(material)


def _lose_the_file(scene):
    (Path(scene["folder"]) / "frame_0002.exr").unlink()


def _cut_the_file(scene):
    """As a power cut does, or a copy that stopped."""
    file = Path(scene["folder"]) / "frame_0003.exr"
    file.write_bytes(file.read_bytes()[:-100])


def _lose_the_record(scene):
    (Path(scene["folder"]) / "passes.json").unlink()


def _spoil_the_record(scene):
    (Path(scene["folder"]) / "passes.json").write_text("{half")


ALL = [1, 2, 3]
CHANGES = {
    _move: ALL, _edit_a_vertex: ALL, _unwrap_otherwise: ALL, _shade_smooth: ALL, _set_normals: ALL,
    _part_the_same_corners_otherwise: ALL, _turn_faces: ALL, _zoom: ALL, _shift: ALL,
    _clip: ALL, _look_away: ALL, _resize: ALL,
    _add: ALL, _remove: ALL, _do_not_render: ALL, _hide_from_the_camera: ALL, _renumber: ALL,
    _only_for_the_renderer: ALL, _by_another_object: ALL, _simplify: ALL, _cut_holes: ALL,
    _lose_the_file: [2], _cut_the_file: [3], _lose_the_record: ALL, _spoil_the_record: ALL,
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_rendered_once(stage, tmp_path, change):
    stage["folder"] = str(tmp_path)
    rendered(stage, tmp_path)
    change(stage)
    assert rendered(stage, tmp_path) == CHANGES[change]
    assert rendered(stage, tmp_path) == []


def test_a_moved_key_rerenders_the_frames_it_moves_and_their_neighbours(stage, tmp_path):
    """Motion reaches one frame either way."""
    stage.frame_end = 8
    wall = stage.objects["Wall"]
    for frame in range(1, 9):
        wall.keyframe_insert("scale", index=2, frame=frame)
    rendered(stage, tmp_path)
    wall.scale.z = 2
    wall.keyframe_insert("scale", index=2, frame=5)
    assert rendered(stage, tmp_path) == [4, 5, 6]


def test_an_animated_hole_is_followed(stage, tmp_path):
    _cut_holes(stage)
    tree = stage.objects["Wall"].data.materials[0].node_tree
    alpha = tree.nodes["Principled BSDF"].inputs["Alpha"]
    rendered(stage, tmp_path)
    alpha.keyframe_insert("default_value", frame=1)
    alpha.keyframe_insert("default_value", frame=2)
    alpha.default_value = 1.0
    alpha.keyframe_insert("default_value", frame=4)
    assert rendered(stage, tmp_path) == [2, 3]
    assert rendered(stage, tmp_path) == []


def test_a_longer_shot_renders_only_its_new_frames(stage, tmp_path):
    rendered(stage, tmp_path)
    stage.frame_end = 5
    assert rendered(stage, tmp_path) == [4, 5]
    stage.frame_start = 4
    assert rendered(stage, tmp_path) == []
    document = read_document(PassSet, tmp_path / "passes.json")
    assert [record.frame for record in document.frames] == [4, 5]
    assert sorted(p.name for p in tmp_path.glob("*.exr")) == ["frame_0004.exr", "frame_0005.exr"]


# --- what does not ------------------------------------------------------------------------------


def _look_from_elsewhere_in_the_viewport(scene):
    scene.frame_set(2)
    scene.objects["Cube"].hide_set(True)
    scene.objects["Wall"].hide_viewport = True


def _light(scene):
    scene.objects["Light"].location.x += 1
    scene.world = None


def _paint(scene):
    material = bpy.data.materials.new("painted")
    scene.objects["Wall"].data.materials.append(material)


def _unwrap_a_second_map(scene):
    scene.objects["Wall"].data.uv_layers.new(name="Underpaint")


def _render_otherwise(scene):
    scene.render.engine, scene.cycles.samples = "CYCLES", 7
    scene.render.image_settings.file_format = "JPEG"
    scene.view_layers[0].use_pass_mist = True


def _add_what_does_not_render(scene):
    bpy.ops.mesh.primitive_cone_add()
    bpy.context.object.name, bpy.context.object.hide_render = "Z", True


HARMLESS = (
    _look_from_elsewhere_in_the_viewport, _light, _paint, _unwrap_a_second_map, _render_otherwise,
    _add_what_does_not_render,
)  # fmt: skip


@pytest.mark.parametrize("change", HARMLESS)
def test_what_passes_do_not_show_leaves_them_standing(stage, tmp_path, change):
    rendered(stage, tmp_path)
    change(stage)
    assert rendered(stage, tmp_path) == []


def test_the_beauty_follows_lights_and_the_passes_do_not(stage, tmp_path):
    stage.render.engine, stage.cycles.samples = "CYCLES", 1
    stage.cycles.use_denoising = False
    assert rendered(stage, tmp_path, beauty=True) == ALL
    beauties = sorted(tmp_path.glob("beauty_*.exr"))
    assert [p.name for p in beauties] == [f"beauty_000{i}.exr" for i in ALL]
    first = [path.stat().st_ino for path in beauties]
    assert rendered(stage, tmp_path, beauty=True) == []
    assert [path.stat().st_ino for path in beauties] == first
    stage.objects["Light"].data.energy = 5
    assert rendered(stage, tmp_path, beauty=True) == []
    assert all(path.stat().st_ino != old for path, old in zip(beauties, first, strict=True))


# --- an interrupted run -------------------------------------------------------------------------


def test_a_closed_run_goes_on_where_it_stopped(stage, tmp_path):
    (shot,) = list_shots(stage)
    run = render_passes(stage, shot, tmp_path)
    next(run)
    next(run)
    run.close()
    assert rendered(stage, tmp_path) == [3]


def test_a_change_between_two_frames_is_never_taken_for_what_was_rendered(stage, tmp_path):
    """A person works on while passes are rendered, and then undoes what they did."""
    rendered(stage, tmp_path)
    wall = stage.objects["Wall"]
    wall.location.x += 1
    (shot,) = list_shots(stage)
    run = render_passes(stage, shot, tmp_path)
    next(run)
    wall.location.x -= 1
    next(run)
    run.close()
    assert rendered(stage, tmp_path) == [1, 3]


_HASHES = """
import sys, bpy, importlib.util
sys.path.insert(0, {here!r})
spec = importlib.util.spec_from_file_location("cache_tests", {test!r})
tests = importlib.util.module_from_spec(spec); spec.loader.exec_module(tests)
bpy.ops.wm.read_homefile(use_factory_startup=True)
{before}
tests.build(bpy.context.scene)
tests._cut_holes(bpy.context.scene)
from pathlib import Path
print(len(tests.rendered(bpy.context.scene, Path(sys.argv[1]))))
"""


def test_another_process_takes_the_frames_for_what_they_are(tmp_path):
    """No pointer and no random seed gets into a hash."""
    script = _HASHES.format(
        here=str(Path(__file__).parent),
        test=__file__,
        before='bpy.data.meshes.new("elsewhere in memory")',
    )
    counts = []
    for seed in ("1", "2"):
        run = subprocess.run(
            [sys.executable, "-c", script, str(tmp_path)],
            env={**os.environ, "PYTHONHASHSEED": seed},
            capture_output=True,
            text=True,
            check=True,
        )
        counts.append(int(run.stdout.split()[-1]))
    assert counts == [3, 0]
    hashes = [f["hash"] for f in json.loads((tmp_path / "passes.json").read_text())["frames"]]
    assert len(set(hashes)) == 3


def test_a_shot_that_starts_at_frame_zero_stands_the_second_time(stage, tmp_path):
    stage.frame_start, stage.frame_end = 0, 2
    assert rendered(stage, tmp_path) == [0, 1, 2]
    assert rendered(stage, tmp_path) == []


def test_a_take_behind_the_camera_leaves_the_beauty_standing(stage, tmp_path):
    stage.render.engine, stage.cycles.samples = "CYCLES", 1
    stage.frame_end = 1
    rendered(stage, tmp_path, beauty=True)
    first = (tmp_path / "beauty_0001.exr").stat().st_ino
    stage.camera.data.background_images.new()
    stage.camera.data.show_background_images = True
    assert rendered(stage, tmp_path, beauty=True) == []
    assert (tmp_path / "beauty_0001.exr").stat().st_ino == first
