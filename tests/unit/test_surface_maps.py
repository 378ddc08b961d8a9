"""Maps derived from a bump painted on a plane: the same surface bends the same way, however its UV
map lies; and islands, flat paint, degenerate triangles."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest

from underpaint.model.request import HEIGHT_TEXELS
from underpaint.passes.colour import to_srgb
from underpaint.surface.maps import Maps, derive_maps, derive_tile_maps
from underpaint.surface.texels import rasterise
from underpaint.surface.tile import MOST_STEP, seam

SIZE = 128
PLACE = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
"""Corners of a square metre, in metres."""
CORNERS = np.concatenate([PLACE, np.zeros((2, 3, 1), np.float32)], -1)


def bump(points: np.ndarray) -> np.ndarray:
    """Linear light N×3: a light spot in the middle."""
    away = ((points[:, :2] - 0.5) ** 2).sum(1)
    return (0.2 + 0.3 * np.exp(-away / 0.03**2 / 2))[:, None].repeat(3, 1).astype(np.float32)


def turned(degrees: float, mirrored: bool, stretch: float = 1.0) -> np.ndarray:
    """UVs of the square, turned about its middle and perhaps mirrored or stretched."""
    a = math.radians(degrees)
    turn = np.array([[math.cos(a), math.sin(a)], [-math.sin(a), math.cos(a)]])
    scale = np.array([-1.0 if mirrored else 1.0, stretch])
    return ((PLACE - 0.5) @ turn * scale * 0.6 + 0.5).astype(np.float32)


def maps_of(uv: np.ndarray, paint=bump) -> tuple[Maps, np.ndarray, np.ndarray]:
    """The maps, the places of the texels in metres and their flat indices."""
    texels = rasterise(uv, SIZE)
    points = texels.at(CORNERS)
    image = to_srgb(texels.image(paint(points)))
    return derive_maps(image, texels, uv, CORNERS), points, texels.index


def in_space(maps: Maps, index: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Normals N×3 in space, by MikkTSpace's basis: tangent along u, bitangent = sign · n × t."""
    edges = (uv[0, 1:] - uv[0, 0]).astype(float)
    to_space = np.linalg.solve(edges, (CORNERS[0, 1:] - CORNERS[0, 0]).astype(float))
    tangent = to_space[0] / np.linalg.norm(to_space[0])
    sign = np.sign(np.linalg.det(edges))
    bitangent = sign * np.cross([0, 0, 1], tangent)
    packed = maps.normal.reshape(-1, 3)[index] * 2 - 1
    return packed @ np.stack([tangent, bitangent, [0, 0, 1]])


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("degrees", [0, 37, 90, 180, 251])
def test_a_bump_leans_outward_however_its_uvs_lie(degrees, mirrored):
    uv = turned(degrees, mirrored)
    maps, points, index = maps_of(uv)
    normal = in_space(maps, index, uv)
    out = points[:, :2] - 0.5
    away = np.linalg.norm(out, axis=1)
    flank = (away > 0.02) & (away < 0.045)
    lean = (normal[flank, :2] * out[flank] / away[flank, None]).sum(1)
    assert flank.sum() > 20
    assert lean.min() > 0.02  # outward, all around
    aside = np.abs(normal[flank, 0] * out[flank, 1] - normal[flank, 1] * out[flank, 0])
    assert (aside / away[flank]).mean() < 0.25 * lean.mean()


def test_turning_and_mirroring_change_no_normal_in_space():
    """Leans at the same places of the surface, from maps that lie quite differently."""
    leans = []
    for uv in (turned(0, False), turned(90, True)):
        maps, points, index = maps_of(uv)
        normal = in_space(maps, index, uv)
        grid = np.zeros((20, 20, 2))
        number = np.zeros((20, 20, 1))
        cell = tuple(np.clip((points[:, :2] * 20).astype(int), 0, 19).T)
        np.add.at(grid, cell, normal[:, :2])
        np.add.at(number, cell, 1)
        leans.append(grid / number)
    assert np.abs(leans[0]).max() > 0.05
    assert np.abs(leans[0] - leans[1]).max() < 0.1 * np.abs(leans[0]).max()


def test_light_stands_out_and_busy_is_rough():
    maps, points, index = maps_of(turned(0, False))
    height = maps.height.reshape(-1)[index]
    away = np.linalg.norm(points[:, :2] - 0.5, axis=1)
    assert height[away < 0.01].min() > 0.6 and abs(height[away > 0.3].mean() - 0.5) < 0.01
    noise = np.random.default_rng(0)
    busy, _, _ = maps_of(
        turned(0, False), lambda p: noise.uniform(0.1, 0.6, (len(p), 3)).astype(np.float32)
    )
    assert (
        busy.roughness.reshape(-1)[index].mean() > maps.roughness.reshape(-1)[index].mean() + 0.02
    )


def test_plain_paint_and_broad_shading_are_flat():
    for paint in (
        lambda p: np.full((len(p), 3), 0.3, np.float32),
        lambda p: (0.3 + 0.1 * p[:, :1]).repeat(3, 1).astype(np.float32),
    ):
        maps, _, index = maps_of(turned(0, False), paint)
        normal = maps.normal.reshape(-1, 3)[index] * 2 - 1
        assert np.median(normal[:, 2]) > 0.9995
        assert np.abs(maps.height.reshape(-1)[index] - 0.5).mean() < 0.03


@pytest.mark.parametrize("mirrored", [False, True])
@pytest.mark.parametrize("height", [0.02, -0.02])
def test_what_stands_out_is_worn_and_hollows_are_rough(height, mirrored):
    """A plain ridge, or a ditch, over the middle of the square: the paint tells nothing of it."""
    across = np.linspace(0, 1, 33, dtype=np.float32)
    up = height * np.exp(-(((across - 0.5) / 0.02) ** 2) / 2)
    strips = [
        [[[a, 0, h], [b, 0, k], [b, 1, k]], [[a, 0, h], [b, 1, k], [a, 1, h]]]
        for a, b, h, k in zip(across[:-1], across[1:], up[:-1], up[1:], strict=True)
    ]
    corners = np.array(strips, np.float32).reshape(-1, 3, 3)
    uv = np.ascontiguousarray(corners[..., :2])
    corners *= np.float32([-1 if mirrored else 1, 1, 1])  # the normals stay on their side
    texels, grey = rasterise(uv, SIZE), np.full((SIZE, SIZE, 3), 0.5, np.float32)
    normals = np.broadcast_to(np.float32([0, 0, 1]), corners.shape)
    rough = derive_maps(grey, texels, uv, corners, normals).roughness
    middle, side = rough[40:90, SIZE // 2].mean(), rough[40:90, 12].mean()
    assert (side - middle) * np.sign(height) > 0.01


def test_maps_go_on_over_a_uv_seam():
    """A painted square in two charts, cut through the middle."""
    halves = PLACE * [0.5, 1]
    uv = np.concatenate([halves * 0.8 + [0.05, 0.1], halves * 0.8 + [0.55, 0.1]])
    flat = np.concatenate([halves, halves + np.float32([0.5, 0])])
    corners = np.concatenate([flat, np.zeros((4, 3, 1))], -1).astype(np.float32)
    uv = uv.astype(np.float32)
    texels = rasterise(uv, SIZE)
    points = texels.at(corners)
    waves = np.sin(points[:, :2] @ np.random.default_rng(0).normal(0, 60, (2, 40))).sum(1)
    light = np.clip(0.25 + 0.03 * waves, 0.02, 1)[:, None].repeat(3, 1).astype(np.float32)
    maps = derive_maps(to_srgb(texels.image(light)), texels, uv, corners)
    for image in (maps.height, maps.roughness, maps.normal[..., 0], maps.normal[..., 1]):
        values = image.reshape(-1)[texels.index]
        place = np.unique(points[:, 0].round(4), return_inverse=True)[1]
        columns = [values[place == number] for number in range(place.max() + 1)]
        steps = [np.abs(a - b).mean() for a, b in itertools.pairwise(columns)]
        seam = int((np.unique(points[:, 0].round(4)) < 0.5).sum()) - 1
        assert steps[seam] < 1.2 * np.mean(steps)


def test_islands_do_not_bend_each_other():
    """Black beside white in the texture, and metres apart in space."""
    uv = np.concatenate([PLACE * [0.5, 1], PLACE * [0.5, 1] + [0.5, 0]]).astype(np.float32)
    corners = np.concatenate([CORNERS, CORNERS + np.float32([5, 0, 0])])
    texels = rasterise(uv, 64)
    light = np.where(texels.triangle < 2, 0.05, 0.7)[:, None].repeat(3, 1).astype(np.float32)
    maps = derive_maps(to_srgb(texels.image(light)), texels, uv, corners)
    assert np.abs(maps.normal * 2 - 1 - [0, 0, 1]).max() < 0.01


def test_the_maps_of_a_tile_repeat_as_it_does():
    """Wherever a tile begins, its maps are the same ones, begun there."""
    grain = np.random.default_rng(3).uniform(0.1, 0.6, (SIZE, SIZE, 3)).astype(np.float32)
    maps = derive_tile_maps(grain, 2.0)
    moved = derive_tile_maps(np.roll(grain, (40, 75), (0, 1)), 2.0)
    for name in ("roughness", "height", "normal"):
        one, other = getattr(maps, name), getattr(moved, name)
        assert np.abs(np.roll(one, (40, 75), (0, 1)) - other).max() < 2e-3
        assert seam(one.reshape(SIZE, SIZE, -1)) < MOST_STEP
    assert maps.depth == pytest.approx(HEIGHT_TEXELS * 2.0 / SIZE)


def test_a_tile_is_bent_as_a_square_of_its_size():
    """One light spot in the middle, as ``bump`` paints it on a square metre."""
    place = (np.arange(SIZE) + 0.5) / SIZE
    x, y = np.meshgrid(place, 1 - place)
    tile = to_srgb(bump(np.stack([x, y], -1).reshape(-1, 2)).reshape(SIZE, SIZE, 3))
    maps, square = derive_tile_maps(tile, 1.0), maps_of(PLACE)[0]
    inside = np.s_[24:-24, 24:-24]
    for name in ("roughness", "height", "normal"):
        assert np.abs(getattr(maps, name) - getattr(square, name))[inside].max() < 0.01
    assert maps.depth == pytest.approx(square.depth, rel=1e-3)


@pytest.mark.parametrize("size", [1, 8, 17, 100])
def test_a_tile_of_any_size_has_maps(size):
    maps = derive_tile_maps(np.full((size, size, 3), 0.4, np.float32), 1.0)
    assert maps.normal.shape == (size, size, 3)
    assert np.allclose(maps.normal * 2 - 1, [0, 0, 1], atol=1e-5) and np.ptp(maps.height) < 1e-5


def test_triangles_without_extent_make_no_bad_numbers():
    uv = np.concatenate([PLACE, np.full((1, 3, 2), 0.3), np.full((1, 3, 2), np.nan)])
    corners = np.concatenate([CORNERS, np.zeros((2, 3, 3))])
    uv, corners = uv.astype(np.float32), corners.astype(np.float32)
    texels = rasterise(uv, 32)
    image = np.random.default_rng(1).uniform(0, 1, (32, 32, 3)).astype(np.float32)
    maps = derive_maps(image, texels, uv, corners)
    for values in (maps.roughness, maps.height, maps.normal):
        assert np.isfinite(values).all() and values.min() >= 0 and values.max() <= 1
