"""Shadows and dark corners of the blocking picture, on scenes whose shadows are known."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.passes.occlusion import lit_share, openness

SIZE = 128
GROUND, TOP, BACK = -3.0, -1.5, -6.0
LEFT, RIGHT = -0.3, 0.3
LIGHT = np.array([-0.8, 0.6, 0.0], np.float32)


def post_on_ground(perspective: bool):
    """(points, normal, depth, hit, on the post) in camera space: a flat post on the ground."""
    column, row = np.meshgrid(np.arange(SIZE), np.arange(SIZE))
    x, y = (column + 0.5) / SIZE * 2 - 1, 1 - (row + 0.5) / SIZE * 2
    if perspective:
        start, ray = np.zeros((SIZE, SIZE, 3)), np.stack([x, y, -np.ones_like(x)], -1)
    else:  # tilted down by the ray, so that an orthographic camera sees the ground, too
        start = np.stack([x * 4, y * 4 + 3, np.zeros_like(x)], -1)
        ray = np.broadcast_to(np.array([0.0, 0.0, -1.0]), start.shape)
        down = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]])
        start, ray = start @ down, ray @ down
    with np.errstate(divide="ignore", invalid="ignore"):
        ground = np.where(ray[..., 1] < 0, (GROUND - start[..., 1]) / ray[..., 1], np.inf)
        post = (BACK - start[..., 2]) / ray[..., 2]
    at = start + ray * post[..., None]
    on_post = (
        (at[..., 0] > LEFT) & (at[..., 0] < RIGHT) & (at[..., 1] < TOP) & (at[..., 1] > GROUND)
    )
    length = np.where(on_post, post, ground)
    hit = np.isfinite(length)
    points = start + ray * np.where(hit, length, 0)[..., None]
    normal = np.where(on_post[..., None], [0.0, 0.0, 1.0], [0.0, 1.0, 0.0])
    if not perspective:
        points, normal = points @ down.T, normal @ down.T
    depth = np.where(hit, -points[..., 2], np.inf)
    plain = (points, normal, depth)
    return *(a.astype(np.float32) for a in plain), hit, on_post


def truly_lit(points, light):
    """Whether the ray from each point toward the light misses the post (closed form)."""
    steps = (BACK - points[..., 2]) / light[2]
    at = points + steps[..., None] * light
    return ~(
        (steps > 1e-3) & (at[..., 0] > LEFT) & (at[..., 0] < RIGHT)
        & (at[..., 1] < TOP) & (at[..., 1] > GROUND)
    )  # fmt: skip


def test_the_shadow_falls_where_geometry_says():
    points, _normal, depth, hit, on_post = post_on_ground(True)
    light = np.array([-0.5, 0.5, 0.8], np.float32)
    light /= np.linalg.norm(light)
    lit = lit_share(points, depth, hit, [light])
    truth = truly_lit(points, light)
    ground = hit & ~on_post & (depth < 12)
    dark = ground & ~truth & (depth < 8)
    assert dark.sum() > 20
    assert lit[dark].mean() < 0.35
    assert lit[ground & truth].mean() > 0.97
    assert (lit[~hit] == 1).all()


def test_no_ground_shadows_itself_under_an_orthographic_camera():
    points, _normal, depth, hit, on_post = post_on_ground(False)
    down = np.array([[1, 0, 0], [0, 0.8, -0.6], [0, 0.6, 0.8]], np.float32)
    light = down @ (np.array([-0.5, 0.5, 0.8], np.float32) / np.float32(1.068))
    lit = lit_share(points, depth, hit, [light])
    far_left = hit & ~on_post & (points[..., 0] < LEFT - 0.5)
    right = hit & ~on_post & (np.abs(points[..., 0] - RIGHT - 0.3) < 0.25)
    assert lit[far_left].min() == 1
    assert lit[right].min() < 0.5


def test_a_wide_light_has_soft_borders():
    points, _normal, depth, hit, _on_post = post_on_ground(True)
    lights = [np.array([-0.5 + a, 0.5, 0.8], np.float32) for a in (-0.1, 0.0, 0.1)]
    lit = lit_share(points, depth, hit, [light / np.linalg.norm(light) for light in lights])
    assert len(np.unique(np.round(lit * 12))) > 5


def test_corners_are_dark_and_the_open_ground_is_not():
    points, normal, depth, hit, on_post = post_on_ground(True)
    share = openness(points, normal, depth, hit)
    foot = np.zeros_like(hit)
    bottom = np.nonzero(on_post.any(1))[0].max()
    column = SIZE // 2
    foot[bottom + 1, column - 2 : column + 2] = True
    open_ground = hit & ~on_post & (np.abs(points[..., 0]) > 2) & (depth < 10)
    assert share[foot].max() < share[open_ground].min() - 0.05
    assert share[open_ground].min() > 0.95


@pytest.mark.parametrize("seen", [0, 3])
def test_too_little_to_see_is_no_error(seen):
    depth = np.full((8, 8), np.inf, np.float32)
    depth[0, :seen] = 2.0
    points = np.zeros((8, 8, 3), np.float32)
    hit = np.isfinite(depth)
    assert (lit_share(points, depth, hit, [LIGHT]) == 1).all()
    assert np.isfinite(openness(points, points, depth, hit)).all()
