"""What the panel lists of takes. A take never changes, so its record is read once a session."""

from dataclasses import dataclass
from pathlib import Path

from underpaint.errors import UnderpaintError
from underpaint.library import judgements
from underpaint.library.project import Kind, Project
from underpaint.library.takes import Takes
from underpaint.library.unfinished import RECORD
from underpaint.model.judgement import Verdict
from underpaint.model.take import Take


@dataclass(frozen=True)
class Line:
    """A take: what tells it from the others, and its picture."""

    number: int
    told: str
    picture: Path


_lines: dict[Path, tuple[int, Line]] = {}
"""A take's folder → when its record was written, and its line."""


def of(project: Project | None, kind: Kind, subject: str) -> tuple[Line, ...]:
    """The takes of a shot or an object by number; folders that are no take are left out."""
    if project is None:
        return ()
    takes = Takes(project, kind)
    try:
        numbers = takes.numbers(subject)
    except UnderpaintError:
        return ()
    found = (_line(takes, subject, number) for number in numbers)
    return tuple(line for line in found if line is not None)


def verdicts(project: Project | None, kind: Kind, subject: str) -> tuple[dict[int, Verdict], str]:
    """What stands of all that was said of each take, or why that cannot be read."""
    try:
        return (judgements.verdicts(project, kind, subject) if project else {}), ""
    except UnderpaintError as error:
        return {}, f"What was said of these takes is not shown. {error}"


def _line(takes: Takes, subject: str, number: int) -> Line | None:
    folder = takes.project.take(takes.kind, subject, number)
    try:
        written = (folder / RECORD).stat().st_mtime_ns
        known = _lines.get(folder)
        if known is None or known[0] != written:
            take = takes.load(subject, number)
            _lines[folder] = written, Line(number, _told(take), folder / take.files[0].file)
    except (UnderpaintError, OSError):
        return None
    return _lines[folder][1]


def _told(take: Take) -> str:
    request = take.frame_request or take.texture_request or take.tile_request
    assert request is not None, "what is painted has a seed and a look"
    how = f"seed {request.seed} · {request.look.name}"
    if take.frame_request:
        manner = take.frame_request.manner
        return " · ".join(filter(None, (how, f"{len(take.files)} frames", manner)))
    return how + (f" · every {take.tile_request.metres:g} m" if take.tile_request else "")
