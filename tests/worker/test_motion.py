"""How a mesh moved between two views, told by its corners."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.worker.jobs.motion import movement


def _turned(angle: float, scale: tuple[float, float, float]) -> np.ndarray:
    c, s = np.cos(angle), np.sin(angle)
    matrix = np.eye(4)
    matrix[:3, :3] = np.array([[c, -s, 0], [s, c, 0], [0, 0, 1]]) @ np.diag(scale)
    matrix[:3, 3] = (3, -2, 40)
    return matrix


def _mesh(flat: bool) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    corners = rng.normal(size=(30, 3, 3)).astype(np.float32)
    normals = rng.normal(size=(30, 3, 3)).astype(np.float32)
    if flat:
        corners[..., 2], normals[:] = 0, (0, 0, 1)
    return corners, normals / np.linalg.norm(normals, axis=-1, keepdims=True)


@pytest.mark.parametrize("flat", [False, True])
def test_a_rigid_thing_is_followed_to_its_place(flat: bool) -> None:
    matrix = _turned(0.7, (1, 1, 1))
    corners, normals = _mesh(flat)
    after = (corners @ matrix[:3, :3].T + matrix[:3, 3]).astype(np.float32)
    found = movement(corners, after, normals, (normals @ matrix[:3, :3].T).astype(np.float32))
    assert found is not None
    assert np.allclose(corners @ found[:3, :3].T + found[:3, 3], after, atol=1e-3)


def test_what_bends_is_not_told_by_a_matrix() -> None:
    corners, normals = _mesh(flat=False)
    assert movement(corners, np.sin(corners), normals, normals) is None


def test_what_is_squashed_flat_has_no_way_back() -> None:
    corners, normals = _mesh(flat=False)
    after = corners * np.array([1, 1, 0], np.float32)
    assert movement(corners, after, normals, normals * 0) is None
