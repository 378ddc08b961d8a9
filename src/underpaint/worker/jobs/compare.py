"""Takes side by side in a picture."""

from __future__ import annotations

from pathlib import Path

from ...library.project import Project
from ...reel.compare import Compared, lay_out_video, write_sheet, write_wipe
from ...reel.frames import Told
from ...wire.messages import CompareTakes, FramesLaidOut
from ..job import Job
from ..studio import Studio


def compare_takes(asked: CompareTakes, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Draw it below ``compare/``. Returns the picture; nothing where Blender is to encode."""
    project = Project(Path(asked.project))
    compared = Compared(asked.kind, asked.subject, asked.takes, asked.frame)

    def told(done: float, total: float, text: str) -> None:
        job.check()
        job.progress(done, total, text)

    if asked.video:
        _lay_out(project, compared, job, told)
        return ()
    if asked.wipe is None:
        path = write_sheet(project, compared, told)
    else:
        path = write_wipe(project, compared, asked.wipe, told)
    return (project.relative(path),)


def _lay_out(project: Project, compared: Compared, job: Job, told: Told) -> None:
    laid = lay_out_video(project, compared, told)
    folder, out = project.relative(laid.folder), project.relative(laid.out)
    size = laid.width, laid.height
    job.send(FramesLaidOut(job.number, folder, out, laid.count, *size, laid.fps, laid.fps_base))
