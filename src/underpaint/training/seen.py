"""What things are, as far as normals tell: the teacher colours nothing that the model cannot see.

The model is given depth and normals; that a wall is a wall and a crown is a tree is not said. A
teacher that knew would teach it the mean of all the colours that such a shape might have, which is
one brown. So things are coloured as painters of blocks do it: by the side that they turn to us
and by how round they are.
"""

from __future__ import annotations

import torch
from torch import Tensor

SIDES = ("ground", "roof", "front", "left", "right", "under", "hill", "small")
"""Level, sloping, three sides of walls, turned down; broadly and narrowly rounded."""

_SPAN = 2
"""Pixels to either side of which the turn of a surface is measured."""
_EDGE = 0.5
"""A chord between normals that is no turn of a surface but an edge."""


def sides(normal: Tensor) -> Tensor:
    """How much of each of ``SIDES`` a pixel is, summing to 1: [3, H, W] → [8, H, W]."""
    across, up = normal[0], normal[1]
    level = _step(up, 0.62)
    sloping = _step(up, 0.2) * (1 - level)
    under = _step(-up, 0.45)
    wall = (1 - level - sloping - under).clamp_min(0)
    left, right = _step(-across, 0.5), _step(across, 0.5)
    flat = torch.stack(
        [level, sloping, wall * (1 - left - right), wall * left, wall * right, under]
    )
    turn = curvature(normal)
    rounded = ((turn - 0.004) * 250).clamp(0, 1)
    small = ((turn - 0.014) * 120).clamp(0, 1)
    curved = torch.stack([rounded * (1 - small), rounded * small])
    weights = torch.cat([flat * (1 - rounded), curved])
    return weights / weights.sum(0).clamp_min(1e-6)


def curvature(normal: Tensor) -> Tensor:
    """How far normals turn a pixel, about 1 / radius in pixels, [H, W]; edges turn nothing."""
    turns = torch.zeros_like(normal[0])
    for axis in (1, 2):
        ahead, behind = normal.roll(-_SPAN, axis), normal.roll(_SPAN, axis)
        chord = (ahead - behind).norm(dim=0)
        bent = ((ahead - normal).norm(dim=0) - (normal - behind).norm(dim=0)).abs()
        smooth = (chord < _EDGE) & (bent < 0.5 * chord + 0.02)
        _cut(smooth, axis - 1)
        turns = turns + (chord * smooth / (2 * _SPAN)) ** 2
    mean = torch.nn.functional.avg_pool2d(turns[None, None], 5, 1, 2)[0, 0]
    return mean.sqrt()


def _cut(plane: Tensor, axis: int) -> None:
    """Pixels whose neighbours would lie beyond the picture's border turn nothing."""
    plane.narrow(axis, 0, _SPAN).fill_(False)
    plane.narrow(axis, plane.shape[axis] - _SPAN, _SPAN).fill_(False)


def _step(value: Tensor, at: float) -> Tensor:
    """0 below, 1 above, soft over a tenth."""
    return ((value - at) * 10 + 0.5).clamp(0, 1)
