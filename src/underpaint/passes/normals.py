"""Normals from the world into the camera's space, and the normal control."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from ..model.shot import Matrix
from .arrays import Floats

_TOWARD_CAMERA = np.array((0.0, 0.0, 1.0), np.float32)


def camera_axes(camera_to_world: Matrix) -> Floats:
    """3×3 whose columns are the camera's right, up and backward in the world, unit length.

    A scaled camera sees as an unscaled one does, so the scale is taken out.
    """
    matrix: npt.NDArray[np.float64] = np.asarray(camera_to_world, np.float64).reshape(4, 4)
    axes = matrix[:3, :3]
    return (axes / np.linalg.norm(axes, axis=0)).astype(np.float32)


def to_camera_space(normal_world: Floats, camera_to_world: Matrix) -> Floats:
    """H×W×3 unit normals, X right, Y up, Z toward the camera; (0, 0, 1) where nothing is hit."""
    normal = normal_world @ camera_axes(camera_to_world)
    length = np.sqrt(np.einsum("...c,...c->...", normal, normal))[..., None]
    unit = normal / np.maximum(length, np.float32(1e-12))
    return np.where(length > 0.5, unit, _TOWARD_CAMERA)


def normal_control(normal: Floats) -> Floats:
    """H×W×3 of n/2 + 1/2 for camera-space normals."""
    return normal * np.float32(0.5) + np.float32(0.5)
