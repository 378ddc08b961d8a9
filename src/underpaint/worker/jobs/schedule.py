"""In which order frames are painted: so that a person can judge early.

The first, the middle and the last frame of every take come before everything else: a take that is
bad shows it there, and can be stopped before the time for its other frames is spent. Then one take
after another, as a whole take can be picked and cut while the next is painted; and within a take by
halves, as the widest stretch that nobody has looked at is where the next surprise is.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

OUTLINE = 3
"""Frames of a take that come before all others."""


@dataclass(frozen=True)
class Unit:
    """Frames that one process paints in one go, as soon as those that it ``needs`` are there.

    All who paint the same request cut it into the same units.
    """

    name: str
    frames: tuple[int, ...]
    needs: frozenset[int] = frozenset()


def by_halves(count: int) -> Iterator[int]:
    """0…count−1: the first, the middle, the last, then the middles of what lies between.

    >>> list(by_halves(9))
    [0, 4, 8, 2, 6, 1, 3, 5, 7]
    """
    ends = dict.fromkeys((0, count // 2, count - 1)) if count else {}
    yield from ends
    stretches = deque([(0, count // 2), (count // 2, count - 1)])
    while stretches:
        first, last = stretches.popleft()
        if last - first > 1:
            middle = (first + last) // 2
            yield middle
            stretches += [(first, middle), (middle, last)]


def batches(frames: Sequence[int], size: int) -> tuple[Unit, ...]:
    """Frames that are painted each on its own, ``size`` at once, in the order of the halves."""
    order = dict.fromkeys(place // size for place in by_halves(len(frames)))
    groups = [tuple(frames[index * size : (index + 1) * size]) for index in order]
    return tuple(Unit(f"frame {group[0]}", group) for group in groups)


def outline_of(units: Sequence[Unit], frames: Sequence[int]) -> tuple[Unit, ...]:
    """Those of the units, in order, that hold the first, the middle and the last frame."""
    ends = {frames[place] for place in [*by_halves(len(frames))][:OUTLINE]}
    return tuple(unit for unit in units if ends.intersection(unit.frames))


def painting_order(
    takes: Sequence[Sequence[Unit]], outlines: Sequence[Sequence[Unit]]
) -> tuple[tuple[int, Unit], ...]:
    """(take, unit) of everything there is to paint, of the units and outlines of each take."""
    first = [(take, unit) for take, units in enumerate(outlines) for unit in units]
    rest = [
        (take, unit)
        for take, units in enumerate(takes)
        for unit in units
        if unit not in outlines[take]
    ]
    return (*first, *rest)
