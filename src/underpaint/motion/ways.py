"""From a pixel of one frame to its place in another: one 4×4 a body.

A body is rigid, so where a pixel (column, row) at a depth lies in another frame is linear in
(column·w, row·w, depth, 1): out of the one camera, back to rest, to where the body is in the other
frame, into the other camera. Multiplied in double precision, nothing is lost far from the origin.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..surface.sight import Sight

Doubles = npt.NDArray[np.float64]
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
    None where nobody knows."""

    sky: Way | None
    moving: dict[int, Way | None]
    still: Way


def find_ways(target: Sight, source: Sight) -> Ways:
    """How each body's pixels of the target lie in the source."""
    numbers = target.motion.keys() | source.motion.keys()
    moving = {number: _of_body(target, source, number) for number in sorted(numbers)}
    return Ways(_of_sky(target, source), moving, _through(target, source, np.eye(4)))


def _of_body(target: Sight, source: Sight, number: int) -> Way | None:
    here, there = (_stands(sight, number) for sight in (target, source))
    if here is None or there is None or abs(np.linalg.det(here)) < 1e-12:
        return None
    return _through(target, source, there @ np.linalg.inv(here))


def _stands(sight: Sight, number: int) -> Doubles | None:
    """What brings a body from rest to where a frame shows it."""
    return sight.motion[number] if number in sight.motion else np.eye(4)


def _through(target: Sight, source: Sight, moved: Doubles) -> Way:
    """The way of what ``moved`` by a 4×4 in the world between the two frames."""
    one, other = target.camera, source.camera
    into = np.linalg.inv(other.world)
    place = other.to_pixels @ into @ moved @ one.world @ one.unprojection
    turn = into[:3, :3] @ np.linalg.inv(moved[:3, :3]).T
    return Way(place, turn, bool(np.abs(turn @ turn.T - np.eye(3)).max() < 1e-6))


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
