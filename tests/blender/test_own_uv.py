"""Every face that is rendered has texels of its own, whatever modifiers made it."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import carried
from underpaint_addon.bridge.materials import apply_texture
from underpaint_addon.bridge.meshes import export_surface
from underpaint_addon.bridge.object_ids import object_ids
from underpaint_addon.bridge.unwrap import UV_MAP, has_current_uv

from .surfaces import VIEWS, arrays_of, cover, mesh_of, write_passes

SIZE = 512


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    """Beside the middle, so that its mirror image stands apart."""
    cube = bpy.data.objects["Cube"]
    for vertex in cube.data.vertices:
        vertex.co.x += 2
    return cube


def mirror(cube) -> None:
    cube.modifiers.new("Mirror", "MIRROR")


def array(cube) -> None:
    cube.modifiers.new("Array", "ARRAY").count = 5


def remesh(cube) -> None:
    cube.modifiers.new("Remesh", "REMESH").voxel_size = 0.3


def solidify(cube) -> None:
    cube.modifiers.new("Solidify", "SOLIDIFY").thickness = 0.2


def boolean(cube) -> None:
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, location=(3, 0, 0))
    ball = bpy.context.object
    ball.hide_render = True
    cut = cube.modifiers.new("Boolean", "BOOLEAN")
    cut.object = ball


def built(cube) -> None:
    """Geometry nodes that throw the mesh away and build another."""
    group = bpy.data.node_groups.new("build", "GeometryNodeTree")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    ball = group.nodes.new("GeometryNodeMeshUVSphere")
    group.links.new(ball.outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    cube.modifiers.new("Build", "NODES").node_group = group


def skin(cube) -> None:
    """A mesh of edges alone, which only its modifier gives faces."""
    mesh = bpy.data.meshes.new("bones")
    mesh.from_pydata([(0, 0, 0), (0, 0, 2), (1, 0, 3)], [(0, 1), (1, 2)], [])
    cube.data = mesh
    cube.modifiers.new("Skin", "SKIN")


LOSING = (mirror, array, remesh, solidify, boolean, built, skin)


def rendered_uv(project, surface, name="Cube") -> np.ndarray:
    return arrays_of(project, surface, name)["uv"]


def overlapping(uv: np.ndarray) -> int:
    _, twice = cover(uv, np.arange(len(uv)), SIZE)
    return twice


def brought(obj) -> list[str]:
    """Names of the object's modifiers that are ours."""
    return [m.name for m in obj.modifiers if m.name.startswith(carried.NAME)]


@pytest.mark.parametrize("modify", LOSING)
def test_every_rendered_face_has_its_own_texels(scene, cube, tmp_path, modify):
    modify(cube)
    settings = [(m.name, m.type) for m in cube.modifiers]
    active = cube.modifiers.active.name
    project = write_passes(tmp_path, ["Cube"])
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    uv = rendered_uv(project, surface)
    assert uv.min() > 0 and uv.max() < 1
    assert overlapping(uv) == 0
    canvas, _ = cover(uv, np.arange(len(uv)), SIZE)
    assert (canvas >= 0).mean() > 0.35
    placed = mesh_of(project, surface, "Cube").placed(0)[0].positions
    assert len(placed) == len(uv)
    assert brought(cube) == [carried.NAME]
    assert [(m.name, m.type) for m in cube.modifiers][:-1] == settings
    assert cube.modifiers.active.name == active
    assert has_current_uv(cube)


@pytest.mark.parametrize("modify", LOSING)
def test_the_renderer_gets_what_was_exported(scene, cube, tmp_path, modify):
    """What a second export reads went through Blender's own evaluation of the modifier."""
    modify(cube)
    project = write_passes(tmp_path, ["Cube"])
    first = export_surface(scene, [cube], VIEWS, tmp_path).surface
    holder = carried.holder_of(cube)
    second = export_surface(scene, [cube], VIEWS, tmp_path).surface
    assert first == second
    assert carried.holder_of(cube) == holder
    assert rendered_uv(project, second).any()


def test_modifiers_that_keep_the_map_need_none_of_ours(scene, cube, tmp_path):
    cube.modifiers.new("Subdivision", "SUBSURF").render_levels = 2
    cube.modifiers.new("Bend", "SIMPLE_DEFORM").angle = 0.3
    project = write_passes(tmp_path, ["Cube"])
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    assert brought(cube) == []
    assert overlapping(rendered_uv(project, surface)) == 0
    assert [obj.name for obj in bpy.data.objects if carried.is_holder(obj)] == []


def test_the_viewports_mesh_passes_through(scene, cube, tmp_path):
    """It has fewer faces than what is rendered: it keeps the map of the mesh below."""
    mirror(cube)
    smooth = cube.modifiers.new("Subdivision", "SUBSURF")
    smooth.levels, smooth.render_levels = 0, 1
    write_passes(tmp_path, ["Cube"])
    export_surface(scene, [cube], VIEWS, tmp_path)
    shown = cube.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    assert len(shown.loops) == 48
    assert brought(cube) == [carried.NAME]
    uv = np.array([corner.uv[:] for corner in shown.uv_layers[UV_MAP].data])
    assert uv.any(axis=1).all() and np.allclose(np.sort(uv[:24], 0), np.sort(uv[24:], 0))


def test_a_change_of_faces_renews_it_and_its_end_removes_it(scene, cube, tmp_path):
    array(cube)
    project = write_passes(tmp_path, ["Cube"])
    export_surface(scene, [cube], VIEWS, tmp_path)
    cube.modifiers["Array"].count = 3
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    assert len(rendered_uv(project, surface)) == 36
    assert overlapping(rendered_uv(project, surface)) == 0
    assert brought(cube) == [carried.NAME]
    assert len([obj for obj in bpy.data.objects if carried.is_holder(obj)]) == 1
    cube.modifiers.new("Later", "ARRAY")  # behind ours, whose UVs it copies
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    assert overlapping(rendered_uv(project, surface)) == 0
    assert cube.modifiers[-1].name == carried.NAME
    for name in ("Array", "Later"):
        cube.modifiers.remove(cube.modifiers[name])
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    assert brought(cube) == [] and len(rendered_uv(project, surface)) == 12
    assert not any(carried.is_holder(obj) for obj in bpy.data.objects)


def test_it_is_saved_and_a_duplicate_has_it_too(scene, cube, tmp_path):
    array(cube)
    names = ["Cube", "Twin"]
    project = write_passes(tmp_path, names)
    surface = export_surface(scene, [cube], VIEWS, tmp_path).surface
    uv = rendered_uv(project, surface)
    twin = cube.copy()
    twin.name = "Twin"
    scene.collection.objects.link(twin)
    file = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.open_mainfile(filepath=str(file))
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    scene = bpy.context.scene
    objects = [scene.objects[name] for name in names]
    surface = export_surface(scene, objects, VIEWS, tmp_path).surface
    for name in names:
        assert np.array_equal(rendered_uv(project, surface, name), uv)
    assert len([obj for obj in bpy.data.objects if carried.is_holder(obj)]) == 1
    objects[1].modifiers["Array"].count = 2  # the other one's UVs stay
    surface = export_surface(scene, objects, VIEWS, tmp_path).surface
    assert np.array_equal(rendered_uv(project, surface, "Cube"), uv)
    assert len(rendered_uv(project, surface, "Twin")) == 24
    assert len([g for g in bpy.data.node_groups if g.name.startswith(carried.NAME)]) == 1


def test_linked_duplicates_share_one_layout(scene, cube, tmp_path):
    names = ["Cube", "Two", "Three"]
    for name in names[1:]:
        other = cube.copy()
        other.name = name
        scene.collection.objects.link(other)
    objects = [scene.objects[name] for name in names]
    for obj in objects:
        mirror(obj)
    project = write_passes(tmp_path, names)
    surface = export_surface(scene, objects, VIEWS, tmp_path).surface
    first, *others = (rendered_uv(project, surface, name) for name in names)
    assert all(np.array_equal(first, other) for other in others)
    assert len([obj for obj in bpy.data.objects if carried.is_holder(obj)]) == 1


def test_undo_takes_it_back(scene, cube, tmp_path):
    """Undo from the state after the export to the one before, and forward again."""
    mirror(cube)
    write_passes(tmp_path, ["Cube"])
    bpy.ops.ed.undo_push(message="before")
    export_surface(scene, [cube], VIEWS, tmp_path)
    bpy.ops.ed.undo_push(message="export")
    bpy.ops.ed.undo()
    cube = bpy.context.scene.objects["Cube"]
    assert brought(cube) == [] and UV_MAP not in cube.data.uv_layers
    bpy.ops.ed.redo()
    cube = bpy.context.scene.objects["Cube"]
    assert brought(cube) == [carried.NAME] and has_current_uv(cube)


def test_holders_are_rendered_by_nobody_and_take_no_number(scene, cube, tmp_path):
    mirror(cube)
    before = {obj.name: number for obj, number in object_ids(scene).items()}
    write_passes(tmp_path, ["Cube"])
    export_surface(scene, [cube], VIEWS, tmp_path)
    assert {obj.name: number for obj, number in object_ids(scene).items()} == before
    holder = carried.holder_of(cube)
    assert not holder.users_scene and not holder.users_collection


def test_instances_of_its_nodes_stay_instances(scene, cube, tmp_path):
    """Storing UVs would make real what nodes instance: only the mesh itself gets them."""
    leaf = bpy.data.objects.new("leaf", bpy.data.objects["Cube"].data.copy())
    group = bpy.data.node_groups.new("scatter", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    new, link = group.nodes.new, group.links.new
    given, made, joined = (
        new("NodeGroupInput"),
        new("NodeGroupOutput"),
        new("GeometryNodeJoinGeometry"),
    )
    scatter, info = new("GeometryNodeInstanceOnPoints"), new("GeometryNodeObjectInfo")
    info.inputs["Object"].default_value = leaf
    info.inputs["As Instance"].default_value = True
    link(given.outputs[0], scatter.inputs["Points"])
    link(info.outputs["Geometry"], scatter.inputs["Instance"])
    link(scatter.outputs[0], joined.inputs[0])
    link(given.outputs[0], joined.inputs[0])
    link(joined.outputs[0], made.inputs[0])
    mirror(cube)
    cube.modifiers.new("Scatter", "NODES").node_group = group
    write_passes(tmp_path, ["Cube"])

    def shown() -> list[str]:
        graph = bpy.context.evaluated_depsgraph_get()
        return sorted(i.object.original.name for i in graph.object_instances if i.is_instance)

    before = shown()
    assert before == ["leaf"] * 16
    export_surface(scene, [cube], VIEWS, tmp_path)
    assert brought(cube) == [carried.NAME]
    assert shown() == before


def test_linked_mesh_is_textured_through_the_object(scene, tmp_path: Path, picture_folder):
    """A library override keeps its linked mesh as it is, and is painted all the same."""
    library = tmp_path / "set.blend"
    bpy.data.libraries.write(str(library), {bpy.data.objects["Cube"]})
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Cube"]
    override = into.objects[0].override_create(remap_local_usages=True)
    override.name = "Crate"
    scene.collection.objects.link(override)
    assert not override.data.is_editable
    project = write_passes(tmp_path, ["Crate"])
    export = export_surface(scene, [override], VIEWS, tmp_path)
    assert export.skipped == ()
    uv = rendered_uv(project, export.surface, "Crate")
    assert overlapping(uv) == 0
    material = apply_texture(override, picture_folder, 1).name
    file = tmp_path / "shot.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(file))
    bpy.ops.wm.open_mainfile(filepath=str(file))
    crate = bpy.context.scene.objects["Crate"]
    assert crate.material_slots[0].material.name == material
    export = export_surface(bpy.context.scene, [crate], VIEWS, tmp_path)
    assert np.array_equal(rendered_uv(project, export.surface, "Crate"), uv)
    assert brought(crate) == [carried.NAME]


@pytest.fixture
def picture_folder(tmp_path) -> Path:
    folder = tmp_path / "texture"
    folder.mkdir()
    image = bpy.data.images.new("grey", 8, 8)
    image.filepath_raw, image.file_format = str(folder / "basecolor.png"), "PNG"
    image.save()
    return folder
