"""A command carried out in the scene that is open, and ``blender -b FILE --command underpaint``."""

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import bpy

from underpaint import commands, direct
from underpaint.commands import Command
from underpaint.console import Sink
from underpaint.errors import EXIT_DONE, Cancelled, InputError, UnderpaintError, disk_error
from underpaint.events import Broke, Event, Finished, broke
from underpaint.library.project import Project

from . import choices, prefs, scene_file
from .jobs import blocking, stages
from .jobs.job import Job
from .jobs.order import of_command
from .output import own_output, sink_for

NAME = "underpaint"

_handle: object = None


def main(words: Sequence[str]) -> int:
    """What ``--command underpaint`` calls with the words behind it; the exit code."""
    with own_output() as out:
        sink = sink_for(words, out)
        return concluded(lambda: _in_open_file(words, sink), sink)


def concluded(do: Callable[[], int], sink: Sink) -> int:
    """Do it; an error becomes its event and its exit code."""
    try:
        return do()
    except BrokenPipeError:  # nobody listens any more, so nothing is left to say
        return Cancelled.exit_code
    except UnderpaintError as error:
        problem = error
    except OSError as error:
        problem = disk_error(error, error.filename or "a file")
    sink.show(broke(problem))
    return problem.exit_code


def execute(command: Command, scene: bpy.types.Scene, sink: Sink) -> int:
    """Paint, render or cut in this scene; the exit code. Raises InputError before anything began."""
    with scene_file.picture_size(scene, command.picture_size):
        order = of_command(scene, command, apply=command.save is not None)
        job = stages.job_of(order)
        blocking.run(job, lambda event: _show_unless_last(event, sink))
    if job.error is not None:
        raise job.error
    files = job.files
    if command.save is not None:
        files = (*files, _save(command.save, order.out))
    sink.show(Finished(command.name, str(order.out), files))
    return EXIT_DONE


def _show_unless_last(event: Event, sink: Sink) -> None:
    """The last word is ours: after the scene was saved, with the saved file."""
    if not isinstance(event, (Finished, Broke)):
        sink.show(event)


def _save(path: Path, out: Path) -> str:
    """Save the scene; its path, relative to ``out`` where there is a way from there."""
    scene_file.save_scene(path)
    try:
        return Path(os.path.relpath(path.absolute(), out)).as_posix()
    except ValueError:  # another drive
        return path.absolute().as_posix()


def _in_open_file(words: Sequence[str], sink: Sink) -> int:
    command = commands.parse(words, with_file=False)
    scene, settings = bpy.context.scene, prefs.settings()
    command = replace(command, online=command.online and bpy.app.online_access)
    if command.name == "doctor":
        return direct.doctor(command, str(command.python or settings.python), sink)
    if command.name == "pick":
        out = command.out.absolute() if command.out else choices.out_folder(scene)
        return direct.pick(Project(out), command, command.by or settings.by, sink)
    scene_file.check_libraries()
    return execute(command, scene, sink)


def register() -> None:
    """Let ``--command underpaint`` find us."""
    global _handle
    _handle = bpy.utils.register_cli_command(NAME, main)


def unregister() -> None:
    """Be found no more."""
    global _handle
    bpy.utils.unregister_cli_command(_handle)
    _handle = None
