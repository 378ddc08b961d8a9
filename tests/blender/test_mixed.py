"""Blocking, painted, mixed: the paint over the artist's own materials, which come back exactly."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import OpenEXR
import pytest
from underpaint_addon.bridge import compat, images, materials
from underpaint_addon.bridge.laid import Laid
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots
from underpaint_addon.bridge.unwrap import ensure_uv

from underpaint.errors import InputError

from .pictures import chart, render, write_png

RED, GREEN, BLUE = (200, 30, 20), (30, 180, 40), (20, 40, 200)


def take(folder: Path, number: int, colour=RED, **maps) -> Path:
    """The folder of a texture take of one colour, with maps of one value each."""
    here = folder / f"{number:03d}"
    for name, value in {"basecolor": colour, **maps}.items():
        write_png(here / f"{name}.png", chart(8, 8, [value]))
    return here


def worn(obj) -> list[tuple[str, str | None]]:
    return [(s.link, s.material and s.material.name) for s in obj.material_slots]


def glow(name: str, colour: tuple[float, float, float]) -> bpy.types.Material:
    """A material that shows one linear colour whatever the light."""
    material = bpy.data.materials.new(name)
    tree = compat.use_nodes(material)
    tree.nodes.clear()
    light = tree.nodes.new("ShaderNodeEmission")
    light.inputs["Color"].default_value = (*colour, 1.0)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(light.outputs[0], output.inputs["Surface"])
    return material


def group_of(obj) -> bpy.types.NodeTree:
    return obj["underpaint_material"].node_tree.nodes["Painted"].node_tree


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    obj = bpy.data.objects["Cube"]
    ensure_uv(obj)
    return obj


@pytest.fixture
def wall(scene) -> bpy.types.Object:
    """A plane of two halves, of a material each, that fills the picture; the world is black."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.data.objects["Light"].hide_render = True
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=2, y_subdivisions=1, size=4)
    plane = bpy.context.object
    for material in (glow("left", (0.0, 0.0, 0.0)), glow("right", (1.0, 1.0, 1.0))):
        plane.data.materials.append(material)
    plane.data.polygons[1].material_index = 1
    ensure_uv(plane)
    camera = scene.camera
    camera.location, camera.rotation_euler = (0, 0, 5), (0, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 4.0
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 32
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    scene.world.node_tree.nodes["Background"].inputs[1].default_value = 0.0
    return plane


def halves(scene, path: Path) -> tuple[np.ndarray, np.ndarray]:
    picture = render(scene, path)
    return picture[16, 8], picture[16, 24]


def linear(colour) -> np.ndarray:
    c = np.array(colour) / 255
    return np.where(c <= 0.04045, c / 12.92, ((c + 0.055) / 1.055) ** 2.4)


def srgb(colour: np.ndarray) -> np.ndarray:
    return 255 * np.where(colour <= 0.0031308, colour * 12.92, 1.055 * colour ** (1 / 2.4) - 0.055)


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_the_mix_is_the_share_of_paint_over_each_own_material(scene, wall, tmp_path, share):
    materials.apply_texture(wall, take(tmp_path, 1, GREEN), 1)
    materials.show(wall, "mixed")
    materials.set_mix(scene, share)
    for own, seen in zip((0.0, 1.0), halves(scene, tmp_path / "mixed.png"), strict=True):
        assert np.abs(seen - srgb(share * linear(GREEN) + (1 - share) * own)).max() <= 2
    materials.show(wall, "blocking")
    left, right = halves(scene, tmp_path / "own.png")
    assert left.max() == 0 and right.min() == 255


def test_mixing_leaves_the_artists_materials_alone(scene, wall, tmp_path):
    before = worn(wall)
    nodes = {m.name: len(m.node_tree.nodes) for m in wall.data.materials}
    materials.apply_texture(wall, take(tmp_path, 1), 1)
    for what in ("mixed", "painted", "mixed", "mixed", "blocking"):
        materials.show(wall, what)
        assert materials.shown(wall) == what
        mixes = [m for m in bpy.data.materials if m.get("underpaint") == "mixed"]
        assert len(mixes) == (2 if what == "mixed" else 0), "no copy is left behind"
    assert worn(wall) == before
    assert {m.name: len(m.node_tree.nodes) for m in wall.data.materials} == nodes


def test_a_take_shown_while_mixed_shows_in_every_mix(scene, wall, tmp_path):
    materials.apply_texture(wall, take(tmp_path, 1, RED), 1)
    materials.show(wall, "mixed")
    materials.set_mix(wall, 1.0)
    copies = worn(wall)
    materials.apply_texture(wall, take(tmp_path, 2, BLUE), 2)
    assert materials.shown(wall) == "mixed" and materials.shown_take(wall) == 2
    for seen in halves(scene, tmp_path / "two.png"):
        assert np.abs(seen - np.array(BLUE)).max() <= 2
    materials.show(wall, "mixed", 1)
    assert [link for link, _ in worn(wall)] == [link for link, _ in copies]
    for seen in halves(scene, tmp_path / "one.png"):
        assert np.abs(seen - np.array(RED)).max() <= 2


def test_empty_slots_and_materials_without_nodes_mix(scene, cube, tmp_path):
    plain = bpy.data.materials.new("plain")
    if not compat.BLENDER_5:
        plain.use_nodes = False
    plain.diffuse_color = (0.1, 0.2, 0.3, 1.0)
    cube.data.materials.clear()
    cube.data.materials.append(plain)
    cube.data.materials.append(None)
    before = worn(cube)
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    materials.show(cube, "mixed")
    for slot in cube.material_slots:
        output = slot.material.node_tree.get_output_node("ALL")
        mix = output.inputs["Surface"].links[0].from_node
        assert mix.bl_idname == "ShaderNodeMixShader" and all(i.is_linked for i in mix.inputs)
    if not compat.BLENDER_5:
        own = cube.material_slots[0].material.node_tree.nodes["Principled BSDF"]
        assert tuple(own.inputs["Base Color"].default_value)[:3] == pytest.approx((0.1, 0.2, 0.3))
        assert not plain.use_nodes
    materials.show(cube, "blocking")
    assert worn(cube) == before


def test_an_object_may_have_a_share_of_its_own(scene, cube, tmp_path):
    twin = cube.copy()
    scene.collection.objects.link(twin)
    for obj in (cube, twin):
        materials.apply_texture(obj, take(tmp_path, 1), 1)
    materials.set_own_mix(cube, 0.9, 0.5)
    materials.set_mix(scene, 0.2)
    shares = [group_of(obj).nodes["Mix"].outputs[0].default_value for obj in (cube, twin)]
    assert shares == pytest.approx([0.9, 0.2])
    materials.set_own_mix(cube, None, 0.2)
    assert group_of(cube).nodes["Mix"].outputs[0].default_value == pytest.approx(0.2)
    assert materials.own_mix(cube) is None


def test_what_the_artist_puts_into_a_slot_meanwhile_stays(cube, tmp_path):
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    new = bpy.data.materials.new("new")
    cube.material_slots[0].material = new
    materials.show(cube, "mixed")
    assert "over new" in cube.material_slots[0].material.name
    materials.show(cube, "blocking")
    assert worn(cube) == [("OBJECT", "new")]


def test_undo_takes_a_switch_back(cube, tmp_path):
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    bpy.ops.ed.undo_push(message="painted")
    materials.show(cube, "mixed")
    bpy.ops.ed.undo_push(message="mixed")
    bpy.ops.ed.undo()
    assert materials.shown(bpy.data.objects["Cube"]) == "painted"
    bpy.ops.ed.redo()
    cube = bpy.data.objects["Cube"]
    assert materials.shown(cube) == "mixed"
    materials.show(cube, "blocking")
    assert worn(cube) == [("DATA", "Material")]


def test_saved_while_mixed(cube, tmp_path):
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    materials.show(cube, "mixed")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "mixed.blend"))
    bpy.ops.outliner.orphans_purge(do_recursive=True)
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "mixed.blend"))
    cube = bpy.data.objects["Cube"]
    assert materials.shown(cube) == "mixed" and materials.shown_take(cube) == 1
    materials.show(cube, "blocking")
    assert worn(cube) == [("DATA", "Material")]


def test_the_switch_is_undone_to_blocking_for_passes_only(scene, cube, tmp_path):
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    materials.show(cube, "mixed")
    before = worn(cube)
    with pytest.raises(RuntimeError), materials.blocking_shown(scene):
        assert worn(cube) == [("DATA", "Material")]
        raise RuntimeError
    assert worn(cube) == before
    materials.show(cube, "blocking")
    assert worn(cube) == [("DATA", "Material")]


def test_derived_maps_are_read_as_data_by_the_takes_own_uv_map(cube, tmp_path):
    cube.data.uv_layers.new(name="hand made")
    folder = take(tmp_path, 2, roughness=(90,) * 3, height=(128,) * 3, normal=(128, 128, 255))
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    materials.apply_texture(cube, folder, 2, Laid("hand made"))
    nodes = group_of(cube).nodes
    assert nodes["take 002 tangents u"].uv_map == "hand made"
    for what in ("roughness", "height", "normal"):
        image = nodes[f"take 002 {what}"].image
        assert image.colorspace_settings.name == "Non-Color"
        source = nodes[f"take 002 {what}"].inputs[0].links[0].from_node
        assert source.uv_map == "hand made"
    assert nodes["take 001"].inputs[0].links[0].from_node.uv_map == "Underpaint"
    lit = nodes["Lit"].inputs
    assert lit["Roughness"].links[0].from_node.name == "take 002 roughness"
    assert lit["Normal"].links[0].from_node.name == "take 002 tangents", "height is off at first"
    materials.set_relief(cube, 0.5)
    assert lit["Normal"].links[0].from_node.name == "Bump"
    assert nodes["Bump"].inputs["Normal"].links[0].from_node.name == "take 002 tangents"
    materials.set_relief(cube, 0.0)
    assert lit["Normal"].links[0].from_node.name == "take 002 tangents"
    materials.show(cube, "painted", 1)
    assert not lit["Normal"].is_linked and not lit["Roughness"].is_linked
    with pytest.raises(InputError, match="no UV map 'gone'"):
        materials.apply_texture(cube, folder, 3, Laid("gone"))


def test_packed_pictures_travel_and_later_takes_still_work(cube, tmp_path):
    theirs = bpy.data.images.new("their own", 8, 8)
    materials.apply_texture(cube, take(tmp_path / "out", 1), 1)
    told = materials.set_packed(cube, True)
    assert told.startswith("1 of 1 textures lie in the .blend: 0.0 MB")
    materials.apply_texture(cube, take(tmp_path / "out", 1), 1)
    assert len(materials.pictures(cube)) == 1 and images.is_packed(materials.pictures(cube)[0])
    materials.apply_texture(cube, take(tmp_path / "out", 2, BLUE), 2)
    materials.set_packed(cube, True)
    assert all(map(images.is_packed, materials.pictures(cube))) and not theirs.packed_file
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    cube = bpy.data.objects["Cube"]
    materials.show(cube, "painted", 1)
    assert materials.set_packed(cube, False).startswith("2 of 2"), (
        "the only copy is not thrown away"
    )
    (tmp_path / "elsewhere").rename(tmp_path / "out")
    assert materials.set_packed(cube, False) == "2 textures lie beside the .blend."


def test_another_machine_without_the_projects_folder(scene, cube, tmp_path):
    materials.apply_texture(cube, take(tmp_path / "out", 1), 1)
    materials.apply_texture(cube, take(tmp_path / "out", 2), 2)
    materials.show(cube, "blocking")
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "a.blend"))
    (tmp_path / "out").rename(tmp_path / "elsewhere")
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "a.blend"))
    scene, cube = bpy.context.scene, bpy.data.objects["Cube"]
    assert "basecolor.png is not there: bring the project's folder" in materials.show(
        scene, "mixed"
    )
    assert worn(cube) == [("DATA", "Material")]
    with pytest.raises(InputError, match="is not there"):
        materials.show(cube, "painted", 1)
    assert materials.shown_take(cube) == 2
    assert materials.show(scene, "blocking") == ""
    (tmp_path / "elsewhere").rename(tmp_path / "out")
    assert materials.show(scene, "mixed") == ""


def test_a_library_override_is_painted_and_comes_back_after_saving(scene, cube, tmp_path):
    own = cube.data.materials[0]
    bpy.data.libraries.write(str(tmp_path / "set.blend"), {cube})
    bpy.data.objects.remove(cube)
    bpy.data.materials.remove(own)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    with bpy.data.libraries.load(str(tmp_path / "set.blend"), link=True) as (_, into):
        into.objects = ["Cube"]
    linked = into.objects[0]
    scene.collection.objects.link(linked)
    with pytest.raises(InputError, match="linked from a library"):
        materials.apply_texture(linked, take(tmp_path, 1), 1)
    cube = linked.override_create(remap_local_usages=True)
    materials.apply_texture(cube, take(tmp_path, 1), 1, Laid("UVMap"))
    for what in ("mixed", "blocking", "painted"):
        materials.show(cube, what)
        bpy.ops.wm.save_mainfile()
        bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
        cube = next(obj for obj in bpy.context.scene.objects if obj.override_library)
        assert materials.shown(cube) == what and materials.takes(cube) == (1,)
    materials.show(cube, "blocking")
    assert [s.material.library and s.material.name for s in cube.material_slots] == ["Material"]


def test_linked_materials_mix_and_come_back(cube, tmp_path):
    own = cube.data.materials[0]
    bpy.data.libraries.write(str(tmp_path / "paints.blend"), {own})
    with bpy.data.libraries.load(str(tmp_path / "paints.blend"), link=True) as (_, into):
        into.materials = [own.name]
    cube.data.materials[0] = linked = into.materials[0]
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    materials.show(cube, "mixed")
    mix = cube.material_slots[0].material
    assert mix.library is None and "Painted" in mix.node_tree.nodes
    assert "Painted" not in linked.node_tree.nodes
    materials.show(cube, "blocking")
    assert cube.material_slots[0].material == linked and cube.material_slots[0].link == "DATA"


def test_mixes_of_what_is_only_instanced_are_not_left_behind(scene, cube, tmp_path):
    inner = bpy.data.collections.new("inner")
    inner.objects.link(cube)
    for collection in set(cube.users_collection) - {inner}:
        collection.objects.unlink(cube)
    stands = bpy.data.objects.new("stands for it", None)
    stands.instance_type, stands.instance_collection = "COLLECTION", inner
    scene.collection.objects.link(stands)
    bpy.context.view_layer.update()
    materials.apply_texture(cube, take(tmp_path, 1), 1)
    before = len(bpy.data.materials)
    for what, more in (("mixed", 1), ("painted", 0), ("mixed", 1), ("blocking", 0)):
        materials.show(scene, what)
        assert len(bpy.data.materials) == before + more


def test_passes_are_the_same_whatever_is_shown(scene, cube, tmp_path):
    scene.render.resolution_x, scene.render.resolution_y = 48, 32
    scene.frame_start = scene.frame_end = 1
    (shot,) = list_shots(scene)
    first = list(render_passes(scene, shot, tmp_path / "passes"))
    maps = {"height": (0, 0, 0), "normal": (230, 128, 180)}
    materials.apply_texture(cube, take(tmp_path, 1, **maps), 1)
    materials.set_relief(scene, 1.0)
    for what in ("painted", "mixed"):
        materials.show(cube, what)
        before = worn(cube)
        again = list(render_passes(scene, shot, tmp_path / "passes"))
        assert [p.rendered for p in first + again] == [True, False], "those that stand still do"
        assert worn(cube) == before


def test_beauty_is_the_artists_own(scene, wall, tmp_path):
    """Left black, right white, as it was before anything was painted over it."""
    scene.frame_start = scene.frame_end = 1
    (shot,) = list_shots(scene)
    materials.apply_texture(wall, take(tmp_path, 1, GREEN), 1)
    list(render_passes(scene, shot, tmp_path / "passes", beauty=True))
    with OpenEXR.File(str(tmp_path / "passes" / "beauty_0001.exr"), separate_channels=True) as file:
        channels = {n: c.pixels for part in file.parts for n, c in part.channels.items()}
    red = next(pixels for name, pixels in channels.items() if name.endswith("Combined.R"))
    assert red[16, 8] == pytest.approx(0, abs=1e-3) and red[16, 24] == pytest.approx(1, abs=1e-3)
