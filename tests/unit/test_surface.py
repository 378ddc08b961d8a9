"""Texels, footprints and the bake against closed forms: a quad, a cube, two sheets, an oracle."""

from __future__ import annotations

import math

import numpy as np
import pytest

from underpaint.passes.colour import to_srgb
from underpaint.surface.bake import FILLED, SEEN, UNTOUCHED, bake_object
from underpaint.surface.blend import blend
from underpaint.surface.fill import fill_unseen
from underpaint.surface.footprints import Footprints, Pose, find_footprints, texel_widths
from underpaint.surface.pullpush import spread
from underpaint.surface.texels import rasterise
from underpaint.surface.view import View

WIDTH, HEIGHT = 160, 120
FOV_SCALE = 1.6


def look_at(eye, target=(0.0, 0.0, 0.0)) -> tuple[float, ...]:
    """camera_to_world of a camera at ``eye``, Z up."""
    eye, target = np.array(eye, float), np.array(target, float)
    back = (eye - target) / np.linalg.norm(eye - target)
    right = np.cross((0, 0, 1), back)
    right /= np.linalg.norm(right)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([right, np.cross(back, right), back], 1)
    matrix[:3, 3] = eye
    return tuple(matrix.ravel())


def lens() -> tuple[float, ...]:
    a, near, far = FOV_SCALE, 0.1, 100.0
    rows = [
        [a, 0, 0, 0],
        [0, a * WIDTH / HEIGHT, 0, 0],
        [0, 0, -(far + near) / (far - near), -2 * far * near / (far - near)],
        [0, 0, -1, 0],
    ]
    return tuple(np.array(rows, float).ravel())


def cube() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """uv, positions, normals of a 2 m cube; each face has a cell of a 3 × 2 atlas."""
    uv, positions, normals = [], [], []
    for face in range(6):
        axis, sign = face % 3, 1 if face < 3 else -1
        u, v = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3]
        normal = np.eye(3)[axis] * sign
        corner = [normal + a * u + b * v for a, b in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
        cell = np.array([face % 3 / 3, face // 3 / 2])
        square = [
            cell + np.array(o) for o in ((0.02, 0.02), (0.3, 0.02), (0.3, 0.46), (0.02, 0.46))
        ]
        for triple in ((0, 1, 2), (0, 2, 3)):
            positions.append([corner[k] for k in triple])
            uv.append([square[k] for k in triple])
            normals.append([normal] * 3)
    return tuple(np.array(x, np.float32) for x in (uv, positions, normals))


def ray_cast(meshes: dict[int, np.ndarray], camera: tuple[float, ...]):
    """(depth, object_id, hit points) of triangles by id, one ray through each pixel's centre."""
    matrix = np.array(camera).reshape(4, 4)
    columns, rows = np.meshgrid(np.arange(WIDTH), np.arange(HEIGHT))
    x = ((columns + 0.5) / WIDTH * 2 - 1) / FOV_SCALE
    y = (1 - (rows + 0.5) / HEIGHT * 2) / (FOV_SCALE * WIDTH / HEIGHT)
    rays = np.stack([x, y, -np.ones_like(x)], -1) @ matrix[:3, :3].T
    eye = matrix[:3, 3]
    depth = np.full((HEIGHT, WIDTH), np.inf)
    ids = np.zeros((HEIGHT, WIDTH), np.int32)
    for object_id, triangles in meshes.items():
        for a, b, c in triangles.astype(float):
            e1, e2 = b - a, c - a
            p = np.cross(rays, e2)
            det = p @ e1
            with np.errstate(divide="ignore", invalid="ignore"):
                u = p @ (eye - a) / det
                q = np.cross(eye - a, e1)
                v = rays @ q / det
                t = (e2 @ q) / det
            hit = (u >= 0) & (v >= 0) & (u + v <= 1) & (t > 1e-4) & (t < depth)
            depth[hit], ids[hit] = t[hit], object_id
    points = eye + rays * np.where(np.isfinite(depth), depth, 0)[..., None]
    return depth.astype(np.float32), ids, points


def solid(points: np.ndarray) -> np.ndarray:
    """A smooth colour for every point in space: the truth that an oracle paints."""
    return 0.5 + 0.4 * np.sin(points * 1.7 + np.array([0.0, 1.0, 2.0]))


def pose_of(meshes, mesh_id, normals, camera, paint=solid) -> Pose:
    depth, ids, points = ray_cast(meshes, camera)
    view = View(paint(points).astype(np.float32), depth, ids, camera, lens())
    return Pose(view, meshes[mesh_id], normals)


def all_footprints(texels, uv, object_id, pose) -> Footprints:
    """What one view sees of an object, in one piece."""
    grain = texel_widths(uv, pose.positions, texels.size)
    parts = list(find_footprints(texels, grain, object_id, pose))
    return Footprints(*(np.concatenate([getattr(p, k) for p in parts]) for k in vars(parts[0])))


RING = [
    look_at((5 * math.cos(a), 5 * math.sin(a), z))
    for a in (0.4, 1.9, 3.5, 5.1)
    for z in (3.2, -3.2)
]


def painted(texels, uv, object_id, poses) -> tuple[np.ndarray, np.ndarray]:
    """Colours of the texels in linear light, and which of them a view could paint."""
    made = blend(texels, uv, object_id, poses)
    return made.colours, made.sure > 0


def filled_in(colours, seen, positions, normals) -> np.ndarray:
    return fill_unseen(colours, seen.astype(np.float32), seen, positions, normals)


def test_a_quad_covers_its_texels_once_and_in_place():
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    texels = rasterise(uv, 16)
    assert len(texels.index) == 256
    place = texels.image(texels.at(uv))
    assert place[0, 0] == pytest.approx((0.5 / 16, 15.5 / 16), abs=1e-5)
    assert place[15, 3] == pytest.approx((3.5 / 16, 0.5 / 16), abs=1e-5)


def test_overlaps_go_to_the_first_and_flat_triangles_to_nobody():
    one = [[0.1, 0.1], [0.9, 0.1], [0.5, 0.9]]
    flat = [[0.0, 0.0], [0.5, 0.5], [1.0, 1.0]]
    texels = rasterise(np.array([flat, one, one[::-1]], np.float32), 32)
    assert set(texels.triangle) == {1}


def test_what_has_no_area_in_the_texture_is_where_it_is_in_space():
    """It may take a texel, which must not lie at the world's origin: all would be filled from so
    far away."""
    point, line = [[0.8, 0.8]] * 3, [[0.4, 0.5], [0.5, 0.6], [0.6, 0.7]]
    texels = rasterise(np.array([point, line], np.float32), 32)
    assert set(texels.triangle) == {0, 1}
    assert texels.weights.sum(1) == pytest.approx(1)


def test_many_random_triangles_agree_with_a_point_test():
    rng = np.random.default_rng(3)
    uv = rng.uniform(0, 1, (1, 3, 2)).astype(np.float32)
    texels = rasterise(uv, 64)
    rows, columns = np.divmod(np.arange(64 * 64), 64)
    points = np.stack([(columns + 0.5) / 64, 1 - (rows + 0.5) / 64], 1)
    a, b, c = uv[0].astype(float)
    solved = np.linalg.solve(np.stack([b - a, c - a], 1), (points - a).T).T
    inside = (solved >= 0).all(1) & (solved.sum(1) <= 1)
    assert len(set(texels.index) ^ set(np.flatnonzero(inside))) <= 2


def test_projection_hits_the_pixel_that_the_ray_went_through():
    _uv, positions, normals = cube()
    view = pose_of({7: positions}, 7, normals, RING[0]).view
    depth, ids, points = ray_cast({7: positions}, RING[0])
    rows, columns = np.nonzero(ids)
    seen = view.camera.to_camera(points[rows, columns])
    column, row = view.camera.pixels(seen)
    assert np.abs(column - columns).max() < 1e-2
    assert np.abs(row - rows).max() < 1e-2
    assert np.abs(-seen[:, 2] - depth[rows, columns]).max() < 1e-3
    back = view.points((rows * WIDTH + columns).astype(np.int32))
    assert np.abs(back - seen).max() < 1e-3


def test_an_orthographic_camera_projects_both_ways():
    camera = look_at((2.0, -3.0, 1.5))
    a, b = 0.4, 0.4 * WIDTH / HEIGHT
    flat = (a, 0, 0, 0.1, 0, b, 0, -0.2, 0, 0, -0.02, -1.0, 0, 0, 0, 1.0)
    depth = np.full((HEIGHT, WIDTH), 4.0, np.float32)
    ids = np.ones((HEIGHT, WIDTH), np.int32)
    view = View(np.zeros((HEIGHT, WIDTH, 3), np.float32), depth, ids, camera, flat)
    columns, rows = np.array([3, 80, 150], np.int32), np.array([7, 60, 110], np.int32)
    points = view.points(rows * WIDTH + columns)
    column, row = view.camera.pixels(points)
    assert np.allclose(column, columns, atol=1e-3) and np.allclose(row, rows, atol=1e-3)
    assert not view.camera.perspective
    assert view.camera.pixel_width(np.float32([1, 9])) == pytest.approx(2 / (a * WIDTH))


def test_a_scaled_camera_sees_the_same():
    _uv, positions, normals = cube()
    view = pose_of({7: positions}, 7, normals, RING[0]).view
    matrix = np.array(RING[0]).reshape(4, 4).copy()
    matrix[:3, :3] *= 2.5
    scaled = View(view.picture, view.depth, view.object_id, tuple(matrix.ravel()), lens())
    assert np.allclose(
        view.camera.to_camera(positions), scaled.camera.to_camera(positions), atol=1e-6
    )
    assert np.allclose(view.camera.turn(normals), scaled.camera.turn(normals), atol=1e-6)


def test_the_oracle_comes_back_from_a_cube():
    """Baked from eight painted views, the seen texels equal the solid texture: PSNR ≥ 32 dB."""
    uv, positions, normals = cube()
    poses = [pose_of({7: positions}, 7, normals, camera) for camera in RING]
    texels = rasterise(uv, 128)
    light, seen = painted(texels, uv, 7, poses)
    truth = solid(texels.at(positions))
    error = ((to_srgb(light) - truth)[seen] ** 2).mean()
    assert seen.mean() > 0.95
    assert -10 * math.log10(error) > 32


def test_a_covered_sheet_gets_nothing_from_where_it_is_covered():
    sheet = np.array([[[-1, 0, -1], [1, 0, -1], [1, 0, 1]], [[-1, 0, -1], [1, 0, 1], [-1, 0, 1]]])
    back = sheet.astype(np.float32)
    front = (back * 0.5 + np.array([0, -0.3, 0])).astype(np.float32)
    normals = np.broadcast_to(np.array([0, -1, 0], np.float32), back.shape)
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    camera = look_at((0.0, -4.0, 0.001))
    pose = pose_of({1: back, 2: front}, 1, normals, camera)
    texels = rasterise(uv, 64)
    place = texels.at(back)
    prints = all_footprints(texels, uv, 1, pose)
    weight = np.zeros(len(place))
    weight[prints.texel] = prints.weight
    out = np.abs(place[:, [0, 2]]).max(1)  # the front sheet hides all within 0.54 of the middle
    pixel = 2 * 4 / (FOV_SCALE * WIDTH)
    assert weight[out < 0.54 + pixel].max() == 0
    assert (weight[(out > 0.54 + 4 * pixel) & (out < 1 - 4 * pixel)] > 0).all()


def test_a_thing_is_painted_up_to_its_own_outlines_and_not_to_what_stands_before():
    """Of one view only: the front sheet is painted to its rim, the back one not beside it."""
    sheet = np.array([[[-1, 0, -1], [1, 0, -1], [1, 0, 1]], [[-1, 0, -1], [1, 0, 1], [-1, 0, 1]]])
    back = sheet.astype(np.float32)
    front = (back * 0.5 + np.array([0, -0.3, 0])).astype(np.float32)
    normals = np.broadcast_to(np.array([0, -1, 0], np.float32), back.shape)
    uv = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    camera, texels = look_at((0.0, -4.0, 0.001)), rasterise(uv, 64)
    shown = {1: back, 2: front}
    pixel = 2 * 4 / (FOV_SCALE * WIDTH)
    near = pose_of(shown, 2, normals, camera)
    within = np.zeros(len(texels.index))
    prints = all_footprints(texels, uv, 2, near)
    within[prints.texel] = prints.sure
    assert (within > 0.5).mean() < 0.95 < (blend(texels, uv, 2, [near]).sure > 0.5).mean()
    sure = blend(texels, uv, 1, [pose_of(shown, 1, normals, camera)]).sure
    assert sure[np.abs(texels.at(back)[:, [0, 2]]).max(1) < 0.541 + pixel].max() == 0


def test_the_back_of_a_thin_wall_gets_nothing_from_the_front():
    front = np.array([[[-1, 0, -1], [1, 0, -1], [1, 0, 1]]], np.float32)
    back = front + np.array([0, 0.02, 0], np.float32)
    both = np.concatenate([front, back])
    normals = np.array([[[0, -1, 0]] * 3, [[0, 1, 0]] * 3], np.float32)
    uv = np.array(
        [[[0, 0], [0.4, 0], [0.4, 0.4]], [[0.5, 0.5], [0.9, 0.5], [0.9, 0.9]]], np.float32
    )
    pose = pose_of({1: both}, 1, normals, look_at((0.0, -4.0, 0.001)))
    texels = rasterise(uv, 64)
    _colours, seen = painted(texels, uv, 1, [pose])
    assert seen[texels.triangle == 0].mean() > 0.7  # all but the margin of its outline
    inner = np.abs(texels.at(both)[:, 0] - texels.at(both)[:, 2]) > 0.1  # the rim peeps out
    assert not seen[(texels.triangle == 1) & inner].any()


def test_inside_out_normals_are_painted_all_the_same():
    uv, positions, normals = cube()
    poses = [pose_of({7: positions}, 7, -normals, camera) for camera in RING]
    _colours, seen = painted(rasterise(uv, 64), uv, 7, poses)
    assert seen.mean() > 0.9


def test_mask_fill_and_spread_leave_no_hole():
    uv, positions, normals = cube()
    baked = bake_object(7, uv, [pose_of({7: positions}, 7, normals, RING[0])], 96)
    assert {UNTOUCHED, FILLED, SEEN} == set(np.unique(baked.mask))
    assert 0.25 < baked.seen < 0.6
    assert np.isfinite(baked.basecolor).all()
    assert baked.basecolor.min() > 0.05  # sin paints nothing darker than 0.1: no black anywhere


def test_unseen_texels_take_the_colour_of_their_side():
    """Red seen above, blue seen below: an unseen point near the top becomes red."""
    positions = np.array([[0, 0, 1], [0, 0.2, 1], [0, 0, -1], [0.1, 0.1, 0.9]], np.float32)
    normals = np.sign(positions[:, 2:]) * np.array([[0, 0, 1]], np.float32)
    colours = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 1], [0, 0, 0]], np.float32)
    seen = np.array([True, True, True, False])
    filled = filled_in(colours, seen, positions, normals)
    assert filled[3, 0] > 0.8 and filled[3, 2] < 0.15
    assert (filled[:3] == colours[:3]).all()


def test_spread_keeps_islands_and_borrows_from_the_nearest():
    image = np.zeros((32, 32, 3), np.float32)
    covered = np.zeros((32, 32), bool)
    image[4:8, 4:8], covered[4:8, 4:8] = (1, 0, 0), True
    image[24:28, 24:28], covered[24:28, 24:28] = (0, 0, 1), True
    full = spread(image, covered)
    assert (full[covered] == image[covered]).all()
    assert full[3, 3, 0] > 0.9 and full[29, 29, 2] > 0.9


def test_nothing_to_bake_is_no_error():
    uv, positions, normals = cube()
    away = look_at((5.0, 0.0, 0.001), (10.0, 0.0, 0.0))
    baked = bake_object(7, uv, [pose_of({7: positions}, 7, normals, away)], 32)
    assert baked.seen == 0 and not baked.mask.any()
    empty = np.zeros((0, 3, 2), np.float32)
    none = np.zeros((0, 3, 3), np.float32)
    pose = pose_of({7: none}, 7, none, RING[0])
    assert bake_object(7, empty, [pose], 32).seen == 0
