"""``picks.json``: which take of each shot and object a person chose."""

from __future__ import annotations

from dataclasses import replace

from ..model.take import Pick, Picks
from .atomic import read_document, sweep, write_document
from .clock import now
from .locks import locked
from .project import Kind, Project
from .takes import Takes


def load(project: Project) -> Picks:
    """The project's picks; none where nothing was picked yet."""
    return read_document(Picks, project.picks) if project.picks.exists() else Picks()


def save(project: Project, picks: Picks) -> None:
    """Write ``picks.json``."""
    write_document(project.picks, picks)


def pick(project: Project, subject: str, take: int, by: str, kind: Kind = "shots") -> Picks:
    """Choose a take of a shot or an object. Raises InputError that says which takes there are."""
    Takes(project, kind).load(subject, take)
    busy = f"Another Underpaint is writing {project.picks}: run it again in a moment."
    with locked(project.picks.with_name(".picks.lock"), busy):
        sweep(project.root)
        picks = load(project)
        chosen = {**getattr(picks, kind), subject: Pick(take, by, now())}
        picks = replace(picks, **{kind: chosen})
        save(project, picks)
    return picks
