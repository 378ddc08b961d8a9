"""What a running command tells: one event at a time, the last is ``Finished`` or ``Broke``.

``--json`` prints them, one object a line, ``{"event": "progress", …}``. Between the command line
and the Blender that it starts they travel on Blender's standard output, each line led by the record
separator (RFC 7464), so that they are told from whatever else Blender and its add-ons print.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .errors import FormatError, UnderpaintError
from .model.codec import from_plain, to_plain
from .model.pace import WorkEstimate

SEPARATOR = b"\x1e"


@dataclass(frozen=True)
class Started:
    """Work begins; ``out`` is the folder that results go to, absolute."""

    command: str
    out: str


@dataclass(frozen=True)
class Estimated:
    """What a command will take, said before it begins: from ``least`` to ``most`` seconds, and
    ``bytes`` of the disk's ``free`` ones, None where the system does not tell.

    ``guessed``: for some of it this machine has no history. ``text`` says it all in a sentence.
    """

    command: str
    least: float
    most: float
    bytes: int
    free: int | None
    guessed: bool
    text: str
    works: tuple[WorkEstimate, ...] = ()


@dataclass(frozen=True)
class Moved:
    """``done`` of a stage's ``total``; ``fraction`` of everything; ``left`` in seconds if known."""

    stage: str
    done: float
    total: float
    text: str
    fraction: float
    left: float | None = None


@dataclass(frozen=True)
class Shown:
    """A picture of the work going on, relative to ``out``; it may be gone in a moment.

    A frame as it was painted; in Blender's window a small one, as ``wire.messages.Preview`` has it.
    """

    file: str


@dataclass(frozen=True)
class TakeMade:
    """A take is there. ``kind`` is "frames" or "textures"; ``folder`` is relative to ``out``."""

    kind: str
    subject: str
    number: int
    folder: str
    reused: bool = False


@dataclass(frozen=True)
class Remark:
    """Somebody's note on a take; ``when``: ISO 8601, UTC."""

    by: str
    when: str
    text: str


@dataclass(frozen=True)
class Listed:
    """A take that is there, or was: ``deleted`` says who deleted it, and ``folder`` is empty then.

    ``kind`` is "frames", "textures" or "atlases"; ``seed`` is None where nothing was painted.
    ``manner``: how a shot's frames came about, where not steadily on ones, as in "each, on twos".
    ``stars``: the mean of everybody's, each of which is in ``starred``; 0 without any.
    """

    kind: str
    subject: str
    number: int
    folder: str
    created: str
    by: str
    seconds: float
    seed: int | None
    look: str
    words: str
    files: int
    manner: str = ""
    stars: float = 0.0
    starred: dict[str, int] = field(default_factory=dict)
    picked: bool = False
    rejected: str | None = None
    deleted: str | None = None
    notes: tuple[Remark, ...] = ()


@dataclass(frozen=True)
class Noted:
    """A sentence that stops nothing."""

    text: str


@dataclass(frozen=True)
class Cued:
    """An entry of a cut at its ``place``, from 1: ``length`` frames from the reel's ``start``, from
    0. ``take`` None: none is picked; ``length`` 0: it is not painted yet."""

    place: int
    shot: str
    take: int | None
    start: int
    length: int
    text: str


@dataclass(frozen=True)
class Found:
    """One thing that ``doctor`` or ``verify`` looked at."""

    subject: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Finished:
    """All is done; ``files`` are relative to ``out`` with forward slashes."""

    command: str
    out: str = ""
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Broke:
    """It ended early; ``exit`` is the command's exit code."""

    kind: str
    message: str
    exit: int


Event = (
    Started
    | Estimated
    | Moved
    | Shown
    | TakeMade
    | Listed
    | Cued
    | Noted
    | Found
    | Finished
    | Broke
)

EVENTS: dict[str, type] = {
    "started": Started,
    "estimate": Estimated,
    "progress": Moved,
    "picture": Shown,
    "take": TakeMade,
    "listed": Listed,
    "entry": Cued,
    "note": Noted,
    "finding": Found,
    "done": Finished,
    "failed": Broke,
}
_NAMES = {cls: name for name, cls in EVENTS.items()}


def broke(error: UnderpaintError) -> Broke:
    """The event that an error ends a command with."""
    return Broke(error.kind, str(error), error.exit_code)


def to_line(event: Event) -> str:
    """One line of JSON without its newline."""
    return json.dumps({"event": _NAMES[type(event)], **to_plain(event)}, ensure_ascii=False)


def from_line(line: str | bytes) -> Event:
    """Read back what ``to_line`` wrote. Raises FormatError that names the field."""
    try:
        data: Any = json.loads(line)
    except ValueError as error:
        raise FormatError(f"an event is not readable JSON: {error}") from error
    name = data.pop("event", None) if isinstance(data, dict) else None
    if not isinstance(name, str) or name not in EVENTS:
        raise FormatError(f"$.event: there is no event {name!r}")
    event: Event = from_plain(EVENTS[name], data)
    return event
