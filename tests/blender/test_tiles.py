"""Tiles in Blender: laid by metres of the world, whatever the object's scale."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix
from underpaint_addon import access, session
from underpaint_addon.bridge import materials, painted_nodes, slots
from underpaint_addon.bridge.facing import facing
from underpaint_addon.bridge.laid import Laid

from underpaint.model.request import HEIGHT_TEXELS

from .pictures import render, write_png

SIDE = 64


def stripes(folder: Path, number: int = 1) -> Path:
    """A tile whose left half is black and whose right half is white."""
    pixels = np.zeros((SIDE, SIDE, 3), np.uint8)
    pixels[:, SIDE // 2 :] = 255
    return write_png(folder / f"{number:03d}" / "basecolor.png", pixels).parent


@pytest.fixture
def above(scene) -> bpy.types.Scene:
    """A camera straight above that sees 8 × 8 m; nothing else, and no light."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    camera = scene.camera
    camera.location, camera.rotation_euler = (0, 0, 9), (0, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 8.0
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    return scene


@pytest.mark.parametrize("scale", [1.0, 8.0])
def test_a_tiles_height_bends_the_light_by_its_metres(above, tmp_path, scale):
    """A roof of eight texels up and eight down, of which each rises an eighth of the height."""
    folder = stripes(tmp_path)
    roof = np.abs((np.arange(SIDE) - 7.5) % 16 - 8)[None, :, None] / 8 * 255
    for name, colours in (("height", roof), ("normal", 0), ("roughness", 128)):
        write_png(folder / f"{name}.png", np.zeros((SIDE, SIDE, 3)) + colours)
    above.camera.data.ortho_scale, above.view_settings.view_transform = 0.25, "Raw"
    bpy.ops.mesh.primitive_plane_add(size=8 / scale)
    plane = bpy.context.object
    plane.scale = (scale,) * 3
    materials.apply_texture(plane, folder, 1, Laid(tile_metres=2.0))
    tree = painted_nodes.tree_of(slots.painted_of(plane))
    assert "take 001 normal" not in tree.nodes, "there is no UV map that it could lie by"
    bent = tree.nodes[painted_nodes.LIT].inputs["Normal"].links[0].from_socket
    half = tree.nodes.new("ShaderNodeVectorMath")
    half.operation = "MULTIPLY_ADD"
    half.inputs[1].default_value = half.inputs[2].default_value = (0.5,) * 3
    tree.links.new(bent, half.inputs[0])
    tree.links.new(half.outputs[0], tree.nodes[painted_nodes.LIGHT].inputs["Color"])
    normal = render(above, tmp_path / "normal.png") / 255 * 2 - 1
    slope = HEIGHT_TEXELS / 8
    assert np.median(np.abs(normal[..., 1])) == pytest.approx(slope / np.hypot(1, slope), abs=0.02)
    assert np.median(np.abs(normal[..., 0])) < 0.01


def changes(line: np.ndarray) -> int:
    """How often a row of pixels changes between black and white."""
    return int(np.count_nonzero(np.diff((line[:, 0] > 127).astype(int))))


@pytest.mark.parametrize("scale", [(1, 1, 1), (8, 2, 1), (-4, 8, 3)])
def test_a_tile_covers_its_metres_whatever_the_scale(above, tmp_path, scale):
    width, depth, _ = (8 / abs(s) for s in scale)
    bpy.ops.mesh.primitive_plane_add(size=1)
    plane = bpy.context.object
    plane.data.transform(Matrix.Diagonal((width, depth, 1, 1)))
    plane.scale = scale
    materials.apply_texture(plane, stripes(tmp_path), 1, Laid(tile_metres=2.0))
    picture = render(above, tmp_path / "above.png")
    # Blender lays a picture's width along the object's y on what looks up
    assert changes(picture[:, 20]) == pytest.approx(8, abs=1), "eight metres of two-metre tiles"
    assert changes(picture[32]) == 0, "the stripes run along the other axis"


def test_a_tile_lies_on_every_side_and_turns_with_the_object(above, tmp_path):
    bpy.ops.mesh.primitive_cube_add(size=6)
    cube = bpy.context.object
    materials.apply_texture(cube, stripes(tmp_path), 1, Laid(tile_metres=1.0))
    assert changes(render(above, tmp_path / "top.png")[10:54, 32]) == pytest.approx(11, abs=1)
    cube.rotation_euler = (np.pi / 2, 0, 0)
    assert changes(render(above, tmp_path / "side.png")[32, 10:54]) == pytest.approx(11, abs=1)
    cube.rotation_euler = (0, 0, np.pi / 2)
    turned = render(above, tmp_path / "turned.png")
    assert changes(turned[32, 10:54]) == pytest.approx(11, abs=1)
    assert changes(turned[10:54, 32]) == 0


def test_grounds_and_walls(scene):
    bpy.ops.mesh.primitive_plane_add(size=4)
    plane = bpy.context.object
    assert facing(plane) == "ground"
    plane.rotation_euler = (np.radians(80), 0, 0.3)
    bpy.context.view_layer.update()
    assert facing(plane) == "wall"
    bpy.ops.mesh.primitive_cube_add()
    box = bpy.context.object
    box.scale = (4, 0.1, 2.5)
    bpy.context.view_layer.update()
    assert facing(box) == "wall"
    box.scale = (4, 4, 0)
    bpy.context.view_layer.update()
    assert facing(box) == "ground"


def test_the_button_paints_a_tile_of_the_selection(saved):
    bpy.ops.mesh.primitive_plane_add(size=8, location=(0, 0, -1))
    plane = bpy.context.object
    plane.name = "Ground"
    wishes = access.wishes(saved)
    wishes.tile, wishes.tile_metres, wishes.texture_size = True, 3.0, 64
    wishes.takes = 2
    out = Path(bpy.data.filepath).parent / "underpaint"
    saved.camera = None  # a tile needs no shot
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert materials.shown(plane) == "painted" and materials.takes(plane) == (1, 2)
    assert materials.shown(saved.objects["Cube"]) == "blocking"
    assert not (out / "passes").exists(), "nothing is looked at"
    session.list_textures(saved)
    assert [t.told for t in access.session().textures] == [
        f"seed {n} · {wishes.look} , own words · every 3 m".replace(" ,", ",") for n in (0, 1)
    ]
    bpy.ops.underpaint.show_texture(number=1)
    assert materials.shown_take(plane) == 1
    plane.select_set(False)
    with pytest.raises(RuntimeError, match="select the grounds and walls"):
        bpy.ops.underpaint.textures()
