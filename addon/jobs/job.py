"""A job: a generator of steps, advanced a tick at a time, that can be cancelled between any two."""

import logging
import time
from collections import deque
from collections.abc import Generator
from dataclasses import dataclass
from typing import Literal

from underpaint.errors import Cancelled, JobError, UnderpaintError, disk_error
from underpaint.events import Event, Finished, Moved, broke

log = logging.getLogger(__name__)

State = Literal["running", "stopping", "done", "failed", "cancelled"]
STOPPED = "Stopped. What was finished is kept."
_PACE_FROM = 0.03  # of the whole: before that, how long it takes is anybody's guess


@dataclass(frozen=True)
class Wait:
    """Nothing to do here until the worker or another process has gone on.

    ``why`` is for people, where they should know: the work stands still, and not by their wish.
    """

    why: str = ""


Item = Event | Wait
Steps = Generator[Item, None, tuple[str, ...]]
"""What a job is made of: yields events and waits, returns the files that it made."""


class Job:
    """One command at work. ``tick`` never raises: how it ended is in ``state`` and ``error``."""

    def __init__(self, name: str, out: str, steps: Steps) -> None:
        self.name = name
        self.out = out
        self.state: State = "running"
        self.error: UnderpaintError | None = None
        self.files: tuple[str, ...] = ()
        self.events: deque[Event] = deque()
        self.moved: Moved | None = None
        self.waiting = False
        self.why = ""
        self._steps = steps
        self._throw = False
        self._stage = ""
        self._from: tuple[float, float] | None = None

    @property
    def over(self) -> bool:
        """Whether it has ended, in whatever way."""
        return self.state not in ("running", "stopping")

    def tick(self) -> None:
        """Go one step further."""
        if self.over:
            return
        try:
            item = self._advance()
        except StopIteration as end:
            self._finish(end.value or ())
        except UnderpaintError as error:
            self._break(error)
        except OSError as error:
            self._break(disk_error(error, error.filename or self.out))
        except Exception as error:  # Blender's tick: an error of ours goes no further
            log.exception("job %s", self.name)
            self._break(JobError(f"Something went wrong in Underpaint ({_words(error)})."))
        else:
            self._take(item)

    def cancel(self) -> None:
        """Ask it to stop; the ticks that follow see to it."""
        if self.state == "running":
            self.state = "stopping"
            self._throw = True

    def abort(self) -> None:
        """Stop at once: whatever it holds is let go of before this returns."""
        if self.over:
            return
        self._steps.close()
        self._break(Cancelled(STOPPED))

    def _advance(self) -> Item:
        if self._throw:
            self._throw = False
            return self._steps.throw(Cancelled(STOPPED))
        return next(self._steps)

    def _take(self, item: Item) -> None:
        self.waiting = isinstance(item, Wait)
        self.why = item.why if isinstance(item, Wait) else ""
        if isinstance(item, Wait):
            return
        if isinstance(item, Moved):
            item = self.moved = self._with_time_left(item)
        self.events.append(item)

    def _with_time_left(self, moved: Moved) -> Moved:
        """The same with the seconds that the rest will take, at the pace of this stage.

        Each stage is timed anew, from its first sign of progress: passes that stand are through in
        no time, and starting the painter tells nothing of how fast it paints. Until there is a
        pace, what the machine's history says stands.
        """
        if self._stage != moved.stage:
            self._stage, self._from = moved.stage, None
        if self._from is None:
            self._from = (time.monotonic(), moved.fraction) if moved.done > 0.0 else None
            return moved
        since, fraction = self._from
        gained = moved.fraction - fraction
        if gained < _PACE_FROM:
            return moved
        left = (time.monotonic() - since) / gained * (1.0 - moved.fraction)
        return Moved(moved.stage, moved.done, moved.total, moved.text, moved.fraction, left)

    def _finish(self, files: tuple[str, ...]) -> None:
        self.state, self.files = "done", files
        self.events.append(Finished(self.name, self.out, files))

    def _break(self, error: UnderpaintError) -> None:
        self.state = "cancelled" if isinstance(error, Cancelled) else "failed"
        self.error = error
        self.events.append(broke(error))


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}".strip(": \n").replace("\n", " ")
