"""Which frames of a shot are key frames: painted, and gathered from.

Read frame by frame, with never more than a gap's frames held, and those coarsely.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from ..passes.arrays import Bools
from ..surface.sight import Sight
from .frame import Frame
from .holes import coarse
from .seen import shown

APART = 10
"""Frames between keys, at the most."""
MOST_NEW = 0.12
"""The share of a frame's picture that neither of its keys need show."""


def choose(
    frames: Iterable[tuple[int, Sight]], *, apart: int = APART, most_new: float = MOST_NEW
) -> Iterator[int]:
    """The key frames of a shot, in order, from its frames with their sights, in order.

    The first and the last are keys. Between, the next key is the farthest, at most ``apart`` frames
    on, with which all frames between show at most ``most_new`` of what neither key does. Only the
    last key and what follows decide, so a shot read on from any of its keys has the same keys. What
    deforms counts as shown by a key that shows any of it: it is followed (``tracks``), and what is
    lost of it is painted, which is less than further keys.
    """
    gap = _Gap(most_new)
    for number, sight in frames:
        gap.add(number, sight)
        if len(gap.frames) == 1:
            yield number
        while len(gap.frames) > apart:
            yield gap.close()
    while len(gap.frames) > 1:
        yield gap.close()


@dataclass
class _Gap:
    """Frames since the last key, which is the first of them."""

    most_new: float
    frames: list[tuple[int, Frame]] = field(default_factory=list)
    _seen: dict[tuple[int, int], Bools] = field(default_factory=dict)

    def add(self, number: int, sight: Sight) -> None:
        self.frames.append((number, Frame(coarse(sight))))

    def close(self) -> int:
        """The next key; what was before it is forgotten."""
        last = next(end for end in range(len(self.frames) - 1, 0, -1) if self._bridged(end))
        self.frames = self.frames[last:]
        kept = {number for number, _ in self.frames}
        self._seen = {pair: seen for pair, seen in self._seen.items() if kept.issuperset(pair)}
        return self.frames[0][0]

    def _bridged(self, end: int) -> bool:
        """Whether the first frame and this one show enough of all between; the middle, where most
        is new, goes first."""
        between = sorted(range(1, end), key=lambda at: abs(2 * at - end))
        return all(self._new(at, end) <= self.most_new for at in between)

    def _new(self, at: int, end: int) -> float:
        known = self._shown(at, 0) | self._shown(at, end)
        return 1 - float(np.mean(known))

    def _shown(self, at: int, key: int) -> Bools:
        (number, frame), (other, source) = self.frames[at], self.frames[key]
        if (number, other) not in self._seen:
            self._seen[number, other] = shown(frame, source) | _deforming(frame, source)
        return self._seen[number, other]


def _deforming(frame: Frame, source: Frame) -> Bools:
    """N: pixels of what another frame shows in another shape."""
    there = {source.sight.things[body] for body in source.pixels if body in source.sight.things}
    rigid, things = source.sight.motion, frame.sight.things
    deforming = np.zeros(len(frame.ids), bool)
    for body, pixels in frame.pixels.items():
        if body not in rigid and things.get(body) in there:
            deforming[pixels] = True
    return deforming
