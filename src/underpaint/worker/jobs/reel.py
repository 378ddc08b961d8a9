"""The reel's two jobs; between them Blender encodes the video."""

from __future__ import annotations

from pathlib import Path

from ...library import atomic
from ...library.project import Project
from ...reel.prepare import finish, prepare
from ...reel.retime import read_cut
from ...wire.messages import (
    FinishReel,
    Note,
    PrepareReel,
    ReadTimeline,
    ReelPrepared,
    TimelineRead,
)
from ..job import Job
from ..studio import Studio


def prepare_reel(asked: PrepareReel, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Lay out everything but the video, and say where the frames to encode are."""
    project = Project(Path(asked.project))

    def told(done: float, total: float, text: str) -> None:
        job.check()
        job.progress(done, total, text)

    prepared = prepare(
        project,
        asked.entries,
        title=asked.title,
        people=asked.people,
        latest=asked.latest,
        painted=asked.painted,
        scene=Path(asked.scene) if asked.scene else None,
        dressing=asked.dressing,
        cut_name=asked.cut,
        told=told,
    )
    for note in prepared.notes:
        job.send(Note(job.number, note))
    job.send(
        ReelPrepared(
            job=job.number,
            folder=project.relative(prepared.folder),
            count=prepared.count,
            width=prepared.width,
            height=prepared.height,
            fps=prepared.fps,
            fps_base=prepared.fps_base,
            standing=prepared.standing,
        )
    )
    return _files(project, prepared.folder) if prepared.standing else ()


def finish_reel(asked: FinishReel, _job: Job, _studio: Studio) -> tuple[str, ...]:
    """The video stands: complete the credits and let the reel appear. Returns its files."""
    project = Project(Path(asked.project))
    folder = finish(project, project.inside(asked.folder))
    return _files(project, folder)


def read_timeline(asked: ReadTimeline, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Say which cut a timeline asks for, and what of it cannot be had."""
    read = read_cut(Project(Path(asked.project)), Path(asked.file), asked.cut)
    for note in read.notes:
        job.send(Note(job.number, note))
    job.send(TimelineRead(job.number, read.cut, read.asked))
    return ()


def _files(project: Project, folder: Path) -> tuple[str, ...]:
    with atomic.disk_errors(folder):
        return tuple(sorted(project.relative(p) for p in folder.rglob("*") if p.is_file()))
