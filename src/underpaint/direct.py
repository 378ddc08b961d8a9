"""Commands that need no scene: pick, verify, doctor."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

from . import DEFAULT_ENGINE
from .blender_process import find_blender
from .commands import Command
from .console import Sink
from .credits import verify as credits
from .errors import EXIT_DONE, EngineError, InputError, UnderpaintError, error_of_kind
from .events import Finished, Found, Noted
from .library import picks
from .library.atomic import read_document
from .library.layouts import newer_layout
from .library.numbers import number_of
from .library.project import Kind, Project
from .library.takes import Takes
from .model.names import from_file_name
from .model.take import Take
from .wire.launch import WorkerHandle, start_worker
from .wire.messages import Doctor, Done, Failed, Finding, Findings, Message

_POLL_SECONDS = 0.02
_NOUNS: dict[Kind, str] = {"shots": "shots", "textures": "objects", "atlases": "atlases"}


def pick(project: Project, command: Command, by: str, sink: Sink) -> int:
    """Choose a take of a shot or of an object's texture. Raises InputError that lists what is."""
    kind = kind_of(project, command, sink, ("shots", "textures"))
    picks.pick(project, command.subject, command.take, by, kind)
    told = "the texture of " if kind == "textures" else ""
    sink.show(Noted(f"{told}{command.subject}: take {command.take} is picked"))
    if kind == "textures":
        _warn_of_layout(project, command, sink)
    sink.show(Finished("pick", str(project.root), (project.relative(project.picks),)))
    return EXIT_DONE


def _warn_of_layout(project: Project, command: Command, sink: Sink) -> None:
    """Say so where a texture was painted for another UV map than the object most likely has now."""
    takes = Takes(project, "textures")
    newer = newer_layout(takes, takes.load(command.subject, command.take))
    if newer is not None:
        sink.show(
            Noted(
                f"Take {command.take} of {command.subject} was painted for another UV map than "
                f"take {newer.number}, so it lies wrongly on the map that take {newer.number} lies "
                f"on: pick take {newer.number}, or paint the texture again."
            )
        )


def kind_of(project: Project, command: Command, sink: Sink, kinds: Sequence[Kind]) -> Kind:
    """What the command's subject is: the first of ``kinds`` that has takes of its name.

    A shot comes before an object of its name, and that is said. Raises InputError that lists what
    has takes.
    """
    kinds = ("textures",) if command.texture else kinds
    having = [kind for kind in kinds if _has_takes(project, kind, command.subject)]
    if not having:
        raise InputError(_nothing_of(project, command.subject, kinds))
    if having[:2] == ["shots", "textures"]:
        sink.show(Noted(f"An object is called {command.subject}, too: for its texture --texture."))
    return having[0]


def names_with_takes(project: Project, kind: Kind) -> tuple[str, ...]:
    """The shots, objects or atlases that have takes, by name."""
    folder = project.takes(kind, "").parent
    return tuple(sorted(_name_of(folder / name) for name in _painted(folder)))


def _has_takes(project: Project, kind: Kind, subject: str) -> bool:
    takes = project.takes(kind, subject)
    return takes.name in _painted(takes.parent)


def _nothing_of(project: Project, subject: str, kinds: Sequence[Kind]) -> str:
    """A sentence that lists what has takes."""
    there = []
    for kind in kinds:
        names = names_with_takes(project, kind)
        there += [f"{_NOUNS[kind]} {', '.join(names)}"] if names else []
    nouns = " or ".join(_NOUNS[kind].rstrip("s") for kind in kinds if kind != "atlases")
    listed = f"These have: {'; '.join(there)}" if there else "Nothing has yet: paint first"
    return f"No {nouns} {subject!r} has takes. {listed}."


def verify(path: Path, sink: Sink) -> int:
    """Say what the credits of a picture claim. Raises InputError when they do not hold."""
    statements = credits.verify(path)
    for said in statements:
        sink.show(Found(said.subject, said.ok, said.text))
    wrong = [said.subject for said in statements if not said.ok]
    if wrong:
        raise InputError(f"{path}: its credits do not hold for {', '.join(wrong)}.")
    sink.show(Found(str(path), True, "its credits hold"))
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
    project = str(command.out.absolute()) if command.out else None
    answers = tuple(ask_worker(python, Doctor(1, engine, project=project)))
    return next((said.findings for said in answers if isinstance(said, Findings)), ())


def ask_worker(python: Path, job: Message) -> Iterator[Message]:
    """Have a worker do one job, and hear what it says until it is done. Raises what went wrong."""
    worker = start_worker(python)
    try:
        worker.send(job)
        yield from _answers(worker)
    finally:
        worker.stop()


def _answers(worker: WorkerHandle) -> Iterator[Message]:
    while True:
        for message in worker.poll():
            if isinstance(message, Failed):
                raise error_of_kind(message.kind, message.message)
            yield message
            if isinstance(message, Done):
                return
        time.sleep(_POLL_SECONDS)


def _look_for_blender() -> Found:
    if "bpy" in sys.modules:
        return Found("Blender", True, "the one that runs this")
    try:
        return Found("Blender", True, find_blender().name)
    except UnderpaintError as error:
        return Found("Blender", False, str(error))


def _name_of(folder: Path) -> str:
    """Whose takes lie in a folder; a name that was cut to fit stands whole in their records."""
    for record in sorted(folder.glob("*/take.json")) if "~" in folder.name else ():
        with suppress(UnderpaintError):
            return read_document(Take, record).subject
    return from_file_name(folder.name)


def _painted(folder: Path) -> set[str]:
    """The folders below it of shots or objects that have takes, not only unfinished ones."""
    takes = (record.parent for record in folder.glob("*/*/take.json"))
    return {take.parent.name for take in takes if number_of(take.name) is not None}
