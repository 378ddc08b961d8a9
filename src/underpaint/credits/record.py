"""Credits out of takes, picks and passes.

Paths in credits are relative to the folder of credits.json, so that a project can be moved whole
and a reel can be checked without its project.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from .. import DEFAULT_ENGINE, __version__
from ..library.clock import now
from ..library.hashes import sha256_of
from ..library.numbers import folder_name
from ..model.credits import Chosen, CreditedFile, CreditedPass, Credits, Person, ShotCredit
from ..model.request import Cadence, EngineRef, ViewRef
from ..model.shot import PassSet
from ..model.take import Pick, Take

_STAYING: dict[Cadence, str] = {
    "twos": "each drawing stays for two frames (on twos).",
    "threes": "each drawing stays for three frames (on threes).",
    "keys": "only key frames were painted, and each stays until the next (on keys).",
}


def person(text: str) -> Person:
    """``Ana Reyes, direction`` → her name and her role."""
    name, _, role = text.partition(",")
    return Person(name.strip(), role.strip())


def shot_credit(
    take: Take,
    chosen: Chosen,
    pick: Pick | None,
    frames: tuple[CreditedFile, ...],
    inputs: tuple[CreditedPass, ...],
    blend: str = "",
) -> ShotCredit:
    """The credit of one shot in the reel. ``pick``: that of the shot, of this take or another."""
    request = take.frame_request
    assert request is not None, "a shot's take holds a frame request"
    numbers = [view.frame for view in request.views]
    return ShotCredit(
        shot=take.subject,
        take=take.number,
        painted=take.created,
        painted_by=take.by,
        engine=request.engine,
        look=request.look,
        seed=request.seed,
        seed_per=request.seed_per,
        width=request.width,
        height=request.height,
        start=min(numbers),
        end=max(numbers),
        pick=pick,
        chosen=chosen,
        inputs=inputs,
        frames=frames,
        blend=blend,
        mode=request.mode,
        cadence=request.cadence,
        textures=request.standing,
        repaint=request.repaint,
        made_with=take.made_with,
    )


def credited_frames(
    take: Take, folder: Path, beside: Path, found: Mapping[str, str]
) -> tuple[CreditedFile, ...]:
    """The frames of a take in ``folder``. ``found``: file → SHA-256 that it has now."""
    return tuple(
        CreditedFile(relative(folder / f.file, beside), found[f.file], found[f.file] != f.sha256)
        for f in take.files
        if f.frame is not None
    )


def credited_passes(
    views: Iterable[ViewRef], passes: PassSet, folder: Path, beside: Path
) -> tuple[CreditedPass, ...]:
    """What the engine was shown; with the file where the cache still holds those very passes."""
    files = {(frame.frame, frame.hash): folder / frame.file for frame in passes.frames}
    return tuple(_credited_pass(v, files.get((v.frame, v.passes)), beside) for v in views)


def _credited_pass(view: ViewRef, file: Path | None, beside: Path) -> CreditedPass:
    if file is None or not file.is_file():
        return CreditedPass(view.frame, view.passes)
    return CreditedPass(view.frame, view.passes, relative(file, beside), sha256_of(file))


def credits(
    title: str, people: Sequence[str], shots: tuple[ShotCredit, ...], scene: CreditedFile | None
) -> Credits:
    """The credits of a reel, before its video stands."""
    return Credits(
        title=title,
        created=now(),
        underpaint=__version__,
        people=tuple(person(text) for text in people if text.strip()),
        made=made(shots),
        shots=shots,
        scene=scene,
    )


def with_outputs(credits: Credits, folder: Path, names: Sequence[str]) -> Credits:
    """The same credits with the reel's own files in ``folder`` and their SHA-256."""
    files = tuple(CreditedFile(name, sha256_of(folder / name)) for name in names)
    return replace(credits, outputs=files)


def made(shots: Sequence[ShotCredit]) -> tuple[str, ...]:
    """Sentences that say what people made and what the engines made."""
    chose = " and picked the takes" if all(shot.chosen == "picked" for shot in shots) else ""
    sentences = [
        "People made the blocking, the cameras and the movement, "
        f"{'chose the look' if chose else 'and chose the look'}{chose}.",
        *(_painted(engine, shots) for engine in dict.fromkeys(s.engine for s in shots)),
        *_carried(shots),
        *_stayed(shots),
        *_chosen(shots),
    ]
    changed = sum(frame.changed for shot in shots for frame in shot.frames)
    if changed:
        sentences.append(f"Changed by hand after painting: {counted(changed, 'frame')}.")
    return tuple(sentences)


def relative(path: Path, folder: Path) -> str:
    """A path as credits name it, from ``folder``, with forward slashes.

    Of a file on another drive, where no path leads from here, the bare name.
    """
    try:
        return Path(os.path.relpath(path, folder)).as_posix()
    except ValueError:
        return path.name


def person_words(person: Person) -> str:
    """``Ana Reyes, direction``."""
    return f"{person.name}, {person.role}" if person.role else person.name


def counted(number: int, noun: str) -> str:
    """``1 shot``, ``3 shots``."""
    return f"{number} {noun}{'' if number == 1 else 's'}"


def engine_words(engine: EngineRef) -> str:
    """``built-in (CC0-1.0)``; of somebody else's model also the family that it belongs to."""
    own = engine.name == DEFAULT_ENGINE
    return f"{engine.name} ({engine.licence if own else f'{engine.family}, {engine.licence}'})"


def take_words(shot: str, take: int) -> str:
    """``take 003 of dolly``."""
    return f"take {folder_name(take)} of {shot}"


def _painted(engine: EngineRef, shots: Sequence[ShotCredit]) -> str:
    those = [shot.shot for shot in shots if shot.engine == engine]
    what = "the frames" if len(those) == len(shots) else f"the frames of {_listed(those)}"
    return (
        f"The engine {engine_words(engine)} painted {what} "
        "from passes of the blocking and from the words."
    )


def _carried(shots: Sequence[ShotCredit]) -> Iterator[str]:
    """Where not every frame was painted on its own."""
    held = [shot for shot in shots if shot.mode != "each" and shot.cadence != "keys"]
    if held:
        said = "only key frames were painted whole; the frames between carry their paint."
        yield _said_of(held, shots, said)
    anchored = [shot.shot for shot in shots if shot.mode == "anchored"]
    if anchored:
        those = "" if len(anchored) == len(shots) else f" of {_listed(anchored)}"
        yield f"The key frames{those} were painted over the objects' textures."


def _stayed(shots: Sequence[ShotCredit]) -> Iterator[str]:
    """Where a drawing stays for more than its own frame."""
    for cadence, said in _STAYING.items():
        of_it = [shot for shot in shots if shot.cadence == cadence]
        if of_it:
            yield _said_of(of_it, shots, said)


def _said_of(those: Sequence[ShotCredit], shots: Sequence[ShotCredit], said: str) -> str:
    """A sentence, with the shots that it is true of unless it is true of all."""
    if len(those) == len(shots):
        return f"{said[0].upper()}{said[1:]}"
    return f"Of {_listed([shot.shot for shot in those])} {said}"


def _chosen(shots: Sequence[ShotCredit]) -> Iterator[str]:
    """How the takes were chosen that no person picked."""
    newest = [shot.shot for shot in shots if shot.chosen == "newest"]
    if newest:
        yield f"Nobody picked a take of {_listed(newest)}: the reel shows the newest."
    named = [shot for shot in shots if shot.chosen == "named"]
    if named:
        takes = _listed([take_words(shot.shot, shot.take) for shot in named])
        yield f"The command that made the reel chose {takes}."
    others = [take_words(shot.shot, shot.pick.take) for shot in named if shot.pick]
    if others:
        yield f"People had picked {_listed(others)} instead."


def _listed(names: Sequence[str]) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else last
