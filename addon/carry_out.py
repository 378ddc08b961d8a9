"""Carry a command out in the scene that is open: an exit code, and the events on the way to it."""

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import BinaryIO

import bpy
from underpaint import commands, direct, direct_cuts, direct_stop, direct_takes
from underpaint.commands import Command
from underpaint.console import Sink
from underpaint.errors import EXIT_DONE, Cancelled, UnderpaintError, disk_error
from underpaint.events import Broke, Event, Finished, Noted, broke
from underpaint.library.project import Project
from underpaint.wire import encoding

from . import choices, prefs, scene_file
from .bridge import encode, take_users
from .jobs import blocking, foresight, redoing, stages
from .jobs.order import of_command
from .output import own_output, sink_for


def in_open_file(words: Sequence[str]) -> int:
    """What the words behind ``--command underpaint`` ask for; the exit code."""
    return carry_out(words, _in_open_file, lambda out: sink_for(words, out), with_file=False)


def carry_out(
    words: Sequence[str],
    do: Callable[[Command, Sink], int],
    sink_on: Callable[[BinaryIO], Sink],
    *,
    with_file: bool,
) -> int:
    """Parse the words and do what they say, with standard output for our words alone."""
    try:
        command: Command | UnderpaintError = commands.parse(words, with_file=with_file)
    except SystemExit as end:  # argparse has printed the help that was asked for
        return int(end.code or 0)
    except UnderpaintError as error:
        command = error
    with own_output() as out:
        sink = sink_on(out)
        return _concluded(command, do, sink)


def _concluded(
    command: Command | UnderpaintError, do: Callable[[Command, Sink], int], sink: Sink
) -> int:
    """Do it; an error becomes its event and its exit code."""
    try:
        if isinstance(command, UnderpaintError):
            raise command
        return do(command, sink)
    except BrokenPipeError:  # nobody listens any more, so nothing is left to say
        return Cancelled.exit_code
    except UnderpaintError as error:
        problem = error
    except OSError as error:
        problem = disk_error(error, error.filename or "a file")
    sink.show(broke(problem))
    return problem.exit_code


def execute(command: Command, scene: bpy.types.Scene, sink: Sink) -> int:
    """Do what the command says in this scene; the exit code. Raises what went wrong."""
    with scene_file.picture_size(scene, command.picture_size):
        order = of_command(scene, command, apply=command.save is not None)
        if command.name == "redo":
            order = redoing.order_of(scene, order, command.subject, command.take)
        if command.save is not None:
            scene_file.check_place(command.save, order.out)
        if command.estimate:
            for note in order.notes:
                sink.show(Noted(note))
            sink.show(foresight.foresee(order, scene).told)
            sink.show(Finished(command.name, str(order.out)))
            return EXIT_DONE
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


def _in_open_file(command: Command, sink: Sink) -> int:
    scene, settings = bpy.context.scene, prefs.settings()
    if command.name == "doctor":
        return direct.doctor(command, str(command.python or settings.python), sink)
    if command.name == "verify" and command.path is not None:
        return direct.verify(command.path, sink)
    if command.name in commands.ABOUT_TAKES:
        out = command.out.absolute() if command.out else choices.out_folder(scene)
        return _about_takes(Project(out), command, settings, sink)
    return execute(command, scene, sink)


def _encoder() -> tuple[str, ...]:
    return encoding.encoder(bpy.app.binary_path, encode.__file__)


def _about_takes(project: Project, command: Command, settings: prefs.Settings, sink: Sink) -> int:
    by = command.by or settings.by
    match command.name:
        case "pick":
            return direct.pick(project, command, by, sink)
        case "judge":
            return direct_takes.judge(project, command, by, sink)
        case "delete":
            return direct_takes.delete(project, command, by, sink, take_users.in_file)
        case "compare":
            python = str(command.python or settings.python)
            return direct_takes.compare(project, command, python, sink, _encoder)
        case name:
            return _PLAIN[name](project, command, sink)


_PLAIN = {"takes": direct_takes.takes, "cut": direct_cuts.cut, "stop": direct_stop.stop}
"""Those that need nothing but the project."""
