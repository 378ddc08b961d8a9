"""Values where there are none, from what lies around: pull-push (S. Gortler et al., "The
Lumigraph", 1996). Halve until every gap is bridged, then come back up and put the coarse values
into the gaps only.
"""

from __future__ import annotations

import numpy as np

from ..passes.arrays import Bools, Floats


def spread(image: Floats, covered: Bools) -> Floats:
    """The texture H×W×3 with all uncovered texels taken from the nearest islands, smoothly: enough
    for bilinear lookups and for every mip level."""
    if covered.all() or not covered.any():
        return image
    weight = covered[..., None].astype(np.float32)
    return np.where(covered[..., None], image, pull_push(np.concatenate([image, weight], -1)))


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
