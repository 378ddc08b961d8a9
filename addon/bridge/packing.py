"""Packs charts into the unit square; numpy only.

Charts are turned so that their box is smallest, sorted by height and dropped one after another onto
a skyline, each where it comes to lie lowest (Lévy et al., Least Squares Conformal Maps, 2002,
section 4). A chart is its lower and upper profile, so that slopes and hollows fit into each other.
The scale is the largest at which all fit, found by bisection. Very many charts go on plain shelves.

Shapes: N points, S boundary segments, C charts.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from .polygons import Array, extent

Placed = tuple[Array, Array]

ANGLES = np.radians(np.arange(0.0, 90.0, 3.75))
PREFER_EDGE = 1.03  # a box this much larger is taken if its sides follow the chart's longest edge
GRID = 512
MOST_PROFILES = 1500
BISECTIONS = 8
NEAR_ENOUGH = 1.015
WASTE = 0.5  # weight of a column of waste below a chart against a row above it


def turn(segments: Array, owner: Array, count: int) -> Array:
    """(C,) angle in radians that gives each of ``count`` charts its smallest box, upright.

    A chart's boundary is those of ``segments`` (S, 2, 2) whose ``owner`` (S,) it is.
    """
    points, owner_of_point = segments.reshape(-1, 2), np.repeat(owner, 2)
    best = _longest_edge_angles(segments, owner, count)
    wide, high = _boxes(points, owner_of_point, best)
    smallest = wide * high / PREFER_EDGE
    for angle in ANGLES:
        w, h = _boxes(points, owner_of_point, np.full(count, angle))
        better = w * h < smallest
        best = np.where(better, angle, best)
        smallest = np.where(better, w * h, smallest)
        wide, high = np.where(better, w, wide), np.where(better, h, high)
    return np.where(wide > high, best + np.pi / 2, best)


def rotated(points: Array, angle: Array) -> Array:
    """Points (N, 2) turned by angles (N,) counter-clockwise."""
    c, s = np.cos(angle), np.sin(angle)
    x, y = points[:, 0], points[:, 1]
    return np.stack([c * x - s * y, s * x + c * y], axis=1)


def quarter_turned(points: Array, boxes: Array, turns: Array) -> Array:
    """Points (N, 2) of boxes (N, 2) turned counter-clockwise by ``turns`` (N,) quarters; the box's
    lower left corner stays the origin."""
    (x, y), (wide, high) = points.T, boxes.T
    quarters = [(x, y), (high - y, x), (wide - x, high - y), (y, wide - x)]
    return np.stack([np.choose(turns, axis) for axis in zip(*quarters, strict=True)], axis=1)


def _longest_edge_angles(segments: Array, owner: Array, count: int) -> Array:
    step = segments[:, 1] - segments[:, 0]
    length = np.hypot(step[:, 0], step[:, 1])
    order = np.lexsort((length, owner))
    angle = np.zeros(count)
    angle[owner[order]] = -np.arctan2(step[order, 1], step[order, 0])
    return angle


def _boxes(points: Array, owner: Array, angle: Array) -> tuple[Array, Array]:
    low, high = extent(owner, rotated(points, angle[owner]), len(angle))
    return tuple((high - low).T)


@dataclass(frozen=True)
class Packing:
    """Where charts lie in the unit square: corner of each box (C, 2), the quarter turns that bring
    it there (C,), and the scale of all."""

    corners: Array
    turns: Array
    scale: float


def pack(segments: Array, owner: Array, sizes: Array, areas: Array, gap: float) -> Packing:
    """Pack charts whose boundaries are ``segments`` (S, 2, 2), relative to their box's lower left
    corner, with boxes ``sizes`` (C, 2) and ``areas`` (C,), ``gap`` apart (share of the square's
    side; less where there are very many charts)."""
    gap = min(gap, 0.15 / np.sqrt(len(sizes)))
    if len(sizes) > MOST_PROFILES:
        return _bisect(lambda scale: _shelves(sizes * scale, gap), areas, sizes, gap)
    return _bisect(_Skyline(segments, owner, sizes, areas, gap).drop, areas, sizes, gap)


def _bisect(
    place: Callable[[float], Placed | None], areas: Array, sizes: Array, gap: float
) -> Packing:
    """The largest scale at which ``place(scale)`` finds room for all."""
    most = min(np.sqrt(1.0 / areas.sum()), (1.0 - gap) / max(sizes.max(), 1e-30))
    found = place(most)
    if found is not None:
        return Packing(*found, most)
    low, high = 0.0, most
    for step in range(BISECTIONS):
        scale = (low + high) / 2 if low else high * (0.85 if step < 3 else 0.5)
        placed = place(scale)
        if placed is None:
            high = scale
        else:
            low, found = scale, placed
        if high < low * NEAR_ENOUGH:
            break
    while found is None:  # ends: charts shrunk to nothing need their gaps only, and these fit
        high /= 2
        low, found = high, place(high)
    return Packing(*found, low)


def _shelves(boxes: Array, gap: float) -> Placed | None:
    """Corners of ``boxes`` (C, 2) set in rows by falling height; None if they do not fit."""
    corners = np.empty_like(boxes)
    x = y = shelf = 0.0
    padded = (boxes + gap).tolist()
    for chart in np.argsort(-boxes[:, 1], kind="stable").tolist():
        width, height = padded[chart]
        if x + width > 1.0:
            x, y, shelf = 0.0, y + shelf, 0.0
        if y + height > 1.0 or width > 1.0:
            return None
        corners[chart] = x, y
        x, shelf = x + width, max(shelf, height)
    return corners + gap / 2, np.zeros(len(boxes), dtype=np.int64)


class _Skyline:
    """Drops charts' profiles, in any of four turns, onto a skyline of GRID columns."""

    def __init__(
        self, segments: Array, owner: Array, sizes: Array, areas: Array, gap: float
    ) -> None:
        self._owner, self._pad = owner, gap / 2 * GRID
        self._order = np.argsort(-sizes.prod(axis=1), kind="stable")
        self._sizes = [sizes[:, ::step] for step in (1, -1, 1, -1)]
        full = areas > 0.98 * sizes.prod(axis=1)
        self._turns_of = [range(2) if rectangle else range(4) for rectangle in full]
        self._segments = [segments]
        for turn in range(3):
            last = self._segments[-1]
            height = self._sizes[turn][owner, None, 1]
            self._segments.append(np.stack([height - last[..., 1], last[..., 0]], axis=-1))

    def drop(self, scale: float) -> Placed | None:
        """Corners (C, 2) of the charts' boxes and their quarter turns; None if they do not fit."""
        turns = [self._profiles(turn, scale * GRID) for turn in range(4)]
        skyline = np.zeros(GRID)
        corners = np.empty_like(self._sizes[0])
        chosen = np.zeros(len(corners), dtype=np.int64)
        for chart in self._order:
            tried = self._turns_of[chart]
            places = [_lowest(skyline, *turns[turn][chart]) for turn in tried]
            (cost, column, level), turn = min(zip(places, tried, strict=True))
            if not np.isfinite(cost):
                return None
            high = turns[turn][chart][1]
            skyline[column : column + len(high)] = level + high
            corners[chart], chosen[chart] = (column + self._pad, level + self._pad), turn
        return corners / GRID, chosen

    def _profiles(self, turn: int, scale: float) -> list[tuple[Array, Array]]:
        """The padded lower and upper profile of each chart, a value a column."""
        pad = self._pad
        wide = np.ceil(self._sizes[turn][:, 0] * scale + 2 * pad).astype(np.int64)
        starts = np.cumsum(wide) - wide
        low, high = np.full(wide.sum(), np.inf), np.full(wide.sum(), -np.inf)
        nth, column, y0, y1 = self._columns(self._segments[turn] * scale, wide)
        np.minimum.at(low, starts[self._owner[nth]] + column, np.minimum(y0, y1))
        np.maximum.at(high, starts[self._owner[nth]] + column, np.maximum(y0, y1) + 2 * pad)
        empty = ~np.isfinite(low)
        low[empty], high[empty] = 0.0, 2 * pad
        return list(zip(np.split(low, starts[1:]), np.split(high, starts[1:]), strict=True))

    def _columns(self, ends: Array, wide: Array) -> tuple[Array, Array, Array, Array]:
        """Every column that every segment comes within the padding of, and its y range there."""
        ends = np.where(ends[:, :1, :1] <= ends[:, 1:, :1], ends, ends[:, ::-1])
        (x0, y0), (x1, y1) = ends[:, 0].T, ends[:, 1].T
        first = np.maximum(np.floor(x0), 0).astype(np.int64)
        last = np.minimum(np.floor(x1 + 2 * self._pad).astype(np.int64), wide[self._owner] - 1)
        each = np.maximum(last - first + 1, 0)
        nth = np.repeat(np.arange(len(each)), each)
        column = np.arange(each.sum()) - np.repeat(np.cumsum(each) - each, each) + first[nth]
        slope = np.divide(y1 - y0, x1 - x0, out=np.zeros_like(x0), where=x1 - x0 > 1e-9)
        left = np.clip(column - 2 * self._pad, x0[nth], x1[nth]) - x0[nth]
        right = np.clip(column + 1.0, x0[nth], x1[nth]) - x0[nth]
        low, high = y0[nth] + slope[nth] * left, y0[nth] + slope[nth] * right
        steep = (x1 - x0 <= 1e-9)[nth]
        return nth, column, low, np.where(steep, y1[nth], high)


def _lowest(skyline: Array, low: Array, high: Array) -> tuple[float, int, float]:
    """Cost, column and level where a profile's top lies lowest and wastes least below it.

    Only places that begin or end at a step of the skyline are tried: the others are never lower.
    """
    if len(low) > len(skyline):
        return np.inf, 0, 0.0
    steps = np.flatnonzero(np.diff(skyline)) + 1
    last = len(skyline) - len(low)
    columns = np.unique(np.clip(np.r_[0, steps, steps - len(low), last], 0, last))
    windows = np.lib.stride_tricks.sliding_window_view(skyline, len(low))[columns]
    levels = np.maximum((windows - low).max(axis=1), 0.0)
    waste = levels + low.mean() - windows.mean(axis=1)
    costs = levels + high.max() + WASTE * waste
    best = int(costs.argmin())
    fits = levels[best] + high.max() <= len(skyline)
    return float(costs[best]) if fits else np.inf, int(columns[best]), float(levels[best])
