"""Values where there are none, from what lies around: pull-push (S. Gortler et al., "The
Lumigraph", 1996). Halve until every gap is bridged, then come back up and put the coarse values
into the gaps only.
"""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats

Places: TypeAlias = npt.NDArray[np.int64]


def spread(image: Floats, covered: Bools) -> Floats:
    """The texture H×W×3 with all uncovered texels taken from the nearest islands, smoothly: enough
    for bilinear lookups and for every mip level."""
    if covered.all() or not covered.any():
        return image
    stack = np.concatenate([image, covered[..., None]], -1, dtype=np.float32)
    coarse = pull_push(_halve(stack))
    full = image.copy()
    row, column = np.nonzero(~covered)
    full[row, column] = _between(coarse, row, column)
    return full


def _between(coarse: Floats, row: Places, column: Places) -> Floats:
    """What ``_double`` along both axes would have at some places."""
    height, width = coarse.shape[:2]
    pixels = coarse.reshape(height * width, -1)
    top, left = row >> 1, column >> 1
    next_row = np.clip(top + np.where(row & 1, 1, -1), 0, height - 1) * width
    next_column = np.clip(left + np.where(column & 1, 1, -1), 0, width - 1)
    top *= width
    near, far = np.float32(0.75), np.float32(0.25)
    upper = pixels.take(top + left, 0) * near + pixels.take(top + next_column, 0) * far
    lower = pixels.take(next_row + left, 0) * near + pixels.take(next_row + next_column, 0) * far
    mixed: Floats = upper * near + lower * far
    return mixed


def pull_push(stack: Floats) -> Floats:
    """Weighted sums (…×C+1, the last channel the weight) to colours (…×C) everywhere."""
    weight = stack[..., -1:]
    own = stack[..., :-1] / np.maximum(weight, np.float32(1e-12))
    if max(stack.shape[:-1]) == 1:
        return own
    coarse = pull_push(_halve(stack))
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
