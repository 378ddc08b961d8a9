"""Where the pixels of one frame lie in another, and how much of it that other shows."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints
from .frame import NOBODY, PAD, Frame, Indices
from .ways import SKY, Way, Ways, find_ways


@dataclass(frozen=True)
class Places:
    """Of M pixels of a frame (flat indices ``pixel``): where they lie in another (``column``,
    ``row``), how deep there, their unit normals in its camera space (3×M), and which ``body`` they
    show there."""

    pixel: Indices
    column: Floats
    row: Floats
    depth: Floats
    normal: Floats
    body: Ints

    def some(self, which: Indices) -> Places:
        """Only some of them."""
        return Places(
            self.pixel.take(which),
            self.column.take(which),
            self.row.take(which),
            self.depth.take(which),
            self.normal.take(which, 1),
            self.body.take(which),
        )

    def within(self, left: int, top: int, right: int, bottom: int) -> Places:
        """Only those that lie within a box of pixels of the other frame, ends included."""
        inside = (self.column > left - 1) & (self.column < right + 1)
        inside &= (self.row > top - 1) & (self.row < bottom + 1)
        return self.some(np.flatnonzero(inside))


@dataclass
class _Found:
    """The same for all N pixels of a frame, and ``w``, by which columns and rows are multiplied;
    no number where nobody knows."""

    column: Floats
    row: Floats
    w: Floats
    depth: Floats
    normal: Floats


def find_places(
    target: Frame,
    source: Frame,
    followed: Places | None = None,
    remade: Collection[int] = (),
) -> Places:
    """All pixels of the target that lie within the source's picture, if nothing is before them.

    ``followed``: where pixels of what deforms lie, as no matrix tells. ``remade``: things (object
    ids) of which nobody can tell: they may have stayed as they are (a wall that is cut into), and
    lie where they would if they were rigid.
    """
    again = _again(target, source, remade)
    found = _found(target, find_ways(target.sight, source.sight, target.pixels, again))
    height, width = source.shape
    with np.errstate(invalid="ignore", divide="ignore"):
        inverse = 1 / np.where(found.w > 0, found.w, np.float32(np.nan))
        column, row = found.column * inverse, found.row * inverse
        inside = (column > -0.5) & (row > -0.5) & (column < width - 0.5) & (row < height - 0.5)
        inside &= (found.depth > 0) | (target.ids == SKY)
    bodies = target.ids.copy() if again else target.ids
    for body, there in again.items():
        bodies[target.pixels[body]] = there
    places = Places(np.arange(len(column)), column, row, found.depth, found.normal, bodies)
    if followed is not None:
        places = _with(places, followed)
        inside[followed.pixel] = True
    return places if inside.all() else places.some(np.flatnonzero(inside))


def _again(target: Frame, source: Frame, things: Collection[int]) -> dict[int, int]:
    """The target's bodies that are these things, and what bodies they are in the source."""
    there = {thing: body for body, thing in source.sight.things.items() if thing in things}
    here = {body: target.sight.things.get(body) for body in target.pixels} if there else {}
    return {body: there[thing] for body, thing in here.items() if thing in there}


def _with(places: Places, followed: Places) -> Places:
    """Places of all pixels, some of them found otherwise."""
    some = followed.pixel
    places.column[some], places.row[some] = followed.column, followed.row
    places.depth[some], places.normal[:, some] = followed.depth, followed.normal
    body = places.body.copy()
    body[some] = followed.body
    return replace(places, body=body)


def _found(target: Frame, ways: Ways) -> _Found:
    """First as though nothing moved, then what did."""
    column, row, w, depth = _applied(ways.still, *target.scaled, target.depth)
    normal = ways.still.turn.astype(np.float32) @ target.normals
    found = _Found(column, row, w, depth, normal)
    for number, pixels in target.pixels.items():
        if number == SKY:
            _move(found, target, pixels, ways.sky)
        elif number == NOBODY:
            found.w[pixels] = np.nan
        elif number in ways.moving:
            _move(found, target, pixels, ways.moving[number])
    return found


def _move(found: _Found, target: Frame, pixels: Indices, way: Way | None) -> None:
    if way is None:
        found.w[pixels] = np.nan
        return
    column, row = (values[pixels] for values in target.scaled)
    found.column[pixels], found.row[pixels], found.w[pixels], found.depth[pixels] = _applied(
        way, column, row, target.depth[pixels]
    )
    normal = way.turn.astype(np.float32) @ target.normals[:, pixels]
    if not way.rigid:
        normal /= np.maximum(np.sqrt(np.einsum("cm,cm->m", normal, normal)), np.float32(1e-12))
    found.normal[:, pixels] = normal


def _applied(way: Way, column: Floats, row: Floats, depth: Floats) -> tuple[Floats, ...]:
    """(column·w, row·w, w, depth) of places."""
    results = []
    for a, b, c, one in way.place.astype(np.float32):
        values = depth * c
        values += one
        if a:
            values += column * a
        if b:
            values += row * b
        results.append(values)
    return tuple(results)


def flat(frame: Frame, column: npt.NDArray[np.intp], row: npt.NDArray[np.intp]) -> Indices:
    """Bordered flat indices of pixels."""
    return (row + PAD) * frame.stride + (column + PAD)
