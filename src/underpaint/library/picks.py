"""``picks.json``: which take of each shot and object a person chose."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from ..errors import InputError
from ..model.take import Pick, Picks
from . import judgements
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


def number(picks: Picks, kind: Kind, subject: str) -> int | None:
    """The number of the picked take of a shot or an object; nobody picks an atlas."""
    chosen: dict[str, Pick] = {} if kind == "atlases" else getattr(picks, kind)
    return chosen[subject].take if subject in chosen else None


@contextmanager
def locked_picks(project: Project) -> Iterator[Picks]:
    """The picks as they stand and stay while the block lasts, among processes."""
    busy = f"Another Underpaint is writing {project.picks}: run it again in a moment."
    with locked(project.picks.with_name(".picks.lock"), busy):
        sweep(project.root)
        yield load(project)


def pick(project: Project, subject: str, take: int, by: str, kind: Kind = "shots") -> Picks:
    """Choose a take of a shot or an object.

    Raises InputError that says which takes there are, or that somebody rejected this one: to take
    a rejection back is a word of its own, so that nobody does it without knowing.
    """
    with locked_picks(project) as before:
        Takes(project, kind).load(subject, take)
        rejected = judgements.verdict(project, kind, subject, take).rejected
        if rejected:
            who = f" by {rejected.by}" if rejected.by else ""
            raise InputError(
                f"Take {take} of {subject} was rejected{who}: take that back first, or pick "
                "another one."
            )
        chosen = {**getattr(before, kind), subject: Pick(take, by, now())}
        picked = replace(before, **{kind: chosen})
        judgements.say(project, kind, subject, take, by, "picked")
        save(project, picked)
    return picked


def unpick(project: Project, picks: Picks, subject: str, kind: Kind) -> None:
    """Write ``picks`` without the choice for a shot or an object; within ``locked_picks``."""
    kept = {name: pick for name, pick in getattr(picks, kind).items() if name != subject}
    save(project, replace(picks, **{kind: kept}))
