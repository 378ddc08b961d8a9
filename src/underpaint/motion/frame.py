"""A frame made ready to be looked for in others, and to be looked at from others.

What others look at carries a border of ``PAD`` pixels that repeats the picture's own, so that no
tap falls outside; such arrays are flat, ``stride`` pixels a row.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Bytes, Floats, Ints
from ..passes.edges import depth_parts
from ..surface.outlines import Outlines, find_outlines, steps_behind
from ..surface.sight import Sight
from .ways import SKY

PAD = 2
NOBODY = -1
"""What lies beyond no outline; the body of no pixel."""
_EDGE, _BORDER = 12.0, 32.0
"""Pixels over which a key's word fades toward its outlines, and toward its border, which is long
and straight: where only the other key sees on, the step from both to one is soft."""
BRUSHED, _BEHIND = 5, 8
"""Pixels to which a painted outline reaches over what lies behind it, and up to which it is told
how far that is."""
_SAME_FACE = 0.5
"""Cosine of 60°: neighbours of a body that turn farther from each other show two faces of it."""

Indices = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Around:
    """What is asked of pixels that lend paint, bordered: see ``Frame``."""

    beyond: Ints
    thin: Bools
    density: Floats
    clarity: Floats
    behind: Bytes


@dataclass(frozen=True)
class Frame:
    """What a camera measured (``sight``), and all that gathering asks of it, found once."""

    sight: Sight

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width."""
        height, width = self.sight.depth.shape
        return height, width

    @property
    def stride(self) -> int:
        """Pixels in a row with its border."""
        return self.shape[1] + 2 * PAD

    # --- of pixels that are looked for ---

    @cached_property
    def depth(self) -> Floats:
        """N metres; 1 where nothing is hit."""
        depth = self.sight.depth.reshape(-1)
        return np.where(np.isfinite(depth), depth, np.float32(1))

    @cached_property
    def ids(self) -> Ints:
        """N bodies; NOBODY where a background is said to be near, or a body infinitely far."""
        ids = self.sight.object_id.reshape(-1)
        ghosts = (ids == SKY) == np.isfinite(self.sight.depth.reshape(-1))
        return np.where(ghosts, np.int32(NOBODY), ids) if ghosts.any() else ids

    @cached_property
    def normals(self) -> Floats:
        """3×N: unit, in the world."""
        return np.ascontiguousarray(self.sight.normal.reshape(-1, 3).T, np.float32)

    @cached_property
    def scaled(self) -> tuple[Floats, Floats]:
        """N: columns and rows, times what the lens divides by."""
        height, width = self.shape
        w = self.sight.camera.scale(self.depth).reshape(height, width)
        column = w * np.arange(width, dtype=np.float32)
        row = w * np.arange(height, dtype=np.float32)[:, None]
        return column.reshape(-1), row.reshape(-1)

    @cached_property
    def pixels(self) -> dict[int, Indices]:
        """The flat indices of each body's pixels, in order."""
        starts = np.flatnonzero(np.diff(self.ids, prepend=self.ids[0] - 1))
        lengths = np.diff(starts, append=len(self.ids))
        numbers, run = np.unique(self.ids[starts], return_inverse=True)
        order = np.argsort(np.repeat(run, lengths).astype(np.int16), kind="stable")
        counts = np.bincount(run, lengths, len(numbers)).astype(np.intp)
        parts = np.split(order, np.cumsum(counts)[:-1])
        return dict(zip(numbers.tolist(), parts, strict=True))

    @cached_property
    def joined(self) -> tuple[Bools, Bools]:
        """Whether a pixel and its right (H×W−1), and its lower (H−1×W) neighbour show one thing."""
        if "outlines" in self.__dict__:
            return self.outlines.joined
        right, below = depth_parts(self.sight.depth, self.sight.object_id)
        return ~right, ~below

    @cached_property
    def outlines(self) -> Outlines:
        """How far every pixel is from an outline."""
        return find_outlines(self.sight.depth, self.sight.object_id)

    @cached_property
    def beyond(self) -> Ints:
        """N: the body on the other side of the outline that a pixel lies beside, else NOBODY."""
        ids = self.sight.object_id
        beyond = np.full(self.shape, NOBODY, np.int32)
        for axis, joined in ((1, self.joined[0]), (0, self.joined[1])):
            one, other = (_along(axis, cut) for cut in (np.s_[:-1], np.s_[1:]))
            beyond[one] = np.where(joined, beyond[one], np.maximum(beyond[one], ids[other]))
            beyond[other] = np.where(joined, beyond[other], np.maximum(beyond[other], ids[one]))
        return beyond.reshape(-1)

    @cached_property
    def thin(self) -> Bools:
        """N: pixels between two outlines, of something one pixel wide."""
        right, below = self.joined
        apart = np.zeros((2, *self.shape), bool)
        apart[0, :, 1:-1] = ~right[:, 1:] & ~right[:, :-1]
        apart[1, 1:-1] = ~below[1:] & ~below[:-1]
        return apart.any(0).reshape(-1)

    @cached_property
    def density(self) -> Floats:
        """N: pixels a square metre of what they show, as many as a lens puts there: f²·cos/depth².

        One for the sky.
        """
        camera = self.sight.camera
        turn = camera.world[:3, :3].astype(np.float32)
        x, y, z = (turn[:, axis] @ self.normals for axis in range(3))
        facing = z
        if camera.perspective:
            to = camera.unprojection.astype(np.float32)
            column, row = self.scaled
            across = (to[0, 0] * column + to[0, 3]) / self.depth + to[0, 2]
            down = (to[1, 1] * row + to[1, 3]) / self.depth + to[1, 2]
            facing = z - x * across - y * down
        width = camera.pixel_width(self.depth)
        density = np.maximum(np.abs(facing), np.float32(1e-3)) / (width * width)
        density[self.ids == SKY] = 1
        return density

    @cached_property
    def behind(self) -> Bytes:
        """N: how many pixels off what stands before what they show is, up to ``_BEHIND``."""
        return steps_behind(self.outlines, self.sight.depth, _BEHIND).reshape(-1)

    @cached_property
    def clarity(self) -> Floats:
        """N in 0…1: full ``_EDGE`` pixels from outlines and ``_BORDER`` from the border."""
        height, width = self.shape
        row, column = np.arange(height), np.arange(width)
        edge = np.minimum(
            np.minimum(row, height - 1 - row)[:, None], np.minimum(column, width - 1 - column)
        )
        border = (edge + 1).astype(np.float32) / np.float32(_BORDER)
        outline = self.outlines.clearance.astype(np.float32) / np.float32(_EDGE)
        return np.minimum(np.minimum(border, outline), 1).reshape(-1)

    # --- of pixels that are looked at ---

    def bordered(self, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        """Values of all pixels (N), with the border."""
        return np.pad(values.reshape(self.shape), PAD, mode="edge").reshape(-1)

    @cached_property
    def bodies(self) -> Ints:
        """Bordered ``ids``."""
        return self.bordered(self.ids)

    @cached_property
    def around(self) -> Around:
        """Bordered ``beyond``, ``thin``, ``density``, ``clarity`` and ``behind``."""
        own = (self.beyond, self.thin, self.density, self.clarity, self.behind)
        return Around(*map(self.bordered, own))

    @cached_property
    def measure(self) -> Floats:
        """Bordered: what is affine in the picture of a plane: inverse depth, or depth where the
        camera is orthographic."""
        depth = self.depth
        return self.bordered(1 / depth if self.sight.camera.perspective else depth)

    @cached_property
    def facing(self) -> Floats:
        """3×M, bordered: unit normals in camera space."""
        turn = self.sight.camera.world[:3, :3].T.astype(np.float32)
        return np.stack([self.bordered(axis) for axis in turn @ self.normals])

    @cached_property
    def whole(self) -> Bools:
        """Bordered: whether the 4×4 pixels around show one face of one thing; the pixel is the
        upper left of the middle ones."""
        right, below = self._one_face
        cells = right[:-1] & right[1:] & below[:, :-1] & below[:, 1:]
        for axis in (0, 1):
            length = cells.shape[axis]
            first = _along(axis, np.s_[: length - 2])
            cells = cells[first] & np.roll(cells, -1, axis)[first] & np.roll(cells, -2, axis)[first]
        whole = np.zeros((self.shape[0] + 2 * PAD, self.stride), bool)
        whole[1 : 1 + cells.shape[0], 1 : 1 + cells.shape[1]] = cells
        return whole.reshape(-1)

    @property
    def _one_face(self) -> tuple[Bools, Bools]:
        """``joined`` with the border, and not folded."""
        normal = self.normals.reshape(3, *self.shape)
        right = np.einsum("chw,chw->hw", normal[:, :, 1:], normal[:, :, :-1]) > _SAME_FACE
        below = np.einsum("chw,chw->hw", normal[:, 1:], normal[:, :-1]) > _SAME_FACE
        right, below = right & self.joined[0], below & self.joined[1]
        right = np.pad(right, ((PAD, PAD), (0, 0)), mode="edge")
        below = np.pad(below, ((0, 0), (PAD, PAD)), mode="edge")
        return (
            np.pad(right, ((0, 0), (PAD, PAD)), constant_values=True),
            np.pad(below, ((PAD, PAD), (0, 0)), constant_values=True),
        )


def _along(axis: int, cut: slice) -> tuple[slice, slice]:
    """A cut along one of two axes."""
    return (cut, slice(None)) if axis == 0 else (slice(None), cut)
