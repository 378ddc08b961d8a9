"""Shots in steady mode: what is painted, what is gathered, what stays, and what a crash changes."""

from __future__ import annotations

import hashlib
import os
import random
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from underpaint.library.atomic import read_document, write_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import FrameRequest
from underpaint.model.shot import PassSet
from underpaint.wire.messages import Done, Failed, FramePainted, PaintFrames, Progress, TakeDone
from underpaint.worker.jobs import keyed
from underpaint.worker.jobs.sources import Source
from underpaint.worker.jobs.windows import movers_among

Jobs = Callable[..., PaintFrames]
SHOT = "long"
FRAMES = 26
SIZE = (64, 48)


@pytest.fixture
def shot(project: Project, write_shot: Callable[..., None]) -> str:
    write_shot(project, SHOT, range(1, FRAMES + 1), SIZE, 0.03)
    return SHOT


@pytest.fixture
def steady(job: Jobs, shot: str) -> Jobs:
    """Jobs in steady mode."""

    def make(number: int = 1, **values: Any) -> PaintFrames:
        return job(number, **{"mode": "steady", "shot": shot, **values})

    return make


def frames_of(project: Project, number: int) -> dict[int, str]:
    takes = Takes(project)
    take = takes.load(SHOT, number)
    return {f.frame: f.sha256 for f in take.files if f.frame is not None}


def request_of(project: Project, number: int) -> FrameRequest:
    request = Takes(project).load(SHOT, number).frame_request
    assert request is not None
    return request


def painted(person: Any, job: int = 1) -> list[int]:
    return [m.frame for m in person.of(FramePainted) if m.job == job]


def unbroken(person: Any, project: Project, asked: PaintFrames) -> dict[int, str]:
    """The frames as one worker makes them in one go, where nobody else is."""
    other = Project(project.root.with_name("unbroken"))
    other.root.mkdir()
    (other.root / "passes").symlink_to(project.root / "passes")
    assert person.ask(replace(asked, job=99, project=str(other.root))) == Done(99)
    return frames_of(other, 1)


def test_the_keys_of_the_outline_come_first_then_all_others(
    person: Any, project: Project, steady: Jobs
) -> None:
    assert person.ask(steady()) == Done(1)
    order = painted(person)
    assert sorted(order) == list(range(1, FRAMES + 1))
    assert {order[0], order[2]} == {1, FRAMES} and 8 <= order[1] <= 19
    assert request_of(project, 1).mode == "steady"


def test_two_takes_have_their_outlines_first(person: Any, project: Project, steady: Jobs) -> None:
    assert person.ask(steady(takes=2)) == Done(1)
    takes = [Path(m.file).parent.name for m in person.of(FramePainted)]
    assert len(set(takes[:3])) == len(set(takes[3:6])) == 1 and takes[0] != takes[3]
    assert frames_of(project, 1) != frames_of(project, 2)


def test_asked_for_again_it_is_found(person: Any, project: Project, steady: Jobs) -> None:
    person.ask(steady())
    assert person.ask(steady(2)) == Done(2)
    assert [m.reused for m in person.of(TakeDone)] == [False, True]


@pytest.mark.parametrize("after", [(0, 1), (2, 3), (3, 6), (9, 5)])
def test_killed_it_goes_on_to_the_same_bytes(
    start: Callable[[], Any], project: Project, steady: Jobs, after: tuple[int, int]
) -> None:
    rng = random.Random(after[0])
    asked = steady(engine="stand-in?seconds=0.02")
    for count in after:
        victim = start()
        victim.worker.send(asked)
        victim.wait_for(lambda m: isinstance(m, Progress))
        until = time.monotonic() + 30
        while len(painted(victim)) < count and time.monotonic() < until:
            victim.heard += victim.worker.poll()
        time.sleep(rng.uniform(0, 0.02))
        os.kill(victim.worker.process.pid, signal.SIGKILL)
        assert not victim.of(Done), "it was killed before it was done"
    last = start()
    assert last.ask(asked) == Done(1)
    assert frames_of(project, 1) == unbroken(last, project, asked)


def test_several_workers_share_the_gaps(
    start: Callable[[], Any], project: Project, steady: Jobs
) -> None:
    asked = steady(engine="stand-in?seconds=0.02", takes=2)
    people = [start() for _ in range(3)]
    for person in people:
        person.worker.send(asked)
    assert [person.outcome(1) for person in people] == [Done(1)] * 3
    made = [(Path(m.file).parent.name, m.frame) for p in people for m in p.of(FramePainted)]
    assert len(made) == len(set(made)) == 2 * FRAMES
    first = [t.number for t in Takes(project).list(SHOT) if t.frame_request.seed == asked.seed]
    alone = unbroken(people[0], project, replace(asked, takes=1))
    assert frames_of(project, first[0]) == alone


def test_a_longer_range_keeps_what_stands(person: Any, project: Project, steady: Jobs) -> None:
    person.ask(steady(frames=tuple(range(1, 15))))
    assert person.ask(steady(2)) == Done(2)
    assert sorted(painted(person, 2)) == list(range(15, FRAMES + 1))
    one, two = frames_of(project, 1), frames_of(project, 2)
    assert {frame: two[frame] for frame in one} == one
    assert [k.frame for k in request_of(project, 2).kept] == list(range(1, 15))
    assert {f.frame: f.taken_from for f in Takes(project).load(SHOT, 2).files}[3] == 1
    assert person.ask(steady(3)) == Done(3), "found"
    assert len(Takes(project).list(SHOT)) == 2


def test_only_what_changed_is_painted_again(
    person: Any, project: Project, steady: Jobs, change: Callable[[int], None]
) -> None:
    person.ask(steady())
    for frame in (9, 10):
        change(frame)
    assert person.ask(steady(2)) == Done(2)
    assert sorted(painted(person, 2)) == [9, 10]
    before, after = frames_of(project, 1), frames_of(project, 2)
    assert {f for f in before if before[f] != after[f]} <= {9, 10}


@pytest.mark.parametrize(
    ("cadence", "drawings"), [("twos", 13), ("threes", 9), ("keys", None), ("ones", 26)]
)
@pytest.mark.parametrize("mode", ["steady", "each"])
def test_drawings_stay_for_as_long_as_is_asked(
    person: Any, project: Project, steady: Jobs, cadence: str, drawings: int | None, mode: str
) -> None:
    # its own noise lets every drawn frame differ
    asked = steady(mode=mode, cadence=cadence, seed_per="frame")
    assert person.ask(asked) == Done(1)
    shown = frames_of(project, 1)
    every = {"twos": 2, "threes": 3}.get(cadence, 1)
    for frame, digest in shown.items():
        if cadence != "keys":
            assert digest == shown[frame - (frame - 1) % every]
    if drawings is None:
        drawings = FRAMES if mode == "each" else 4
    assert len(set(shown.values())) == drawings


def test_keys_only_paints_the_keys_alone_again_where_one_changed(
    person: Any, project: Project, steady: Jobs, change: Callable[[int], None]
) -> None:
    person.ask(steady(cadence="keys"))
    change(3)
    assert person.ask(steady(2, cadence="keys")) == Done(2)
    kept = {k.frame for k in request_of(project, 2).kept}
    assert not kept & set(range(1, 11)) and kept >= set(range(21, FRAMES))


@pytest.mark.parametrize("mode", ["steady", "each"])
def test_drawings_are_counted_anew_where_the_shot_begins_elsewhere(
    person: Any, project: Project, steady: Jobs, mode: str
) -> None:
    """On twos frame 4 showed the drawing of 3; it is drawn itself once the shot begins at 2."""
    asked: dict[str, Any] = {"mode": mode, "cadence": "twos", "seed_per": "frame"}
    person.ask(steady(**asked))
    path = project.pass_set(SHOT)
    passes = read_document(PassSet, path)
    frames = tuple(f for f in passes.frames if f.frame > 1)
    write_document(path, replace(passes, shot=replace(passes.shot, start=2), frames=frames))
    assert person.ask(steady(2, **asked)) == Done(2)
    shown = frames_of(project, 2)
    for frame, digest in shown.items():
        assert digest == shown[frame - frame % 2], "its own drawing's"
    assert shown[4] != frames_of(project, 1)[4], "frame 3's picture stands in frame 4 no more"


@pytest.mark.parametrize("mode", ["steady", "each"])
@pytest.mark.parametrize("cadence", ["ones", "twos", "threes"])
def test_unchanged_frames_are_drawn_anew_only_where_the_shots_count_of_them_is_another(
    person: Any, project: Project, steady: Jobs, mode: str, cadence: str
) -> None:
    """The take was found again though its frames, which had not changed, share other drawings."""
    asked: dict[str, Any] = {"mode": mode, "cadence": cadence, "seed_per": "frame"}
    asked["frames"] = tuple(range(7, 16))
    person.ask(steady(**asked))
    path = project.pass_set(SHOT)
    passes = read_document(PassSet, path)
    write_document(path, replace(passes, shot=replace(passes.shot, start=2)))
    assert person.ask(steady(2, **asked)) == Done(2)
    every = {"ones": 1, "twos": 2, "threes": 3}[cadence]
    if every == 1:
        assert Takes(project).numbers(SHOT) == (1,), "nothing is counted"
        return
    drawn = [7, *(frame for frame in range(8, 16) if (frame - 2) % every == 0)]
    shown = frames_of(project, 2)
    assert [f for f in shown if shown.get(f - 1) != shown[f]] == drawn
    assert person.ask(steady(3, **asked)) == Done(3)
    assert Takes(project).numbers(SHOT) == (1, 2), "it is found again"
    redone = steady(4, **asked, anew=True, phase=request_of(project, 1).phase)
    assert person.ask(redone) == Done(4)
    assert frames_of(project, 3) == frames_of(project, 1), "as it was counted then"


def test_passes_without_poses_say_what_to_do(
    person: Any, project: Project, steady: Jobs, change: Callable[..., None]
) -> None:
    change(5, poses="")
    failed = person.ask(steady())
    assert isinstance(failed, Failed) and "render the passes again" in failed.message
    assert not any(p.suffix == ".png" for p in project.root.rglob("*"))


def test_keys_that_were_chosen_in_another_way_are_chosen_anew(
    project: Project, shot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = Source(project, shot)

    def keys() -> list[int]:
        return keyed.find_keys(source, range(1, FRAMES + 1), 10, lambda: None)

    found = keys()
    monkeypatch.setattr(keyed, "choose", lambda sights, apart: iter([1, 2, FRAMES]))
    assert keys() == found, "they are remembered"
    monkeypatch.setattr(keyed, "_code", lambda: "another")
    assert keys() == [1, 2, FRAMES]


def test_each_mode_needs_no_poses(
    person: Any, project: Project, steady: Jobs, change: Callable[..., None]
) -> None:
    change(5, poses="")
    assert person.ask(steady(mode="each")) == Done(1)


@pytest.fixture
def change(project: Project, shot: str) -> Callable[..., None]:
    """Say that a frame's passes are others."""

    def change(number: int, **values: Any) -> None:
        path = project.pass_set(SHOT)
        passes = read_document(PassSet, path)
        digest = hashlib.sha256(f"{number} again".encode()).hexdigest()
        frames = tuple(
            replace(f, hash=digest, **values) if f.frame == number else f for f in passes.frames
        )
        write_document(path, replace(passes, frames=frames))

    return change


def test_what_moves_between_frames_is_told_from_what_stands(project: Project, shot: str) -> None:
    source = Source(project, shot)
    sights = [source.sight(source.frame(number)) for number in (1, 9)]
    balls = {int(sight.object_id[SIZE[1] // 2, SIZE[0] // 2 + 1]) for sight in sights}
    wall = int(sights[0].object_id[0, 0])
    assert movers_among(sights) == frozenset(balls) and wall not in balls
    assert not movers_among([sights[0], sights[0]])
    bent = replace(sights[1], motion={**sights[1].motion, wall: None})
    assert wall in movers_among([sights[0], bent]), "nor does what deforms stand"
