"""Colours where no view painted: from what lies near in space, and beyond the islands' borders.

Both are pull-push (S. Gortler et al., "The Lumigraph", 1996): halve until every gap is bridged,
then come back up and put the coarse colours into the gaps only.
"""

from __future__ import annotations

import math
from itertools import product

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

_CELLS = 1 << 19
"""About how many cells the space around an object is cut into."""
_NORMAL_REACH = 0.3
"""Points are moved along their normals by this share of the object's size before they meet in
space, so that the two sides of a wall do not lend each other colours."""


def fill_unseen(colours: Floats, seen: Bools, positions: Floats, normals: Floats) -> Floats:
    """Colours N×3 of all texels: the unseen ones get a smooth blend of seen ones near in space.

    ``positions`` and ``normals``: N×3. With nothing seen at all, the colours come back as they are.
    """
    if seen.all() or not seen.any():
        return colours
    place, shape = _cells(positions, normals)
    volume = _gather(place[seen], colours[seen], shape)
    filled = colours.copy()
    filled[~seen] = _interpolate(_pull_push(volume), place[~seen])
    return filled


def spread(image: Floats, covered: Bools) -> Floats:
    """The texture H×W×3 with all uncovered texels taken from the nearest islands, smoothly: enough
    for bilinear lookups and for every mip level."""
    if covered.all() or not covered.any():
        return image
    weight = covered[..., None].astype(np.float32)
    return np.where(covered[..., None], image, _pull_push(np.concatenate([image, weight], -1)))


def _cells(positions: Floats, normals: Floats) -> tuple[Floats, tuple[int, int, int]]:
    """N×3 places in a grid, in cells (centres are whole numbers), and the grid's shape."""
    low, high = positions.min(0), positions.max(0)
    reach = np.float32(_NORMAL_REACH) * (high - low).max()
    length = np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), np.float32(1e-12))
    moved = positions + normals / length * reach
    extent = np.maximum((high - low + 2 * reach).astype(np.float64), 1e-9)
    cell = max(float(extent.prod() / _CELLS) ** (1 / 3), float(extent.max()) / 512)
    across, deep, up = (math.ceil(side / cell) + 1 for side in extent)
    return ((moved - (low - reach)) / np.float32(cell)).astype(np.float32), (across, deep, up)


def _gather(place: Floats, colours: Floats, shape: tuple[int, int, int]) -> Floats:
    """The grid's sums of colours and, last, their number: shape × 4."""
    cell = np.ravel_multi_index(tuple(np.rint(place).astype(np.int64).T), shape, mode="clip")
    count = math.prod(shape)
    sums = [np.bincount(cell, colours[:, channel], count) for channel in range(3)]
    sums.append(np.bincount(cell, minlength=count))
    return np.stack(sums, -1).astype(np.float32).reshape(*shape, 4)


def _pull_push(stack: Floats) -> Floats:
    """Weighted sums (…×C+1, the last channel the weight) to colours (…×C) everywhere."""
    weight = stack[..., -1:]
    own = stack[..., :-1] / np.maximum(weight, np.float32(1e-12))
    if max(stack.shape[:-1]) == 1:
        return own
    coarse = _pull_push(_halve(stack))
    for axis, length in enumerate(stack.shape[:-1]):
        coarse = _double(coarse, axis, length)
    return coarse + (own - coarse) * np.minimum(weight, 1)


def _halve(stack: Floats) -> Floats:
    """Sums of pairs along every axis but the last, with the weight saturating at one."""
    for axis in range(stack.ndim - 1):
        lines = stack.swapaxes(0, axis)
        total = lines[::2].copy()
        total[: len(lines) // 2] += lines[1::2]
        stack = total.swapaxes(0, axis)
    return stack / np.maximum(stack[..., -1:], 1)


def _double(coarse: Floats, axis: int, length: int) -> Floats:
    """Linear interpolation to twice the length along an axis, cut to ``length``."""
    lines = coarse.swapaxes(0, axis)
    before = np.concatenate([lines[:1], lines[:-1]])
    after = np.concatenate([lines[1:], lines[-1:]])
    double = np.empty((2 * len(lines), *lines.shape[1:]), np.float32)
    double[::2] = lines * np.float32(0.75) + before * np.float32(0.25)
    double[1::2] = lines * np.float32(0.75) + after * np.float32(0.25)
    return double[:length].swapaxes(0, axis)


def _interpolate(volume: Floats, place: Floats) -> Floats:
    """Values N×C of a volume at N×3 places in cells, linear along each axis."""
    most = np.array(volume.shape[:3], np.float32) - 1
    place = np.clip(place, 0, most)
    low = np.minimum(np.floor(place), np.maximum(most - 1, 0)).astype(np.int64)
    part = place - low
    flat = volume.reshape(-1, volume.shape[-1])
    total = np.zeros((len(place), volume.shape[-1]), np.float32)
    for corner in product((0, 1), repeat=3):
        index = np.minimum(low + corner, most.astype(np.int64))
        share = np.where(np.array(corner, bool), part, 1 - part).prod(1, dtype=np.float32)
        cell: npt.NDArray[np.int64] = np.ravel_multi_index(tuple(index.T), volume.shape[:3])
        total += flat[cell] * share[:, None]
    return total
