"""The export holds what the renderer sees, numbered as in the passes."""

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge.kept_uv import KeptLayouts
from underpaint_addon.bridge.meshes import SurfaceExport, export_steps, export_surface, take_back
from underpaint_addon.bridge.polygons import Polygons

from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.model.shot import Shot
from underpaint.model.surface import SurfaceSet
from underpaint.wire.messages import ViewOf

from .surfaces import SHOTS, VIEWS, arrays_of, mesh_of, write_passes


def finished(steps) -> SurfaceExport:
    """What a generator of steps returns."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            return end.value


def facing(positions: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """(T,) cosine between a triangle as it is wound and its normals."""
    cross = np.cross(positions[:, 1] - positions[:, 0], positions[:, 2] - positions[:, 0])
    mean = normals.mean(axis=1)
    lengths = np.linalg.norm(cross, axis=1) * np.linalg.norm(mean, axis=1)
    return np.einsum("ti,ti->t", cross, mean) / lengths


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    return bpy.data.objects["Cube"]


def test_still_mesh_is_stored_once(scene, cube, tmp_path):
    cube.location, cube.scale = (1, 2, 3), (-1, 1, 2)
    project = write_passes(tmp_path, ["Light", "Cube"])
    export = export_surface(scene, [cube], VIEWS, tmp_path)
    assert export.skipped == ()
    assert export.surface == read_document(SurfaceSet, project.surface_set)
    assert [(v.index, v.shot, v.frame) for v in export.surface.views] == [
        (0, "första", 1), (1, "första", 5), (2, "två/2", 11)
    ]  # fmt: skip
    (found,) = export.surface.objects
    assert (found.id, found.name, found.mesh) == (8, "Cube", ".surface/Cube.npz")
    mesh = arrays_of(project, export.surface, "Cube")
    assert {name: (a.shape, a.dtype.name) for name, a in mesh.items()} == {
        "uv": ((12, 3, 2), "float32"),
        "positions": ((12, 3, 3), "float32"),
        "normals": ((12, 3, 3), "float32"),
        "matrices": ((1, 4, 4), "float64"),
    }
    (placed,) = mesh_of(project, export.surface, "Cube").placed(2)
    assert placed.positions.min(axis=(0, 1)) == pytest.approx([0, 1, 1])
    assert placed.positions.max(axis=(0, 1)) == pytest.approx([2, 3, 5])
    assert np.linalg.norm(placed.normals, axis=2) == pytest.approx(1.0)
    along = facing(placed.positions, placed.normals)  # wound the other way where it is mirrored
    assert along == pytest.approx(-1.0, abs=1e-5)
    outward = placed.positions.mean(axis=1) - (1, 2, 3)
    assert (np.einsum("ti,ti->t", outward, placed.normals[:, 0]) > 0).all()


def test_moving_mesh_is_stored_once_with_its_places(scene, cube, tmp_path):
    for frame, x in ((1, 0.0), (5, 0.0), (11, 6.0)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
    project = write_passes(tmp_path, ["Cube"])
    export = export_surface(scene, [cube], VIEWS, tmp_path)
    names = {"uv", "positions", "normals", *(f"matrices_{view}" for view in range(3))}
    assert arrays_of(project, export.surface, "Cube").keys() == names
    mesh = mesh_of(project, export.surface, "Cube")
    first, second, third = (mesh.placed(view)[0].positions for view in range(3))
    assert first is second, "what does not move is placed once"
    assert third - first == pytest.approx(np.broadcast_to((6.0, 0, 0), (12, 3, 3)), abs=1e-5)


def test_deforming_mesh_keeps_its_triangles(scene, tmp_path):
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=6, y_subdivisions=6)
    grid = bpy.context.object
    bend = grid.modifiers.new("bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.deform_axis = "TWIST", "X"
    for frame, angle in ((1, 0.0), (11, 3.0)):
        bend.angle = angle
        bend.keyframe_insert("angle", frame=frame)
    project = write_passes(tmp_path, ["Grid"])
    export = export_surface(scene, [grid], VIEWS, tmp_path)
    assert export.skipped == ()
    mesh = arrays_of(project, export.surface, "Grid")
    assert np.ptp(mesh["positions_0"][..., 2]) < 1e-6
    assert np.ptp(mesh["positions_2"][..., 2]) > 0.5
    # Corners stay the same material points: the twist about X leaves x alone.
    assert mesh["positions_2"][..., 0] == pytest.approx(mesh["positions_0"][..., 0], abs=1e-4)


def test_what_is_posed_otherwise_keeps_its_layout(scene, tmp_path):
    """A .blend that was not saved with its textures is unwrapped anew, in whatever pose."""
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=6, y_subdivisions=6)
    grid = bpy.context.object
    grid.modifiers.new("twice", "MIRROR").use_axis = (False, False, True)
    grid.location.z = 1
    bend = grid.modifiers.new("bend", "SIMPLE_DEFORM")
    bend.deform_method, bend.deform_axis = "BEND", "Z"
    write_passes(tmp_path, ["Grid"])
    layouts = []
    for angle in (0.3, 2.0):
        bend.angle = angle
        (item,) = export_surface(scene, [grid], VIEWS, tmp_path).surface.objects
        layouts.append(item.layout)
        take_back(scene, ["Grid"])
    assert layouts[0] == layouts[1]
    grid.modifiers["twice"].use_axis = (False, True, True)
    (item,) = export_surface(scene, [grid], VIEWS, tmp_path).surface.objects
    assert item.layout not in layouts, "other faces have another layout"


def test_a_kept_layout_that_is_damaged_or_too_narrow_is_made_anew(tmp_path):
    mesh = Polygons(
        points=np.float32([[0, 0, 0], [1, 0, 0], [1, 1, 0], [0, 1, 0]]),
        verts=np.arange(4, dtype=np.int32),
        sizes=np.int32([4]),
        triangles=np.int32([[0, 1, 2], [0, 2, 3]]),
        triangle_faces=np.int32([0, 0]),
    )
    uv = mesh.points[:, :2] * np.float32(0.9)
    kept = KeptLayouts(tmp_path / "layouts")
    assert kept.find("Wall", "faces", 0.01, mesh) is None
    kept.keep("Wall", "faces", 0.01, uv)
    np.testing.assert_array_equal(kept.find("Wall", "faces", 0.01, mesh), uv)
    assert kept.find("Wall", "faces", 0.02, mesh) is None, "islands would be too near"
    assert kept.find("Wall", "other faces", 0.01, mesh) is None
    kept.keep("Wall", "faces", 0.01, np.zeros_like(uv))
    assert kept.find("Wall", "faces", 0.01, mesh) is None, "it has no area"
    (tmp_path / "layouts" / "Wall.npz").write_bytes(b"PK cut off")
    assert kept.find("Wall", "faces", 0.01, mesh) is None


def test_armature_moves_what_it_holds(scene, cube, tmp_path):
    bpy.ops.object.armature_add(location=(0, 0, -1))
    rig = bpy.context.object
    cube.modifiers.new("rig", "ARMATURE").object = rig
    group = cube.vertex_groups.new(name="Bone")
    group.add([v.index for v in cube.data.vertices if v.co.z > 0], 1.0, "REPLACE")
    bone = rig.pose.bones["Bone"]
    for frame, x in ((1, 0.0), (11, 2.0)):
        bone.location.x = x
        bone.keyframe_insert("location", frame=frame)
    project = write_passes(tmp_path, ["Cube"])
    mesh = arrays_of(project, export_surface(scene, [cube], VIEWS, tmp_path).surface, "Cube")
    top = mesh["positions_0"][..., 2] > 0
    moved = mesh["positions_2"] - mesh["positions_0"]
    assert moved[top] == pytest.approx(np.broadcast_to((2.0, 0, 0), moved[top].shape), abs=1e-5)
    assert np.abs(moved[~top]).max() < 1e-5


def test_renderers_view_counts_not_the_viewports(scene, cube, tmp_path):
    smooth = cube.modifiers.new("smooth", "SUBSURF")
    smooth.levels, smooth.render_levels = 0, 2
    cube.modifiers.new("off", "REMESH").show_render = False
    cube.hide_viewport = True
    project = write_passes(tmp_path, ["Cube"])
    mesh = arrays_of(project, export_surface(scene, [cube], VIEWS, tmp_path).surface, "Cube")
    assert len(mesh["uv"]) == 6 * 16 * 2


def test_object_in_edit_mode(scene, cube, tmp_path):
    bpy.context.view_layer.objects.active = cube
    bpy.ops.object.mode_set(mode="EDIT")
    project = write_passes(tmp_path, ["Cube"])
    mesh = arrays_of(project, export_surface(scene, [cube], VIEWS, tmp_path).surface, "Cube")
    assert np.ptp(mesh["uv"]) > 0.5
    assert cube.mode == "EDIT"


def test_what_cannot_be_textured_is_told_and_the_rest_is_written(scene, cube, tmp_path):
    def copy(name: str) -> bpy.types.Object:
        other = cube.copy()
        other.data, other.name = cube.data.copy(), name
        scene.collection.objects.link(other)
        return other

    building, hidden, unknown = map(copy, ("building", "hidden", "unknown"))
    grow = building.modifiers.new("grow", "BUILD")
    grow.frame_start, grow.frame_duration = 1, 20
    hidden.hide_render = True
    flock = bpy.data.objects.new("flock", None)
    scene.collection.objects.link(flock)
    flock.instance_type, flock.instance_collection = "COLLECTION", bpy.data.collections[0]
    objects = [building, hidden, unknown, flock, bpy.data.objects["Camera"], cube]
    write_passes(tmp_path, [o.name for o in objects if o is not unknown])
    export = export_surface(scene, objects, VIEWS, tmp_path)
    assert [o.name for o in export.surface.objects] == ["Cube"]
    reasons = {s.name: s.reason for s in export.skipped}
    assert reasons.keys() == {o.name for o in objects if o is not cube}
    assert "from frame to frame" in reasons["building"]
    assert "not rendered" in reasons["hidden"]
    assert "not in the passes" in reasons["unknown"]
    assert "instance of the collection" in reasons["flock"]
    assert "no mesh" in reasons["Camera"]
    files = {p.name for p in Project(tmp_path).surface_cache.iterdir()}
    assert files == {"Cube.npz"}, "nothing half-written stays"


def test_nothing_at_all_is_an_error_that_says_why(scene, cube, tmp_path):
    cube.hide_render = True
    project = write_passes(tmp_path, ["Cube"])
    with pytest.raises(InputError, match="Cube is not rendered"):
        export_surface(scene, [cube], VIEWS, tmp_path)
    assert not project.surface_set.exists()


def test_numbers_that_differ_between_shots(scene, cube, tmp_path):
    write_passes(tmp_path, ["Cube"], SHOTS[:1])
    write_passes(tmp_path, ["Light", "Cube"], SHOTS[1:])
    with pytest.raises(InputError, match="another number in each shot"):
        export_surface(scene, [cube], VIEWS, tmp_path)


def test_passes_must_be_there(scene, cube, tmp_path):
    with pytest.raises(InputError, match="första has no passes yet"):
        export_surface(scene, [cube], VIEWS, tmp_path)


def test_scene_is_as_it_was_also_when_stopped(scene, cube, tmp_path):
    cube.keyframe_insert("location", frame=1)
    other = bpy.data.objects.new("other camera", bpy.data.cameras.new("other"))
    scene.collection.objects.link(other)
    scene.timeline_markers.new("cut", frame=4).camera = other
    scene.frame_set(3, subframe=0.25)
    cube.location.x = 1.5  # not keyed: jumping between frames would lose it
    scene.render.engine = "CYCLES"
    scene.render.use_compositing, scene.render.use_sequencer = True, False
    write_passes(tmp_path, ["Cube"])

    def state() -> tuple:
        render = scene.render
        return (
            scene.frame_current, scene.frame_subframe, scene.camera, render.engine,
            render.use_compositing, render.use_sequencer, render.filepath, cube.location.x,
            scene.frame_start, scene.frame_end, hasattr(bpy.types, "UNDERPAINT_RE_nothing"),
        )  # fmt: skip

    before = state()
    steps = export_steps(lambda: scene, ["Cube"], VIEWS, tmp_path)
    assert [next(steps) for _ in range(4)] == [(0, 4), (1, 4), (2, 4), (3, 4)]
    assert state() == before
    steps.close()
    assert state() == before
    assert not Project(tmp_path).surface_set.exists()
    assert [*export_steps(lambda: scene, ["Cube"], VIEWS, tmp_path)][-1] == (4, 4)
    assert state() == before


def test_object_that_goes_and_uv_map_that_is_undone(scene, cube, tmp_path):
    gone = bpy.data.objects.new("gone", cube.data.copy())
    undone = bpy.data.objects.new("undone", cube.data.copy())
    scene.collection.objects.link(gone)
    scene.collection.objects.link(undone)
    write_passes(tmp_path, ["Cube", "gone", "undone"])
    steps = export_steps(lambda: scene, ["Cube", "gone", "undone"], VIEWS, tmp_path)
    for _ in range(4):
        next(steps)
    bpy.data.objects.remove(gone)
    undone.data.uv_layers.remove(undone.data.uv_layers["Underpaint"])
    export = finished(steps)
    assert [o.name for o in export.surface.objects] == ["Cube"]
    reasons = {s.name: s.reason for s in export.skipped}
    assert "gone is not rendered" in reasons["gone"]
    assert "undo" in reasons["undone"]


def test_names_that_differ_by_case_alone(scene, cube, tmp_path):
    other = bpy.data.objects.new("cube", cube.data.copy())
    scene.collection.objects.link(other)
    write_passes(tmp_path, ["Cube", "cube"])
    export = export_surface(scene, [cube, other], VIEWS, tmp_path)
    assert [o.name for o in export.surface.objects] == ["Cube"]
    assert "rename" in export.skipped[0].reason


def test_equal_meshes_have_equal_digests(scene, cube, tmp_path):
    write_passes(tmp_path, ["Cube"])
    first = export_surface(scene, [cube], VIEWS, tmp_path).surface.objects
    assert export_surface(scene, [cube], VIEWS, tmp_path).surface.objects == first
    cube.location.x += 0.5
    assert export_surface(scene, [cube], VIEWS, tmp_path).surface.objects != first


def test_scene_that_is_not_the_one_shown(scene, tmp_path):
    away = bpy.data.scenes.new("away")
    obj = bpy.data.objects["Cube"].copy()
    obj.name = "far"
    away.collection.objects.link(obj)
    camera = bpy.data.objects.new("c", bpy.data.cameras.new("c"))
    away.collection.objects.link(camera)
    shots = [Shot(s.name, "c", s.start, s.end) for s in SHOTS]
    project = write_passes(tmp_path, ["far"], shots)
    export = export_surface(away, [obj], VIEWS, tmp_path)
    assert len(arrays_of(project, export.surface, "far")["uv"]) == 12
    assert bpy.context.scene == scene and away.camera is None


def test_the_shots_own_camera_of_two_of_one_name(scene, cube, tmp_path):
    library = tmp_path / "cameras.blend"
    bpy.data.libraries.write(str(library), {scene.camera})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Camera"]
    (linked,) = into.objects
    scene.collection.objects.link(linked)
    write_passes(tmp_path, ["Cube"], [Shot("a", linked.name_full, 1, 1)])
    seen = []

    def look(_, depsgraph):
        seen.append(depsgraph.scene.camera.original.name_full)

    bpy.app.handlers.frame_change_post.append(look)
    try:
        export_surface(scene, [cube], [ViewOf("a", 1)], tmp_path)
    finally:
        bpy.app.handlers.frame_change_post.remove(look)
    assert set(seen) == {"Camera [cameras.blend]"}
