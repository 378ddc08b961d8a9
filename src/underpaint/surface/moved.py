"""Points and normals of objects that move, brought back to the world at rest or out of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints

Doubles = npt.NDArray[np.float64]
Indices = npt.NDArray[np.int64]
Motion = Mapping[int, Doubles | None]
"""Object id → 4×4 from the object at rest to the world of a view; None where the object deforms, so
that no matrix tells. Objects that are not named stand still. At rest is the world of some view, or
the object's own space: any that is the same for all the views that are compared."""


def moved(
    points: Floats, normals: Floats, ids: Ints, motion: Motion, *, back: bool
) -> tuple[Floats, Floats]:
    """Points and normals of objects, moved as these objects were; back to rest, or from there."""
    if not motion:
        return points, normals
    points, normals = points.copy(), normals.copy()
    for number, rows in _rows_by_id(ids):
        if number not in motion:
            continue
        matrix = motion[number]
        if matrix is None:
            points[rows] = np.nan
            continue
        way = np.linalg.inv(matrix) if back else matrix
        points[rows] = points[rows] @ way[:3, :3].T + way[:3, 3]
        turned = normals[rows] @ np.linalg.inv(way[:3, :3])
        normals[rows] = turned / np.maximum(np.linalg.norm(turned, axis=1, keepdims=True), 1e-12)
    return points, normals


def _rows_by_id(ids: Ints) -> Iterator[tuple[int, Indices]]:
    """Each id, and where it stands among ``ids``; one sort, however many there are."""
    order = np.argsort(ids, kind="stable")
    there, starts = np.unique(ids[order], return_index=True)
    yield from zip(there.tolist(), np.split(order, starts[1:]), strict=True)
