"""The plan of a steady shot: windows of keys, gaps, drawings that are held, frames that stay."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import pytest

from underpaint.library.project import Project
from underpaint.model.request import Cadence, KeptFrame
from underpaint.worker.jobs import keyed
from underpaint.worker.jobs.keyed import Plan, exposures, held_keys, phase_of, plan, runs

FRAMES = range(1, 49)
KEYS = (1, 11, 21, 31, 41, 48)


def planned(
    keys: tuple[int, ...] = KEYS,
    kept: tuple[int, ...] = (),
    cadence: Cadence = "ones",
    at_once: int = 8,
) -> Plan:
    shown = exposures(FRAMES, 0, cadence)
    return plan(FRAMES, kept, shown, keys, cadence=cadence, at_once=at_once)


@pytest.mark.parametrize(("cadence", "every"), [("ones", 1), ("twos", 2), ("threes", 3)])
def test_a_drawing_stays_by_the_shots_own_count(cadence: Cadence, every: int) -> None:
    shown = exposures(range(5, 20), phase_of(5, 1, cadence), cadence)
    assert shown[5] == 5, "the first frame of a range is drawn in any case"
    assert all(at == frame or (frame - 1) % every for frame, at in shown.items())
    assert all(frame - at < every for frame, at in shown.items())


def test_frames_that_are_asked_for_far_apart_are_all_drawn() -> None:
    assert exposures([1, 24, 48], 0, "twos") == {1: 1, 24: 24, 48: 48}


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
    shown = exposures(FRAMES, 0, cadence)
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


def test_only_keys_that_stay_are_painted_beside_where_nothing_is_drawn_between() -> None:
    """Frame 9 shows key 1: it is no picture of what frame 9 sees."""
    kept = [KeptFrame(n, "a" if n < 10 else "b") for n in (*range(1, 10), *range(20, 49))]
    shown = exposures(FRAMES, 0, "keys") | held_keys(kept)
    drawn = sorted(set(shown.values()))
    missing = set(range(10, 20))
    assert list(runs(drawn, missing)) == [(1, *range(10, 20), 20)]
    stays = {one.frame for one in kept}
    made = plan(FRAMES, stays, shown, (1, 10, 19, 20), cadence="keys", at_once=8)
    assert {f for w in made.windows for f in w.before} <= {1, 20}
    assert {f for gap in made.gaps for f in gap.ends} <= {1, 10, 19, 20}


def test_keys_that_other_code_chose_are_chosen_again(
    project: Project, write_shot: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    write_shot(project, "a", range(1, 4))
    source = keyed.Source(project, "a")
    chosen: list[int] = []

    def choose(sights: object, *, apart: int) -> list[int]:
        chosen.append(apart)
        return [1, 3]

    monkeypatch.setattr(keyed, "choose", choose)
    for _ in range(2):
        assert keyed.find_keys(source, (1, 2, 3), 10, lambda: None) == [1, 3]
    assert chosen == [10], "remembered"
    monkeypatch.setattr(keyed, "_code", lambda: "another")
    keyed.find_keys(source, (1, 2, 3), 10, lambda: None)
    assert chosen == [10, 10]
    source.folder.joinpath(".keys.json").unlink()
    source.folder.joinpath(".keys.json").mkdir()
    assert keyed.find_keys(source, (1, 2, 3), 10, lambda: None) == [1, 3], "it cannot be written"
