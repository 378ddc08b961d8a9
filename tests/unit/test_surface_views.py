"""What a view may paint: outlines, self-occlusion, thin things, wide texels, curved surfaces."""

from __future__ import annotations

import math

import numpy as np
import pytest

from underpaint.passes.colour import to_bytes, to_srgb
from underpaint.surface.bake import bake_object
from underpaint.surface.blend import blend
from underpaint.surface.fill import fill_unseen
from underpaint.surface.footprints import Pose, find_footprints, texel_widths
from underpaint.surface.outlines import FAR, find_outlines
from underpaint.surface.sampling import sample
from underpaint.surface.texels import rasterise
from underpaint.surface.view import View

SIZE = 128
LENS = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
HERE = tuple(np.eye(4).ravel())
SQUARE = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)


def sheet(left: float, right: float, z: float) -> np.ndarray:
    """2×3×3: an upright rectangle across the camera's axis, 2 m high."""
    a, b, c, d = ((left, -1, z), (right, -1, z), (right, 1, z), (left, 1, z))
    return np.array([[a, b, c], [a, c, d]], np.float32)


def rays() -> np.ndarray:
    """Directions through the pixels' centres, one metre deep."""
    place = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    x, y = np.meshgrid(place, -place)
    return np.stack([x, y, -np.ones_like(x)], -1)


def look(sheets: list[tuple[int, np.ndarray]], picture=None) -> View:
    """A view of upright sheets from the origin; the nearest is seen."""
    depth, ids = np.full((SIZE, SIZE), np.inf, np.float32), np.zeros((SIZE, SIZE), np.int32)
    for number, corners in sheets:
        z = -corners[0, 0, 2]
        at = rays()[..., :2] * z
        low, high = corners.reshape(-1, 3)[:, :2].min(0), corners.reshape(-1, 3)[:, :2].max(0)
        hit = ((at > low) & (at < high)).all(-1) & (z < depth)
        depth[hit], ids[hit] = z, number
    grey = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    return View(grey if picture is None else picture, depth, ids, HERE, LENS)


def facing_us(corners: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.float32([0, 0, 1]), corners.shape)


def painted(texels, uv, object_id, poses) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the texels in linear light, and which of them a view could paint."""
    made = blend(texels, uv, object_id, poses)
    return made.colours, made.sure > 0


def filled_in(colours, seen, positions, normals) -> np.ndarray:
    return fill_unseen(colours, seen.astype(np.float32), seen, positions, normals)


def test_clearance_counts_pixels_from_outlines():
    ids = np.zeros((20, 90), np.int32)
    ids[:, 15:] = 1
    depth = np.where(ids == 1, 2.0, 4.0).astype(np.float32)
    outlines = find_outlines(depth, ids)
    assert outlines.clearance[5, 8:22].tolist() == [7, 6, 5, 4, 3, 2, 1, 1, 2, 3, 4, 5, 6, 7]
    assert outlines.clearance.max() == FAR
    assert outlines.clean[5, 10:20].tolist() == [True] * 3 + [False] * 4 + [True] * 3


def test_a_jump_of_depth_within_one_object_is_an_outline_and_a_slope_is_none():
    ids = np.ones((12, 40), np.int32)
    depth = np.tile(1 / np.linspace(0.5, 0.1, 40), (12, 1)).astype(np.float32)
    assert find_outlines(depth, ids).clearance.min() == FAR
    depth[:, 20:] *= 1.5
    assert find_outlines(depth, ids).clearance[:, 19:21].max() == 1


def test_thin_things_keep_their_middle_and_gaps_do_not_count_as_thin():
    ids = np.zeros((16, 60), np.int32)
    ids[:, 10:13] = 1  # a post before the wall
    ids[:, 30:] = 1
    ids[:, 34:37] = 0  # the wall through a slit, and the slit is as wide as the post
    depth = np.where(ids == 1, 2.0, 4.0).astype(np.float32)
    clean = find_outlines(depth, ids).clean
    assert clean[8, 10:13].tolist() == [False, True, False]
    assert not clean[8, 34:37].any()


def test_paint_beside_an_outline_is_left_out():
    """The picture's paint bleeds two pixels over the near sheet's outline: none of it arrives."""
    near, wall = sheet(-0.5, 0.5, -2.0), sheet(-4.0, 4.0, -4.0)
    view = look([(2, wall), (1, near)])
    picture = np.where((view.object_id == 1)[..., None], [1.0, 0, 0], [0, 0, 1.0])
    for _ in range(2):
        red = picture[..., 0]
        spill = np.maximum.reduce([np.roll(red, s, a) for s in (-1, 0, 1) for a in (0, 1)])
        picture[..., 0], picture[..., 2] = spill, 1 - spill
    view = look([(2, wall), (1, near)], picture.astype(np.float32))
    texels = rasterise(SQUARE, 128)
    colours, seen = painted(texels, SQUARE, 2, [Pose(view, wall, facing_us(wall))])
    assert seen.sum() > 500
    assert colours[seen, 0].max() < 1e-6


def test_one_part_of_an_object_is_not_printed_on_the_part_behind_it():
    """The same id for both sheets: only depth tells them apart."""
    both = np.concatenate([sheet(-0.4, 0.4, -2.0), sheet(-2.0, 2.0, -3.0)])
    uv = np.concatenate([SQUARE * 0.4, SQUARE * 0.4 + 0.5]).astype(np.float32)
    view = look([(1, both[2:]), (1, both[:2])])
    texels = rasterise(uv, 128)
    pose = Pose(view, both, facing_us(both))
    _colours, seen = painted(texels, uv, 1, [pose])
    place = texels.at(both)
    behind = (texels.triangle >= 2) & (np.abs(place[:, 0]) < 0.6)
    hidden = behind & (np.abs(place[:, 1]) < 1.0)
    assert hidden.sum() > 100 and not seen[hidden].any()
    assert seen[(texels.triangle >= 2) & (np.abs(place[:, 0]) > 0.8)].mean() > 0.8


@pytest.mark.parametrize(("before", "painted_there"), [(0.01, True), (1.0, False)])
def test_a_wall_is_painted_up_to_what_touches_it_and_not_to_what_stands_far_before_it(
    before, painted_there
):
    """Two pixels from it; a floor kept unpainted rims around everything that stood on it."""
    wall, thing = sheet(-1.0, 1.0, -2.0), sheet(-0.3, 0.3, before - 2.0)
    view = look([(1, wall), (2, thing)])
    edge = 0.3 * 2 / (2 - before)
    texels = rasterise(SQUARE, 128)
    _colours, seen = painted(texels, SQUARE, 1, [Pose(view, wall, facing_us(wall))])
    pixels = (np.abs(texels.at(wall)[:, 0]) - edge) / (2 * 2 / SIZE)
    assert seen[(pixels > 0.6) & (pixels < 1.6)].all() == painted_there
    assert seen[(pixels > 0.6) & (pixels < 1.6)].any() == painted_there
    assert not seen[pixels < -0.6].any() and seen[(pixels > 4) & (pixels < 12)].all()


def test_a_flush_poster_leaves_no_print_on_its_wall():
    """Two coplanar sheets: only their ids tell them apart."""
    wall, poster = sheet(-1.0, 1.0, -2.0), sheet(0.0, 1.0, -1.9999)
    view = look([(1, wall), (2, poster)])
    texels = rasterise(SQUARE, 64)
    _colours, seen = painted(texels, SQUARE, 1, [Pose(view, wall, facing_us(wall))])
    across = texels.at(wall)[:, 0]
    assert not seen[across > 0].any() and seen[(across > -0.8) & (across < -0.2)].mean() > 0.8


def test_an_orthographic_camera_sees_nothing_behind_it():
    flat = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, -0.02, -1.0, 0, 0, 0, 1.0)
    depth = np.full((SIZE, SIZE), 0.01, np.float32)
    grey = np.full((SIZE, SIZE, 3), 0.5, np.float32)
    view = View(grey, depth, np.ones((SIZE, SIZE), np.int32), HERE, flat)
    texels = rasterise(SQUARE, 32)
    for z, expected in ((-0.01, True), (0.001, False)):
        corners = sheet(-1.0, 1.0, z)
        _colours, seen = painted(texels, SQUARE, 1, [Pose(view, corners, facing_us(corners))])
        assert seen.any() == expected


def test_wide_texels_take_the_mean_of_their_pixels():
    """Noise of single pixels, seen by texels eight pixels wide, is nearly grey."""
    corners = sheet(-1.0, 1.0, -1.0)
    noise = np.random.default_rng(2).uniform(0, 1, (SIZE, SIZE, 3)).astype(np.float32)
    view = look([(1, corners)], noise)
    texels = rasterise(SQUARE, 16)
    grain = texel_widths(SQUARE, corners, 16)
    (prints,) = find_footprints(texels, grain, 1, Pose(view, corners, facing_us(corners)))
    assert prints.spread == pytest.approx(8, rel=0.01)
    assert to_srgb(sample(prints, view)).std() < 0.06 < noise.std() / 4


def test_a_fine_check_seen_by_wide_texels_is_as_bright_as_from_afar():
    """Half of its light is white's: sRGB 0.735. The mean of its numbers would be 0.5."""
    corners = sheet(-1.0, 1.0, -1.0)
    row, column = np.indices((SIZE, SIZE))
    check = ((row + column) % 2).astype(np.float32)[..., None].repeat(3, -1)
    view = look([(1, corners)], check)
    baked = bake_object(1, SQUARE, [Pose(view, corners, facing_us(corners))], 16)
    assert baked.basecolor[4:12, 4:12] == pytest.approx(0.7354, abs=0.002)


def test_two_views_are_mixed_by_their_light():
    """The same place seen equally well, once black and once white."""
    corners = sheet(-1.0, 1.0, -1.0)
    pictures = (np.full((SIZE, SIZE, 3), tone, np.float32) for tone in (0, 1))
    poses = [Pose(look([(1, corners)], p), corners, facing_us(corners)) for p in pictures]
    baked = bake_object(1, SQUARE, poses, 64)
    assert baked.basecolor[16:48, 16:48] == pytest.approx(0.7354, abs=0.002)


def test_a_texel_as_wide_as_a_pixel_has_that_pixels_very_colour():
    """To the last of 8 bits, whatever the way through linear light did."""
    corners = sheet(-1.0, 1.0, -1.0)
    levels = np.random.default_rng(4).integers(0, 256, (SIZE, SIZE, 3))
    view = look([(1, corners)], levels.astype(np.float32) / np.float32(255))
    baked = bake_object(1, SQUARE, [Pose(view, corners, facing_us(corners))], SIZE)
    inner = slice(4, -4)
    assert (to_bytes(baked.basecolor)[inner, inner] == levels[inner, inner]).all()


def test_the_nearer_and_straighter_view_paints():
    """Red from near, blue from far: where both see the sheet it is red, but for the broad tones."""
    corners = sheet(-2.0, 2.0, -2.0)
    red = np.full((SIZE, SIZE, 3), (1.0, 0, 0), np.float32)
    near = look([(1, corners)], red)
    moved = np.eye(4)
    moved[2, 3] = 2.0
    far_depth = np.where(near.object_id == 1, 4.0, np.inf).astype(np.float32)
    far = View(red[..., ::-1].copy(), far_depth, near.object_id, tuple(moved.ravel()), LENS)
    texels = rasterise(SQUARE, 64)
    poses = [Pose(view, corners, facing_us(corners)) for view in (far, near)]
    colours, seen = painted(texels, SQUARE, 1, poses)
    middle = seen & (np.abs(texels.at(corners)[:, :2]).max(1) < 0.5)
    assert middle.sum() > 100
    assert colours[middle, 0].min() > 0.9


def sphere(parts: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uv, positions and smooth normals of a unit sphere at z = −4, in strips of its longitude."""
    u, v = np.meshgrid(np.linspace(0, 1, 2 * parts + 1), np.linspace(0, 1, parts + 1))
    angle, tilt = u * 2 * math.pi, (v - 0.5) * math.pi
    normal = np.stack(
        [np.cos(tilt) * np.sin(angle), np.sin(tilt), np.cos(tilt) * np.cos(angle)], -1
    )
    grids = [np.stack([u, v], -1), normal + np.array([0, 0, -4]), normal]
    quads = [(g[:-1, :-1], g[:-1, 1:], g[1:, 1:], g[1:, :-1]) for g in grids]
    made = [
        np.concatenate([np.stack([a, b, c], 2), np.stack([a, c, d], 2)]).reshape(-1, 3, a.shape[-1])
        for a, b, c, d in quads
    ]
    return made[0].astype(np.float32), made[1].astype(np.float32), made[2].astype(np.float32)


def view_of_sphere() -> View:
    """From the origin, painted with a smooth colour of the place in space."""
    ray = rays()
    a, b = (ray**2).sum(-1), -(ray @ np.array([0, 0, -4.0]))
    disc = b * b - a * 15
    depth = np.where(disc > 0, (-b - np.sqrt(np.maximum(disc, 0))) / a, np.inf)
    picture = paint(ray * np.where(disc > 0, depth, 0)[..., None])
    return View(picture, depth.astype(np.float32), (disc > 0).astype(np.int32), HERE, LENS)


def paint(points: np.ndarray) -> np.ndarray:
    return (0.5 + 0.4 * np.sin(points * 2 + np.array([0.0, 1.0, 2.0]))).astype(np.float32)


@pytest.mark.parametrize("winding", [1, -1], ids=["as it is", "wound the other way"])
@pytest.mark.parametrize("side", [1, -1], ids=["normals out", "normals in"])
def test_a_sphere_gets_its_front_whatever_its_winding(winding, side):
    uv, positions, normals = sphere(24)
    uv, positions, normals = uv[:, ::winding], positions[:, ::winding], normals[:, ::winding] * side
    texels = rasterise(uv, 128)
    view = view_of_sphere()
    light, seen = painted(texels, uv, 1, [Pose(view, positions, normals)])
    place = texels.at(positions)
    front = np.abs(texels.at(normals)[:, 2]) > 0.75  # all but the outline's margin
    front &= place[:, 2] > -4
    assert seen[front].mean() > 0.9
    assert not seen[place[:, 2] < -4.05].any()
    error = ((to_srgb(light) - paint(place))[seen] ** 2).mean()
    assert -10 * math.log10(error) > 32


def test_triangles_without_area_and_bad_numbers_do_no_harm():
    corners = np.concatenate([sheet(-1, 1, -2.0), np.full((2, 3, 3), -2.0, np.float32)])
    uv = np.concatenate([SQUARE, np.zeros((1, 3, 2)), np.full((1, 3, 2), np.nan)])
    uv = uv.astype(np.float32)
    view = look([(1, corners[:2])])
    baked = bake_object(1, uv, [Pose(view, corners, facing_us(corners))], 32)
    assert np.isfinite(baked.basecolor).all()
    assert baked.seen > 0.7


def test_a_sliver_that_meets_no_texels_centre_has_one_all_the_same():
    thin = np.array([[[0.1, 0.51], [0.1, 0.515], [0.9, 0.51]]], np.float32)
    assert len(rasterise(thin, 8).index) == 1


def test_copies_that_share_texels_are_painted_by_whichever_is_seen():
    """An array modifier's copies lie on each other in UV space; the first is out of the picture."""
    corners = np.concatenate([sheet(-9, -7, -2.0), sheet(-1, 1, -2.0)])
    uv = np.concatenate([SQUARE, SQUARE])
    green = np.full((SIZE, SIZE, 3), (0, 1.0, 0), np.float32)
    view = look([(1, corners[2:])], green)
    texels = rasterise(uv, 32)
    assert len(texels.index) == 32 * 32 and set(texels.triangle) <= {0, 1}
    assert set(texels.copies.place) == set(range(32 * 32))
    colours, seen = painted(texels, uv, 1, [Pose(view, corners, facing_us(corners))])
    assert seen.mean() > 0.8
    assert (colours[seen] == [0, 1, 0]).all()


def test_an_object_behind_the_camera_or_beside_the_picture_is_not_seen():
    view = look([(1, sheet(-1, 1, -2.0))])
    texels = rasterise(SQUARE, 16)
    for moved in ([0, 0, 4], [9, 0, 0]):
        corners = sheet(-1, 1, -2.0) + np.float32(moved)
        _colours, seen = painted(texels, SQUARE, 1, [Pose(view, corners, facing_us(corners))])
        assert not seen.any()


def test_a_wall_that_crosses_the_cameras_plane_is_seen_where_it_is_before_it():
    """A ground from behind the camera to far before it, as every street shot has one."""
    corners = np.array(
        [[[-9, -1, 9], [9, -1, 9], [9, -1, -30]], [[-9, -1, 9], [9, -1, -30], [-9, -1, -30]]],
        np.float32,
    )
    down = rays()[..., 1]
    with np.errstate(divide="ignore"):
        depth = np.where(down < -1 / 30, -1 / down, np.inf).astype(np.float32)
    ids = np.isfinite(depth).astype(np.int32)
    view = View(np.full((SIZE, SIZE, 3), 0.5, np.float32), depth, ids, HERE, LENS)
    up = np.broadcast_to(np.float32([0, 1, 0]), corners.shape)
    texels = rasterise(SQUARE, 128)
    made = blend(texels, SQUARE, 1, [Pose(view, corners, up)])
    place = texels.at(corners)
    ahead = (place[:, 2] < -1.2) & (np.abs(place[:, 0]) < -place[:, 2] / 2)
    near, far = ahead & (place[:, 2] > -2), ahead & (place[:, 2] < -4) & (place[:, 2] > -12)
    assert (made.sure[near] == 1).all()
    assert (made.sure[far] == 0).all()  # seen beyond 75°: it would be smeared
    assert made.hinted[far].mean() > 0.3
    assert not made.hinted[place[:, 2] > 0].any()


def test_filling_is_smooth_and_stays_within_what_was_seen():
    """Across a gap between dark and light the fill goes up without steps."""
    x = np.linspace(-1, 1, 400, dtype=np.float32)
    positions = np.stack(np.meshgrid(x, x[::40]), -1).reshape(-1, 2)
    positions = np.concatenate([positions, np.zeros((len(positions), 1), np.float32)], 1)
    normals = np.broadcast_to(np.float32([0, 0, 1]), positions.shape)
    truth = np.where(positions[:, :1] > 0, 0.9, 0.1).repeat(3, 1).astype(np.float32)
    seen = np.abs(positions[:, 0]) > 0.5
    filled = filled_in(np.where(seen[:, None], truth, 0), seen, positions, normals)
    assert (filled[seen] == truth[seen]).all()
    lines = filled[:, 0].reshape(10, 400)
    gap = lines[:, 101:299]
    assert gap.min() > 0.09 and gap.max() < 0.91
    assert np.abs(np.diff(gap)).max() < 0.025


def test_the_two_sides_of_a_thin_wall_do_not_fill_each_other():
    rng = np.random.default_rng(6)
    place = rng.uniform(-1, 1, (2000, 2)).astype(np.float32)
    front = np.concatenate([place, np.full((2000, 1), 0.01, np.float32)], 1)
    back = front * np.float32([1, 1, -1])
    up = np.broadcast_to(np.float32([0, 0, 1]), front.shape)
    colours = np.zeros((4000, 3), np.float32)
    colours[:2000, 0] = 1
    seen = np.ones(4000, bool)
    seen[2000:] = place[:, 0] < 0
    colours[2000:, 2] = seen[2000:]
    filled = filled_in(colours, seen, np.concatenate([front, back]), np.concatenate([up, -up]))
    beside = filled[2000:][(place[:, 0] > 0) & (place[:, 0] < 0.3)]
    assert beside[:, 2].min() > 0.5 and beside[:, 2].mean() > 0.7


def test_big_textures_are_cut_from_the_same_cloth(monkeypatch):
    """Rasterising some texels at a time gives what all at once give."""
    uv = np.random.default_rng(7).uniform(0, 1, (40, 3, 2)).astype(np.float32)
    whole = rasterise(uv, 64)
    monkeypatch.setattr("underpaint.surface.texels._CHUNK", 50)
    parts = rasterise(uv, 64)
    assert (whole.index == parts.index).all() and (whole.triangle == parts.triangle).all()
    assert (whole.weights == parts.weights).all()
    assert len(whole.copies.place) == len(parts.copies.place)
