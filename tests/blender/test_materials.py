"""Painted materials: faithful colours, and everything of the artist's comes back."""

from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import materials
from underpaint_addon.bridge.unwrap import UV_MAP, ensure_uv

from underpaint.errors import InputError

from .pictures import CHART, chart, render, write_png


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    obj = bpy.data.objects["Cube"]
    ensure_uv(obj)
    return obj


def texture(folder: Path, number: int, colour=(200, 120, 40)) -> Path:
    """A texture take of one colour; its folder."""
    return write_png(folder / f"{number:03d}" / "basecolor.png", chart(8, 8, [colour])).parent


def group_of(material: bpy.types.Material) -> bpy.types.NodeTree:
    """Where the takes of a painted material are."""
    return material.node_tree.nodes["Painted"].node_tree


def worn(obj: bpy.types.Object) -> list[tuple[str, str | None]]:
    return [(s.link, s.material and s.material.name) for s in obj.material_slots]


def test_painted_and_back(cube, tmp_path):
    before = worn(cube)
    material = materials.apply_texture(cube, texture(tmp_path, 1), 1)
    assert material.name == "Underpaint Cube"
    assert worn(cube) == [("OBJECT", "Underpaint Cube")]
    assert cube.data.materials[0].name == "Material", "the mesh keeps its own"
    assert group_of(material).nodes["UV"].uv_map == UV_MAP
    materials.show(cube, "blocking")
    assert worn(cube) == before and materials.shown(cube) == "blocking"
    materials.show(cube, "painted")
    assert worn(cube) == [("OBJECT", "Underpaint Cube")] and materials.shown(cube) == "painted"


def test_every_slot_and_link_comes_back(cube, tmp_path):
    names = ("wall", "trim", "own", "stale")
    wall, trim, own, stale = (bpy.data.materials.new(name) for name in names)
    cube.data.materials.clear()
    for material in (wall, trim, None):
        cube.data.materials.append(material)
    cube.material_slots[1].link = "OBJECT"
    cube.material_slots[1].material = own
    cube.material_slots[2].link = "OBJECT"
    cube.material_slots[2].material = stale
    cube.material_slots[2].link = "DATA"
    before = worn(cube)
    assert before == [("DATA", "wall"), ("OBJECT", "own"), ("DATA", None)]
    for _ in range(2):
        materials.apply_texture(cube, texture(tmp_path, 1), 1)
    assert {name for _, name in worn(cube)} == {"Underpaint Cube"}
    materials.show(cube, "blocking")
    assert worn(cube) == before
    cube.material_slots[2].link = "OBJECT"
    assert cube.material_slots[2].material == stale


def test_survives_saving_and_purging(cube, tmp_path):
    own = bpy.data.materials.new("only here")
    cube.material_slots[0].link = "OBJECT"
    cube.material_slots[0].material = own
    materials.apply_texture(cube, texture(tmp_path, 1), 1)
    for shown in ("painted", "blocking"):
        materials.show(cube, shown)
        path = tmp_path / f"{shown}.blend"
        bpy.ops.wm.save_as_mainfile(filepath=str(path))
        bpy.ops.outliner.orphans_purge(do_recursive=True)
        bpy.ops.wm.open_mainfile(filepath=str(path))
        cube = bpy.data.objects["Cube"]
        assert materials.shown(cube) == shown
    materials.show(cube, "painted")
    assert worn(cube) == [("OBJECT", "Underpaint Cube")]
    materials.show(cube, "blocking")
    assert worn(cube) == [("OBJECT", "only here")]


def test_object_without_slots_keeps_an_empty_one(scene, tmp_path):
    bpy.ops.mesh.primitive_plane_add()
    plane = bpy.context.object
    twin = plane.copy()
    bpy.context.collection.objects.link(twin)
    ensure_uv(plane)
    for obj in (plane, twin):
        materials.apply_texture(obj, texture(tmp_path, 1), 1)
    assert worn(plane) == [("OBJECT", "Underpaint Plane")]
    assert worn(twin) == [("OBJECT", "Underpaint Plane.001")]
    materials.show(plane, "blocking")
    assert worn(plane) == [("DATA", None)]
    assert worn(twin) == [("OBJECT", "Underpaint Plane.001")]


def test_shared_mesh_is_painted_object_by_object(cube, tmp_path):
    twin = cube.copy()
    bpy.context.collection.objects.link(twin)
    materials.apply_texture(cube, texture(tmp_path, 1), 1)
    assert worn(twin) == [("DATA", "Material")]


def test_duplicate_does_not_repaint_its_original(cube, tmp_path):
    material = materials.apply_texture(cube, texture(tmp_path / "a", 1), 1)
    twin = cube.copy()
    bpy.context.collection.objects.link(twin)
    theirs = materials.apply_texture(twin, texture(tmp_path / "b", 2), 2)
    assert theirs != material
    assert materials.takes(cube) == (1,) and materials.takes(twin) == (1, 2)


def test_takes_can_be_chosen_between(cube, tmp_path):
    for number in (1, 3):
        material = materials.apply_texture(cube, texture(tmp_path, number), number)
    again = materials.apply_texture(cube, tmp_path / "003", 3)
    assert again == material
    assert [m for m in bpy.data.materials if m.name.startswith("Underpaint")] == [material]
    assert materials.takes(cube) == (1, 3)

    def source() -> str:
        nodes = group_of(material).nodes
        ends = [(nodes["Lit"], "Base Color"), (nodes["Painted light"], "Color")]
        colour, light = (node.inputs[socket].links[0].from_node for node, socket in ends)
        assert nodes.active == colour, "what the solid view shows"
        assert colour.image.filepath == light.image.filepath
        return colour.name

    assert source() == "take 003"
    materials.show(cube, "painted", 1)
    assert source() == "take 001"
    with pytest.raises(InputError, match="no painted texture take 002"):
        materials.show(cube, "painted", 2)
    assert source() == "take 001"


def test_material_that_a_person_took_apart(cube, tmp_path):
    material = materials.apply_texture(cube, texture(tmp_path, 1), 1)
    nodes = group_of(material).nodes
    nodes.remove(nodes["Lit"])
    nodes.new("ShaderNodeTexImage").name = "their own"
    assert materials.takes(cube) == (1,)
    with pytest.raises(InputError, match="taken apart"):
        materials.show(cube, "painted", 1)
    materials.show(cube, "painted")
    assert materials.apply_texture(cube, tmp_path / "001", 1) == material
    assert "Lit" in group_of(material).nodes and materials.takes(cube) == (1,)
    group = material.node_tree.nodes["Painted"].node_tree
    material.node_tree.nodes.clear()
    with pytest.raises(InputError, match="taken apart"):
        materials.show(cube, "mixed")
    materials.apply_texture(cube, tmp_path / "001", 1)
    assert group_of(material) != group and materials.takes(cube) == (1,)


def test_material_that_a_person_deleted(cube, tmp_path):
    bpy.data.materials.remove(materials.apply_texture(cube, texture(tmp_path, 1), 1))
    assert materials.takes(cube) == ()
    materials.apply_texture(cube, texture(tmp_path, 2), 2)
    assert worn(cube) == [("OBJECT", "Underpaint Cube")]
    materials.show(cube, "blocking")
    assert worn(cube) == [("DATA", "Material")]


def test_scene_switches_what_is_painted_only(scene, cube, tmp_path):
    bpy.ops.mesh.primitive_plane_add()
    plane = bpy.context.object
    materials.apply_texture(cube, texture(tmp_path, 1), 1)
    materials.show(scene, "blocking")
    assert materials.shown(cube) == "blocking"
    materials.show(scene, "painted")
    assert materials.shown(cube) == "painted" and materials.shown(plane) == "blocking"
    with pytest.raises(InputError, match="Plane has no painted texture"):
        materials.show(plane, "painted")


def test_slot_added_while_painted(cube, tmp_path):
    materials.apply_texture(cube, texture(tmp_path, 1), 1)
    cube.data.materials.append(bpy.data.materials.new("late"))
    materials.show(cube, "painted")
    assert [name for _, name in worn(cube)] == ["Underpaint Cube"] * 2
    materials.show(cube, "blocking")
    assert worn(cube) == [("DATA", "Material"), ("DATA", "late")]


def test_texture_of_other_faces_is_refused(cube, tmp_path):
    cube.data.uv_layers.remove(cube.data.uv_layers[UV_MAP])
    with pytest.raises(InputError, match="paint it again"):
        materials.apply_texture(cube, texture(tmp_path, 1), 1)
    assert worn(cube) == [("DATA", "Material")]


def test_missing_texture_and_linked_object(scene, cube, tmp_path):
    with pytest.raises(InputError, match="is not there"):
        materials.apply_texture(cube, tmp_path / "009", 9)
    assert worn(cube) == [("DATA", "Material")] and materials.takes(cube) == ()
    library = tmp_path / "set.blend"
    bpy.data.libraries.write(str(library), {cube})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Cube"]
    with pytest.raises(InputError, match="linked from a library"):
        materials.apply_texture(into.objects[0], texture(tmp_path, 1), 1)


@pytest.fixture
def wall(scene, tmp_path) -> bpy.types.Object:
    """A plane that fills the camera's picture, painted with the colour chart, lit by nothing."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.data.objects["Light"].hide_render = True
    bpy.ops.mesh.primitive_plane_add(size=4)
    plane = bpy.context.object
    ensure_uv(plane)
    materials.apply_texture(plane, write_png(tmp_path / "basecolor.png", chart(96, 96)).parent, 1)
    camera = scene.camera
    camera.location, camera.rotation_euler = (0, 0, 5), (0, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4.0
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 48
    scene.render.resolution_percentage = 100
    scene.render.use_sequencer = False
    scene.view_settings.view_transform = "Standard"
    scene.world.node_tree.nodes["Background"].inputs[1].default_value = 0.0
    return plane


def test_unlit_shows_the_painted_colours(scene, wall, tmp_path):
    picture = render(scene, tmp_path / "unlit.png")
    middles = picture[24, 4::8]
    # A plane's one island may lie turned by quarters: the stripes are there in some direction.
    turned = [middles, middles[::-1], picture[4::8, 24], picture[4::8, 24][::-1]]
    assert min(np.abs(seen - np.array(CHART)).max() for seen in turned) <= 2


def test_lit_goes_by_the_scenes_light(scene, wall, tmp_path):
    materials.set_unlit(scene, 0.0)
    assert render(scene, tmp_path / "lit.png").max() == 0, "no light, no colour"


def test_painted_light_does_not_light_the_neighbours(scene, wall, tmp_path):
    bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 0.6))
    scene.cycles.samples = 8
    picture = render(scene, tmp_path / "neighbour.png")
    assert picture[20:28, 20:28].max() == 0, "the cube's top sees the black world only"
    bpy.context.object.location.z = 3.0
    scene.camera.location.z = -5.0
    scene.camera.rotation_euler = (0, np.pi, 0)
    wall.location.z = 4.0
    assert render(scene, tmp_path / "below.png")[20:28, 20:28].max() == 0


def test_linked_objects_do_not_stop_the_others(scene, cube, tmp_path):
    materials.apply_texture(cube, texture(tmp_path, 1), 1)
    library = tmp_path / "set.blend"
    bpy.data.libraries.write(str(library), {cube})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = [cube.name]
    cube.name = "zz local"
    scene.collection.objects.link(into.objects[0])
    materials.show(scene, "blocking")
    materials.set_unlit(scene, 0.3)
    assert materials.shown(cube) == "blocking"
