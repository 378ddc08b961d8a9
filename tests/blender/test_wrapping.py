"""Pictures at the borders of the texture's square: what lies by the artist's map may end or go on
there, and never shows what lies beyond."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import materials
from underpaint_addon.bridge.artist_uv import leaves_square
from underpaint_addon.bridge.laid import Laid

from .pictures import render, write_png

BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (255, 0, 0)


@pytest.fixture
def sheet(scene) -> bpy.types.Object:
    """A plane that fills the picture, 64 pixels square, on a map that fills the square."""
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    camera = scene.camera
    camera.location, camera.rotation_euler = (0, 0, 9), (0, 0, 0)
    camera.data.type, camera.data.ortho_scale = "ORTHO", 2.0
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.cycles.filter_width = 0.01
    scene.render.resolution_x = scene.render.resolution_y = 64
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Standard"
    bpy.ops.mesh.primitive_plane_add(size=2)
    return bpy.context.object


def halves(folder: Path, around: int = 0) -> Path:
    """A picture of four texels a side, left black and right white, in a red frame."""
    pixels = np.zeros((4 + 2 * around, 4 + 2 * around, 3), np.uint8) + np.uint8(RED)
    inner = pixels[around : around + 4, around : around + 4]
    inner[:, :2], inner[:, 2:] = BLACK, WHITE
    return write_png(folder / "001" / "basecolor.png", pixels).parent


def enlarge(sheet: bpy.types.Object, factor: float) -> None:
    for corner in sheet.data.uv_layers["UVMap"].uv:
        corner.vector = corner.vector * factor


def changes(line: np.ndarray) -> int:
    """How often a row of pixels changes between dark and light."""
    return int(np.count_nonzero(np.diff((line[:, 1] > 127).astype(int))))


def test_a_map_that_ends_at_the_square_shows_nothing_of_the_other_side(scene, sheet, tmp_path):
    materials.apply_texture(sheet, halves(tmp_path), 1, Laid("UVMap"))
    row = render(scene, tmp_path / "shown.png")[32]
    assert (row[:8] == BLACK).all() and (row[-8:] == WHITE).all(), "half a texel at either end"


def test_a_map_that_goes_on_repeats(scene, sheet, tmp_path):
    enlarge(sheet, 2)
    materials.apply_texture(sheet, halves(tmp_path), 1, Laid("UVMap"))
    assert changes(render(scene, tmp_path / "shown.png")[32]) == 3


@pytest.mark.parametrize("factor", [1, 2])
def test_in_an_atlas_nothing_of_the_neighbours_is_shown(scene, sheet, tmp_path, factor):
    """Four texels of twelve; those around are another object's but for what repeats the edge."""
    enlarge(sheet, factor)
    cell = Laid("UVMap", cell=(4 / 12, 4 / 12, 4 / 12, 4 / 12))
    materials.apply_texture(sheet, halves(tmp_path, 4), 1, cell)
    shown = render(scene, tmp_path / "shown.png")
    inner = shown[16:24, 8:20] if factor == 2 else shown[16:48, 16:48]
    assert (inner[..., 0] == inner[..., 1]).all(), "no red"
    assert changes(shown[32 // factor]) == 2 * factor - 1


def test_a_map_may_leave_the_square_by_its_modifiers(sheet):
    assert not leaves_square(sheet, "UVMap")
    warp = sheet.modifiers.new("Warp", "UV_WARP")
    warp.uv_layer, warp.offset = "UVMap", (0.5, 0)
    assert leaves_square(sheet, "UVMap")
    sheet.modifiers.remove(warp)
    enlarge(sheet, 1.5)
    assert leaves_square(sheet, "UVMap")
    assert not leaves_square(sheet, "gone")
