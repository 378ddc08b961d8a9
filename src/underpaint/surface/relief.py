"""Reliefs of grounds and walls, laid as they are built: bricks, planks, tiles, stones.

An engine paints what its controls show. A flat square shows it nothing to paint a brick on, so the
words of a tile choose a relief, in metres of the world, that repeats at the square's edges.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Whole = npt.NDArray[np.int64]
Kind = Literal["flat", "bricks", "tiles", "slabs", "planks", "cobbles", "stones"]

_EDGE = 0.02
"""Metres from a joint's middle to where a stone is at its full height."""
_LEAST_EDGE = 3.0
"""Texels of the same, so that an edge is there in a small picture, too."""
_STEEP = 0.75
"""Slope of an edge: its middle tilts to about 48°."""
_TILT = 0.07
"""How far single stones lean, as a slope."""
_JITTER = 0.3
"""How far a stone's middle is from its place in the grid, in cells."""


class Relief(NamedTuple):
    """``height`` (S, S) 0 in the joints, 1 on top; ``slope`` (S, S, 2) of the surface to the right
    and up, rise over run, somewhat more than it would be built, so that it shows."""

    height: Floats
    slope: Floats


class _Cells(NamedTuple):
    """Of each texel: the distance to its cell's border in metres, and the cell's number."""

    inside: Floats
    number: Whole


@dataclass(frozen=True)
class _Built:
    """How something is laid: ``long`` and ``high`` in metres, ``bond``: how far every second
    course is moved, in lengths."""

    long: float
    high: float
    bond: float = 0.0


_BRICKS = _Built(0.25, 0.0833, 0.5)
_TILES = _Built(0.3, 0.3)
_SLABS = _Built(0.66, 0.5, 0.5)
_PLANKS = _Built(2.0, 0.2, 0.5)

_WORDS: Mapping[str, Kind] = {
    **dict.fromkeys(("brick", "bricks", "brickwork"), "bricks"),
    **dict.fromkeys(("tile", "tiles", "tiled"), "tiles"),
    **dict.fromkeys(("slab", "slabs", "pavement", "paving", "flagstones"), "slabs"),
    **dict.fromkeys(("plank", "planks", "boards", "floorboards", "decking"), "planks"),
    **dict.fromkeys(("cobble", "cobbles", "cobbled", "cobblestone", "cobblestones"), "cobbles"),
    **dict.fromkeys(("stones", "rubble", "masonry", "stonework"), "stones"),
}  # fmt: skip


def kind_of(words: str) -> Kind:
    """What the words speak of first, or "flat".

    >>> kind_of("a red-brick wall, oil paint"), kind_of("wet grass")
    ('bricks', 'flat')
    """
    letters = "".join(letter if letter.isalpha() else " " for letter in words.lower())
    return next((_WORDS[word] for word in letters.split() if word in _WORDS), "flat")


def relief(kind: Kind, size: int, metres: float, seed: int) -> Relief:
    """The relief of a square of ``size`` texels and ``metres`` a side; the seed lays the stones.

    Whole courses are laid, so they are a little larger or smaller than they are built.
    """
    if kind == "flat":
        return Relief(np.ones((size, size), np.float32), np.zeros((size, size, 2), np.float32))
    rng = np.random.default_rng(seed)
    cells = _LAID[kind](size, metres, rng)
    texel = metres / size
    edge = min(max(_EDGE, _LEAST_EDGE * texel), float(cells.inside.max()) or texel)
    share = np.clip(cells.inside / edge, 0, 1)
    height = share * share * (3 - 2 * share)
    slope = np.stack([_rise(height, 1), -_rise(height, 0)], axis=-1) * (_STEEP * edge / texel)
    lean = rng.uniform(-_TILT, _TILT, (int(cells.number.max()) + 1, 2)).astype(np.float32)
    return Relief(height.astype(np.float32), (slope + lean[cells.number]).astype(np.float32))


def _rise(height: Floats, axis: int) -> Floats:
    """Rise from texel to texel, to the right and down."""
    rise: Floats = (np.roll(height, -1, axis) - np.roll(height, 1, axis)) / 2
    return rise


def _courses(built: _Built, size: int, metres: float, _rng: np.random.Generator) -> _Cells:
    """Bricks and what else lies in rows. An even number of them, where every second is moved."""
    columns = max(1, round(metres / built.long))
    rows = max(1, round(metres / built.high))
    if built.bond:
        rows = max(2, 2 * round(rows / 2))
    place = (np.arange(size, dtype=np.float32) + 0.5) / size
    courses = (place * rows + 0.5)[:, None]  # no joint lies along the square's edge
    row = np.floor(courses).astype(np.int64) % rows
    along = place[None, :] * columns + built.bond * (row % 2) + 0.25
    column = np.floor(along).astype(np.int64) % columns
    across = courses % 1
    to_side = np.minimum(along % 1, 1 - along % 1) * (metres / columns)
    to_bed = np.minimum(across, 1 - across) * (metres / rows)
    inside = np.minimum(to_side, to_bed).astype(np.float32)
    return _Cells(inside, row * columns + column)


def _stones(side: float, size: int, metres: float, rng: np.random.Generator) -> _Cells:
    """Stones of about ``side`` metres: Voronoi's cells of a jittered grid, every second row moved
    by half (S. Worley, "A Cellular Texture Basis Function", SIGGRAPH 1996)."""
    count = max(2, 2 * round(metres / side / 2))
    middles = rng.uniform(-_JITTER, _JITTER, (count, count, 2)).astype(np.float32)
    place = (np.arange(size, dtype=np.float32) + 0.5) / size * count
    y, x = np.meshgrid(place, place, indexing="ij")
    near = [_neighbour(y, x, middles, down, right) for down in (-1, 0, 1) for right in range(-2, 3)]
    ways = np.stack([way for way, _ in near])
    first = np.argmin((ways**2).sum(axis=-1), axis=0)
    own = np.take_along_axis(ways, first[None, ..., None], axis=0)[0]
    number = np.take_along_axis(np.stack([n for _, n in near]), first[None], axis=0)[0]
    inside = np.full((size, size), np.inf, np.float32)
    for way in ways:
        apart = way - own
        length = np.sqrt((apart**2).sum(axis=-1))
        border = ((way + own) / 2 * apart).sum(axis=-1) / np.maximum(length, 1e-6)
        inside = np.where(length > 1e-6, np.minimum(inside, border), inside)
    return _Cells((inside * (metres / count)).astype(np.float32), number)


def _neighbour(
    y: Floats, x: Floats, middles: Floats, down: int, right: int
) -> tuple[Floats, Whole]:
    """The way (S, S, 2) from each texel to the middle of a cell beside its own, and its number."""
    count = len(middles)
    row = np.floor(y).astype(np.int64) + down
    moved = 0.5 * (row % 2)
    column = np.floor(x - moved).astype(np.int64) + right
    jitter = middles[row % count, column % count]
    to_y = row + 0.5 + jitter[..., 0] - y
    to_x = column + 0.5 + moved + jitter[..., 1] - x
    way = np.stack([to_y, to_x], axis=-1).astype(np.float32)
    return way, (row % count) * count + column % count


_LAID: Mapping[Kind, Callable[[int, float, np.random.Generator], _Cells]] = {
    "bricks": partial(_courses, _BRICKS),
    "tiles": partial(_courses, _TILES),
    "slabs": partial(_courses, _SLABS),
    "planks": partial(_courses, _PLANKS),
    "cobbles": partial(_stones, 0.16),
    "stones": partial(_stones, 0.33),
}
