"""What deforms, followed from frame to frame by the motion that the renderer measured.

No matrix tells where a place of a deforming thing lies in another frame; but for every pixel the
motion pass says where its place was a frame before, and will be a frame after. Places are chained,
and never colours: a step is exact to a hundredth of a pixel, so ten of them add up to little. After
each step the way back is asked, too: where it leads elsewhere, something else of the same thing has
come before the place (an arm before its chest), and the track is lost (as T. Brox and J. Malik do
with optical flow: N. Sundaram et al., "Dense point trajectories by GPU-accelerated large
displacement optical flow", 2010). What has more or fewer points than a frame before is another
thing, of which the renderer measured no motion: it is followed no further, but looked for where it
stands (``places``).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from types import MappingProxyType

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
    were a frame ``before``, and are a frame ``after``. ``points``: how many the surfaces of a thing
    have, of those by which they are followed."""

    index: Ints
    things: Ints
    before: Floats
    after: Floats
    points: Mapping[int, frozenset[int]]

    @cached_property
    def pixel(self) -> Indices:
        """M flat indices of the pixels that are followed."""
        return np.flatnonzero(self.index.reshape(-1) >= 0)

    @cached_property
    def places(self) -> Floats:
        """2×M: their columns and rows."""
        row, column = np.divmod(self.pixel, self.index.shape[1])
        return np.stack([column, row]).astype(np.float32)

    @classmethod
    def of(
        cls,
        object_id: Ints,
        motion: Floats,
        followed: Iterable[int],
        points: Mapping[int, frozenset[int]] = MappingProxyType({}),
    ) -> Moment:
        """From a frame's object-id and motion passes: H×W, H×W×4 as Cycles writes it (right and
        up: before − now, then now − after)."""
        pixels = np.flatnonzero(np.isin(object_id, [*followed]))
        index = np.full(object_id.shape, _NONE)
        index.reshape(-1)[pixels] = np.arange(len(pixels), dtype=np.int32)
        right, up, left, down = motion.reshape(-1, 4)[pixels].T
        things = object_id.reshape(-1)[pixels]
        return cls(index, things, np.stack([right, -up]), np.stack([-left, down]), points)

    def remade(self, other: Moment) -> set[int]:
        """The things that have other points there: more, or fewer, and not only more placements."""
        both = self.points.keys() & other.points.keys()
        pairs = ((thing, self.points[thing], other.points[thing]) for thing in both)
        return {thing for thing, one, two in pairs if not (one <= two or two <= one)}

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
    """Follows what deforms through neighbouring frames, by their numbers.

    What leads from a frame to the end of a way is kept: with it a frame farther off is a step away.
    """

    def __init__(self, moments: Mapping[int, Moment]) -> None:
        self._moments = moments
        self._led: dict[tuple[int, int], Floats] = {}

    def follow(self, number: int, other: int) -> Track | None:
        """Where a frame's pixels lie in another frame, as far as they can be followed there; None
        where a frame between them is not known."""
        toward = 1 if other > number else -1
        if number == other or not self._moments.keys() >= {*range(number, other, toward), other}:
            return None
        moment = self._moments[number]
        column, row = self._leads(number, other)
        height, width = moment.index.shape
        with np.errstate(invalid="ignore"):
            inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
        return Track(moment.pixel, column, row, moment.things).some(inside)

    def known(self, number: int, other: int) -> Bools | None:
        """H×W: which of a frame's pixels can be followed to another; None as for ``follow``."""
        track = self.follow(number, other)
        if track is None:
            return None
        known = np.zeros(self._moments[number].index.shape, bool)
        known.reshape(-1)[track.pixel] = True
        return known

    def remade(self, number: int, other: int) -> frozenset[int]:
        """The things that become other ones on the way to another frame, and back again maybe."""
        first, last = sorted((number, other))
        way = [moment for at, moment in sorted(self._moments.items()) if first <= at <= last]
        steps = (one.remade(two) for one, two in itertools.pairwise(way))
        return frozenset[int]().union(*steps)

    def _leads(self, number: int, other: int) -> Floats:
        """2×M: column and row in the other frame, no number where a track is lost."""
        if (number, other) not in self._led:
            toward = 1 if other > number else -1
            near = number + toward
            one = _step(self._moments[number], self._moments[near], toward)
            if near != other:
                one = _through(
                    self._moments[number], one, self._moments[near], self._leads(near, other)
                )
            self._led[number, other] = one
        return self._led[number, other]


def places_of(track: Track, source: Frame) -> Places:
    """A track's end in the frame that it leads to: as deep there, and turned as, what is there."""
    body = _bodies(track, source)
    left, top = np.floor(track.column), np.floor(track.row)
    across, down = track.column - left, track.row - top
    corner = flat(source, left.astype(np.intp), top.astype(np.intp))
    taps = corner + np.array([[0], [1], [source.stride], [source.stride + 1]])
    shares = _bilinear(across, down)
    mine = shares * (source.bodies.take(taps) == body)
    tap = taps[mine.argmax(0), np.arange(len(corner))]
    between = np.einsum("tm,tm->m", shares, source.measure.take(taps))
    # beside an outline or a fold, what is between the four is nowhere
    measure = np.where(source.whole.take(corner), between, source.measure.take(tap))
    depth = 1 / measure if source.sight.camera.perspective else measure
    places = Places(track.pixel, track.column, track.row, depth, source.facing.take(tap, 1), body)
    return places.some(np.flatnonzero(mine.max(0)))


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


def _step(here: Moment, there: Moment, toward: int) -> Floats:
    """2×M: where pixels lie a frame on; no number where the way back leads elsewhere, or nowhere as
    the thing is made anew."""
    ahead, back = (here.after, there.before) if toward > 0 else (here.before, there.after)
    places = here.places + ahead
    returned = _sampled(there, back, places, here.things)
    off = np.square(ahead + returned).sum(0)
    with np.errstate(invalid="ignore"):
        places[:, ~(off <= np.float32(_ASTRAY * _ASTRAY))] = np.nan
    places[:, np.isin(here.things, [*here.remade(there)])] = np.nan
    return places


def _through(here: Moment, places: Floats, there: Moment, leads: Floats) -> Floats:
    """2×M: where places in a frame lie at the end of the way that ``leads`` on from there."""
    return places + _sampled(there, leads - there.places, places, here.things)


def _sampled(moment: Moment, ways: Floats, places: Floats, things: Ints) -> Floats:
    """2×M: the ``ways`` that a moment's pixels go, at places between them: of those around that
    show the thing, and go as the nearest does; no number where none does."""
    known = np.isfinite(places[0])
    left, top = np.floor(np.where(known, places, np.float32(-9)))
    across, down = places[0] - left, places[1] - top
    column, row = left.astype(np.intp), top.astype(np.intp)
    taps = [
        moment.at(column + right, row + below, things)
        for below, right in itertools.product((0, 1), repeat=2)
    ]
    share = np.where(np.stack(taps) >= 0, _bilinear(across, down), np.float32(0))
    values = np.stack([ways.take(np.maximum(tap, 0), 1) for tap in taps])
    nearest = values[share.argmax(0), :, np.arange(len(known))].T
    with np.errstate(invalid="ignore"):
        share *= np.square(values - nearest).sum(1) <= np.float32(_ALIKE * _ALIKE)
    total = share.sum(0)
    mean = np.einsum("tm,tcm->cm", share, np.where(share[:, None] > 0, values, np.float32(0)))
    with np.errstate(invalid="ignore", divide="ignore"):
        sampled: Floats = mean / total
    return sampled
