"""One object's triangles over several views, and the .npz that holds them; numpy only."""

from __future__ import annotations

import uuid
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from underpaint.library.atomic import TEMP_PREFIX, disk_errors, move

from .polygons import Array


@dataclass(frozen=True)
class Snapshot:
    """An evaluated mesh in one view: ``points`` (V, 3) and ``matrix`` (4, 4) to the world,
    ``corners`` (L,) point of each face corner, ``uv`` (L, 2), ``normals`` (L, 3), ``triangles``
    (T, 3) face corners."""

    points: Array
    matrix: Array
    corners: Array
    uv: Array
    normals: Array
    triangles: Array

    def same_topology(self, other: Snapshot) -> bool:
        """Whether faces and UVs are the same; triangles may be cut otherwise as a mesh deforms."""
        return np.array_equal(self.corners, other.corners) and np.array_equal(self.uv, other.uv)

    def same_place(self, other: Snapshot) -> bool:
        """Whether nothing moved."""
        names = ("matrix", "points", "normals")
        return all(np.array_equal(getattr(self, n), getattr(other, n)) for n in names)

    def in_world(self, triangles: Array) -> tuple[Array, Array]:
        """World positions and unit normals of ``triangles``' corners, each (T, 3, 3) float32."""
        linear = self.matrix[:3, :3]
        world = (self.points @ linear.T + self.matrix[:3, 3]).astype(np.float32)
        normals = self.normals @ _normal_matrix(linear).T
        length = np.linalg.norm(normals, axis=1, keepdims=True)
        normals = (normals / np.maximum(length, 1e-30)).astype(np.float32)
        return world[self.corners[triangles]], normals[triangles]


class Track:
    """Follows one object through the views; writes to disk as soon as it is seen to move."""

    def __init__(self, id: int, name: str, file: Path) -> None:
        self.id, self.name, self.file = id, name, file
        self.reason = ""
        self._temp = file.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}")
        self._first: Snapshot | None = None
        self._last: Snapshot | None = None
        self._moves = False
        self._triangles = np.empty((0, 3), dtype=np.int32)

    @property
    def seen(self) -> bool:
        """Whether any view showed it so far."""
        return self._first is not None

    def observe(self, index: int, snapshot: Snapshot | None) -> None:
        """Take in view ``index`` (counted from 0, without gaps); None where it is not rendered."""
        if self._first is None:
            if snapshot is None:
                return
            self._first = self._last = snapshot
            self._triangles = _facing_out(snapshot)
            return
        snapshot = snapshot or self._last
        if not snapshot.same_topology(self._first):
            self.reason = (
                f"{self.name} changes its faces or UVs from frame to frame: apply the modifiers "
                "that do so to paint its texture."
            )
            return
        self._place(index, snapshot)

    def _place(self, index: int, snapshot: Snapshot) -> None:
        if not self._moves and not snapshot.same_place(self._first):
            self._moves = True
            for earlier in range(index):
                self._write_view(f"_{earlier}", self._first)
        if self._moves:
            self._write_view(f"_{index}", snapshot)
            self._last = snapshot

    def finish(self) -> None:
        """Complete the file and let it appear."""
        if not self._moves:
            self._write_view("", self._first)
        self._write("uv", self._first.uv[self._triangles])
        with disk_errors(self.file):
            move(self._temp, self.file, over=True)

    def discard(self) -> None:
        """Remove what is unfinished."""
        self._temp.unlink(missing_ok=True)

    def _write_view(self, suffix: str, snapshot: Snapshot) -> None:
        positions, normals = snapshot.in_world(self._triangles)
        self._write("positions" + suffix, positions)
        self._write("normals" + suffix, normals)

    def _write(self, name: str, values: Array) -> None:
        """Append an array; the file is not kept open, as there may be a thousand of them."""
        with disk_errors(self.file):
            self._temp.parent.mkdir(parents=True, exist_ok=True)
            with zipfile.ZipFile(self._temp, "a") as archive:
                entry = zipfile.ZipInfo(name + ".npy")  # a fixed date: equal meshes, equal digests
                with archive.open(entry, "w", force_zip64=True) as stream:
                    np.lib.format.write_array(stream, np.ascontiguousarray(values))


def _facing_out(snapshot: Snapshot) -> Array:
    """Triangles wound so that they face as their normals do, also where the matrix mirrors."""
    mirrored = np.linalg.det(snapshot.matrix[:3, :3]) < 0
    return snapshot.triangles[:, ::-1] if mirrored else snapshot.triangles


def _normal_matrix(linear: Array) -> Array:
    """Inverse transpose up to a positive factor; also for matrices that flatten."""
    a, b, c = linear.T
    cofactors = np.stack([np.cross(b, c), np.cross(c, a), np.cross(a, b)], axis=1)
    return cofactors * (np.sign(np.linalg.det(linear)) or 1.0)
