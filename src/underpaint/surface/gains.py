"""How much brighter, and of which tint, each view painted the same surfaces than the others.

The gains of M. Brown and D. Lowe ("Automatic panoramic image stitching using invariant features",
2007): where views overlap, their light times their gains should be equal, and no gain should be far
from 1. Solved in logarithms, where factors are differences and the problem is linear, for each
channel by itself; and several times over, trusting those places less that still disagree, since
there the views painted different things.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..passes.arrays import Floats
from .footprints import Pose, find_footprints, texel_widths
from .sampling import sample_broad
from .texels import Points, rasterise

_DARK = 0.02
"""Light below which a ratio says little."""
_BRIGHT = 0.95
"""Light above which the picture may be cut off."""
_PRIOR = 2.0
"""That the gain is 1 is believed like this many texels' word."""
_DISAGREES = 0.3
"""A texel so far from what is agreed (in logarithms: 35 %) counts half."""
_ROUNDS = 6
_COARSE = 256
"""Texels a side of the texture that samples are drawn from, at the most."""


@dataclass(frozen=True)
class Samples:
    """Texels seen by several views. ``light``: N×V×3 logarithms of linear light; ``weight``: N×V,
    0 where a view does not see it."""

    light: Floats
    weight: Floats


def take_samples(
    object_id: int, uv: Floats, poses: Sequence[Pose | None], count: int
) -> Samples:
    """About ``count`` texels of an object as the views see them, without what is small in them.

    ``poses``: one a view of the whole set, None where a view does not show the object.
    """
    points = _draw(uv, count)
    number = len(points.triangle)
    light = np.zeros((number, len(poses), 3), np.float32)
    weight = np.zeros((number, len(poses)), np.float32)
    for view, pose in enumerate(poses):
        if pose is None:
            continue
        grain = texel_widths(uv, pose.positions, _COARSE)
        for prints in find_footprints(points, grain, object_id, pose):
            seen = sample_broad(prints, pose.view)[:, 3:]
            light[prints.texel, view] = np.log(np.maximum(seen, np.float32(1e-4)))
            trust = np.clip(seen.min(1) / _DARK, 0, 1) * (seen.max(1) < _BRIGHT)
            trust *= prints.sure * np.clip(prints.inner / 8, 0, 1)
            weight[prints.texel, view] = trust
    shared = (weight > 0).sum(1) > 1
    return Samples(light[shared], weight[shared])


def _draw(uv: Floats, count: int) -> Points:
    """Some of the texels of a coarse texture, evenly."""
    size = min(_COARSE, max(16, int(2 * count**0.5)))
    texels = rasterise(uv, size)
    some = slice(None, None, max(1, len(texels.index) // max(count, 1)))
    return Points(texels.triangle[some], texels.weights[some])


def find_gains(samples: Sequence[Samples], views: int) -> Floats:
    """Factors of the views' linear light, V×3. Views that overlap with none keep theirs: 1."""
    light = np.concatenate([np.zeros((0, views, 3), np.float32), *(s.light for s in samples)])
    weight = np.concatenate([np.zeros((0, views), np.float32), *(s.weight for s in samples)])
    gains = np.zeros((views, 3))
    trust = np.ones_like(weight)
    for _ in range(_ROUNDS):
        shares = (weight * trust).astype(np.float64)
        gains = _solve(light.astype(np.float64), shares)
        agreed = np.einsum("nv,nvc->nc", shares, light + gains)
        agreed /= np.maximum(shares.sum(1), 1e-9)[:, None]
        off = np.abs(light + gains - agreed[:, None]).max(2)
        trust = (1 / (1 + np.square(off / _DISAGREES))).astype(np.float32)
    return np.exp(gains).astype(np.float32)


def _solve(light: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Logarithms of gains, V×3, that bring all views of each texel nearest to each other."""
    views = weight.shape[1]
    part = weight / np.maximum(weight.sum(1, keepdims=True), 1e-9)
    matrix = np.diag(weight.sum(0)) - weight.T @ part
    mean = np.einsum("nv,nvc->nc", part, light)
    right = np.einsum("nv,nvc->vc", weight, mean[:, None] - light)
    gains: np.ndarray = np.linalg.solve(matrix + _PRIOR * np.eye(views), right)
    return gains
