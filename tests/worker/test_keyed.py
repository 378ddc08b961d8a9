"""The plan of a steady shot: windows of keys, gaps, drawings that are held, frames that stay."""

from __future__ import annotations

import itertools

import pytest

from underpaint.model.request import Cadence
from underpaint.worker.jobs.keyed import Plan, exposures, plan, runs

FRAMES = range(1, 49)
KEYS = (1, 11, 21, 31, 41, 48)


def planned(
    keys: tuple[int, ...] = KEYS,
    kept: tuple[int, ...] = (),
    cadence: Cadence = "ones",
    at_once: int = 8,
) -> Plan:
    shown = exposures(FRAMES, 1, cadence)
    return plan(FRAMES, kept, shown, keys, cadence=cadence, at_once=at_once)


@pytest.mark.parametrize(("cadence", "every"), [("ones", 1), ("twos", 2), ("threes", 3)])
def test_a_drawing_stays_by_the_shots_own_count(cadence: Cadence, every: int) -> None:
    shown = exposures(range(5, 20), 1, cadence)
    assert shown[5] == 5, "the first frame of a range is drawn in any case"
    assert all(at == frame or (frame - 1) % every for frame, at in shown.items())
    assert all(frame - at < every for frame, at in shown.items())


def test_frames_that_are_asked_for_far_apart_are_all_drawn() -> None:
    assert exposures([1, 24, 48], 1, "twos") == {1: 1, 24: 24, 48: 48}


def test_runs_go_from_what_stands_to_what_stands() -> None:
    assert list(runs(range(1, 9), {1, 2, 5, 6, 8})) == [(1, 2, 3), (4, 5, 6, 7), (7, 8)]
    assert list(runs(range(1, 4), ())) == []


def test_the_outline_comes_first_and_is_heard_by_all_later_windows() -> None:
    made = planned(at_once=2)
    assert made.windows[0].keys == (1, 21, 48) and not made.windows[0].before
    assert [w.keys for w in made.windows[1:]] == [(11, 31), (41,)]
    assert set(made.windows[2].before) == {1, 21, 48, 11, 31}


@pytest.mark.parametrize("cadence", ["ones", "twos", "threes", "keys"])
@pytest.mark.parametrize("kept", [(), tuple(range(1, 21)), (1, 2, 3, 30, 31)])
def test_every_frame_is_made_once_and_after_what_it_needs(
    cadence: Cadence, kept: tuple[int, ...]
) -> None:
    shown = exposures(FRAMES, 1, cadence)
    drawn = [frame for frame in FRAMES if shown[frame] == frame]
    keys = {end for run in runs(drawn, set(drawn) - set(kept)) for end in (run[0], run[-1])}
    made = planned(tuple(keys), kept, cadence)
    there = set(kept)
    for unit in made.units:
        assert unit.needs <= there, unit
        assert not there & set(unit.frames), unit
        there |= set(unit.frames)
    assert there == set(FRAMES)


def test_paint_is_gathered_from_the_nearest_keys_alone() -> None:
    for one, two in itertools.pairwise(KEYS):
        (gap,) = [gap for gap in planned().gaps if gap.ends[0] == one]
        assert gap.ends == (one, two) and gap.drawn == tuple(range(one + 1, two))


def test_keys_only_draws_nothing_else() -> None:
    gaps = planned(cadence="keys").gaps
    assert all(not gap.drawn and set(gap.held.values()) == {gap.ends[0]} for gap in gaps)
