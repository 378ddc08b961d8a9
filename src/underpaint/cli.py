"""``underpaint``: the commands without Blender's window.

What needs a scene runs in a Blender of its own (``blender_process``); the rest runs here.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from . import commands, direct, direct_cuts, direct_stop, direct_takes
from .blender_process import encoder, run_in_blender
from .commands import Command
from .console import Console, JsonSink, Sink
from .errors import Cancelled, InputError, UnderpaintError, disk_error
from .events import broke
from .library.project import Project, check_root


def main(arguments: Sequence[str] | None = None) -> int:
    """Carry out one command; the exit code."""
    words = list(sys.argv[1:] if arguments is None else arguments)
    as_json = "--json" in words
    _write_any_letter(as_json)
    sink: Sink = JsonSink(sys.stdout) if as_json else Console(sys.stdout, sys.stderr)
    try:
        return _carry_out(commands.parse(words), words, sink)
    except UnderpaintError as error:
        problem = error
    except KeyboardInterrupt:
        problem = Cancelled("Stopped. What was finished is kept.")
    except BrokenPipeError:  # nobody reads any more: nothing left to say, and no traceback
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Cancelled.exit_code
    except OSError as error:
        problem = disk_error(error, error.filename or "a file")
    sink.show(broke(problem))
    return problem.exit_code


def _write_any_letter(as_json: bool) -> None:
    """Where the terminal's own encoding cannot (Windows' code pages), people read a ``?``.

    JSON is UTF-8 wherever it goes; bytes of a file's name that are no letters stand in it as
    ``\\udc80``, which JSON reads.
    """
    for stream in (sys.stdout, sys.stderr):
        if not isinstance(stream, io.TextIOWrapper):
            continue
        if as_json:
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")
        else:
            stream.reconfigure(errors="replace")


def _carry_out(command: Command, words: Sequence[str], sink: Sink) -> int:
    if command.out is not None and command.name != "doctor":  # which finds more about it
        check_root(command.out.absolute())
    if command.name in commands.PAINTING:
        return run_in_blender(command, words, sink)
    return _DIRECT[command.name](command, sink)


def _about_takes(command: Command, sink: Sink) -> int:
    assert command.file is not None, "the parser asks for it"
    project, by = _project(command, command.file), command.by or ""
    match command.name:
        case "pick":
            return direct.pick(project, command, by, sink)
        case "judge":
            return direct_takes.judge(project, command, by, sink)
        case "delete":
            return direct_takes.delete(project, command, by, sink)
        case "compare":
            find = partial(encoder, command.blender)
            return direct_takes.compare(project, command, _python(command), sink, find)
        case name:
            return _PLAIN[name](project, command, sink)


_PLAIN = {"takes": direct_takes.takes, "cut": direct_cuts.cut, "stop": direct_stop.stop}
"""Those that need nothing but the project."""


def _verify(command: Command, sink: Sink) -> int:
    assert command.path is not None, "the parser asks for it"
    return direct.verify(command.path, sink)


def _doctor(command: Command, sink: Sink) -> int:
    return direct.doctor(command, _python(command), sink)


def _python(command: Command) -> str:
    return str(command.python or os.environ.get("UNDERPAINT_PYTHON") or sys.executable)


_DIRECT = {
    **dict.fromkeys(commands.ABOUT_TAKES, _about_takes),
    "verify": _verify,
    "doctor": _doctor,
}


def _project(command: Command, scene: Path) -> Project:
    """``--out``, or ``underpaint/`` beside the scene. Raises InputError for no such scene."""
    if command.out is None and scene.is_dir():
        raise InputError(f"{scene} is a folder, not a .blend file.")
    if command.out is None and not scene.is_file():
        raise InputError(f"{scene} does not exist.")
    return Project((command.out or scene.absolute().parent / "underpaint").absolute())
