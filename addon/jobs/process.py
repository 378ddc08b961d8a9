"""Run another program without waiting for it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Generator, Sequence

from underpaint.errors import JobError

from .job import Wait

_TAIL = 300


def run_process(words: Sequence[str], failure: str) -> Generator[Wait, None, None]:
    """Waits, a step at a time, until it ends; closed early, it is ended.

    Raises JobError that begins with ``failure`` and holds the program's last words.
    """
    with tempfile.TemporaryFile() as log, _start(words, log, failure) as process:
        try:
            while process.poll() is None:
                yield Wait()
        finally:
            if process.poll() is None:
                process.kill()
        if process.returncode:
            raise JobError(f"{failure} (exit code {process.returncode}): {_last_words(log)}")


def _start(words: Sequence[str], log, failure: str) -> subprocess.Popen:  # noqa: ANN001
    try:
        return subprocess.Popen(
            list(map(os.fspath, words)),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise JobError(f"{failure}: {words[0]}: {error.strerror or error}.") from error


def _last_words(log) -> str:  # noqa: ANN001
    log.seek(0, os.SEEK_END)
    log.seek(max(0, log.tell() - _TAIL))
    return log.read().decode(errors="replace").strip().replace("\n", " / ") or "it said nothing."
