"""Mix what the views of an object show into the colours of its texels.

In three bands, as P. Burt and E. Adelson mix mosaics ("A multiresolution spline with application to
image mosaics", 1983): what is broad is mixed over wide stretches and what is fine comes from the
view that sees best, so that neither borders nor ghosts are seen. The bands are parted in the views
and not in the texture: in a view, what lies side by side on the surface lies side by side, in the
texture it may lie on two islands.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats
from .footprints import Footprints, ObjectSight, Pose, Spots, find_spots, open_sight, texel_widths
from .sampling import sample, sample_broad
from .texels import Points, Texels

_BLOCK = 1 << 17
"""Texels at a time: as many as processors keep at hand."""
_BANDS = ((2, 32.0), (3, 16.0), (4, 8.0))
"""Of the broad, the middling and the fine: how often the views' weights are squared, and over how
many pixels a view fades out where it ends."""
_LEAST_FADE = np.float32(0.05)
_WORTH = np.float32(0.25)
"""A view that sees a texel with less than this share of the best one's weight is not asked."""

_Indices = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Blend:
    """``colours``: N×3 linear light of the texels; ``sure``: N, 0…1, how far views could paint
    them: at 0 the colours are but hints of their tone, or nothing at all where not ``hinted`` (N).
    """

    colours: Floats
    sure: Floats
    hinted: Bools


def blend(
    texels: Texels,
    uv: Floats,
    object_id: int,
    poses: Sequence[Pose],
    gains: Floats | None = None,
    threads: int = 1,
) -> Blend:
    """What the views paint on the texels. ``gains``: views × 3, factors of their light."""
    factors = np.ones((len(poses), 3), np.float32) if gains is None else gains
    points = _all_points(texels)
    sights = [
        (open_sight(points, texel_widths(uv, pose.positions, texels.size), object_id, pose), factor)
        for pose, factor in zip(poses, factors, strict=True)
    ]
    able = [(sight, factor) for sight, factor in sights if sight is not None]
    count = len(texels.index)
    mixed = Blend(
        np.zeros((count, 3), np.float32), np.zeros(count, np.float32), np.zeros(count, np.bool_)
    )
    order = np.argsort(texels.copies.place, kind="stable")

    def mix(start: int) -> None:
        some = slice(start, start + _BLOCK)
        block = _mix(_looks(texels, order, able, some), min(_BLOCK, count - start))
        _mix_beside(block, texels, able, start)
        mixed.colours[some], mixed.sure[some] = block.colours, block.sure
        mixed.hinted[some] = block.hinted

    with ThreadPoolExecutor(threads, "blender") as pool:
        for _ in pool.map(mix, range(0, count, _BLOCK)):
            pass
    return mixed


@dataclass(frozen=True)
class _Look:
    """Footprints of a view in a block; ``place``: which of its texels each is of."""

    sight: ObjectSight
    factor: Floats
    prints: Footprints
    place: _Indices


class _Spots:
    """Some texels (their places in the list) on one pose after another."""

    def __init__(self, texels: Points, chosen: _Indices) -> None:
        self._texels, self._chosen = texels, chosen
        self._known: dict[tuple[int, int], Spots] = {}

    def on(self, pose: Pose) -> Spots:
        """Where they are on a pose; what does not move is placed once."""
        key = (id(pose.positions), id(pose.normals))
        if key not in self._known:
            self._known[key] = find_spots(self._texels, self._chosen, pose)
        return self._known[key]


def _all_points(texels: Texels) -> Points:
    """The texels' points and their copies', in one list."""
    return Points(
        np.concatenate([texels.triangle, texels.copies.triangle]),
        np.concatenate([texels.weights, texels.copies.weights]),
    )


def _looks(
    texels: Texels, order: _Indices, sights: Sequence[tuple[ObjectSight, Floats]], some: slice
) -> list[_Look]:
    """All that the views see of some texels. ``order``: sorts the copies by their place."""
    chosen = np.arange(some.start, min(some.stop, len(texels.index)))
    place = texels.copies.place
    ends = np.searchsorted(place, (some.start, some.stop), sorter=order)
    copies = order[ends[0] : ends[1]]
    looks, own, shared = [], _Spots(texels, chosen), _Spots(texels.copies, copies)
    for sight, factor in sights:
        prints = sight.look(own.on(sight.pose))
        looks.append(_Look(sight, factor, prints, prints.texel - some.start))
        if len(copies):
            prints = sight.look(shared.on(sight.pose))
            looks += _apart(_Look(sight, factor, prints, place[prints.texel] - some.start))
    return [look for look in looks if len(look.place)]


def _apart(look: _Look) -> Iterator[_Look]:
    """Looks of which none has two footprints in one texel."""
    while len(look.place):
        _, first = np.unique(look.place, return_index=True)
        yield replace(look, prints=look.prints.of(first), place=look.place[first])
        rest = np.ones(len(look.place), bool)
        rest[first] = False
        look = replace(look, prints=look.prints.of(rest), place=look.place[rest])


def _mix(looks: Sequence[_Look], count: int) -> Blend:
    best, sure = (np.zeros(count, np.float32) for _ in range(2))
    for look in looks:
        best[look.place] = np.maximum(best[look.place], look.prints.weight)
        sure[look.place] = np.maximum(sure[look.place], look.prints.sure)
    totals = np.zeros((count, len(_BANDS)), np.float32)
    colours = np.zeros((count, len(_BANDS), 3), np.float32)
    for look in looks:
        share = look.prints.weight / best[look.place]
        worth = np.flatnonzero(share > _WORTH)
        prints, place = look.prints.of(worth), look.place[worth]
        share = (share[worth] - _WORTH) / (1 - _WORTH)
        weights = np.empty((len(worth), len(_BANDS)), np.float32)
        for number, (doublings, reach) in enumerate(_BANDS):
            power = np.clip(prints.inner / np.float32(reach), _LEAST_FADE, 1)
            power *= share
            for _ in range(doublings):
                power *= power
            weights[:, number] = power
        totals[place] += weights
        colours[place] += _bands(prints, look) * weights[..., None]
    colours /= np.maximum(totals, np.float32(1e-30))[..., None]
    colours[sure <= 0, 1:] = 0
    return Blend(colours.sum(1), sure, best > 0)


def _mix_beside(
    block: Blend, texels: Texels, sights: Sequence[tuple[ObjectSight, Floats]], start: int
) -> None:
    """Paint what no view sees away from outlines with what stands beside it, in place."""
    bare = np.flatnonzero(block.sure < 1)
    if not len(bare):
        return
    looks, spots = [], _Spots(texels, start + bare)
    for sight, factor in sights:
        prints = sight.look_beside(spots.on(sight.pose))
        if len(prints.texel):
            looks.append(_Look(sight, factor, prints, np.searchsorted(bare, prints.texel - start)))
    beside = _mix(looks, len(bare))
    better = np.flatnonzero(beside.sure > block.sure[bare])
    block.colours[bare[better]] = beside.colours[better]
    block.sure[bare[better]] = beside.sure[better]
    block.hinted[bare] |= beside.hinted


def _bands(prints: Footprints, look: _Look) -> Floats:
    """What the view shows, M×3×3: broad, middling and fine, which add up to its light."""
    broad = sample_broad(prints, look.sight.view)
    bands = np.empty((len(broad), len(_BANDS), 3), np.float32)
    bands[:, 0] = broad[:, 3:]
    np.subtract(broad[:, :3], broad[:, 3:], out=bands[:, 1])
    np.subtract(sample(prints, look.sight.view), broad[:, :3], out=bands[:, 2])
    bands *= look.factor
    return bands
