"""What was begun of a project's shots: the takes that are not finished, and the shots' names."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from ..model.names import from_file_name
from ..model.shot import is_added_view
from .project import Project, frame_file
from .unfinished import PART, is_deserted, unfinished_requests


@dataclass(frozen=True)
class Begun:
    """An unfinished take of a shot: ``done`` of its ``total`` frames are there.

    ``deserted``: nobody paints it now.
    """

    folder: Path
    shot: str
    seed: int
    look: str
    done: int
    total: int
    deserted: bool


def begun_takes(project: Project, shot: str) -> Iterator[Begun]:
    """The takes of a shot that somebody paints, or has begun and left with a frame in them."""
    for folder, request in unfinished_requests(project, shot):
        done = sum((folder / frame_file(view.frame)).is_file() for view in request.views)
        deserted = is_deserted(folder)
        total = len(request.views)
        name = request.views[0].shot
        if done or not deserted:
            yield Begun(folder, name, request.seed, request.look.name, done, total, deserted)


def begun_shots(project: Project) -> tuple[str, ...]:
    """The shots with unfinished takes, by name."""
    folders = {part.parent for part in (project.root / "takes").glob(f"*/{PART}*")}
    names = (from_file_name(folder.name) for folder in folders)
    first = (next(begun_takes(project, name), None) for name in names)
    return tuple(sorted(take.shot for take in first if take is not None))


def known_shots(project: Project) -> tuple[str, ...]:
    """The shots that have passes or takes, finished or not, by name."""
    passes, takes = project.root / "passes", project.root / "takes"
    folders = {path.parent for path in passes.glob("*/passes.json")}
    folders |= {path.parent for path in takes.glob(f"*/{PART}*")}
    folders |= {path.parent.parent for path in takes.glob("*/*/take.json")}
    names = {from_file_name(folder.name) for folder in folders}
    return tuple(sorted(name for name in names if not is_added_view(name)))
