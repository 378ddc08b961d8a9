"""Takes side by side in a picture."""

from __future__ import annotations

from pathlib import Path

from ...library.project import Project
from ...reel.compare import Compared, write_sheet, write_wipe
from ...wire.messages import CompareTakes
from ..job import Job
from ..studio import Studio


def compare_takes(asked: CompareTakes, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Draw it below ``compare/``. Returns the picture."""
    project = Project(Path(asked.project))
    compared = Compared(asked.kind, asked.subject, asked.takes, asked.frame)
    job.progress(0, 1, f"Comparing takes of {asked.subject}")
    if asked.wipe is None:
        path = write_sheet(project, compared)
    else:
        path = write_wipe(project, compared, asked.wipe)
    return (project.relative(path),)
