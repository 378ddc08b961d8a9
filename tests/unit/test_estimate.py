"""Estimates: robust against one slow day, honest about what is not known, and strict with disks."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import DiskError
from underpaint.library.estimate import check_room, estimate, free_space, size_words
from underpaint.model.pace import Pace, Work, WorkEstimate

SMALL, LARGE = 512 * 288, 1024 * 576
WHAT = ("built-in", "each", "1 steps", "1 at once")


def pace(a_unit: float, *, pixels: int = SMALL, what=WHAT, kind="frames", units=10, size=0):
    return Pace("2026-01-01T00:00:00+00:00", kind, what, pixels, units, a_unit * units, size)


def frames(units: int = 100, *, standing: int = 0, pixels: int = SMALL, what=WHAT) -> Work:
    return Work("frames", what, pixels, units, standing)


def test_the_middle_of_the_recent_counts_and_one_slow_day_does_not():
    history = [pace(50.0)] * 30 + [pace(a) for a in (2.0, 2.1, 1.9, 2.0, 2.2, 1.8, 2.0)] * 2
    told = estimate(frames(), [*history, pace(40.0)])
    assert not told.guessed
    assert told.least < 200 < told.most < 260
    assert told.seconds == pytest.approx(200, rel=0.1)


def test_what_stands_costs_next_to_nothing():
    whole = estimate(frames(), [pace(2.0)])
    half = estimate(frames(standing=50), [pace(2.0)])
    assert half.seconds == pytest.approx(whole.seconds / 2, rel=0.01)
    none = estimate(frames(standing=100), [pace(2.0)])
    assert 0 < none.most < 1 and none.bytes == 0


def test_other_sizes_are_scaled_by_pixels_and_trusted_less():
    same = estimate(frames(pixels=LARGE), [pace(8.0, pixels=LARGE, size=400)])
    scaled = estimate(frames(pixels=LARGE), [pace(2.0, size=100)])
    assert scaled.seconds == pytest.approx(same.seconds, rel=0.01)
    assert scaled.bytes == same.bytes == 4000
    assert scaled.most / scaled.least > same.most / same.least
    assert not scaled.guessed


def test_the_same_size_is_preferred_to_others():
    told = estimate(frames(), [pace(2.0), *[pace(90.0, pixels=LARGE)] * 20])
    assert told.seconds == pytest.approx(200, rel=0.01)


def test_other_steps_tell_something_another_engine_nothing():
    other_steps = ("built-in", "each", "4 steps", "1 at once")
    told = estimate(frames(), [pace(2.0, what=other_steps)])
    assert not told.guessed and told.most / told.least > 2
    assert estimate(frames(), [pace(2.0, what=("sdxl", *WHAT[1:]))]).guessed
    assert estimate(frames(), [pace(2.0, kind="views")]).guessed


def test_passes_of_another_scene_are_better_than_a_guess():
    work = Work("passes", ("b.blend",), SMALL, 10)
    told = estimate(work, [pace(5.0, kind="passes", what=("a.blend",))])
    assert not told.guessed and told.least < 50 < told.most


def test_a_guess_says_so_and_is_wide():
    told = estimate(frames(), [])
    assert told.guessed and told.most / told.least > 8 and told.bytes > 0
    assert not estimate(frames(standing=100), []).guessed, "nothing is left to be guessed"


def written(size: int, *, guessed: bool = False) -> WorkEstimate:
    return WorkEstimate("frames", 10, 0, 1.0, 2.0, size, guessed)


def test_a_disk_with_room_is_not_spoken_of():
    assert check_room(Path("/out"), [written(10)], 1000) == ""
    assert check_room(Path("/out"), [written(10)], None) == ""


def test_a_disk_that_gets_nearly_full_is_warned_of():
    said = check_room(Path("/out"), [written(90 * 10**9)], 100 * 10**9)
    assert "90 GB" in said and "100 GB" in said and str(Path("/out")) in said


def test_a_disk_that_cannot_suffice_is_refused_before_anything_is_done():
    with pytest.raises(DiskError, match=r"12 GB .* 3 GB are free: free some space"):
        check_room(Path("/out"), [written(9 * 10**9), written(3 * 10**9)], 3 * 10**9)


def test_a_guess_refuses_only_where_a_third_of_it_does_not_fit():
    assert check_room(Path("/out"), [written(12 * 10**9, guessed=True)], 5 * 10**9)
    with pytest.raises(DiskError):
        check_room(Path("/out"), [written(18 * 10**9, guessed=True)], 5 * 10**9)


def test_free_space_is_that_of_the_nearest_folder_there_is(tmp_path):
    assert free_space(tmp_path / "not" / "yet") == pytest.approx(free_space(tmp_path), rel=0.05)


def test_sizes_in_words():
    assert [size_words(n) for n in (0, 900, 2_345_678, 9_960_000, 1.2e10)] == [
        "1 kB",
        "1 kB",
        "2.3 MB",
        "10 MB",
        "12 GB",
    ]
