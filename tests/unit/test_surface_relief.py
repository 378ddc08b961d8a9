"""Reliefs of bricks, planks and stones: to scale, and going on at the square's edges."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from underpaint.surface.relief import Kind, kind_of, relief
from underpaint.surface.tile import steps

KINDS = [kind for kind in get_args(Kind) if kind != "flat"]


def joints(line: np.ndarray) -> int:
    """How many dips below half a line of heights crosses, around the edge as well."""
    low = line < 0.5
    return int(np.count_nonzero(low & ~np.roll(low, 1)))


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("a red-brick wall, oil paint", "bricks"),
        ("Cobblestone street. Bricks beside it", "cobbles"),
        ("wooden planks", "planks"),
        ("wet grass, watercolour", "flat"),
        ("a stone wall", "flat"),
        ("", "flat"),
    ],
)
def test_words_choose_a_relief(words, kind):
    assert kind_of(words) == kind


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("metres", [1.0, 2.0, 3.1])
def test_every_relief_goes_on_at_the_edges(kind, metres):
    laid = relief(kind, 128, metres, 5)
    assert laid.height.shape == (128, 128) and laid.slope.shape == (128, 128, 2)
    assert laid.height.dtype == laid.slope.dtype == np.float32
    assert 0 <= laid.height.min() < 0.3 and laid.height.max() == pytest.approx(1)
    for axis in (0, 1):
        assert not steps(laid.height[..., None], axis).stands_out
        assert not steps(laid.slope, axis).stands_out


@pytest.mark.parametrize(("kind", "metres"), [("bricks", 64 * 0.0833), ("tiles", 64 * 0.3)])
def test_courses_as_narrow_as_a_texel_are_still_numbers(kind, metres):
    laid = relief(kind, 64, metres, 0)
    assert np.isfinite(laid.height).all() and np.isfinite(laid.slope).all()


def test_bricks_are_as_large_as_bricks():
    height = relief("bricks", 512, 2.0, 0).height
    columns = [joints(height[:, x]) for x in range(0, 512, 7)]
    assert int(np.median(columns)) == 24, "courses of 8.3 cm in two metres"
    assert max(joints(row) for row in height) == 8, "bricks of 25 cm"
    moved = [np.flatnonzero(row < 0.5)[0] for row in (height[0], height[512 // 24])]
    assert abs(moved[0] - moved[1]) == pytest.approx(32, abs=2), "half a brick"


def test_the_slope_is_that_of_the_height():
    """To the right and up, whatever single stones lean."""
    laid = relief("slabs", 256, 2.0, 1)
    rise = np.roll(laid.height, -1, 1) - np.roll(laid.height, 1, 1)
    steep = np.abs(rise) > 0.05
    assert np.corrcoef(laid.slope[..., 0][steep], rise[steep])[0, 1] > 0.99
    fall = np.roll(laid.height, 1, 0) - np.roll(laid.height, -1, 0)
    steep = np.abs(fall) > 0.05
    assert np.corrcoef(laid.slope[..., 1][steep], fall[steep])[0, 1] > 0.99


def test_the_seed_lays_the_stones():
    first, again, other = (relief("cobbles", 96, 1.0, seed).height for seed in (1, 1, 2))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_stones_keep_their_distance():
    """Every stone has an edge around it: what lies in no joint falls into as many parts."""
    height = relief("stones", 256, 2.0, 3).height
    assert 0.05 < (height < 0.5).mean() < 0.4
    assert 4 <= np.median([joints(row) for row in height]) <= 9
