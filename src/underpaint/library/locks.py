"""One writer at a time, among processes.

The lock is the operating system's on an open file, so a process that dies lets go of it at once:
no lock is ever stale. The file itself is removed on release; whoever waited for it notices that it
holds a removed file and tries again.
"""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from ..errors import JobError
from .atomic import disk_errors

_POLL_SECONDS = 0.02

if sys.platform == "win32":
    import msvcrt

    _LOCKED_BYTE = 1 << 30
    """Beyond what any of our files holds: on Windows nobody else can read a locked byte."""

    def try_lock(stream: BinaryIO) -> bool | None:
        """Lock an open file until it is closed. False: somebody else holds it."""
        place = stream.tell()
        try:
            stream.seek(_LOCKED_BYTE)
            msvcrt.locking(stream.fileno(), msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            stream.seek(place)
        return True

else:
    import fcntl

    _NO_LOCKS = (errno.ENOTSUP, errno.ENOSYS, errno.ENOLCK, errno.EBADF)
    """EBADF: a network's file that we may only read; it cannot be locked there."""

    def try_lock(stream: BinaryIO) -> bool | None:
        """Lock an open file until it is closed. False: somebody else holds it; None: this file
        system has no locks."""
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno not in _NO_LOCKS:
                raise
            return None
        return True


class Lock:
    """A lock that is held. ``release`` it, or let the process end."""

    def __init__(self, path: Path, stream: BinaryIO) -> None:
        self._path = path
        self._stream = stream

    @classmethod
    def acquire(cls, path: Path, busy: str, *, patience: float = 0.0) -> Lock:
        """Take the lock within ``patience`` seconds, or raise JobError with ``busy``."""
        end = time.monotonic() + patience
        while (stream := _try_open(path)) is None:
            if time.monotonic() >= end:
                raise JobError(busy)
            time.sleep(_POLL_SECONDS)
        return cls(path, stream)

    @property
    def held(self) -> bool:
        """False once it was released."""
        return not self._stream.closed

    def release(self) -> None:
        """Let go; a second time does nothing."""
        if not self.held:
            return
        if os.name == "posix":
            self._path.unlink(missing_ok=True)
            self._stream.close()
        else:  # Windows removes no open file, and refuses while somebody else has it open
            self._stream.close()
            with suppress(OSError):
                self._path.unlink()


@contextmanager
def locked(path: Path, busy: str, *, patience: float = 10.0) -> Iterator[None]:
    """Hold a lock for the block."""
    lock = Lock.acquire(path, busy, patience=patience)
    try:
        yield
    finally:
        lock.release()


def _try_open(path: Path) -> BinaryIO | None:
    """The open, locked file, or None while somebody else holds it."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        stream = path.open("ab")
        locked = try_lock(stream) is not False  # without locks renames still decide
        if locked and _is_still_there(path, stream):
            return stream
        stream.close()
        return None


def _is_still_there(path: Path, stream: BinaryIO) -> bool:
    """False when the last holder removed the file between our opening and locking it."""
    try:
        return os.path.samestat(path.stat(), os.fstat(stream.fileno()))
    except FileNotFoundError:
        return False
