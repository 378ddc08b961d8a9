"""The command ``stop``: whoever paints a shot, in whatever process or on whatever machine, ends."""

from __future__ import annotations

from difflib import get_close_matches

from .commands import Command
from .console import Sink
from .errors import EXIT_DONE, InputError
from .events import Finished, Noted
from .library import stopping
from .library.begun import Begun, begun_takes, known_shots
from .library.project import Project


def stop(project: Project, command: Command, sink: Sink) -> int:
    """Ask the painters of a shot's takes to stop, or those of the take with a seed.

    Raises InputError where nobody paints any, or the shot is not known.
    """
    shot, seed = command.subject, command.seed
    begun = [take for take in begun_takes(project, shot) if seed in (None, take.seed)]
    found = [take for take in begun if not take.deserted]
    if not found:
        raise InputError(_nobody_paints(project, shot, seed))
    for take in found:
        stopping.ask(take.folder)
        sink.show(Noted(_asked(take)))
    sink.show(Finished("stop", str(project.root)))
    return EXIT_DONE


def _asked(take: Begun) -> str:
    """What is being painted comes to the frames that are there: how many, nobody knows yet."""
    return (
        f"{take.shot}: asked to stop, the take with seed {take.seed} ends after what is being "
        f"painted now. {take.done} of its {take.total} frames were there before that; all are kept."
    )


def _nobody_paints(project: Project, shot: str, seed: int | None) -> str:
    known = known_shots(project)
    if shot in known:
        which = "any take" if seed is None else f"a take with seed {seed}"
        return f"Nobody paints {which} of {shot!r} in {project.root}."
    if not known:
        return f"Nothing was rendered or painted in {project.root} yet: nobody paints {shot!r}."
    near = get_close_matches(shot, known, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return (
        f"There is no shot {shot!r} with passes or takes in {project.root}{hint}. "
        f"There are: {', '.join(known)}."
    )
