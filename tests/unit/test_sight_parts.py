"""Parts of a sight, and its background as a thing of its own."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight

IDENTITY = tuple(np.eye(4).reshape(-1).tolist())
LENS = (1.8, 0, 0.1, 0, 0, 3.2, -0.05, 0, 0, 0, -1, -0.2, 0, 0, -1, 0)
FLAT = (0.2, 0, 0, 0.1, 0, 0.3, 0, 0.05, 0, 0, -0.01, 0, 0, 0, 0, 1)
SHAPE = (36, 64)


def sight(projection: tuple[float, ...], turned: float = 0.0) -> Sight:
    depth = np.full(SHAPE, 5, np.float32)
    depth[:12] = np.inf
    ids = np.where(np.isfinite(depth), 3, 0).astype(np.int32)
    world = np.eye(4)
    world[0, 0] = world[2, 2] = np.cos(turned)
    world[0, 2], world[2, 0] = np.sin(turned), -np.sin(turned)
    normal = np.zeros((*SHAPE, 3), np.float32)
    normal[12:, :, 2] = 1
    camera = Camera(tuple(world.reshape(-1).tolist()), projection, *SHAPE)
    return Sight(depth, ids, normal, camera)


@pytest.mark.parametrize("projection", [LENS, FLAT])
def test_a_part_shows_the_same_places(projection: tuple[float, ...]) -> None:
    whole = sight(projection)
    part = whole.cropped(np.s_[14:30], np.s_[8:40])
    row, column = (at.astype(np.int32).reshape(-1) for at in np.indices((16, 32)))
    depth = np.full(len(row), 5, np.float32)
    there = whole.camera.points(column + 8, row + 14, depth)
    np.testing.assert_allclose(part.camera.points(column, row, depth), there, atol=1e-5)
    for found, wanted in zip(part.camera.pixels(there), (column, row), strict=True):
        np.testing.assert_allclose(found, wanted, atol=1e-3)


def test_the_sky_is_found_again_where_the_camera_has_turned_to() -> None:
    one, other = (sight(LENS, turned).under_a_dome() for turned in (0.0, 0.1))
    places = one.level(1).places()
    found = other.level(1).sources(places)
    sky = places.ids[np.isin(places.pixel, found.target)] != 3
    assert sky.sum() > 300
    where = one.level(1).points(found.target[:1]), other.level(1).points(found.taps[:1, 0])
    assert np.linalg.norm(where[0] - where[1]) < 0.1 * np.linalg.norm(where[0])


def test_a_camera_without_perspective_has_no_dome() -> None:
    flat = sight(FLAT)
    assert flat.under_a_dome() is flat


def test_nothing_that_is_there_changes_under_the_dome() -> None:
    before, after = sight(LENS), sight(LENS).under_a_dome()
    np.testing.assert_array_equal(before.depth[12:], after.depth[12:])
    np.testing.assert_array_equal(before.object_id[12:], after.object_id[12:])
    assert np.isfinite(after.depth).all() and (after.object_id > 0).all()


def test_trust_grows_away_from_what_stands_before() -> None:
    whole = sight(LENS)
    depth, ids = whole.depth.copy(), whole.object_id.copy()
    depth[:, 20:24], ids[:, 20:24] = 2, 7
    shy = Sight(depth, ids, whole.normal, whole.camera, aloof=2)
    row = shy.trust[30]
    assert (row[21:23] == 1).all(), "what stands before is trusted itself, but for its rim"
    assert (row[[20, 23, 25]] == row.min()).all() and 0 < row.min() < 0.3
    assert (np.diff(row[25:34]) >= 0).all() and row[34] == 1
    assert shy.usable.all(), "and all lends paint where nobody sees more"


def test_least_is_trusted_beside_what_moves() -> None:
    whole = sight(LENS)
    depth, ids = whole.depth.copy(), whole.object_id.copy()
    for number, column in ((7, 10), (8, 30)):
        depth[:, column : column + 4], ids[:, column : column + 4] = 2, number
    shy = Sight(depth, ids, whole.normal, whole.camera, aloof=2, movers=frozenset({8}))
    row = shy.trust[30]
    assert 0 < row[35] < row[15] / 3, "the still one's outline is the same in all views"
    assert row[31] == row[11] == 1, "what moves is trusted itself"


def test_the_paint_of_outlines_gives_way_step_by_step() -> None:
    whole = sight(LENS)
    depth, ids = whole.depth.copy(), whole.object_id.copy()
    depth[:, 20:24], ids[:, 20:24] = 2, 7
    row = Sight(depth, ids, whole.normal, whole.camera, aloof=4).yielding[30]
    assert row[24:29].tolist() == [0, 0.25, 0.5, 0.75, 1] and (row[29:] == 1).all()
    assert row[[20, 23]].tolist() == [0, 0], "nor does its own rim"
