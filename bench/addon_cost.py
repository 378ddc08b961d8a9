"""What the add-on costs Blender's main thread: switching it on, and a tick while the worker works.

Each runs in a Blender of its own: ``python -m bench.addon_cost register``, or ``ticks SECONDS``.
"""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .figures import Figure, at_most

MOST_REGISTER_MS = 60.0
MOST_TICK_MS = 1.0
WARM_UP = 2  # the first runs write bytecode and fill the disk's cache


def figures(quick: bool) -> Iterator[Figure]:
    """Both costs, for the suite ``passes``."""
    yield register_cost(quick)
    yield from tick_cost(quick)


def register_cost(quick: bool) -> Figure:
    """``import`` and ``register`` of the add-on after bpy itself, in milliseconds: the median."""
    runs = [_measured("register") for _ in range(WARM_UP + (3 if quick else 9))][WARM_UP:]
    times = [run["ms"] for run in runs]
    name, median = "import and register of the add-on after bpy, ms", statistics.median(times)
    beside = {"least": min(times), "most": max(times), "runs": len(times)}
    return at_most(name, median, MOST_REGISTER_MS, **beside)


def tick_cost(quick: bool) -> Iterator[Figure]:
    """A tick of the job while the stand-in paints in the worker, in milliseconds."""
    times = sorted(_measured("ticks", "3" if quick else "10")["ms"])
    beside = {"most": times[-1], "ticks": len(times)}
    high = times[int(0.95 * (len(times) - 1))]
    for name, value in (("median", statistics.median(times)), ("95th percentile", high)):
        figure = f"Blender's main thread a tick while the worker works, {name}, ms"
        yield at_most(figure, value, MOST_TICK_MS, **beside)


def _measured(*words: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.addon_cost", *words]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


# --- in a Blender of its own ------------------------------------------------------------------


def _register() -> dict[str, Any]:
    import bpy  # noqa: F401  what comes with it is not our cost

    started = time.perf_counter()
    import underpaint_addon

    underpaint_addon.register()
    return {"ms": 1000.0 * (time.perf_counter() - started)}


def _ticks(seconds: float) -> dict[str, Any]:
    """Tick as the window's timer does, but time each tick that the worker's stage gets."""
    import underpaint_addon

    underpaint_addon.register()
    from underpaint_addon.jobs import stages, window

    times: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        job = stages.job_of(_order(Path(folder)))
        window.start(job)
        until = None
        while not job.over:
            working = job.moved is not None and job.moved.stage == "frames" and job.moved.done > 0
            started = time.perf_counter()
            pause = window.tick()
            if working:
                until = until or time.monotonic() + seconds
                times.append(1000.0 * (time.perf_counter() - started))
                if time.monotonic() > until:
                    job.cancel()
            time.sleep(min(pause or 0.0, 0.02))
    if job.state == "failed":
        raise SystemExit(str(job.error))
    return {"ms": times}


def _order(folder: Path) -> Any:
    """Many takes of a few small frames: the worker has messages to send all the time."""
    import bpy
    from underpaint_addon.jobs.order import of_command

    from underpaint.commands import Command

    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 256, 160
    scene.render.resolution_percentage = 100
    scene.frame_start, scene.frame_end = 1, 4
    words = {"words": "stone", "engine": "stand-in", "takes": 99, "mode": "each", "out": folder}
    return of_command(scene, Command("frames", **words), apply=False, gently=True)


if __name__ == "__main__":
    measure = {"register": _register, "ticks": _ticks}[sys.argv[1]]
    print(json.dumps(measure(*map(float, sys.argv[2:]))))
