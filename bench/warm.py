"""A warm worker that paints real passes at 512², measured from outside and from inside.

Counted is everything from asking for the frames to hearing that their take stands: reading EXR
files, controls, the scheduler, PNG files, hashes, records and messages.
"""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import OpenEXR

from underpaint.library.atomic import write_document
from underpaint.library.project import Project, frame_file
from underpaint.model.look import Look
from underpaint.model.shot import FramePasses, PassSet, SceneObject, Shot
from underpaint.wire.launch import WorkerHandle, start_worker
from underpaint.wire.messages import Done, Failed, PaintFrames, Stopped

SIZE = 512
SHOT = "bench"
WARM_UP = 2
ENGINE = os.environ.get("UNDERPAINT_BENCH_ENGINE", "built-in")
"""What the benches paint with: ``UNDERPAINT_BENCH_ENGINE`` may name a folder."""

_TIMED_WORKER = Path(__file__).with_name("timed_worker.py")
_IDENTITY = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0)


@dataclass(frozen=True)
class Measured:
    """Seconds a frame: in all, and in the model's own calls by part; the worker's peak memory."""

    wall: float
    calls: dict[str, float]
    peak_bytes: int


def measure(frames: int) -> Measured:
    """Paint ``frames`` frames with a worker that has painted some before."""
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        project = Project(Path(folder) / "underpaint")
        write_passes(project, WARM_UP + frames)
        calls = Path(folder) / "calls"
        with _worker(calls) as worker:
            _paint(worker, project, 1, range(1, WARM_UP + 1))
            before = len(_read(calls))
            start = time.perf_counter()
            _paint(worker, project, 2, range(WARM_UP + 1, WARM_UP + frames + 1))
            wall = time.perf_counter() - start
        lines = _read(calls)
    spent: Counter[str] = Counter()
    for name, seconds, _peak in lines[before:]:
        spent[name] += seconds / frames
    return Measured(wall / frames, dict(spent), max(peak for *_, peak in lines))


@contextmanager
def _worker(calls: Path) -> Iterator[WorkerHandle]:
    os.environ["UNDERPAINT_BENCH_CALLS"] = str(calls)
    worker = start_worker(Path(sys.executable), boot=_TIMED_WORKER)
    try:
        yield worker
    finally:
        worker.stop()


def _paint(worker: WorkerHandle, project: Project, job: int, frames: range) -> None:
    """Paint and wait, polling as often as Blender does."""
    look = Look("bench", "a small town at dusk, warm light in the windows")
    asked = PaintFrames(
        job,
        str(project.root),
        SHOT,
        look,
        ENGINE,
        "bench",
        mode="each",
        frames=tuple(frames),
    )
    worker.send(asked)
    while True:
        for message in worker.poll():
            if isinstance(message, (Failed, Stopped)):
                raise SystemExit(f"The worker could not paint: {message}")
            if isinstance(message, Done):
                return
        time.sleep(0.02)


def _read(calls: Path) -> list[tuple[str, float, int]]:
    return [tuple(json.loads(line)) for line in calls.read_text().splitlines()]


def write_passes(project: Project, count: int) -> None:
    """A ball that crosses a corridor, with every pass that a render has."""
    folder = project.passes(SHOT)
    folder.mkdir(parents=True)
    frames = []
    for frame in range(1, count + 1):
        file = frame_file(frame, ".exr")
        _write_exr(folder / file, frame / count)
        frames.append(FramePasses(frame, file, f"bench {frame}", _IDENTITY, _IDENTITY))
    objects = (SceneObject(1, "walls"), SceneObject(2, "ball"))
    shot = Shot(SHOT, "Camera", 1, count)
    passes = PassSet(shot, SIZE, SIZE, 24, 1.0, "bench", objects, tuple(frames))
    write_document(project.pass_set(SHOT), passes)


def _write_exr(path: Path, moved: float) -> None:
    """A multi-part file, as Blender 5 writes it."""
    y, x = (np.mgrid[0:SIZE, 0:SIZE].astype(np.float32) + 0.5) / SIZE * 2 - 1
    walls = 1 / np.maximum(np.maximum(abs(x), abs(y)), 0.05)
    away = (x - moved + 0.5) ** 2 + y**2
    ball = away < 0.09
    lift = np.sqrt(np.maximum(0.09 - away, 0))
    side = abs(x) > abs(y)
    normal = np.stack([-np.sign(x) * side, np.sign(y) * ~side, np.zeros_like(x)])
    normal[:, ball] = np.stack([x - moved + 0.5, -y, lift])[:, ball] / 0.3
    depth = np.where(ball, 2 - lift, walls)
    planes = {
        "Depth": {"Z": depth},
        "Normal": dict(zip("XYZ", normal, strict=True)),
        "Position": {"X": x * depth, "Y": -y * depth, "Z": -depth},
        "UV": {"U": x, "V": y, "A": np.ones_like(x)},
        "Object Index": {"X": np.where(ball, 2, 1)},
        "Vector": dict.fromkeys("XYZW", np.zeros_like(x)),
    }
    parts = []
    for name, channels in planes.items():
        header = {
            "name": f"ViewLayer.{name}",
            "type": OpenEXR.scanlineimage,
            "compression": OpenEXR.ZIP_COMPRESSION,
        }
        values = {
            f"ViewLayer.{name}.{channel}": np.ascontiguousarray(plane, np.float32)
            for channel, plane in channels.items()
        }
        parts.append(OpenEXR.Part(header, values))
    with OpenEXR.File(parts) as file:
        file.write(str(path))
