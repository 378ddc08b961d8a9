"""UV layouts that were made for rendered meshes, kept beside the project's meshes.

What is unwrapped as it is rendered is unwrapped in the pose that it happens to have. So that its
textures still fit when it is painted in another pose, from a .blend that was not saved with them, a
layout is made once and serves for as long as the faces stay.
"""

from __future__ import annotations

import io
import zipfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from underpaint.errors import UnderpaintError
from underpaint.library.atomic import write_bytes
from underpaint.model.names import to_file_name

from .layout import is_sound
from .polygons import Array, Polygons


@dataclass(frozen=True)
class KeptLayouts:
    """Layouts in a ``folder``, one an object."""

    folder: Path

    def find(self, name: str, rendered: str, gap: float, mesh: Polygons) -> Array | None:
        """(L, 2): the layout of an object for faces that are ``rendered`` so (``topology_of``) with
        islands at least ``gap`` apart; None where none was kept, or none that still serves."""
        try:
            with np.load(self._file(name), allow_pickle=False) as kept:
                uv, of, apart = kept["uv"], str(kept["rendered"]), float(kept["gap"])
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        fits = of == rendered and apart >= gap and uv.shape == (len(mesh.verts), 2)
        corners = mesh.triangles
        return uv if fits and is_sound(uv[corners], mesh.points[mesh.verts[corners]]) else None

    def keep(self, name: str, rendered: str, gap: float, uv: Array) -> None:
        """Remember a layout; where that cannot be written, the next one is made anew."""
        content = io.BytesIO()
        np.savez(content, uv=uv.astype(np.float32), rendered=rendered, gap=gap)
        with suppress(UnderpaintError):
            write_bytes(self._file(name), content.getvalue())

    def _file(self, name: str) -> Path:
        return self.folder / f"{to_file_name(name)}.npz"
