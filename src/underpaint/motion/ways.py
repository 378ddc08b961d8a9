"""From a pixel of one frame to its place in another: one 4×4 a body.

A body is rigid, so where a pixel (column, row) at a depth lies in another frame is linear in
(column·w, row·w, depth, 1): out of the one camera, back to rest, to where the body is in the other
frame, into the other camera. Multiplied in double precision, nothing is lost far from the origin.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from ..surface.sight import Sight

Doubles = npt.NDArray[np.float64]
_AT_REST = np.eye(4)
_FAR = np.cos(np.radians(10))
"""Less than wheels turn from one frame to the next: then all frames between keys agree on them."""
_NONE: Mapping[int, int] = MappingProxyType({})
SKY = 0
"""The number of what lies infinitely far."""


@dataclass(frozen=True)
class Way:
    """``place``: 4×4 from (column·w, row·w, depth, 1) to (column·w, row·w, w, depth) of the other
    frame. ``turn``: 3×3 from world normals of the one to camera-space normals of the other, which
    are unit again when ``rigid``."""

    place: Doubles
    turn: Doubles
    rigid: bool = True


@dataclass(frozen=True)
class Ways:
    """From one frame to another: of the sky, of all ``moving`` bodies by number, and of the rest.
    None where nobody knows. ``rolling``: of those that turn far, the way as though they did not
    turn, and the axis (3, unit, in the world) that they turn about."""

    sky: Way | None
    moving: dict[int, Way | None]
    still: Way
    rolling: dict[int, tuple[Way, Doubles]]


def find_ways(
    target: Sight, source: Sight, numbers: Iterable[int], again: Mapping[int, int] = _NONE
) -> Ways:
    """How these bodies' pixels of the target lie in the source. ``again``: what some of them are
    there, so that they are taken for rigid."""
    pairs = [(n, _stands(target, n), _stands(source, again.get(n, n))) for n in numbers]
    moving = [pair for pair in pairs if not np.array_equal(pair[1], pair[2])]
    still = _through(target, source, np.eye(4)[None])[0]
    ways, rolling = _of_bodies(target, source, moving) if moving else ({}, {})
    return Ways(_of_sky(target, source), ways, still, rolling)


def _of_bodies(
    target: Sight, source: Sight, moving: Sequence[tuple[int, Doubles, Doubles]]
) -> tuple[dict[int, Way | None], dict[int, tuple[Way, Doubles]]]:
    """Of bodies with where they stand in the one and the other: ``Ways.moving`` and ``rolling``."""
    numbers = [number for number, _, _ in moving]
    here = np.stack([one for _, one, _ in moving])
    there = np.stack([other for _, _, other in moving])
    known = np.minimum(np.abs(np.linalg.det(here)), np.abs(np.linalg.det(there))) > 0
    here[~known] = there[~known] = np.eye(4)
    moved = there @ np.linalg.inv(here)
    ways = _through(target, source, moved)
    turning = np.flatnonzero(_turn_far(moved[:, :3, :3]))
    slid = np.tile(np.eye(4), (len(turning), 1, 1))
    slid[:, :3, 3] = (there - here)[turning, :3, 3]
    axes = _axes(moved[turning, :3, :3])
    rolling = zip(turning.tolist(), _through(target, source, slid), axes, strict=True)
    return (
        {n: way if some else None for n, way, some in zip(numbers, ways, known, strict=True)},
        {numbers[row]: (way, axis) for row, way, axis in rolling},
    )


def _turn_far(moved: Doubles) -> npt.NDArray[np.bool_]:
    """B: which of B×3×3 turn by more than ``_FAR``, whatever size they give; no mirrored ones."""
    size = np.cbrt(np.linalg.det(moved))
    size = np.where(size > 0, size, np.nan)
    far: npt.NDArray[np.bool_] = (np.trace(moved, axis1=1, axis2=2) / size - 1) / 2 < _FAR
    return far


def _axes(moved: Doubles) -> Doubles:
    """B×3: what stays as it is: of rotations' symmetric parts the direction that they shorten
    least."""
    return np.linalg.eigh(moved + moved.swapaxes(1, 2))[1][..., -1]


def _stands(sight: Sight, number: int) -> Doubles:
    """What brings a body from rest to where a frame shows it; zeros where none does."""
    matrix = sight.motion.get(number, _AT_REST)
    return np.zeros((4, 4)) if matrix is None else matrix


def _through(target: Sight, source: Sight, moved: Doubles) -> list[Way]:
    """The ways of what ``moved`` by 4×4s (B×4×4) in the world between the two frames."""
    one, other = target.camera, source.camera
    into = np.linalg.inv(other.world)
    places = other.to_pixels @ into @ moved @ one.world @ one.unprojection
    turns = into[:3, :3] @ np.linalg.inv(moved[:, :3, :3]).swapaxes(1, 2)
    rigid = np.abs(turns @ turns.swapaxes(1, 2) - np.eye(3)).max((1, 2)) < 1e-6
    return [Way(*way) for way in zip(places, turns, rigid.tolist(), strict=True)]


def _of_sky(target: Sight, source: Sight) -> Way | None:
    """What is infinitely far moves by the turn of the camera alone.

    An orthographic camera sees one direction all over its picture: there the sky stays as it is.
    """
    one, other = target.camera, source.camera
    if one.perspective != other.perspective:
        return None
    if not one.perspective:
        stays = np.array([[1.0, 0, 0, 0], [0, 1, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0]])
        return Way(stays, np.eye(3))
    out, along = one.unprojection.copy(), np.eye(4)
    out[:, 3] = 0
    along[:3, :3] = other.world[:3, :3].T @ one.world[:3, :3]
    return Way(other.to_pixels @ along @ out, np.eye(3))
