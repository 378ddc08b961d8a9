"""Where a camera may stand in a set, and what it can print on: boxes, a room, walls."""

from __future__ import annotations

import math

import numpy as np
import pytest
from underpaint_addon.bridge.cover import Eye, Samples
from underpaint_addon.bridge.sightlines import Sightlines

_CORNERS = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)], np.float32)
_SIDES = ((0, 1, 3, 2), (4, 6, 7, 5), (0, 4, 5, 1), (2, 3, 7, 6), (0, 2, 6, 4), (1, 5, 7, 3))


def _box(middle=(0.0, 0.0, 0.0), size=(2.0, 2.0, 2.0), *, inside_out=False) -> np.ndarray:
    """T×3×3, turned outward."""
    corners = _CORNERS * np.float32(size) / 2 + np.float32(middle)
    triangles = [corners[list(t)] for a, b, c, d in _SIDES for t in ((a, b, c), (a, c, d))]
    return np.array(triangles)[:, ::-1] if inside_out else np.array(triangles)


def _sheet(y: float, half: float) -> np.ndarray:
    """A wall that looks toward −y."""
    a, b, c, d = (np.float32([x, y, z]) for x, z in ((-1, -1), (1, -1), (1, 1), (-1, 1)))
    quad = [corner * np.float32([half, 1, half]) for corner in (a, b, c, d)]
    return np.array([[quad[0], quad[1], quad[2]], [quad[0], quad[2], quad[3]]])


def _samples(points) -> Samples:
    count = len(points)
    normals = np.tile(np.float32([0, -1, 0]), (count, 1))
    ones = np.ones(count, np.float32)
    return Samples(np.float32(points), normals, ones, ones)


def test_boxes_are_turned_outward():
    box = _box()
    normals = np.cross(box[:, 1] - box[:, 0], box[:, 2] - box[:, 0])
    assert ((normals * box.mean(1)).sum(1) > 0).all()


def test_nobody_stands_in_matter():
    """Where houses run into one another, their walls looked like a room to be painted."""
    set_ = Sightlines([_box(), _box((1.2, 0, 0)), _box((0, 9, 0), (6, 6, 6), inside_out=True)])
    assert not set_.may_stand((0, 0, 0)), "inside of a box"
    assert not set_.may_stand((0.6, 0, 0)), "inside of two"
    assert set_.may_stand((0, -3, 0)) and set_.may_stand((0, -1.05, 0)), "before them"
    assert set_.may_stand((0, 9, 0)), "in a room"


def test_nobody_stands_below_the_ground():
    ground = _box((0, 0, -0.5), (40, 40, 1))
    set_ = Sightlines([ground, _box((0, 0, 1))])
    assert set_.ground == pytest.approx(-1.0)  # rays from below meet its lower side
    assert not set_.may_stand((9, 9, -3)) and set_.may_stand((9, 9, 2))
    assert Sightlines([_box()]).ground == -math.inf


def test_ways_are_free_up_to_what_is_met():
    set_ = Sightlines([_sheet(0, 5), _sheet(-3, 5)])
    point, way = np.float32([0, 0, 0]), np.array([0.0, -1.0, 0.0])
    assert set_.free(point, way, 10.0) == pytest.approx(3.0, abs=0.01)
    assert set_.free(point, way, 2.0) == 2.0
    assert set_.free(point, -way, 10.0) == 10.0


def test_what_lies_under_a_road_is_hidden_from_afar():
    """A tolerance that grew with the distance saw the ground through the road, 12 cm above it, and
    sent cameras there."""
    far = 200.0
    set_ = Sightlines([_sheet(0, 50), _sheet(-0.12, 5)])
    camera = Eye((0.0, -far, 0.0), (0.0, 0.0, 0.0), math.radians(45)).camera(1.0)
    samples = _samples([[0, 0, 0], [0, -0.12, 0], [40, 0, 30]])
    reached = set_.reached(camera, samples, np.ones(3, bool))
    assert reached.tolist() == [False, True, True]


def test_paint_keeps_away_from_what_stands_before_a_wall_and_may_be_taken_where_things_touch():
    """A screen stands four metres before a wall; a box stands against it."""
    wall, screen = _sheet(0, 5), _sheet(-4, 1)
    box = _box((3, -0.25, 0), (1, 0.5, 1))
    set_ = Sightlines([wall, screen, box])
    camera = Eye((0.0, -12.0, 0.0), (0.0, 0.0, 0.0), math.radians(60)).camera(1.0)
    pixel = 2 * 12 * math.tan(math.radians(30)) / 512
    edge = 1.5  # the screen hides as much of the wall
    points = [
        [0, 0, 0],  # behind the screen
        [edge + 1.5 * pixel, 0, 0],  # right beside it
        [edge + 4 * pixel, 0, 0],
        [2.5 - 1.5 * pixel, 0, 0],  # where the box touches the wall
        [-4, 0, 3],  # nothing near
        [5 - 1.5 * pixel, 0, 0],  # beside the wall's own outline
    ]
    samples = _samples(points)
    which = np.ones(len(points), bool)
    reached = set_.reached(camera, samples, which)
    printed, clear = set_.printed(camera, samples, which, 512)
    assert reached.tolist() == [False, True, True, True, True, True]
    assert printed.tolist() == [False, False, True, True, True, True]
    assert clear.tolist() == [False, False, True, False, True, False]
    none = set_.printed(camera, samples, ~which, 512)
    assert not none[0].any() and not none[1].any()
