"""Meshes and scenes that are not as they should be: a clear sentence or a right result."""

from __future__ import annotations

import time
from pathlib import Path

import bmesh
import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import carried
from underpaint_addon.bridge.meshes import export_steps, export_surface
from underpaint_addon.bridge.unwrap import DIGEST, UV_MAP

from underpaint.errors import InputError
from underpaint.library.project import Project

from .rendering import key, linear
from .surfaces import VIEWS, arrays_of, cover, mesh_of, write_passes


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    return bpy.data.objects["Cube"]


def new_object(name: str, points, faces) -> bpy.types.Object:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(points, [], faces)
    obj = bpy.data.objects.new(name, mesh)
    bpy.context.scene.collection.objects.link(obj)
    return obj


def overlapping(uv: np.ndarray) -> int:
    return cover(uv, np.arange(len(uv)), 256)[1]


def export(scene, obj, folder: Path, views=VIEWS):
    """The project and the object's arrays."""
    project = write_passes(folder, [obj.name])
    made = export_surface(scene, [obj], views, folder)
    assert made.skipped == ()
    return project, made.surface


def state_of(*objects: bpy.types.Object) -> list:
    """What an artist has made of objects, and what there is besides."""
    return [
        [
            [
                [(m.name, m.type) for m in obj.modifiers],
                [(u.name, u.active, u.active_render) for u in obj.data.uv_layers],
                sorted(obj.keys()),
                sorted(obj.data.keys()),
                sorted(a.name for a in obj.data.attributes),
            ]
            for obj in objects
        ],
        sorted(bpy.data.objects.keys()),
        sorted(bpy.data.meshes.keys()),
        sorted(bpy.data.node_groups.keys()),
    ]


def test_nothing_to_paint_on_is_said(scene, cube, tmp_path):
    bare = new_object("bare", [(0, 0, 0), (1, 0, 0)], [])
    thin = new_object("thin", [(0, 0, 0), (1, 0, 0), (2, 0, 0)], [(0, 1, 2)])
    emptied = cube.copy()
    emptied.name, emptied.data = "emptied", cube.data.copy()
    scene.collection.objects.link(emptied)
    mask = emptied.modifiers.new("Mask", "MASK")
    mask.vertex_group = emptied.vertex_groups.new(name="none").name
    objects = [bare, thin, emptied, cube]
    write_passes(tmp_path, [obj.name for obj in objects])
    made = export_surface(scene, objects, VIEWS, tmp_path)
    reasons = {skipped.name: skipped.reason for skipped in made.skipped}
    assert reasons.keys() == {"bare", "thin", "emptied"}
    assert "has no faces" in reasons["bare"]
    assert "has no area" in reasons["thin"]
    assert "emptied" in reasons["emptied"]
    assert [item.name for item in made.surface.objects] == ["Cube"]


@pytest.mark.parametrize("place", [float("nan"), float("inf")])
@pytest.mark.parametrize("uv", ["own", "artist"])
def test_points_that_are_nowhere_keep_one_object_back(scene, cube, tmp_path, place, uv):
    broken, later = cube.copy(), cube.copy()
    for obj, name in ((broken, "broken"), (later, "later")):
        obj.name, obj.data = name, cube.data.copy()
        scene.collection.objects.link(obj)
    broken.data.vertices[3].co.x = place
    objects = [broken, cube, later]
    write_passes(tmp_path, [obj.name for obj in objects])
    first = export_surface(scene, objects, VIEWS, tmp_path, uv=uv)
    later.data.vertices[3].co.x = place
    then = export_surface(scene, objects, VIEWS, tmp_path, uv=uv)
    assert [skipped.name for skipped in first.skipped] == ["broken"]
    assert {skipped.name for skipped in then.skipped} == {"broken", "later"}
    assert all("place is no number" in skipped.reason for skipped in then.skipped)
    assert [item.name for item in then.surface.objects] == ["Cube"]


def test_edges_of_three_faces_and_loose_parts(scene, tmp_path):
    points = [(0, 0, 0), (0, 0, 1), (1, 0, 0), (-1, 0.5, 0), (0, -1, 0), (5, 5, 5), (6, 5, 5)]
    book = new_object("book", points, [(0, 1, 2), (0, 1, 3), (0, 1, 4)])
    project, surface = export(scene, book, tmp_path)
    uv = arrays_of(project, surface, "book")["uv"]
    assert len(uv) == 3 and overlapping(uv) == 0


def test_doubled_faces_have_texels_each(scene, tmp_path):
    """Two faces on the same points, one turned over."""
    sheet = new_object("sheet", [(0, 0, 0), (1, 0, 0), (1, 1, 0)], [(0, 1, 2)])
    edited = bmesh.new()
    edited.from_mesh(sheet.data)
    corners = [edited.verts.new(v.co) for v in reversed(edited.verts[:])]
    edited.faces.new(corners)
    edited.to_mesh(sheet.data)
    edited.free()
    project, surface = export(scene, sheet, tmp_path)
    uv = arrays_of(project, surface, "sheet")["uv"]
    assert len(uv) == 2 and overlapping(uv) == 0


def test_normals_that_point_inward_are_written_as_they_are(scene, cube, tmp_path):
    cube.data.flip_normals()
    project, surface = export(scene, cube, tmp_path)
    (placed,) = mesh_of(project, surface, "Cube").placed(0)
    assert (np.einsum("tkc,tkc->tk", placed.positions, placed.normals) < 0).all()


@pytest.mark.parametrize("flat", [(1, 1, 0), (0, 0, 0)])
def test_an_object_scaled_to_nothing(scene, cube, tmp_path, flat):
    cube.scale = flat
    project, surface = export(scene, cube, tmp_path)
    arrays = arrays_of(project, surface, "Cube")
    assert overlapping(arrays["uv"]) == 0
    (placed,) = mesh_of(project, surface, "Cube").placed(0)
    assert np.isfinite(placed.normals).all()


def test_a_million_triangles_take_seconds(scene, tmp_path):
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=500, y_subdivisions=500)
    grid = bpy.context.object
    grid.data.transform(((1, 0, 0, 1.5), (0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 1)))
    grid.modifiers.new("Mirror", "MIRROR")
    began = time.process_time()
    project, surface = export(scene, grid, tmp_path, VIEWS[:1])
    assert time.process_time() - began < 25  # 6 s of one core
    uv = arrays_of(project, surface, "Grid")["uv"]
    assert len(uv) == 1_000_000
    assert carried.holder_of(grid) is not None


def test_hidden_in_render(scene, cube, tmp_path):
    """Hidden in some of the frames it is textured; in all of them it is told."""
    key(cube, 1, hide_render=False)
    key(cube, 5, hide_render=True)
    _, surface = export(scene, cube, tmp_path)
    assert len(surface.objects) == 1
    cube.animation_data_clear()
    cube.hide_render = True
    write_passes(tmp_path, ["Cube"])
    with pytest.raises(InputError, match="Cube is not rendered in any of the chosen frames"):
        export_surface(scene, [cube], VIEWS, tmp_path)


def test_what_moves_carries_its_texels_along(scene, cube, tmp_path):
    """The same texel is the same point of the object in every view."""
    for frame, x in ((1, 0.0), (11, 4.0)):
        key(cube, frame, location=(x, 0, 1), rotation_euler=(0, 0, x))
    linear(cube)
    cube.modifiers.new("Array", "ARRAY").count = 2
    project, surface = export(scene, cube, tmp_path)
    mesh = mesh_of(project, surface, "Cube")
    matrices = []
    for view in VIEWS:
        scene.frame_set(view.frame)
        matrices.append(np.array(cube.matrix_world))
    rest = [
        (placed.positions - matrix[:3, 3]) @ np.linalg.inv(matrix[:3, :3]).T
        for view, matrix in enumerate(matrices)
        for placed in mesh.placed(view)
    ]
    assert len(rest) == 3
    for positions in rest[1:]:
        assert positions == pytest.approx(rest[0], abs=1e-5)


@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5, 6])
def test_closed_halfway_the_file_is_as_it_was(scene, cube, tmp_path, steps):
    """At whichever step: no UV map, no modifier, no holder stays."""
    second = cube.copy()
    second.name, second.data = "Second", cube.data.copy()
    scene.collection.objects.link(second)
    second.modifiers.new("Array", "ARRAY")
    bpy.context.view_layer.objects.active = cube
    if steps % 2:
        bpy.ops.object.mode_set(mode="EDIT")
    write_passes(tmp_path, ["Cube", "Second"])
    before = state_of(cube, second)
    work = export_steps(lambda: scene, ["Cube", "Second"], VIEWS, tmp_path)
    for _ in range(steps):
        next(work)
    if steps > 3:
        assert second.modifiers[-1].name == carried.NAME
    work.close()
    assert state_of(cube, second) == before
    assert not Project(tmp_path).surface_set.exists()


def test_closed_halfway_a_shared_mesh_is_as_it_was(scene, cube, tmp_path):
    twin = cube.copy()
    twin.name = "Twin"
    scene.collection.objects.link(twin)
    write_passes(tmp_path, ["Cube", "Twin"])
    before = state_of(cube, twin)
    work = export_steps(lambda: scene, ["Cube", "Twin"], VIEWS, tmp_path)
    for _ in range(4):
        next(work)
    assert UV_MAP in cube.data.uv_layers
    work.close()
    assert state_of(cube, twin) == before


def test_closed_halfway_an_older_map_stays(scene, cube, tmp_path):
    """A texture that was painted before depends on it."""
    write_passes(tmp_path, ["Cube"])
    export_surface(scene, [cube], VIEWS, tmp_path)
    before = state_of(cube)
    work = export_steps(lambda: scene, ["Cube"], VIEWS, tmp_path)
    for _ in range(3):
        next(work)
    work.close()
    assert state_of(cube) == before
    assert UV_MAP in cube.data.uv_layers and DIGEST in cube.data


def test_an_export_that_fails_leaves_nothing(scene, cube, tmp_path):
    cube.hide_render = True
    before = state_of(cube)
    write_passes(tmp_path, ["Cube"])
    with pytest.raises(InputError):
        export_surface(scene, [cube], VIEWS, tmp_path)
    assert state_of(cube) == before


def test_linked_objects_are_told_and_overrides_are_textured(scene, cube, tmp_path):
    library = tmp_path / "set.blend"
    bpy.data.libraries.write(str(library), {cube})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Cube"]
    (linked,) = into.objects
    bpy.data.objects.remove(cube)
    scene.collection.objects.link(linked)
    write_passes(tmp_path, [linked.name_full])
    with pytest.raises(InputError, match="Cube is linked from a library: make a library override"):
        export_surface(scene, [linked], VIEWS, tmp_path)
