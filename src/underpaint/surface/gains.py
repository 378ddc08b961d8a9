"""How much brighter, and of which tint, each view painted the same surfaces than the others.

The gains of M. Brown and D. Lowe ("Automatic panoramic image stitching using invariant features",
2007): where views overlap, their light times their gains should be equal, and no gain should be far
from 1. Solved in logarithms, where factors are differences and the problem is linear, for each
channel by itself; and several times over, trusting those places less that still disagree, since
there the views painted different things. Places are found by the views' own passes: what they are
painted on need not be known, and what moved between two views is not the same place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints
from .view import View

_DARK = 0.02
"""Light below which a ratio says little."""
_BRIGHT = 0.95
"""Light above which the picture may be cut off."""
_PRIOR = 2.0
"""That the gain is 1 is believed like this many places' word."""
_DISAGREES = 0.3
"""A place so far from what is agreed (in logarithms: 35 %) counts half."""
_ROUNDS = 6
_DRAWN, _ALL_DRAWN = 64, 50_000
"""Places drawn along each side of a picture, at the most; and of all pictures."""
_CLEAR = 3
"""Pixels that they lie away from outlines."""
_SAME = 0.01
"""Of the depth: two views' places nearer to each other than this are one."""

_Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Samples:
    """N places seen by several views. ``light``: N×V×3 logarithms of linear light; ``weight``: N×V,
    0 where a view does not see it."""

    light: Floats
    weight: Floats


def take_samples(views: Sequence[View]) -> Samples:
    """Places spread over the views' pictures, as they and all other views see them."""
    side = min(_DRAWN, max(8, round((_ALL_DRAWN / max(len(views), 1)) ** 0.5)))
    drawn = [_draw(view, side) for view in views]
    points = np.concatenate([np.zeros((0, 3), np.float32), *(place for place, _ in drawn)])
    ids = np.concatenate([np.zeros(0, np.int32), *(shown for _, shown in drawn)])
    light = np.zeros((len(points), len(views), 3), np.float32)
    weight = np.zeros((len(points), len(views)), np.float32)
    for number, view in enumerate(views):
        place, pixel = _find(view, points, ids)
        middling = view.broad.reshape(-1, 6)[pixel, :3]  # of broader ones, corners would mix in
        seen = middling.astype(np.float32)
        light[place, number] = np.log(np.maximum(seen, np.float32(1e-4)))
        weight[place, number] = np.clip(seen.min(1) / _DARK, 0, 1) * (seen.max(1) < _BRIGHT)
    shared = (weight > 0).sum(1) > 1
    return Samples(light[shared], weight[shared])


def _draw(view: View, count: int) -> tuple[Floats, Ints]:
    """World places (M×3) that some of the view's pixels show, and their objects' ids (M)."""
    height, width = view.depth.shape
    rows, columns = (np.linspace(0, side - 1, count, dtype=np.int32) for side in (height, width))
    pixel = (rows[:, None] * np.int32(width) + columns).reshape(-1)
    pixel = np.unique(pixel[view.outlines.clearance.take(pixel) > _CLEAR])
    shown = view.clean_id.take(pixel)
    known = (shown > 0) & np.isfinite(view.depth.take(pixel))
    return view.camera.from_camera(view.points(pixel[known])), shown[known]


def _find(view: View, points: Floats, ids: Ints) -> tuple[npt.NDArray[np.int64], Ints]:
    """Which of the world places (N×3) a view shows, and in which pixels (flat indices)."""
    local = view.camera.to_camera(points)
    column, row = view.camera.pixels(local)
    height, width = view.depth.shape
    with np.errstate(invalid="ignore"):
        inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
    place = np.flatnonzero(inside & (local[:, 2] < 0))
    pixel = np.rint(row[place]).astype(np.int32) * np.int32(width)
    pixel += np.rint(column[place]).astype(np.int32)
    depth = -local[place, 2]
    off = np.abs(view.depth.take(pixel) - depth)
    shown = (view.clean_id.take(pixel) == ids[place]) & (off <= _SAME * depth)
    shown &= view.outlines.clearance.take(pixel) > _CLEAR
    return place[shown], pixel[shown]


def find_gains(views: Sequence[View]) -> Floats:
    """Factors of the views' linear light, V×3. A view that overlaps with none keeps its own: 1."""
    return solve_gains(take_samples(views))


def solve_gains(samples: Samples) -> Floats:
    """Factors, V×3, that make the samples agree as well as they can."""
    light, weight = samples.light.astype(np.float64), samples.weight.astype(np.float64)
    gains = np.zeros(light.shape[1:])
    trust = np.ones_like(weight)
    for _ in range(_ROUNDS):
        shares = weight * trust
        gains = _solve(light, shares)
        agreed = np.einsum("nv,nvc->nc", shares, light + gains)
        agreed /= np.maximum(shares.sum(1), 1e-9)[:, None]
        off = np.abs(light + gains - agreed[:, None]).max(2)
        trust = 1 / (1 + np.square(off / _DISAGREES))
    return np.exp(gains).astype(np.float32)


def _solve(light: _Doubles, weight: _Doubles) -> _Doubles:
    """Logarithms of gains, V×3, that bring all views of each texel nearest to each other."""
    views = weight.shape[1]
    part = weight / np.maximum(weight.sum(1, keepdims=True), 1e-9)
    matrix = np.diag(weight.sum(0)) - weight.T @ part
    mean = np.einsum("nv,nvc->nc", part, light)
    right = np.einsum("nv,nvc->vc", weight, mean[:, None] - light)
    gains: _Doubles = np.linalg.solve(matrix + _PRIOR * np.eye(views), right)
    return gains
