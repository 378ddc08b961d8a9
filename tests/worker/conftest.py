"""A tiny project with real EXR passes, and a real worker process."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import OpenEXR
import pytest

from underpaint.library.atomic import write_document
from underpaint.library.project import Project, frame_file
from underpaint.model.look import Look
from underpaint.model.shot import FramePasses, PassSet, SceneObject, Shot
from underpaint.wire.launch import WorkerHandle, start_worker
from underpaint.wire.messages import Done, Failed, Message, PaintFrames, Stopped

IDENTITY = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0)
LENS = 2.0  # focal length over half the picture's width


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Fingerprints are remembered in a folder of the test's own."""
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def project(tmp_path: Path) -> Project:
    """A project with three frames of one shot; its name is no ASCII and has a space."""
    project = Project(tmp_path / "mi película ñ" / "underpaint")
    _write_shot(project, "plano 1")
    return project


@pytest.fixture
def write_shot() -> Callable[..., None]:
    """(project, name, frames, size, pace): passes of a ball before a wall; it moves with the
    frames."""
    return _write_shot


@pytest.fixture
def job(project: Project) -> Callable[..., PaintFrames]:
    """Makes jobs for the project's shot; every field can be given."""

    def make(number: int = 1, engine: str = "stand-in", **values: Any) -> PaintFrames:
        look = values.pop("look", Look("dusk", "a street at dusk", steps=2))
        asked = {"shot": "plano 1", "by": "Ana", "seed": 5, **values}
        return PaintFrames(number, str(project.root), look=look, engine=engine, **asked)

    return make


def _write_shot(
    project: Project,
    name: str,
    frames: range = range(1, 4),
    size: tuple[int, int] = (24, 20),
    pace: float = 0.1,
) -> None:
    width, height = size
    shot = Shot(name, "Camera", frames.start, frames.stop - 1)
    records = []
    for frame in frames:
        file = frame_file(frame, ".exr")
        project.passes(name).mkdir(parents=True, exist_ok=True)
        _write_exr(project.passes(name) / file, width, height, centre=pace * frame)
        projection = (
            LENS,
            0,
            0,
            0,
            0,
            LENS * width / height,
            0,
            0,
            0,
            0,
            -1.0,
            -0.2,
            0,
            0,
            -1.0,
            0,
        )
        poses = f"poses_{frame:04d}.npz"
        _write_poses(project.passes(name) / poses, centre=pace * frame)
        digest = f"hash of {name} {frame}"
        records.append(FramePasses(frame, file, digest, IDENTITY, projection, poses=poses))
    objects = (SceneObject(1, "wall"), SceneObject(2, "ball ñ"))
    write_document(
        project.pass_set(name),
        PassSet(shot, width, height, 24, 1.0, "test", objects, tuple(records)),
    )


def _write_exr(path: Path, width: int, height: int, centre: float) -> None:
    """One part, as Blender 4.2 writes it: a camera at the origin looks along −Z."""
    y, x = np.mgrid[0:height, 0:width].astype(np.float32)
    x, y = (x + 0.5) / width * 2 - 1, (1 - (y + 0.5) / height * 2) * height / width
    away = (x - centre) ** 2 + y**2
    ball = away < 0.16
    lift = np.sqrt(np.maximum(0.16 - away, 0))
    depth = np.where(ball, 4 - lift, 6).astype(np.float32)
    normal = np.stack(
        [np.where(ball, x - centre, 0), np.where(ball, y, 0), np.where(ball, lift, 1)]
    )
    normal = (normal / np.linalg.norm(normal, axis=0)).astype(np.float32)
    zero = np.zeros_like(depth)
    planes = {
        "Depth.Z": depth,
        "Normal.X": normal[0],
        "Normal.Y": normal[1],
        "Normal.Z": normal[2],
        "Position.X": x * depth / LENS,
        "Position.Y": y * depth / LENS,
        "Position.Z": -depth,
        "UV.U": zero,
        "UV.V": zero,
        "IndexOB.X": np.where(ball, 2, 1).astype(np.float32),
        **{f"Vector.{axis}": zero for axis in "XYZW"},
    }
    channels = {f"ViewLayer.{name}": np.ascontiguousarray(plane) for name, plane in planes.items()}
    header = {"compression": OpenEXR.ZIP_COMPRESSION, "type": OpenEXR.scanlineimage}
    with OpenEXR.File(header, channels) as file:
        file.write(str(path))


def _write_poses(path: Path, centre: float) -> None:
    """The wall stands still, the ball moves."""
    matrices = np.stack([np.eye(4), np.eye(4)])
    matrices[1, :3, 3] = centre * 4 / LENS, 0, -4
    ids, shapes = np.array([1, 2], np.int32), np.array([11, 12], np.uint64)
    np.savez(path, ids=ids, matrices=matrices, shapes=shapes)


@dataclass
class Person:
    """Somebody at the other end of a worker, as Blender is."""

    worker: WorkerHandle
    heard: list[Message] = field(default_factory=list)

    def wait_for(self, sign: Callable[[Message], bool], seconds: float = 30) -> Message:
        """The first message that fits, of all that were heard or will be."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            for message in self.heard:
                if sign(message):
                    return message
            self.heard += self.worker.poll()
            time.sleep(0.002)
        raise AssertionError(f"not within {seconds} s; heard {self.heard}\n{self.worker.tail()}")

    def ask(self, message: Message) -> Done | Failed | Stopped:
        """Ask for a job and wait until it ends."""
        self.worker.send(message)
        return self.outcome(message.job)

    def outcome(self, job: int) -> Done | Failed | Stopped:
        """How a job ended."""
        return self.wait_for(lambda m: isinstance(m, (Done, Failed, Stopped)) and m.job == job)

    def of(self, kind: type) -> list[Message]:
        """The messages of one kind that were heard."""
        return [message for message in self.heard if isinstance(message, kind)]


@pytest.fixture(scope="session")
def person_with() -> type[Person]:
    """Somebody with a worker that a test module started for itself."""
    return Person


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Person]]:
    """Start workers; those still running are ended after the test."""
    started: list[WorkerHandle] = []

    def start(**options: Any) -> Person:
        log = tmp_path / f"{len(started)}.log"
        python = options.pop("python", Path(sys.executable))
        started.append(start_worker(python, log=log, **options))
        return Person(started[-1])

    yield start
    for worker in started:
        worker.kill()


@pytest.fixture
def person(start: Callable[..., Person]) -> Person:
    """Somebody with a fresh worker."""
    return start()
