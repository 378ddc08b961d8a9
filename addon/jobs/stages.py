"""What a job does, stage after stage. Every stage is a generator that can be closed at any step."""

from collections.abc import Generator, Iterable, Sequence
from contextlib import closing

from underpaint.errors import EngineError, InputError
from underpaint.events import Found, Moved, Noted, Started
from underpaint.wire.messages import (
    Doctor,
    Finding,
    Findings,
    Message,
    Progress,
    StandingTexture,
)

from ..bridge.passes import render_passes
from . import asking, foresight, painter, redoing, reeling, standing, texturing
from .course import Course
from .job import Item, Job, Steps, Wait
from .measuring import PassesWatch
from .order import Order, ShotOrder
from .run import Run, ask, raise_if_stopped, while_blender_renders


def job_of(order: Order) -> Job:
    """The job that carries an order out."""
    return Job(order.command, str(order.out), _steps(order))


def examination(engine: str, python: str, project: str | None) -> Job:
    """The job that has the worker look at an engine, and at the project's folder if it is known."""
    return Job("doctor", project or "", _examine(engine, python, project))


def _steps(order: Order) -> Steps:
    files: list[str] = []
    run = Run(order, Course({}))
    if (require := _REQUIRED.get(order.command)) is not None:
        require(run)
    yield Started(order.command, str(order.out))
    yield from map(Noted, order.notes)
    if "frames" in order.stages and "textures" not in order.stages:
        _textures_to_start_from(run)
    if "textures" in order.stages and order.part and order.tile_metres is None:
        yield from while_blender_renders(run)
        standing.require_parts(run.scene, order)
    foreseen = foresight.foresee(order, run.scene)
    run.course = Course(foreseen.seconds, known=not foreseen.told.guessed)
    if foreseen.told.works:  # a timeline is read at once
        yield foreseen.told
    if near_full := foresight.warn_of_disk(order, foreseen.told):
        yield Noted(near_full)
    if {"frames", "textures", "redo"} & set(order.stages):
        yield from _look_at_engine(order)
    for stage in order.stages:
        files += yield from _STAGES[stage](run)
    return tuple(dict.fromkeys(files))


def _look_at_engine(order: Order) -> Steps:
    """Raise EngineError before an hour of passes is rendered for an engine that cannot paint."""
    yield Moved("engine", 0.0, 1.0, "Looking at the engine", 0.0)
    found = yield from _findings(order.engine, order.python, str(order.out))
    wrong = [finding for finding in found if not finding.ok]
    for finding in wrong:
        if finding.subject in _ROOM:
            yield Noted(f"{finding.subject}: {finding.text}")
    faults = [f for f in wrong if f.subject not in _ROOM]
    if faults:
        raise EngineError(" ".join(_fault(finding) for finding in faults))
    return ()


def _fault(finding: Finding) -> str:
    """A finding about the engine is a sentence by itself, one about a package is not."""
    text = finding.text if finding.subject == "engine" else f"{finding.subject} {finding.text}"
    return text if text.endswith(".") else f"{text}."


# --- passes -----------------------------------------------------------------------------------


def _passes(run: Run) -> Steps:
    order = run.order
    wanted = [(shot, foresight.pass_frames(order, shot)) for shot in order.shots]
    total = sum(len(frames) for _, frames in wanted)
    done = 0
    yield run.course.enter("passes", "Rendering passes")
    for shot, frames in wanted:
        text = f"Passes of {shot.shot.name}"
        for count in _render(run, shot, frames):
            if isinstance(count, Wait):
                yield count
                continue
            yield run.course.at(done + count, total, f"{text}, frame {count} of {len(frames)}")
        done += len(frames)
    return tuple(order.project.relative(order.project.pass_set(s.shot.name)) for s, _ in wanted)


def _render(run: Run, shot: ShotOrder, frames: Sequence[int]) -> Generator[int | Wait, None, None]:
    """Yields how many frames are done."""
    watch = PassesWatch()
    try:
        if run.order.gently:
            yield from _render_gently(run, shot, frames, watch)
        else:
            yield from _render_at_once(run, shot, frames, watch)
    finally:
        watch.remember(run.order.project, shot.shot.name, frames)


def _render_at_once(
    run: Run, shot: ShotOrder, frames: Sequence[int], watch: PassesWatch
) -> Generator[int | Wait, None, None]:
    folder = run.order.project.passes(shot.shot.name)
    done = 0
    watch.begin()
    for step in render_passes(run.scene, shot.shot, folder, frames=frames):
        watch.lap(rendered=step.rendered)
        done += not step.waiting_for
        yield _for_passes_of(step.waiting_for) if step.waiting_for else done


def _render_gently(
    run: Run, shot: ShotOrder, frames: Sequence[int], watch: PassesWatch
) -> Generator[int | Wait, None, None]:
    """Frame by frame: between two steps the scene is untouched."""
    for done, frame in enumerate(frames, 1):
        yield from while_blender_renders(run)
        while owner := _render_one(run, shot, frame, watch):
            yield _for_passes_of(owner)
            yield from while_blender_renders(run)
        yield done


def _render_one(run: Run, shot: ShotOrder, frame: int, watch: PassesWatch) -> str:
    """Bring one frame there; or say which other process renders it right now."""
    folder = run.order.project.passes(shot.shot.name)
    watch.begin()
    with closing(render_passes(run.scene, shot.shot, folder, frames=[frame])) as steps:
        for step in steps:
            watch.lap(rendered=step.rendered)
            if step.waiting_for:
                return step.waiting_for
    return ""


def _for_passes_of(owner: str) -> Wait:
    return Wait(f"Waiting for the passes that {owner} renders.")


# --- painting ---------------------------------------------------------------------------------


def _frames(run: Run) -> Steps:
    order = run.order
    files: list[str] = []
    yield run.course.enter("frames", "Starting the painter")
    textures = _textures_to_start_from(run)
    if textures:
        yield from texturing.write_meshes(run, textures)
    worker = painter.get(order.python)
    for index, shot in enumerate(order.shots):
        asked = asking.frames(order, shot, textures)
        files += yield from ask(run, worker, asked, index, len(order.shots))
    raise_if_stopped(run)
    yield run.course.at(1.0, 1.0, "Painted")
    return tuple(files)


def _textures_to_start_from(run: Run) -> tuple[StandingTexture, ...]:
    """What an anchored shot starts from. Raises InputError where nothing is painted yet."""
    if run.order.mode != "anchored":
        return ()
    found = standing.painted(run.scene, run.order.project, run.textures)
    if not found:
        raise InputError(
            "No object of this scene has a painted texture for the mode anchored to start from: "
            "paint textures first, or choose the mode steady."
        )
    return found


# --- the check of the engine ------------------------------------------------------------------


def _examine(engine: str, python: str, project: str | None) -> Steps:
    for finding in (yield from _findings(engine, python, project)):
        yield Found(finding.subject, finding.ok, finding.text)
    return ()


def _findings(
    engine: str, python: str, project: str | None
) -> Generator[Item, None, tuple[Finding, ...]]:
    """What the worker says of an engine, told of while it reads a large one."""
    found: list[Finding] = []

    def tell(said: Message) -> Iterable[Item]:
        match said:
            case Findings():
                found.extend(said.findings)
            case Progress():
                yield Moved("engine", said.done, said.total, said.text, 0.0)

    asked = Doctor(next(painter.job_numbers), engine, project=project)
    yield from painter.ask(painter.get(python), asked, tell)
    return tuple(found)


_ROOM = {"disk"}
"""Findings about the machine: told, but no reason to refuse."""
_STAGES = {
    "passes": _passes,
    "frames": _frames,
    "textures": texturing.textures,
    "reel": reeling.reel,
    "retime": reeling.retime,
    "redo": redoing.redo,
}
_REQUIRED = {"reel": reeling.require_takes, "retime": reeling.require_timeline}
"""Command → what raises InputError before anything is said where what it works on is not there."""
