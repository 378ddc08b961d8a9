"""A cut: the edit of a reel. It says when each shot is seen and how fast; it paints nothing.

Frames of a shot are the scene's frame numbers, both ends included. Lengths are frames of the reel.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor
from typing import ClassVar, Literal

from ..errors import FormatError

DEFAULT_CUT = "main"
MOST_HELD = 100_000
LAST_FRAME = 1_048_574
"""No scene of Blender's goes further, to either side."""
_SLOWEST, _FASTEST = Fraction(1, 100), Fraction(100)


@dataclass(frozen=True)
class CutEntry:
    """A shot at one place of the reel.

    ``take`` None: the one that is picked. ``first`` and ``last`` trim it; None: as far as the take
    goes. ``speed``, numerator and denominator: painted frames a frame of the reel, (1, 2) shows
    each twice. ``length``: how many frames of the reel it moves, None: until its frames are
    through. ``head`` and ``tail`` hold its first and last frame; ``gap`` is black before it.
    """

    shot: str
    take: int | None = None
    first: int | None = None
    last: int | None = None
    speed: tuple[int, int] = (1, 1)
    length: int | None = None
    head: int = 0
    tail: int = 0
    gap: int = 0
    label: str = ""

    def __post_init__(self) -> None:
        if self.speed[1] <= 0 or not _SLOWEST <= Fraction(*self.speed) <= _FASTEST:
            raise FormatError(f"a speed is from 1/100 to 100, not {self.speed[0]}/{self.speed[1]}.")
        if not all(0 <= held <= MOST_HELD for held in (self.head, self.tail, self.gap)):
            raise FormatError(f"holds and gaps are from 0 to {MOST_HELD} frames.")
        if self.length is not None and not 1 <= self.length <= MOST_HELD:
            raise FormatError(f"a length is from 1 to {MOST_HELD} frames, not {self.length}.")
        if self.take is not None and self.take < 1:
            raise FormatError(f"there is no take {self.take}: takes count from 1.")
        self._check_trim()

    def _check_trim(self) -> None:
        ends = [end for end in (self.first, self.last) if end is not None]
        if any(abs(end) > LAST_FRAME for end in ends):
            raise FormatError(
                f"no scene has a frame beyond {LAST_FRAME}: trim {self.shot} to less."
            )
        if len(ends) == 2 and ends[1] < ends[0]:
            raise FormatError(f"{self.shot} is cut to end at {ends[1]}, before {ends[0]}.")

    @property
    def rate(self) -> Fraction:
        """Its speed as an exact number."""
        return Fraction(*self.speed)

    def asked(self, frames: range) -> range:
        """The shot's frames that it asks for, where its take has ``frames``."""
        first = frames.start if self.first is None else self.first
        last = frames.stop - 1 if self.last is None else self.last
        return range(first, last + 1)

    def is_in(self, frames: range) -> bool:
        """Whether any of what it asks for is there."""
        asked = self.asked(frames)
        return bool(range(max(asked.start, frames.start), min(asked.stop, frames.stop)))

    def moving(self, frames: range) -> tuple[int, ...]:
        """The painted frame that each of its moving frames shows.

        Frame k of the reel shows painted frame ⌊k · speed⌋: one that exists, never one between two.
        What is asked for and not painted yet is held, so that the reel has its length already; the
        longest row ends after ``MOST_HELD`` frames.
        """
        asked = self.asked(frames)
        length = min(ceil(len(asked) / self.rate), self.length or MOST_HELD)
        steps = (asked.start + floor(step * self.rate) for step in range(length))
        return tuple(min(max(frame, frames.start), frames.stop - 1) for frame in steps)

    def shown(self, frames: range) -> tuple[int, ...]:
        """The painted frame at each of its frames, with those that are held and without the gap."""
        moving = self.moving(frames)
        if not moving:
            return ()
        return (moving[0],) * self.head + moving + (moving[-1],) * self.tail


@dataclass(frozen=True)
class Cut:
    """``cuts/NAME.json``: what follows what."""

    FORMAT: ClassVar[str] = "underpaint/cut"
    VERSION: ClassVar[int] = 1

    entries: tuple[CutEntry, ...] = ()


@dataclass(frozen=True)
class Sound:
    """A temp track: its file, and how many seconds it lasts.

    The path is absolute where a reel is asked for, and relative to it in its ``reel.json``.
    """

    file: str
    seconds: float


@dataclass(frozen=True)
class Dressing:
    """What a reel shows beside its shots. ``slates``: a card before each shot."""

    slates: bool = False
    burn_in: bool = True
    credits: bool = True
    sound: Sound | None = None


@dataclass(frozen=True)
class ReelPart:
    """What the reel shows from its frame ``start``, counted from 0, for ``length`` frames.

    A card has its ``file``, relative to the reel; a shot its entry, the number of its take and the
    first and last frame that this take has.
    """

    kind: Literal["shot", "slate", "credits"]
    name: str
    start: int
    length: int
    file: str = ""
    entry: CutEntry | None = None
    take: int = 0
    painted: tuple[int, int] = (0, 0)

    @property
    def shown(self) -> tuple[int, ...]:
        """Of a shot: the painted frame at each of its frames."""
        first, last = self.painted
        return self.entry.shown(range(first, last + 1)) if self.entry else ()


@dataclass(frozen=True)
class ReelRecord:
    """``reel.json``: what a reel was made of. The same digest, the same reel.

    ``width`` and ``height`` are those of the painted pictures, without a strip.
    """

    FORMAT: ClassVar[str] = "underpaint/reel"
    VERSION: ClassVar[int] = 1

    digest: str
    title: str
    cut_name: str
    fps: int
    fps_base: float
    width: int
    height: int
    parts: tuple[ReelPart, ...]
    dressing: Dressing

    @property
    def length(self) -> int:
        """Frames of the reel."""
        return max((part.start + part.length for part in self.parts), default=0)

    @property
    def cut(self) -> Cut:
        """The cut that it was made of."""
        return Cut(tuple(part.entry for part in self.parts if part.entry is not None))
