"""An object's triangles as the add-on wrote them for the views."""

from __future__ import annotations

import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ...errors import InputError
from ...library.hashes import sha256_of
from ...model.surface import SurfaceObject

Corners: TypeAlias = npt.NDArray[np.float32]
"""triangles × 3 corners × channels."""


@dataclass(frozen=True)
class Mesh:
    """``uv`` (T, 3, 2); ``positions`` and ``normals`` (T, 3, 3), world space, by view index."""

    uv: Corners
    positions: dict[int, Corners]
    normals: dict[int, Corners]


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


def _read(arrays: np.lib.npyio.NpzFile, indices: list[int]) -> Mesh:
    """One array for all views where nothing moves, else one a view."""
    still = "positions" in arrays

    def by_view(name: str) -> dict[int, Corners]:
        if still:
            return dict.fromkeys(indices, _corners(arrays[name], 3))
        return {index: _corners(arrays[f"{name}_{index}"], 3) for index in indices}

    mesh = Mesh(_corners(arrays["uv"], 2), by_view("positions"), by_view("normals"))
    shapes = {a.shape[0] for a in (mesh.uv, *mesh.positions.values(), *mesh.normals.values())}
    if len(shapes) > 1:
        raise ValueError("its arrays are of different lengths")
    return mesh


def _corners(array: npt.NDArray[np.float32], channels: int) -> Corners:
    if array.ndim != 3 or array.shape[1:] != (3, channels):
        raise ValueError(f"an array has the shape {array.shape}")
    return array.astype(np.float32, copy=False)


def _broken(record: SurfaceObject, why: str) -> InputError:
    return InputError(
        f'The mesh file of "{record.name}" cannot be used: {why}. Paint the textures again from '
        "Blender, which writes it anew."
    )
