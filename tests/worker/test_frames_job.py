"""The frames job through a real worker process, with the engine that needs no torch."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from underpaint.library.atomic import read_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.wire.messages import (
    Cancel,
    Done,
    Failed,
    FramePainted,
    Message,
    PaintFrames,
    Preview,
    Progress,
    Stopped,
    TakeDone,
)
from underpaint.worker.job import Job
from underpaint.worker.jobs.frames import paint_frames
from underpaint.worker.studio import Studio

Jobs = Callable[..., PaintFrames]


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.png")
    }


def painted_folder(person: Any) -> Path:
    return Path(person.of(TakeDone)[-1].folder)


def test_a_take_appears_with_its_record(person: Any, project: Project, job: Jobs) -> None:
    done = person.ask(job())
    folder = "takes/plano 1/001"
    names = [f"frame_000{n}.png" for n in (1, 2, 3)]
    files = tuple(f"{folder}/{name}" for name in (*names, "take.json"))
    assert done == Done(1)
    assert person.of(TakeDone) == [TakeDone(1, "frames", "plano 1", 1, folder, False, files)]
    assert sorted(message.frame for message in person.of(FramePainted)) == [1, 2, 3]
    take = Takes(project).load("plano 1", 1)
    assert all(sha256_of(project.root / folder / f.file) == f.sha256 for f in take.files)
    request = take.frame_request
    assert request is not None
    assert (request.look.steps, request.look.guidance) == (2, 1.0)
    assert request.look.control_scales == {"depth": 1.0, "normal": 1.0}
    assert (request.engine.name, request.seed, take.by) == ("stand-in", 5, "Ana")
    assert 3.5 < request.depth_range[0] < 3.8 and request.depth_range[1] == 6
    with Image.open(project.root / folder / names[0]) as picture:
        assert (picture.size, picture.mode) == ((24, 20), "RGB")
    assert list(project.takes("shots", "plano 1").glob(".part*")) == []


def test_pictures_follow_the_scene_and_the_words(person: Any, project: Project, job: Jobs) -> None:
    person.ask(job(1))
    person.ask(job(2, look=Look("noon", "a field at noon", steps=2)))
    first, second = (
        np.asarray(Image.open(project.root / f"takes/plano 1/00{n}/frame_0001.png"), np.float32)
        for n in (1, 2)
    )
    wall, ball = first[0, 0], first[10, 13]
    assert np.abs(wall - ball).max() > 20
    assert np.abs(first - second).mean() > 10


def test_a_size_that_is_no_multiple_of_the_engines_is_kept(
    person: Any, project: Project, job: Jobs, write_shot: Callable[..., None]
) -> None:
    write_shot(project, "odd", range(1, 2), (37, 21))
    write_shot(project, "even", range(1, 2), (40, 24))
    person.ask(job(1, shot="odd"))
    person.ask(job(2, shot="even"))
    with Image.open(project.root / "takes/odd/001/frame_0001.png") as picture:
        assert picture.size == (37, 21)


def test_the_same_request_is_not_painted_twice(person: Any, project: Project, job: Jobs) -> None:
    person.ask(job(1))
    painted = len(person.of(FramePainted))
    assert person.ask(job(2)) == Done(2)
    first, second = person.of(TakeDone)
    assert second == replace(first, job=2, reused=True)
    assert len(person.of(FramePainted)) == painted
    assert [take.number for take in Takes(project).list("plano 1")] == [1]


def test_a_take_that_somebody_changed_on_disk_is_not_taken_for_frames(
    person: Any, project: Project, job: Jobs
) -> None:
    person.ask(job(1))
    folder = project.root / "takes/plano 1/001"
    before = digests(folder)
    (folder / "frame_0002.png").write_bytes((folder / "frame_0001.png").read_bytes())
    person.ask(job(2, frames=(1, 2)))
    again = digests(project.root / painted_folder(person))
    assert again == {name: before[name] for name in ("frame_0001.png", "frame_0002.png")}
    assert [message.frame for message in person.of(FramePainted) if message.job == 2] == [2]


def test_takes_count_the_seed_up(person: Any, project: Project, job: Jobs) -> None:
    person.ask(job(1, takes=3))
    takes = Takes(project).list("plano 1")
    assert [take.frame_request.seed for take in takes] == [5, 6, 7]
    pictures = [digests(Takes(project).folder(take))["frame_0001.png"] for take in takes]
    assert len(set(pictures)) == 3
    person.ask(job(2, seed=6))
    assert person.of(TakeDone)[-1] == replace(person.of(TakeDone)[1], job=2, reused=True)


def test_a_seed_may_be_the_shots_or_each_frames(person: Any, project: Project, job: Jobs) -> None:
    """The stand-in's grain is its noise, and a frame's noise is what the seed decides."""
    person.ask(job(1))
    person.ask(job(2, seed_per="frame"))
    grains = [
        [_grain(project.root / f"takes/plano 1/00{take}/frame_000{n}.png") for n in (1, 3)]
        for take in (1, 2)
    ]
    assert np.corrcoef(*grains[0])[0, 1] > 0.9
    assert abs(np.corrcoef(*grains[1])[0, 1]) < 0.4


def _grain(path: Path) -> np.ndarray:
    """What the top rows, which show the wall in every frame, have beyond the wall's own colour."""
    rows = np.asarray(Image.open(path), np.float32)[:3].mean(-1)
    return (rows - rows.mean()).ravel()


def test_chosen_frames_only(person: Any, project: Project, job: Jobs) -> None:
    person.ask(job(1))
    everything = digests(project.root / "takes/plano 1/001")
    person.ask(job(2, frames=(3, 2, 2)))
    assert digests(project.root / "takes/plano 1/002") == {
        name: everything[name] for name in ("frame_0002.png", "frame_0003.png")
    }


@pytest.mark.parametrize("batch", [1, 2, 3, 10])
def test_batches_paint_the_same(person: Any, project: Project, job: Jobs, batch: int) -> None:
    person.ask(job(1, batch=batch, seed_per="frame"))
    alone = digests(project.root / "takes/plano 1/001")
    other = Project(project.root.with_name("other"))
    other.root.mkdir()
    (other.root / "passes").symlink_to(project.root / "passes")
    person.ask(replace(job(2, batch=1, seed_per="frame"), project=str(other.root)))
    assert digests(other.root / "takes/plano 1/001") == alone


def test_killed_midway_it_goes_on_and_ends_with_the_same_bytes(
    start: Callable[[], Any], project: Project, job: Jobs, write_shot: Callable[..., None]
) -> None:
    write_shot(project, "long", range(1, 9))
    slow = job(1, engine="stand-in?seconds=0.05", shot="long")
    first = start()
    first.worker.send(slow)
    first.wait_for(lambda m: isinstance(m, FramePainted) and m.frame == 3)
    os.kill(first.worker.process.pid, signal.SIGKILL)
    parts = list(project.takes("shots", "long").glob(".part-????????????????"))
    kept = digests(parts[0])
    assert len(kept) >= 3
    second = start()
    second.ask(slow)
    resumed = digests(project.root / "takes/long/001")
    again = {message.frame for message in second.of(FramePainted)}
    assert again == {frame for frame in range(1, 9) if f"frame_{frame:04d}.png" not in kept}
    whole = Project(project.root.with_name("whole"))
    whole.root.mkdir()
    (whole.root / "passes").symlink_to(project.root / "passes")
    second.ask(replace(slow, job=2, project=str(whole.root)))
    assert digests(whole.root / "takes/long/001") == resumed
    assert resumed.items() >= kept.items()


def test_cancelled_within_a_step_and_gone_on_with(person: Any, project: Project, job: Jobs) -> None:
    step = 0.3
    slow = job(1, engine=f"stand-in?seconds={step}", look=Look("", "x", steps=20))
    person.worker.send(slow)
    person.wait_for(lambda m: isinstance(m, Progress) and "step 2 " in m.text)
    asked = time.monotonic()
    person.worker.send(Cancel(1))
    assert person.outcome(1) == Stopped(1)
    assert time.monotonic() - asked < step + 0.2
    assert Takes(project).list("plano 1") == ()
    assert isinstance(person.ask(job(2)), Done)


def test_a_job_that_waits_can_be_cancelled_too(person: Any, job: Jobs) -> None:
    person.worker.send(job(1, engine="stand-in?seconds=0.2"))
    person.worker.send(job(2, seed=9))
    person.worker.send(Cancel(2))
    assert isinstance(person.outcome(1), Done)
    assert person.outcome(2) == Stopped(2)
    assert not [message for message in person.of(FramePainted) if message.job == 2]


def test_previews_are_pictures_in_the_making(person: Any, project: Project, job: Jobs) -> None:
    slow = job(engine="stand-in?seconds=0.3", previews=True, frames=(1,))
    person.worker.send(slow)
    preview = person.wait_for(lambda m: isinstance(m, Preview))
    pixels = np.load(project.root / preview.file)
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and max(pixels.shape) <= 320
    assert isinstance(person.outcome(1), Done)
    assert sorted(path.name for path in (project.root / painted_folder(person)).iterdir()) == [
        "frame_0001.png",
        "take.json",
    ]


def test_progress_grows_to_its_end(person: Any, job: Jobs) -> None:
    person.ask(job(1, engine="stand-in?seconds=0.3", takes=2))
    told = [(message.done, message.total) for message in person.of(Progress)]
    assert told == sorted(told) and {total for _, total in told} == {6}


def test_the_range_of_depth_is_the_whole_shots(person: Any, project: Project, job: Jobs) -> None:
    person.ask(job(1, frames=(1,)))
    person.ask(job(2))
    requests = [take.frame_request for take in Takes(project).list("plano 1")]
    assert requests[0].depth_range == requests[1].depth_range


# --- what is wrong with the input ------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({"shot": "Plan 9"}, "InputError", "plano 1"),
        ({"frames": (1, 99)}, "InputError", "frame 99"),
        ({"seed": -1}, "InputError", "seed"),
        ({"seed": 1 << 63}, "InputError", "seed"),
        ({"takes": 0}, "InputError", "takes"),
        ({"batch": 0}, "InputError", "batches"),
        ({"look": Look("", "x", steps=0)}, "InputError", "steps"),
        ({"look": Look("", "x", guidance=-1.0)}, "InputError", "guidance"),
        ({"look": Look("", "x", control_scales={"dpeth": 1.0})}, "InputError", "dpeth"),
        ({"engine": "/nowhere/at all"}, "EngineError", "/nowhere/at all"),
        ({"engine": "stand-in?seconds=soon"}, "EngineError", "stand-in"),
    ],
)
def test_each_mistake_ends_in_one_sentence(
    person: Any, project: Project, job: Jobs, values: dict[str, Any], kind: str, words: str
) -> None:
    failed = person.ask(job(1, **values))
    assert isinstance(failed, Failed)
    assert failed.kind == kind
    assert words in failed.message and "\n" not in failed.message
    assert failed.message.endswith(".")
    assert not project.takes("shots", "plano 1").exists()


@pytest.mark.parametrize("damage", ["empty", "cut", "gone", "text"])
def test_a_broken_pass_file_is_named(person: Any, project: Project, job: Jobs, damage: str) -> None:
    path = project.passes("plano 1") / "frame_0002.exr"
    data = path.read_bytes()
    path.write_bytes(
        {"empty": b"", "cut": data[: len(data) // 2], "gone": b"", "text": b"hi"}[damage]
    )
    if damage == "gone":
        path.unlink()
    failed = person.ask(job(1))
    assert isinstance(failed, Failed) and failed.kind == "InputError"
    assert "frame_0002.exr" in failed.message and "passes" in failed.message
    assert isinstance(person.ask(replace(job(2), shot="none")), Failed)


def test_a_broken_pass_set_names_its_field(person: Any, project: Project, job: Jobs) -> None:
    path = project.pass_set("plano 1")
    plain = json.loads(path.read_text())
    plain["frames"][1]["hash"] = 7
    path.write_text(json.dumps(plain))
    failed = person.ask(job(1))
    assert failed.kind == "FormatError"
    assert "passes.json" in failed.message and "$.frames[1].hash" in failed.message


@pytest.mark.skipif(sys.platform != "linux", reason="names are letters elsewhere")
def test_a_name_that_is_no_text_is_spelled_out(person: Any, job: Jobs, tmp_path: Path) -> None:
    engine = tmp_path / "engine"
    engine.mkdir()
    (engine / "m\udcff.ckpt").touch()
    failed = person.ask(job(1, engine=str(engine)))
    assert failed.kind == "EngineError" and "m\\udcff.ckpt" in failed.message
    assert person.ask(job(2)) == Done(2)


def test_records_are_read_once_a_job(
    project: Project, job: Jobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    said: list[Message] = []
    studio = Studio()
    paint_frames(job(1, takes=3), Job(1, said.append, bool), studio)
    read: list[str] = []

    def watched(cls: type, path: Path) -> object:
        read.append(path.parent.name)
        return read_document(cls, path)

    monkeypatch.setattr("underpaint.library.takes.read_document", watched)
    paint_frames(job(2, takes=5), Job(2, said.append, bool), studio)
    assert sorted(read) == ["001", "002", "003"]
    told = [message.reused for message in said if isinstance(message, TakeDone)]
    assert told == [False] * 3 + [True] * 3 + [False] * 2


def test_a_file_where_the_takes_belong(person: Any, project: Project, job: Jobs) -> None:
    (project.root / "takes").write_text("in the way")
    failed = person.ask(job(1))
    assert failed.kind in ("InputError", "DiskError")
    assert "takes" in failed.message and "Traceback" not in failed.message


@pytest.fixture
def small_disk(tmp_path: Path) -> Any:
    """A disk of 256 KiB."""
    folder = tmp_path / "small disk"
    folder.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=256k", "tmpfs", folder]).returncode:
        pytest.skip("a file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_full_disk_keeps_what_is_finished_and_goes_on_later(
    person: Any, small_disk: Path, job: Jobs, write_shot: Callable[..., None]
) -> None:
    project = Project(small_disk / "underpaint")
    write_shot(project, "s", range(1, 7))
    free = os.statvfs(small_disk)
    ballast = small_disk / "ballast"
    ballast.write_bytes(b"x" * (free.f_bavail * free.f_frsize - 5 * 4096))
    asked = replace(job(1, shot="s"), project=str(project.root))
    failed = person.ask(asked)
    assert failed.kind == "DiskError" and "full" in failed.message
    assert Takes(project).list("s") == ()
    ballast.unlink()
    assert isinstance(person.ask(replace(asked, job=2)), Done)
    assert len(digests(project.root / "takes/s/001")) == 6
