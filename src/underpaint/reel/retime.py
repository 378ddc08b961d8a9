"""A timeline that was re-timed in another editor, read back as a cut.

Its clips are matched to shots by our metadata, then by the path of their media, then by name. Times
are exact: record times of the timeline become frames of the reel at the project's rate.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor
from pathlib import Path

import opentimelineio as otio

from ..credits.record import counted
from ..errors import FormatError, InputError
from ..library import cuts
from ..library.project import Project
from ..model.cut import MOST_HELD, Cut, CutEntry
from .footage import Footage, footage
from .matching import Known, Match, shot_of
from .opened import pieces_of
from .timeline import ours_of
from .walk import Piece


@dataclass(frozen=True)
class Read:
    """The cut that a timeline asks for. ``asked``: shot → the first and last frame it shows."""

    cut: Cut
    asked: dict[str, tuple[int, int]]
    notes: tuple[str, ...]


@dataclass
class _Reading:
    shots: dict[str, Footage]
    entries: list[CutEntry] = field(default_factory=list)
    held: list[bool] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    gap: int = 0

    def note(self, text: str) -> None:
        """A sentence, said once."""
        if text not in self.notes:
            self.notes.append(text)


def read_cut(project: Project, path: Path, cut_name: str) -> Read:
    """The cut of an .otio, .edl or .fcpxml file; ``cut_name`` is what it is to be saved as.

    Raises InputError for a file that is none, is broken, shows none of the project's shots, or
    shows them as no reel can.
    """
    shots = footage(project)
    pieces, notes = pieces_of(path, next(iter(shots.values())).rate)
    reading = _Reading(shots, notes=notes)
    known = Known(tuple(shots), {name: shot.frames() for name, shot in shots.items()})
    try:
        for index, piece in enumerate(pieces):
            _take_up(reading, known, piece, pieces[index + 1] if index + 1 < len(pieces) else None)
    except FormatError as error:
        raise InputError(f"{path} shows what no reel can: {error}") from error
    if not reading.entries:
        raise InputError(
            f"{path} shows none of this project's shots ({', '.join(shots)}): "
            "is it the timeline of another film?"
        )
    cut = Cut(tuple(reading.entries))
    _note_missing(reading, cuts.standing_or_new(project, cut_name), cut, cut_name)
    return Read(cut, _asked(reading, cut), tuple(reading.notes))


def _take_up(reading: _Reading, known: Known, piece: Piece, following: Piece | None) -> None:
    """One piece of the timeline becomes black, an entry, or the hold of one."""
    if piece.clip is None:
        reading.gap += piece.length
        return
    if _is_card(piece.clip):
        return
    match = shot_of(piece.clip, known)
    if match is None:
        reading.note(f"{piece.clip.name or 'A clip without a name'} is none of our shots: black.")
        reading.gap += piece.length
        return
    shot = reading.shots[match.shot]
    bare = CutEntry(match.shot, _take(reading, match))
    first = match.frame(piece.start, shot.frames(bare.take))
    speed = _speed(reading, piece, match.shot)
    if speed == 0:
        _hold(reading, bare, first, piece, leads=_follows(following, known, first, shot))
        return
    frames = shot.frames(bare.take)
    entry = _moving(frames, bare, first, piece.length, speed)
    head = reading.entries[-1] if reading.held and reading.held[-1] else None
    if head is not None and not reading.gap and _is_start(head, entry, frames):
        del reading.entries[-1], reading.held[-1]
        entry = replace(entry, head=head.tail + 1, gap=head.gap)
        reading.gap = 0
    else:
        entry = replace(entry, gap=reading.gap)
    reading.entries.append(replace(entry, label=_label(piece.clip, match.shot, reading)))
    reading.held.append(False)
    reading.gap = 0


def _moving(frames: range, entry: CutEntry, first: int, length: int, speed: Fraction) -> CutEntry:
    """The entry that shows ``length`` frames of the reel from a painted frame on, at a speed."""
    if length > MOST_HELD:
        raise FormatError(f"{entry.shot} moves for {length} frames, {MOST_HELD} are the most.")
    last = first + floor((length - 1) * speed)
    whole = frames.stop - 1
    if first == frames.start and ceil(len(frames) / speed) == length:
        last = whole  # at double speed the last frame of an even count is passed over
    natural = ceil((last - first + 1) / speed)
    return replace(
        entry,
        first=None if first == frames.start else first,
        last=None if last == whole else last,
        speed=(speed.numerator, speed.denominator),
        length=None if natural == length else length,
    )


def _hold(reading: _Reading, bare: CutEntry, frame: int, piece: Piece, *, leads: bool) -> None:
    """A frozen clip: the end of what came before, the start of what comes, or a still by itself."""
    before = reading.entries[-1] if reading.entries else None
    is_tail = (
        before is not None
        and not reading.gap
        and not reading.held[-1]
        and (before.shot, before.take) == (bare.shot, bare.take)
        and before.moving(reading.shots[bare.shot].frames(bare.take))[-1] == frame
        and not (leads and _part(piece.clip) == "head")
    )
    if is_tail and before is not None:
        reading.entries[-1] = replace(before, tail=before.tail + piece.length)
        return
    still = replace(bare, first=frame, last=frame, tail=piece.length - 1, gap=reading.gap)
    reading.entries.append(still)
    reading.held.append(leads)
    reading.gap = 0


def _follows(following: Piece | None, known: Known, frame: int, shot: Footage) -> bool:
    """Whether the next piece starts to move at this very frame."""
    if following is None or following.clip is None or following.speed == 0:
        return False
    match = shot_of(following.clip, known)
    return match is not None and match.frame(following.start, shot.frames()) == frame


def _is_start(head: CutEntry, entry: CutEntry, frames: range) -> bool:
    same = (head.shot, head.take) == (entry.shot, entry.take)
    return same and entry.moving(frames)[0] == head.first


def _speed(reading: _Reading, piece: Piece, shot: str) -> Fraction:
    speed = piece.speed
    if speed < 0:
        reading.note(f"{shot} plays backwards there, which a reel cannot: it plays forwards.")
        speed = -speed
    if speed and not Fraction(1, 100) <= speed <= 100:
        kept = min(max(speed, Fraction(1, 100)), Fraction(100))
        reading.note(f"{shot} runs at {float(speed):g} speed there: it is kept at {float(kept):g}.")
        speed = kept
    return speed


def _take(reading: _Reading, match: Match) -> int | None:
    """None where the timeline shows what is picked, or was written for whatever is picked."""
    shot = reading.shots[match.shot]
    if match.take is None or match.take in shot.takes:
        is_pick = shot.picked in (None, match.take) and not match.named
        return None if is_pick else match.take
    reading.note(
        f"{match.shot} has no take {match.take}: the one that is picked stands in its place."
    )
    return None


def _label(clip: otio.schema.Clip, shot: str, reading: _Reading) -> str:
    """The note of our marker, or of one that was put there; of several the first."""
    words = [m.comment or (m.name if m.name not in ("", shot) else "") for m in clip.markers]
    words = [word for word in words if word and word.casefold() != shot.casefold()]
    if len(words) > 1:
        reading.note(f"{shot} has {len(words)} markers with notes: only the first is kept.")
    return words[0] if words else ""


def _is_card(clip: otio.schema.Clip) -> bool:
    if "card" in ours_of(clip):
        return True
    url = getattr(clip.media_reference, "target_url", "") or ""
    return "/cards/" in f"/{url}" and url.endswith(".png")


def _part(clip: otio.schema.Clip | None) -> str:
    return str(ours_of(clip).get("part", "")) if clip is not None else ""


def _asked(reading: _Reading, cut: Cut) -> dict[str, tuple[int, int]]:
    """The frames of each shot that are shown; says which of them have to be painted."""
    asked: dict[str, tuple[int, int]] = {}
    for entry in cut.entries:
        frames = entry.asked(reading.shots[entry.shot].frames(entry.take))
        low, high = asked.get(entry.shot, (frames.start, frames.stop - 1))
        asked[entry.shot] = min(low, frames.start), max(high, frames.stop - 1)
    for name, (first, last) in asked.items():
        painted = reading.shots[name].frames()
        missing = " and ".join(_unpainted(first, last, painted))
        if missing:
            whole = _words(min(first, painted.start), max(last, painted.stop - 1))
            reading.note(
                f"{name} became longer than what was painted: its frames {missing} hold the "
                "nearest that is. Once its markers leave it that room (retime with --save, or by "
                f'hand), paint a take: underpaint frames FILE --shot "{name}" --frames={whole}.'
            )
    return asked


def _unpainted(first: int, last: int, painted: range) -> Iterator[str]:
    """The frames asked for before and after those that are painted, in words."""
    for low, high in (first, min(last, painted.start - 1)), (max(first, painted.stop), last):
        if low <= high:
            yield _words(low, high)


def _words(first: int, last: int) -> str:
    return f"{first}-{last}" if first != last else f"{first}"


def _note_missing(reading: _Reading, before: Cut, cut: Cut, name: str) -> None:
    shown = {entry.shot for entry in cut.entries}
    gone = list(dict.fromkeys(e.shot for e in before.entries if e.shot not in shown))
    if gone:
        told = counted(len(gone), "shot")
        reading.note(f"{told} of the cut {name} left the reel: {', '.join(gone)}.")
    if reading.gap:
        reading.note(f"{counted(reading.gap, 'black frame')} at the end are left out.")
