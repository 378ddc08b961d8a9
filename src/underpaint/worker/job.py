"""What a job can do while it runs: say how far it is, and notice that it was cancelled."""

from __future__ import annotations

import time
from collections.abc import Callable, Container
from dataclasses import dataclass, field

from ..errors import Cancelled
from ..wire.messages import Message, Note, Progress

_CALM_SECONDS = 0.1


@dataclass
class Job:
    """One job of the person at the other end; ``cancelled`` is asked, never awaited.

    ``stopped_takes``: the seeds of its takes that the person wants no more of.
    ``idle_seconds``: for how long it has waited for others.
    """

    number: int
    send: Callable[[Message], None]
    cancelled: Callable[[], bool]
    stopped_takes: Container[int] = ()
    idle_seconds: float = field(default=0.0, init=False)
    _told_at: float = field(default=-1.0, init=False)
    _noted: set[str] = field(default_factory=set, init=False)
    _percent: int = field(default=-1, init=False)

    def check(self) -> None:
        """Raise Cancelled if the person has cancelled it."""
        if self.cancelled():
            raise Cancelled("Cancelled.")

    def wait(self, seconds: float) -> None:
        """Wait for others who do a part of it."""
        time.sleep(seconds)
        self.idle_seconds += seconds

    def note(self, text: str) -> None:
        """A sentence that stops nothing; said once a job."""
        if text not in self._noted:
            self._noted.add(text)
            self.send(Note(self.number, text))

    def progress(self, done: float, total: float, text: str) -> None:
        """Say how far it is; between the first and the last, at most ten times a second."""
        now = time.monotonic()
        if 0 < done < total and now - self._told_at < _CALM_SECONDS:
            return
        self._told_at = now
        self.send(Progress(self.number, done, total, text))

    def reading_engine(self, done: int, total: int) -> None:
        """Bytes of the engine's files were read: say so, or stop there if it was cancelled."""
        self.check()
        percent = 100 * done // total
        if percent != self._percent:
            self._percent = percent
            self.progress(0, 1, f"Reading the engine, once: {percent} % of {_gigabytes(total)}")


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.1f} GB"
