"""Textures that lie by the artist's own UV map, and what happens where it cannot hold one."""

from __future__ import annotations

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge.layout import tiles
from underpaint_addon.bridge.meshes import SurfaceExport, export_surface
from underpaint_addon.bridge.unwrap import UV_MAP

from underpaint.surface.texels import rasterise

from .surfaces import VIEWS, arrays_of, cover, mesh_of, write_passes


@pytest.fixture
def cube(scene) -> bpy.types.Object:
    return bpy.data.objects["Cube"]


def set_uv(obj: bpy.types.Object, uv: np.ndarray) -> None:
    obj.data.uv_layers["UVMap"].uv.foreach_set("vector", uv.astype(np.float32).ravel())


def uv_of(obj: bpy.types.Object) -> np.ndarray:
    return np.array([corner.vector[:] for corner in obj.data.uv_layers["UVMap"].uv], np.float32)


def export(scene, obj, folder) -> tuple[SurfaceExport, np.ndarray]:
    project = write_passes(folder, [obj.name])
    made = export_surface(scene, [obj], VIEWS, folder, uv="artist")
    return made, arrays_of(project, made.surface, obj.name)["uv"]


def test_the_map_is_used_as_it_is(scene, cube, tmp_path):
    before = uv_of(cube)
    made, uv = export(scene, cube, tmp_path)
    assert made.surface.objects[0].uv_map == "UVMap" and made.notes == ()
    cube.data.calc_loop_triangles()
    assert np.array_equal(uv, before[[list(t.loops) for t in cube.data.loop_triangles]])
    assert [layer.name for layer in cube.data.uv_layers] == ["UVMap"]
    assert not cube.modifiers


def test_the_map_that_renders_counts(scene, cube, tmp_path):
    second = cube.data.uv_layers.new(name="second")
    cube.data.uv_layers["UVMap"].active = True
    second.active_render = True
    made, _ = export(scene, cube, tmp_path)
    assert made.surface.objects[0].uv_map == "second"


def test_copies_share_their_texels(scene, cube, tmp_path):
    """An array stays the artist's: its copies lie on one another, as they have it."""
    cube.modifiers.new("Array", "ARRAY").count = 3
    made, uv = export(scene, cube, tmp_path)
    assert made.notes == () and len(uv) == 36
    assert len(cube.modifiers) == 1
    assert np.array_equal(uv[:12], uv[12:24]) and np.array_equal(uv[:12], uv[24:])
    texels = rasterise(uv, 64)
    assert len(texels.copies.place) >= 2 * len(texels.index)


@pytest.mark.parametrize("shift", [(0, 0), (3, -2), (0.4, 0.7)])
def test_what_leaves_the_unit_square_repeats(scene, cube, tmp_path, shift):
    """Every texel shows the points that it would show if the picture were repeated."""
    set_uv(cube, uv_of(cube) * 1.5 + shift)
    made, uv = export(scene, cube, tmp_path)
    assert made.notes == ()
    project = write_passes(tmp_path, ["Cube"])
    positions = mesh_of(project, made.surface, "Cube").placed(0)[0].positions
    texels = rasterise(uv, 32)
    cube.data.calc_loop_triangles()
    corners = uv_of(cube)[[list(t.loops) for t in cube.data.loop_triangles]]
    points = np.array([
        [cube.data.vertices[v].co[:] for v in t.vertices] for t in cube.data.loop_triangles
    ])  # fmt: skip
    for texel in range(0, len(texels.index), 7):
        row, column = divmod(int(texels.index[texel]), 32)
        place = np.array([(column + 0.5) / 32, 1 - (row + 0.5) / 32])
        shown = texels.weights[texel] @ positions[texels.triangle[texel]]
        assert np.abs(_points_at(corners, points, place) - shown).max(axis=1).min() < 1e-3


def _points_at(corners: np.ndarray, points: np.ndarray, place: np.ndarray) -> np.ndarray:
    """All points of the surface where a repeated picture shows ``place``."""
    found = []
    steps = np.stack(np.meshgrid(np.arange(-4, 6), np.arange(-4, 6)), -1).reshape(-1, 2)
    for triangle, shape in zip(corners.astype(float), points, strict=True):
        base = np.stack([triangle[1] - triangle[0], triangle[2] - triangle[0]], axis=1)
        second, third = np.linalg.solve(base, (place + steps - triangle[0]).T)
        weights = np.stack([1 - second - third, second, third], axis=1)
        found += list(weights[weights.min(axis=1) > -1e-4] @ shape)
    return np.array(found)


def test_tiles_of_a_triangle():
    uv = np.array([[(0.0, 0.0), (2.0, 0.0), (0.0, 1.0)], [(-1.0, 0.2), (-0.5, 0.2), (-1.0, 0.9)]])
    rows, steps = tiles(uv)
    assert rows.tolist() == [0, 0, 1]
    assert steps.tolist() == [[0, 0], [1, 0], [-1, 0]]


@pytest.mark.parametrize(
    ("uv", "why"),
    [
        (np.zeros((24, 2)), "gives 100% of the surface no area"),
        (np.full((24, 2), np.nan), "holds numbers that are none"),
        (None, "has no UV map of its own"),
    ],
)
def test_a_map_that_cannot_hold_a_texture_gives_way_to_ours(scene, cube, tmp_path, uv, why):
    if uv is None:
        cube.data.uv_layers.remove(cube.data.uv_layers["UVMap"])
    else:
        set_uv(cube, uv)
    made, found = export(scene, cube, tmp_path)
    assert made.skipped == ()
    (note,) = made.notes
    assert why in note and "Cube" in note and note.endswith("by a map of ours instead.")
    assert made.surface.objects[0].uv_map == UV_MAP
    assert np.ptp(found) > 0.5 and cover(found, np.arange(len(found)), 256)[1] == 0
    again, _ = export(scene, cube, tmp_path)
    assert (again.surface, again.notes) == (made.surface, made.notes)


def test_a_ground_that_repeats_very_often_gets_ours(scene, cube, tmp_path):
    set_uv(cube, uv_of(cube) * 50)
    made, _ = export(scene, cube, tmp_path)
    assert "repeats its texture" in made.notes[0]


def test_a_map_that_modifiers_lose(scene, cube, tmp_path):
    cube.modifiers.new("Remesh", "REMESH").voxel_size = 0.4
    made, uv = export(scene, cube, tmp_path)
    assert "UVMap of Cube is lost to its modifiers" in made.notes[0]
    assert cover(uv, np.arange(len(uv)), 256)[1] == 0
