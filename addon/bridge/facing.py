"""Whether an object is a ground or a wall, by which way most of its surface faces."""

from __future__ import annotations

import bpy
import numpy as np
from mathutils import Matrix
from underpaint.model.request import Facing


def facing(obj: bpy.types.Object) -> Facing:
    """ "ground" where the faces of a mesh look up and down more than aside, over their area."""
    mesh = obj.data
    count = len(mesh.polygons)
    normals, areas = np.empty(count * 3, np.float32), np.empty(count, np.float32)
    mesh.polygons.foreach_get("normal", normals)
    mesh.polygons.foreach_get("area", areas)
    turn = np.array(_normal_matrix(obj.matrix_world), np.float64)
    # the cofactors of the matrix take a face's normal times its area to what it is in the world
    sides = np.abs((normals.reshape(-1, 3) * areas[:, None]) @ turn.T).sum(axis=0)
    return "ground" if sides[2] >= max(sides[0], sides[1]) else "wall"


def _normal_matrix(to_world: Matrix) -> Matrix:
    """The cofactors of the matrix's turning and scaling part; whole where it flattens, too."""
    return to_world.to_3x3().adjugated().transposed()
