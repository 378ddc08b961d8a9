"""The frames job: paint a shot's frames into takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from ...errors import InputError
from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import FrameRequest, KeptFrame
from ...model.shot import FramePasses
from ...model.take import Take
from ...wire.messages import PaintFrames, TakeDone
from ..job import Job
from ..studio import Studio
from . import settings
from .anchored import Anchors
from .each import EachFrame
from .kept import Kept, find_again, find_kept, find_same, keep_range
from .keyed import exposures, phase_of
from .painted import find_painted
from .painting import Painting, TakeWork
from .sources import Source
from .steady import Steady


def paint_frames(asked: PaintFrames, job: Job, studio: Studio) -> tuple[str, ...]:
    """Paint ``asked.takes`` takes, seeds counting up from ``asked.seed``; makes nothing else.

    A take that exists already is not painted again; one that was interrupted is gone on with.
    """
    _check(asked)
    project = Project(Path(asked.project))
    source = Source(project, asked.shot)
    frames = source.choose(asked.frames)
    job.progress(0, asked.takes * len(frames), f"{source.name}: looking at the passes")
    takes = Takes(project)
    earlier = takes.list(source.name)
    known = () if asked.anew else earlier
    anchors = Anchors(project, source, asked.textures, job) if asked.mode == "anchored" else None
    request = _request(asked, job, studio, source, frames)
    shown = exposures([f.frame for f in frames], request.phase, request.cadence)
    if anchors is not None:
        request = replace(request, standing=anchors.refs, repaint=asked.repaint)

    def tell(take: Take, *, reused: bool = False) -> None:
        folder = project.relative(takes.folder(take))
        files = takes.files(take)
        job.send(TakeDone(job.number, "frames", take.subject, take.number, folder, reused, files))

    with ExitStack() as stack:
        works = []
        for k in range(asked.takes):
            wanted = keep_range(replace(request, seed=asked.seed + k), known)
            if found := find_same(takes, known, wanted):
                tell(found, reused=True)
                continue
            standing = _standing(asked, takes, earlier, wanted, shown)
            if wanted.mode != "each":
                wanted = replace(wanted, kept=tuple(one.frame for one in standing))
            works.append(_begin(stack, job, takes, earlier, wanted, standing))
        brushwork = (
            EachFrame(source, shown, asked.batch)
            if asked.mode == "each"
            else Steady(source, frames, job, anchors)
        )
        Painting(asked, job, studio, brushwork, works=works, finished=tell).run()
    return ()


def _check(asked: PaintFrames) -> None:
    settings.check_seed(asked.seed, asked.takes)
    if asked.takes < 1 or asked.batch < 1:
        raise InputError(
            f"{asked.takes} takes in batches of {asked.batch} are asked: both start at 1."
        )


def _standing(
    asked: PaintFrames,
    takes: Takes,
    earlier: Sequence[Take],
    request: FrameRequest,
    shown: Mapping[int, int],
) -> tuple[Kept, ...]:
    """What other takes hold of this one already. A frame that is painted on its own is the same
    whichever take it is of; one that others were gathered from goes with these."""
    if asked.anew:
        return find_again(takes, earlier, asked.kept)
    if request.mode != "each" or request.cadence != "ones":
        return find_kept(takes, earlier, request, shown)
    painted = find_painted(takes, earlier, request)
    return tuple(
        Kept(KeptFrame(view.frame, ""), take, path) for view, (take, path) in painted.items()
    )


def _begin(
    stack: ExitStack,
    job: Job,
    takes: Takes,
    earlier: Sequence[Take],
    request: FrameRequest,
    standing: Sequence[Kept],
) -> TakeWork:
    """Open the take, and give it the frames that another one holds already."""
    looked_through = max((take.number for take in earlier), default=0)
    unfinished = stack.enter_context(
        takes.begin(request, looked_through=looked_through, waiting=job.check)
    )
    missing = set(unfinished.missing)
    for kept in standing:
        if kept.frame.frame in missing:
            job.check()
            with atomic.disk_errors(kept.path, "read"):
                png = kept.path.read_bytes()
            unfinished.add(kept.frame.frame, png, taken_from=kept.take.number)
    return TakeWork(request, unfinished)


def _request(
    asked: PaintFrames, job: Job, studio: Studio, source: Source, frames: Sequence[FramePasses]
) -> FrameRequest:
    info = studio.describe(asked.engine, job.reading_engine)
    look = settings.explicit_look(asked.look, info)
    settings.check_words(look, info, job)
    phase = phase_of(frames[0].frame, source.passes.shot.start, asked.cadence)
    return FrameRequest(
        engine=info.ref,
        look=look,
        seed=asked.seed,
        seed_per=asked.seed_per,
        width=source.passes.width,
        height=source.passes.height,
        views=tuple(source.view(frame) for frame in frames),
        depth_range=asked.depth_range or source.depth_range(job.check),
        batch=asked.batch,
        mode=asked.mode,
        cadence=asked.cadence,
        phase=phase if asked.phase is None else asked.phase,
    )
