"""Paint what no key saw: in as small parts of a frame as the engine paints well."""

from __future__ import annotations

import itertools
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...motion.frame import Frame
from ...motion.gather import Gathered
from ...motion.holes import fill_holes
from ...passes.arrays import Bools, Floats
from ...surface.sight import Sight
from ..engine import Engine, Held, OnStep, PaintSettings, Picture, View
from .brush import padded
from .company import Company

_AROUND = 32
"""Pixels around a hole that are painted with it: by their colour it is matched, and in the outer
ones nothing but their sight helps the engine."""
_FREE = 24
"""Of these, those that are not held, so that their colours can be compared."""
_CELL = 16
"""Pixels a side of the cells by which it is told what is one hole."""
_WHOLE = 0.7
"""The share of a frame from which on all of it is painted."""


@dataclass(frozen=True)
class Box:
    """A part of a picture."""

    top: int
    left: int
    bottom: int
    right: int

    @property
    def area(self) -> int:
        """In pixels."""
        return (self.bottom - self.top) * (self.right - self.left)

    @property
    def cut(self) -> tuple[slice, slice]:
        """Its rows and columns."""
        return slice(self.top, self.bottom), slice(self.left, self.right)

    def meets(self, other: Box) -> bool:
        """Whether they overlap."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def joined(self, other: Box) -> Box:
        """What holds both."""
        return Box(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
        )


def boxes_around(hole: Bools, least: int, multiple: int) -> list[Box]:
    """Parts of a picture that hold every hole with what is around it; none overlap.

    Each is at least ``least`` pixels a side, as far as the picture goes, and begins at multiples of
    ``multiple``, as the engine's latents do.
    """
    height, width = hole.shape
    found = [_grown(box, hole.shape, least, multiple) for box in _components(hole)]
    found = _apart(found)
    if sum(box.area for box in found) >= _WHOLE * hole.size:
        return [Box(0, 0, height, width)]
    return found


@dataclass(frozen=True)
class Patcher:
    """Paints what gathering left open."""

    engine: Engine
    settings: PaintSettings
    seed: int

    def paint(
        self,
        frame: Frame,
        gathered: Gathered,
        controls: Mapping[str, Picture],
        on_step: OnStep,
    ) -> Floats:
        """H×W×3 sRGB: the frame as gathered, painted anew in and around what is not known."""
        hole, info = ~gathered.known, self.engine.info
        below = fill_holes(frame, gathered).picture
        picture = below.copy()
        free = _widened(hole, _FREE)
        boxes = boxes_around(hole, info.least, info.multiple)
        for number, box in enumerate(boxes):
            cut = box.cut
            view = View({kind: image[cut] for kind, image in controls.items()}, self.seed)
            held = Held(below[cut], (~free[cut]).astype(np.float32))
            told = _share(on_step, number, len(boxes))
            picture[cut] = self._painted(frame.sight.cropped(*cut).under_a_dome(), view, held, told)
        return picture

    def _painted(self, sight: Sight, view: View, held: Held, on_step: OnStep) -> Floats:
        height, width = sight.depth.shape
        multiple = self.engine.info.multiple
        shape = (height + -height % multiple, width + -width % multiple)
        # one step from pure noise sees nothing of what is held
        company = Company(
            [sight], [], [held if self.settings.steps > 1 else None], self.seed, shape
        )
        pictures = self.engine.paint(padded([view], multiple), self.settings, on_step, company)
        return pictures[0][:height, :width]


def _share(on_step: OnStep, number: int, count: int) -> OnStep:
    def told(step: int, steps: int, preview: Callable[[], Picture]) -> None:
        on_step(number * steps + step, count * steps, preview)

    return told


def _components(hole: Bools) -> Iterator[Box]:
    """The bounds of what hangs together, as cells tell."""
    height, width = hole.shape
    rows, columns = -(-height // _CELL), -(-width // _CELL)
    whole = np.zeros((rows * _CELL, columns * _CELL), bool)
    whole[:height, :width] = hole
    cells = whole.reshape(rows, _CELL, columns, _CELL).any((1, 3))
    left = {(int(row), int(column)) for row, column in np.argwhere(cells)}
    while left:
        group = list(_connected(left))
        top, bottom = min(r for r, _ in group), max(r for r, _ in group) + 1
        first, last = min(c for _, c in group), max(c for _, c in group) + 1
        yield Box(top * _CELL, first * _CELL, min(bottom * _CELL, height), min(last * _CELL, width))


def _connected(left: set[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    """Some cell and those that touch it, taken out of ``left``."""
    waiting = deque([left.pop()])
    while waiting:
        row, column = waiting.popleft()
        yield row, column
        for down, across in itertools.product((-1, 0, 1), repeat=2):
            near = row + down, column + across
            if near in left:
                left.remove(near)
                waiting.append(near)


def _grown(box: Box, shape: Sequence[int], least: int, multiple: int) -> Box:
    """With what is around it, and as large as is wanted."""
    (top, bottom), (left, right) = (
        _stretched(low - _AROUND, high + _AROUND, side, least, multiple)
        for low, high, side in ((box.top, box.bottom, shape[0]), (box.left, box.right, shape[1]))
    )
    return Box(top, left, bottom, right)


def _stretched(low: int, high: int, side: int, least: int, multiple: int) -> tuple[int, int]:
    """An interval within 0…side that holds this one, where it begins at a multiple."""
    more = max(0, least - (high - low))
    low, high = low - more // 2, high + more - more // 2
    if low < 0:
        low, high = 0, high - low
    if high > side:
        low, high = low - (high - side), side
    low = max(0, low) // multiple * multiple
    return low, min(side, low + -(-(high - low) // multiple) * multiple)


def _apart(boxes: list[Box]) -> list[Box]:
    """Boxes that overlap become one, until none do."""
    apart: list[Box] = []
    for one in boxes:
        box = one
        while meets := [other for other in apart if other.meets(box)]:
            for other in meets:
                apart.remove(other)
                box = box.joined(other)
        apart.append(box)
    return apart


def _widened(hole: Bools, by: int) -> Bools:
    """The hole, and what is up to so many pixels beside it, along rows and columns."""
    wide = hole
    for axis in (0, 1):
        border = [(by + 1, by) if axis == along else (0, 0) for along in (0, 1)]
        count = np.cumsum(np.pad(wide, border), axis)
        place = np.arange(wide.shape[axis])
        wide = count.take(place + 2 * by + 1, axis) > count.take(place, axis)
    return wide
