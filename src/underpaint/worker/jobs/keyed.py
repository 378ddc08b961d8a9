"""What of a shot is painted when it is to hold still: keys first, then what lies between them.

All of it follows from the request and the passes, so that everybody who paints the same request
makes the same plan, and whoever goes on with it after a crash makes it again.
"""

from __future__ import annotations

import itertools
import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from ... import motion, surface
from ...errors import UnderpaintError
from ...library import atomic
from ...library.hashes import sha256_of
from ...model.codec import digest
from ...model.request import RECIPE, Cadence, KeptFrame
from ...motion.keys import APART, MOST_NEW, choose
from ...surface.sight import Sight
from .schedule import OUTLINE, Unit, by_halves
from .sources import Source

EVERY: Mapping[Cadence, int] = {"ones": 1, "twos": 2, "threes": 3, "keys": 1}
"""Cadence → frames that a drawing stays; between keys, ``keys`` draws nothing."""
_LAST = 2
"""Keys of the window before that have a say in the next one."""
_KEYS_FILE = ".keys.json"
_REMEMBERED = 16


@dataclass(frozen=True)
class Window:
    """Keys that are painted at once, in the company of some that were painted ``before``."""

    keys: tuple[int, ...]
    before: tuple[int, ...]

    @property
    def unit(self) -> Unit:
        """As it is claimed."""
        return Unit(f"keys {self.keys[0]}", self.keys, frozenset(self.before))


@dataclass(frozen=True)
class Gap:
    """What follows a key: frames ``drawn`` from it and the next (``ends``), and ``held`` ones, that
    show a drawing before them once more: frame → that drawing."""

    ends: tuple[int, ...]
    drawn: tuple[int, ...]
    held: Mapping[int, int]

    @property
    def unit(self) -> Unit:
        """As it is claimed."""
        frames = tuple(sorted([*self.drawn, *self.held]))
        needs = frozenset(self.ends) | set(self.held.values()) - set(self.drawn)
        return Unit(f"from {self.ends[0]}", frames, needs)


@dataclass(frozen=True)
class Plan:
    """The windows and gaps of a take. The first window is the take's outline."""

    windows: tuple[Window, ...]
    gaps: tuple[Gap, ...]

    @property
    def units(self) -> tuple[Unit, ...]:
        """What is painted, in order."""
        return tuple(part.unit for part in self.parts)

    @property
    def parts(self) -> tuple[Window | Gap, ...]:
        """The windows, then the gaps."""
        return (*self.windows, *self.gaps)


def phase_of(first: int, start: int, cadence: Cadence) -> int:
    """How many frames the first one asked for comes after one that is drawn by the count of its
    shot, which begins at ``start``."""
    return (first - start) % EVERY[cadence]


def exposures(frames: Sequence[int], phase: int, cadence: Cadence) -> dict[int, int]:
    """Frame → the frame whose drawing it shows, for ascending frames; ``phase`` of the first.

    >>> exposures([2, 3, 4, 5], 1, "twos")
    {2: 2, 3: 3, 4: 3, 5: 5}
    """
    every = EVERY[cadence]
    shown: dict[int, int] = {}
    drawing = frames[0]
    for frame in frames:
        if (frame - frames[0] + phase) % every == 0 or frame - drawing >= every:
            drawing = frame
        shown[frame] = drawing
    return shown


def held_keys(kept: Iterable[KeptFrame]) -> dict[int, int]:
    """Kept frame → the key that it shows, where nothing is drawn between keys: the first of its row
    of equal pictures. Only a key is a picture of its own frame."""
    shown: dict[int, int] = {}
    for _, row in itertools.groupby(sorted(kept, key=_frame), lambda one: one.sha256):
        frames = [one.frame for one in row]
        shown |= dict.fromkeys(frames, frames[0])
    return shown


def runs(drawn: Sequence[int], missing: Collection[int]) -> Iterator[tuple[int, ...]]:
    """Stretches of missing frames, each with the frames that stand beside it."""
    for is_missing, group in itertools.groupby(range(len(drawn)), lambda at: drawn[at] in missing):
        if is_missing:
            places = list(group)
            yield tuple(drawn[max(0, places[0] - 1) : places[-1] + 2])


def plan(
    frames: Sequence[int],
    kept: Collection[int],
    shown: Mapping[int, int],
    keys: Collection[int],
    *,
    cadence: Cadence,
    at_once: int,
) -> Plan:
    """The plan for frames of which some are ``kept``; ``keys``: of every run, its ends included.

    ``at_once``: how many keys a window holds.
    """
    to_paint = [key for key in sorted(keys) if key not in kept]
    sources = sorted({*keys, *(shown[f] for f in frames if shown[f] in kept)})
    windows = tuple(_windows(to_paint, frames, [f for f in sources if f in kept], at_once))
    gaps = tuple(_gaps(frames, kept, shown, sources, cadence))
    return Plan(windows, gaps)


def _windows(
    keys: Sequence[int], frames: Sequence[int], kept: Sequence[int], at_once: int
) -> Iterator[Window]:
    if not keys:
        return
    outline = _outline(keys, frames)
    yield Window(outline, _around(outline, kept))
    rest = [key for key in keys if key not in outline]
    last: tuple[int, ...] = ()
    while rest:
        # those before are held in memory, too: later windows have no more company than the second
        count = max(min(2, at_once), at_once - len(last))
        some, rest = tuple(rest[:count]), rest[count:]
        before = dict.fromkeys([*outline, *last, *_around(some, kept)])
        yield Window(some, tuple(before))
        last = some[-_LAST:]


def _outline(keys: Sequence[int], frames: Sequence[int]) -> tuple[int, ...]:
    """The keys next to the first, the middle and the last frame."""
    wanted = [frames[place] for place in [*by_halves(len(frames))][:OUTLINE]]
    return tuple(sorted({min(keys, key=lambda key: abs(key - frame)) for frame in wanted}))


def _around(keys: Sequence[int], kept: Sequence[int]) -> tuple[int, ...]:
    """The kept frames next to the first and the last of the keys."""
    before = [frame for frame in kept if frame < keys[0]][-1:]
    after = [frame for frame in kept if frame > keys[-1]][:1]
    return (*before, *after)


def _gaps(
    frames: Sequence[int],
    kept: Collection[int],
    shown: Mapping[int, int],
    sources: Sequence[int],
    cadence: Cadence,
) -> Iterator[Gap]:
    for one, two in itertools.zip_longest(sources, sources[1:]):
        between = [f for f in frames if f > one and (two is None or f < two) and f not in kept]
        drawn = tuple(f for f in between if shown[f] == f) if cadence != "keys" else ()
        held = {f: one if cadence == "keys" else shown[f] for f in between if f not in drawn}
        if between:
            yield Gap((one,) if two is None or not drawn else (one, two), drawn, held)


def find_keys(
    source: Source, run: Sequence[int], apart: int, check: Callable[[], None]
) -> list[int]:
    """The keys of a run of a shot's frames, remembered beside its passes.

    What another version of the code that chooses them has remembered does not count.
    """
    hashes = [source.frame(number).hash for number in run]
    settings = {"apart": apart, "new": MOST_NEW, "recipe": RECIPE, "code": _code()}
    name = digest({"frames": list(run), "hashes": hashes, **settings})
    path = source.folder / _KEYS_FILE
    known = _read(path).get(name, [])
    if known and set(known) <= set(run):
        return known
    found = list(choose(_sights(source, run, check), apart=apart))
    entries = [*_read(path).items(), (name, found)][-_REMEMBERED:]
    with suppress(UnderpaintError):  # passes that may only be read
        atomic.write_text(path, json.dumps(dict(entries)))
    return found


@cache
def _code() -> str:
    """SHA-256 of the code by which keys are chosen."""
    folders = (Path(str(package.__file__)).parent for package in (motion, surface))
    return digest([sha256_of(path) for folder in folders for path in sorted(folder.glob("*.py"))])


def apart_of(cadence: Cadence) -> int:
    """How many drawings on the next key is, at the most."""
    return max(1, APART // EVERY[cadence])


def _sights(
    source: Source, run: Iterable[int], check: Callable[[], None]
) -> Iterator[tuple[int, Sight]]:
    for number in run:
        check()
        yield number, source.sight(source.frame(number))


def _frame(kept: KeptFrame) -> int:
    return kept.frame


def _read(path: Path) -> dict[str, list[int]]:
    try:
        known = json.loads(path.read_text("utf-8"))
        return {str(name): [int(key) for key in keys] for name, keys in known.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
