"""What deforms, followed from frame to frame by the motion that the renderer measured.

No matrix tells where a place of a deforming thing lies in another frame; but for every pixel the
motion pass says where its place was a frame before, and will be a frame after. Places are chained,
and never colours: a step is exact to a hundredth of a pixel, so ten of them add up to little. After
each step the way back is asked, too: where it leads elsewhere, something else of the same thing has
come before the place (an arm before its chest), and the track is lost (as T. Brox and J. Malik do
with optical flow: N. Sundaram et al., "Dense point trajectories by GPU-accelerated large
displacement optical flow", 2010).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats, Ints
from .frame import NOBODY, Frame, Indices
from .places import Places, flat

_ASTRAY = 0.75
"""Pixels that the way back may miss."""
_ALIKE = 1.0
"""Pixels by which the motion of neighbours may differ that are taken for one surface."""
_NONE = np.int32(-1)


@dataclass(frozen=True)
class Moment:
    """What of a frame is followed: ``index`` H×W into the M pixels that are, else −1; of these the
    ``things`` (object ids) and, 2×M, how many pixels (right and down) it is to where their places
    were a frame ``before``, and are a frame ``after``."""

    index: Ints
    things: Ints
    before: Floats
    after: Floats

    @classmethod
    def of(cls, object_id: Ints, motion: Floats, followed: Iterable[int]) -> Moment:
        """From a frame's object-id and motion passes: H×W, H×W×4 as Cycles writes it (right and
        up: before − now, then now − after)."""
        pixels = np.flatnonzero(np.isin(object_id, [*followed]))
        index = np.full(object_id.shape, _NONE)
        index.reshape(-1)[pixels] = np.arange(len(pixels), dtype=np.int32)
        right, up, left, down = motion.reshape(-1, 4)[pixels].T
        things = object_id.reshape(-1)[pixels]
        return cls(index, things, np.stack([right, -up]), np.stack([-left, down]))

    def at(self, column: npt.NDArray[np.intp], row: npt.NDArray[np.intp], things: Ints) -> Ints:
        """M indices of pixels that show these things; −1 for others, and beyond the picture."""
        height, width = self.index.shape
        inside = (column >= 0) & (row >= 0) & (column < width) & (row < height)
        found = self.index[np.where(inside, row, 0), np.where(inside, column, 0)]
        some = np.flatnonzero(inside & (found >= 0))
        shown = np.full(len(things), _NONE)
        same = some[self.things[found[some]] == things[some]]
        shown[same] = found[same]
        return shown


@dataclass(frozen=True)
class Track:
    """Where M pixels of a frame (flat indices ``pixel``) lie in another: ``column`` and ``row``."""

    pixel: Indices
    column: Floats
    row: Floats
    things: Ints

    def some(self, which: Indices | Bools) -> Track:
        """Only some of them."""
        return Track(self.pixel[which], self.column[which], self.row[which], self.things[which])


class Tracks:
    """Follows what deforms through neighbouring frames, by their numbers."""

    def __init__(self, moments: Mapping[int, Moment]) -> None:
        self._moments = moments

    def follow(self, number: int, other: int) -> Track | None:
        """Where a frame's pixels lie in another frame, as far as they can be followed there; None
        where a frame between them is not known."""
        toward = 1 if other > number else -1
        way = range(number, other + toward, toward)
        if number == other or not self._moments.keys() >= set(way):
            return None
        first = self._moments[number]
        pixel = np.flatnonzero(first.index.reshape(-1) >= 0)
        row, column = np.divmod(pixel, first.index.shape[1])
        track = Track(pixel, column.astype(np.float32), row.astype(np.float32), first.things)
        for here, there in itertools.pairwise(way):
            track = _stepped(track, self._moments[here], self._moments[there], toward)
        return track

    def known(self, number: int, other: int) -> Bools | None:
        """H×W: which of a frame's pixels can be followed to another; None as for ``follow``."""
        track = self.follow(number, other)
        if track is None:
            return None
        known = np.zeros(self._moments[number].index.shape, bool)
        known.reshape(-1)[track.pixel] = True
        return known


def places_of(track: Track, source: Frame) -> Places:
    """A track's end in the frame that it leads to: as deep there, and turned as, what is there."""
    body = _bodies(track, source)
    left, top = np.floor(track.column), np.floor(track.row)
    across, down = track.column - left, track.row - top
    corner = flat(source, left.astype(np.intp), top.astype(np.intp))
    taps = corner + np.array([[0], [1], [source.stride], [source.stride + 1]])
    shares = _bilinear(across, down) * (source.bodies.take(taps) == body)
    tap = taps[shares.argmax(0), np.arange(len(corner))]
    between = np.einsum("tm,tm->m", _bilinear(across, down), source.measure.take(taps))
    # beside an outline or a fold, what is between the four is nowhere
    measure = np.where(source.whole.take(corner), between, source.measure.take(tap))
    depth = 1 / measure if source.sight.camera.perspective else measure
    normal = source.facing.take(tap, 1)
    return Places(track.pixel, track.column, track.row, depth, normal, body)


def _bodies(track: Track, source: Frame) -> Ints:
    """M: the bodies that a track's things are there."""
    by_thing = {thing: body for body, thing in source.sight.things.items()}
    things, which = np.unique(track.things, return_inverse=True)
    there = [by_thing.get(thing, NOBODY) for thing in things.tolist()]
    return np.array(there, np.int32)[which.reshape(-1)]


def _bilinear(across: Floats, down: Floats) -> Floats:
    """4×M: the shares of the pixels around, the upper ones first."""
    return np.stack(
        [(1 - across) * (1 - down), across * (1 - down), (1 - across) * down, across * down]
    )


def _stepped(track: Track, here: Moment, there: Moment, toward: int) -> Track:
    """A frame on; without what is lost."""
    ahead, back = (here.after, there.before) if toward > 0 else (here.before, there.after)
    moved, known = _motion(here, ahead, track)
    track = Track(track.pixel, track.column + moved[0], track.row + moved[1], track.things)
    track, moved = track.some(known), moved[:, known]
    returned, known = _motion(there, back, track)
    off = np.square(moved + returned).sum(0)
    return track.some(known & (off <= np.float32(_ASTRAY * _ASTRAY)))


def _motion(moment: Moment, motion: Floats, track: Track) -> tuple[Floats, Bools]:
    """2×M: the motion where a track is, between the pixels around that move alike; and whether any
    shows the thing there."""
    left, top = np.floor(track.column), np.floor(track.row)
    across, down = track.column - left, track.row - top
    column, row = left.astype(np.intp), top.astype(np.intp)
    taps = [
        moment.at(column + right, row + below, track.things)
        for below, right in itertools.product((0, 1), repeat=2)
    ]
    share = np.where(np.stack(taps) >= 0, _bilinear(across, down), np.float32(0))
    values = np.stack([motion.take(np.maximum(tap, 0), 1) for tap in taps])
    known: Bools = share.max(0) > 0
    nearest = values[share.argmax(0), :, np.arange(len(known))].T
    alike = np.square(values - nearest).sum(1) <= np.float32(_ALIKE * _ALIKE)
    share *= alike
    total = np.maximum(share.sum(0), np.float32(1e-6))
    mean: Floats = np.einsum("tm,tcm->cm", share, values) / total
    return mean, known
