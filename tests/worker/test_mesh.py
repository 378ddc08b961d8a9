"""Meshes as the worker reads them: placed in the world by matrices, once or many times."""

from __future__ import annotations

import weakref
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from underpaint.errors import InputError
from underpaint.library.hashes import sha256_of
from underpaint.model.surface import SurfaceObject
from underpaint.surface.view import View
from underpaint.worker.jobs.mesh import Mesh, largest, load_mesh

CORNERS = np.array([[(0, 0, 0), (1, 0, 0), (0, 2, 0)]], np.float32)
NORMALS = np.array([[(0, 0, 1)] * 3], np.float32)
UV = CORNERS[..., :2] / 2


def load(folder: Path, indices: list[int], **arrays: Any) -> Mesh:
    path = folder / "mesh.npz"
    np.savez(path, **arrays)
    return load_mesh(folder, SurfaceObject(1, "tree", path.name, sha256_of(path), "UV"), indices)


def matrix(place: tuple[float, ...], *scale: float) -> np.ndarray:
    made = np.diag([*(scale or (1, 1, 1)), 1]).astype(float)
    made[:3, 3] = place
    return made


def test_placements_in_the_world(tmp_path):
    places = np.stack([matrix((5, 0, 0)), matrix((0, 0, 1), -1, 2, 0.5)])
    mesh = load(tmp_path, [0, 1], uv=UV, positions=CORNERS, normals=NORMALS, matrices=places)
    first, second = mesh.placed(0)
    assert first.positions == pytest.approx(np.add(CORNERS, (5, 0, 0)))
    assert second.positions == pytest.approx(CORNERS * (-1, 2, 0.5) + (0, 0, 1))
    assert second.positions.dtype == np.float32
    for placed in (first, second):
        assert placed.normals == pytest.approx(NORMALS)
    assert mesh.placed(1)[0] is first, "what stands still is placed once"


def test_of_placements_one_after_another_none_is_kept(tmp_path):
    """A shot of a thousand frames has as many; views of a texture share theirs."""
    places = np.stack([np.eye(4)] * 2)
    mesh = load(tmp_path, [0], uv=UV, positions=CORNERS, normals=NORMALS, matrices=places)
    (kept, again), passing = mesh.placed(0), weakref.ref(next(mesh.each(0, mesh.matrices[0])))
    assert kept is again and passing() is None
    for placed in mesh.each(0, mesh.matrices[0]):
        assert np.array_equal(placed.positions, kept.positions)


def test_normals_stand_upright_on_what_is_stretched_or_mirrored(tmp_path):
    slope = np.array([[(0, 0, 0), (0, 1, 0), (1, 0, 1)]], np.float32)
    normal = np.cross(slope[0, 1] - slope[0, 0], slope[0, 2] - slope[0, 0])
    normals = np.broadcast_to(normal / np.linalg.norm(normal), (1, 3, 3)).astype(np.float32)
    for scale in ((3, 1, 1), (-3, 1, 0.2), (1, -1, -1)):
        places = matrix((0, 0, 0), *scale)[None]
        mesh = load(tmp_path, [0], uv=UV, positions=slope, normals=normals, matrices=places)
        (placed,) = mesh.placed(0)
        assert np.linalg.norm(placed.normals, axis=2) == pytest.approx(1)
        edges = placed.positions[0, 1:] - placed.positions[0, :1]
        assert edges @ placed.normals[0, 0] == pytest.approx((0, 0), abs=1e-6)
        outward = (normals[0, 0] * scale) @ placed.normals[0, 0]
        assert outward > 0, "the side that was outside stays so"


def test_moving_and_deforming(tmp_path):
    moved = {f"matrices_{n}": matrix((n, 0, 0))[None] for n in (0, 1)}
    mesh = load(tmp_path, [1], uv=UV, positions=CORNERS, normals=NORMALS, **moved)
    assert mesh.placed(1)[0].positions == pytest.approx(np.add(CORNERS, (1, 0, 0)))
    bent = {f"positions_{n}": CORNERS * (n + 1) for n in (0, 1)}
    bent |= {f"normals_{n}": NORMALS for n in (0, 1)}
    mesh = load(tmp_path, [0, 1], uv=UV, matrices=matrix((0, 3, 0))[None], **bent)
    assert mesh.placed(1)[0].positions == pytest.approx(2 * CORNERS + (0, 3, 0))


def test_a_file_from_before_matrices_is_in_world_space(tmp_path):
    mesh = load(tmp_path, [4], uv=UV, positions=CORNERS, normals=NORMALS)
    assert mesh.placed(4)[0].positions == pytest.approx(CORNERS)


def test_matrices_of_another_shape_are_refused(tmp_path):
    with pytest.raises(InputError, match=r"tree.*cannot be used"):
        load(tmp_path, [0], uv=UV, positions=CORNERS, normals=NORMALS, matrices=np.eye(4))


def test_the_largest_placements_come_first():
    """What stands behind the camera or beside the picture is none of them."""
    lens = (1, 0, 0, 0, 0, 1, 0, 0, 0, 0, -1, 0, 0, 0, -1, 0)
    depth = np.full((32, 32), 9, np.float32)
    flat = np.zeros((32, 32), np.int32)
    view = View(np.zeros((32, 32, 3), np.float32), depth, flat, tuple(np.eye(4).ravel()), lens)
    places = [(0, 0, -20), (0, 0, -5), (0, 0, 9), (50, 0, -9), (0, 0, -30)]
    matrices = np.stack([matrix(place) for place in places])
    matrices[4, :3, :3] *= 20  # far, and still the largest
    assert largest(CORNERS, matrices, view).tolist() == [4, 1, 0]
