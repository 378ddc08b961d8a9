"""The one tree of errors that a person may meet.

    UnderpaintError
    ├── InputError        exit 2   the scene, a file or an argument is wrong
    │   └── FormatError   exit 2   a saved file or a message does not fit; names the field
    ├── EngineError       exit 3   the engine is missing or cannot do this
    ├── JobError          exit 4   it failed midway; what was finished is kept
    │   ├── DiskError     exit 4   the disk is full or went away
    │   └── WorkerError   exit 4   the worker died, hangs or could not be started
    └── Cancelled         exit 130 a person stopped it

A message is one sentence that says what happened and what to do.
"""

from __future__ import annotations

import errno
from pathlib import Path
from typing import Literal

EXIT_DONE = 0


class UnderpaintError(Exception):
    """Base of all errors shown to a person; ``exit_code`` is the command line's."""

    exit_code = 4

    @property
    def kind(self) -> str:
        """The class name: how an error travels between the two processes."""
        return type(self).__name__


class InputError(UnderpaintError):
    """The scene, a file or an argument is wrong."""

    exit_code = 2


class FormatError(InputError):
    """A saved file or a message does not fit its format; the message names the field."""


class EngineError(UnderpaintError):
    """The engine is missing or cannot do what was asked."""

    exit_code = 3


class JobError(UnderpaintError):
    """Work failed midway; what was finished is kept."""


class DiskError(JobError):
    """The disk is full, or a folder stopped being writable."""


class WorkerError(JobError):
    """The worker process died, does not answer or could not be started."""


class Cancelled(UnderpaintError):
    """A person stopped the work."""

    exit_code = 130


_KINDS: dict[str, type[UnderpaintError]] = {
    cls.__name__: cls
    for cls in (
        UnderpaintError,
        InputError,
        FormatError,
        EngineError,
        JobError,
        DiskError,
        WorkerError,
        Cancelled,
    )
}


def error_of_kind(kind: str, message: str) -> UnderpaintError:
    """The error that crossed the wire as ``kind`` and ``message``, JobError if unknown."""
    return _KINDS.get(kind, JobError)(message)


Doing = Literal["read", "written"]
_REMEDIES: dict[Doing, str] = {
    "read": "see that you may read it and that no other program holds it",
    "written": "choose another folder with --out",
}


def disk_error(error: OSError, path: Path | str, doing: Doing = "written") -> UnderpaintError:
    """Say an operating-system error in one sentence: full disk, refused, missing, or its own."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskError(
            f"The disk is full: {path} was not written. Free some space and run again."
        )
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InputError(f"{path} cannot be {doing}: {_REMEDIES[doing]}.")
    if error.errno in (errno.EEXIST, errno.ENOTDIR, errno.EISDIR):
        return InputError(
            f"{path}: a file stands where a folder is needed, or a folder where a file is: "
            "move it away or choose another folder with --out."
        )
    if error.errno == errno.ENOENT:
        return InputError(f"{path} does not exist.")
    return JobError(f"{path}: {error.strerror or error}.")
