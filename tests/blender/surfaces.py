"""Exported surfaces, and passes that say which objects there are."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from underpaint.library.atomic import write_document
from underpaint.library.project import Project
from underpaint.model.shot import PassSet, SceneObject, Shot
from underpaint.model.surface import SurfaceSet
from underpaint.wire.messages import ViewOf
from underpaint.worker.jobs.mesh import Mesh, load_mesh

VIEWS = (ViewOf("första", 1), ViewOf("första", 5), ViewOf("två/2", 11))
SHOTS = (Shot("första", "Camera", 1, 10), Shot("två/2", "Camera", 11, 20))


def write_passes(folder: Path, names: Sequence[str], shots: Sequence[Shot] = SHOTS) -> Project:
    """Say in passes.json that these objects were rendered, numbered from 7."""
    project = Project(folder)
    objects = tuple(SceneObject(7 + n, name) for n, name in enumerate(names))
    for shot in shots:
        write_document(
            project.pass_set(shot.name),
            PassSet(shot, 64, 36, 24, 1.0, "CYCLES", objects, ()),
        )
    return project


def arrays_of(project: Project, surface: SurfaceSet, name: str) -> dict[str, np.ndarray]:
    """The mesh file of an object, whose digest must hold."""
    found = next(o for o in surface.objects if o.name == name)
    path = project.surface_set.parent / found.mesh
    assert hashlib.sha256(path.read_bytes()).hexdigest() == found.sha256
    with np.load(path) as archive:
        return dict(archive)


def mesh_of(project: Project, surface: SurfaceSet, name: str) -> Mesh:
    """The same as the worker reads it, for all views."""
    found = next(o for o in surface.objects if o.name == name)
    return load_mesh(project.surface_set.parent, found, [view.index for view in surface.views])


def cover(corners: np.ndarray, owner: np.ndarray, size: int) -> tuple[np.ndarray, int]:
    """Who owns each texel centre, drawn triangle by triangle, and how many were claimed twice."""
    canvas = np.full((size, size), -1)
    twice = 0
    for (a, b, c), who in zip(corners * size, owner, strict=True):
        low = np.maximum(np.floor(np.minimum(np.minimum(a, b), c)).astype(int), 0)
        high = np.ceil(np.maximum(np.maximum(a, b), c)).astype(int)
        y, x = np.mgrid[low[1] : high[1], low[0] : high[0]] + 0.5
        sides = [
            (q[0] - p[0]) * (y - p[1]) - (q[1] - p[1]) * (x - p[0])
            for p, q in ((a, b), (b, c), (c, a))
        ]
        turn = np.sign(sum(side.mean() for side in sides)) if x.size else 1
        inside = np.all([side * turn > 1e-3 for side in sides], axis=0)
        there = canvas[low[1] : high[1], low[0] : high[0]]
        twice += int((inside & (there >= 0)).sum())
        there[inside] = who
    return canvas, twice
