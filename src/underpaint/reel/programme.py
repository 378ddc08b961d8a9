"""What a reel shows when: the entries of a cut, one after the other, with the cards between."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from ..model.cut import CutEntry, Dressing, ReelPart
from .selection import Selected

SLATE_SECONDS = Fraction(3, 2)


def schedule(
    entries: Sequence[CutEntry],
    selected: Sequence[Selected],
    dressing: Dressing,
    cards: Sequence[Fraction],
) -> tuple[ReelPart, ...]:
    """The parts of a reel in their order; ``cards``: seconds of each of the credits."""
    rate = selected[0].rate
    parts: list[ReelPart] = []
    now = 0
    for place, (entry, one) in enumerate(zip(entries, selected, strict=True), 1):
        now += entry.gap
        for part in _of_entry(place, entry, one, dressing, now):
            parts.append(part)
            now += part.length
    for card, seconds in enumerate(cards, 1):
        length = max(1, round(seconds * rate))
        file = f"cards/credits_{card:03d}.png"
        parts.append(ReelPart("credits", "Credits", now, length, file))
        now += length
    return tuple(parts)


def film_frames(parts: Sequence[ReelPart]) -> int:
    """How many frames of a reel are the film: its shots and the black between, without cards."""
    cards = sum(part.length for part in parts if part.kind != "shot")
    return max((part.start + part.length for part in parts), default=0) - cards


def _of_entry(
    place: int, entry: CutEntry, one: Selected, dressing: Dressing, now: int
) -> Iterator[ReelPart]:
    if dressing.slates:
        length = max(1, round(SLATE_SECONDS * one.rate))
        yield ReelPart("slate", entry.shot, now, length, f"cards/slate_{place:03d}.png")
        now += length
    painted = one.frames.start, one.frames[-1]
    length = len(entry.shown(one.frames))
    yield ReelPart("shot", entry.shot, now, length, "", entry, one.take.number, painted)
