"""A painted frame, to be gathered from: its light, ready to be sampled between pixels."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from ..passes.arrays import Floats
from ..passes.colour import to_linear
from .frame import PAD, Frame, Indices
from .seen import STILL, Amid, Beside

_REACH = 2
"""Pixels around a place that may be asked for it."""
_BAND = 1 << 15
"""Places sampled at once, so that what is in between stays in the processor's cache."""


@dataclass(frozen=True)
class Painted:
    """``picture``: H×W×3 sRGB of ``frame``, at ``time`` (any unit, the same for all of a shot).

    ``anew``: H×W in 0…1 where only a part of it was painted anew: a patch; None: all of it, a key.
    """

    frame: Frame
    picture: Floats
    time: float
    anew: Floats | None = None

    @cached_property
    def bounds(self) -> tuple[int, int, int, int]:
        """Left, top, right and bottom pixel of what lends anything of a patch, and of what may be
        looked for beside it."""
        assert self.anew is not None
        some = self.anew > 0
        rows, columns = np.flatnonzero(some.any(1)), np.flatnonzero(some.any(0))
        if not len(rows):
            return 0, 0, -2, -2
        return (
            int(columns[0]) - _REACH,
            int(rows[0]) - _REACH,
            int(columns[-1]) + _REACH,
            int(rows[-1]) + _REACH,
        )

    @cached_property
    def light(self) -> Floats:
        """3×M, bordered: linear light."""
        light = to_linear(self.picture.astype(np.float32, copy=False))
        return bordered_planes(light)

    @cached_property
    def tones(self) -> Mapping[int, Floats]:
        """Object id → 3: the mean linear light of what is seen of it."""
        light = to_linear(self.picture.astype(np.float32, copy=False)).reshape(-1, 3)
        pixels: defaultdict[int, list[Indices]] = defaultdict(list)
        for body, some in self.frame.pixels.items():
            pixels[self.frame.sight.things.get(body, body)].append(some)
        return {thing: light[np.concatenate(some)].mean(0) for thing, some in pixels.items()}

    @cached_property
    def inner(self) -> Floats:
        """The same, but beside outlines what the surface shows a pixel farther in.

        Painted outlines are soft: the pixels beside them hold some of what was beyond.
        """
        light = self.light.reshape(3, -1, self.frame.stride)[:, PAD:-PAD, PAD:-PAD]
        outlines = self.frame.outlines
        edge = outlines.clearance == 1
        total, count = np.zeros_like(light), np.zeros(self.frame.shape, np.float32)
        for axis, joined in ((2, outlines.joined[0]), (1, outlines.joined[1])):
            lead, tail = (slice(None),) * axis, (slice(None),) * (2 - axis)
            one, other = (*lead, np.s_[:-1], *tail), (*lead, np.s_[1:], *tail)
            for to, of in ((one, other), (other, one)):
                share = (joined & ~edge[of[1:]]).astype(np.float32)
                total[to] += light[of] * share
                count[to[1:]] += share
        take = edge & (count > 0)
        inner = np.where(take, total / np.maximum(count, 1), light)
        return bordered_planes(np.moveaxis(inner, 0, -1))


def bordered_planes(picture: Floats) -> Floats:
    """C×M, bordered: the channels of a picture (H×W×C), to be sampled."""
    padded = np.pad(picture, ((PAD, PAD), (PAD, PAD), (0, 0)), mode="edge")
    return np.ascontiguousarray(np.moveaxis(padded, -1, 0)).reshape(picture.shape[-1], -1)


def sample_amid(planes: Floats, stride: int, amid: Amid) -> Floats:
    """C×M values of bordered planes at places amid surfaces.

    Interpolated as E. Catmull and R. Rom do ("A class of local interpolating splines", 1974), which
    keeps a picture sharp; a place in the middle of a pixel is that pixel, unchanged.
    """
    out = np.empty((len(planes), len(amid.pixel)), np.float32)
    for start in range(0, len(amid.pixel), _BAND):
        band = slice(start, start + _BAND)
        corner, across, down = amid.corner[band], amid.across[band], amid.down[band]
        moved = np.flatnonzero((across >= STILL) | (down >= STILL))
        if len(moved) < len(corner):
            out[:, band] = planes.take(corner, 1)
        if len(moved) == len(corner):
            _splined(planes, stride, corner, across, down, out[:, band])
        elif len(moved):
            some = np.empty((len(planes), len(moved)), np.float32)
            _splined(planes, stride, corner[moved], across[moved], down[moved], some)
            out[:, start + moved] = some
    return out


def _splined(
    planes: Floats, stride: int, corner: Indices, across: Floats, down: Floats, out: Floats
) -> None:
    columns, rows = _weights(across), _weights(down)
    taps = [corner + (row * stride + column) for row in range(-1, 3) for column in range(-1, 3)]
    line, value = np.empty_like(across), np.empty_like(across)
    out[:] = 0
    for plane, total in zip(planes, out, strict=True):
        for row, weight in enumerate(rows):
            np.take(plane, taps[4 * row], out=line, mode="clip")
            line *= columns[0]
            for column in (1, 2, 3):
                np.take(plane, taps[4 * row + column], out=value, mode="clip")
                value *= columns[column]
                line += value
            line *= weight
            np.add(total, line, out=total)
    np.clip(out, 0, 1, out=out)


def _weights(t: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """Of the values at −1, 0, 1 and 2, for places t in 0…1."""
    half, square = np.float32(0.5), t * t
    cube = square * t
    first = -half * cube + square - half * t
    last = half * (cube - square)
    third = half * t + np.float32(2) * square - np.float32(1.5) * cube
    return first, 1 - first - third - last, third, last


def sample_beside(planes: Floats, beside: Beside) -> Floats:
    """C×M values of bordered planes at places beside outlines."""
    total = planes.take(beside.taps[0], 1) * beside.shares[0]
    for tap, share in zip(beside.taps[1:], beside.shares[1:], strict=True):
        total += planes.take(tap, 1) * share
    return total


def spread(amid: Amid, beside: Beside, one: Floats, two: Floats, count: int) -> Floats:
    """Values (C×M each) of the places, put where their pixels are: C×``count``, else 0."""
    if len(amid.pixel) == count:
        return one
    out = np.zeros((len(one), count), np.float32)
    for line, first, second in zip(out, one, two, strict=True):
        line[amid.pixel], line[beside.pixel] = first, second
    return out
