"""How the objects that are textured moved between the views, by their meshes."""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...model.surface import SurfaceObject
from .mesh import Corners, load_mesh

Doubles = npt.NDArray[np.float64]
Motions = dict[int, dict[int, Doubles | None]]
"""View index → object id → 4×4 from where it is in the first view; None where it deforms."""

_ENOUGH = 4000
"""Corners that tell well enough how an object moved."""
_OFF = 2e-3
"""Of an object's size: what a rigid thing's corners may be off."""


def motions(folder: Path, objects: Sequence[SurfaceObject], indices: Sequence[int]) -> Motions:
    """How each object that moves has moved by each of the views (their indices in the mesh files).

    Raises InputError for a mesh file that cannot be used.
    """
    found: Motions = {index: {} for index in indices}
    for item in objects:
        if _stands_still(folder / item.mesh):
            continue
        mesh = load_mesh(folder, item, list(indices))
        first = indices[0]
        for index in indices[1:]:
            found[index][item.id] = movement(
                mesh.positions[first],
                mesh.positions[index],
                mesh.normals[first],
                mesh.normals[index],
            )
    return found


def movement(
    before: Corners, after: Corners, normals: Corners, normals_after: Corners
) -> Doubles | None:
    """The 4×4 that brings corners (T×3×3) to where they are after; None where no matrix does.

    Points moved along their normals take part, so that a flat thing, too, has three dimensions.
    """
    size = float(np.ptp(before.reshape(-1, 3), axis=0).max())
    one, other = _points(before, normals, size), _points(after, normals_after, size)
    step = max(1, len(one) // _ENOUGH)
    one, other = one[::step], other[::step]
    whole = np.column_stack([one, np.ones(len(one))])
    solution = np.linalg.lstsq(whole, other, rcond=None)[0]
    if np.abs(whole @ solution - other).max() > _OFF * max(size, 1e-9):
        return None
    matrix = np.eye(4)
    matrix[:3] = solution.T
    return matrix if abs(np.linalg.det(matrix)) > 1e-9 else None


def _points(corners: Corners, normals: Corners, size: float) -> Doubles:
    points = corners.reshape(-1, 3).astype(np.float64)
    moved = points + 0.25 * size * normals.reshape(-1, 3)
    return np.concatenate([points, moved])


def _stands_still(path: Path) -> bool:
    """Whether a mesh file holds one place for all views; of a broken one its reader
    tells."""
    try:
        with zipfile.ZipFile(path) as archive:
            return "positions.npy" in archive.namelist()
    except (OSError, zipfile.BadZipFile):
        return False
