"""How the objects that are textured moved between the views, by their meshes."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from ...model.surface import SurfaceObject
from .mesh import Mesh, load_mesh

Doubles = npt.NDArray[np.float64]
Motions = dict[int, dict[int, Doubles | None]]
"""View index → object id → 4×4 from where it is in the first view; None where it deforms."""

_OFF = 1e-3
"""Of an object's size: what corners may move in the mesh's own space and still be at rest."""


def motions(folder: Path, objects: Sequence[SurfaceObject], indices: Sequence[int]) -> Motions:
    """How each object that moves has moved by each of the views (their indices in the mesh files).

    Raises InputError for a mesh file that cannot be used.
    """
    found: Motions = {index: {} for index in indices}
    for item in objects:
        mesh = load_mesh(folder, item, list(indices))
        for index in indices[1:]:
            if not _stands_still(mesh, indices[0], index):
                found[index][item.id] = movement(mesh, indices[0], index)
    return found


def movement(mesh: Mesh, before: int, after: int) -> Doubles | None:
    """The 4×4 that brings a mesh from where one view shows it to where another does.

    None where no matrix does: where it deforms, has become flat, or is one of several placements,
    of which pixels do not tell which they show.
    """
    one, other = mesh.matrices[before], mesh.matrices[after]
    if len(one) != 1 or len(other) != 1 or _deforms(mesh, before, after):
        return None
    if abs(np.linalg.det(one[0])) < 1e-12 or abs(np.linalg.det(other[0])) < 1e-12:
        return None
    moved: Doubles = other[0] @ np.linalg.inv(one[0])
    return moved


def _stands_still(mesh: Mesh, before: int, after: int) -> bool:
    same = np.array_equal(mesh.matrices[before], mesh.matrices[after])
    return same and not _deforms(mesh, before, after)


def _deforms(mesh: Mesh, before: int, after: int) -> bool:
    one, other = mesh.positions[before], mesh.positions[after]
    if one is other:
        return False
    size = float(np.ptp(one.reshape(-1, 3), axis=0).max())
    return bool(np.abs(one - other).max() > _OFF * size)
