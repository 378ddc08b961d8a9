"""Packs charts into the unit square; numpy only.

Charts are turned so that their box is smallest, sorted by height and dropped one after another onto
a skyline, each where it comes to lie lowest (Lévy et al., Least Squares Conformal Maps, 2002,
section 4). A chart is its lower and upper profile, so that slopes and hollows fit into each other.
The scale is the largest at which all fit, found by bisection. Very many charts go on plain shelves.

Shapes: N points, S boundary segments, C charts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

Array = np.ndarray
Placed = tuple[Array, Array]

ANGLES = np.radians(np.arange(0.0, 90.0, 3.75))
PREFER_EDGE = 1.03  # a box this much larger is taken if its sides follow the chart's longest edge
GRID = 512
MOST_PROFILES = 1500
BISECTIONS = 9
WASTE = 0.5  # weight of a column of waste below a chart against a row above it


def turn(points: Array, owner: Array, segments: Array, segment_owner: Array) -> Array:
    """(C,) angle in radians that gives each chart its smallest box, standing upright.

    ``points`` (N, 2) belong to charts ``owner`` (N,), ``segments`` (S, 2, 2) to ``segment_owner``.
    """
    count = int(owner.max()) + 1
    order = np.argsort(owner, kind="stable")
    points, owner = points[order], owner[order]
    starts = np.searchsorted(owner, np.arange(count))
    along = _longest_edge_angles(segments, segment_owner, count)
    best = along.copy()
    wide, high = _boxes(points, owner, starts, along)
    smallest = wide * high / PREFER_EDGE
    for angle in ANGLES:
        w, h = _boxes(points, owner, starts, np.full(count, angle))
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


def _boxes(points: Array, owner: Array, starts: Array, angle: Array) -> tuple[Array, Array]:
    turned = rotated(points, angle[owner])
    size = np.maximum.reduceat(turned, starts) - np.minimum.reduceat(turned, starts)
    return size[:, 0], size[:, 1]


@dataclass(frozen=True)
class Packing:
    """Where charts lie in the unit square: corner of each box (C, 2), the quarter turns that bring
    it there (C,), and the scale of all."""

    corners: Array
    turns: Array
    scale: float


def pack(segments: Array, owner: Array, sizes: Array, area: float, gap: float) -> Packing:
    """Pack charts whose boundaries are ``segments`` (S, 2, 2), relative to their box's lower left
    corner, with boxes ``sizes`` (C, 2), ``gap`` apart (share of the square's side)."""
    gap = min(gap, 0.3 / np.sqrt(len(sizes)))
    if len(sizes) > MOST_PROFILES:
        return _bisect(lambda scale: _shelves(sizes * scale, gap), area, sizes, gap)
    return _bisect(_Skyline(segments, owner, sizes, gap).drop, area, sizes, gap)


def _bisect(place, area: float, sizes: Array, gap: float) -> Packing:
    """The largest scale at which ``place(scale)`` gives corners and not None."""
    high = min(1.0 / np.sqrt(max(area, 1e-30)), (1.0 - 2 * gap) / max(sizes.max(), 1e-30))
    low, found = 0.0, None
    scale = high
    for _ in range(BISECTIONS):
        corners = place(scale)
        if corners is None:
            high = scale
        else:
            low, found = scale, corners
            if scale == high:
                break
        scale = (low + high) / 2 if low else high * 0.85
    while found is None:
        scale *= 0.7
        found = place(scale)
        low = scale
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

    def __init__(self, segments: Array, owner: Array, sizes: Array, gap: float) -> None:
        self._owner, self._pad = owner, gap / 2 * GRID
        self._order = np.argsort(-sizes.prod(axis=1), kind="stable")
        self._sizes = [sizes[:, ::step] for step in (1, -1, 1, -1)]
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
            places = [_lowest(skyline, *turns[turn][chart]) for turn in range(4)]
            turn = min(range(4), key=lambda n: places[n][0])
            cost, column, level = places[turn]
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
    """Cost, column and level where a profile's top lies lowest and wastes least below it."""
    if len(low) > len(skyline):
        return np.inf, 0, 0.0
    windows = np.lib.stride_tricks.sliding_window_view(skyline, len(low))
    levels = np.maximum((windows - low).max(axis=1), 0.0)
    waste = levels + low.mean() - windows.mean(axis=1)
    costs = levels + high.max() + WASTE * waste
    column = int(costs.argmin())
    level = float(levels[column])
    return (float(costs[column]) if level + high.max() <= len(skyline) else np.inf), column, level
