"""How a mesh moved between two views."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from underpaint.worker.jobs.mesh import Mesh
from underpaint.worker.jobs.motion import movement

CORNERS = np.random.default_rng(0).normal(size=(30, 3, 3)).astype(np.float32)


def _turned(angle: float, scale: tuple[float, float, float] = (1, 1, 1)) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag(scale)
    matrix[:3, 3] = (3, -2, 40)
    return matrix


def _mesh(*matrices: Any, after: np.ndarray = CORNERS) -> Mesh:
    positions = {0: CORNERS, 1: after}
    placed = {index: np.reshape(matrix, (-1, 4, 4)) for index, matrix in enumerate(matrices)}
    return Mesh(CORNERS[..., :2], positions, positions, placed)


def test_a_rigid_thing_is_followed_to_its_place() -> None:
    mesh = _mesh(_turned(0.2), _turned(0.9, (2, 1, 0.5)))
    found = movement(mesh, 0, 1)
    assert found is not None
    before, after = (mesh.placed(index)[0].positions for index in (0, 1))
    assert np.allclose(before @ found[:3, :3].T + found[:3, 3], after, atol=1e-3)


@pytest.mark.parametrize(
    "mesh",
    [
        _mesh(np.eye(4), np.eye(4), after=np.sin(CORNERS)),
        _mesh(np.eye(4), _turned(0.1, (1, 1, 0))),
        _mesh([np.eye(4), _turned(1)], [np.eye(4), _turned(2)]),
        _mesh(np.eye(4), np.empty((0, 4, 4))),
    ],
    ids=["bends", "squashed flat", "one of two", "gone"],
)
def test_what_no_matrix_tells_is_not_followed(mesh: Mesh) -> None:
    assert movement(mesh, 0, 1) is None
