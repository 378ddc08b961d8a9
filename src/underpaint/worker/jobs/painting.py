"""Painting the takes of one job, beside whoever paints the same takes elsewhere.

A unit of frames is claimed, painted, written and let go of; where somebody else has it, the next
one is taken. When nothing is left to claim, the job waits for the others, takes over from those who
die, and ends with the finished takes. What is left to do is read from the disk each time. What a
unit is, and how it is painted, is the ``Brushwork``'s: see ``each`` and ``steady``.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

from ...library.claims import Claim
from ...library.project import Project, frame_file
from ...library.unfinished import UnfinishedTake
from ...model.look import Look
from ...model.request import FrameRequest
from ...model.take import Take
from ...wire.messages import FramePainted, PaintFrames, Preview, TakeStopped
from ..engine import Engine, OnStep, Picture
from ..job import Job
from ..studio import Studio
from . import settings
from .brush import Behind
from .png import npy_bytes, png_bytes, small
from .schedule import Unit, outline_of, painting_order

_PREVIEW_SECONDS = 0.5
_PREVIEW_SIDE = 320
_WAIT_SECONDS = 0.1
_MOMENT_SECONDS = 0.01
"""Where nobody says that a unit is theirs: it was let go of just now, or is about to be named."""


@dataclass(eq=False)
class TakeWork:
    """A take under way; ``seconds`` that this process has painted at it.

    ``stopped``: by somebody other than who asked for the job.
    """

    request: FrameRequest
    unfinished: UnfinishedTake
    seconds: float = 0.0
    over: bool = field(default=False, init=False)
    stopped: bool = field(default=False, init=False)

    def path(self, frame: int) -> Path:
        """Where a finished frame is."""
        return self.unfinished.folder / frame_file(frame)


Made = tuple[int, Picture]
"""A frame's number, and its picture."""


@dataclass(frozen=True)
class Piece:
    """A unit that is ours to paint, and those of its frames that are missing."""

    work: TakeWork
    unit: Unit
    missing: frozenset[int]
    claim: Claim


@dataclass(frozen=True)
class Turn:
    """What a brushwork has for a piece: the ``engine``, loaded when it is first asked for, and who
    hears how far it is.

    ``on_step(done, count)`` hears of steps that are worth ``count`` of the unit's frames, of which
    ``done`` are there; ``tell(done, what)`` of anything else.
    """

    engine: Callable[[], Engine]
    on_step: Callable[[float, float], OnStep]
    tell: Callable[[float, str], None]


class Brushwork(Protocol, AbstractContextManager["Brushwork"]):
    """How the frames of a take are cut into units, and how one of these is painted."""

    def units(self, work: TakeWork) -> Sequence[Unit]:
        """All of them, in the order in which they are best painted."""

    def expect(self, work: TakeWork, unit: Unit) -> None:
        """This one is likely to be next."""

    def paint(self, piece: Piece, turn: Turn) -> Iterable[Made]:
        """The missing frames of a unit, one after another, as soon as each is done."""


class Painting:
    """Paints the takes of one job and says how far they are."""

    def __init__(
        self,
        asked: PaintFrames,
        job: Job,
        studio: Studio,
        brushwork: Brushwork,
        *,
        works: Sequence[TakeWork],
        finished: Callable[[Take], None],
    ) -> None:
        """``finished`` is told of every take that is there."""
        self._asked = asked
        self._job = job
        self._studio = studio
        self._brushwork = brushwork
        self._project = Project(Path(asked.project))
        self._works = works
        self._finished = finished
        units = [brushwork.units(work) for work in works]
        outlines = [
            outline_of(some, work.unfinished.frames)
            for some, work in zip(units, works, strict=True)
        ]
        self._order = painting_order(units, outlines)
        self._total = asked.takes * max((len(work.unfinished.frames) for work in works), default=0)
        self._done = 0.0
        self._told = 0.0
        self._previewed = 0.0
        self._preview = f".preview-{uuid.uuid4().hex[:8]}.npy"
        self._engine: Engine | None = None

    def run(self) -> None:
        """Until every take is finished or stopped; tells of those that others have stopped."""
        with self._brushwork, Behind() as behind:
            while self._look_around():
                self._job.check()
                piece = self._next_piece()
                if piece is None:
                    behind.settle()
                    self._wait()
                else:
                    self._paint(piece, behind)
        for work in self._works:
            if work.stopped:
                done, total = len(work.unfinished.done), len(work.unfinished.frames)
                seed = work.request.seed
                self._job.send(TakeStopped(self._job.number, self._asked.shot, seed, done, total))

    def _look_around(self) -> bool:
        """Finish what is painted, by whomever; whether anything is left."""
        for work in self._works:
            if not work.over and self._is_stopped(work):
                self._leave(work)
            elif not work.over and not work.unfinished.missing:
                work.over = True
                made_with = {} if self._engine is None else self._engine.made_with
                self._finished(work.unfinished.finish(self._asked.by, work.seconds, made_with))
        left = sum(len(work.unfinished.missing) for work in self._works if not work.over)
        self._done = self._total - left
        return not all(work.over for work in self._works)

    def _is_stopped(self, work: TakeWork) -> bool:
        """By whom the job is, or by anybody else while frames are missing."""
        by_others = work.unfinished.stopped and bool(work.unfinished.missing)
        return self._is_by_hand(work) or by_others

    def _is_by_hand(self, work: TakeWork) -> bool:
        return work.request.seed in self._job.stopped_takes

    def _leave(self, work: TakeWork) -> None:
        """Paint no more of it."""
        work.over, work.stopped = True, not self._is_by_hand(work)
        told = f"{self._asked.shot}: the take with seed {work.request.seed} is stopped"
        kept = "what is painted of it is kept, and the same command goes on from there"
        self._job.note(f"{told}." if work.stopped else f"{told}; {kept}.")

    def _next_piece(self) -> Piece | None:
        """The first unit in the order that can be painted and that nobody else has."""
        for work, unit in self._open_units():
            claim = work.unfinished.claim(unit.name)
            if claim is None:
                continue
            missing = frozenset(work.unfinished.missing).intersection(unit.frames)
            if missing:
                return Piece(work, unit, missing, claim)
            claim.release()
        return None

    def _open_units(self) -> Iterator[tuple[TakeWork, Unit]]:
        """What lacks frames and has all that it needs, in order."""
        missing: Mapping[int, set[int]] = {
            take: set(work.unfinished.missing)
            for take, work in enumerate(self._works)
            if not work.over
        }
        for take, unit in self._order:
            left = missing.get(take)
            if left and not left.isdisjoint(unit.frames) and unit.needs.isdisjoint(left):
                yield self._works[take], unit

    def _paint(self, piece: Piece, behind: Behind) -> None:
        work = piece.work
        started = time.monotonic()
        if (following := self._following()) is not None:
            self._brushwork.expect(*following)
        turn = Turn(partial(self._load, work.request.look), partial(self._watch, work), self._tell)
        for frame, picture in self._brushwork.paint(piece, turn):
            self._job.check()
            behind.submit(partial(self._keep, work, frame, picture))
        work.seconds += time.monotonic() - started
        behind.submit(piece.claim.release)

    def _following(self) -> tuple[TakeWork, Unit] | None:
        """What nobody has begun yet."""
        free = (
            (work, unit)
            for work, unit in self._open_units()
            if not work.unfinished.is_claimed(unit.name)
        )
        return next(free, None)

    def _load(self, look: Look) -> Engine:
        if self._engine is None:
            self._tell(0.0, "loading the engine")
            self._engine = self._studio.engine(self._asked.engine, self._job.reading_engine)
            settings.check_length(look, self._engine, self._job)
        return self._engine

    def _keep(self, work: TakeWork, frame: int, picture: Picture) -> None:
        """Write a frame, and let others know that it is done."""
        path = work.unfinished.add(frame, png_bytes(picture))
        if self._asked.previews:
            self._show(work, picture)
        self._job.send(
            FramePainted(
                self._job.number,
                self._asked.shot,
                frame,
                self._project.relative(path),
                work.request.seed,
            )
        )

    def _wait(self) -> None:
        """Others paint all that is left: see whether one of them has died."""
        owners = [work.unfinished.holder(unit.name) for work, unit in self._open_units()]
        names = sorted({str(owner) for owner in owners if owner is not None})
        if names:
            self._tell(0.0, f"waiting for {' and '.join(names)}")
        self._job.wait(_WAIT_SECONDS if names else _MOMENT_SECONDS)

    def _watch(self, work: TakeWork, done: float, count: float) -> OnStep:
        def on_step(step: int, steps: int, preview: Callable[[], Picture]) -> None:
            self._job.check()
            self._tell(done + count * step / steps, f"step {step} of {steps}")
            due = time.monotonic() - self._previewed >= _PREVIEW_SECONDS
            if self._asked.previews and step < steps and due:
                self._show(work, preview())

        return on_step

    def _tell(self, more: float, what: str) -> None:
        """What is painted waits to be written: the number told never falls."""
        self._told = max(self._told, self._done + more)
        frame = min(int(self._done) + 1, self._total)
        self._job.progress(
            self._told,
            self._total,
            f"{self._asked.shot}: frame {frame} of {self._total}, {what}",
        )

    def _show(self, work: TakeWork, picture: Picture) -> None:
        """Write a small copy of a picture that is being made, or was made just now."""
        data = npy_bytes(small(picture, _PREVIEW_SIDE))
        path = work.unfinished.add_file(self._preview, data, durable=False)
        self._job.send(Preview(self._job.number, self._project.relative(path)))
        self._previewed = time.monotonic()
