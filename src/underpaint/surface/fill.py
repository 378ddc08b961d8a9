"""Colours where no view painted: from what lies near in space, and beyond the islands' borders.

Both are pull-push (S. Gortler et al., "The Lumigraph", 1996): halve until every gap is bridged,
then come back up and put the coarse colours into the gaps only.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

_CELLS = 64
_NORMAL_REACH = 0.12
"""Points are moved along their normals by this share of the object's size before they meet in
space, so that the two sides of a wall do not lend each other colours."""


def fill_unseen(colours: Floats, seen: Bools, positions: Floats, normals: Floats) -> Floats:
    """Colours N×3 of all texels: the unseen ones get a smooth blend of seen ones near in space.

    ``positions`` and ``normals``: N×3. With nothing seen at all, the colours come back as they are.
    """
    if seen.all() or not seen.any():
        return colours
    place = _grid_places(positions, normals)
    volume = np.zeros((_CELLS, _CELLS, _CELLS, 4), np.float64)
    cells = np.floor(place[seen]).astype(np.int64)
    sums = np.concatenate([colours[seen], np.ones((int(seen.sum()), 1))], 1)
    np.add.at(volume, tuple(cells.T), sums)
    full = _pull_push(volume, axes=3)
    filled = colours.copy()
    filled[~seen] = _trilinear(full, place[~seen])
    return filled


def spread(image: Floats, covered: Bools) -> Floats:
    """The texture H×W×3 with all uncovered texels taken from the nearest islands, smoothly: enough
    for bilinear lookups and for every mip level."""
    if covered.all() or not covered.any():
        return image
    stack = np.concatenate([image * covered[..., None], covered[..., None]], -1).astype(np.float64)
    full = _pull_push(stack, axes=2).astype(np.float32)
    return np.where(covered[..., None], image, full)


def _grid_places(positions: Floats, normals: Floats) -> npt.NDArray[np.float64]:
    low, high = positions.min(0), positions.max(0)
    size = max(float((high - low).max()), 1e-9)
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
    moved = positions + normals / length * (size * _NORMAL_REACH)
    low = (low + high) / 2 - size * (0.5 + _NORMAL_REACH)
    scale = (_CELLS - 1) / (size * (1 + 2 * _NORMAL_REACH))
    return np.clip((moved - low) * scale, 0, _CELLS - 1.001)


def _pull_push(stack: npt.NDArray[np.float64], axes: int) -> npt.NDArray[np.float64]:
    """Weighted sums (last channel the weight) to colours everywhere."""
    if max(stack.shape[:axes]) == 1:
        return stack[..., :-1] / np.maximum(stack[..., -1:], 1e-12)
    coarse = _pull_push(_halve(stack, axes), axes)
    for axis in range(axes):
        coarse = _double(coarse, axis, stack.shape[axis])
    weight = stack[..., -1:]
    own = stack[..., :-1] / np.maximum(weight, 1e-12)
    share = np.minimum(weight, 1)
    return own * share + coarse * (1 - share)


def _halve(stack: npt.NDArray[np.float64], axes: int) -> npt.NDArray[np.float64]:
    """Sums of pairs along every axis, with the weight saturating at one."""
    for axis in range(axes):
        if stack.shape[axis] % 2:
            pad = [(0, 0)] * stack.ndim
            pad[axis] = (0, 1)
            stack = np.pad(stack, pad)
        even = np.take(stack, range(0, stack.shape[axis], 2), axis)
        stack = even + np.take(stack, range(1, stack.shape[axis], 2), axis)
    weight = stack[..., -1:]
    return stack / np.maximum(weight, 1)


def _double(coarse: npt.NDArray[np.float64], axis: int, length: int) -> npt.NDArray[np.float64]:
    """Linear interpolation to twice the length along an axis, cut to ``length``."""
    place = np.clip((np.arange(length) + 0.5) / 2 - 0.5, 0, coarse.shape[axis] - 1)
    low = np.floor(place).astype(int)
    high = np.minimum(low + 1, coarse.shape[axis] - 1)
    shape = [1] * coarse.ndim
    shape[axis] = length
    part = (place - low).reshape(shape)
    return np.take(coarse, low, axis) * (1 - part) + np.take(coarse, high, axis) * part


def _trilinear(volume: npt.NDArray[np.float64], place: npt.NDArray[np.float64]) -> Floats:
    """Values N×C of a volume at N×3 places in cells."""
    low = np.floor(place).astype(np.int64)
    part = place - low
    total = np.zeros((len(place), volume.shape[-1]))
    for corner in np.ndindex(2, 2, 2):
        step = np.array(corner)
        share = np.where(step == 1, part, 1 - part).prod(1)
        total += volume[tuple((low + step).T)] * share[:, None]
    return total.astype(np.float32)
