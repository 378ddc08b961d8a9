"""What a job does, stage after stage. Every stage is a generator that can be closed at any step."""

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from typing import TypeVar

import bpy
from underpaint.errors import EngineError, JobError
from underpaint.events import Found, Moved, Noted, Shown, Started, TakeMade
from underpaint.library.project import Kind
from underpaint.wire.launch import WorkerHandle
from underpaint.wire.messages import (
    Doctor,
    Finding,
    Findings,
    FinishReel,
    FramePainted,
    Message,
    Note,
    PrepareReel,
    Preview,
    Progress,
    ReelPrepared,
    ReelShot,
    TakeDone,
    ViewOf,
)

from ..bridge import around, encode, evaluation, materials, meshes
from ..bridge.instanced import find_object
from ..bridge.passes import render_passes
from . import apply, asking, painter, standing
from .course import Course
from .job import Item, Job, Steps, Wait
from .order import Order, ShotOrder
from .process import run_process

T = TypeVar("T")

SECONDS_A_FRAME = {"passes": 0.6, "frames": 2.5, "reel": 0.2}
SECONDS_A_TEXTURE = 3.0
"""Rough paces of two cores, for the bar's shares of the stages."""
ADDED_SAY = 0.3
"""How much an added view counts where the film itself shows the same: it decides only where it sees
better by three times."""


@dataclass
class _Run:
    """One order under way."""

    order: Order
    course: Course
    takes: dict[str, int] = field(default_factory=dict)
    textures: dict[str, int] = field(default_factory=dict)

    @property
    def scene(self) -> bpy.types.Scene:
        """Looked up anew each time: undo replaces what a reference points at."""
        scene: bpy.types.Scene | None = bpy.data.scenes.get(self.order.scene)
        if scene is None:
            raise JobError(f"The scene {self.order.scene!r} is gone: stopped. Run it again.")
        return scene


def job_of(order: Order) -> Job:
    """The job that carries an order out."""
    return Job(order.command, str(order.out), _steps(order))


def examination(engine: str, python: str, project: str | None) -> Job:
    """The job that has the worker look at an engine, and at the project's folder if it is known."""
    return Job("doctor", project or "", _examine(engine, python, project))


def _steps(order: Order) -> Steps:
    run = _Run(order, Course(_weights(order)))
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


def _passes(run: _Run) -> Steps:
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


def _render(run: _Run, shot: ShotOrder, frames: Sequence[int]) -> Generator[int | Wait, None, None]:
    """Yields how many frames are done; between two steps of a gentle job the scene is untouched."""
    folder = run.order.project.passes(shot.shot.name)
    portions = [(frame,) for frame in frames] if run.order.gently else [tuple(frames)]
    done = 0
    for portion in portions:
        yield from _while_blender_renders(run)
        for _ in render_passes(run.scene, shot.shot, folder, frames=portion):
            done += 1
            if not run.order.gently:
                yield done
        if run.order.gently:
            yield done


def _while_blender_renders(run: _Run) -> Generator[Wait, None, None]:
    """A person who renders goes first; only one render at a time is possible."""
    while run.order.gently and evaluation.is_rendering():
        yield Wait("Waiting for Blender's own render.")


# --- painting ---------------------------------------------------------------------------------


def _frames(run: _Run) -> Steps:
    order = run.order
    files: list[str] = []
    yield run.course.enter("frames", "Starting the painter")
    worker = painter.get(order.python)
    for index, shot in enumerate(order.shots):
        asked = asking.frames(order, shot)
        files += yield from _ask(run, worker, asked, index, len(order.shots))
    return tuple(files)


def _textures(run: _Run) -> Steps:
    if run.order.tile_metres is not None:
        return (yield from _tiles(run, run.order.tile_metres))
    order = run.order
    yield run.course.enter("textures", "Looking around")
    views = order.views
    if order.around:
        views = (*views, *(yield from _look_around(run)))
    stands = standing.textures(run.scene, order.project, order.objects, order.part)
    export = yield from _export(run, views, [one.object for one in stands if not one.part])
    for left_out in export.skipped:
        if left_out.name in order.objects:
            yield Noted(left_out.reason)
    for note in export.notes:
        yield Noted(note)
    written = {obj.name for obj in export.surface.objects}
    names = [name for name in order.objects if name in written]
    held = tuple(one for one in stands if one.object in written)
    yield run.course.at(2, 3, "Starting the painter")
    files: list[str] = []
    try:
        for take in range(order.takes):
            asked = asking.textures(order, views, names, order.seed + take, held)
            worker = painter.get(order.python)
            files += yield from _ask(run, worker, asked, 2 * order.takes + take, 3 * order.takes)
            if order.atlas:
                files += yield from _atlases(run, worker)
    finally:
        _take_back_unpainted(run, export.fresh)
    yield from _tell_of_textures(run)
    return tuple(files)


def _atlases(run: _Run, worker: WorkerHandle) -> Steps:
    """Pack the textures that this job has just made or found."""
    asked = asking.atlases(run.order, run.scene, run.textures)
    return (yield from _ask(run, worker, asked)) if asked.textures else ()


def _tiles(run: _Run, metres: float) -> Steps:
    """A tile for the grounds and one for the walls among the objects."""
    order = run.order
    yield run.course.enter("textures", "Starting the painter")
    files: list[str] = []
    for take in range(order.takes):
        asked = asking.tiles(order, run.scene, metres, order.seed + take)
        files += yield from _ask(run, painter.get(order.python), asked, take, order.takes)
    yield from _tell_of_textures(run)
    return tuple(files)


def _tell_of_textures(run: _Run) -> Iterator[Noted]:
    """How the scene that has them now shows them, and where they lie."""
    order = run.order
    if not order.apply:
        return
    transform: str = run.scene.view_settings.view_transform
    if transform != "Standard":
        yield Noted(
            f"This scene shows the textures through the view transform {transform}; as painted "
            "they look under Standard (Render properties, Color Management)."
        )
    if order.pack:
        yield Noted(apply.pack_textures(run.scene))


def _take_back_unpainted(run: _Run, names: Sequence[str]) -> None:
    """Objects that got no texture, as no view shows them or the job was stopped, are left as they
    were."""
    with suppress(JobError):  # the scene is gone
        objects = {name: find_object(run.scene, name) for name in names}
        unpainted = [name for name, obj in objects.items() if obj and not materials.takes(obj)]
        meshes.take_back(run.scene, unpainted)


def _look_around(run: _Run) -> Generator[Moved | Wait, None, tuple[ViewOf, ...]]:
    """Find more places to look from, and render their passes: the first third of the stage."""
    order, frame = run.order, run.order.views[0].frame
    steps = around.eyes(
        lambda: run.scene,
        order.objects,
        [(view.shot, view.frame) for view in order.views],
        order.out,
        size=order.texture_size,
        most=order.most_added,
    )
    eyes = yield from _stepped(
        run, steps, lambda done, total: run.course.at(done, 6 * total, "Looking for more views")
    )
    names = around.shot_names(run.scene, len(eyes))
    for number, (eye, name) in enumerate(zip(eyes, names, strict=True)):
        yield from _while_blender_renders(run)
        around.render(run.scene, eye, name, frame, order.project.passes(name))
        text = f"Passes all around, view {number + 1} of {len(eyes)}"
        yield run.course.at(number + 1 + len(eyes), 6 * len(eyes), text)
    return tuple(ViewOf(name, frame, ADDED_SAY) for name in names)


def _export(
    run: _Run, views: Sequence[ViewOf], neighbours: Sequence[str]
) -> Generator[Moved | Wait, None, meshes.SurfaceExport]:
    """Reading meshes is counted as the second third of the stage, painting as the last."""
    order = run.order
    steps = meshes.export_steps(
        lambda: run.scene,
        (*order.objects, *neighbours),
        views,
        order.out,
        size=order.texture_size,
        uv=order.uv,
        part=order.part,
    )
    return (
        yield from _stepped(
            run,
            steps,
            lambda done, total: run.course.at(
                total + done, 3 * total, f"Reading the meshes, {done} of {total}"
            ),
        )
    )


def _stepped(
    run: _Run,
    steps: Generator[tuple[int, int], None, T],
    tell: Callable[[int, int], Moved],
) -> Generator[Moved | Wait, None, T]:
    """Go through steps (done, total), none while a person renders; what they return."""
    with closing(steps):
        while True:
            yield from _while_blender_renders(run)
            try:
                done, total = next(steps)
            except StopIteration as end:
                made: T = end.value
                return made
            yield tell(done, total)


def _ask(
    run: _Run, worker: WorkerHandle, message: Message, index: int = 0, count: int = 1
) -> Steps:
    """Have the worker do the ``index``-th of ``count`` equal parts of this stage.

    Returns the files of the takes as they came, then those that belong to no take.
    """
    files: list[str] = []

    def tell(said: Message) -> Iterable[Item]:
        match said:
            case Progress():
                share = said.done / said.total if said.total else 0.0
                yield run.course.at(index + share, count, said.text)
            case Note():
                yield Noted(said.text)
            case Preview() if run.order.gently:
                yield Shown(said.file)
            case FramePainted() if not run.order.gently:
                yield Shown(said.file)
            case TakeDone():
                files.extend(said.files)
                yield from _take_done(run, said)

    files += yield from painter.ask(worker, message, tell)
    return tuple(files)


def _take_done(run: _Run, said: TakeDone) -> Iterable[Item]:
    """The take is told of when it is in the scene: an undo step of it holds it."""
    kind = _KINDS[said.kind]
    if kind == "shots":
        run.takes[said.subject] = said.number
    elif kind == "textures":
        run.textures[said.subject] = said.number
    if run.order.apply:
        left_out = apply.take(run.scene, run.order.project, kind, said.subject, said.number)
        if left_out:
            yield Noted(left_out)
    yield TakeMade(said.kind, said.subject, said.number, said.folder, said.reused)


# --- reel -------------------------------------------------------------------------------------


def _reel(run: _Run) -> Steps:
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


def _encode(run: _Run, reel: ReelPrepared) -> Steps:
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
_KINDS: dict[str, Kind] = {"frames": "shots", "textures": "textures", "atlases": "atlases"}
_STAGES = {"passes": _passes, "frames": _frames, "textures": _textures, "reel": _reel}
