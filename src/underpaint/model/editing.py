"""What an editor does to a cut. Each verb takes a cut and gives another; places count from 1."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from ..errors import FormatError, InputError
from .cut import Cut, CutEntry


def of_shots(shots: Sequence[str]) -> Cut:
    """Every shot whole, one after the other: the cut of a film that nobody edited."""
    return Cut(tuple(CutEntry(shot) for shot in shots))


def find(cut: Cut, words: str) -> int:
    """The place that a number or a shot's name means. Raises InputError where it means none."""
    if words.isdecimal() and 1 <= int(words) <= len(cut.entries):
        return int(words)
    places = [place for place, entry in enumerate(cut.entries, 1) if entry.shot == words]
    if len(places) == 1:
        return places[0]
    if places:
        raise InputError(
            f"{words} is in the cut {len(places)} times, at {', '.join(map(str, places))}: "
            "say which by its number."
        )
    listed = ", ".join(f"{place} {entry.shot}" for place, entry in enumerate(cut.entries, 1))
    raise InputError(f"The cut has no entry {words!r}; it has: {listed or 'none'}.")


def entry_at(cut: Cut, place: int) -> CutEntry:
    """The entry at a place. Raises InputError where there is none."""
    if not 1 <= place <= len(cut.entries):
        raise InputError(f"The cut has {len(cut.entries)} entries: there is no place {place}.")
    return cut.entries[place - 1]


def change(cut: Cut, place: int, **values: object) -> Cut:
    """The entry at a place with other values. Raises InputError for those that cannot be."""
    entry = entry_at(cut, place)
    try:
        changed = replace(entry, **values)  # type: ignore[arg-type]
    except FormatError as error:
        told = str(error)
        raise InputError(f"{told[0].upper()}{told[1:]}") from error
    return _with(cut, [*cut.entries[: place - 1], changed, *cut.entries[place:]])


def trim(cut: Cut, place: int, first: int | None, last: int | None) -> Cut:
    """Show only these of the shot's frames; None: as far as its take goes."""
    return change(cut, place, first=first, last=last, length=None)


def retime(cut: Cut, place: int, numerator: int, denominator: int) -> Cut:
    """Show it at a speed: painted frames a frame of the reel."""
    return change(cut, place, speed=(numerator, denominator), length=None)


def move(cut: Cut, place: int, to: int) -> Cut:
    """Take an entry out and put it in at another place."""
    moved, rest = entry_at(cut, place), list(cut.entries)
    entry_at(cut, to)
    del rest[place - 1]
    rest.insert(to - 1, moved)
    return _with(cut, rest)


def swap(cut: Cut, one: int, other: int) -> Cut:
    """Let two entries change places."""
    entries = list(cut.entries)
    first, second = entry_at(cut, one), entry_at(cut, other)
    entries[one - 1], entries[other - 1] = second, first
    return _with(cut, entries)


def add(cut: Cut, shot: str, place: int | None = None) -> Cut:
    """Put a shot in, whole, at a place or at the end; one that is in may come again."""
    entries = list(cut.entries)
    at = len(entries) + 1 if place is None else place
    if not 1 <= at <= len(entries) + 1:
        raise InputError(f"The cut has {len(entries)} entries: there is no place {at}.")
    entries.insert(at - 1, CutEntry(shot))
    return _with(cut, entries)


def remove(cut: Cut, place: int) -> Cut:
    """Take an entry out."""
    entry_at(cut, place)
    if len(cut.entries) == 1:
        raise InputError("The cut has one entry, and a reel needs one: it stays.")
    return _with(cut, [*cut.entries[: place - 1], *cut.entries[place:]])


def restore(cut: Cut, place: int) -> Cut:
    """Show an entry whole again, at its own speed, with the picked take."""
    whole = CutEntry(entry_at(cut, place).shot)
    return _with(cut, [*cut.entries[: place - 1], whole, *cut.entries[place:]])


def entry_words(entry: CutEntry, frames: range, *, picked: bool = True) -> str:
    """``take 2, frames 3–10, at 1/2 speed, held 6 at its end: 22 frames``."""
    words = [f"take {entry.take}" if entry.take else "the pick" if picked else "none picked yet"]
    if entry.first is not None or entry.last is not None:
        asked = entry.asked(frames)
        one = len(asked) == 1
        words.append(f"frame {asked[0]}" if one else f"frames {asked[0]}–{asked[-1]}")
    if entry.speed != (1, 1):
        words.append(f"at {entry.rate} speed")
    held = ((entry.head, "start"), (entry.tail, "end"))
    words += [f"held {count} at its {where}" for count, where in held if count]
    words += [f"{entry.gap} black before"] if entry.gap else []
    words += [f"“{entry.label}”"] if entry.label else []
    length = len(entry.shown(frames)) + entry.gap
    return f"{', '.join(words)}: {length} {'frame' if length == 1 else 'frames'}"


def _with(cut: Cut, entries: Sequence[CutEntry]) -> Cut:
    return replace(cut, entries=tuple(entries))
