"""How still a shot holds, and what that cost in sharpness: measured frame by frame, by true motion.

A blur would hold still too, so the warp error never stands without the sharpness beside it. What
rolls (``places``) is asked whether its light stays, and not whether that rolls along.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from ..passes.arrays import Bools, Floats
from ..passes.edges import edge_control
from ..surface.sight import Sight
from .frame import Frame
from .painted import bordered_planes, sample_amid
from .places import find_places
from .seen import look

_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)
_GRID = 6
"""Pixels between the points that are followed."""
_FOLLOWED = 12
"""Frames over which they are followed, before others are taken."""
_OFTEN = 4
"""Frames that must show a point for its spread to count."""
_LINE = 0.3
_WITHIN = 2


@dataclass
class _Mean:
    """A sum, and of how many."""

    total: float = 0.0
    count: float = 0.0

    def add(self, total: float, count: float) -> None:
        self.total += total
        self.count += count

    @property
    def value(self) -> float:
        return self.total / max(self.count, 1e-12)


@dataclass
class _Followed:
    """Points of a frame, every ``_GRID``-th pixel, looked for in the frames from it on: sums and
    sums of squares (3×N) of how often (N) they were seen."""

    grid: Frame
    frames: int = 0

    def __post_init__(self) -> None:
        count = len(self.grid.ids)
        self._sum, self._squares = (np.zeros((3, count), np.float64) for _ in range(2))
        self._seen = np.zeros(count, np.int64)

    def add(self, frame: Frame, picture: Floats) -> None:
        amid, _beside = look(self.grid, frame, find_places(self.grid, frame))
        values = sample_amid(bordered_planes(picture), frame.stride, amid).astype(np.float64)
        self._sum[:, amid.pixel] += values
        self._squares[:, amid.pixel] += np.square(values)
        self._seen[amid.pixel] += 1
        self.frames += 1

    def variance(self) -> tuple[float, int]:
        """The sum of the variances of those seen often enough, and of how many values."""
        often = self._seen >= _OFTEN
        seen = self._seen[often]
        mean = self._sum[:, often] / seen
        variance = np.maximum(self._squares[:, often] / seen - np.square(mean), 0)
        return float(variance.sum()), variance.size


@dataclass
class Steadiness:
    """Add a shot's frames in order; read any of the figures at any time. Memory stays the same."""

    _last: tuple[Frame, Floats] | None = None
    _followed: _Followed | None = None
    _warp: _Mean = field(default_factory=_Mean)
    _spread: _Mean = field(default_factory=_Mean)
    _sharp: _Mean = field(default_factory=_Mean)
    _edges: _Mean = field(default_factory=_Mean)

    def add(self, frame: Frame, picture: Floats) -> None:
        """The next frame, H×W×3 sRGB."""
        if self._last is not None:
            off = _differences(*self._last, frame, picture)
            self._warp.add(float(np.square(off).sum()), off.size)
        self._follow(frame, picture)
        self._sharp.add(*_steps(frame, picture))
        self._edges.add(edge_f1(frame.sight, picture), 1)
        self._last = (frame, picture)

    @property
    def warp_error(self) -> float:
        """Root mean square difference in sRGB between each pixel and its place one frame on, where
        both frames show it, away from outlines and folds."""
        return float(np.sqrt(self._warp.value))

    @property
    def spread(self) -> float:
        """Root mean variance over time, in sRGB, of points that stick to bodies, over ``_FOLLOWED``
        frames, as far as they are seen."""
        mean = _Mean(self._spread.total, self._spread.count)
        if self._followed is not None:
            mean.add(*self._followed.variance())
        return float(np.sqrt(mean.value))

    @property
    def sharpness(self) -> float:
        """Mean step of luma between neighbouring pixels of one surface; outlines are the
        blocking's, not the paint's."""
        return self._sharp.value

    @property
    def structure(self) -> float:
        """Mean of ``edge_f1``."""
        return self._edges.value

    def _follow(self, frame: Frame, picture: Floats) -> None:
        if self._followed is None or self._followed.frames >= _FOLLOWED:
            if self._followed is not None:
                self._spread.add(*self._followed.variance())
            self._followed = _Followed(Frame(frame.sight.thinned(_GRID)))
        self._followed.add(frame, picture)


def edge_f1(sight: Sight, picture: Floats) -> float:
    """F1 (van Rijsbergen) of a picture's strongest edges of luma against those of its passes: as
    many, each found within two pixels."""
    true = edge_control(sight.depth, sight.normal.astype(np.float32), sight.object_id)[..., 0]
    lines = true > _LINE
    luma = picture.mean(-1)
    strength = np.pad(np.abs(np.diff(luma, axis=1)), ((0, 0), (0, 1)))
    strength += np.pad(np.abs(np.diff(luma, axis=0)), ((0, 1), (0, 0)))
    count = int(lines.sum())
    if not count:
        return 1.0
    least = np.partition(strength.reshape(-1), -count)[-count]
    found = strength >= max(float(least), 1e-4)
    right, met = (found & _near(lines)).sum(), (lines & _near(found)).sum()
    precision, recall = right / max(found.sum(), 1), met / count
    return float(2 * precision * recall / max(precision + recall, 1e-6))


def _differences(frame: Frame, picture: Floats, after: Frame, picture_after: Floats) -> Floats:
    """3×M: how much pixels differ from their places in the next frame."""
    amid, _beside = look(frame, after, find_places(frame, after))
    there = sample_amid(bordered_planes(picture_after), after.stride, amid)
    return there - picture.reshape(-1, 3)[amid.pixel].T


def _steps(frame: Frame, picture: Floats) -> tuple[float, int]:
    luma = picture @ _LUMA
    right, below = frame.joined
    steps = [np.abs(np.diff(luma, axis=1))[right], np.abs(np.diff(luma, axis=0))[below]]
    return float(sum(step.sum() for step in steps)), sum(step.size for step in steps)


def _near(lines: Bools) -> Bools:
    """What lies within two pixels of a line."""
    height, width = lines.shape
    padded = np.pad(lines, _WITHIN)
    near = np.zeros_like(lines)
    for row, column in np.ndindex(2 * _WITHIN + 1, 2 * _WITHIN + 1):
        near |= padded[row : row + height, column : column + width]
    return near
