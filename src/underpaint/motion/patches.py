"""Which frames between two keys have their holes painted, and in what order.

Holes of neighbouring frames show much the same surface. The frame whose hole is largest is painted
first, and lends what it shows to the others; so little is painted, and what is painted holds still.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import numpy as np

from ..passes.arrays import Bools
from ..surface.sight import Sight
from .frame import Frame
from .holes import coarse, coarsened
from .seen import shown
from .tracks import Tracks

LEAST = 0.004
"""The share of a picture that is worth painting; what is less is filled from beside."""
_NEVER_SEEN = 8.0
"""How much more a pixel counts of whose body nothing is known, to fill it from."""


def plan_gap(
    sights: Mapping[int, Sight],
    keys: Mapping[int, Sight],
    tracks: Tracks | None = None,
    *,
    least: float = LEAST,
) -> tuple[int, ...]:
    """The frames, of those between two keys by number, whose holes are to be painted, in order.
    ``tracks``: of what deforms.

    Each serves all the others as a further source (``gather``'s ``patches``). They are chosen by
    few of their pixels, which holds more than enough: ask ``worth`` of the whole hole again.
    """
    frames = {number: Frame(coarse(sight)) for number, sight in sights.items()}
    sources = [(number, Frame(coarse(key))) for number, key in keys.items()]
    known = partial(_known, tracks)
    holes = {
        one: ~np.logical_or.reduce([known(one, frame, other, source) for other, source in sources])
        for one, frame in frames.items()
    }
    order: list[int] = []
    while holes:
        found = {number: worth(frames[number], hole) for number, hole in holes.items()}
        most = max(found, key=found.__getitem__)
        if found[most] <= least:
            break
        order.append(most)
        del holes[most]
        for number, hole in holes.items():
            if hole.any():
                np.logical_and(hole, ~known(number, frames[number], most, frames[most]), out=hole)
    return tuple(order)


def _known(tracks: Tracks | None, number: int, frame: Frame, other: int, source: Frame) -> Bools:
    """N: which pixels of a coarse frame another shows, by their bodies or by being followed."""
    if tracks is None:
        return shown(frame, source)
    known = shown(frame, source, tracks.remade(number, other))
    followed = tracks.known(number, other)
    return known if followed is None else known | coarsened(followed).reshape(-1)


def worth(frame: Frame, hole: Bools) -> float:
    """How much a hole (N) is worth being painted: the share of the picture that it covers, more
    where it holds all of a body; up to ``LEAST`` it is filled from beside."""
    share = np.ones(len(hole), np.float32)
    for pixels in frame.pixels.values():
        if hole[pixels].all():
            share[pixels] = _NEVER_SEEN
    return float((share * hole).mean())
