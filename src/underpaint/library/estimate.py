"""How long work will take and how much disk it needs, from what the like of it took before."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from statistics import median, quantiles

from ..errors import DiskError
from ..model.pace import Kind, Pace, Work, WorkEstimate

RECENT = 15
"""Pieces of work that have a say: a machine, its drivers and its scenes change."""
_SCALED = 1.5
"""Times more or less, where only pictures of other sizes were made."""
_OTHER = 1.6
"""Times more or less, for each thing that was otherwise: another scene, other steps."""
_GUESS = 3.0
"""Times more or less, where nothing is known."""
_CALM = 1.15
"""Times more or less, at the best: no two runs take alike."""
_STANDING_SECONDS = 0.005
"""To see that a unit stands."""

_PIXELS = 512 * 288
_GUESSED: dict[Kind, tuple[float, float]] = {
    "passes": (0.6, 12.0),
    "engine": (4.0, 0.0),
    "frames": (2.5, 3.0),
    "views": (3.0, 0.0),
    "textures": (0.5, 8.0),
    "tiles": (6.0, 12.0),
    "reel": (0.2, 0.5),
}
"""Seconds a unit at 512 × 288, as two cores take for the built-in model, and bytes a pixel."""
_LEAST_ALIKE: dict[Kind, int] = {"engine": 1, "frames": 1, "views": 1, "tiles": 1}
"""How many of the things that decide a pace have to be the same: another engine tells nothing."""
_NEAR_FULL = 1.25


def estimate(work: Work, history: Sequence[Pace]) -> WorkEstimate:
    """What is still to be done of a piece of work, from paces of the like, oldest first.

    The middle half of the recent ones makes the range, widened by all that was otherwise.
    """
    left = max(0, work.units - work.standing)
    known = [pace for pace in history if pace.kind == work.kind]
    alike, spread = _alike(work, known)
    if alike:
        rates = [pace.seconds / pace.units * _scale(work, pace) for pace in alike]
        low, middle, high = _quartiles(rates)
        least, most = min(low, middle / spread), max(high, middle * spread)
        size = median(pace.bytes / pace.units * _scale(work, pace) for pace in alike)
    else:
        seconds, bytes_a_pixel = _GUESSED[work.kind]
        rate = seconds * (work.pixels / _PIXELS if work.pixels else 1.0)
        least, most, size = rate / _GUESS, rate * _GUESS, bytes_a_pixel * work.pixels
    seen = _STANDING_SECONDS * work.standing
    return WorkEstimate(
        work.kind,
        work.units,
        work.standing,
        least * left + seen,
        most * left + seen,
        math.ceil(size * left),
        guessed=not alike and left > 0,
    )


def _alike(work: Work, known: Sequence[Pace]) -> tuple[list[Pace], float]:
    """The recent paces that are the most like it, and by how many times they may be wrong."""
    for alike in range(len(work.what), _LEAST_ALIKE.get(work.kind, 0) - 1, -1):
        of_it = [pace for pace in known if pace.what[:alike] == work.what[:alike]]
        other = _OTHER ** (len(work.what) - alike)
        same_size = [pace for pace in of_it if pace.pixels == work.pixels][-RECENT:]
        if same_size:
            return same_size, max(other, _CALM)
        if of_it:
            return of_it[-RECENT:], other * _SCALED
    return [], _GUESS


def _scale(work: Work, pace: Pace) -> float:
    return work.pixels / pace.pixels if pace.pixels and work.pixels else 1.0


def _quartiles(rates: Sequence[float]) -> tuple[float, float, float]:
    if len(rates) == 1:
        return rates[0], rates[0], rates[0]
    low, middle, high = quantiles(rates, n=4, method="inclusive")
    return low, middle, high


# --- disk -------------------------------------------------------------------------------------


def free_space(folder: Path) -> int | None:
    """Bytes free where a folder is or will be; None where the system does not tell."""
    there = next((path for path in (folder, *folder.parents) if path.exists()), None)
    try:
        return shutil.disk_usage(there).free if there else None
    except OSError:
        return None


def check_room(folder: Path, estimates: Iterable[WorkEstimate], free: int | None) -> str:
    """A sentence where the disk gets nearly full; empty where all is well.

    Raises DiskError where it surely does not suffice: bytes that were only guessed are taken for a
    third of that.
    """
    surely = sum(e.bytes / (_GUESS if e.guessed else 1.0) for e in estimates)
    likely = sum(e.bytes for e in estimates)
    if free is None or likely * _NEAR_FULL < free:
        return ""
    told = f"about {size_words(likely)} will be written to {folder}, where {size_words(free)}"
    remedy = "free some space, or choose another folder with --out"
    if surely > free:
        raise DiskError(f"The disk is too full: {told} are free: {remedy}.")
    return f"The disk may get full: {told} are free."


def size_words(count: float) -> str:
    """Bytes as people say them.

    >>> size_words(900), size_words(2_345_678), size_words(12_300_000_000)
    ('1 kB', '2.3 MB', '12 GB')
    """
    for unit, size in (("GB", 1e9), ("MB", 1e6)):
        if count >= size:
            amount = count / size
            return f"{amount:.0f} {unit}" if amount >= 9.95 else f"{amount:.2g} {unit}"
    return f"{max(1, round(count / 1e3))} kB"
