"""Squares that repeat: the offset test finds seams, and mending takes them out."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.surface.tile import MOST_STEP, mended, opened_calmly, seam, steps


def repeating(size: int = 128, waves: int = 5, seed: int = 1) -> np.ndarray:
    """A sum of waves that go on at the opposite edges, with a little grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:size, :size] / size * 2 * np.pi
    planes = [
        sum(
            np.sin(rng.integers(-waves, waves + 1) * x + rng.integers(-waves, waves + 1) * y + p)
            for p in rng.random(6) * 6.28
        )
        for _ in range(3)
    ]
    picture = np.stack(planes, axis=-1) / 12 + 0.5 + rng.normal(0, 0.01, (size, size, 3))
    return picture.astype(np.float32)


def torn(size: int = 128) -> np.ndarray:
    """A part of a larger picture: its edges have nothing to do with each other."""
    big = repeating(size * 2)[: size + 13, 7 : size + 30]
    slope = np.linspace(0, 0.4, size, dtype=np.float32)
    return big[:size, :size] + slope[:, None, None] + slope[None, :, None] / 2


def offset(picture: np.ndarray) -> np.ndarray:
    return np.roll(picture, (picture.shape[0] // 2, picture.shape[1] // 2), (0, 1))


def test_the_offset_test_tells_a_seam_from_none():
    assert seam(repeating()) <= MOST_STEP
    assert seam(torn()) > 3 * MOST_STEP
    for axis in (0, 1):
        assert steps(torn(), axis).stands_out and not steps(repeating(), axis).stands_out


def test_the_figure_is_that_of_the_middle_of_the_offset_picture():
    """What an artist does by hand: roll by half, and look at the middle."""
    picture = torn()
    rolled = offset(picture)
    middle = picture.shape[0] // 2
    for axis in (0, 1):
        lines = np.moveaxis(rolled, axis, 0)
        seen = np.abs(lines[middle] - lines[middle - 1]).mean()
        assert steps(picture, axis).wrap == pytest.approx(seen)


@pytest.mark.parametrize("size", [128, 96, 33])
def test_mending_joins_the_edges_and_cuts_where_it_differs_least(size):
    whole = mended(torn(size))
    assert whole.shape == (size, size, 3) and whole.dtype == np.float32
    assert seam(whole) <= MOST_STEP
    cuts = max(steps(whole, axis).inside.max() for axis in (0, 1))
    straight = max(steps(torn(size), axis).wrap for axis in (0, 1))
    assert cuts < 0.5 * straight, "the seam did not only move"


def test_mending_keeps_the_paint_but_for_the_band():
    """Beyond the band the mended tile is the picture itself, moved by half."""
    picture = torn(256)
    whole, moved = mended(picture), offset(picture)
    corner = (slice(0, 32), slice(0, 32))
    assert np.array_equal(whole[corner], moved[corner])


def test_mending_is_the_same_every_time_and_leaves_a_flat_tile_flat():
    assert np.array_equal(mended(torn()), mended(torn()))
    flat = np.full((64, 64, 3), 0.25, np.float32)
    assert np.array_equal(mended(flat), flat) and seam(flat) == 1.0


def test_a_tile_begins_where_it_is_calmest_and_is_the_same_tile():
    picture = np.roll(repeating(), 3, 0)
    picture[40] += 0.5  # a loud row: nobody should begin there
    opened = opened_calmly(np.roll(picture, -40, 0))
    found = steps(opened, 0)
    assert found.wrap <= found.inside.min() and seam(opened) <= 1.0
    assert sorted(opened.ravel()) == sorted(picture.ravel())
