"""The passes against analytic truth: what is in the files is what is in the scene."""

from __future__ import annotations

import math
from typing import NamedTuple

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge.passes_table import PASSES

from underpaint.errors import InputError

from .rendering import (
    HEIGHT,
    WIDTH,
    Rendered,
    add,
    channels,
    empty,
    grid,
    pixels_of,
    render,
    shown,
)

# --- a sphere and a plane -----------------------------------------------------------------------


class Truth(NamedTuple):
    depth: np.ndarray
    normal: np.ndarray
    position: np.ndarray
    sphere: np.ndarray


def truth(frame: Rendered) -> Truth:
    """A unit sphere at the origin over the plane z = −1, through every pixel's centre."""
    rotation, origin = frame.to_world[:3, :3], frame.to_world[:3, 3]
    columns, rows = np.moveaxis(grid((HEIGHT, WIDTH)), -1, 0)
    x = ((columns + 0.5) / WIDTH * 2 - 1) / frame.projection[0, 0]
    y = (1 - (rows + 0.5) / HEIGHT * 2) / frame.projection[1, 1]
    rays = np.stack([x, y, np.full_like(x, -1.0)], axis=-1) @ rotation.T  # one metre of depth each
    with np.errstate(divide="ignore"):
        plane = (-1 - origin[2]) / rays[..., 2]
    plane[(plane < 0) | (plane > 100)] = np.inf  # the camera's clip end
    a, b, c = (rays**2).sum(-1), rays @ origin, origin @ origin - 1
    root = b * b - a * c
    sphere = np.where(root > 0, (-b - np.sqrt(np.maximum(root, 0))) / a, np.inf)
    depth = np.minimum(plane, sphere)
    position = origin + np.where(np.isfinite(depth), depth, 0)[..., None] * rays
    on_sphere = sphere < plane
    normal = np.where(on_sphere[..., None], position, (0.0, 0.0, 1.0))
    return Truth(depth, normal, position, on_sphere)


def ball(around: int = 512) -> bpy.types.Object:
    """A unit sphere, fine enough (0.02 mm off) to count as one at its silhouette, too."""
    along = np.arange(around) * 2 * np.pi / around
    down = np.linspace(0, np.pi, around // 2 + 1)[1:-1, None]
    rings = np.stack([np.sin(down) * np.cos(along), np.sin(down) * np.sin(along)], axis=-1)
    heights = np.broadcast_to(np.cos(down)[..., None], (*rings.shape[:2], 1))
    points = np.concatenate([rings, heights], axis=-1).reshape(-1, 3)
    first = np.arange(len(points)).reshape(-1, around)
    second = np.roll(first, -1, axis=1)
    quads = np.stack([first[:-1], first[1:], second[1:], second[:-1]], axis=-1).reshape(-1, 4)
    mesh = bpy.data.meshes.new("ball")
    mesh.from_pydata(points, [], [*quads.tolist(), first[0].tolist(), first[-1][::-1].tolist()])
    mesh.shade_smooth()
    return bpy.data.objects.new("ball", mesh)


@pytest.fixture(scope="module")
def still_life(tmp_path_factory) -> Rendered:
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    empty(scene)
    add("plane", "ground", size=2000, location=(0, 0, -1))
    scene.collection.objects.link(ball())
    return render(scene, tmp_path_factory.mktemp("still life"))


def test_depth_is_metres_along_the_axis(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert hit.mean() > 0.5
    assert np.abs(still_life.passes.depth[hit] - true.depth[hit]).max() < 1e-3


def test_nothing_is_infinitely_far(still_life):
    sky = np.isinf(truth(still_life).depth)
    assert sky.any()
    assert np.isinf(still_life.passes.depth[sky]).all()
    assert (still_life.passes.object_id[sky] == 0).all()


def test_normals_are_unit_and_in_world_space(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert np.abs(still_life.passes.normal_world - true.normal)[hit].max() < 1e-3


def test_positions_are_where_the_rays_hit(still_life):
    true = truth(still_life)
    hit = np.isfinite(true.depth)
    assert np.abs(still_life.passes.position - true.position)[hit].max() < 1e-3


def test_every_pixel_shows_the_object_that_its_centre_hits(still_life):
    true = truth(still_life)
    shown = np.vectorize(still_life.names.get)(still_life.passes.object_id)
    expected = np.where(true.sphere, "ball", np.where(np.isfinite(true.depth), "ground", None))
    assert (shown == expected).all()


def test_uv_is_the_maps(still_life):
    """A plane's UV runs from corner to corner."""
    true = truth(still_life)
    ground = ~true.sphere & np.isfinite(true.depth)
    expected = true.position[..., :2] / 2000 + 0.5
    assert np.abs(still_life.passes.uv - expected)[ground].max() < 1e-4


def test_files_hold_32_bit_floats_and_no_others(still_life):
    stored = channels(still_life)
    assert {channel.pixels.dtype for channel in stored.values()} == {np.dtype(np.float32)}
    names = [name.removeprefix("ViewLayer.").replace("Object Index", "IndexOB") for name in stored]
    assert sorted(names) == sorted(name for row in PASSES for name in row.channels)


# --- cameras ------------------------------------------------------------------------------------


def _orthographic(scene, camera):
    camera.data.type, camera.data.ortho_scale = "ORTHO", 7.0


def _shifted(scene, camera):
    camera.data.shift_x, camera.data.shift_y = 0.2, -0.15


def _upright_sensor(scene, camera):
    camera.data.sensor_fit, camera.data.sensor_height = "VERTICAL", 30.0


def _odd_size(scene, camera):
    scene.render.resolution_x, scene.render.resolution_y = 131, 173
    scene.render.resolution_percentage = 47


def _wide_pixels(scene, camera):
    scene.render.pixel_aspect_x = 1.5


def _scaled_parent(scene, camera):
    parent = bpy.data.objects.new("rig", None)
    scene.collection.objects.link(parent)
    parent.scale, parent.rotation_euler = (3, 3, 3), (0, 0, 0.3)
    camera.parent, camera.scale, camera.location = parent, (0.5, 0.5, 0.5), (0, -2, 0.4)


def _blurred(scene, camera):
    camera.data.dof.use_dof = True
    camera.data.dof.aperture_fstop, camera.data.dof.focus_distance = 0.05, 1.0


def _bordered(scene, camera):
    scene.render.use_border = scene.render.use_crop_to_border = True
    scene.render.border_min_x, scene.render.border_max_y = 0.4, 0.7


CAMERAS = (
    _orthographic, _shifted, _upright_sensor, _odd_size, _wide_pixels, _scaled_parent, _blurred,
    _bordered,
)  # fmt: skip


@pytest.mark.parametrize("setting", CAMERAS)
def test_matrices_put_every_position_on_its_pixel(scene, tmp_path, setting):
    camera = empty(scene)
    add("cube", "room", size=14)
    add("monkey", "monkey")
    setting(scene, camera)
    frame = render(scene, tmp_path)
    shape = frame.passes.depth.shape
    render_settings = scene.render
    percentage = render_settings.resolution_percentage
    assert shape == (
        render_settings.resolution_y * percentage // 100,
        render_settings.resolution_x * percentage // 100,
    )
    found = pixels_of(frame.passes.position, frame.to_world, frame.projection, shape)
    assert np.abs(found - grid(shape)).max() < 2e-3
    seen = (
        frame.passes.position @ np.linalg.inv(frame.to_world)[2, :3]
        + np.linalg.inv(frame.to_world)[2, 3]
    )
    assert np.abs(frame.passes.depth + seen).max() < 1e-4


def test_a_panorama_is_refused_in_words(scene, tmp_path):
    empty(scene).data.type = "PANO"
    add("cube", "cube")
    with pytest.raises(InputError, match=r"^The camera 'Camera' is panoramic: only persp"):
        render(scene, tmp_path)


def test_clipping_counts(scene, tmp_path):
    camera = empty(scene)
    add("plane", "near", size=1, location=(0, -5, 1), rotation=(math.pi / 2, 0, 0))
    add("plane", "far", size=40, location=(0, 9, 1), rotation=(math.pi / 2, 0, 0))
    camera.data.clip_start = 2.0
    frame = render(scene, tmp_path)
    assert shown(frame) == {"far"}
