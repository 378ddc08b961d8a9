"""The order in which frames are painted."""

from __future__ import annotations

import itertools

import pytest

from underpaint.worker.jobs.schedule import batches, by_halves, outline_of, painting_order


@pytest.mark.parametrize("count", range(40))
def test_halves_reach_every_frame_once(count: int) -> None:
    order = list(by_halves(count))
    assert sorted(order) == list(range(count))
    assert set(order[:3]) >= {0, count // 2, count - 1} & set(range(count))


def test_halves_leave_no_wide_gap_for_long() -> None:
    order = list(by_halves(49))
    for seen, gap in ((5, 12), (9, 6), (17, 3)):
        reached = sorted(order[:seen])
        assert max(b - a for a, b in itertools.pairwise(reached)) <= gap


@pytest.mark.parametrize("size", [1, 2, 5, 50])
@pytest.mark.parametrize("takes", [1, 3])
def test_the_outline_of_every_take_comes_before_the_rest(takes: int, size: int) -> None:
    frames = range(20, 31)
    units = batches(frames, size)
    outline = outline_of(units, frames)
    assert {20, 25, 30} <= {frame for unit in outline for frame in unit.frames}
    assert 20 in outline[0].frames
    order = painting_order([units] * takes, [outline] * takes)
    head = order[: takes * len(outline)]
    assert set(head) == {(take, unit) for take in range(takes) for unit in outline}
    rest = [take for take, _ in order[len(head) :]]
    assert rest == sorted(rest), "take by take"
    assert len(set(order)) == len(order) == takes * -(-len(frames) // size)
