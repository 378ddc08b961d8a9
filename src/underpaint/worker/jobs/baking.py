"""Bake objects' textures, several at a time where memory allows."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, MutableMapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from ...model.request import ViewRef
from ...model.surface import SurfaceObject
from ...passes.arrays import Floats
from ...passes.colour import to_bytes
from ...surface.bake import bake_object
from ...surface.footprints import Pose
from ...surface.gains import find_gains
from ...surface.maps import derive_maps
from ...surface.view import View
from ..engine import Picture
from .mesh import Mesh, Placed, largest, load_mesh
from .parts import repainted
from .png import TextureFiles, as_written, png_bytes, texture_files
from .views import Seen

_GREY = np.array([0, 0.5, 1], np.float32)
"""What ``mask.png`` shows of texels that are untouched, filled in, and seen by a view."""
_MOST_THREADS = 4
_SHARE_SEEN = 0.15
"""Of a texture's area, about what one view shows: islands fill six tenths, a quarter faces it."""
_LEAST_SIZE = 64
_AHEAD = 2
"""How many textures may be finished or begun beyond those that the threads bake."""
_MOST_PLACEMENTS = 16
"""Of one object in one view: a tree of a wood is painted from the sixteen nearest."""
_MOST_TRIANGLES = 500_000
"""Of all an object's placements in one view, above which fewer are looked at."""
_TEXELS_AT_ONCE = 2 * 2048**2
"""A texel takes some 300 bytes while it is baked."""


def bake_all(
    objects: Sequence[SurfaceObject],
    meshes: Path,
    seen: Sequence[Seen],
    pictures: MutableMapping[ViewRef, Picture],
    size: int,
    kept: Callable[[SurfaceObject], Picture | None] = lambda _: None,
) -> Generator[tuple[SurfaceObject, TextureFiles], None, None]:
    """Every object's texture, in order. Closed early, it finishes those under way and no others.
    The ``pictures`` are taken out of their mapping, so that they are not held twice.

    ``kept``: the texture that an object keeps where its mesh's mask does not say otherwise. Raises
    InputError for a mesh file that cannot be used.
    """
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    at_once = max(1, min(threads, len(objects), _TEXELS_AT_ONCE // size**2))
    painted = _painted(seen, pictures, threads)
    job = _Job(meshes, seen, painted, size, kept, threads // at_once)
    bake = partial(_bake, job=job)
    pool = ThreadPoolExecutor(at_once, "baker")
    try:
        baking: deque[Future[TextureFiles]] = deque()
        rest = iter(objects)
        for item in objects:
            for coming in islice(rest, at_once + _AHEAD - len(baking)):
                baking.append(pool.submit(bake, coming))
            yield item, baking.popleft().result()
    finally:
        pool.shutdown(wait=True, cancel_futures=True)


def fitting_size(pixels: int, most: int) -> int:
    """Texels a side that hold what one view shows in ``pixels`` pixels: a power of two, at the most
    ``most``. A jar far away needs no texture of a wall's size.

    >>> fitting_size(300, 1024), fitting_size(40_000, 1024), fitting_size(300, 48)
    (64, 1024, 48)
    """
    wanted = math.sqrt(pixels / _SHARE_SEEN)
    return min(most, max(_LEAST_SIZE, 1 << math.ceil(math.log2(wanted))))


@dataclass(frozen=True)
class _Painted:
    """A view with its picture, and the gain of its light (3)."""

    view: View
    gain: Floats


def _painted(
    seen: Sequence[Seen], pictures: MutableMapping[ViewRef, Picture], threads: int
) -> dict[ViewRef, _Painted]:
    """The views with all that is worked out of their pictures, which several threads share."""
    views = [view.painted(to_bytes(pictures.pop(view.plan.ref))) for view in seen]
    with ThreadPoolExecutor(threads, "looker") as pool:
        list(pool.map(View.prepare, views))
    gains = find_gains(views)
    refs = (view.plan.ref for view in seen)
    return {ref: _Painted(view, gain) for ref, view, gain in zip(refs, views, gains, strict=True)}


@dataclass(frozen=True)
class _Job:
    """What all objects of a job have in common."""

    meshes: Path
    seen: Sequence[Seen]
    painted: Mapping[ViewRef, _Painted]
    size: int
    kept: Callable[[SurfaceObject], Picture | None]
    threads: int


def _bake(item: SurfaceObject, *, job: _Job) -> TextureFiles:
    showing = [view for view in job.seen if item.id in view.pixels]
    kept = job.kept(item)
    size = fitting_size(max(view.pixels[item.id] for view in showing), job.size)
    size = size if kept is None else len(kept)
    mesh = load_mesh(job.meshes, item, [view.plan.index for view in showing])
    poses, gains = [], []
    for look in showing:
        painted = job.painted[look.plan.ref]
        placed = [
            Pose(painted.view, at.positions, at.normals)
            for at in _placed(mesh, painted.view, look.plan.index)
        ]
        poses += placed
        gains += [painted.gain] * len(placed)
    factors = np.array(gains, np.float32).reshape(-1, 3)
    baked = bake_object(item.id, mesh.uv, poses, size, factors, job.threads)
    if not baked.mask.any():
        return TextureFiles({})
    if kept is not None:
        baked = baked.beside(kept, repainted(mesh, size, item.name))
    first, written = poses[0], as_written(baked.basecolor)  # what stays of it keeps its maps
    maps = derive_maps(written, baked.texels, mesh.uv, first.positions, first.normals)
    return texture_files(
        maps, basecolor=png_bytes(baked.basecolor), mask=png_bytes(_GREY[baked.mask])
    )


def _placed(mesh: Mesh, view: View, index: int) -> Iterator[Placed]:
    """Where the view may see the mesh; of very many placements those that it shows largest."""
    matrices = mesh.matrices[index]
    most = min(_MOST_PLACEMENTS, max(1, _MOST_TRIANGLES // max(len(mesh.uv), 1)))
    if len(matrices) > most:
        rows = largest(mesh.positions[index], matrices, view)[:most]
        matrices = matrices[rows]
    return (mesh.place(index, matrix) for matrix in matrices)
