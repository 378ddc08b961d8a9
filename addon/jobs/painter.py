"""The session's worker: started when first needed, kept warm between jobs, ended when idle."""

import atexit
import itertools
import time
from collections.abc import Callable, Generator, Iterable
from dataclasses import dataclass
from pathlib import Path

from underpaint.errors import Cancelled, EngineError, UnderpaintError, WorkerError, error_of_kind
from underpaint.wire.launch import WorkerHandle, start_worker
from underpaint.wire.messages import Cancel, Done, Failed, Message, Stopped, StopTake

from .job import Item, Steps, Wait

IDLE_SECONDS = 300.0
"""So long without a job, and the worker is ended: its memory is the artist's."""
SILENT_SECONDS = 2.0
"""So long without a word, its heartbeat included, and a person is told."""
_STOP_SECONDS = 60.0
"""How long a cancelled job may take to stop, before the worker is ended: a slow model's step."""

NO_PYTHON = (
    "Underpaint does not know yet which Python has the engine: name it in the preferences of the "
    "add-on, which also say how to make one."
)

Tell = Callable[[Message], Iterable[Item]]
"""What a job makes of a message."""

job_numbers = itertools.count(1)


@dataclass
class _Warm:
    handle: WorkerHandle
    python: str
    used: float


_warm: _Warm | None = None
_asked: int | None = None
"""The job that the worker is at, by its number."""


def get(python: str) -> WorkerHandle:
    """The worker of that Python: the warm one, or a new one that is starting.

    Raises EngineError when no Python was named or it is not there.
    """
    global _warm
    if not python:
        raise EngineError(NO_PYTHON)
    if _warm is not None and (_warm.python != python or not _alive(_warm.handle)):
        close()
    if _warm is None:
        if not Path(python).is_file():
            raise EngineError(f"The engine's Python {python} is not there: name another one.")
        atexit.register(close)
        _warm = _Warm(start_worker(Path(python)), python, 0.0)
    _warm.used = time.monotonic()
    return _warm.handle


def close() -> None:
    """End the worker, if there is one."""
    global _warm
    if _warm is not None:
        _warm.handle.stop(seconds=0.5)
        _warm = None
        atexit.unregister(close)


def rest() -> None:
    """Called now and then while no job runs: reads what it says, ends it when idle for long."""
    if _warm is None:
        return
    if not _alive(_warm.handle) or time.monotonic() - _warm.used > IDLE_SECONDS:
        close()


def ask(worker: WorkerHandle, message: Message, tell: Tell) -> Steps:
    """Have the worker do a job: yields what ``tell`` makes of its words, returns its files.

    Raises what the worker reports, WorkerError when it dies, Cancelled after it has stopped. Closed
    early, it tells the worker to stop and waits for nothing.
    """
    global _asked
    number: int = message.job  # type: ignore[union-attr]
    worker.send(message)
    _asked, ended = number, False
    try:
        files = yield from _listen(worker, number, tell)
        ended = True
        return files
    except Cancelled:
        worker.send(Cancel(number))
        yield from _until_stopped(worker, number)
        ended = True
        raise
    except UnderpaintError:
        ended = True
        raise
    finally:
        _asked = None
        if not ended:
            worker.send(Cancel(number))


def stop_take(seed: int) -> None:
    """Have the worker paint no more of the take with this seed; its other takes go on."""
    if _warm is not None and _asked is not None:
        _warm.handle.send(StopTake(_asked, seed))


def _listen(worker: WorkerHandle, number: int, tell: Tell) -> Steps:
    while True:
        for message in worker.poll():
            if getattr(message, "job", None) != number:
                continue
            match message:
                case Done():
                    return message.files
                case Failed():
                    raise error_of_kind(message.kind, message.message)
                case Stopped():
                    raise Cancelled("The worker stopped.")
                case _:
                    yield from tell(message)
        yield Wait(_silence(worker))


def _silence(worker: WorkerHandle) -> str:
    """What to tell a person of a worker that has dialled in and says nothing."""
    if worker.hello is None or worker.silent_for < SILENT_SECONDS:
        return ""
    return f"The painter has not answered for {worker.silent_for:.0f} seconds."


def _until_stopped(worker: WorkerHandle, number: int) -> Generator[Wait, None, None]:
    """Wait for the last word of a cancelled job; a worker that has none is ended."""
    until = time.monotonic() + _STOP_SECONDS
    try:
        while time.monotonic() < until:
            for message in worker.poll():
                if isinstance(message, (Done, Failed, Stopped)) and message.job == number:
                    return
            yield Wait()
    except UnderpaintError:
        return  # it is gone, and with it the job
    worker.kill()


def _alive(worker: WorkerHandle) -> bool:
    try:
        worker.poll()
    except WorkerError:
        return False
    except UnderpaintError:
        return True  # a line of an earlier job that makes no sense: that job is over
    return True
