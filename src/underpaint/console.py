"""How events look in a terminal: results on standard output, everything else on standard error."""

from __future__ import annotations

import shutil
import time
from collections import Counter
from pathlib import PurePosixPath
from typing import BinaryIO, Protocol, TextIO

from . import take_table
from .events import (
    SEPARATOR,
    Broke,
    Cued,
    Estimated,
    Event,
    Finished,
    Found,
    Listed,
    Moved,
    Noted,
    Started,
    TakeMade,
    to_line,
)
from .take_table import duration

_BAR = 24
_MOST_LISTED = 4  # files of one folder that are named one by one
_ALWAYS_LISTED = ".mp4"  # a reel is what people look for
_MOST_FOLDERS = 8  # folders below one folder that are named one by one
_PLAIN_EVERY = 2.0  # seconds between lines of progress where there is no terminal


class Sink(Protocol):
    """Whatever takes events."""

    def show(self, event: Event) -> None:
        """Show one event."""


class JsonSink:
    """One JSON object a line, at once."""

    def __init__(self, out: TextIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        """Print the event."""
        self._out.write(to_line(event) + "\n")
        self._out.flush()


class PipeSink:
    """To the command line that started this Blender. Raises BrokenPipeError when it is gone."""

    def __init__(self, out: BinaryIO) -> None:
        self._out = out

    def show(self, event: Event) -> None:
        """Send the event."""
        self._out.write(SEPARATOR + to_line(event).encode() + b"\n")
        self._out.flush()


class Console:
    """For people: a bar on a terminal, plain lines elsewhere."""

    def __init__(self, out: TextIO, err: TextIO) -> None:
        self._out = out
        self._err = err
        self._bar = err.isatty()
        self._drawn = False
        self._listed = ("", "")
        self._said = ("", -_PLAIN_EVERY)

    def show(self, event: Event) -> None:
        """Show one event."""
        match event:
            case Started():
                self._say(f"Results go to {event.out}")
            case Estimated():
                self._say(event.text)
            case Moved():
                self._progress(event)
            case TakeMade(kind="textures", reused=False):
                pass  # hundreds of objects; the bar counts them
            case TakeMade():
                again = ", painted before" if event.reused else ""
                self._say(f"{event.subject}: take {event.number}{again} ({event.folder})")
            case Cued():
                self._write(self._out, f"{event.place:3}  {event.shot:16} {event.text}")
            case Listed():
                self._list(event)
            case Noted():
                self._say(event.text)
            case Found():
                self._write(self._out, f"{'ok' if event.ok else 'NOT OK':6} {_told(event)}")
            case Finished():
                for line in summary(event.files):
                    self._write(self._out, line)
            case Broke():
                self._say(event.message)

    def _list(self, event: Listed) -> None:
        if (event.kind, event.subject) != self._listed:
            for line in take_table.head(event, first=not any(self._listed)):
                self._write(self._out, line)
            self._listed = (event.kind, event.subject)
        width = shutil.get_terminal_size().columns - 1 if self._out.isatty() else None
        for line in take_table.rows(event, width):
            self._write(self._out, line)

    def _progress(self, event: Moved) -> None:
        left = f" · {time_left(event)}" if time_left(event) else ""
        percent = f"{event.fraction:4.0%}"
        if self._bar:
            filled = round(event.fraction * _BAR)
            line = f"{'█' * filled}{'·' * (_BAR - filled)} {percent} {event.text}{left}"
            width = shutil.get_terminal_size().columns - 1
            self._err.write(f"\r\x1b[K{line[:width]}")
            self._err.flush()
            self._drawn = True
            return
        text, when = self._said
        now = time.monotonic()
        if event.text != text and now - when >= _PLAIN_EVERY:
            self._said = (event.text, now)
            self._write(self._err, f"{percent} {event.text}{left}")

    def _say(self, text: str) -> None:
        self._write(self._err, text)

    def _write(self, stream: TextIO, line: str) -> None:
        if self._drawn:
            self._err.write("\r\x1b[K")
            self._drawn = False
        stream.write(line + "\n")
        stream.flush()


def _told(event: Found) -> str:
    return f"{event.subject}: {event.text}" if event.text else event.subject


def time_left(event: Moved) -> str:
    """How long all of it will still take, where that is known."""
    return "" if event.left is None else f"{duration(event.left)} left"


def summary(files: tuple[str, ...]) -> list[str]:
    """The files one a line; a folder that holds many files, or many folders, is one line.

    >>> summary(("reel/001/reel.mp4", "reel/001/reel.otio"))
    ['reel/001/reel.mp4', 'reel/001/reel.otio']
    """
    parents = Counter(PurePosixPath(file).parent for file in files)
    tops = Counter(parent.parts[0] for parent in parents if len(parent.parts) > 1)
    lines: dict[str, None] = {}
    for file in files:
        parent = PurePosixPath(file).parent
        if file.endswith(_ALWAYS_LISTED):
            lines[file] = None
        elif len(parent.parts) > 1 and tops[parent.parts[0]] > _MOST_FOLDERS:
            lines[f"{parent.parts[0]}/ ({tops[parent.parts[0]]} folders)"] = None
        elif parents[parent] > _MOST_LISTED:
            lines[f"{parent}/ ({parents[parent]} files)"] = None
        else:
            lines[file] = None
    return list(lines)
