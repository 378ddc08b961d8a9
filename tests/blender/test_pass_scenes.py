"""What scenes hold, moves and hides, and how it shows in the passes."""

from __future__ import annotations

import math

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet, Shot
from underpaint.passes.exr import read_passes

from .rendering import add, channels, empty, key, linear, move, pixels_of, read, render, shown

# --- what moves ---------------------------------------------------------------------------------


def test_motion_is_pixels_from_the_frame_before_and_to_the_one_after(scene, tmp_path):
    """x right and y up: (x, y) is before − now, (z, w) is now − after."""
    camera = empty(scene)
    camera.location, camera.rotation_euler = (0, -10, 0), (math.pi / 2, 0, 0)
    wall = add("plane", "wall", size=4, rotation=(math.pi / 2, 0, 0))
    scene.frame_end = 3
    key(wall, 1, location=(-0.4, 0.0, 0.0))
    key(wall, 2, location=(0.0, 0.0, 0.3))
    key(wall, 3, location=(0.5, 0.0, 0.5))
    linear(wall)
    frame = render(scene, tmp_path, frame=2)
    on = frame.passes.object_id == 1
    here = frame.passes.position[on].astype(float)

    def shown(offset) -> np.ndarray:
        return pixels_of(here + offset, frame.to_world, frame.projection, on.shape) * (1, -1)

    now, before, after = shown(0), shown((-0.4, 0, -0.3)), shown((0.5, 0, 0.2))
    motion = frame.passes.motion[on]
    assert np.abs(motion[:, :2] - (before - now)).max() < 1e-2
    assert np.abs(motion[:, 2:] - (now - after)).max() < 1e-2
    assert np.abs(motion).max() > 3


def test_motion_of_a_camera_across_a_cut_is_its_own(scene, tmp_path):
    """At a shot's last frame the next marker must not take the camera over."""
    camera = empty(scene)
    add("cube", "cube")
    other = bpy.data.objects.new("other", bpy.data.cameras.new("other"))
    scene.collection.objects.link(other)
    other.location, other.rotation_euler = (0, -9, 0), (math.pi / 2, 0, 0)
    scene.frame_end = 4
    for frame, bound in ((1, camera), (3, other)):
        scene.timeline_markers.new(bound.name, frame=frame).camera = bound
    first, second = list_shots(scene)
    list(render_passes(scene, first, tmp_path / "1", frames=[2]))
    list(render_passes(scene, second, tmp_path / "2", frames=[3]))
    for folder, frame in (("1", 2), ("2", 3)):
        passes = read(tmp_path / folder, frame).passes
        assert (passes.object_id > 0).any()
        assert np.abs(passes.motion[passes.object_id > 0]).max() == 0.0


def test_an_armature_deforms_what_is_seen(scene, tmp_path):
    empty(scene)
    arm = bpy.data.objects.new("arm", bpy.data.armatures.new("arm"))
    scene.collection.objects.link(arm)
    bpy.context.view_layer.objects.active = arm
    bpy.ops.object.mode_set(mode="EDIT")
    bone = arm.data.edit_bones.new("bone")
    bone.head, bone.tail = (0, 0, 0), (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    cube = add("cube", "cube", size=1)
    cube.vertex_groups.new(name="bone").add(range(8), 1.0, "REPLACE")
    cube.modifiers.new("arm", "ARMATURE").object = arm
    scene.frame_end = 2
    pose = arm.pose.bones["bone"]
    for frame, height in ((1, 0.0), (2, 0.5)):
        pose.location = (0, height, 0)
        pose.keyframe_insert("location", frame=frame)
    low, high = (render(scene, tmp_path, frame).passes for frame in (1, 2))
    tops = [p.position[p.object_id > 0][:, 2].max() for p in (low, high)]
    assert tops[1] - tops[0] == pytest.approx(0.5, abs=0.05)
    assert low.motion[low.object_id > 0][:, 3].max() < -3


# --- what is shown ------------------------------------------------------------------------------


def test_instances_show_the_instanced_objects_own_ids(scene, tmp_path):
    empty(scene)
    collection = bpy.data.collections.new("chair")
    for name, x in (("seat", -0.8), ("back", 0.8)):
        part = add("cube", name, size=1, location=(x, 0, 0))
        move(part, collection)
    for i, z in enumerate((-1.0, 1.0)):
        chair = bpy.data.objects.new(f"chair {i}", None)
        chair.instance_type, chair.instance_collection = "COLLECTION", collection
        chair.location = (0, 0, z)
        scene.collection.objects.link(chair)
    frame = render(scene, tmp_path)
    assert shown(frame) == {"seat", "back"}
    for name, side in (("seat", -1), ("back", 1)):
        (number,) = (i for i, n in frame.names.items() if n == name)
        places = frame.passes.position[frame.passes.object_id == number]
        assert (places[:, 0] * side > 0).all()
        assert places[:, 2].min() < -0.4 and places[:, 2].max() > 0.4


def test_what_renders_is_shown_whatever_the_viewport_hides(scene, tmp_path):
    empty(scene)
    add("cube", "disabled", size=1, location=(-1.5, 0, 0)).hide_viewport = True
    add("cube", "closed eye", size=1).hide_set(True)
    add("cube", "not rendered", size=1, location=(1.5, 0, 0)).hide_render = True
    assert shown(render(scene, tmp_path)) == {"disabled", "closed eye"}


def test_the_renderers_subdivision_counts_not_the_viewports(scene, tmp_path):
    empty(scene)
    cube = add("cube", "cube", size=2)
    smooth = cube.modifiers.new("smooth", "SUBSURF")
    smooth.levels, smooth.render_levels = 0, 4
    passes = render(scene, tmp_path).passes
    reach = np.linalg.norm(passes.position[passes.object_id > 0], axis=-1).max()
    assert reach < 1.2


def test_an_instancer_that_does_not_render_is_not_among_the_objects(scene, tmp_path):
    empty(scene)
    floor = add("grid", "floor", x_subdivisions=2, y_subdivisions=2, size=2)
    stool = add("cube", "stool", size=0.4)
    stool.parent = floor
    floor.instance_type, floor.show_instancer_for_render = "VERTS", False
    frame = render(scene, tmp_path)
    assert set(frame.names.values()) == shown(frame) == {"stool"}


def test_curves_texts_and_metaballs_have_ids(scene, tmp_path):
    empty(scene)
    bpy.ops.object.text_add(location=(-2, 0, 0), rotation=(math.pi / 2, 0, 0))
    bpy.ops.curve.primitive_bezier_circle_add(location=(0, 0, -0.5))
    bpy.context.object.data.bevel_depth = 0.2
    bpy.ops.object.metaball_add(location=(2, 0, 0))
    assert shown(render(scene, tmp_path)) == {"Text", "BézierCircle", "Mball"}


def test_a_mesh_in_edit_mode_is_shown_as_it_is_being_edited(scene, tmp_path):
    empty(scene)
    add("cube", "cube", size=1)
    bpy.ops.object.mode_set(mode="EDIT")
    bpy.ops.mesh.select_all(action="SELECT")
    bpy.ops.transform.translate(value=(0, 0, 0.7))
    passes = render(scene, tmp_path).passes
    assert bpy.context.mode == "EDIT_MESH"
    assert passes.position[passes.object_id > 0][:, 2].min() > 0.1


def _holes() -> bpy.types.Material:
    """Holes where u is below a half."""
    material = bpy.data.materials.new("holes")
    tree = compat.use_nodes(material)
    nodes, links = tree.nodes, tree.links
    coordinates = nodes.new("ShaderNodeTexCoord")
    split = nodes.new("ShaderNodeSeparateXYZ")
    half = nodes.new("ShaderNodeMath")
    half.operation = "GREATER_THAN"
    links.new(coordinates.outputs["UV"], split.inputs[0])
    links.new(split.outputs["X"], half.inputs[0])
    links.new(half.outputs[0], nodes["Principled BSDF"].inputs["Alpha"])
    return material


def test_holes_of_a_material_are_holes(scene, tmp_path):
    empty(scene)
    card = add("plane", "card", size=2, rotation=(math.pi / 2, 0, 0))
    add("plane", "wall", size=20, location=(0, 5, 0), rotation=(math.pi / 2, 0, 0))
    card.data.materials.append(_holes())
    frame = render(scene, tmp_path)
    card_id = next(i for i, name in frame.names.items() if name == "card")
    on_card = frame.passes.position[frame.passes.object_id == card_id]
    assert on_card[:, 0].min() > -0.05 and on_card[:, 0].max() > 0.9


def test_fog_and_lights_change_nothing(scene, tmp_path):
    empty(scene)
    add("monkey", "monkey")
    clear = render(scene, tmp_path / "clear").passes
    tree = compat.use_nodes(scene.world)
    fog = tree.nodes.new("ShaderNodeVolumeScatter")
    fog.inputs["Density"].default_value = 5.0
    tree.links.new(fog.outputs[0], tree.nodes["World Output"].inputs["Volume"])
    bpy.ops.object.light_add(type="SUN")
    foggy = render(scene, tmp_path / "foggy").passes
    for name, array in clear.arrays.items():
        if name != "beauty":
            assert np.array_equal(array, foggy.arrays[name], equal_nan=True), name


# --- the rest of the scene ----------------------------------------------------------------------


def test_only_the_first_view_layer_that_renders_is_shown(scene, tmp_path):
    empty(scene)
    add("cube", "front", size=1)
    scene.view_layers[0].use = False
    second = scene.view_layers.new("second")
    scene.view_layers.new("third")
    second.layer_collection.children[0].exclude = True
    behind = add("plane", "behind", size=30, location=(0, 5, 0), rotation=(math.pi / 2, 0, 0))
    move(behind, scene.collection)
    frame = render(scene, tmp_path)
    assert shown(frame) == {"behind"}
    assert {name.split(".")[0] for name in channels(frame)} == {"second"}


def test_compositor_sequencer_border_and_stereo_stay_out(scene, tmp_path):
    empty(scene)
    add("cube", "cube", size=1)
    plain = render(scene, tmp_path / "plain").passes
    render_settings = scene.render
    render_settings.use_compositing = render_settings.use_sequencer = True
    render_settings.use_multiview = render_settings.film_transparent = True
    render_settings.use_motion_blur = True
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    span = {"length": 10} if bpy.app.version >= (5, 0) else {"frame_end": 11}
    strips.new_effect("red", type="COLOR", channel=1, frame_start=1, **span)
    busy = render(scene, tmp_path / "busy").passes
    for name in ("depth", "normal_world", "position", "uv", "object_id", "motion"):
        assert np.array_equal(plain.arrays[name], busy.arrays[name], equal_nan=True), name


AWKWARD = "ñandú {shot} #1 %20 ✶"


def test_awkward_folders_are_fine(scene, tmp_path):
    empty(scene)
    add("cube", "cube", size=1)
    folder = tmp_path / AWKWARD / "passes"
    assert shown(render(scene, folder)) == {"cube"}
    there = ["frame_0001.exr", "passes.json", "poses_0001.npz"]
    assert sorted(path.name for path in folder.iterdir()) == there


def test_the_beauty_is_the_artists_own_in_a_file_of_its_own(scene, tmp_path):
    empty(scene)
    add("plane", "wall", size=30, location=(0, 5, 0), rotation=(math.pi / 2, 0, 0))
    glow = bpy.data.materials.new("glow")
    shader = compat.use_nodes(glow).nodes["Principled BSDF"]
    shader.inputs["Emission Color"].default_value = (0.25, 0.5, 0.75, 1)
    shader.inputs["Emission Strength"].default_value = 1.0
    shader.inputs["Base Color"].default_value = (0, 0, 0, 1)
    bpy.context.object.data.materials.append(glow)
    scene.world = None
    scene.render.engine, scene.cycles.samples = "CYCLES", 2
    scene.cycles.use_denoising = False
    output = scene.render.image_settings
    output.file_format, output.color_management = "OPEN_EXR", "OVERRIDE"
    output.linear_colorspace_settings.name = "ACES2065-1"
    frame = render(scene, tmp_path, beauty=True)
    assert shown(frame) == {"wall"}
    beauty = read_passes(tmp_path / "beauty_0001.exr", names=("beauty",)).beauty
    assert np.allclose(beauty[..., :3], (0.25, 0.5, 0.75), atol=0.01)


def test_frames_outside_the_shot_are_refused(scene, tmp_path):
    empty(scene)
    add("cube", "cube", size=1)
    scene.frame_start, scene.frame_end = 3, 5
    (shot,) = list_shots(scene)
    with pytest.raises(InputError, match=r"^Frame 9 is not in the shot 'Camera', .* 3 to 5\.$"):
        render_passes(scene, shot, tmp_path, frames=[4, 9])
    assert [p.done for p in render_passes(scene, shot, tmp_path, frames=[5, 3, 5])] == [1, 2]
    assert [f.frame for f in read_document(PassSet, tmp_path / "passes.json").frames] == [3, 5]


def test_nothing_to_render_is_said(scene, tmp_path):
    empty(scene)
    (shot,) = list_shots(scene)
    sentence = r"^The scene 'Scene' has no object to render: add some, or enable .*\.$"
    with pytest.raises(InputError, match=sentence):
        render_passes(scene, shot, tmp_path)
    add("cube", "cube").hide_render = True
    with pytest.raises(InputError, match=sentence):
        render_passes(scene, shot, tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_lost_camera_is_said(scene, tmp_path):
    empty(scene)
    add("cube", "cube")
    with pytest.raises(InputError, match="has lost its camera 'X'"):
        render_passes(scene, Shot("s", "X", 1, 1), tmp_path)
