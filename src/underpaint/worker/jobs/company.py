"""What views that are painted together know of each other: an engine's ``Together``."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

import numpy as np

from ...passes.arrays import Bools
from ...surface.agreement import Agreement, meeting
from ...surface.noise import anchored_noise
from ...surface.sight import Sight
from ..engine import Held, Picture


class Company:
    """Views that are painted together, and those that were painted before them.

    ``sights`` are those of the first, then those of the second, whose ``pictures`` are given.
    ``shape``: height and width that the engine paints in, where that is more than the views have:
    what it adds at the right and the bottom agrees with nothing.
    """

    def __init__(
        self,
        sights: Sequence[Sight],
        pictures: Sequence[Picture],
        held: Sequence[Held | None],
        seed: int,
        shape: tuple[int, int],
    ) -> None:
        self._sights = sights
        self._count = len(sights) - len(pictures)
        self._seed = seed
        self._shape = shape
        self._agreements: dict[int, Agreement] = {}
        self._pictures = [self._padded(picture) for picture in pictures]
        self._held = [
            None if one is None else Held(self._padded(one.picture), self._padded(one.mask))
            for one in held
        ]

    @property
    def held(self) -> Sequence[Held | None]:
        """What stands already, for each of the views to be painted."""
        return self._held

    @property
    def finished(self) -> Sequence[Picture]:
        """The pictures that were painted before."""
        return self._pictures

    def noise(self, step: int, channels: int, number: int) -> list[Picture]:
        """See ``engine.Together.noise``."""
        seed = self._seed if number == 0 else self._seed ^ (number << 40)
        shape = (self._shape[0] // step, self._shape[1] // step, channels)
        whole = np.random.default_rng(seed).standard_normal(shape, np.float32)
        noise = []
        for sight in self._sights[: self._count]:
            anchored = anchored_noise(sight, step, channels, seed)
            noise.append(_laid_over(whole, anchored))
        return noise

    def agree(self, values: Sequence[Picture], step: int, sharpness: float) -> list[Picture]:
        """See ``engine.Together.agree``."""
        if step not in self._agreements:
            finished = len(self._sights) - self._count
            self._agreements[step] = Agreement(self._sights, step, self._meet, finished=finished)
        agreement = self._agreements[step]
        own = [
            value[:height, :width]
            for value, (height, width) in zip(values, agreement.shapes, strict=True)
        ]
        agreed = agreement.agree(own, sharpness)
        return [_laid_over(value, one) for value, one in zip(values, agreed, strict=False)]

    @cached_property
    def _meet(self) -> Bools:
        return meeting(self._sights)

    def _padded(self, picture: Picture) -> Picture:
        """The edge repeated to the engine's shape."""
        more = [(0, whole - side) for whole, side in zip(self._shape, picture.shape, strict=False)]
        return np.pad(picture, [*more, (0, 0)][: picture.ndim], mode="edge")


def _laid_over(whole: Picture, part: Picture) -> Picture:
    """``whole`` with ``part`` in its upper left corner."""
    value = whole.copy()
    value[: part.shape[0], : part.shape[1]] = part
    return value
