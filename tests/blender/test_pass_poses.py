"""Poses as real Blender scenes give them: matrices, shapes, and what finds its way by them."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError
from underpaint.library.atomic import read_document, write_document
from underpaint.library.project import Project
from underpaint.model.shot import PassSet
from underpaint.passes.poses import Poses, bodies, points_of, read_poses
from underpaint.worker.jobs.following import find_tracks
from underpaint.worker.jobs.sources import Source

from .rendering import add, empty, key, linear, move
from .test_pass_cache import rendered

FRAMES = 3


@pytest.fixture
def stage(scene):
    """Only a camera, three frames."""
    empty(scene)
    scene.frame_start, scene.frame_end = 1, FRAMES
    return scene


def shot_poses(scene, folder: Path) -> tuple[dict[str, int], list[Poses]]:
    """Renders the shot; ids by name, and the poses of each frame."""
    (shot,) = list_shots(scene)
    list(render_passes(scene, shot, folder))
    document = read_document(PassSet, folder / "passes.json")
    found = [read_poses(folder / record.poses) for record in document.frames]
    return {o.name: o.id for o in document.objects}, found


def rows(poses: Poses, number: int) -> list[tuple[int, np.ndarray]]:
    """(shape, matrix) of each placement of an id."""
    which = np.flatnonzero(poses.ids == number)
    return [(int(poses.shapes[row]), poses.matrices[row]) for row in which]


def shapes(frames: list[Poses], number: int) -> list[int]:
    """The shape of an id that stands once in each frame."""
    return [shape for poses in frames for shape, _ in rows(poses, number)]


def places(frames: list[Poses], number: int) -> list[np.ndarray]:
    return [matrix for poses in frames for _, matrix in rows(poses, number)]


def sliding(obj, by: float = 1.0):
    """Moves ``by`` metres along x in each frame."""
    x = obj.location.x
    key(obj, 1, location=obj.location.copy())
    key(obj, FRAMES, location=(x + by * (FRAMES - 1), *obj.location[1:]))
    linear(obj)
    return obj


def test_rigid_things_keep_their_shape_wherever_they_go(stage, tmp_path):
    slider = sliding(add("cube", "slider"))
    child = add("cone", "child", location=(0, 0, 2))
    child.parent = slider
    held = add("uv_sphere", "held")
    held.constraints.new("COPY_LOCATION").target = slider
    turner = add("torus", "turner")
    key(turner, 1, rotation_euler=(0, 0, 0))
    key(turner, FRAMES, rotation_euler=(0, 0, math.pi))
    add("monkey", "still", location=(0, 3, 0))
    grower = add("cube", "grower", location=(0, -9, 0))
    key(grower, 1, scale=(0, 0, 0))
    key(grower, FRAMES, scale=(2, 2, 2))
    linear(grower)
    ids, frames = shot_poses(stage, tmp_path)
    for name in ("slider", "child", "held", "turner", "still", "grower"):
        assert len(set(shapes(frames, ids[name]))) == 1 and len(shapes(frames, ids[name])) == 3, (
            name
        )
    assert len({shapes(frames, n)[0] for n in ids.values()}) == 5, "two cubes are of one shape"
    for name in ("slider", "child", "held"):
        assert [m[0, 3] for m in places(frames, ids[name])] == pytest.approx([0, 1, 2], abs=1e-6)
    assert places(frames, ids["child"])[0][2, 3] == pytest.approx(2)
    assert np.array_equal(*places(frames, ids["still"])[:2])
    assert [m[0, 0] for m in places(frames, ids["turner"])] == pytest.approx([1, 0, -1], abs=1e-6)
    assert [m[2, 2] for m in places(frames, ids["grower"])] == pytest.approx([0, 1, 2], abs=1e-6)
    grown = [bodies(f).matrices[bodies(f).numbers[ids["grower"]]] is not None for f in frames]
    assert grown == [False, True, True]


def _bend_by_armature(scene):
    worm = add("cube", "bent")
    rig = bpy.data.objects.new("rig", bpy.data.armatures.new("rig"))
    scene.collection.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    rig.data.edit_bones.new("bone").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    worm.vertex_groups.new(name="bone").add([0, 1, 2], 1.0, "REPLACE")
    worm.modifiers.new("rig", "ARMATURE").object = rig
    bone = rig.pose.bones["bone"]
    bone.keyframe_insert("location", frame=1)
    bone.location.y = 1
    bone.keyframe_insert("location", frame=FRAMES)


def _bend_by_shape_key(scene):
    obj = add("cube", "bent")
    obj.shape_key_add(name="rest")
    shape = obj.shape_key_add(name="tall")
    shape.data[7].co.z += 1
    key(shape, 1, value=0)
    key(shape, FRAMES, value=1)


def _bend_by_wave(scene):
    add("grid", "bent").modifiers.new("wave", "WAVE").speed = 0.5


def _bend_text(scene):
    bpy.ops.object.text_add()
    bpy.context.object.name = "bent"
    for frame in range(1, FRAMES + 1):
        key(bpy.context.object.data, frame, extrude=0.1 * frame)


@pytest.mark.parametrize("bend", [_bend_by_armature, _bend_by_shape_key, _bend_by_wave, _bend_text])
def test_what_deforms_has_another_shape_in_each_frame(stage, tmp_path, bend):
    bend(stage)
    ids, frames = shot_poses(stage, tmp_path)
    assert len(set(shapes(frames, ids["bent"]))) == FRAMES


def _finer_in_each_frame(velocity: bool):
    """A grid that drifts, and is subdivided once more in each frame, by geometry nodes."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=8, y_subdivisions=8, rotation=(1.5, 0, 0))
    tree = bpy.data.node_groups.new("finer", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    time = tree.nodes.new("GeometryNodeInputSceneTime")
    subdivide = tree.nodes.new("GeometryNodeSubdivideMesh")
    store = tree.nodes.new("GeometryNodeStoreNamedAttribute")
    store.data_type, store.domain = "FLOAT_VECTOR", "POINT"
    store.inputs["Name"].default_value = "velocity" if velocity else "other"
    tree.links.new(time.outputs["Frame"], subdivide.inputs["Level"])
    row = [tree.nodes.new("NodeGroupInput"), subdivide, store, tree.nodes.new("NodeGroupOutput")]
    for one, two in itertools.pairwise(row):
        tree.links.new(one.outputs[0], two.inputs[0])
    bpy.context.object.modifiers.new("finer", "NODES").node_group = tree
    bpy.context.object.name = "finer"


@pytest.mark.parametrize("velocity", [False, True])
def test_what_has_other_points_in_each_frame_says_so(stage, tmp_path, velocity):
    """Cycles measures no motion of it, but for what says how fast its points are."""
    _finer_in_each_frame(velocity)
    add("cube", "cube", location=(3, 0, 0))
    ids, frames = shot_poses(stage, tmp_path)
    found = [points_of(poses) for poses in frames]
    assert all(points[ids["cube"]] == {8} for points in found)
    counts = [points.get(ids["finer"]) for points in found]
    assert counts == ([None] * 3 if velocity else [{289}, {1089}, {4225}])


def _collection(scene, *names: str) -> bpy.types.Object:
    """Empties that show one collection, with a cone in it that stands nowhere itself."""
    collection = bpy.data.collections.new("set")
    move(add("cone", "cone", location=(0, 0, 1)), collection)
    for i, name in enumerate(names):
        shown = bpy.data.objects.new(name, None)
        shown.instance_type, shown.instance_collection = "COLLECTION", collection
        shown.location = (2.0 * i, 4, 0)
        scene.collection.objects.link(shown)
    return shown


def test_every_instance_has_a_pose(stage, tmp_path):
    last = sliding(_collection(stage, "one", "two", "three"), 0.5)
    ids, frames = shot_poses(stage, tmp_path)
    places = [sorted(m[0, 3] for _, m in rows(f, ids["cone"])) for f in frames]
    assert places == [[0, 2, 4], [0, 2, 4.5], [0, 2, 5]]
    assert len({shape for f in frames for shape, _ in rows(f, ids["cone"])}) == 1
    assert len({bodies(f).numbers[ids["cone"]] for f in frames}) == FRAMES, "one of them moved"
    last.animation_data_clear()
    ids, frames = shot_poses(stage, tmp_path)
    assert len({bodies(f).numbers[ids["cone"]] for f in frames}) == 1, "all stand still"


def test_particles_have_poses_as_long_as_they_live(stage, tmp_path):
    ground = add("grid", "ground")
    pebble = add("ico_sphere", "pebble", location=(0, 99, 0))
    pebble.hide_render = True
    ground.modifiers.new("dust", "PARTICLE_SYSTEM")
    settings = ground.particle_systems[0].settings
    settings.count, settings.frame_start, settings.frame_end = 7, 0, 0
    settings.lifetime, settings.lifetime_random = 4, 0
    stage.frame_end = 4
    settings.render_type, settings.instance_object = "OBJECT", pebble
    ids, frames = shot_poses(stage, tmp_path)
    assert [len(rows(f, ids["pebble"])) for f in frames] == [7, 7, 7, 0]
    assert len({bodies(f).numbers[ids["pebble"]] for f in frames[1:3]}) == 2, "they fly"
    assert len(set(shapes(frames, ids["ground"]))) == 1


def _scatter(obj, thing) -> None:
    """Geometry nodes that show the object's own mesh, and ``thing`` on each of its points."""
    tree = bpy.data.node_groups.new("scatter", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        tree.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    start, end = tree.nodes.new("NodeGroupInput"), tree.nodes.new("NodeGroupOutput")
    kinds = ("InstanceOnPoints", "ObjectInfo", "JoinGeometry")
    scatter, info, both = (tree.nodes.new("GeometryNode" + kind) for kind in kinds)
    info.inputs["Object"].default_value, info.inputs["As Instance"].default_value = thing, True
    tree.links.new(start.outputs[0], scatter.inputs["Points"])
    tree.links.new(info.outputs["Geometry"], scatter.inputs["Instance"])
    tree.links.new(start.outputs[0], both.inputs[0])
    tree.links.new(scatter.outputs[0], both.inputs[0])
    tree.links.new(both.outputs[0], end.inputs[0])
    obj.modifiers.new("scatter", "NODES").node_group = tree


def test_instances_of_geometry_nodes_have_poses(stage, tmp_path):
    ground = add("plane", "ground", size=4)
    tree = add("cone", "tree", location=(0, 99, 0))
    tree.hide_render = True
    _scatter(ground, tree)
    ids, frames = shot_poses(stage, tmp_path)
    assert sorted(ids) == ["ground", "tree"]
    assert [len(rows(f, ids["tree"])) for f in frames] == [4] * FRAMES
    assert [len(rows(f, ids["ground"])) for f in frames] == [1] * FRAMES
    assert len({bodies(f).numbers[n] for f in frames for n in ids.values()}) == 2


def test_only_what_is_shown_has_a_pose(stage, tmp_path):
    leaver = add("cube", "leaver")
    key(leaver, 1, hide_render=False)
    key(leaver, 3, hide_render=True)
    shy = add("cube", "shy")
    shy.visible_camera = False
    add("cube", "never").hide_render = True
    emitter = add("plane", "emitter")
    emitter.instance_type, emitter.show_instancer_for_render = "VERTS", False
    add("ico_sphere", "drop").parent = emitter
    ids, frames = shot_poses(stage, tmp_path)
    names = {number: name for name, number in ids.items()}
    shown = [{names[number] for number in f.ids.tolist()} for f in frames]
    assert shown == [{"leaver", "drop"}, {"leaver", "drop"}, {"drop"}]
    assert [len(rows(f, ids["drop"])) for f in frames] == [4] * FRAMES


# --- what makes a shape --------------------------------------------------------------------------


def _material(obj, name: str):
    """A new material that ``obj`` wears; its tree and its shader."""
    material = bpy.data.materials.new(name)
    obj.data.materials.append(material)
    tree = compat.use_nodes(material)
    return material, tree, tree.nodes["Principled BSDF"]


def _displace(obj):
    material, tree, _ = _material(obj, "waves")
    material.displacement_method = "DISPLACEMENT"
    node, noise = tree.nodes.new("ShaderNodeDisplacement"), tree.nodes.new("ShaderNodeTexNoise")
    tree.links.new(noise.outputs[0], node.inputs["Height"])
    tree.links.new(node.outputs[0], tree.nodes["Material Output"].inputs["Displacement"])
    return material, node


def test_colours_holes_and_visibility_are_no_shape(stage, tmp_path):
    cube = sliding(add("cube", "cube"))
    _, _, shader = _material(cube, "glass")
    for frame in range(1, FRAMES + 1):
        shader.inputs["Alpha"].default_value = 1 - 0.2 * frame
        shader.inputs["Alpha"].keyframe_insert("default_value", frame=frame)
        key(cube, frame, visible_shadow=bool(frame % 2), color=(frame / 4, 0, 0, 1))
    ids, frames = shot_poses(stage, tmp_path)
    assert len(set(shapes(frames, ids["cube"]))) == 1


def test_displacement_is_a_shape(stage, tmp_path):
    swell, still, roamer, bumpy = (add("grid", n) for n in ("swell", "still", "roamer", "bumpy"))
    _, node = _displace(swell)
    for frame in range(1, FRAMES + 1):
        node.inputs["Scale"].default_value = frame
        node.inputs["Scale"].keyframe_insert("default_value", frame=frame)
    _displace(still)
    _displace(sliding(roamer))
    _displace(sliding(bumpy))[0].displacement_method = "BUMP"
    ids, frames = shot_poses(stage, tmp_path)
    kinds = {name: len(set(shapes(frames, ids[name]))) for name in ids}
    assert kinds == {"swell": 3, "still": 1, "roamer": 3, "bumpy": 1}


def test_hair_with_dynamics_has_no_shape_to_go_by(stage, tmp_path):
    for name in ("stiff", "loose"):
        ball = add("ico_sphere", name)
        ball.modifiers.new("fur", "PARTICLE_SYSTEM")
        ball.particle_systems[0].settings.type = "HAIR"
        ball.particle_systems[0].settings.count = 5
        ball.particle_systems[0].use_hair_dynamics = name == "loose"
    ids, frames = shot_poses(stage, tmp_path)
    kinds = {name: len(set(shapes(frames, ids[name]))) for name in ids}
    assert kinds == {"stiff": 1, "loose": FRAMES}


# --- the file, and the frame that it belongs to -------------------------------------------------


def _files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.glob("poses_*.npz"))}


def _spoil(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[200] ^= 255
    path.write_bytes(bytes(data))


def test_poses_that_are_missing_or_damaged_are_written_again_and_nothing_rendered(stage, tmp_path):
    sliding(add("cube", "cube"))
    assert rendered(stage, tmp_path) == [1, 2, 3]
    whole = _files(tmp_path)
    assert list(whole) == ["poses_0001.npz", "poses_0002.npz", "poses_0003.npz"]
    (tmp_path / "poses_0001.npz").unlink()
    _spoil(tmp_path / "poses_0003.npz")
    before = (tmp_path / "poses_0002.npz").stat().st_ino
    assert rendered(stage, tmp_path) == []
    assert _files(tmp_path) == whole
    assert (tmp_path / "poses_0002.npz").stat().st_ino == before, "what stands is left alone"


def test_passes_from_before_get_poses_without_being_rendered(stage, tmp_path):
    sliding(add("cube", "cube"))
    project = Project(tmp_path)
    (shot,) = list_shots(stage)
    folder = project.passes(shot.name)
    rendered(stage, folder)
    whole = _files(folder)
    _forget_poses(folder)
    source = Source(project, shot.name)
    with pytest.raises(InputError, match=r"older Underpaint.*renders nothing anew"):
        source.sight(source.frame(2))
    assert rendered(stage, folder) == []
    assert _files(folder) == whole
    source = Source(project, shot.name)
    assert source.sight(source.frame(2)).motion


def _forget_poses(folder: Path) -> None:
    document = read_document(PassSet, folder / "passes.json")
    bare = [replace(record, poses="") for record in document.frames]
    write_document(folder / "passes.json", replace(document, frames=tuple(bare)))
    for path in folder.glob("poses_*.npz"):
        path.unlink()


def test_a_frame_that_is_rendered_again_gets_the_poses_of_its_change(stage, tmp_path):
    cube = sliding(add("cube", "cube"))
    ids, before = shot_poses(stage, tmp_path)
    cube.data.vertices[0].co.z -= 1
    assert rendered(stage, tmp_path) == [1, 2, 3]
    _, after = shot_poses(stage, tmp_path)
    assert set(shapes(before, ids["cube"])).isdisjoint(shapes(after, ids["cube"]))
    cube.data.vertices[0].co.z += 1
    _, again = shot_poses(stage, tmp_path)
    assert shapes(again, ids["cube"]) == shapes(before, ids["cube"])


def test_frames_that_left_the_shot_take_their_poses_along(stage, tmp_path):
    add("cube", "cube")
    rendered(stage, tmp_path)
    stage.frame_start = 3
    rendered(stage, tmp_path)
    assert list(_files(tmp_path)) == ["poses_0003.npz"]


def test_equal_scenes_have_equal_bytes_whatever_the_order(stage, tmp_path):
    for name in "abcde":
        add("cube", name, location=(ord(name) - 99, 0, 0))
    rendered(stage, tmp_path / "one")
    for obj in [obj for obj in stage.objects if obj.type == "MESH"][::-1]:
        move(obj, bpy.data.collections.new(obj.name))
        stage.collection.children.link(obj.users_collection[0])
    rendered(stage, tmp_path / "two")
    assert _files(tmp_path / "one") == _files(tmp_path / "two")


# --- finding one's way by them --------------------------------------------------------------------


def test_what_a_frame_shows_is_found_in_another_by_its_uv(stage, tmp_path):
    """The UV pass says where a place really is: it must be the same where the sight finds it."""
    stage.render.resolution_x, stage.render.resolution_y = 192, 128
    add("plane", "wall", size=12, location=(0, 3, 1), rotation=(math.pi / 2, 0, 0))
    ball = sliding(add("uv_sphere", "ball", location=(-1, 0, 1), scale=(0.5, 1, 0.8)), 0.3)
    key(ball, 1, rotation_euler=(0, 0, 0))
    key(ball, FRAMES, rotation_euler=(0.1, 0.2, 0.3))
    rider = add("plane", "rider", size=1, location=(1.2, -1, 0), rotation=(math.pi / 2, 0, 0))
    rider.parent = ball
    wobbly = add("grid", "wobbly", location=(1.5, 0, 2), rotation=(math.pi / 2, 0, 0))
    wobbly.modifiers.new("wave", "WAVE").speed = 0.5
    sliding(stage.camera, 0.1)
    project = Project(tmp_path)
    (shot,) = list_shots(stage)
    list(render_passes(stage, shot, project.passes(shot.name)))
    source = Source(project, shot.name)
    one, three = source.frame(1), source.frame(3)
    level = source.sight(one).level(1)
    found = source.sight(three).level(1).sources(level.places())
    uv_one, uv_three = (source.read(f, ["uv"]).uv.reshape(-1, 2) for f in (one, three))
    there = np.einsum("nt,ntc->nc", found.shares, uv_three[found.taps])
    names = {o.id: o.name for o in source.passes.objects}
    ids = source.read(one, ["object_id"]).object_id.reshape(-1)[found.target]
    off = np.abs(there - uv_one[found.target]).max(1)
    assert {names[i]: int((ids == i).sum()) > 100 for i in np.unique(ids).tolist()} == {
        "wall": True, "ball": True, "rider": True,
    }  # fmt: skip
    for number in np.unique(ids).tolist():
        assert float(np.median(off[ids == number])) < 2e-3, names[number]
    assert float(np.quantile(off, 0.99)) < 0.02
    assert not (ids == {n: i for i, n in names.items()}["wobbly"]).any()


def test_what_deforms_is_followed_to_the_same_uv(stage, tmp_path):
    """A flag that waves, drifts and is seen by a camera that moves, and a wall behind it."""
    stage.render.resolution_x, stage.render.resolution_y = 192, 128
    stage.frame_end = frames = 7
    add("plane", "wall", size=12, location=(0, 3, 1), rotation=(math.pi / 2, 0, 0))
    bpy.ops.mesh.primitive_grid_add(
        x_subdivisions=60, y_subdivisions=60, location=(0, 0, 1), rotation=(math.pi / 2, 0, 0)
    )
    flag = bpy.context.object
    flag.name = "flag"
    wave = flag.modifiers.new("wave", "WAVE")
    wave.speed, wave.height, wave.width = 0.1, 0.3, 1.0
    key(flag, 1, location=(0, 0, 1))
    key(flag, frames, location=(0.3, 0, 1))
    sliding(stage.camera, 0.1)
    project = Project(tmp_path)
    (shot,) = list_shots(stage)
    list(render_passes(stage, shot, project.passes(shot.name)))
    source = Source(project, shot.name)
    tracks = find_tracks(source, (1, frames))
    (number,) = (o.id for o in source.passes.objects if o.name == "flag")
    uv, ids = (
        {n: source.read(source.frame(n)).arrays[name] for n in (1, frames)}
        for name in ("uv", "object_id")
    )
    for one, other in ((1, frames), (frames, 1)):
        track = tracks.follow(one, other)
        here, there = uv[one].reshape(-1, 2), uv[other]
        assert (track.things == number).all()
        assert len(track.pixel) > 0.8 * np.count_nonzero(ids[one] == number)
        column, row = (np.rint(at).astype(int) for at in (track.column, track.row))
        same = ids[other][row, column] == number
        # to the nearest pixel; the flag is about seventy of them wide
        off = np.abs(there[row, column] - here[track.pixel])[same].max(1)
        assert float(np.median(off)) < 0.006 and float(np.quantile(off, 0.99)) < 0.02
    assert find_tracks(source, (3, 3)) is None
