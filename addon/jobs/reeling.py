"""The reel's stages: make one of a cut, and take a re-timed timeline back."""

import time
from collections.abc import Iterable

import bpy
from underpaint.direct_cuts import cues
from underpaint.errors import InputError
from underpaint.events import Noted
from underpaint.library import cuts
from underpaint.library.atomic import read_document
from underpaint.model.cut import Cut, CutEntry, ReelRecord
from underpaint.model.editing import of_shots
from underpaint.wire import encoding
from underpaint.wire.messages import (
    FinishReel,
    Message,
    Note,
    PrepareReel,
    Progress,
    ReadTimeline,
    ReelPrepared,
    TimelineRead,
)

from ..bridge import encode, reel_cut, reel_scene, retimed
from ..bridge.shots import list_shots
from . import painter
from .job import Item, Steps
from .measuring import remember_reel
from .order import Order
from .process import run_process
from .run import Run


def reel(run: Run) -> Steps:
    """Draw, encode and number a reel, or find the one that stands; then build its sequencer."""
    order = run.order
    yield run.course.enter("reel", "Preparing the reel")
    began = time.monotonic()
    entries = _entries(run)
    for note in _left_out(run, entries):
        yield Noted(note)
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
        entries=entries,
        people=order.people,
        latest=order.latest,
        scene=bpy.data.filepath or None,
        dressing=order.dressing,
        cut=order.cut,
        painted=run.takes,
    )
    files = yield from painter.ask(worker, asked, tell)
    made = prepared[-1]
    if made.standing:
        yield Noted(f"This very reel stands already: {made.folder}.")
    else:
        yield from _encode(run, made)
        finish = FinishReel(next(painter.job_numbers), str(order.out), made.folder)
        files = yield from painter.ask(worker, finish, tell)
        remember_reel(made, order.project, time.monotonic() - began, files)
    if order.apply:
        yield Noted(_show(run, files))
    return files


def require_takes(run: Run) -> None:
    """Raise InputError where a shot of the reel has no take to show."""
    cuts.require_takes(run.order.project, _entries(run), latest=run.order.latest)


def require_timeline(run: Run) -> None:
    """Raise InputError where the file that is to be read is not there."""
    timeline = run.order.timeline
    if timeline is not None and not timeline.exists():
        raise InputError(f"{timeline} does not exist.")


def retime(run: Run) -> Steps:
    """Read a timeline into the cut, and move the shots' markers to what it asks for."""
    order = run.order
    yield run.course.enter("retime", "Reading the timeline")
    if order.timeline is None:
        return (yield from _from_sequencer(run))
    read: list[TimelineRead] = []

    def tell(said: Message) -> Iterable[Item]:
        match said:
            case Note():
                yield Noted(said.text)
            case TimelineRead():
                read.append(said)

    path = str(order.timeline.absolute())
    asked = ReadTimeline(next(painter.job_numbers), str(order.out), path, order.cut)
    yield from painter.ask(painter.get(order.python), asked, tell)
    if order.apply:
        for note in retimed.move_markers(run.scene, read[-1].asked):
            yield Noted(note)
    return (yield from _kept(order, read[-1].cut))


def _from_sequencer(run: Run) -> Steps:
    """The cut as somebody edited it in the reel's scene."""
    order = run.order
    before = cuts.standing_or_new(order.project, order.cut)
    cut, notes = reel_cut.read(reel_cut.scene_of(order.cut), order.project, before)
    for note in notes:
        yield Noted(note)
    return (yield from _kept(order, cut))


def _kept(order: Order, cut: Cut) -> Steps:
    """Write the cut, and tell what follows what in it."""
    file = cuts.save(order.project, order.cut, cut)
    yield from cues(order.project, order.cut)
    return (order.project.relative(file),)


def _entries(run: Run) -> tuple[CutEntry, ...]:
    """The cut's, else every shot whole; of these the shots that were chosen."""
    order = run.order
    there = [shot.shot.name for shot in order.shots]
    cut: Cut = cuts.load_or_error(order.project, order.cut) or of_shots(there)
    kept = tuple(entry for entry in cut.entries if not order.only or entry.shot in order.only)
    if not kept:
        raise InputError(f"The cut {order.cut} shows none of the chosen shots.")
    return kept


def _left_out(run: Run, entries: Iterable[CutEntry]) -> Iterable[str]:
    shown = {entry.shot for entry in entries}
    missing = [s.name for s in list_shots(run.scene) if s.name not in shown]
    if missing and not run.order.only:
        yield (
            f"Not in the cut {run.order.cut}: {', '.join(missing)}. Put them in with "
            "`underpaint cut FILE add SHOT`."
        )


def _show(run: Run, files: Iterable[str]) -> str:
    """The reel as a scene of the sequencer; says which."""
    record = next(name for name in files if name.endswith("/reel.json"))
    path = run.order.project.inside(record)
    scene, made = reel_scene.show(
        read_document(ReelRecord, path), path.parent, run.order.project, run.order.cut
    )
    return f"The reel is the scene {scene.name!r}: {made}."


def _encode(run: Run, reel: ReelPrepared) -> Steps:
    """A second Blender encodes, so that this one stays free."""

    def tell(line: str) -> Iterable[Item]:
        progress = encoding.read_progress(line)
        if progress is not None:
            done, total = progress
            text = f"Encoding the video, frame {done} of {total}"
            yield run.course.at(1.0 + done / total, 2.0, text)

    folder, sound = run.order.project.inside(reel.folder), run.order.dressing.sound
    heard = sound.file if sound is not None else None
    words = [
        *encoding.encoder(bpy.app.binary_path, encode.__file__),
        *encoding.options(reel, folder / "frames", folder / "reel.mp4", heard),
    ]
    yield run.course.at(1.0, 2.0, f"Encoding the video, {reel.count} frames")
    return (yield from run_process(words, "The video could not be encoded", tell))
