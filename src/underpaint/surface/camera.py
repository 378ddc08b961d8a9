"""A camera as arithmetic: from the world into a picture and back.

Conventions are those of ``model.shot``. The projection may shift the picture, but neither shears
it nor is it a fisheye.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from ..model.shot import Matrix
from ..passes.arrays import Floats

_Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Camera:
    """Where a camera stands, what its lens does, and how many pixels its picture has."""

    to_world: Matrix
    projection: Matrix
    height: int
    width: int

    @cached_property
    def perspective(self) -> bool:
        """Whether things get smaller with distance."""
        return bool(self.lens[3, 2] != 0)

    @cached_property
    def lens(self) -> _Doubles:
        """The projection, 4×4."""
        return np.array(self.projection, np.float64).reshape(4, 4)

    @cached_property
    def world(self) -> _Doubles:
        """Camera space to world, 4×4, without the camera's scale, which changes nothing it sees."""
        matrix = np.array(self.to_world, np.float64).reshape(4, 4)
        matrix[:3, :3] /= np.linalg.norm(matrix[:3, :3], axis=0)
        return matrix

    def to_camera(self, points: Floats) -> Floats:
        """World points (…×3) in camera space; the camera's place is taken off first, so that little
        is lost far from the origin."""
        return (points - self._eye) @ self._turn

    def from_camera(self, points: Floats) -> Floats:
        """Camera-space points (…×3) in the world."""
        return points @ self._turn.T + self._eye

    def turned(self, directions: Floats) -> Floats:
        """Camera-space directions (…×3) in the world."""
        return directions @ self._turn.T

    def turn(self, directions: Floats) -> Floats:
        """World directions (…×3) in camera space."""
        return directions @ self._turn

    @cached_property
    def _eye(self) -> Floats:
        return self.world[:3, 3].astype(np.float32)

    @cached_property
    def _turn(self) -> Floats:
        return self.world[:3, :3].astype(np.float32)

    def pixels(self, points: Floats) -> tuple[Floats, Floats]:
        """(column, row) of camera-space points (N×3) in front of the camera; pixel centres are
        whole numbers, and what has no place in the picture's plane is no number."""
        lens = self.lens.astype(np.float32)
        z = points[:, 2]
        w = lens[3, 2] * z + lens[3, 3]
        w = np.where(w > 0, w, np.float32(np.nan))
        x = (lens[0, 0] * points[:, 0] + lens[0, 2] * z + lens[0, 3]) / w
        y = (lens[1, 1] * points[:, 1] + lens[1, 2] * z + lens[1, 3]) / w
        half, width, height = np.float32(0.5), np.float32(self.width), np.float32(self.height)
        return (x + 1) * half * width - half, (1 - y) * half * height - half

    def points(
        self, column: npt.NDArray[np.int32], row: npt.NDArray[np.int32], depth: Floats
    ) -> Floats:
        """What pixels (N) show at depths (N), N×3 in camera space."""
        lens = self.lens.astype(np.float32)
        half, width, height = np.float32(0.5), np.float32(self.width), np.float32(self.height)
        w = lens[3, 3] - lens[3, 2] * depth
        points = np.empty((len(depth), 3), np.float32)
        x = ((column.astype(np.float32) + half) / width * 2 - 1) * w
        y = (1 - (row.astype(np.float32) + half) / height * 2) * w
        points[:, 0] = (x + lens[0, 2] * depth - lens[0, 3]) / lens[0, 0]
        points[:, 1] = (y + lens[1, 2] * depth - lens[1, 3]) / lens[1, 1]
        points[:, 2] = -depth
        return points

    @cached_property
    def unprojection(self) -> _Doubles:
        """4×4 from (column·w, row·w, depth, 1) of a pixel to its point in camera space, where w is
        ``scale`` of the depth."""
        lens, width, height = self.lens, self.width, self.height
        w = np.array([0, 0, -lens[3, 2], lens[3, 3]])
        depth, one = np.eye(4)[2:]
        x = (np.array([2 / width, 0, 0, 0]) + (1 / width - 1) * w + lens[0, 2] * depth) / lens[0, 0]
        y = (np.array([0, -2 / height, 0, 0]) + (1 - 1 / height) * w + lens[1, 2] * depth) / lens[
            1, 1
        ]
        return np.array(
            [x - lens[0, 3] / lens[0, 0] * one, y - lens[1, 3] / lens[1, 1] * one, -depth, one]
        )

    @cached_property
    def to_pixels(self) -> _Doubles:
        """4×4 from a point in camera space to (column·w, row·w, w, depth)."""
        lens, width, height = self.lens, self.width, self.height
        w = np.array([0, 0, lens[3, 2], lens[3, 3]])
        column = (lens[0] + w) * width / 2 - w / 2
        row = (w - lens[1]) * height / 2 - w / 2
        return np.array([column, row, w, [0, 0, -1, 0]])

    def thinned(self, step: int) -> Camera:
        """The camera of a picture that holds every ``step``-th pixel of this one, the first of them
        the ``step // 2``-th."""
        lens, first = self.lens.copy(), step // 2
        height, width = (-(-(side - first) // step) for side in (self.height, self.width))
        by, down = width * step / self.width, height * step / self.height
        lens[0] = (lens[0] - (by - 1 - (step - 2 * first - 1) / self.width) * lens[3]) / by
        lens[1] = (lens[1] - (1 - down + (step - 2 * first - 1) / self.height) * lens[3]) / down
        return Camera(self.to_world, tuple(lens.reshape(-1).tolist()), height, width)

    def cropped(self, top: int, left: int, height: int, width: int) -> Camera:
        """The camera of a part of this one's picture."""
        lens = self.lens.copy()
        across, down = self.width / width, self.height / height
        lens[0] = lens[0] * across + lens[3] * ((self.width - 2 * left) / width - 1)
        lens[1] = lens[1] * down - lens[3] * ((self.height - 2 * top) / height - 1)
        return Camera(self.to_world, tuple(lens.reshape(-1).tolist()), height, width)

    def scale(self, depth: Floats) -> Floats:
        """What the lens divides by at depths: the depth itself, or one where it is orthographic."""
        return np.float32(self.lens[3, 3]) - np.float32(self.lens[3, 2]) * depth

    def pixel_width(self, depth: Floats) -> Floats:
        """Metres that a pixel is wide at depths (N)."""
        width = np.float32(2 / (abs(float(self.lens[0, 0])) * self.width))
        return depth * width if self.perspective else np.full_like(depth, width)
