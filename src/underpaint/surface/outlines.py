"""How far each pixel of a view is from where another surface begins.

Paint bleeds over outlines, so texels keep away from them: by ``_MARGIN`` pixels, or, on things too
thin for that, by most of what they are wide.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Bytes, Floats, Ints
from ..passes.edges import depth_parts

FAR = 32
"""Clearance is measured up to this many pixels."""
_THICK = 8  # what reaches this far from its outlines is not thin
_MARGIN = 3
_OF_THIN = 0.6
_WALL = np.uint8(255)
"""More than any distance."""
_BEHIND = 1.01  # a depth by this much larger than its neighbour's lies behind it


@dataclass(frozen=True)
class Outlines:
    """``clearance``: H×W, 1 beside an outline … ``FAR``; ``clean``: H×W, may be taken from;
    ``joined``: whether a pixel shows the same surface as its right (H×W−1) and its lower (H−1×W)
    neighbour."""

    clearance: Bytes
    clean: Bools
    joined: tuple[Bools, Bools]


def find_outlines(depth: Floats, object_id: Ints) -> Outlines:
    """Outlines are where the object changes, or the depth jumps within one.

    What is seen through a narrow gap is not thin itself: how wide a thing is, is measured between
    those of its outlines where it does not lie behind its neighbour.
    """
    parted = depth_parts(depth, object_id)
    joined = (~parted[0], ~parted[1])
    clearance, inside = (np.full(depth.shape, far, np.uint8) for far in (FAR, _THICK))
    for axis in (0, 1):
        one, other = _pairs(depth, axis)
        _mark(clearance, axis, parted[axis], parted[axis])
        _mark(
            inside,
            axis,
            parted[axis] & (one < other * _BEHIND),
            parted[axis] & (other < one * _BEHIND),
        )
    count_steps(clearance, FAR, None)
    count_steps(inside, _THICK, joined)
    clean = clearance >= np.minimum(_MARGIN, _OF_THIN * _ridge(inside, joined))
    return Outlines(clearance, clean, joined)


def find_own(outlines: Outlines, depth: Floats) -> Bools:
    """H×W: pixels that are clean, or beside no outlines but their own thing's and those where it
    touches others: there paint may be mixed with that of what lies behind or beside it, but none of
    what stands before it is printed on what lies far behind."""
    steps = steps_behind(outlines, depth, _MARGIN + 1, touching=False)
    own: Bools = outlines.clean | (steps >= _MARGIN)
    return own


def steps_behind(
    outlines: Outlines,
    depth: Floats,
    far: int,
    before: Bools | None = None,
    *,
    touching: bool = True,
) -> Bytes:
    """H×W: how far each pixel is, along its surface and up to ``far``, from an outline beyond which
    something stands before it; 1 beside it. ``before``: H×W, what counts as such; else all.
    ``touching``: so does what is about as far away as what it borders on."""
    distance = np.full(depth.shape, far, np.uint8)
    slack = np.float32(_BEHIND if touching else 1 / _BEHIND)
    for axis in (0, 1):
        one, other = _pairs(depth, axis)
        first = second = ~outlines.joined[axis]
        if before is not None:
            at_one, at_other = _pairs(before, axis)
            first, second = first & at_other, second & at_one
        _mark(distance, axis, first & (other < one * slack), second & (one < other * slack))
    count_steps(distance, far, outlines.joined)
    return distance


def _pairs(image: npt.NDArray[Any], axis: int) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """Views of all pixels but the last, and of their neighbours: to the right (0) or below (1)."""
    return (image[:, :-1], image[:, 1:]) if axis == 0 else (image[:-1], image[1:])


def _mark(distance: Bytes, axis: int, first: Bools, second: Bools) -> None:
    """Set the marked pixels of the pairs to 1."""
    one, other = _pairs(distance, axis)
    one[first] = 1
    other[second] = 1


def count_steps(distance: Bytes, far: int, joined: tuple[Bools, Bools] | None) -> None:
    """Count steps along rows and columns away from the ones, in place, up to ``far``; only over
    joined pairs."""
    walls = None if joined is None else tuple(np.where(way, np.uint8(0), _WALL) for way in joined)
    for _ in range(far - 2):
        for axis in (0, 1):
            one, other = _pairs(distance, axis)
            for to, of in ((one, other), (other, one)):
                step = of + np.uint8(1)
                if walls is not None:
                    np.maximum(step, walls[axis], out=step)  # eight times as fast as where=
                np.minimum(to, step, out=to)


def _ridge(inside: Bytes, joined: tuple[Bools, Bools]) -> Bytes:
    """The largest distance within ``_THICK`` steps over joined pairs: half a thing's width."""
    ridge = inside.copy()
    doors = tuple(np.where(way, _WALL, np.uint8(0)) for way in joined)
    for _ in range(_THICK):
        for axis in (0, 1):
            one, other = _pairs(ridge, axis)
            np.maximum(one, np.minimum(other, doors[axis]), out=one)
            np.maximum(other, np.minimum(one, doors[axis]), out=other)
    return ridge
