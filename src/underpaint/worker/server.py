"""The worker's loop: one job after another, deaf to nothing while it works.

Three threads beside the main one, which does the jobs: one reads messages, so that a cancel is
known while a job runs; one sends the heartbeat; one waits for standard input to close, which
happens when Blender ends in whatever way, so that no worker outlives it.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import platform
import queue
import sys
import threading
import time
from collections import defaultdict
from typing import Any

from .. import __version__
from ..errors import (
    Cancelled,
    EngineError,
    FormatError,
    JobError,
    UnderpaintError,
    WorkerError,
    disk_error,
)
from ..wire.channel import Dialer, Refused
from ..wire.messages import (
    PROTOCOL,
    Alive,
    Cancel,
    Done,
    Failed,
    Hello,
    Message,
    Shutdown,
    Stopped,
    StopTake,
)
from .job import Job
from .jobs import function_of, is_job
from .measuring import Tally
from .studio import Studio

log = logging.getLogger("underpaint.worker")

HEARTBEAT_SECONDS = 0.25
_GRACE_SECONDS = 5.0
"""How long a job may take to notice that nobody listens any more, before it is ended by force."""


class Server:
    """Serves one Blender until it hangs up."""

    def __init__(self, dialer: Dialer) -> None:
        self._dialer = dialer
        self._waiting: queue.SimpleQueue[Message | Refused | None] = queue.SimpleQueue()
        self._cancelled: set[int] = set()
        self._stopped_takes: defaultdict[int, set[int]] = defaultdict(set)
        self._over = threading.Event()
        self._studio = Studio()

    def serve(self) -> None:
        """Work until told to end, or until nobody is there any more."""
        for target in (self._read, self._beat):
            threading.Thread(target=target, daemon=True).start()
        while (item := self._waiting.get()) is not None and not self._over.is_set():
            with contextlib.suppress(WorkerError):  # nobody is there to be told
                self._serve_one(item)
        self._studio.close()
        self._dialer.close()

    def end(self) -> None:
        """Stop the job at hand and end; a job that does not notice is ended by force."""
        if not self._over.is_set():
            self._over.set()
            self._waiting.put(None)
            force = threading.Timer(_GRACE_SECONDS, os._exit, (1,))
            force.daemon = True
            force.start()

    def _read(self) -> None:
        for item in self._dialer.messages():
            if isinstance(item, Shutdown):
                break
            if isinstance(item, Cancel):
                self._cancelled.add(item.job)
            elif isinstance(item, StopTake):
                self._stopped_takes[item.job].add(item.seed)
            else:
                self._waiting.put(item)
        self.end()

    def _beat(self) -> None:
        while not self._over.wait(HEARTBEAT_SECONDS):
            try:
                self._dialer.send(Alive())
            except WorkerError:
                self.end()

    def _serve_one(self, item: Message | Refused) -> None:
        if isinstance(item, Refused):
            self._refuse(item.job, item.error)
            return
        number: int = getattr(item, "job", 0)
        if not is_job(item):
            name = type(item).__name__
            self._refuse(
                number, FormatError(f"$.type: the worker is asked for jobs, not told {name}")
            )
            return
        outcome = self._outcome(number, item)
        try:
            self._dialer.send(outcome)
        except FormatError as error:  # whatever happened, the job has one last word
            self._refuse(number, error)
        self._cancelled.discard(number)
        self._stopped_takes.pop(number, None)

    def _refuse(self, number: int, error: FormatError) -> None:
        log.warning("a message that cannot be: %s", error)
        self._dialer.send(_failed(number, error))

    def _outcome(self, number: int, asked: Message) -> Message:
        """Do the job; every way in which it can end becomes one message."""
        tally = Tally(asked, self._studio, self._dialer.send)
        job = Job(
            number,
            tally,
            lambda: number in self._cancelled or self._over.is_set(),
            self._stopped_takes[number],
        )
        started = time.monotonic()
        whole = False
        try:
            job.check()
            files = function_of(asked)(asked, job, self._studio)
            whole = True
        except Cancelled:
            return Stopped(number)
        except UnderpaintError as error:
            log.info("job %d failed: %s", number, error)
            return _failed(number, error)
        except Exception as error:
            log.exception("job %d", number)
            return _unforeseen(number, error)
        finally:
            tally.remember(job, whole=whole)
        log.info("job %d: %s took %.2f s", number, type(asked).__name__, time.monotonic() - started)
        return Done(number, files)


def _unforeseen(number: int, error: Exception) -> Failed:
    """One sentence for an error that nothing closer to its cause has put into words."""
    told: UnderpaintError
    if isinstance(error, ImportError) and not (error.name or "").startswith("underpaint"):
        told = EngineError(
            f"The engine's Python lacks a library ({error}): run "
            f'`"{sys.executable}" -m pip install ".[engine]"` in the folder of Underpaint.'
        )
    elif isinstance(error, OSError):
        told = disk_error(error, error.filename or "a file")
    elif isinstance(error, MemoryError):
        told = JobError(
            "This machine ran out of memory: close other programs or paint smaller pictures."
        )
    else:
        told = JobError(f"Something went wrong in the worker ({type(error).__name__}: {error}).")
    return _failed(number, told)


def _failed(number: int, error: UnderpaintError) -> Failed:
    """A file's name may hold bytes that are no letters: those are spelled out."""
    return Failed(number, error.kind, str(error).encode(errors="backslashreplace").decode())


def main() -> int:
    """Dial back to who started us and serve; the exit code is 1 when there was nobody to serve."""
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(message)s")
    try:
        port, token = _read_introduction(sys.stdin.readline())
        hello = Hello(token, PROTOCOL, os.getpid(), platform.python_version(), __version__)
        server = Server(Dialer(port, hello))
    except UnderpaintError as error:
        log.error("%s", error)
        return 1
    threading.Thread(target=_end_with_parent, args=(server,), daemon=True).start()
    server.serve()
    return 0


def _read_introduction(line: str) -> tuple[int, str]:
    """Port and token from the one line of standard input."""
    try:
        data: Any = json.loads(line)
        port, token = data["port"], data["token"]
    except (ValueError, KeyError, TypeError) as error:
        raise FormatError(
            'The worker is started by Underpaint, which gives it {"port": …, "token": …}.'
        ) from error
    return int(port), str(token)


def _end_with_parent(server: Server) -> None:
    """Reads the descriptor itself: a buffered reader's lock would be held at the process's exit."""
    while os.read(sys.stdin.fileno(), 64):
        pass
    server.end()
