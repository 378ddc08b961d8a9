"""Paint a take once more from its record, and say whether the same bytes came of it."""

from dataclasses import fields, replace

import bpy
from underpaint.errors import InputError
from underpaint.events import Noted
from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import FrameRequest
from underpaint.model.shot import PassSet
from underpaint.model.take import Take
from underpaint.wire.messages import PaintFrames

from ..bridge.shots import list_shots
from . import asking, painter, standing, texturing
from .job import Steps
from .order import Order, ShotOrder
from .run import Run, ask, raise_if_stopped

_MOST_NAMED = 12


def order_of(scene: bpy.types.Scene, plain: Order, subject: str, number: int) -> Order:
    """``plain`` with all that the take's record says. Raises InputError where it cannot be."""
    record = Takes(plain.project).load(subject, number)
    request = _request(record)
    shot = next((shot for shot in list_shots(scene) if shot.name == subject), None)
    if shot is None:
        raise InputError(f"The shot {subject} is not in the scene any more: it cannot be redone.")
    frames = tuple(view.frame for view in request.views)
    gone = [frame for frame in frames if frame not in shot.frames]
    if gone:
        raise InputError(f"{subject} has no frames {_listed(gone)} any more: it cannot be redone.")
    return replace(
        plain,
        shots=(ShotOrder(shot, frames),),
        look=request.look,
        seed=request.seed,
        seed_per=request.seed_per,
        batch=request.batch,
        mode=request.mode,
        cadence=request.cadence,
        repaint=request.repaint,
        takes=1,
        redone=number,
    )


def redo(run: Run) -> Steps:
    """The stage: what the record names is painted anew, and compared."""
    order, shot = run.order, run.order.shots[0]
    takes = Takes(order.project)
    earlier = takes.load(shot.shot.name, order.redone)
    request = _request(earlier)
    _check_passes(order.project, earlier, request)
    yield run.course.enter("redo", "Starting the painter")
    if request.standing:
        yield from texturing.write_meshes(run, standing.again(order.project, request.standing))
    files = yield from ask(run, painter.get(order.python), _asked(order, shot, request))
    raise_if_stopped(run)
    yield Noted(_compared(earlier, takes.load(shot.shot.name, run.takes[shot.shot.name])))
    return files


def _asked(order: Order, shot: ShotOrder, request: FrameRequest) -> PaintFrames:
    """Whatever of the request can be asked for, by its name, is."""
    own = {field.name for field in fields(request)} - {"engine"}
    names = own & {field.name for field in fields(PaintFrames)}
    said = {name: getattr(request, name) for name in names}
    textures = standing.again(order.project, request.standing)
    return replace(asking.frames(order, shot, textures), **said, anew=True)


def _request(take: Take) -> FrameRequest:
    if take.frame_request is None:
        raise InputError(f"Take {take.number} of {take.subject} is no take of a shot's frames.")
    return take.frame_request


def _check_passes(project: Project, take: Take, request: FrameRequest) -> None:
    """Raise InputError where the scene is not the one that the take was painted from."""
    rendered = read_document(PassSet, project.pass_set(take.subject))
    now = {frame.frame: frame.hash for frame in rendered.frames}
    changed = [view.frame for view in request.views if now.get(view.frame) != view.passes]
    if changed:
        raise InputError(
            f"The scene has changed since take {take.number} of {take.subject} was painted, in "
            f"frames {_listed(changed)}: put it back to redo the take, or paint a new one."
        )


def _compared(earlier: Take, anew: Take) -> str:
    """Which files are not the same, and what else was not."""
    before = {record.file: record.sha256 for record in earlier.files}
    other = [record for record in anew.files if before.get(record.file) != record.sha256]
    told = f"Take {anew.number} of {anew.subject} is take {earlier.number} painted once more"
    if not other:
        return f"{told}: all {len(anew.files)} files are the same, byte for byte."
    frames = [record.frame for record in other if record.frame is not None]
    why = "; ".join(_changes(earlier, anew)) or "the machine or the engine's libraries"
    return (
        f"{told}: {len(anew.files) - len(other)} of {len(anew.files)} files are the same, frames "
        f"{_listed(frames)} are not. What changed since: {why}."
    )


def _changes(earlier: Take, anew: Take) -> list[str]:
    said = []
    if earlier.underpaint != anew.underpaint:
        said.append(f"Underpaint, {earlier.underpaint or 'unknown'} to {anew.underpaint}")
    for name in sorted({*earlier.made_with} & {*anew.made_with}):
        was, now_is = earlier.made_with[name], anew.made_with[name]
        said += [f"{name}, {was} to {now_is}"] if was != now_is else []
    before, now = _request(earlier), _request(anew)
    said += [
        field.name.replace("_", " ")
        for field in fields(before)
        if getattr(before, field.name) != getattr(now, field.name)
    ]
    return said


def _listed(frames: list[int]) -> str:
    more = len(frames) - _MOST_NAMED
    named = ", ".join(str(frame) for frame in frames[:_MOST_NAMED])
    return named + (f" and {more} more" if more > 0 else "")
