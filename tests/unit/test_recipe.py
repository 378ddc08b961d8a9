"""Whoever changes the pictures of a request raises the recipe, or old takes stand for new ones.

These figures are coarse on purpose: they hold on every machine, and change with every formula.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from underpaint.model.request import RECIPE
from underpaint.motion.frame import Frame
from underpaint.motion.gather import gather
from underpaint.motion.painted import Painted
from underpaint.passes.depth import depth_control, depth_range
from underpaint.passes.edges import edge_control
from underpaint.passes.normals import normal_control, to_camera_space
from underpaint.passes.segments import segment_control
from underpaint.surface.agreement import Agreement
from underpaint.surface.bake import bake_object
from underpaint.surface.camera import Camera
from underpaint.surface.footprints import Pose
from underpaint.surface.maps import derive_tile_maps
from underpaint.surface.noise import anchored_noise
from underpaint.surface.sight import Sight
from underpaint.surface.view import View
from underpaint.worker.jobs.settings import view_seed

SIZE = 48
HERE = tuple(np.eye(4).ravel())
LENS = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)

OF_RECIPE = {
    7: {
        "depth": (0.2264, 0.2077, 0.1085, 0.0853),
        "normal": (0.5672, 0.2807, 0.277, 0.2776),
        "edges": (0.0257, 0.1539, 0.0115, 0.0106),
        "segments": (0.7294, 0.2601, 0.3571, 0.3571),
        "texture": (0.6059, 0.054, 0.2878, 0.2878),
        "texture beside things": (0.573, 0.1947, 0.2796, 0.2791),
        "surface noise": (0.0483, 0.9772, 0.0387, 0.0111),
        "agreed keys": (0.4999, 0.2295, 0.2447, 0.2449),
        "between keys": (0.5712, 0.2245, 0.2798, 0.2833),
        "derived normals": (0.6382, 0.2534, 0.3124, 0.3125),
    },
}


def scene():
    """(depth, normal, object id) of a ball before a wall, from the origin."""
    place = (np.arange(SIZE) + 0.5) / SIZE * 2 - 1
    x, y = np.meshgrid(place, -place)
    ray = np.stack([x, y, -np.ones_like(x)], -1)
    centre = np.array([-0.6, 0.3, -4.0])
    a, b = (ray**2).sum(-1), ray @ centre
    inside = b * b - a * (centre @ centre - 1.2**2)
    ball = np.where(inside > 0, (b - np.sqrt(np.maximum(inside, 0))) / a, np.inf)
    depth = np.minimum(ball, 6 + x)
    away = (ray * depth[..., None] - centre) / 1.2
    wall = np.array([-1, 0, np.sqrt(3)]) / 2
    normal = np.where((ball <= depth)[..., None], away, wall)
    ids = np.where(ball <= depth, 3, 1)
    return depth.astype(np.float32), normal.astype(np.float32), ids.astype(np.int32)


def pictures():
    depth, normal, ids = scene()
    controls = {
        "depth": depth_control(depth, *depth_range([depth])),
        "normal": normal_control(to_camera_space(normal, HERE)),
        "edges": edge_control(depth, normal, ids),
        "segments": segment_control(ids),
    }
    square = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
    corners = (square * 3 - 1.5) @ np.array([[1, 0, 0], [0, 1, 0]], np.float32) - [0, 0, 2]
    row, column, channel = np.indices((SIZE, SIZE, 3))
    paint = ((row * 7 + column * 13 + channel) % 11 / 10).astype(np.float32)
    flat = np.full((SIZE, SIZE), 2.0, np.float32)
    view = View(paint, flat, np.ones((SIZE, SIZE), np.int32), HERE, LENS)
    facing = np.broadcast_to(np.float32([0, 0, 1]), corners.shape)
    pose = Pose(view, corners.astype(np.float32), facing)
    things = ((row % 12 + column % 12)[..., 0] > 16).astype(np.int32)
    beside = View(paint, flat - np.float32(0.01) * things, 1 + things, HERE, LENS)
    crowded = Pose(beside, pose.positions, facing)
    sight = Sight(depth, ids, normal, Camera(HERE, LENS, SIZE, SIZE))
    aside = Camera((*HERE[:3], 0.2, *HERE[4:]), LENS, SIZE, SIZE)
    shy = [replace(sight, camera=camera, aloof=4) for camera in (sight.camera, aside)]
    keys = [Painted(Frame(shy[0]), paint, 0), Painted(Frame(shy[1]), 1 - paint, 3)]
    return controls | {
        "agreed keys": Agreement(shy, 1).agree([paint, 1 - paint], 6)[0],
        "between keys": gather(Frame(shy[0]), 1, keys).picture,
        "texture": bake_object(1, square, [pose], 20).basecolor,
        "texture beside things": bake_object(1, square, [crowded], 40).basecolor,
        "surface noise": anchored_noise(sight, 4, 3, seed=5),
        "derived normals": derive_tile_maps(paint, 1.0).normal,
    }


def figures(picture):
    """The picture's mean and spread, and where its light lies."""
    row, column = np.indices(picture.shape[:2]) / len(picture)
    light = picture.mean(-1)
    return (
        float(picture.mean()),
        float(picture.std()),
        float((light * row).mean()),
        float((light * column).mean()),
    )


@pytest.mark.parametrize("name", OF_RECIPE[RECIPE])
def test_pictures_change_with_the_recipe_only(name):
    told = f"{name} is made in another way: raise RECIPE, and write its figures down here"
    assert figures(pictures()[name]) == pytest.approx(OF_RECIPE[RECIPE][name], abs=1e-3), told


def test_noise_changes_with_the_recipe_only():
    assert view_seed(5, "shot", 7) == 5
    assert {7: view_seed(5, "frame", 7)}[RECIPE] == 261708693767116777
