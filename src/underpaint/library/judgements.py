"""What people said of takes, on disk: a file a person and subject, which is only ever added to.

Nobody writes into another person's file, so two people who judge at once overwrite nothing,
whatever the disk between their machines makes of locks, and folders that were parted are merged by
copying. Who works twice under one name is kept apart by a lock.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from ..model.judgement import Judgement, Judgements, Said, Verdict
from ..model.judgement import verdicts as verdicts_of
from . import atomic
from .clock import exact_now
from .locks import locked
from .project import Kind, Project

_NO_VERDICT = Verdict()


def history(project: Project, kind: Kind, subject: str) -> tuple[Judgement, ...]:
    """All that was ever said of a subject's takes, the oldest first.

    Raises FormatError that names the file which cannot be read; it is left as it is.
    """
    folder = project.judgements(kind, subject)
    files = sorted(path for path in folder.glob("*.json") if path.name[0] != ".")
    said = [word for path in files for word in atomic.read_document(Judgements, path).said]
    return tuple(sorted(said, key=lambda word: word.when))


def verdicts(project: Project, kind: Kind, subject: str) -> dict[int, Verdict]:
    """Number → what stands of all that was said, of every take that anything was said of."""
    return verdicts_of(history(project, kind, subject))


def verdict(project: Project, kind: Kind, subject: str, take: int) -> Verdict:
    """What stands of all that was said of one take."""
    return verdicts(project, kind, subject).get(take, _NO_VERDICT)


def rejected(project: Project, kind: Kind, subject: str) -> frozenset[int]:
    """The numbers of the takes that are rejected."""
    found = verdicts(project, kind, subject)
    return frozenset(number for number, one in found.items() if one.rejected)


def say(
    project: Project,
    kind: Kind,
    subject: str,
    take: int,
    by: str,
    said: Said,
    *,
    stars: int = 0,
    text: str = "",
) -> None:
    """Add a word to what ``by`` has said of a subject's takes.

    It is later than all that it follows, also where another machine's clock is ahead of this one's.
    Raises FormatError, before anything is written, where any of it cannot be read.
    """
    path = project.judgements_by(kind, subject, by)
    busy = f"Another Underpaint is writing {path}: run it again in a moment."
    with locked(path.with_name(f".{path.stem}.lock"), busy):
        atomic.sweep(path.parent)
        before = history(project, kind, subject)
        held = _read(path, subject)
        word = Judgement(take, by, _after(before), said, stars, text)
        atomic.write_document(path, replace(held, said=(*held.said, word)))


def _after(before: Sequence[Judgement]) -> str:
    """This moment, or one just after the last word."""
    moment = exact_now()
    if before and before[-1].when >= moment:
        later = datetime.fromisoformat(before[-1].when) + timedelta(microseconds=1)
        return later.isoformat(timespec="microseconds")
    return moment


def _read(path: Path, subject: str) -> Judgements:
    return atomic.read_document(Judgements, path) if path.exists() else Judgements(subject)
