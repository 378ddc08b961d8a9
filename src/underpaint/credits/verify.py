"""What the credits of a picture say, and whether they hold."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from ..errors import InputError
from ..library.atomic import read_document
from ..library.hashes import State, state_of
from ..model.credits import CreditedFile, Credits, ShotCredit
from ..model.request import (
    AtlasRequest,
    EngineRef,
    FrameRequest,
    Request,
    TextureRequest,
    TileRequest,
)
from ..model.take import FileRecord, Pick, Take
from .record import counted, engine_words, person_words, take_words

R = TypeVar("R", FileRecord, CreditedFile)

_STATES: dict[State | None, str] = {
    "holds": "unchanged",
    "changed": "changed since",
    "missing": "gone",
    None: "not kept",
}


@dataclass(frozen=True)
class Statement:
    """One thing that credits say; ``ok`` False where the file at hand contradicts it."""

    subject: str
    ok: bool
    text: str


def verify(path: Path) -> tuple[Statement, ...]:
    """Statements on a take, a frame or texture of one, a reel, or a file of one.

    Raises InputError for anything that is not from here, FormatError for a record that is broken.
    """
    if not path.exists():
        raise InputError(f"{path} does not exist.")
    folder = path if path.is_dir() else path.parent
    for name, read in _RECORDS.items():
        if (folder / name).is_file():
            return read(folder, None if path.is_dir() or path.name == name else path.name)
    raise InputError(
        f"{path} has no credits: no take.json or credits.json lies beside it. "
        "It is not from Underpaint, or was moved away from its record."
    )


def _verify_take(folder: Path, only: str | None) -> tuple[Statement, ...]:
    take = read_document(Take, folder / "take.json")
    records = _only(take.files, only, folder)
    request = take.request
    subject = take_words(take.subject, take.number)
    said = [Statement(subject, True, f"{_made(request)} {_when(take.created, take.by)}")]
    if isinstance(request, AtlasRequest):
        names = ", ".join(take_words(cell.object, cell.take) for cell in request.cells)
        said.append(Statement(subject, True, f"holds the textures of {names}"))
    else:
        said += _how(subject, request.engine, request.look.words, request.seed)
    return (*said, *_hold(folder, records, "as it was painted"))


def _verify_reel(folder: Path, only: str | None) -> tuple[Statement, ...]:
    credits = read_document(Credits, folder / "credits.json")
    outputs = _only(credits.outputs, only, folder)
    people = "; ".join(map(person_words, credits.people))
    shots = counted(len(credits.shots), "shot")
    said = [
        Statement(credits.title, True, f"a reel of {shots}, {credits.created}"),
        *([Statement("people", True, people)] if people else []),
        *(Statement("made", True, sentence) for sentence in credits.made),
        Statement("kind", True, credits.digital_source_type),
    ]
    held = _hold(folder, outputs, "as it was made")
    each = [statement for shot in credits.shots for statement in _shot(folder, shot)]
    return (*said, *held, *_scene(folder, credits.scene), *each)


_RECORDS: dict[str, Callable[[Path, str | None], tuple[Statement, ...]]] = {
    "take.json": _verify_take,
    "credits.json": _verify_reel,
}


def _made(request: Request) -> str:
    kinds = {
        FrameRequest: "frames painted",
        TextureRequest: "textures painted",
        TileRequest: "a tile painted",
        AtlasRequest: "an atlas packed",
    }
    return kinds[type(request)]


def _only(records: Iterable[R], name: str | None, folder: Path) -> list[R]:
    """The one record that was asked for, or all."""
    found = [record for record in records if name in (None, record.file)]
    if name is not None and not found:
        raise InputError(
            f"{folder / name} is in no record: the one beside it names other files. "
            "It is not from Underpaint, or was renamed."
        )
    return found


def _hold(
    folder: Path, records: Iterable[FileRecord | CreditedFile], intact: str
) -> list[Statement]:
    """Whether each file still has the bytes of its record."""
    words: dict[State, str] = {
        "holds": f"{intact}: its SHA-256 holds",
        "changed": "was changed since: its SHA-256 is another",
        "missing": "is not there any more",
    }
    states = [(record.file, state_of(folder / record.file, record.sha256)) for record in records]
    return [Statement(file, state == "holds", words[state]) for file, state in states]


def _how(subject: str, engine: EngineRef, words: str, seed: int) -> list[Statement]:
    print_ = f", fingerprint {engine.fingerprint[:12]}" if engine.fingerprint else ""
    return [
        Statement(subject, True, f"AI-assisted: by the engine {engine_words(engine)}{print_}"),
        Statement(subject, True, f"seed {seed}, words: {words}"),
    ]


def _scene(folder: Path, scene: CreditedFile | None) -> list[Statement]:
    """The scene goes on being worked on: that it changed contradicts nothing."""
    if scene is None:
        return []
    state = state_of(folder / scene.file, scene.sha256)
    return [Statement("scene", True, f"{scene.file}: {_STATES[state]}")]


def _shot(folder: Path, shot: ShotCredit) -> list[Statement]:
    """A shot of a reel: how it was made, who chose it, and how many of its files hold.

    Frames that are gone contradict nothing: a reel may be sent away without its takes.
    """
    subject = take_words(shot.shot, shot.take)
    frames = [state_of(folder / frame.file, frame.sha256) for frame in shot.frames]
    inputs = [
        state_of(folder / cached.file, cached.sha256) if cached.file and cached.sha256 else None
        for cached in shot.inputs
    ]
    return [
        Statement(
            subject, True, f"painted {_when(shot.painted, shot.painted_by)}, {_chosen(shot)}"
        ),
        *_how(subject, shot.engine, shot.look.words, shot.seed),
        Statement(subject, "changed" not in frames, f"frames: {_counted(frames)}"),
        Statement(subject, True, f"passes{_of(shot)}, a cache that may change: {_counted(inputs)}"),
    ]


def _of(shot: ShotCredit) -> str:
    return f" of {shot.blend}" if shot.blend else ""


def _counted(states: Iterable[State | None]) -> str:
    """``24 unchanged``, or ``20 unchanged, 3 changed since, 1 gone``."""
    counts = Counter(states)
    return ", ".join(f"{counts[s]} {name}" for s, name in _STATES.items() if counts[s]) or "none"


def _when(moment: str, by: str) -> str:
    return f"{moment} for {by}" if by else moment


def _chosen(shot: ShotCredit) -> str:
    match shot.chosen:
        case "picked":
            return f"picked {_by(shot.pick)}"
        case "newest":
            return "picked by nobody: it was the newest"
        case "named":
            other = (
                f", where take {shot.pick.take} was picked {_by(shot.pick)}" if shot.pick else ""
            )
            return f"chosen by the command that made the reel{other}"
        case None:
            return "not picked; its credits do not say how it was chosen"


def _by(pick: Pick | None) -> str:
    return f"by {pick.by or 'a person'} {pick.when}" if pick else "by a person"
