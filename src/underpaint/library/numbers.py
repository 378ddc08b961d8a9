"""Numbers of takes and reels: 001, 002, … and never the same one twice.

The highest number given is kept in a small file beside the numbered folders, so that a number stays
used after its folder was deleted. Between processes the file system decides: a folder is renamed to
its number, and whoever finds it taken goes on to the next.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from . import atomic
from .locks import locked

_NUMBER = re.compile(r"(?!000$)(\d{3}|[1-9]\d{3,6})", re.ASCII)


def folder_name(number: int) -> str:
    """``7`` → ``007``."""
    return f"{number:03d}"


def number_of(name: str) -> int | None:
    """The number that a folder's name is, or None."""
    return int(name) if _NUMBER.fullmatch(name) else None


def highest(folder: Path, mark: Path) -> int:
    """The highest number ever given below ``folder``; 0 before the first."""
    numbers = [number_of(path.name) or 0 for path in folder.iterdir()] if folder.is_dir() else []
    return max([_read(mark), *numbers])


def claim(part: Path, folder: Path, mark: Path, label: Callable[[int], None]) -> int:
    """Rename ``part`` to the next free number below ``folder`` and return that number.

    ``label(number)`` is called before, to write the number into the record inside ``part``.
    """
    with _numbering(folder, mark):
        number = highest(folder, mark) + 1
        while True:
            label(number)
            atomic.write_text(mark, f"{number}\n", durable=True)
            if atomic.publish(part, folder / folder_name(number)):
                return number
            number += 1


def remember(folder: Path, mark: Path) -> None:
    """Write the highest number down before its folder goes: the mark may have been lost."""
    with _numbering(folder, mark):
        atomic.write_text(mark, f"{highest(folder, mark)}\n", durable=True)


@contextmanager
def _numbering(folder: Path, mark: Path) -> Iterator[None]:
    busy = f"Another Underpaint is numbering in {folder}: run it again in a moment."
    with locked(mark.with_name(f".{mark.name}.lock"), busy), atomic.disk_errors(folder):
        yield


def _read(mark: Path) -> int:
    try:
        return int(mark.read_text(encoding="ascii"))
    except (FileNotFoundError, ValueError):
        return 0
