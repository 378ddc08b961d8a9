"""The passes against analytic truth: what is in the files is what is in the scene."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
import OpenEXR
import pytest
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.passes_table import PASSES
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet, Shot
from underpaint.passes.exr import Passes, read_passes

Points = np.ndarray
WIDTH, HEIGHT = 96, 64


class Rendered(NamedTuple):
    """One frame as a reader of the folder has it."""

    passes: Passes
    to_world: np.ndarray
    projection: np.ndarray
    names: dict[int, str]


def empty(scene) -> bpy.types.Object:
    """Leave the scene its camera alone, one frame, and a small picture; returns the camera."""
    for obj in [obj for obj in scene.objects if obj.type != "CAMERA"]:
        bpy.data.objects.remove(obj)
    scene.frame_start = scene.frame_end = 1
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.camera.location = (0, -6, 1.2)
    scene.camera.rotation_euler = (math.radians(78), 0, 0)
    return scene.camera


def add(kind: str, name: str, **settings) -> bpy.types.Object:
    """A primitive mesh."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(**settings)
    bpy.context.object.name = name
    return bpy.context.object


def move(obj: bpy.types.Object, collection: bpy.types.Collection) -> None:
    """Put an object into that collection alone."""
    for other in obj.users_collection:
        other.objects.unlink(obj)
    collection.objects.link(obj)


def render(scene, folder: Path, frame: int = 1, **settings) -> Rendered:
    """Render one frame and read it."""
    (shot,) = list_shots(scene)
    list(render_passes(scene, shot, folder, frames=[frame], **settings))
    return read(folder, frame)


def read(folder: Path, frame: int = 1) -> Rendered:
    document = read_document(PassSet, folder / "passes.json")
    (record,) = (record for record in document.frames if record.frame == frame)
    return Rendered(
        read_passes(folder / record.file),
        np.array(record.camera_to_world).reshape(4, 4),
        np.array(record.projection).reshape(4, 4),
        {o.id: o.name for o in document.objects},
    )


def pixels_of(points: Points, to_world: np.ndarray, projection: np.ndarray, shape) -> np.ndarray:
    """(column, row) of world points, as ``model.shot`` says; ``shape`` is (height, width)."""
    height, width = shape
    flat = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)
    clip = flat @ (projection @ np.linalg.inv(to_world)).T
    x, y = (clip[..., i] / clip[..., 3] for i in (0, 1))
    return np.stack([(x + 1) / 2 * width - 0.5, (1 - y) / 2 * height - 0.5], axis=-1)


def grid(shape) -> np.ndarray:
    """(column, row) of every pixel."""
    rows, columns = np.indices(shape)
    return np.stack([columns, rows], axis=-1).astype(float)


# --- a sphere and a plane -----------------------------------------------------------------------


class Truth(NamedTuple):
    depth: np.ndarray
    normal: np.ndarray
    position: np.ndarray
    sphere: np.ndarray


def truth(frame: Rendered) -> Truth:
    """A unit sphere at the origin over the plane z = −1, through every pixel's centre."""
    rotation, origin = frame.to_world[:3, :3], frame.to_world[:3, 3]
    columns, rows = np.moveaxis(grid((HEIGHT, WIDTH)), -1, 0)
    x = ((columns + 0.5) / WIDTH * 2 - 1) / frame.projection[0, 0]
    y = (1 - (rows + 0.5) / HEIGHT * 2) / frame.projection[1, 1]
    rays = np.stack([x, y, np.full_like(x, -1.0)], axis=-1) @ rotation.T  # one metre of depth each
    with np.errstate(divide="ignore"):
        plane = (-1 - origin[2]) / rays[..., 2]
    plane[(plane < 0) | (plane > 100)] = np.inf  # the camera's clip end
    a, b, c = (rays**2).sum(-1), rays @ origin, origin @ origin - 1
    root = b * b - a * c
    sphere = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    depth = np.minimum(plane, sphere)
    position = origin + np.where(np.isfinite(depth), depth, 0)[..., None] * rays
    on_sphere = sphere < plane
    normal = np.where(on_sphere[..., None], position, (0.0, 0.0, 1.0))
    return Truth(depth, normal, position, on_sphere)


def ball(around: int = 512) -> bpy.types.Object:
    """A unit sphere, fine enough (0.02 mm off) to count as one at its silhouette, too."""
    along = np.arange(around) * 2 * np.pi / around
    down = np.linspace(0, np.pi, around // 2 + 1)[1:-1, None]
    rings = np.stack([np.sin(down) * np.cos(along), np.sin(down) * np.sin(along)], axis=-1)
    heights = np.broadcast_to(np.cos(down)[..., None], (*rings.shape[:2], 1))
    points = np.concatenate([rings, heights], axis=-1).reshape(-1, 3)
    first = np.arange(len(points)).reshape(-1, around)
    second = np.roll(first, -1, axis=1)
    quads = np.stack([first[:-1], first[1:], second[1:], second[:-1]], axis=-1).reshape(-1, 4)
    mesh = bpy.data.meshes.new("ball")
    mesh.from_pydata(points, [], [*quads.tolist(), first[0].tolist(), first[-1][::-1].tolist()])
    mesh.shade_smooth()
    return bpy.data.objects.new("ball", mesh)


@pytest.fixture(scope="module")
def still_life(tmp_path_factory) -> Rendered:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    empty(scene)
    add("plane", "ground", size=2000, location=(0, 0, -1))
    scene.collection.objects.link(ball())
    return render(scene, tmp_path_factory.mktemp("still life"))


def test_depth_is_metres_along_the_axis(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert hit.mean() > 0.5
    assert np.abs(still_life.passes.depth[hit] - true.depth[hit]).max() < 1e-3


def test_nothing_is_infinitely_far(still_life):
    sky = np.isinf(truth(still_life).depth)
    assert sky.any()
    assert np.isinf(still_life.passes.depth[sky]).all()
    assert (still_life.passes.object_id[sky] == 0).all()


def test_normals_are_unit_and_in_world_space(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert np.abs(still_life.passes.normal_world - true.normal)[hit].max() < 1e-3


def test_positions_are_where_the_rays_hit(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert np.abs(still_life.passes.position - true.position)[hit].max() < 1e-3


def test_every_pixel_shows_the_object_that_its_centre_hits(still_life):
    true = truth(still_life)
    shown = np.vectorize(still_life.names.get)(still_life.passes.object_id)
    expected = np.where(true.sphere, "ball", np.where(np.isfinite(true.depth), "ground", None))
    assert (shown == expected).all()


def test_uv_is_the_maps(still_life):
    """A plane's UV runs from corner to corner."""
    true = truth(still_life)
    ground = ~true.sphere & np.isfinite(true.depth)
    expected = true.position[..., :2] / 2000 + 0.5
    assert np.abs(still_life.passes.uv - expected)[ground].max() < 1e-4


def channels(frame: Rendered) -> dict[str, OpenEXR.Channel]:
    """All channels of its file by their full names."""
    with OpenEXR.File(frame.passes.source, separate_channels=True) as file:
        return {name: channel for part in file.parts for name, channel in part.channels.items()}


def test_files_hold_32_bit_floats_and_no_others(still_life):
    stored = channels(still_life)
    assert {channel.pixels.dtype for channel in stored.values()} == {np.dtype(np.float32)}
    names = [name.removeprefix("ViewLayer.").replace("Object Index", "IndexOB") for name in stored]
    assert sorted(names) == sorted(name for row in PASSES for name in row.channels)


# --- cameras ------------------------------------------------------------------------------------


def _orthographic(scene, camera):
    camera.data.type, camera.data.ortho_scale = "ORTHO", 7.0


def _shifted(scene, camera):
    camera.data.shift_x, camera.data.shift_y = 0.2, -0.15


def _upright_sensor(scene, camera):
    camera.data.sensor_fit, camera.data.sensor_height = "VERTICAL", 30.0


def _odd_size(scene, camera):
    scene.render.resolution_x, scene.render.resolution_y = 131, 173
    scene.render.resolution_percentage = 47


def _wide_pixels(scene, camera):
    scene.render.pixel_aspect_x = 1.5


def _scaled_parent(scene, camera):
    parent = bpy.data.objects.new("rig", None)
    scene.collection.objects.link(parent)
    parent.scale, parent.rotation_euler = (3, 3, 3), (0, 0, 0.3)
    camera.parent, camera.scale, camera.location = parent, (0.5, 0.5, 0.5), (0, -2, 0.4)


def _blurred(scene, camera):
    camera.data.dof.use_dof = True
    camera.data.dof.aperture_fstop, camera.data.dof.focus_distance = 0.05, 1.0


def _bordered(scene, camera):
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.border_min_x, scene.render.border_max_y = 0.4, 0.7


CAMERAS = (
    _orthographic, _shifted, _upright_sensor, _odd_size, _wide_pixels, _scaled_parent, _blurred,
    _bordered,
)  # fmt: skip


@pytest.mark.parametrize("setting", CAMERAS)
def test_matrices_put_every_position_on_its_pixel(scene, tmp_path, setting):
    camera = empty(scene)
    add("cube", "room", size=14)
    add("monkey", "monkey")
    setting(scene, camera)
    frame = render(scene, tmp_path)
    shape = frame.passes.depth.shape
    render_settings = scene.render
    percentage = render_settings.resolution_percentage
    assert shape == (
        render_settings.resolution_y * percentage // 100,
        render_settings.resolution_x * percentage // 100,
    )
    found = pixels_of(frame.passes.position, frame.to_world, frame.projection, shape)
    assert np.abs(found - grid(shape)).max() < 2e-3
    seen = (
        frame.passes.position @ np.linalg.inv(frame.to_world)[2, :3]
        + np.linalg.inv(frame.to_world)[2, 3]
    )
    assert np.abs(frame.passes.depth + seen).max() < 1e-4


def test_a_panorama_is_refused_in_words(scene, tmp_path):
    empty(scene).data.type = "PANO"
    add("cube", "cube")
    with pytest.raises(InputError, match=r"^The camera 'Camera' is panoramic: only persp"):
        render(scene, tmp_path)


def test_clipping_counts(scene, tmp_path):
    camera = empty(scene)
    add("plane", "near", size=1, location=(0, -5, 1), rotation=(math.pi / 2, 0, 0))
    add("plane", "far", size=40, location=(0, 9, 1), rotation=(math.pi / 2, 0, 0))
    camera.data.clip_start = 2.0
    frame = render(scene, tmp_path)
    assert shown(frame) == {"far"}


# --- what moves ---------------------------------------------------------------------------------


def key(obj, frame: int, **values) -> None:
    for name, value in values.items():
        setattr(obj, name, value)
        obj.keyframe_insert(name, frame=frame)


def linear(obj) -> None:
    """Straight from key to key."""
    for curve in compat.animation_curves(obj.animation_data):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"


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


def shown(frame: Rendered) -> set[str]:
    """The objects that some pixel shows."""
    return {frame.names[i] for i in np.unique(frame.passes.object_id) if i}


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
    assert sorted(path.name for path in folder.iterdir()) == ["frame_0001.exr", "passes.json"]


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
