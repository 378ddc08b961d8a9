"""A reel in two steps: ``prepare`` lays out all but the video, ``finish`` lets it appear.

Between the two, Blender encodes ``frames/frame_%04d.png`` of the hidden folder into ``reel.mp4``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import count
from pathlib import Path, PurePosixPath

from ..credits import record
from ..errors import InputError, JobError
from ..library import atomic
from ..library.hashes import sha256_of
from ..library.numbers import claim, folder_name
from ..library.project import Project, frame_file
from ..model.credits import CreditedFile, Credits
from .burnin import Slate, burn_in, reel_size
from .mp4 import is_whole_mp4
from .overview import draw_overview
from .picture import to_image
from .selection import ChosenShot, Selected, select
from .timecode import timecode
from .timeline import Clip, timeline_text

VIDEO = "reel.mp4"
TIMELINE = "reel.otio"
SHEET = "contact_sheet.png"
CREDITS = "credits.json"
_FRAMES = "frames"
_PART = ".part-"
_QUICK_PNG = 1
"""Compression of frames that live until the video is encoded."""

Told = Callable[[float, float, str], None]
"""Is told (done, total, text) between frames; it may raise to stop the work."""


@dataclass(frozen=True)
class Prepared:
    """What there is to encode, as the message ``ReelPrepared`` says it."""

    folder: Path
    count: int
    width: int
    height: int
    fps: int
    fps_base: float
    notes: tuple[str, ...]


def prepare(
    project: Project,
    shots: Sequence[ChosenShot],
    *,
    title: str,
    people: Sequence[str] = (),
    latest: bool = False,
    scene: Path | None = None,
    told: Told = lambda done, total, text: None,
) -> Prepared:
    """Burn in the frames and write timeline, contact sheet and credits into a hidden folder.

    When anything fails or ``told`` raises, the folder is removed again.
    """
    selected = select(project, shots, latest)
    title = title.strip() or "Untitled reel"
    folder = _new_part(project)
    try:
        with atomic.disk_errors(folder):
            found = _burn_frames(folder / _FRAMES, selected, told)
            credits = _credits(folder, title, people, selected, found, scene)
            atomic.write_document(folder / CREDITS, credits)
            atomic.write_text(folder / TIMELINE, _timeline(folder, title, selected), durable=True)
            draw_overview(credits, selected).save(folder / SHEET, optimize=True)
    except BaseException:
        atomic.remove(folder)
        raise
    return _prepared(folder, selected, _notes(selected, scene))


def _notes(selected: Sequence[Selected], scene: Path | None) -> tuple[str, ...]:
    """What a person would want to know of takes that are not of the scene as it is now."""
    notes = []
    for one in selected:
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
    credits = record.with_outputs(credits, folder, (VIDEO, TIMELINE, SHEET))
    atomic.write_document(folder / CREDITS, credits)
    atomic.remove(folder / _FRAMES)
    number = claim(folder, project.reels, project.reel_mark, lambda number: None)
    return project.reel(number)


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


def _burn_frames(folder: Path, selected: Sequence[Selected], told: Told) -> list[dict[str, str]]:
    """Write the burned-in frames; for each shot, file → the SHA-256 that it has now."""
    folder.mkdir()
    total = sum(len(one.frames) for one in selected)
    size = selected[0].request.width, selected[0].request.height
    found: list[dict[str, str]] = []
    number = 0
    for one in selected:
        found.append({})
        for frame in one.frames:
            told(number, total, f"{one.take.subject}: burn-in of frame {frame}")
            path = one.frame_path(frame)
            found[-1][path.name] = sha256_of(path)
            burned = burn_in(to_image(path), _slate(one, frame, number), size)
            number += 1
            burned.save(folder / frame_file(number), compress_level=_QUICK_PNG)
    told(total, total, "timeline, contact sheet and credits")
    return found


def _slate(one: Selected, frame: int, number: int) -> Slate:
    """``number`` counts the reel's frames from 0."""
    code = timecode(number, one.rate)
    return Slate(one.take.subject, one.take.number, frame, code, one.request.engine.name)


def _timeline(folder: Path, title: str, selected: Sequence[Selected]) -> str:
    clips = [
        Clip(
            one.take,
            PurePosixPath(record.relative(one.folder, folder)),
            one.frames.start,
            one.frames[-1],
            one.picked_by,
        )
        for one in selected
    ]
    return timeline_text(title, clips, selected[0].rate, VIDEO)


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
        for one, hashes in zip(selected, found, strict=True)
    )
    file = None
    if scene is not None and scene.is_file():
        file = CreditedFile(record.relative(scene, folder), sha256_of(scene))
    return record.credits(title, people, shots, file)


def _prepared(folder: Path, selected: Sequence[Selected], notes: tuple[str, ...]) -> Prepared:
    first = selected[0]
    width, height = reel_size(first.request.width, first.request.height)
    count = sum(len(one.frames) for one in selected)
    return Prepared(folder, count, width, height, first.passes.fps, first.passes.fps_base, notes)
