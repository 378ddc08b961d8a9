"""Run another program without waiting for it."""

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import IO

from underpaint.errors import InputError, JobError

from .job import Item, Steps, Wait

Tell = Callable[[str], Iterable[Item]]
"""What a job makes of a line that the program printed."""


def run_process(words: Sequence[str], failure: str, tell: Tell) -> Steps:
    """Waits, a step at a time, until it ends; closed early, it is ended at once.

    Raises JobError, or InputError where it ends with that exit code: ``failure`` and its last line.
    """
    with tempfile.TemporaryDirectory(prefix="underpaint-") as folder:
        log = Path(folder, "log")
        with log.open("wb") as out, log.open("rb") as heard:
            process = _start(words, out, failure)
            last = ""
            try:
                while process.poll() is None:
                    for line in _lines(heard):
                        last = line
                        yield from tell(line)
                    yield Wait()
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
            for line in _lines(heard):
                last = line
    if process.returncode:
        kind = InputError if process.returncode == InputError.exit_code else JobError
        raise kind(f"{failure}: {last or f'exit code {process.returncode}'}")
    return ()


def _start(words: Sequence[str], out: IO[bytes], failure: str) -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
            # a terminal's Ctrl-C is ours to handle, not its
            start_new_session=sys.platform != "win32",
            creationflags=getattr(subprocess, "CREATE_NO_WINDOW", 0),
        )
    except OSError as error:
        raise JobError(f"{failure}: {words[0]}: {error.strerror or error}.") from error


def _lines(heard: IO[bytes]) -> list[str]:
    """Whole lines that were printed since the last call."""
    data = heard.read()
    whole = data.rfind(b"\n") + 1
    heard.seek(whole - len(data), os.SEEK_CUR)
    lines = data[:whole].decode(errors="replace").splitlines()
    return [line.strip() for line in lines if line.strip()]
