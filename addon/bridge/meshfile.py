"""Follows one object's mesh through the views, and writes the .npz that holds it; numpy only."""

from __future__ import annotations

import hashlib
import uuid
import zipfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from underpaint.library.atomic import TEMP_PREFIX, disk_errors, move

from .layout import tiles
from .polygons import Array, Polygons

NOWHERE = (
    "{name} has points that lie nowhere, their place is no number: delete them, or switch off the "
    "modifier that makes them, to paint its texture."
)


@dataclass(frozen=True)
class Snapshot:
    """A mesh as one view shows it, in its own space: ``mesh`` with ``uv`` (L, 2), or None, and unit
    ``normals`` (L, 3) of its corners; ``matrices`` (P, 4, 4) place it in the world, once for the
    object itself and once for each instance of it. ``mask`` (V,), 0…1: where it is to be painted;
    None, everywhere."""

    mesh: Polygons
    uv: Array | None
    normals: Array
    matrices: Array
    mask: Array | None = None

    def same_topology(self, other: Snapshot) -> bool:
        """Whether faces and UVs are the same; triangles may be cut otherwise as a mesh deforms."""
        return (
            np.array_equal(self.mesh.verts, other.mesh.verts)
            and np.array_equal(self.mesh.sizes, other.mesh.sizes)
            and np.array_equal(self.uv, other.uv)
        )

    def same_shape(self, other: Snapshot) -> bool:
        """Whether nothing is deformed; it may stand elsewhere."""
        points = np.array_equal(self.mesh.points, other.mesh.points)
        return points and np.array_equal(self.normals, other.normals)


def layout_of(sizes: Array, uv: Array) -> str:
    """Digest of UVs (L, 2) over faces of ``sizes`` (F,) corners."""
    content = hashlib.sha256(np.asarray(sizes, np.int32).tobytes())
    content.update(np.asarray(uv, np.float32).tobytes())
    return content.hexdigest()


class Track:
    """Follows one object through the views; writes to disk as soon as it is seen to deform.

    ``reason`` says why it cannot be textured, ``note`` what is otherwise than asked; or nothing.
    ``uv_map`` is the map that its texture lies by. Where that leaves the unit square, the texture
    repeats: triangles are written once for each square that they reach into.
    """

    def __init__(self, id: int, name: str, file: Path, uv_map: str) -> None:
        self.id, self.name, self.file, self.uv_map = id, name, file, uv_map
        self.reason = ""
        self.note = ""
        self._temp = file.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}")
        self._first: Snapshot | None = None
        self._last: Snapshot | None = None
        self._matrices: list[Array] = []
        self._deforms = False
        self._corners = np.empty((0, 3), np.int32)
        self._uv = np.empty((0, 3, 2), np.float32)

    @property
    def seen(self) -> bool:
        """Whether any view showed it so far."""
        return self._first is not None

    @property
    def layout(self) -> str:
        """Digest of the UV map over the faces, however these are cut into triangles."""
        return layout_of(self._first.mesh.sizes, self._first.uv)

    def observe(self, index: int, snapshot: Snapshot | None) -> None:
        """Take in view ``index`` (counted from 0, without gaps); None where it is not rendered."""
        if snapshot is not None and not snapshot.mesh.is_placed:
            self.reason = NOWHERE.format(name=self.name)
            return
        if self._first is None:
            if snapshot is not None:
                self._first = self._last = snapshot
                self._lay_out(snapshot)
                self._matrices = [snapshot.matrices] * (index + 1)
            return
        snapshot = snapshot or self._last
        if not snapshot.same_topology(self._first):
            self.reason = (
                f"{self.name} changes its faces or UVs from frame to frame: apply the modifiers "
                "that do so to paint its texture."
            )
            return
        self._matrices.append(snapshot.matrices)
        self._shape(index, snapshot)

    def _lay_out(self, snapshot: Snapshot) -> None:
        uv = snapshot.uv[snapshot.mesh.triangles]
        rows, steps = tiles(uv)
        self._corners = snapshot.mesh.triangles[rows]
        self._uv = (uv[rows] - steps[:, None]).astype(np.float32)

    def _shape(self, index: int, snapshot: Snapshot) -> None:
        if not self._deforms and not snapshot.same_shape(self._first):
            self._deforms = True
            for earlier in range(index):
                self._write_shape(f"_{earlier}", self._first)
        if self._deforms:
            self._write_shape(f"_{index}", snapshot)
            self._last = snapshot
        else:
            self._last = replace(self._first, matrices=snapshot.matrices)

    def finish(self) -> None:
        """Complete the file and let it appear."""
        if not self._deforms:
            self._write_shape("", self._first)
        self._write("uv", self._uv)
        if self._first.mask is not None:
            self._write("mask", self._first.mask[self._first.mesh.verts[self._corners]])
        first = self._matrices[0]
        if all(np.array_equal(first, matrices) for matrices in self._matrices):
            self._write("matrices", first)
        else:
            for index, matrices in enumerate(self._matrices):
                self._write(f"matrices_{index}", matrices)
        with disk_errors(self.file):
            move(self._temp, self.file, over=True)

    def discard(self) -> None:
        """Remove what is unfinished."""
        self._temp.unlink(missing_ok=True)

    def _write_shape(self, suffix: str, snapshot: Snapshot) -> None:
        corners = self._corners
        points = snapshot.mesh.points.astype(np.float32)
        self._write("positions" + suffix, points[snapshot.mesh.verts[corners]])
        self._write("normals" + suffix, snapshot.normals[corners])

    def _write(self, name: str, values: Array) -> None:
        """Append an array; the file is not kept open, as there may be a thousand of them."""
        with disk_errors(self.file):
            self._temp.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(self._temp, "a") as archive:
                entry = zipfile.ZipInfo(name + ".npy")  # a fixed date: equal meshes, equal digests
                with archive.open(entry, "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, np.ascontiguousarray(values))
