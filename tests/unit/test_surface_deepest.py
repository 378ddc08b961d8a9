"""The deepest that rectangles of a picture show, beside looking at every pixel of them."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.surface.deepest import Deepest

FIRST, TOP = 7, 3


@pytest.fixture
def depth() -> np.ndarray:
    rng = np.random.default_rng(1)
    depth = rng.uniform(1, 9, (37, 21)).astype(np.float32)
    depth[rng.random(depth.shape) < 0.3] = -np.inf
    return depth


def _plainly(depth: np.ndarray, column: np.ndarray, row: np.ndarray, reach: int) -> float:
    left, right = int(np.floor(column.min())) - reach, int(np.ceil(column.max())) + reach
    top, bottom = int(np.floor(row.min())) - reach, int(np.ceil(row.max())) + reach
    part = depth[
        max(top - TOP, 0) : max(bottom - TOP + 1, 0),
        max(left - FIRST, 0) : max(right - FIRST + 1, 0),
    ]
    return float(part.max(initial=-np.inf))


def test_it_is_never_less_than_what_a_rectangle_shows_and_little_more_than_around_it(
    depth: np.ndarray,
) -> None:
    rng = np.random.default_rng(2)
    middle = rng.uniform(-5, 45, (500, 1, 2))
    places = (middle + rng.uniform(-6, 6, (500, 3, 2))).astype(np.float32)
    column, row = places[..., 0], places[..., 1]
    found = Deepest(depth, FIRST, TOP).over(column, row, reach=1)
    for most, x, y in zip(found, column, row, strict=True):
        size = max(np.ptp(x), np.ptp(y)) + 4
        assert _plainly(depth, x, y, 1) <= most <= _plainly(depth, x, y, 1 + int(2 * size))


def test_one_pixel_without_reach_is_itself(depth: np.ndarray) -> None:
    row, column = np.indices(depth.shape).reshape(2, -1, 1).astype(np.float32)
    found = Deepest(depth, FIRST, TOP).over(column + FIRST, row + TOP, reach=0)
    assert np.array_equal(found, depth.reshape(-1))


def test_beside_the_window_nothing_is_shown_and_without_a_place_everything_is(
    depth: np.ndarray,
) -> None:
    column = np.array([[0.0], [500.0], [np.nan]], np.float32)
    row = np.array([[5.0], [5.0], [np.nan]], np.float32)
    found = Deepest(depth, FIRST, TOP).over(column, row, reach=1)
    assert found.tolist() == [-np.inf, -np.inf, float(depth.max())]


def test_a_depth_that_is_no_number_hides_nothing() -> None:
    found = Deepest(np.full((2, 2), np.nan, np.float32), 0, 0)
    assert found.over(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32), 0) == np.inf
