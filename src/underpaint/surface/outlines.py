"""How far each pixel of a view is from where another surface begins.

Paint bleeds over outlines, so texels keep away from them: by ``MARGIN`` pixels, or, on things too
thin for that, by most of what they are wide.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ..passes.arrays import Bools, Bytes, Floats, Ints
from ..passes.edges import depth_parts

MARGIN = 3
"""Pixels beside an outline that are not taken from."""
FAR = 8
"""Distances are measured up to this many pixels."""
_OF_THIN = 0.6


@dataclass(frozen=True)
class Outlines:
    """``clearance``: H×W, 1 beside an outline … ``FAR``; ``clean``: H×W, may be taken from."""

    clearance: Bytes
    clean: Bools


def find_outlines(depth: Floats, object_id: Ints) -> Outlines:
    """Outlines are where the object changes, or the depth jumps within one."""
    right, below = depth_parts(depth, object_id)
    clearance = _clearance(right, below)
    ridge = _ridge(clearance, right, below)
    return Outlines(clearance, clearance >= np.minimum(MARGIN, _OF_THIN * ridge))


def _clearance(right: Bools, below: Bools) -> Bytes:
    """Steps along rows and columns to the nearest outline, 1…FAR."""
    distance = np.full((right.shape[0], below.shape[1]), FAR, np.uint8)
    for parted, first, second in (
        (right, distance[:, :-1], distance[:, 1:]),
        (below, distance[:-1], distance[1:]),
    ):
        first[parted] = 1
        second[parted] = 1
    for _ in range(FAR - 2):
        for first, second in ((distance[:, :-1], distance[:, 1:]), (distance[:-1], distance[1:])):
            np.minimum(first, second + 1, out=first)
            np.minimum(second, first + 1, out=second)
    return distance


def _ridge(clearance: Bytes, right: Bools, below: Bools) -> Bytes:
    """The largest clearance within FAR steps that cross no outline: half of how wide a thing is."""
    ridge = clearance.copy()
    pairs = (
        (~right, ridge[:, :-1], ridge[:, 1:]),
        (~below, ridge[:-1], ridge[1:]),
    )
    for _ in range(FAR):
        for together, first, second in pairs:
            np.maximum(first, second, out=first, where=together)
            np.maximum(second, first, out=second, where=together)
    return ridge
