"""Commands that need no scene: pick, verify, doctor."""

from __future__ import annotations

import importlib.util
import os
import shutil
import time
from pathlib import Path

from . import DEFAULT_ENGINE
from .commands import Command
from .console import Sink
from .credits import verify as credits
from .errors import EXIT_DONE, EngineError, InputError, error_of_kind
from .events import Finished, Found, Noted
from .library import picks
from .library.project import Kind, Project
from .model.names import from_file_name
from .wire.launch import WorkerHandle, start_worker
from .wire.messages import Doctor, Done, Failed, Finding, Findings

_POLL_SECONDS = 0.02


def pick(project: Project, command: Command, by: str, sink: Sink) -> int:
    """Choose a take. Raises InputError that lists what there is."""
    kind: Kind = "textures" if command.texture else "shots"
    if not project.takes(kind, command.subject).is_dir():
        folder = project.takes(kind, command.subject).parent
        there = ", ".join(_subjects(folder)) or "nothing yet: paint first"
        noun = "object" if command.texture else "shot"
        raise InputError(f"The {noun} {command.subject!r} has no takes. These have: {there}.")
    picks.pick(project, command.subject, command.take, by, kind)
    sink.show(Noted(f"{command.subject}: take {command.take} is picked"))
    sink.show(Finished("pick", str(project.root), (project.relative(project.picks),)))
    return EXIT_DONE


def verify(path: Path, sink: Sink) -> int:
    """Say what the credits of a picture claim. Raises InputError when they do not hold."""
    statements = credits.verify(path)
    for said in statements:
        sink.show(Found(said.subject, said.ok, said.text))
    wrong = [said.subject for said in statements if not said.ok]
    if wrong:
        raise InputError(f"{path}: its credits do not hold for {', '.join(wrong)}.")
    sink.show(Finished("verify"))
    return EXIT_DONE


def doctor(command: Command, python: str, sink: Sink) -> int:
    """Say what is here: a Blender, and what the worker finds of the engine.

    Raises EngineError when anything is missing, WorkerError when the worker cannot be started.
    """
    found = [_look_for_blender()]
    sink.show(found[0])
    engine = command.engine or DEFAULT_ENGINE
    for finding in examine(Path(python), engine, command):
        found.append(Found(finding.subject, finding.ok, finding.text))
        sink.show(found[-1])
    if not all(item.ok for item in found):
        missing = ", ".join(item.subject for item in found if not item.ok)
        raise EngineError(f"Not everything is here: {missing}.")
    sink.show(Finished("doctor"))
    return EXIT_DONE


def examine(python: Path, engine: str, command: Command) -> tuple[Finding, ...]:
    """Have a worker look at an engine, and wait for what it finds."""
    worker = start_worker(python, online=command.online)
    project = str(command.out.absolute()) if command.out else None
    try:
        worker.send(Doctor(1, engine, online=command.online, project=project))
        return _findings(worker)
    finally:
        worker.stop()


def _findings(worker: WorkerHandle) -> tuple[Finding, ...]:
    found: tuple[Finding, ...] = ()
    while True:
        for message in worker.poll():
            match message:
                case Findings():
                    found = message.findings
                case Failed():
                    raise error_of_kind(message.kind, message.message)
                case Done():
                    return found
        time.sleep(_POLL_SECONDS)


def _look_for_blender() -> Found:
    named = os.environ.get("UNDERPAINT_BLENDER")
    if named:
        path = shutil.which(named)
        return Found(
            "Blender", path is not None, path or f"UNDERPAINT_BLENDER names {named}: no program"
        )
    if importlib.util.find_spec("bpy") is not None:
        return Found("Blender", True, "the bpy package of this Python")
    path = shutil.which("blender")
    return Found(
        "Blender", path is not None, path or "pip install underpaint[blender], or --blender"
    )


def _subjects(folder: Path) -> list[str]:
    """Shots or objects that have takes."""
    visible = [path for path in folder.glob("*/") if not path.name.startswith(".")]
    return sorted(from_file_name(path.name) for path in visible)
