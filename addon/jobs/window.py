"""Run one job in Blender's window: a timer ticks it, the panel shows it, a person works on.

Loading another file, switching the add-on off and ending Blender stop the job at once. Undo does
not: a job looks its scene up anew at every step and leaves nothing changed between two of them.
"""

import contextlib
import sys
import time
from typing import TYPE_CHECKING

import bpy
from bpy.app.handlers import persistent

if TYPE_CHECKING:
    from collections.abc import Callable

    from underpaint.events import Event

    from .job import Job

_POLL_SECONDS = 0.1
_REDRAW_SECONDS = 0.02
_TICK_SECONDS = 0.0005
"""A tick goes on for as long, so that words which the worker says quickly do not queue up."""

_CHANGING = {"reel", "run", "retime"}
"""Commands that change the scene as they end: a reel's sequencer, shots' markers."""

_job: "Job | None" = None


def run(job: "Job", tell: "Callable[[Event], None]" = lambda _event: None) -> None:
    """Begin a job in the window; in ``blender -b`` do all of it, and ``tell`` of it.

    Raises InputError while another one is at work, and without a window what went wrong.
    """
    if not bpy.app.background:
        start(job)
        return
    from .. import session
    from . import blocking

    def show(event: "Event") -> None:
        session.job_said(event)
        tell(event)

    session.job_started(job)
    blocking.run(job, show)
    session.job_over(job)
    if job.error is not None:
        raise job.error


def start(job: "Job") -> None:
    """Begin a job. Raises InputError while another one is at work."""
    from underpaint.errors import InputError

    from .. import session

    global _job
    if _job is not None:
        raise InputError(f"{_job.name} is still at work: wait for it, or cancel it.")
    _job = job
    session.job_started(job)
    bpy.app.timers.register(_tick, first_interval=0.0)


def cancel() -> None:
    """Ask the job at work to stop."""
    from .. import session

    if _job is not None:
        _job.cancel()
        session.job_stopping()


def tick() -> float | None:
    """Further steps of the job at work: seconds until the next, None when nothing is left to do."""
    from .. import session

    global _job
    job = _job
    if job is None:
        return None
    until = time.monotonic() + _TICK_SECONDS
    _step(job)
    while not (job.over or job.waiting) and time.monotonic() < until:
        _step(job)
    session.job_waits(job.why)
    if not job.over:
        return _POLL_SECONDS if job.waiting else _REDRAW_SECONDS
    _job = None
    session.job_over(job)
    return None


def _step(job: "Job") -> None:
    """One step, and what it said."""
    from underpaint.events import Finished, TakeMade

    from .. import session

    job.tick()
    while job.events:
        event = job.events.popleft()
        session.job_said(event)
        if isinstance(event, TakeMade) and not bpy.app.background:
            _remember_for_undo("Underpaint: Take")
        if isinstance(event, Finished) and event.command in _CHANGING and not bpy.app.background:
            _remember_for_undo("Underpaint: Reel")


def stop() -> None:
    """Stop the job at work at once; its worker goes too, since it may be deep in a step."""
    global _job
    if _job is not None:
        from .. import session

        job, _job = _job, None
        job.abort()
        _close_painter()
        session.job_over(job)


def _tick() -> float | None:
    return tick()


def _remember_for_undo(text: str) -> None:
    """Timers leave no step of undo by themselves. Some modes of editing allow none."""
    with contextlib.suppress(RuntimeError):
        bpy.ops.ed.undo_push(message=text)


def _close_painter() -> None:
    """End the worker, if there ever was one in this session."""
    painter = sys.modules.get(f"{__package__}.painter")
    if painter is not None:
        painter.close()


@persistent
def _before_load(*_: object) -> None:
    stop()


def register() -> None:
    """Listen for what ends a job.

    Blender switches add-ons off before it ends, while its data stands: ``unregister`` stops the
    job then. At Python's own exit there is only the worker left to end, which ``painter`` does.
    """
    bpy.app.handlers.load_pre.append(_before_load)


def unregister() -> None:
    """Stop what is at work, and listen no more."""
    stop()
    _close_painter()
    if bpy.app.timers.is_registered(_tick):
        bpy.app.timers.unregister(_tick)
    with contextlib.suppress(ValueError):  # somebody has cleared the handlers
        bpy.app.handlers.load_pre.remove(_before_load)
