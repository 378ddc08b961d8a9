"""Blur a picture within its surfaces only.

The recursive filter of E. Gastal and M. Oliveira, "Domain transform for edge-aware image and video
processing", 2011, with outlines as its only edges: nothing crosses them, and along a surface it is
nearly a Gaussian.
"""

from __future__ import annotations

import math

import numpy as np

from ..passes.arrays import Bools, Floats

_ROUNDS = 2


def smooth(picture: Floats, joined: tuple[Bools, Bools], width: float) -> Floats:
    """H×W×C means over about ``width`` pixels (a standard deviation).

    ``joined``: whether a pixel and its right (H×W−1), or its lower (H−1×W) neighbour show the same
    surface.
    """
    across, down = joined[0].T[..., None], joined[1][..., None]
    lines = np.ascontiguousarray(picture.swapaxes(0, 1))
    for number in range(_ROUNDS):
        share = math.sqrt(3) * 2 ** (_ROUNDS - 1 - number) / math.sqrt(4**_ROUNDS - 1)
        keep = np.float32(math.exp(-math.sqrt(2) / (width * share)))
        _sweep(lines, across * keep)
        lines = np.ascontiguousarray(lines.swapaxes(0, 1))
        _sweep(lines, down * keep)
        if number < _ROUNDS - 1:
            lines = np.ascontiguousarray(lines.swapaxes(0, 1))
    return lines


def _sweep(lines: Floats, keep: Floats) -> None:
    """Carry a share of each line into the next, forward and back, in place.

    ``keep``: how much of it, between each pair of lines.
    """
    carried = np.empty_like(lines[0])
    count = len(lines)
    for to, back in [(n, n - 1) for n in range(1, count)] + [
        (n, n + 1) for n in range(count - 2, -1, -1)
    ]:
        np.subtract(lines[back], lines[to], out=carried)
        carried *= keep[min(to, back)]
        lines[to] += carried
