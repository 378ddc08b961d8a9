"""Deleting a take, which only a person does: what goes with it, what would miss it, and its record.

Its record is copied and the deletion written down before the folder is renamed aside and removed.
Killed at any point, the take stands whole or is not listed at all, its number is never given again,
and by its record it can be painted again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, UnderpaintError
from ..model.credits import Credits
from ..model.request import AtlasRequest
from ..model.take import Picks, Take
from . import atomic, judgements, numbers, picks
from .judging import account
from .project import Kind, Project
from .takes import Takes
from .unfinished import RECORD

_BASE = "basecolor.png"


@dataclass(frozen=True)
class Going:
    """What deleting a take would remove, and sentences on what uses it."""

    take: Take
    bytes: int
    used: tuple[str, ...]


def painted_with(take: Take) -> str:
    """What a take was painted with, in a line: seed and words."""
    request = take.request
    if isinstance(request, AtlasRequest):
        return f"{len(request.cells)} textures"
    return f"seed {request.seed} · {request.look.words}"


def look(
    project: Project, kind: Kind, subject: str, number: int, shown: Sequence[str] = ()
) -> Going:
    """See what would go. ``shown``: sentences on what in an open scene shows it.

    Raises InputError for a take that is not there.
    """
    return _look(project, kind, subject, number, picks.load(project), shown)


def delete(
    project: Project,
    kind: Kind,
    subject: str,
    number: int,
    by: str,
    *,
    although_used: bool = False,
    shown: Sequence[str] = (),
) -> Going:
    """Delete a take for good; its record stays, as ``Project.deleted_take``.

    Raises InputError where anything uses it, unless that is known: then a pick of it goes as well.
    """
    takes = project.takes(kind, subject)
    with picks.locked_picks(project) as chosen:
        going = _look(project, kind, subject, number, chosen, shown)
        if going.used and not although_used:
            raise InputError(f"Take {number} of {subject} is in use: {' '.join(going.used)}")
        folder = project.take(kind, subject, number)
        record = project.deleted_take(kind, subject, number)
        with atomic.disk_errors(folder):
            atomic.write_bytes(record, (folder / RECORD).read_bytes(), durable=True)
        by = by or account()
        text = painted_with(going.take)
        judgements.say(project, kind, subject, number, by, "deleted", text=text)
        numbers.remember(takes, project.mark(kind, subject))
        if picks.number(chosen, kind, subject) == number:
            picks.unpick(project, chosen, subject, kind)
        with atomic.disk_errors(folder):
            atomic.discard(folder)
    atomic.sweep(takes)
    return going


def deleted(project: Project, kind: Kind, subject: str) -> tuple[Take, ...]:
    """The records of takes that were deleted, the oldest first; what cannot be read is left out."""
    folder = project.deleted_take(kind, subject, 1).parent
    there = set(Takes(project, kind).numbers(subject))
    records = []
    for path in folder.glob("*.json"):
        number = numbers.number_of(path.stem)
        if number is None or number in there:  # a deletion that was stopped before it began
            continue
        try:
            records.append(atomic.read_document(Take, path))
        except UnderpaintError:
            continue
    return tuple(sorted(records, key=lambda take: take.number))


def _look(
    project: Project, kind: Kind, subject: str, number: int, chosen: Picks, shown: Sequence[str]
) -> Going:
    take = Takes(project, kind).load(subject, number)
    folder = project.take(kind, subject, number)
    with atomic.disk_errors(folder, "read"):
        size = sum(path.stat().st_size for path in folder.iterdir())
    used = []
    if picks.number(chosen, kind, subject) == number:
        used.append("It is picked.")
    if kind == "shots":
        used += [f"Reel {reel} {how}." for reel, how in _reels(project, take)]
    else:
        others = list(_takes_with(project, folder, take))
        if others:
            more = f" and {len(others) - 3} more" if len(others) > 3 else ""
            used.append(f"It was seen or packed in {', '.join(others[:3])}{more}.")
    return Going(take, size, (*used, *shown))


def _reels(project: Project, take: Take) -> Iterator[tuple[str, str]]:
    """Reels that show a shot's take, or may, as their credits cannot be read."""
    for path in sorted(project.reels.glob("*/credits.json")):
        try:
            credited = atomic.read_document(Credits, path).shots
        except UnderpaintError:
            yield path.parent.name, "may show it: its credits cannot be read"
            continue
        if any((one.shot, one.take) == (take.subject, take.number) for one in credited):
            yield path.parent.name, "shows it"


def _takes_with(project: Project, folder: Path, take: Take) -> Iterator[str]:
    """Takes, finished or not, whose request holds the SHA-256 of a texture's base colour."""
    sums = [file.sha256 for file in take.files if file.file == _BASE]
    for path in _records(project.root):
        if path.parent != folder and any(_asks_for(path, sha256) for sha256 in sums):
            yield project.relative(path.parent)


def _asks_for(path: Path, sha256: str) -> bool:
    """Whether a record's request holds it: only the few whose text does are decoded."""
    with atomic.disk_errors(path, "read"):
        if sha256.encode() not in path.read_bytes():
            return False
    if path.name != RECORD:
        return True
    try:
        return sha256 in repr(atomic.read_document(Take, path).request)
    except UnderpaintError:
        return True  # it cannot be read, so it may


def _records(root: Path) -> Iterator[Path]:
    for folder in ("takes", "textures", "atlases"):
        yield from sorted((root / folder).glob(f"*/[0-9]*/{RECORD}"))
        yield from sorted((root / folder).glob("*/.part-*/.request.json"))
