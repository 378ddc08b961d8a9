"""A worker that is killed at random moments, again and again, and what its take is in the end."""

from __future__ import annotations

import random
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.look import Look
from underpaint.wire.launch import WorkerHandle, start_worker
from underpaint.wire.messages import Done, Failed, FramePainted, PaintFrames, Stopped

from .figures import Figure, at_most
from .warm import ENGINE, SHOT, write_passes

MOMENTS = 20
_POLL_SECONDS = 0.005


def run(quick: bool) -> Iterator[Figure]:
    """One shot, frame by frame."""
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        project = Project(Path(folder) / "underpaint")
        write_passes(project, 16 if quick else 48)
        look = Look("bench", "a small town at dusk, warm light in the windows")
        asked = PaintFrames(1, str(project.root), SHOT, look, ENGINE, "bench", mode="each")
        yield after_kills(asked, 5 if quick else MOMENTS)


def after_kills(asked: PaintFrames, moments: int = MOMENTS, seed: int = 0) -> Figure:
    """Files of the takes of a shot that differ from an unbroken run's, after the worker was killed
    (SIGKILL) at so many random moments and the job asked for again each time.

    ``asked.project`` has the shot's passes. The moments lie anywhere from the start of a worker to
    two frames after its first; a job that ends too early to be killed so often counts as wrong.
    """
    rng = random.Random(seed)
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        unbroken, broken = (_beside(asked, Path(folder) / name) for name in ("whole", "killed"))
        life = _live(unbroken, None)
        kills, painted = 0, 0
        while kills < moments:
            cut = _live(broken, rng.uniform(0.0, life.first + 2 * life.pace))
            painted += cut.painted
            if cut.ended:
                break
            kills += 1
        last = _live(broken, None)
        made, wanted = _digests(broken), _digests(unbroken)
        differing = sum(made.get(name) != wanted.get(name) for name in made.keys() | wanted.keys())
    return at_most(
        "files that differ after kills -9 from an unbroken run's",
        float("inf") if kills < moments else differing,
        0,
        kills=kills,
        files=len(wanted),
        painted_before_the_last_kill=painted,
        painted_after_it=last.painted,
    )


@dataclass(frozen=True)
class _Life:
    """A worker's: frames painted; seconds to the first and from one to the next."""

    ended: bool
    painted: int
    first: float
    pace: float


def _live(asked: PaintFrames, seconds: float | None) -> _Life:
    """Start a worker, ask, and kill it after so many seconds; None: let it end."""
    worker = start_worker(Path(sys.executable))
    start = time.monotonic()
    times: list[float] = []
    try:
        worker.send(asked)
        ended = _listen(worker, times, float("inf") if seconds is None else start + seconds)
    finally:
        worker.kill()
    first = times[0] - start if times else 0.0
    pace = (times[-1] - times[0]) / (len(times) - 1) if len(times) > 1 else 0.0
    return _Life(ended, len(times), first, pace)


def _listen(worker: WorkerHandle, times: list[float], until: float) -> bool:
    """Note when frames are painted; whether the job ended before its time was up."""
    while time.monotonic() < until:
        for message in worker.poll():
            match message:
                case FramePainted():
                    times.append(time.monotonic())
                case Failed() | Stopped():
                    raise SystemExit(f"The worker could not paint: {message}")
                case Done():
                    return True
        time.sleep(_POLL_SECONDS)
    return False


def _beside(asked: PaintFrames, root: Path) -> PaintFrames:
    """The same in a project of its own that shares the passes."""
    root.mkdir()
    for name in ("passes", "textures"):
        if (Path(asked.project) / name).exists():
            (root / name).symlink_to(Path(asked.project) / name)
    return replace(asked, project=str(root))


def _digests(asked: PaintFrames) -> dict[str, str]:
    takes = Project(Path(asked.project)).takes("shots", asked.shot)
    return {
        f"{path.parent.name}/{path.name}": sha256_of(path)
        for path in takes.rglob("*")
        if path.is_file() and path.name != "take.json"
    }
