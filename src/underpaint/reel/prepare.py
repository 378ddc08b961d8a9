"""A reel in two steps: ``prepare`` lays out all but the video, ``finish`` lets it appear.

Between the two, Blender encodes ``frames/frame_%04d.png`` of the hidden folder into ``reel.mp4``.
A reel that stands already is found again, and nothing is made.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import count
from pathlib import Path, PurePosixPath

from ..credits import record
from ..errors import InputError, JobError
from ..library import atomic
from ..library.hashes import sha256_of
from ..library.numbers import claim, folder_name
from ..library.project import Project
from ..library.takes import Takes
from ..model.credits import CreditedFile, Credits
from ..model.cut import DEFAULT_CUT, CutEntry, Dressing, ReelRecord
from . import exchange
from .cards import credits_cards, fitted
from .frames import Reel, Told, draw_frames, frame_size
from .mp4 import is_whole_mp4
from .overview import draw_overview
from .programme import film_frames, schedule
from .selection import NONE_PAINTED, Selected, select
from .standing import CREDITS, RECORD, find, reel_digest
from .timeline import Clip, timeline_text

VIDEO = "reel.mp4"
TIMELINE = "reel.otio"
SHEET = "contact_sheet.png"
_FRAMES = "frames"
_PART = ".part-"


@dataclass(frozen=True)
class Prepared:
    """What there is to encode, as the message ``ReelPrepared`` says it.

    ``standing``: this very reel was made before and lies in ``folder``; nothing is to be encoded.
    """

    folder: Path
    count: int
    width: int
    height: int
    fps: int
    fps_base: float
    notes: tuple[str, ...]
    standing: bool = False


def prepare(  # noqa: PLR0913 - what a reel is made of
    project: Project,
    entries: Sequence[CutEntry],
    *,
    title: str,
    people: Sequence[str] = (),
    latest: bool = False,
    painted: Mapping[str, int] = NONE_PAINTED,
    scene: Path | None = None,
    dressing: Dressing = Dressing(),  # noqa: B008 - it is frozen
    cut_name: str = DEFAULT_CUT,
    told: Told = lambda done, total, text: None,
) -> Prepared:
    """Draw the frames and write timelines, contact sheet and credits into a hidden folder.

    ``painted``, shot → take, goes before what is picked. When anything fails or ``told`` raises,
    the folder is removed again.
    """
    selected = select(project, entries, latest, painted)
    title = title.strip() or "Untitled reel"
    found = _hashes(selected, told)
    notes = (*_notes(selected, scene), *_honest(dressing))
    parts = schedule(entries, selected, dressing, ())
    digest = reel_digest(title, people, parts, selected, found, dressing)
    if (stands := find(project, digest)) is not None:
        return _described(stands, Reel(title, parts, selected, dressing), notes, standing=True)
    folder = _new_part(project)
    try:
        with atomic.disk_errors(folder):
            credits = _credits(folder, title, people, selected, found, scene)
            cards = _draw_credits(folder, credits, selected, dressing)
            cards = fitted(cards, film_frames(parts) / selected[0].rate)
            parts = schedule(entries, selected, dressing, cards)
            reel = Reel(title, parts, selected, dressing)
            draw_frames(folder, reel, told)
            atomic.write_document(folder / CREDITS, credits)
            atomic.write_document(folder / RECORD, _record(reel, folder, digest, cut_name))
            notes += _write_timelines(folder, project, reel)
            draw_overview(credits, _distinct(selected), reel.parts).save(
                folder / SHEET, optimize=True
            )
    except BaseException:
        atomic.remove(folder)
        raise
    return _described(folder, reel, notes)


def _distinct(selected: Sequence[Selected]) -> tuple[Selected, ...]:
    """Each take once, however often the cut shows it."""
    return tuple({(one.take.subject, one.take.number): one for one in selected}.values())


def _hashes(selected: Sequence[Selected], told: Told) -> list[dict[str, str]]:
    """For each shot of the cut, file → the SHA-256 that it has now."""
    known: dict[Path, dict[str, str]] = {}
    for one in selected:
        if one.folder not in known:
            told(0, 1, f"{one.take.subject}: reading its frames")
            paths = [one.frame_path(frame) for frame in one.frames]
            with atomic.disk_errors(one.folder, "read"):
                known[one.folder] = {path.name: sha256_of(path) for path in paths}
    return [known[one.folder] for one in selected]


def _honest(dressing: Dressing) -> tuple[str, ...]:
    if dressing.burn_in or dressing.credits:
        return ()
    return ("No picture of this reel says that it is AI-assisted: its credits.json does.",)


def _draw_credits(
    folder: Path, credits: Credits, selected: Sequence[Selected], dressing: Dressing
) -> tuple[Fraction, ...]:
    """Write the credits' cards; the seconds that it takes to read each."""
    if not dressing.credits:
        return ()
    (folder / "cards").mkdir()
    first = selected[0].request
    cards = credits_cards(credits, frame_size((first.width, first.height), dressing))
    for number, (card, _) in enumerate(cards, 1):
        card.save(folder / f"cards/credits_{number:03d}.png", optimize=True)
    return tuple(seconds for _, seconds in cards)


def _beside(dressing: Dressing, folder: Path) -> Dressing:
    """The same with the sound's path from the reel's folder."""
    if dressing.sound is None:
        return dressing
    file = record.relative(Path(dressing.sound.file), folder)
    return replace(dressing, sound=replace(dressing.sound, file=file))


def _record(reel: Reel, folder: Path, digest: str, cut_name: str) -> ReelRecord:
    passes, (width, height) = reel.shots[0].passes, reel.picture
    return ReelRecord(
        digest,
        reel.title,
        cut_name,
        passes.fps,
        passes.fps_base,
        width,
        height,
        reel.parts,
        _beside(reel.dressing, folder),
    )


def _write_timelines(folder: Path, project: Project, reel: Reel) -> tuple[str, ...]:
    """The timeline and its poorer copies; a sentence for each copy that could not be made."""
    clips, rate = _clips(folder, project, reel), reel.shots[0].rate
    text = timeline_text(reel.title, clips, rate, VIDEO, _beside(reel.dressing, folder).sound)
    atomic.write_text(folder / TIMELINE, text, durable=True)
    return exchange.write_copies(folder, text, rate)


def _clips(folder: Path, project: Project, reel: Reel) -> list[Clip]:
    taken, clips = reel.taken(), []
    takes = Takes(project)
    for index, part in enumerate(reel.parts):
        one = taken.get(index)
        if one is None:
            clips.append(Clip(part))
            continue
        others = [take.number for take in takes.list(part.name) if take.number != part.take]
        place = PurePosixPath(record.relative(one.folder, folder))
        clips.append(Clip(part, one.take, place, one.picked_by, tuple(others)))
    return clips


def _notes(selected: Sequence[Selected], scene: Path | None) -> tuple[str, ...]:
    """What a person would want to know of takes that are not of the scene as it is now."""
    notes = []
    for one in _distinct(selected):
        take = f"Take {folder_name(one.take.number)} of {one.take.subject}"
        now = {frame.hash for frame in one.passes.frames}
        if scene is not None and one.passes.blend not in {"", scene.name}:
            notes.append(f"{take} was painted from {one.passes.blend}, not from {scene.name}.")
        elif any(view.passes not in now for view in one.request.views):
            notes.append(f"{take} was painted before the scene's passes were rendered anew.")
    return tuple(notes)


def finish(project: Project, folder: Path) -> Path:
    """Complete the credits of a prepared folder whose video stands, and give the reel its number.

    Raises InputError for a folder that was not prepared, JobError when the video is not whole.
    """
    ours = folder.parent == project.reels and folder.name.startswith(_PART)
    if not ours or not (folder / CREDITS).is_file():
        raise InputError(f"{folder} is no prepared reel: make the reel again.")
    if not is_whole_mp4(folder / VIDEO):
        raise JobError(f"{folder / VIDEO} is missing or was cut off: make the reel again.")
    credits = atomic.read_document(Credits, folder / CREDITS)
    atomic.remove(folder / _FRAMES)
    credits = record.with_outputs(credits, folder, _outputs(folder))
    atomic.write_document(folder / CREDITS, credits)
    number = claim(folder, project.reels, project.reel_mark, lambda number: None)
    return project.reel(number)


def _outputs(folder: Path) -> tuple[str, ...]:
    """The reel's own files beside its credits, the video first."""
    first = (VIDEO, TIMELINE, SHEET)
    files = sorted(
        path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()
    )
    return (*first, *(name for name in files if name not in (*first, CREDITS)))


def _new_part(project: Project) -> Path:
    """A hidden folder of our own; those that were abandoned a day ago are removed."""
    with atomic.disk_errors(project.reels):
        project.reels.mkdir(parents=True, exist_ok=True)
        atomic.sweep(project.reels, _PART)
        for number in count(1):
            folder = project.reels / f"{_PART}{folder_name(number)}"
            try:
                folder.mkdir()
            except FileExistsError:
                continue
            return folder
    raise AssertionError("numbers do not end")


def _credits(
    folder: Path,
    title: str,
    people: Sequence[str],
    selected: Sequence[Selected],
    found: Sequence[dict[str, str]],
    scene: Path | None,
) -> Credits:
    shots = tuple(
        record.shot_credit(
            one.take,
            one.chosen,
            one.pick,
            record.credited_frames(one.take, one.folder, folder, hashes),
            record.credited_passes(one.request.views, one.passes, one.passes_folder, folder),
            one.passes.blend,
        )
        for one, hashes in _once(selected, found)
    )
    file = None
    if scene is not None and scene.is_file():
        file = CreditedFile(record.relative(scene, folder), sha256_of(scene))
    return record.credits(title, people, shots, file)


def _once(
    selected: Sequence[Selected], found: Sequence[dict[str, str]]
) -> list[tuple[Selected, dict[str, str]]]:
    """Each take once, with the hashes of its frames."""
    hashes = {one.folder: hashed for one, hashed in zip(selected, found, strict=True)}
    return [(one, hashes[one.folder]) for one in _distinct(selected)]


def _described(
    folder: Path, reel: Reel, notes: tuple[str, ...], *, standing: bool = False
) -> Prepared:
    first, (width, height) = reel.shots[0], reel.size
    fps, base = first.passes.fps, first.passes.fps_base
    return Prepared(folder, reel.length, width, height, fps, base, notes, standing)
