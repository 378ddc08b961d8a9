"""One order under way, and what every stage does with it."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass, field

import bpy
from underpaint.errors import Cancelled, JobError
from underpaint.events import Noted, Shown, TakeMade
from underpaint.library.project import Kind
from underpaint.wire.launch import WorkerHandle
from underpaint.wire.messages import (
    FramePainted,
    Message,
    Note,
    PaintFrames,
    Preview,
    Progress,
    TakeDone,
    TakeStopped,
)

from .. import under_way
from ..bridge import evaluation
from . import apply, painter
from .course import Course
from .job import Item, Steps, Wait
from .order import Order

_KINDS: dict[str, Kind] = {"frames": "shots", "textures": "textures", "atlases": "atlases"}


@dataclass
class Run:
    """One order under way."""

    order: Order
    course: Course
    takes: dict[str, int] = field(default_factory=dict)
    textures: dict[str, int] = field(default_factory=dict)
    stopped: list[TakeStopped] = field(default_factory=list)

    @property
    def scene(self) -> bpy.types.Scene:
        """Looked up anew each time: undo replaces what a reference points at."""
        scene: bpy.types.Scene | None = bpy.data.scenes.get(self.order.scene)
        if scene is None:
            raise JobError(f"The scene {self.order.scene!r} is gone: stopped. Run it again.")
        return scene


def while_blender_renders(run: Run) -> Generator[Wait, None, None]:
    """A person who renders goes first; only one render at a time is possible."""
    while run.order.gently and evaluation.is_rendering():
        yield Wait("Waiting for Blender's own render.")


def ask(run: Run, worker: WorkerHandle, message: Message, index: int = 0, count: int = 1) -> Steps:
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
            case FramePainted() if run.order.gently:
                under_way.painted(said.seed, run.order.out / said.file)
            case FramePainted():
                yield Shown(said.file)
            case TakeStopped():
                run.stopped.append(said)
            case TakeDone():
                files.extend(said.files)
                yield from _take_done(run, said)

    if isinstance(message, PaintFrames) and run.order.gently:
        under_way.begin(message)
    try:
        files += yield from painter.ask(worker, message, tell)
    finally:
        under_way.end()
    return tuple(files)


def raise_if_stopped(run: Run) -> None:
    """Raise Cancelled where others have stopped a take that this order was to make."""
    if run.stopped:
        raise Cancelled(" ".join(map(_of_stopped, run.stopped)))


def _of_stopped(take: TakeStopped) -> str:
    told = f"{take.shot}: the take with seed {take.seed} was stopped"
    if not take.done:
        return f"{told} before a frame of it was painted: the same command begins it again."
    return (
        f"{told}; {take.done} of its {take.total} frames are painted and kept, and the same "
        "command goes on from there."
    )


def _take_done(run: Run, said: TakeDone) -> Iterable[Item]:
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
