"""What a job does, stage after stage. Every stage is a generator that can be closed at any step."""

from collections.abc import Generator, Iterable, Sequence

import bpy
from underpaint.errors import EngineError
from underpaint.events import Found, Moved, Noted, Started
from underpaint.wire.messages import (
    Doctor,
    Finding,
    Findings,
    FinishReel,
    Message,
    Note,
    PrepareReel,
    Progress,
    ReelPrepared,
    ReelShot,
)

from ..bridge import encode
from ..bridge.passes import render_passes
from . import asking, painter, texturing
from .course import Course
from .job import Item, Job, Steps, Wait
from .order import Order, ShotOrder
from .process import run_process
from .run import Run, ask, while_blender_renders

SECONDS_A_FRAME = {"passes": 0.6, "frames": 2.5, "reel": 0.2}
SECONDS_A_TEXTURE = 3.0
"""Rough paces of two cores, for the bar's shares of the stages."""


def job_of(order: Order) -> Job:
    """The job that carries an order out."""
    return Job(order.command, str(order.out), _steps(order))


def examination(engine: str, python: str, project: str | None) -> Job:
    """The job that has the worker look at an engine, and at the project's folder if it is known."""
    return Job("doctor", project or "", _examine(engine, python, project))


def _steps(order: Order) -> Steps:
    run = Run(order, Course(_weights(order)))
    files: list[str] = []
    yield Started(order.command, str(order.out))
    if {"frames", "textures"} & set(order.stages):
        yield from _look_at_engine(order)
    for stage in order.stages:
        files += yield from _STAGES[stage](run)
    return tuple(dict.fromkeys(files))


def _weights(order: Order) -> dict[str, float]:
    frames = sum(len(shot.frames) for shot in order.shots)
    seconds = {stage: pace * frames for stage, pace in SECONDS_A_FRAME.items()}
    seconds["frames"] *= order.takes
    seconds["textures"] = SECONDS_A_TEXTURE * len(order.objects) * order.takes
    return {stage: seconds[stage] for stage in order.stages}


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
    wanted = [(shot, _needed(order, shot)) for shot in order.shots]
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


def _needed(order: Order, shot: ShotOrder) -> tuple[int, ...]:
    """Textures alone need the frames that they look from."""
    return shot.view_frames if order.command == "textures" else shot.frames


def _render(run: Run, shot: ShotOrder, frames: Sequence[int]) -> Generator[int | Wait, None, None]:
    """Yields how many frames are done; between two steps of a gentle job the scene is untouched."""
    folder = run.order.project.passes(shot.shot.name)
    portions = [(frame,) for frame in frames] if run.order.gently else [tuple(frames)]
    done = 0
    for portion in portions:
        yield from while_blender_renders(run)
        for _ in render_passes(run.scene, shot.shot, folder, frames=portion):
            done += 1
            if not run.order.gently:
                yield done
        if run.order.gently:
            yield done


# --- painting ---------------------------------------------------------------------------------


def _frames(run: Run) -> Steps:
    order = run.order
    files: list[str] = []
    yield run.course.enter("frames", "Starting the painter")
    worker = painter.get(order.python)
    for index, shot in enumerate(order.shots):
        asked = asking.frames(order, shot)
        files += yield from ask(run, worker, asked, index, len(order.shots))
    return tuple(files)


# --- reel -------------------------------------------------------------------------------------


def _reel(run: Run) -> Steps:
    order = run.order
    yield run.course.enter("reel", "Preparing the reel")
    worker = painter.get(order.python)
    prepared: list[ReelPrepared] = []

    def tell(said: Message) -> Iterable[Item]:
        match said:
            case Progress():
                yield run.course.at(said.done / (said.total or 1.0), 2.0, said.text)
            case Note():
                yield Noted(said.text)
            case ReelPrepared():
                prepared.append(said)

    asked = PrepareReel(
        job=next(painter.job_numbers),
        project=str(order.out),
        title=order.title,
        shots=tuple(ReelShot(s.shot.name, run.takes.get(s.shot.name)) for s in order.shots),
        people=order.people,
        latest=order.latest,
        scene=bpy.data.filepath or None,
    )
    yield from painter.ask(worker, asked, tell)
    reel = prepared[-1]
    yield from _encode(run, reel)
    finish = FinishReel(next(painter.job_numbers), str(order.out), reel.folder)
    return (yield from painter.ask(worker, finish, tell))


def _encode(run: Run, reel: ReelPrepared) -> Steps:
    """A second Blender encodes, so that this one stays free."""

    def tell(line: str) -> Iterable[Item]:
        progress = encode.read_progress(line)
        if progress is not None:
            done, total = progress
            text = f"Encoding the video, frame {done} of {total}"
            yield run.course.at(1.0 + done / total, 2.0, text)

    folder = run.order.project.inside(reel.folder)
    frames, video = folder / "frames", folder / "reel.mp4"
    words = encode.encode_command(
        frames, video, reel.fps, reel.fps_base, reel.count, reel.width, reel.height
    )
    yield run.course.at(1.0, 2.0, f"Encoding the video, {reel.count} frames")
    return (yield from run_process(words, "The video could not be encoded", tell))


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
_STAGES = {"passes": _passes, "frames": _frames, "textures": texturing.textures, "reel": _reel}
