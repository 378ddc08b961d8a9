"""Shots painted in steady mode, held against the same shots painted frame by frame.

Beside them stand the two bounds: every frame on its own, and warping only, where what no key saw is
filled from beside and nothing but keys is painted.

What was found on the way, on two cores at 512 x 288. Time: half of it went to a linear algebra
library that put both processors on matrices of four rows (the worker now keeps it to one); patches
cost as much as keys, and most that a coarse look asked for were specks (each hole is weighed again,
seen whole); following what deforms took a quarter while every frame walked its whole way to a key
(each now takes one step, onto the way of its neighbour); counting steps from outlines was eight
times as slow with ``where=`` as with a wall of large numbers; a gap's frames were read three times.
What is left with the built-in model, which paints a frame in 0.17 s on a processor with bfloat16:
gathering one takes 0.1 s, and as it is many short passes under the interpreter's lock, two threads
gain a third. The bound for the wall time is one for engines of several steps (see ``slower``): with
twenty, the corner's shots take 0.3 of the time, and the crowd, a third of which is patches, 0.45.

Steadiness: key frames disagreed on whatever they saw flatly, since the limit of 65 degrees that
textures need kept streets out of their agreement; without it the deviation over time fell by a
third to a half. What was left of it lay along outlines, from which keys had kept apart: three
pixels of paint on either side in which they disagreed, and a step where that ended. Agreeing there,
too (whoever sees a place clear decides; the paint of a moving thing's outline gives way pixel by
pixel), took warp errors from 0.43 to 0.31 of what frames on their own show, and deviations from
0.51 to 0.27. Fading evenly between keys, and not more quickly halfway, is worth a tenth of both.
Rounding to 8 bits alone is 0.0016 of warp error, a third of what a look shows that hardly boils.

Memory: the company of later windows was larger than the second's, gaps held their keys while a
window was painted, and glibc kept a heap for each thread.
"""

from __future__ import annotations

import itertools
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from underpaint.library.atomic import read_document, write_document
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import Mode
from underpaint.model.shot import PassSet, Shot
from underpaint.motion.frame import Frame
from underpaint.motion.gather import gather
from underpaint.motion.holes import fill_holes
from underpaint.motion.painted import Painted
from underpaint.motion.steadiness import Steadiness
from underpaint.wire.launch import WorkerHandle, start_worker
from underpaint.wire.messages import Done, Failed, PaintFrames, Stopped
from underpaint.worker.jobs import keyed
from underpaint.worker.jobs.following import find_tracks
from underpaint.worker.jobs.png import read_png

from .figures import Figure, at_least, at_most
from .films import Film, Floats, measured
from .killed import after_kills
from .timed_worker import peak_bytes_of
from .warm import ENGINE

LOOK = Look("bench", "a small town at dusk, watercolour, warm light in the windows")
SHORT, LONG = 100, 1000
"""Frames of the shots by which memory is compared."""
_STEPS = 20
"""As diffusion models are mostly asked for."""


def painted(film: Film) -> Iterator[Figure]:
    """What steady mode makes of a film, against each frame on its own."""
    with _warm(film) as worker:
        seconds = {mode: _paint(worker, film.project, film.name, mode) for mode in _MODES}
    figures = {mode: measured(film, _pictures(film, mode)) for mode in _MODES}
    warped = measured(film, _warped(film))
    yield from _compared(film, figures["steady"], figures["each"], warped)
    yield at_most(
        f"{film.name}: wall time of the shot, steady ÷ each",
        seconds["steady"] / seconds["each"],
        0.4,
        steady_s=seconds["steady"],
        each_s=seconds["each"],
    )


def slower(film: Film) -> Figure:
    """The wall time of a shot with as many steps as checkpoints take."""
    with _warm(film) as worker:
        look = replace(LOOK, steps=_STEPS)
        each, steady = (
            _paint(worker, film.project, film.name, mode, look=look, seed=2) for mode in _MODES
        )
    return at_most(
        f"{film.name}: wall time with {_STEPS} steps, steady ÷ each",
        steady / each,
        0.4,
        steady_s=steady,
        each_s=each,
    )


def _compared(
    film: Film, steady: Steadiness, each: Steadiness, warped: Steadiness
) -> Iterator[Figure]:
    rows = (
        ("masked warp error", "warp_error", at_most, 0.35),
        ("per-texel deviation over time", "spread", at_most, 0.4),
        ("sharpness", "sharpness", at_least, 0.85),
        ("structure (edge F1)", "structure", at_least, 0.95),
    )
    for name, attribute, bounded, bound in rows:
        own, other, warp = (getattr(one, attribute) for one in (steady, each, warped))
        yield bounded(
            f"{film.name}: {name}, steady ÷ each",
            own / other,
            bound,
            steady=own,
            each=other,
            warp_only=warp,
        )


def killed(film: Film) -> Figure:
    """A steady shot whose worker is killed at random moments."""
    asked = PaintFrames(
        1, str(film.project.root), film.name, LOOK, ENGINE, "bench", seed=9, mode="steady"
    )
    return after_kills(asked)


def memory(film: Film) -> Figure:
    """The worker's peak on a shot of a thousand frames, against one of a hundred."""
    peaks = {count: _peak(film, count) for count in (SHORT, LONG)}
    return at_most(
        f"memory of the worker, {LONG}-frame shot ÷ {SHORT}-frame shot",
        peaks[LONG] / peaks[SHORT],
        1.1,
        **{f"MB_at_{count}": peak / 1e6 for count, peak in peaks.items()},
    )


_MODES: tuple[Mode, ...] = ("each", "steady")


def _peak(film: Film, count: int) -> float:
    """A shot that runs to and fro through a film's frames, painted keys and all by the stand-in:
    what grows with the frames is ours, not the model's."""
    name = f"{film.name} {count}"
    there = read_document(PassSet, film.project.pass_set(film.name))
    folder, new = film.project.passes(film.name), film.project.passes(name)
    new.mkdir(parents=True, exist_ok=True)
    walk = itertools.cycle([*there.frames, *there.frames[-2:0:-1]])
    frames = []
    for number, frame in zip(range(1, count + 1), walk, strict=False):
        for file in (frame.file, frame.poses):
            (new / file).unlink(missing_ok=True)
            (new / file).symlink_to(folder / file)
        frames.append(replace(frame, frame=number, hash=f"{frame.hash} {number}"))
    shot = Shot(name, there.shot.camera, 1, count)
    write_document(film.project.pass_set(name), replace(there, shot=shot, frames=tuple(frames)))
    worker = start_worker(Path(sys.executable))
    try:
        _paint(worker, film.project, name, "steady", engine="stand-in")
        return peak_bytes_of(worker.process.pid)
    finally:
        worker.stop()


@contextmanager
def _warm(film: Film) -> Iterator[WorkerHandle]:
    worker = start_worker(Path(sys.executable))
    try:
        _paint(worker, film.project, film.name, "each", frames=tuple(film.numbers[:2]), seed=99)
        yield worker
    finally:
        worker.stop()


def _paint(
    worker: WorkerHandle,
    project: Project,
    shot: str,
    mode: Mode,
    *,
    engine: str = ENGINE,
    look: Look = LOOK,
    frames: tuple[int, ...] = (),
    seed: int = 1,
) -> float:
    """Seconds to paint a shot."""
    start = time.perf_counter()
    asked = PaintFrames(1, str(project.root), shot, look, engine, "bench", seed=seed, frames=frames)
    worker.send(replace(asked, mode=mode))
    while True:
        for message in worker.poll():
            if isinstance(message, (Failed, Stopped)):
                raise SystemExit(f"The worker could not paint: {message}")
            if isinstance(message, Done):
                return time.perf_counter() - start
        time.sleep(0.005)


def _pictures(film: Film, mode: Mode) -> Iterator[tuple[int, Floats]]:
    """The frames of the take of a mode, in order."""
    folder = _folder(film, mode)
    for number in film.numbers:
        yield number, read_png(folder / f"frame_{number:04d}.png")


def _folder(film: Film, mode: Mode) -> Path:
    takes = Takes(film.project)
    for take in reversed(takes.list(film.name)):
        request = take.frame_request
        if request is not None and (request.mode, request.seed) == (mode, 1):
            return takes.folder(take)
    raise SystemExit(f"There is no take of {film.name} in mode {mode}.")


def _warped(film: Film) -> Iterator[tuple[int, Floats]]:
    """The frames as nothing but warping makes them of the steady take's keys."""
    folder = _folder(film, "steady")
    numbers = film.numbers
    keys = keyed.find_keys(film.source, numbers, keyed.apart_of("ones"), lambda: None)

    def key(number: int) -> Painted:
        picture = read_png(folder / f"frame_{number:04d}.png")
        return Painted(Frame(film.sight(number)), picture, number)

    yield keys[0], key(keys[0]).picture
    for one, two in itertools.pairwise(keys):
        ends, tracks = [key(one), key(two)], find_tracks(film.source, (one, two))
        for number in range(one + 1, two):
            frame = Frame(film.sight(number))
            gathered = gather(frame, number, ends, tracks=tracks)
            yield number, fill_holes(frame, gathered, ends).picture
        yield two, ends[1].picture
