"""This machine's history: what work took, a line a piece, only ever added to.

Every process adds what it did itself. A line is one write to a file opened for appending, which no
other writer's cuts in two. When the file is full it becomes the earlier one, which goes; so the
history stays short without anybody rewriting it. Whatever is wrong with it stops no work.
"""

from __future__ import annotations

import json
import logging
import platform
from contextlib import suppress
from pathlib import Path

from .. import __version__
from ..errors import FormatError
from ..model.codec import dump_document, load_document
from ..model.names import to_file_name
from ..model.pace import Kind, Pace
from .clock import now
from .user_folders import data_folder

_log = logging.getLogger(__name__)

MOST_BYTES = 128 << 10
"""Of either file: some five hundred lines."""


def history() -> Path:
    """The newer file. A home folder may be shared by machines: each has its own."""
    return data_folder() / "history" / f"{to_file_name(platform.node() or 'here')}.jsonl"


def remember(
    kind: Kind, what: tuple[str, ...], pixels: int, units: int, seconds: float, size: int = 0
) -> None:
    """Add what a piece of work took. Where it cannot be written, it is forgotten."""
    if units < 1 or seconds < 0:
        return
    pace = Pace(now(), kind, what, pixels, units, round(seconds, 4), size, __version__)
    line = json.dumps(dump_document(pace)) + "\n"
    path = history()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _make_room(path)
        with path.open("ab", buffering=0) as stream:
            stream.write(line.encode())
    except OSError as error:
        _log.warning("%s: what this work took is not remembered: %s", path, error)


def recall() -> tuple[Pace, ...]:
    """All that is remembered, oldest first. Lines that are none of ours are left out."""
    path = history()
    return (*_read(_earlier(path)), *_read(path))


def _earlier(path: Path) -> Path:
    return path.with_suffix(".earlier.jsonl")


def _make_room(path: Path) -> None:
    """A full file makes place for a new one; what is no file of ours is set aside."""
    if not path.exists():
        return
    if path.is_dir() or (path.stat().st_size and not _read(path)):
        _log.warning("%s is no history of ours: it is set aside.", path)
        with suppress(FileNotFoundError):  # somebody else has just done it
            path.replace(path.with_name(f"{path.name}.{now().replace(':', '')}.aside"))
    elif path.stat().st_size > MOST_BYTES:
        with suppress(FileNotFoundError):
            path.replace(_earlier(path))


def _read(path: Path) -> list[Pace]:
    try:
        lines = path.read_bytes().splitlines()
    except OSError as error:
        if not isinstance(error, FileNotFoundError):
            _log.warning("%s cannot be read: %s", path, error)
        return []
    return [pace for pace in map(_pace, lines) if pace is not None]


def _pace(line: bytes) -> Pace | None:
    try:
        pace = load_document(Pace, json.loads(line))
    except (ValueError, RecursionError, FormatError):
        return None
    return pace if pace.units > 0 and pace.seconds >= 0 else None
