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
    ways = _of_bodies(target, source, moving) if moving else {}
    still = _through(target, source, np.eye(4)[None])[0]
    return Ways(_of_sky(target, source), ways, still, _of_turned(target, source, moving))


def _of_turned(
    target: Sight, source: Sight, moving: Sequence[tuple[int, Doubles, Doubles]]
) -> dict[int, tuple[Way, Doubles]]:
    """How bodies that turn far go, but for their turning: as their origin does."""
    turned = {n: (one, other) for n, one, other in moving if _turns(one, other)}
    if not turned:
        return {}
    slid = np.tile(np.eye(4), (len(turned), 1, 1))
    slid[:, :3, 3] = [other[:3, 3] - one[:3, 3] for one, other in turned.values()]
    ways = _through(target, source, slid)
    return {n: (way, _axis(*turned[n])) for n, way in zip(turned, ways, strict=True)}


def _turns(one: Doubles, other: Doubles) -> bool:
    """Whether a body turns by more than ``_FAR``, whatever its size."""
    if min(abs(np.linalg.det(one)), abs(np.linalg.det(other))) == 0:
        return False
    moved = (other @ np.linalg.inv(one))[:3, :3]
    size = np.cbrt(np.linalg.det(moved))
    return bool(size > 0 and (np.trace(moved) / size - 1) / 2 < _FAR)


def _axis(one: Doubles, other: Doubles) -> Doubles:
    """What stays as it is: of a rotation's symmetric part the direction that it shortens least."""
    moved = (other @ np.linalg.inv(one))[:3, :3]
    axis: Doubles = np.linalg.eigh(moved + moved.T)[1][:, -1]
    return axis


def _of_bodies(
    target: Sight, source: Sight, moving: Sequence[tuple[int, Doubles, Doubles]]
) -> dict[int, Way | None]:
    """Of bodies with where they stand in the one and the other."""
    numbers = [number for number, _, _ in moving]
    here = np.stack([one for _, one, _ in moving])
    there = np.stack([other for _, _, other in moving])
    known = np.minimum(np.abs(np.linalg.det(here)), np.abs(np.linalg.det(there))) > 0
    here[~known] = there[~known] = np.eye(4)
    ways = _through(target, source, there @ np.linalg.inv(here))
    return {n: way if some else None for n, way, some in zip(numbers, ways, known, strict=True)}


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
