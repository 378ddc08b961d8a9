"""How much of what is asked for stands already, as far as the disk alone can tell.

For estimates: the engine's files are not looked into, and nobody asks whether the scene has changed
since its passes were rendered. The job itself looks closely.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from ..errors import UnderpaintError
from ..model.look import Look
from ..model.request import RECIPE, FrameRequest
from ..model.shot import FramePasses, PassSet
from ..model.take import Take
from .atomic import read_document
from .project import Project, frame_file
from .takes import Takes
from .unfinished import unfinished_requests

_RECORDS = 512


@dataclass(frozen=True)
class Wanted:
    """Frames of a shot as they are asked for. ``size``: the pictures' width and height.

    ``settings``: further fields of the request, by name.
    """

    shot: str
    frames: tuple[int, ...]
    size: tuple[int, int]
    look: Look
    engine: str
    settings: Mapping[str, Any]


def passes(project: Project, shot: str, frames: Sequence[int], size: tuple[int, int]) -> int:
    """How many of these frames have passes of this size."""
    return len(_standing_passes(project, shot, frames, size))


def frames(project: Project, wanted: Wanted, seed: int) -> int:
    """How many of the frames are painted with this seed, in takes or in unfinished ones."""
    hashes = {
        frame.frame: frame.hash
        for frame in _standing_passes(project, wanted.shot, wanted.frames, wanted.size)
    }
    painted: set[int] = set()
    for request, there in _painted(project, wanted.shot):
        if _is_alike(request, wanted, seed):
            painted |= {v.frame for v in request.views if hashes.get(v.frame) == v.passes} & there
    return len(painted)


def _standing_passes(
    project: Project, shot: str, frames: Sequence[int], size: tuple[int, int]
) -> list[FramePasses]:
    try:
        rendered = read_document(PassSet, project.pass_set(shot))
    except UnderpaintError:
        return []
    if (rendered.width, rendered.height) != size:
        return []
    wanted, folder = set(frames), project.passes(shot)
    return [f for f in rendered.frames if f.frame in wanted and (folder / f.file).is_file()]


def _painted(project: Project, shot: str) -> Iterator[tuple[FrameRequest, set[int]]]:
    """What was asked for before, and which of its frames are there."""
    takes = Takes(project)
    try:
        numbers = takes.numbers(shot)
    except UnderpaintError:
        return
    for number in numbers:
        take = _record(project, shot, number)
        if take is not None and take.frame_request is not None:
            yield take.frame_request, {f.frame for f in take.files if f.frame is not None}
    for folder, request in unfinished_requests(project, shot):
        there = {path.name for path in folder.glob("frame_*.png")}
        yield request, {v.frame for v in request.views if frame_file(v.frame) in there}


def _record(project: Project, shot: str, number: int) -> Take | None:
    folder = project.take("shots", shot, number)
    try:
        return _read(project.root, shot, number, folder.stat().st_mtime_ns)
    except (UnderpaintError, OSError):
        return None


@lru_cache(_RECORDS)
def _read(root: Path, shot: str, number: int, _written: int) -> Take:
    """A take never changes: it is read once a session."""
    return Takes(Project(root)).load(shot, number)


def _is_alike(request: FrameRequest, wanted: Wanted, seed: int) -> bool:
    """The recipe counts, too: what another Underpaint painted is painted anew."""
    settings = {name: getattr(request, name, None) for name in wanted.settings}
    return (
        (request.recipe, request.seed) == (RECIPE, seed)
        and (request.width, request.height) == wanted.size
        and settings == wanted.settings
        and request.engine.name in (wanted.engine, Path(wanted.engine).name)
        and _is_look(request.look, wanted.look)
    )


def _is_look(made: Look, asked: Look) -> bool:
    """A look that was painted by has the engine's settings where the one asked for has none."""
    return (
        (made.name, made.words, made.avoid) == (asked.name, asked.words, asked.avoid)
        and asked.steps in (None, made.steps)
        and asked.guidance in (None, made.guidance)
        and asked.control_scales.items() <= made.control_scales.items()
    )
