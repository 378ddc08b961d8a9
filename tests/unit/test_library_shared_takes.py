"""One take of frames, painted by many: no frame twice, and one take in the end."""

from __future__ import annotations

import hashlib
import random
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from underpaint.library import unfinished as library
from underpaint.library.atomic import write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import frame_file
from underpaint.library.takes import Takes

PAINTS = """
import hashlib, io, os, sys, time
from pathlib import Path
from PIL import Image
from underpaint.library import claims
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import FrameRequest

root, request, log, how = sys.argv[1:]
if how == "no locks":
    claims.try_lock = lambda stream: None
    claims.BEAT_SECONDS, claims.LEASE_SECONDS = 0.05, 1.0
    claims.Claims.__init__.__defaults__ = (1.0,)

def picture(frame):
    stream = io.BytesIO()
    Image.new("RGB", (8, 6), (frame, 5, 200 - frame)).save(stream, "PNG")
    return stream.getvalue()

def say(word):
    descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
    os.write(descriptor, f"{os.getpid()} {word}\\n".encode())

takes = Takes(Project(Path(root)))
with takes.begin(read_document(FrameRequest, Path(request)), looked_through=0) as unfinished:
    while missing := unfinished.missing:
        for frame in missing:
            claim = unfinished.claim(str(frame))
            if claim is None:
                continue
            with claim:
                if frame in unfinished.missing:
                    time.sleep(0.01)
                    unfinished.add(frame, picture(frame))
                    say(f"frame {frame}")
        time.sleep(0.01)
    say(f"take {unfinished.finish('process', 0.0).number}")
"""


class Painters:
    """Processes that paint one take, and what they said."""

    def __init__(self, stage, folder: Path, frames: int, how: str = "locks") -> None:
        self.request = stage.request(frames=range(1, frames + 1))
        self.log = folder / "log"
        self.log.touch()
        write_document(folder / "request.json", self.request)
        words = [stage.project.root, folder / "request.json", self.log, how]
        self._words = [sys.executable, "-c", PAINTS, *map(str, words)]
        self.processes: list[subprocess.Popen] = []

    def start(self, count: int = 1) -> None:
        self.processes += [subprocess.Popen(self._words) for _ in range(count)]

    def said(self, word: str) -> list[str]:
        lines = [line.split(maxsplit=1)[1] for line in self.log.read_text().splitlines()]
        return [line for line in lines if line.startswith(word)]

    def wait_for(self, frames: int) -> None:
        until = time.monotonic() + 60
        while len(self.said("frame")) < frames:
            assert time.monotonic() < until
            time.sleep(0.002)

    def kill(self, index: int) -> None:
        self.processes[index].send_signal(signal.SIGKILL)

    def wait(self) -> list[int]:
        return [process.wait(60) for process in self.processes]


def digests(folder: Path) -> dict[str, str]:
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in folder.glob("*.png")}


@pytest.fixture
def whole(stage, tmp_path_factory) -> dict[str, str]:
    """Every frame of the take as one process alone paints it."""
    folder = tmp_path_factory.mktemp("alone")
    alone = type(stage)(type(stage.project)(folder / "underpaint"))
    painters = Painters(alone, folder, 24)
    painters.start()
    assert painters.wait() == [0]
    return digests(alone.project.take("shots", "dolly", 1))


@pytest.mark.parametrize("how", ["locks", "no locks"])
def test_four_paint_one_take_and_none_a_frame_twice(stage, tmp_path, whole, how) -> None:
    painters = Painters(stage, tmp_path, 24, how)
    painters.start(4)
    assert painters.wait() == [0] * 4
    assert sorted(painters.said("frame")) == sorted(f"frame {n}" for n in range(1, 25))
    assert painters.said("take") == ["take 1"] * 4
    (take,) = Takes(stage.project).list("dolly")
    assert digests(Takes(stage.project).folder(take)) == whole
    assert [p.name for p in Takes(stage.project).folder(take).parent.iterdir()] == ["001"]


@pytest.mark.parametrize("how", ["locks", "no locks"])
def test_two_of_four_die(stage, tmp_path, whole, how) -> None:
    painters = Painters(stage, tmp_path, 24, how)
    painters.start(4)
    painters.wait_for(6)
    painters.kill(0)
    painters.wait_for(10)
    painters.kill(2)
    assert painters.wait() == [-signal.SIGKILL, 0, -signal.SIGKILL, 0]
    frames = painters.said("frame")
    # what dies between a frame's rename and its word to us has painted it all the same
    assert len(frames) == len(set(frames)) and 22 <= len(frames) <= 24
    (take,) = Takes(stage.project).list("dolly")
    folder = Takes(stage.project).folder(take)
    assert digests(folder) == whole
    left = {p.name for p in folder.parent.iterdir()}
    # without locks nobody can tell what somebody who died amid a claim has left: it is swept later
    assert left == {"001"} or (how == "no locks" and all(n[0] == "." for n in left - {"001"}))


@pytest.mark.parametrize("seed", range(3))
def test_killed_again_and_again(stage, tmp_path, whole, seed) -> None:
    rng = random.Random(seed)
    painters = Painters(stage, tmp_path, 24)
    for index in range(6):
        painters.start()
        time.sleep(rng.uniform(0.05, 0.4))
        painters.kill(index)
    painters.start()
    painters.wait()
    assert painters.processes[-1].returncode == 0
    (take,) = Takes(stage.project).list("dolly")
    assert digests(Takes(stage.project).folder(take)) == whole


def fill(stage, unfinished) -> None:
    for frame in unfinished.missing:
        unfinished.add(frame, stage.png())


def test_whoever_comes_late_to_the_end_gets_the_same_take(stage) -> None:
    takes, request = Takes(stage.project), stage.request()
    with takes.begin(request) as one, takes.begin(request) as other:
        fill(stage, one)
        assert other.missing == ()
        take = one.finish("Ana", 1.0)
        assert other.missing == () and other.done == ()
        assert other.finish("Ben", 2.0) == take
    assert takes.list("dolly") == (take,)


def test_many_finish_at_once(stage) -> None:
    takes = Takes(stage.project)
    for seed in range(8):
        request = stage.request(seed=seed)
        many = [takes.begin(request) for _ in range(6)]
        fill(stage, many[0])
        with ThreadPoolExecutor(6) as threads:
            got = set(threads.map(lambda one: one.finish("Ana", 1.0).number, many))
        assert got == {seed + 1}
    assert len(takes.list("dolly")) == 8


def test_begun_after_others_finished_it(stage) -> None:
    takes, request = Takes(stage.project), stage.request()
    take = stage.paint(request)
    with takes.begin(request, looked_through=0) as late:
        assert late.missing == () and late.finish("Ben", 0.0) == take
    with takes.begin(request, looked_through=1) as again:
        assert again.missing == (1, 2, 3), "asked for anew, as take 1 would not do"


def test_a_late_painter_changes_nothing_of_a_numbered_take(stage) -> None:
    takes, request = Takes(stage.project), stage.request()
    with takes.begin(request) as sleeper, takes.begin(request) as other:
        fill(stage, other)
        take = other.finish("Ana", 1.0)
        sleeper.add(1, stage.png(colour=(200, 0, 0)))
        sleeper.add_file(".preview.npy", b"x")
    folder = takes.folder(take)
    assert all(sha256_of(folder / f.file) == f.sha256 for f in take.files)
    assert [path.name for path in folder.parent.iterdir()] == ["001"]


def test_who_dies_numbering_loses_nothing(stage, monkeypatch) -> None:
    takes, request = Takes(stage.project), stage.request()

    class Dead(BaseException):
        pass

    def die(*_: object) -> None:
        raise Dead

    with monkeypatch.context() as patched, pytest.raises(Dead):
        patched.setattr(library, "claim", die)
        patched.setattr(library.UnfinishedTake, "_put_back", lambda self: None)
        patched.setattr(library.UnfinishedTake, "keep", lambda self: self._leave())
        with takes.begin(request) as unfinished:
            fill(stage, unfinished)
            unfinished.finish("Ana", 1.0)
    parts = [p.name for p in stage.project.takes("shots", "dolly").iterdir()]
    assert len(parts) == 1 and ".numbering-" in parts[0]
    with takes.begin(request) as unfinished:
        assert unfinished.missing == ()
        assert unfinished.finish("Ben", 1.0).number == 1


def test_a_painter_that_wakes_while_numbering_publishes_no_second_take(stage, monkeypatch) -> None:
    """Its machine slept for longer than its lease, and another one finished the take meanwhile."""
    takes, request = Takes(stage.project), stage.request()
    claim = library.claim
    slept = []

    def sleep(part: Path, *rest: object) -> int:
        if not slept:
            slept.append(part)
            part.rename(part.with_name(part.name.partition(".numbering-")[0]))
            shutil.rmtree(sleeper._claims.folder)
            with takes.begin(request) as other:
                other.finish("Ben", 1.0)
        return claim(part, *rest)

    monkeypatch.setattr(library, "claim", sleep)
    with takes.begin(request) as sleeper:
        fill(stage, sleeper)
        take = sleeper.finish("Ana", 1.0)
    assert takes.list("dolly") == (take,) and take.by == "Ben"
    assert [p.name for p in takes.folder(take).parent.iterdir()] == ["001"]


def test_a_preview_alone_is_nothing_done(stage) -> None:
    """A take that was cancelled in its first steps left a folder for a month."""
    with Takes(stage.project).begin(stage.request()) as unfinished:
        unfinished.add_file(".preview-1.npy", b"small", durable=False)
    assert not unfinished.folder.exists()


def test_who_leaves_does_not_take_the_folder_from_who_comes(stage) -> None:
    takes, request = Takes(stage.project), stage.request()
    first = takes.begin(request)
    second = takes.begin(request)
    first.keep()
    assert second.folder.is_dir()
    second.add(1, stage.png())
    second.keep()
    assert takes.begin(request).done == (1,)


def test_a_broken_frame_is_dropped_while_others_paint(stage) -> None:
    takes, request = Takes(stage.project), stage.request()
    with takes.begin(request) as one:
        one.add(1, stage.png())
        (one.folder / frame_file(2)).write_bytes(stage.png()[:-9])
        with takes.begin(request) as other:
            assert other.done == (1,) and one.missing == (2, 3)


def test_frames_say_which_take_they_were_painted_for(stage) -> None:
    with Takes(stage.project).begin(stage.request()) as unfinished:
        unfinished.add(1, stage.png())
        unfinished.add(2, stage.png(), taken_from=4)
    with Takes(stage.project).begin(stage.request()) as unfinished:
        unfinished.add(3, stage.png(), taken_from=2)
        take = unfinished.finish("Ana", 1.0)
    assert [(f.frame, f.taken_from) for f in take.files] == [(1, None), (2, 4), (3, 2)]
    folder = Takes(stage.project).folder(take)
    assert [p.name for p in folder.iterdir() if p.name[0] == "."] == []
    assert Takes(stage.project).load("dolly", 1) == take


def test_a_frame_is_not_taken_from_a_take_of_which_only_the_mark_was_left(stage) -> None:
    """Somebody died between the two; then the frame was painted."""
    request = stage.request(frames=(1,))
    with Takes(stage.project).begin(request) as unfinished:
        unfinished.add(1, stage.png(), taken_from=4).unlink()
    with Takes(stage.project).begin(request) as unfinished:
        unfinished.add(1, stage.png())
        take = unfinished.finish("Ana", 1.0)
    assert [record.taken_from for record in take.files] == [None]


def test_a_broken_frame_is_no_more_taken_from_another_take(stage) -> None:
    request = stage.request(frames=(1, 2))
    with Takes(stage.project).begin(request) as unfinished:
        unfinished.add(1, stage.png(), taken_from=4).write_bytes(b"cut off")
    with Takes(stage.project).begin(request) as unfinished:
        assert unfinished.missing == (1, 2)
        for frame in request.views:
            unfinished.add(frame.frame, stage.png())
        take = unfinished.finish("Ana", 1.0)
    assert [record.taken_from for record in take.files] == [None, None]
