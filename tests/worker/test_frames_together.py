"""Several workers paint the takes of one shot together; takes are stopped one by one."""

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

from underpaint import cli
from underpaint.errors import Cancelled
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.library.unfinished import UnfinishedTake
from underpaint.model.look import Look
from underpaint.wire.messages import (
    Cancel,
    Done,
    FramePainted,
    Note,
    PaintFrames,
    Progress,
    Stopped,
    StopTake,
    TakeDone,
    TakeStopped,
)
from underpaint.worker.job import Job
from underpaint.worker.jobs.frames import paint_frames
from underpaint.worker.studio import Studio

Jobs = Callable[..., PaintFrames]
FRAMES = 12


@pytest.fixture
def shot(project: Project, write_shot: Callable[..., None]) -> str:
    write_shot(project, "long", range(1, FRAMES + 1))
    return "long"


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.png")}


def painted(people: list[Any]) -> list[tuple[str, int]]:
    """(take, frame) of everything that was painted, by whomever."""
    told = [m for person in people for m in person.of(FramePainted)]
    return sorted((Path(m.file).parent.name, m.frame) for m in told)


def alone(person: Any, project: Project, asked: PaintFrames) -> dict[int, dict[str, str]]:
    """Seed → the frames as one worker paints them where nobody else is."""
    other = Project(project.root.with_name("alone"))
    other.root.mkdir()
    (other.root / "passes").symlink_to(project.root / "passes")
    assert isinstance(person.ask(replace(asked, job=99, project=str(other.root))), Done)
    return by_seed(other, asked.shot)


def by_seed(project: Project, shot: str) -> dict[int, dict[str, str]]:
    takes = Takes(project)
    return {t.frame_request.seed: digests(takes.folder(t)) for t in takes.list(shot)}


@pytest.mark.parametrize("batch", [1, 5])
def test_three_paint_two_takes_and_nothing_twice(
    start: Callable[[], Any], project: Project, job: Jobs, shot: str, batch: int
) -> None:
    asked = job(engine="stand-in?seconds=0.03", shot=shot, takes=2, batch=batch)
    people = [start() for _ in range(3)]
    for person in people:
        assert person.ask(job(50)) == Done(50), "it has begun to work"
        person.heard.clear()
    for person in people:
        person.worker.send(asked)
    assert [person.outcome(1) for person in people] == [Done(1)] * 3
    frames = painted(people)
    assert len(frames) == len(set(frames)) == 2 * FRAMES
    assert sum(1 for person in people if person.of(FramePainted)) == 3, "each had its share"
    made = by_seed(project, shot)
    assert sorted(take.number for take in Takes(project).list(shot)) == [1, 2]
    assert {m.number for p in people for m in p.of(TakeDone)} == {1, 2}
    assert made == alone(people[0], project, asked)
    assert len(list(project.takes("shots", shot).iterdir())) == 2


@pytest.mark.parametrize("seed", range(2))
def test_the_work_of_the_killed_is_taken_over(
    start: Callable[[], Any], project: Project, job: Jobs, shot: str, seed: int
) -> None:
    rng = random.Random(seed)
    asked = job(engine="stand-in?seconds=0.03", shot=shot)
    people = [start() for _ in range(4)]
    for person in people:
        person.worker.send(asked)
    for victim in people[:2]:
        victim.wait_for(lambda m: isinstance(m, Progress) and "step" in m.text)
        time.sleep(rng.uniform(0, 0.2))
        os.kill(victim.worker.process.pid, signal.SIGKILL)
    assert [person.outcome(1) for person in people[2:]] == [Done(1)] * 2
    frames = painted(people[2:])
    assert len(frames) == len(set(frames)), "the living painted nothing twice"
    assert by_seed(project, shot) == alone(people[2], project, asked)


def test_whoever_waits_says_for_whom(start: Callable[[], Any], project: Project, job: Jobs) -> None:
    slow = job(engine="stand-in?seconds=1", frames=(1,))
    first, second = start(), start()
    first.worker.send(slow)
    first.wait_for(lambda m: isinstance(m, Progress) and "step 1" in m.text)
    second.worker.send(slow)
    pid = first.worker.process.pid
    told = second.wait_for(lambda m: isinstance(m, Progress) and "waiting for" in m.text)
    assert f"process {pid} on " in told.text
    second.worker.send(Cancel(1))
    assert second.outcome(1) == Stopped(1)
    assert first.outcome(1) == Done(1)
    assert len(painted([first, second])) == 1


def test_first_middle_and_last_of_every_take_come_first(
    person: Any, project: Project, job: Jobs, shot: str
) -> None:
    person.ask(job(shot=shot, takes=3))
    told = [(Path(m.file).parent.name, m.frame) for m in person.of(FramePainted)]
    takes = list(dict.fromkeys(take for take, _ in told))
    assert told[:9] == [(take, frame) for take in takes for frame in (1, 7, 12)]
    assert [take for take, _ in told[9:]] == [take for take in takes for _ in range(FRAMES - 3)]
    assert [t.frame_request.seed for t in Takes(project).list(shot)] == [5, 6, 7]


def test_one_take_is_stopped_and_the_others_go_on(
    person: Any, project: Project, job: Jobs, shot: str
) -> None:
    asked = job(engine="stand-in?seconds=0.02", shot=shot, takes=3)
    person.worker.send(asked)
    person.wait_for(lambda m: isinstance(m, FramePainted) and m.frame == 12)
    person.worker.send(StopTake(1, 6))
    assert person.outcome(1) == Done(1)
    assert [t.frame_request.seed for t in Takes(project).list(shot)] == [5, 7]
    assert any("seed 6 is stopped" in note.text for note in person.of(Note))
    kept = {(take, frame) for take, frame in painted([person])}
    assert person.ask(replace(asked, job=2)) == Done(2)
    again = [(Path(m.file).parent.name, m.frame) for m in person.of(FramePainted) if m.job == 2]
    assert not kept & set(again) and 0 < len(again) < FRAMES
    assert by_seed(project, shot) == alone(person, project, asked)


def test_all_are_stopped(person: Any, project: Project, job: Jobs, shot: str) -> None:
    asked = job(engine="stand-in?seconds=0.05", shot=shot, look=Look("", "x", steps=8))
    person.worker.send(asked)
    person.wait_for(lambda m: isinstance(m, Progress) and "step" in m.text)
    person.worker.send(StopTake(1, 5))
    assert person.outcome(1) == Done(1)
    assert Takes(project).list(shot) == ()
    assert not person.of(TakeStopped), "who asked for it knows"


def test_records_say_which_frames_were_taken_over(
    person: Any, project: Project, job: Jobs, shot: str
) -> None:
    person.ask(job(1, shot=shot, frames=(1, 2, 3)))
    person.ask(job(2, shot=shot, frames=(2, 3, 4, 5)))
    first, second = Takes(project).list(shot)
    assert {f.taken_from for f in first.files} == {None}
    assert {f.frame: f.taken_from for f in second.files} == {2: 1, 3: 1, 4: None, 5: None}


def test_anybody_can_stop_a_take_and_it_is_gone_on_with(
    start: Callable[[], Any], project: Project, job: Jobs, shot: str
) -> None:
    """Two paint two takes; a third, who paints nothing, stops one of them by its seed."""
    asked = job(engine="stand-in?seconds=0.1", shot=shot, takes=2)
    people = [start() for _ in range(2)]
    for person in people:
        person.worker.send(asked)
    for person in people:
        person.wait_for(lambda m: isinstance(m, FramePainted))
    scene = str(project.root.with_name("film.blend"))
    words = ["stop", scene, shot, "--out", str(project.root)]
    assert cli.main([*words, "--seed", "99"]) == 2, "nobody paints that"
    assert cli.main([*words, "--seed", str(asked.seed)]) == 0
    assert [person.outcome(1) for person in people] == [Done(1)] * 2
    assert all("is stopped" in person.of(Note)[0].text for person in people)
    for person in people:
        (told,) = person.of(TakeStopped)
        assert (told.shot, told.seed, told.total) == (shot, asked.seed, FRAMES)
        assert 0 < told.done < FRAMES
    assert list(by_seed(project, shot)) == [asked.seed + 1]
    assert cli.main(words) == 2, "all are gone"
    person = people[0]
    assert person.ask(replace(asked, job=2)) == Done(2)
    assert by_seed(project, shot) == alone(person, project, replace(asked, job=3))
    assert not list(project.root.rglob(".stop"))


def test_who_waits_for_nobody_in_particular_rests_all_the_same(
    project: Project, job: Jobs, shot: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A claim whose file was cut off names no owner; until it is taken over there is nothing to
    do."""
    monkeypatch.setattr(UnfinishedTake, "claim", lambda take, unit: None)
    until = time.monotonic() + 0.5
    waiting = Job(1, lambda message: None, lambda: time.monotonic() > until)
    with pytest.raises(Cancelled):
        paint_frames(job(shot=shot), waiting, Studio())
    assert waiting.idle_seconds > 0.2
