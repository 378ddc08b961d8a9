"""Run a job to its end without a window: the same ticks in a loop."""

import contextlib
import signal
import time
from collections.abc import Callable, Iterator
from types import FrameType

from underpaint.events import Event

from . import painter
from .job import Job

_NAP = 0.02


def run(job: Job, show: Callable[[Event], None]) -> Job:
    """Tick until it is over and show all that it says; an interrupt of the terminal cancels it.

    When ``show`` raises, because nobody listens any more, the job is stopped at once.
    """
    with _cancelled_by_signals(job):
        try:
            while not job.over:
                job.tick()
                while job.events:
                    show(job.events.popleft())
                if job.waiting and not job.over:
                    time.sleep(_NAP)
        finally:
            job.abort()
            painter.close()
    return job


@contextlib.contextmanager
def _cancelled_by_signals(job: Job) -> Iterator[None]:
    def cancel(_number: int, _frame: FrameType | None) -> None:
        job.cancel()

    names = ("SIGINT", "SIGTERM", "SIGBREAK")
    numbers = [getattr(signal, name) for name in names if hasattr(signal, name)]
    before = {number: signal.signal(number, cancel) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler or signal.SIG_DFL)
