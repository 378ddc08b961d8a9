"""Commands about takes that stand, which need no scene: takes, judge, compare, delete."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from .commands import Command
from .console import Sink
from .direct import ask_worker, kind_of, names_with_takes
from .errors import EXIT_DONE, Cancelled, FormatError, InputError, JobError
from .events import Finished, Listed, Moved, Noted, Remark
from .library import deletion, judgements, picks
from .library.atomic import remove
from .library.begun import Begun, begun_shots, begun_takes
from .library.judging import account
from .library.judging import judge as write_down
from .library.project import Kind, Project
from .library.takes import Takes
from .model.judgement import Judgement, verdict
from .model.request import AtlasRequest
from .model.take import Picks, Take
from .wire import encoding
from .wire.messages import CompareTakes, Done, FramesLaidOut, Progress

Uses = Callable[[Path], Sequence[str]]
"""A take's folder → sentences on what shows it."""

_EVERY: tuple[Kind, ...] = ("shots", "textures", "atlases")
_KIND_WORDS: dict[Kind, str] = {"shots": "frames", "textures": "textures", "atlases": "atlases"}


def takes(project: Project, command: Command, sink: Sink) -> int:
    """List takes with what was said of them. Raises InputError for a subject that has none."""
    chosen = picks.load(project)
    for kind, subject in _subjects(project, command):
        for event in _listed(project, kind, subject, chosen):
            sink.show(event)
        for begun in begun_takes(project, subject) if kind == "shots" else ():
            sink.show(Noted(_unfinished(begun)))
    objects = names_with_takes(project, "textures")
    if objects and not command.subject and not command.texture:
        count = f"{len(objects)} objects have" if len(objects) > 1 else f"{objects[0]} has"
        sink.show(Noted(f"{count} textures: list them with --texture, or name an object."))
    sink.show(Finished("takes", str(project.root)))
    return EXIT_DONE


def judge(project: Project, command: Command, by: str, sink: Sink) -> int:
    """Write down what somebody thinks of a take."""
    kind = kind_of(project, command, sink, _EVERY)
    by = by or account()
    write_down(
        project,
        kind,
        command.subject,
        command.take,
        by,
        stars=command.stars,
        rejected=command.rejected,
        note=command.note,
    )
    event = _event(
        project,
        kind,
        Takes(project, kind).load(command.subject, command.take),
        picks.load(project),
        judgements.history(project, kind, command.subject),
    )
    sink.show(event)
    path = project.judgements_by(kind, command.subject, by)
    sink.show(Finished("judge", str(project.root), (project.relative(path),)))
    return EXIT_DONE


def compare(
    project: Project,
    command: Command,
    python: str,
    sink: Sink,
    encoder: Callable[[], tuple[str, ...]],
) -> int:
    """Have the worker draw takes side by side; ``encoder``: the words that start Blender's."""
    kind = kind_of(project, command, sink, _EVERY)
    started = encoder() if command.video else ()
    shown = command.frame, command.wipe, command.video
    job = CompareTakes(1, str(project.root), kind, command.subject, command.compared, *shown)
    files: tuple[str, ...] = ()
    laid: FramesLaidOut | None = None
    for said in ask_worker(Path(python), job):
        match said:
            case Progress():
                part = said.done / max(said.total, 1)
                sink.show(Moved("compare", said.done, said.total, said.text, part))
            case FramesLaidOut():
                laid = said
            case Done():
                files = said.files
    if laid is not None:
        sink.show(Noted(f"Encoding {laid.count} frames."))
        files = (_encode(project, laid, started),)
    sink.show(Finished("compare", str(project.root), files))
    return EXIT_DONE


def _encode(project: Project, laid: FramesLaidOut, started: Sequence[str]) -> str:
    """Have a Blender encode the pictures, and remove them; the video, relative to the project."""
    folder, out = project.inside(laid.folder), project.inside(laid.out)
    try:
        done = subprocess.run(
            [*started, *encoding.options(laid, folder, out)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
            encoding="utf-8",
        )
    finally:
        remove(folder)
    if done.returncode != 0 or not out.is_file():
        last = (done.stdout.strip().splitlines() or [f"it ended with {done.returncode}"])[-1]
        raise JobError(f"The video was not encoded: {last}")
    return laid.out


def delete(
    project: Project, command: Command, by: str, sink: Sink, uses: Uses = lambda _: ()
) -> int:
    """Delete a take once a person has said so. ``uses``: what of an open scene shows a folder.

    Raises InputError where something uses it, and where there is nobody to ask and no --yes;
    Cancelled when the answer is no.
    """
    kind = kind_of(project, command, sink, _EVERY)
    subject, number = command.subject, command.take
    shown = uses(project.take(kind, subject, number))
    going = deletion.look(project, kind, subject, number, shown)
    named = f"Take {number} of {subject} ({deletion.painted_with(going.take)})"
    if going.used and not command.although_used:
        raise InputError(
            f"{named} is in use: {' '.join(going.used)} Say --although-used to delete it all the "
            "same."
        )
    files = len(going.take.files)
    sink.show(
        Noted(
            f"{named} goes for good: {files} file{'s' * (files != 1)}, {_megabytes(going.bytes)}. "
            "Its record and what was said of it stay."
        )
    )
    for sentence in going.used:
        sink.show(Noted(sentence))
    if not command.yes:
        _ask(f"Delete take {number} of {subject}? [y/N] ", command)
    deletion.delete(
        project, kind, subject, number, by, although_used=command.although_used, shown=shown
    )
    record = project.relative(project.deleted_take(kind, subject, number))
    sink.show(Finished("delete", str(project.root), (record,)))
    return EXIT_DONE


def _ask(question: str, command: Command) -> None:
    if command.json or sys.stdin is None or not sys.stdin.isatty():
        raise InputError("Nobody is here to be asked: say --yes to delete it.")
    sys.stderr.write(question)
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise Cancelled("Nothing was deleted.")


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f} MB" if count >= 1e5 else f"{count / 1e3:.1f} kB"


# --- listing ----------------------------------------------------------------------------------


def _subjects(project: Project, command: Command) -> tuple[tuple[Kind, str], ...]:
    """What the command names, also where all its takes were deleted; else every shot, or with
    --texture every object and atlas."""
    kinds: tuple[Kind, ...] = ("textures", "atlases") if command.texture else _EVERY
    if not command.subject:
        listed: tuple[Kind, ...] = kinds if command.texture else ("shots",)
        return tuple((kind, name) for kind in listed for name in _names(project, kind))
    named = tuple((kind, command.subject) for kind in kinds if _had_takes(project, kind, command))
    if not named:
        there = ", ".join(n for kind in kinds for n in names_with_takes(project, kind))
        known = f"These have: {there}" if there else "Nothing has yet: paint first"
        raise InputError(f"Nothing called {command.subject!r} has takes. {known}.")
    return named


def _had_takes(project: Project, kind: Kind, command: Command) -> bool:
    numbers = Takes(project, kind).numbers(command.subject)
    begun = kind == "shots" and any(begun_takes(project, command.subject))
    return bool(numbers or begun or deletion.deleted(project, kind, command.subject))


def _names(project: Project, kind: Kind) -> tuple[str, ...]:
    """Those with takes; of shots, also those whose first take is not finished yet."""
    begun = begun_shots(project) if kind == "shots" else ()
    return tuple(sorted({*names_with_takes(project, kind), *begun}))


def _unfinished(take: Begun) -> str:
    look = f", {take.look}" if take.look else ""
    now = (
        "and the same command goes on from there"
        if take.deserted
        else "and it is being painted now"
    )
    return (
        f"{take.shot}: an unfinished take (seed {take.seed}{look}), {take.done} of its "
        f"{take.total} frames are there, {now}."
    )


def _listed(project: Project, kind: Kind, subject: str, chosen: Picks) -> Iterator[Listed | Noted]:
    """The takes of one subject, the oldest first, and a sentence for what cannot be read."""
    scan = Takes(project, kind).scan(subject)
    try:
        history = judgements.history(project, kind, subject)
    except FormatError as error:
        history = ()
        yield Noted(f"What was said of the takes of {subject} is not shown. {error}")
    standing = {take.number for take in scan.takes}
    gone = [t for t in deletion.deleted(project, kind, subject) if t.number not in standing]
    for take in sorted((*scan.takes, *gone), key=lambda take: take.number):
        event = _event(project, kind, take, chosen, history, gone=take.number not in standing)
        yield event
    for note in scan.notes:
        yield Noted(note)


def _event(
    project: Project,
    kind: Kind,
    take: Take,
    chosen: Picks,
    history: Sequence[Judgement],
    *,
    gone: bool = False,
) -> Listed:
    said = [word for word in history if word.take == take.number]
    stands = verdict(said)
    request = take.request
    painted = None if isinstance(request, AtlasRequest) else request
    deleted_by = [word.by for word in said if word.said == "deleted"]
    return Listed(
        kind=_KIND_WORDS[kind],
        subject=take.subject,
        number=take.number,
        folder="" if gone else project.relative(Takes(project, kind).folder(take)),
        created=take.created,
        by=take.by,
        seconds=take.seconds,
        seed=painted.seed if painted else None,
        look=painted.look.name if painted else "",
        words=painted.look.words if painted else deletion.painted_with(take),
        files=len(take.files),
        manner=take.frame_request.manner if take.frame_request else "",
        stars=round(stands.mean, 2),
        starred=stands.stars,
        picked=picks.number(chosen, kind, take.subject) == take.number,
        rejected=stands.rejected.by if stands.rejected else None,
        deleted=(deleted_by or [""])[-1] if gone else None,
        notes=tuple(Remark(note.by, note.when, note.text) for note in stands.notes),
    )
