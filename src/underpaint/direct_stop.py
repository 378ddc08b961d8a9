"""The command ``stop``: whoever paints a shot, in whatever process or on whatever machine, ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from .commands import Command
from .console import Sink
from .errors import EXIT_DONE, InputError
from .events import Finished, Noted
from .library import stopping
from .library.project import Project, frame_file
from .library.unfinished import is_deserted, unfinished_requests
from .model.request import FrameRequest


def stop(project: Project, command: Command, sink: Sink) -> int:
    """Ask the painters of a shot's takes to stop, or those of the take with a seed.

    Raises InputError where nobody paints any.
    """
    shot, seed = command.subject, command.seed
    found = list(_under_way(project, shot, seed))
    if not found:
        which = "any take" if seed is None else f"a take with seed {seed}"
        raise InputError(f"Nobody paints {which} of {shot!r} in {project.root}.")
    for folder, request in found:
        stopping.ask(folder)
        done = sum((folder / frame_file(view.frame)).is_file() for view in request.views)
        sink.show(
            Noted(
                f"{shot}: the take with seed {request.seed} stops after what is being painted; "
                f"{done} of its {len(request.views)} frames are there and are kept."
            )
        )
    sink.show(Finished("stop", str(project.root)))
    return EXIT_DONE


def _under_way(
    project: Project, shot: str, seed: int | None
) -> Iterator[tuple[Path, FrameRequest]]:
    for folder, request in unfinished_requests(project, shot):
        if seed in (None, request.seed) and not is_deserted(folder):
            yield folder, request
