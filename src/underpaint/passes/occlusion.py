"""What stands in the way of light, as far as one view's passes show it.

Both measures use fixed patterns, so that a still scene does not flicker from frame to frame.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from .arrays import Bools, Floats

_RINGS = (0.005, 0.012, 0.028, 0.06, 0.12)  # radii in picture heights
_RAYS = 8
_REACH = 0.10  # how far a surface counts for ``openness``, in depths
_STRENGTH = 4.2
_STEPS = 14
_PHASES = np.array(((0, 8, 2, 10), (12, 4, 14, 6), (3, 11, 1, 9), (15, 7, 13, 5)), np.float32) / 16
"""Bayer's matrix: every pixel of a 4×4 block steps at other lengths, and the block is averaged."""
_SHADOW = (0.004, 0.45)  # nearest and farthest step toward the light, in depths
_THICK = (0.004, 0.12)  # how far behind a surface a ray must and may pass to be stopped, in depths
_SAME_DEPTH = 0.02
_FIT = 4096
_OUTSIDE = 1e6


def openness(position: Floats, normal: Floats, depth: Floats, hit: Bools) -> Floats:
    """H×W, 1 in the open and toward 0 in corners: how little nearby surfaces rise over each pixel.

    Screen-space ambient occlusion (M. Mittring, "Finding Next Gen", 2007), weighted by the cosine
    to the normal. ``position`` and ``normal``: H×W×3 of one space; ``depth``: H×W metres.
    """
    height, width = depth.shape
    pad = max(1, math.ceil(_RINGS[-1] * height))
    points = np.where(hit[..., None], position, np.float32(_OUTSIDE))
    padded = np.pad(points, ((pad, pad), (pad, pad), (0, 0)), mode="edge")
    reach = np.square(np.float32(_REACH) * np.where(hit, depth, 1))
    covered = np.zeros_like(depth)
    for row, column in _pattern(height):
        other = padded[pad + row : pad + row + height, pad + column : pad + column + width]
        covered += _covers(other - points, normal, reach)
    open_share: Floats = np.exp(-np.float32(_STRENGTH / (_RAYS * len(_RINGS))) * covered)
    return open_share


def lit_share(points: Floats, depth: Floats, hit: Bools, lights: list[Floats]) -> Floats:
    """H×W in 0…1: the share of ``lights`` (unit directions in camera space) that reach each pixel.

    A ray toward each light is followed through the depth pass. ``points``: H×W×3, camera space.
    """
    lens = _Lens.of(points, hit)
    lit = np.ones_like(depth)
    if lens is None:
        return lit
    scene = np.where(hit, depth, np.float32(_OUTSIDE))
    ratio = np.float32((_SHADOW[1] / _SHADOW[0]) ** (1 / _STEPS))
    for number, light in enumerate(lights):
        length = _SHADOW[0] * ratio ** _phase(depth.shape, number) * np.where(hit, depth, 0)
        stopped = np.zeros(depth.shape, bool)
        for _ in range(_STEPS):
            stopped |= _passes_behind(points + light * length[..., None], scene, lens)
            length *= ratio
        lit -= stopped.astype(np.float32) / np.float32(len(lights))
    return _average_blocks(lit, np.where(hit, depth, np.float32(_OUTSIDE)))


def _phase(shape: tuple[int, ...], number: int) -> Floats:
    """H×W in 0…1: Bayer's matrix over the picture, moved on for every light."""
    tile = np.roll(_PHASES, (number, 2 * number), (0, 1))
    return np.tile(tile, (-(-shape[0] // 4), -(-shape[1] // 4)))[: shape[0], : shape[1]]


def _average_blocks(values: Floats, depth: Floats) -> Floats:
    """Means over 4×4 pixels at about the same depth: every phase once, so no pattern is left."""
    total, count = np.zeros_like(values), np.zeros_like(values)
    height, width = values.shape
    padded, depths = (np.pad(a, (2, 1), mode="edge") for a in (values, depth))
    for row, column in np.ndindex(4, 4):
        window = np.s_[row : row + height, column : column + width]
        near = np.abs(depths[window] - depth) < np.float32(_SAME_DEPTH) * depth
        total += np.where(near, padded[window], 0)
        count += near
    return total / count


@dataclass(frozen=True)
class _Lens:
    """Camera space to pixels: ``column = cx + fx·x/w``, ``row = cy + fy·y/w``; w: depth or 1."""

    fx: float
    cx: float
    fy: float
    cy: float
    perspective: bool

    @staticmethod
    def of(points: Floats, hit: Bools) -> _Lens | None:
        """Fitted to where the passes say that pixels lie; None where too little is seen."""
        row, column = (index[:: max(1, len(index) // _FIT)] for index in np.nonzero(hit))
        if len(row) < 16 or min(np.ptp(row), np.ptp(column)) < 4:
            return None
        seen = points[row, column].astype(np.float64)
        fits = [_fit(seen, row, column, perspective) for perspective in (True, False)]
        return min(fits, key=lambda fit: fit[0])[1]

    def pixels(self, points: Floats) -> tuple[Floats, Floats]:
        """(column, row) of H×W×3 camera-space points."""
        w = np.maximum(-points[..., 2], np.float32(1e-6)) if self.perspective else np.float32(1)
        column = points[..., 0] / w * np.float32(self.fx) + np.float32(self.cx)
        return column, points[..., 1] / w * np.float32(self.fy) + np.float32(self.cy)


def _fit(
    seen: npt.NDArray[np.float64],
    row: npt.NDArray[np.intp],
    column: npt.NDArray[np.intp],
    perspective: bool,
) -> tuple[float, _Lens]:
    """(squared error, lens) of a straight line through N points (N×3) and their pixels."""
    w = -seen[:, 2] if perspective else np.ones(len(seen))
    (fx, cx), left = np.polyfit(seen[:, 0] / w, column, 1, full=True)[:2]
    (fy, cy), over = np.polyfit(seen[:, 1] / w, row, 1, full=True)[:2]
    return float(left.sum() + over.sum()), _Lens(fx, cx, fy, cy, perspective)


def _passes_behind(points: Floats, scene: Floats, lens: _Lens) -> Bools:
    """Whether the scene hides the points H×W×3 closely enough that it stops a ray through them."""
    height, width = scene.shape
    column, row = lens.pixels(points)
    inside = (column > -0.5) & (column < width - 0.5) & (row > -0.5) & (row < height - 0.5)
    x = np.rint(np.clip(column, 0, width - 1)).astype(np.intp)
    y = np.rint(np.clip(row, 0, height - 1)).astype(np.intp)
    behind = -points[..., 2] / scene[y, x] - 1
    stopped: Bools = inside & (behind > _THICK[0]) & (behind < _THICK[1])
    return stopped


def _covers(toward: Floats, normal: Floats, reach: Floats) -> Floats:
    """How much what lies ``toward`` stands in the half space over a surface, less with distance."""
    square = np.einsum("hwc,hwc->hw", toward, toward) + np.float32(1e-8)
    rise = np.einsum("hwc,hwc->hw", toward, normal) / np.sqrt(square)
    return np.clip(rise - np.float32(0.08), 0, 1) * reach / (reach + square)


def _pattern(height: int) -> list[tuple[int, int]]:
    """(row, column) offsets of the samples around a pixel; no ring is turned like the last."""
    offsets = []
    for ring, radius in enumerate(_RINGS):
        for ray in range(_RAYS):
            angle = 2 * math.pi * (ray + ring * 0.382) / _RAYS
            length = max(1.0, radius * height)
            offsets.append((round(math.sin(angle) * length), round(math.cos(angle) * length)))
    return offsets
