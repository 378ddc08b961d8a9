"""Views of one surface agree: where several show the same place, each gets the mean of them all.

The mean of a place is weighted by how well each view sees it, raised to a sharpness: at 1 all have
a say, at 6 the best view almost decides. As a place's weights are the same whoever asks, all its
views get the same value. Averaging the clean images that a model predicts beats averaging noise or
latents in between (J. Kim et al., "SyncTweedies", 2024); a mean of that kind at every step keeps
views together while they are painted (Y. Liu et al., "SyncMVD", 2023).
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats
from .sight import Level, Sight, Sources
from .smoothing import smooth

_ASIDE = 1e-3
"""Part of the best weight below which a view has no say."""
_CALM = 3.0
"""Pixels over which a change is smoothed beside outlines: there one pixel finds its place in
another view and the next does not, which would leave specks."""
_TONE, _MUCH = 1 / 12, np.float32(0.5)
"""Of a picture's shorter side: over how much a change's tone is told; and the part of what lies
around that must have changed for it to be carried on whole; farther off it fades."""
_THREADS = 2
_ALL = slice(None)
_COARSE, _LEAST_ALONG = 12, 24
"""Pixels between those by which it is told which views meet, and how many there are at the least
along a side of a picture."""


@dataclass(frozen=True)
class Link:
    """Where pixels of the view ``target`` lie in the view ``source``."""

    target: int
    source: int
    places: Sources


class Agreement:
    """The agreement of V views at one resolution, every ``step``-th pixel of their pictures.

    The last ``finished`` of them have their say and stay as they are. ``meet`` as ``meeting`` gives
    it, for all. Links between views are kept where that takes little memory, as for latents, else
    found again each time.
    """

    def __init__(
        self, sights: Sequence[Sight], step: int, meet: Bools | None = None, *, finished: int = 0
    ) -> None:
        self._levels: list[Level] = [sight.level(step) for sight in sights]
        self._open = len(sights) - finished
        self._meet = meeting(sights) if meet is None else meet
        self._keep = step > 1
        self._kept: dict[int, list[Link]] = {}

    @property
    def shapes(self) -> list[tuple[int, int]]:
        """Height and width of each view's values."""
        return [level.shape for level in self._levels]

    def links(self, target: int) -> Iterator[Link]:
        """Where a view's pixels lie in each of the others."""
        if target not in self._kept:
            found = self._found(target)
            if not self._keep:
                yield from found
                return
            self._kept[target] = list(found)
        yield from self._kept[target]

    def agree(self, values: Sequence[Floats], sharpness: float) -> list[Floats]:
        """Values of the unfinished views, of those of all (H×W×C each), after they agreed; where a
        place is seen by one view alone, or by none well enough, its value stays."""
        with ThreadPoolExecutor(min(_THREADS, os.cpu_count() or 1)) as pool:
            jobs = [
                pool.submit(self._agreed, target, values, sharpness) for target in range(self._open)
            ]
            return [job.result() for job in jobs]

    def differences(self, values: Sequence[Floats]) -> Iterator[tuple[Floats, Floats]]:
        """For each pair of views: squared differences (M) of values where both show the same, and
        weights (M): those of the view that sees the place less well."""
        for target in range(len(values)):
            own = values[target].reshape(-1, values[target].shape[-1])
            weight = self._levels[target].weight
            for link in self.links(target):
                seen = _sampled(values[link.source], link.places)
                off = ((own[link.places.target] - seen) ** 2).mean(1)
                yield off, np.minimum(link.places.weight, weight[link.places.target])

    def _agreed(self, target: int, values: Sequence[Floats], sharpness: float) -> Floats:
        value = values[target]
        own = value.reshape(-1, value.shape[-1])
        best, heard = self._levels[target].weight.copy(), np.zeros(len(own), bool)
        links = list(self.links(target))
        for link in links:
            at = link.places.target
            best[at] = np.maximum(best[at], link.places.weight)
            heard[at] = True
        best = np.maximum(best, np.float32(1e-20))
        alike = self._levels[target].weight / best
        total = alike**sharpness
        mean = own * total[:, None]
        for link in links:
            at = link.places.target
            share = (link.places.weight / best[at]) ** sharpness
            some = np.flatnonzero(share > _ASIDE)
            at, share = at[some], share[some]
            mean[at] += share[:, None] * _sampled(values[link.source], link.places, some)
            total[at] += share
        change = np.where(heard[:, None], mean / np.maximum(total, 1e-20)[:, None] - own, 0)
        return (own + self._yielded(target, change, heard, alike)).reshape(value.shape)

    def _yielded(self, target: int, change: Floats, heard: Bools, alike: Floats) -> Floats:
        """What of a change (N×C) a view takes; ``alike``: how well it sees a place beside the view
        that sees it best.

        What no other view shows (not ``heard`` of) changes in tone with what lies around it: else a
        step would show where their pictures end. Beside outlines a view that is aloof takes less
        and nothing of the detail.
        """
        level = self._levels[target]
        if not heard.any():
            return change
        change = _carried_on(level, change, heard)
        if level.step > 1 or not level.sight.aloof:
            return change
        yielding = level.yielding[:, None]
        image = change.reshape(*level.shape, -1)
        calm = smooth(image, level.sight.joined, _CALM).reshape(change.shape)
        share = yielding + (1 - yielding) * alike[:, None]
        taken: Floats = (calm + (change - calm) * yielding) * share
        return taken

    def _found(self, target: int) -> Iterator[Link]:
        places = self._levels[target].places()
        for source in np.flatnonzero(self._meet[target]):
            found = self._levels[source].sources(places)
            if len(found.target):
                yield Link(target, int(source), found)


def _carried_on(level: Level, change: Floats, heard: Bools) -> Floats:
    """A change (N×C), with its tone where nothing is heard, along the surface from where it is."""
    both = np.concatenate([change, heard[:, None]], 1, dtype=np.float32)
    image = both.reshape(*level.shape, -1)
    wide = smooth(image, level.joined, _TONE * min(level.shape)).reshape(both.shape)
    tone = wide[:, :-1] / np.maximum(wide[:, -1:], _MUCH)
    return np.where(heard[:, None], change, tone)


def meeting(sights: Sequence[Sight]) -> Bools:
    """V×V: which views may show one place, as far as a few hundred of their pixels tell."""
    side = min((min(sight.depth.shape) for sight in sights), default=0)
    levels = [sight.level(max(1, min(_COARSE, side // _LEAST_ALONG))) for sight in sights]
    places = [level.places() for level in levels]
    meet = np.zeros((len(levels),) * 2, bool)
    for one, two in itertools.permutations(range(len(levels)), 2):
        meet[one, two] = len(levels[two].sources(places[one]).target) > 0
    return meet | meet.T


def _sampled(values: Floats, places: Sources, some: npt.NDArray[np.int64] | slice = _ALL) -> Floats:
    """Values (H×W×C) of a view at places of another, M×C."""
    flat = values.reshape(-1, values.shape[-1])
    taps, shares = places.taps[some], places.shares[some]
    total = flat[taps[:, 0]] * shares[:, :1]
    for tap in (1, 2, 3):
        total += flat[taps[:, tap]] * shares[:, tap : tap + 1]
    return total
