"""Start the worker process, hear from it, notice when it is gone. Standard library only."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import BinaryIO

from ..errors import UnderpaintError, WorkerError
from .channel import Listener
from .messages import Alive, Hello, Message, Shutdown

PACKAGE = Path(__file__).resolve().parent.parent
BOOT = PACKAGE / "worker" / "boot.py"

START_SECONDS = 60.0
"""How long the worker may take to dial in; a cold disk is slow."""
SILENT_SECONDS = 60.0
"""How long a worker that has dialled in may say nothing, its heartbeat included."""
_TAIL_BYTES = 2000
_REAP_SECONDS = 0.5
_BLIND_SECONDS = 5.0
"""Between two polls further apart the computer slept or Blender was busy: no silence is counted."""

# a terminal's Ctrl-C is the parent's to handle, hence a group (elsewhere: a session) of its own
if sys.platform == "win32":
    _CREATION_FLAGS = subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP
else:
    _CREATION_FLAGS = 0

_QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "DO_NOT_TRACK": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONNOUSERSITE": "1",
}
_SHARING = {"OMP_WAIT_POLICY": "PASSIVE", "KMP_BLOCKTIME": "0", "MALLOC_ARENA_MAX": "1"}
"""Threads that wait for each other sleep in place of spinning: beside a busy Blender, painting on
the CPU is five times faster so. And they share what memory they give back: with a heap for each,
glibc held 470 MB for a shot that 340 MB do for."""
_FOREIGN = ("PYTHONHOME", "PYTHONPATH", "PYTHONSTARTUP", "PYTHONSAFEPATH", "__PYVENV_LAUNCHER__")


def start_worker(python: Path, *, log: Path | None = None, boot: Path = BOOT) -> WorkerHandle:
    """Start this Underpaint's worker with the engine environment's ``python``, without waiting.

    What the process prints goes to ``log`` (default: a file of its own in the system's folder for
    temporary files). Raises WorkerError when the process cannot be started at all.
    """
    kept = log is not None
    try:
        log = log or _new_log()
        stream = log.open("wb")
        listener = Listener()
    except OSError as error:
        raise WorkerError(
            f"The worker could not be started: {error}. It needs a file for what it prints and a "
            "port of this computer: free some disk space, close other programs and run again."
        ) from error
    with stream:
        try:
            process = _spawn(python, boot, stream)
        except OSError as error:
            listener.close()
            if not kept:
                log.unlink(missing_ok=True)
            raise WorkerError(
                f"The worker could not be started with {python}: {error.strerror or error}. "
                "Name the Python that has the engine, in the add-on's preferences or with --python."
            ) from error
    return WorkerHandle(process, listener, log, keep_log=kept)


class WorkerHandle:
    """A worker that was started. Poll it often; it is over once ``poll`` raised WorkerError."""

    def __init__(
        self, process: subprocess.Popen[bytes], listener: Listener, log: Path, *, keep_log: bool
    ) -> None:
        self.process = process
        self.log = log
        self._keep_log = keep_log
        self.hello: Hello | None = None
        self._listener = listener
        self._error: UnderpaintError | None = None
        self._counted_from = self._polled = time.monotonic()
        self._lost_at: float | None = None
        self._introduce()

    @property
    def silent_for(self) -> float:
        """Seconds since it was last heard; above one or two, say that it does not answer.

        Only those through which somebody listened.
        """
        heard = self._listener.last_heard if self.hello else 0.0
        return time.monotonic() - max(heard, self._counted_from)

    def send(self, message: Message) -> None:
        """Ask for something; it is delivered when the worker has dialled in. Never waits."""
        self._listener.send(message)

    def poll(self) -> list[Message]:
        """What it said since the last call, heartbeats left out; never waits.

        Raises WorkerError, in words, within a second of its end; FormatError for a line that is no
        message, behind which the next call goes on.
        """
        if self._error:
            raise self._error
        now = time.monotonic()
        if now - self._polled > _BLIND_SECONDS:
            self._counted_from = now
        self._polled = now
        code = self.process.poll()  # before reading: what an ended process has said is all there
        try:
            heard = self._listener.poll()
        except WorkerError as error:
            raise self._give_up(str(error)) from error
        messages: list[Message] = [m for m in heard if not isinstance(m, (Alive, Hello))]
        self.hello = next((m for m in heard if isinstance(m, Hello)), self.hello)
        if not heard:
            self._check_pulse(code)
        return messages

    def stop(self, seconds: float = 3.0) -> None:
        """Ask it to end, and end it when it has not done so in time."""
        with contextlib.suppress(OSError):
            self.send(Shutdown())
        self._close_stdin()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self.process.wait(seconds)
        self.kill()
        if not self._keep_log:
            self.log.unlink(missing_ok=True)

    def kill(self) -> None:
        """End it now; with whatever it has started, except on Windows, which knows no group."""
        if self.process.poll() is None:
            _kill_group(self.process)
            self.process.wait()
        self._close_stdin()
        self._listener.close()
        self._error = self._error or WorkerError("The worker has been ended.")

    def tail(self) -> str:
        """The last lines of what it printed."""
        try:
            with self.log.open("rb") as stream:
                stream.seek(max(0, self.log.stat().st_size - _TAIL_BYTES))
                return stream.read().decode(errors="replace").strip()
        except OSError:
            return ""

    def _introduce(self) -> None:
        """Tell it where to dial and what to say; ``poll`` notices a process that is gone."""
        line = json.dumps({"port": self._listener.port, "token": self._listener.token}) + "\n"
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.write(line.encode())
            self.process.stdin.flush()

    def _close_stdin(self) -> None:
        assert self.process.stdin is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()

    def _check_pulse(self, code: int | None) -> None:
        """Raise WorkerError if it has ended, has hung up, never dialled in or fell silent."""
        if code is not None:
            raise self._give_up(f"The worker ended unexpectedly: {_exit_words(code)}.")
        if self._listener.lost:
            self._lost_at = self._lost_at or time.monotonic()
            if time.monotonic() - self._lost_at > _REAP_SECONDS:  # its exit code says more
                raise self._give_up("The worker hung up.")
        elif self.hello is None and self.silent_for > START_SECONDS:
            raise self._give_up(f"The worker did not answer within {START_SECONDS:.0f} seconds.")
        elif self.hello is not None and self.silent_for > SILENT_SECONDS:
            raise self._give_up(f"The worker has not answered for {self.silent_for:.0f} seconds.")

    def _give_up(self, what: str) -> UnderpaintError:
        """The error that every later poll raises too; whatever is left of the process is ended."""
        tail = self.tail().splitlines()[-1:]
        said = f' It last said: "{tail[0].strip()[:300]}".' if tail else ""
        self._error = WorkerError(
            f"{what}{said} What was finished is kept: run it again to go on. The log is {self.log}."
        )
        self.kill()
        return self._error


def _exit_words(code: int) -> str:
    if code == -signal.SIGTERM:
        return "somebody ended it"
    if code < 0 and -code == getattr(signal, "SIGKILL", None):
        return "the system ended it, most often for lack of memory"
    if code < 0:
        return f"it crashed (signal {-code})"
    return f"exit code {code}"


def _kill_group(process: subprocess.Popen[bytes]) -> None:
    if sys.platform == "win32":
        process.kill()
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)


def _spawn(python: Path, boot: Path, log: BinaryIO) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        # -I: no user site, no PYTHON* variables, nothing of the current folder
        [os.fspath(python), "-I", "-X", "utf8", "-X", "faulthandler", os.fspath(boot)],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=_environment(),
        creationflags=_CREATION_FLAGS,
        start_new_session=True,
    )


def _environment() -> dict[str, str]:
    """Ours, without what steers Blender's own Python; offline, for nothing here is fetched."""
    kept = {key: value for key, value in os.environ.items() if key not in _FOREIGN}
    return {**_SHARING, **kept, **_QUIET}


def _new_log() -> Path:
    handle, name = tempfile.mkstemp(prefix="underpaint-worker-", suffix=".log")
    os.close(handle)
    return Path(name)
