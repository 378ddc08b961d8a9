"""An object's triangles as the add-on wrote them for the views, and where they stood."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ...library.hashes import sha256_of
from ...model.surface import SurfaceObject
from ...surface.view import View

Corners: TypeAlias = npt.NDArray[np.float32]
"""triangles × 3 corners × channels."""
Matrices: TypeAlias = npt.NDArray[np.float64]
"""placements × 4 × 4, from the mesh's own space to the world."""


@dataclass(frozen=True)
class Placed:
    """A mesh where it stands: ``positions`` and unit ``normals`` (T, 3, 3) in world space."""

    positions: Corners
    normals: Corners


@dataclass(frozen=True)
class Mesh:
    """``uv`` (T, 3, 2); ``positions`` and ``normals`` (T, 3, 3) in the mesh's own space and the
    ``matrices`` of its placements, by view index; ``mask`` (T, 3), 0…1, where only a part is to be
    painted."""

    uv: Corners
    positions: Mapping[int, Corners]
    normals: Mapping[int, Corners]
    matrices: Mapping[int, Matrices]
    mask: Corners | None = None
    _placed: dict[tuple[int, bytes], Placed] = field(default_factory=dict, repr=False)

    def placed(self, index: int) -> tuple[Placed, ...]:
        """The mesh in a view: the object itself, where it is shown, then its instances.

        What stands as it does in another view is the same ``Placed``.
        """
        return tuple(self.place(index, matrix) for matrix in self.matrices[index])

    def place(self, index: int, matrix: Matrices) -> Placed:
        """The mesh in a view, placed by one ``matrix`` (4, 4)."""
        key = (id(self.positions[index]), matrix.tobytes())
        if key not in self._placed:
            self._placed[key] = self._moved(index, matrix)
        return self._placed[key]

    def each(self, index: int, matrices: Matrices) -> Iterator[Placed]:
        """The mesh in a view, placed by one matrix after another; none stays in memory, as there
        may be a wood of them, or a frame of a shot each."""
        return (self._moved(index, matrix) for matrix in matrices)

    def _moved(self, index: int, matrix: Matrices) -> Placed:
        linear = matrix[:3, :3]
        turned = self.normals[index] @ _normal_matrix(linear).T
        length = np.linalg.norm(turned, axis=-1, keepdims=True)
        return Placed(
            (self.positions[index] @ linear.T + matrix[:3, 3]).astype(np.float32),
            (turned / np.maximum(length, 1e-30)).astype(np.float32),
        )


def load_mesh(folder: Path, record: SurfaceObject, indices: list[int]) -> Mesh:
    """The mesh at the views ``indices``. Raises InputError for a file that cannot be used."""
    path = folder / record.mesh
    if sha256_of(path) != record.sha256:
        raise _broken(record, "it was changed since it was written")
    try:
        with np.load(path, allow_pickle=False) as arrays:
            return _read(arrays, indices)
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise _broken(record, str(error)) from error


def largest(positions: Corners, matrices: Matrices, view: View) -> npt.NDArray[np.int64]:
    """Rows of the placements that reach into a picture, the one that it shows largest first."""
    points = positions.reshape(-1, 3)
    middle = (points.min(0) + points.max(0)) / 2
    radius = float(np.linalg.norm(points - middle, axis=1).max())
    scale = np.linalg.norm(matrices[:, :3, :3], axis=1).max(1)
    place = view.camera.to_camera(
        (matrices[:, :3, :3] @ middle + matrices[:, :3, 3]).astype(np.float32)
    )
    away = np.maximum(-place[:, 2], np.float32(1e-3))
    reach = radius * scale / view.camera.pixel_width(away)
    column, row = view.camera.pixels(np.stack([place[:, 0], place[:, 1], -away], -1))
    height, width = view.depth.shape
    beside = np.maximum(
        np.abs(column - width / 2) - width / 2, np.abs(row - height / 2) - height / 2
    )
    inside = np.flatnonzero((beside < reach) & (place[:, 2] < radius * scale))
    return inside[np.argsort(-reach[inside], kind="stable")]


def _read(arrays: np.lib.npyio.NpzFile, indices: list[int]) -> Mesh:
    mesh = Mesh(
        _corners(arrays["uv"], 2),
        {n: _corners(array, 3) for n, array in _by_view(arrays, "positions", indices).items()},
        {n: _corners(array, 3) for n, array in _by_view(arrays, "normals", indices).items()},
        {n: _matrices(array) for n, array in _by_view(arrays, "matrices", indices).items()},
        arrays["mask"].astype(np.float32) if "mask" in arrays else None,
    )
    shapes = {a.shape[0] for a in (mesh.uv, *mesh.positions.values(), *mesh.normals.values())}
    if mesh.mask is not None and mesh.mask.shape != mesh.uv.shape[:2]:
        raise ValueError(f"its mask has the shape {mesh.mask.shape}")
    if len(shapes) > 1:
        raise ValueError("its arrays are of different lengths")
    return mesh


def _by_view(
    arrays: np.lib.npyio.NpzFile, name: str, indices: list[int]
) -> dict[int, npt.NDArray[np.float64]]:
    """One array for all views where nothing changes, else one a view. Files from before matrices
    were written hold corners in world space."""
    if name in arrays:
        return dict.fromkeys(indices, arrays[name])
    if name == "matrices" and not any(key.startswith(name) for key in arrays):
        return dict.fromkeys(indices, np.eye(4)[None])
    return {index: arrays[f"{name}_{index}"] for index in indices}


def _corners(array: npt.NDArray[np.float64], channels: int) -> Corners:
    if array.ndim != 3 or array.shape[1:] != (3, channels):
        raise ValueError(f"an array has the shape {array.shape}")
    return array.astype(np.float32, copy=False)


def _matrices(array: npt.NDArray[np.float64]) -> Matrices:
    if array.ndim != 3 or array.shape[1:] != (4, 4):
        raise ValueError(f"an array of matrices has the shape {array.shape}")
    return array.astype(np.float64, copy=False)


def _normal_matrix(linear: Matrices) -> Matrices:
    """Inverse transpose up to a positive factor; also for matrices that flatten."""
    a, b, c = linear.T
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    signed: Matrices = cofactors * (np.sign(np.linalg.det(linear)) or 1.0)
    return signed


def _broken(record: SurfaceObject, why: str) -> InputError:
    return InputError(
        f'The mesh file of "{record.name}" cannot be used: {why}. Paint the textures again from '
        "Blender, which writes it anew."
    )
