"""The frames job: paint a shot's frames into takes."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path

from ...errors import InputError
from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...library.unfinished import UnfinishedTake
from ...model.request import FrameRequest
from ...model.shot import FramePasses
from ...model.take import Take
from ...wire.messages import FramePainted, PaintFrames, Preview, TakeDone
from ..engine import OnStep, Picture, View
from ..job import Job
from ..studio import Studio
from . import settings
from .brush import Behind, paint_ahead
from .painted import find_painted
from .png import npy_bytes, png_bytes, small
from .sources import Source

Group = tuple[FramePasses, ...]

_PREVIEW = ".preview.npy"  # hidden: the library removes it when the take is finished
_PREVIEW_SECONDS = 0.5
_PREVIEW_SIDE = 320


def paint_frames(asked: PaintFrames, job: Job, studio: Studio) -> tuple[str, ...]:
    """Paint ``asked.takes`` takes, seeds counting up from ``asked.seed``; makes nothing else.

    A take that exists already is not painted again; one that was interrupted is gone on with.
    """
    settings.check_seed(asked.seed, asked.takes)
    if asked.takes < 1 or asked.batch < 1:
        raise InputError(
            f"{asked.takes} takes in batches of {asked.batch} are asked: both start at 1."
        )
    source = Source(Project(Path(asked.project)), asked.shot)
    frames = source.choose(asked.frames)
    job.progress(0, asked.takes * len(frames), f"{source.name}: looking at the passes")
    request = _request(asked, job, studio, source, frames)
    painter = _Painter(asked, job, studio, source, frames)
    for k in range(asked.takes):
        painter.take(replace(request, seed=asked.seed + k), k)
    return ()


def _request(
    asked: PaintFrames, job: Job, studio: Studio, source: Source, frames: Sequence[FramePasses]
) -> FrameRequest:
    info = studio.describe(asked.engine, job.reading_engine)
    look = settings.explicit_look(asked.look, info)
    settings.check_words(look, info, job)
    return FrameRequest(
        engine=info.ref,
        look=look,
        seed=asked.seed,
        seed_per=asked.seed_per,
        width=source.passes.width,
        height=source.passes.height,
        views=tuple(source.view(frame) for frame in frames),
        depth_range=source.depth_range(job.check),
        batch=asked.batch,
    )


class _Painter:
    """Paints the takes of one job and says how far it is."""

    def __init__(
        self,
        asked: PaintFrames,
        job: Job,
        studio: Studio,
        source: Source,
        frames: tuple[FramePasses, ...],
    ) -> None:
        self._asked = asked
        self._job = job
        self._studio = studio
        self._source = source
        self._frames = frames
        self._project = Project(Path(asked.project))
        self._takes = Takes(self._project)
        self._earlier = self._takes.list(source.name)
        self._done = 0
        self._previewed = 0.0

    def take(self, request: FrameRequest, index: int) -> None:
        """The take of this request: found, or painted from where it was left."""
        found = self._takes.find(request, self._earlier)
        take = found or self._paint(request, index)
        self._done = (index + 1) * len(self._frames)
        self._job.send(
            TakeDone(
                self._job.number,
                "frames",
                take.subject,
                take.number,
                self._project.relative(self._takes.folder(take)),
                reused=found is not None,
                files=self._takes.files(take),
            )
        )

    def _paint(self, request: FrameRequest, index: int) -> Take:
        started = time.monotonic()
        with self._takes.begin(request) as unfinished:
            self._take_over(unfinished, request)
            missing = set(unfinished.missing)
            self._done = (index + 1) * len(self._frames) - len(missing)
            # the same frames always share a batch, however often the take was interrupted
            groups = [g for g in self._groups() if any(frame.frame in missing for frame in g)]
            if groups:
                self._paint_groups(unfinished, request, groups, missing)
            return unfinished.finish(self._asked.by, time.monotonic() - started)

    def _take_over(self, unfinished: UnfinishedTake, request: FrameRequest) -> None:
        """Frames that another take holds already need no painting."""
        missing = set(unfinished.missing)
        for view, path in find_painted(self._takes, self._earlier, request).items():
            if view.frame in missing:
                with atomic.disk_errors(path):
                    unfinished.add(view.frame, path.read_bytes())

    def _groups(self) -> list[Group]:
        size = self._asked.batch
        return [self._frames[i : i + size] for i in range(0, len(self._frames), size)]

    def _paint_groups(
        self,
        unfinished: UnfinishedTake,
        request: FrameRequest,
        groups: list[Group],
        missing: set[int],
    ) -> None:
        self._job.check()
        self._tell(0.0, "loading the engine")
        engine = self._studio.engine(self._asked.engine, self._job.reading_engine)
        settings.check_length(request.look, engine, self._job)
        painted = paint_ahead(
            engine,
            settings.paint_settings(request.look),
            groups,
            partial(self._views, request),
            self._at_step(unfinished, len(missing) / len(groups)),
        )
        with closing(painted), Behind() as behind:
            for group, pictures in painted:
                for frame, picture in zip(group, pictures, strict=True):
                    if frame.frame in missing:
                        behind.submit(partial(self._keep, unfinished, frame, picture))
                        self._done += 1
                self._job.check()

    def _views(self, request: FrameRequest, group: Group) -> list[View]:
        near, far = request.depth_range
        kinds = tuple(request.look.control_scales)
        return [
            View(
                self._source.controls(frame, kinds, near, far),
                settings.view_seed(request.seed, request.seed_per, frame.frame),
            )
            for frame in group
        ]

    def _keep(self, unfinished: UnfinishedTake, frame: FramePasses, picture: Picture) -> None:
        path = unfinished.add(frame.frame, png_bytes(picture))
        if self._asked.previews:
            self._show(unfinished, picture)
        self._job.send(
            FramePainted(
                self._job.number, self._source.name, frame.frame, self._project.relative(path)
            )
        )

    def _at_step(self, unfinished: UnfinishedTake, frames_a_batch: float) -> OnStep:
        def on_step(step: int, steps: int, preview: Callable[[], Picture]) -> None:
            self._job.check()
            self._tell(frames_a_batch * step / steps, f"step {step} of {steps}")
            due = time.monotonic() - self._previewed >= _PREVIEW_SECONDS
            if self._asked.previews and step < steps and due:
                self._show(unfinished, preview())

        return on_step

    def _tell(self, more: float, what: str) -> None:
        total = self._asked.takes * len(self._frames)
        frame = min(int(self._done) + 1, total)
        text = ", ".join(filter(None, (f"{self._source.name}: frame {frame} of {total}", what)))
        self._job.progress(self._done + more, total, text)

    def _show(self, unfinished: UnfinishedTake, picture: Picture) -> None:
        """Write a small copy of a picture that is being made, or was made just now."""
        path = unfinished.folder / _PREVIEW
        atomic.write_bytes(path, npy_bytes(small(picture, _PREVIEW_SIDE)))
        self._job.send(Preview(self._job.number, self._project.relative(path)))
        self._previewed = time.monotonic()
