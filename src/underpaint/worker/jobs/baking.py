"""Bake objects' textures, several at a time where memory allows."""

from __future__ import annotations

import math
import os
from collections import deque
from collections.abc import Generator, Iterator, Mapping, MutableMapping, Sequence
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
from .png import png_bytes, png_bytes_16
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


@dataclass(frozen=True)
class TextureFiles:
    """A texture as it is written: names and bytes. Empty where no view shows the object."""

    files: Mapping[str, bytes]


def bake_all(
    objects: Sequence[SurfaceObject],
    meshes: Path,
    seen: Sequence[Seen],
    pictures: MutableMapping[ViewRef, Picture],
    size: int,
) -> Generator[tuple[SurfaceObject, TextureFiles], None, None]:
    """Every object's texture, in order. Closed early, it finishes those under way and no others.
    The ``pictures`` are taken out of their mapping, so that they are not held twice.

    Raises InputError for a mesh file that cannot be used.
    """
    threads = min(os.cpu_count() or 1, _MOST_THREADS)
    at_once = max(1, min(threads, len(objects), _TEXELS_AT_ONCE // size**2))
    painted = _painted(seen, pictures, threads)
    bake = partial(
        _bake, meshes=meshes, seen=seen, painted=painted, size=size, threads=threads // at_once
    )
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


def _bake(
    item: SurfaceObject,
    *,
    meshes: Path,
    seen: Sequence[Seen],
    painted: Mapping[ViewRef, _Painted],
    size: int,
    threads: int,
) -> TextureFiles:
    showing = [view for view in seen if item.id in view.pixels]
    size = fitting_size(max(view.pixels[item.id] for view in showing), size)
    mesh = load_mesh(meshes, item, [view.plan.index for view in showing])
    poses, gains = [], []
    for look in showing:
        view = painted[look.plan.ref].view
        placed = [
            Pose(view, at.positions, at.normals) for at in _placed(mesh, view, look.plan.index)
        ]
        poses += placed
        gains += [painted[look.plan.ref].gain] * len(placed)
    factors = np.array(gains, np.float32).reshape(-1, 3)
    baked = bake_object(item.id, mesh.uv, poses, size, factors, threads)
    if not baked.mask.any():
        return TextureFiles({})
    maps = derive_maps(baked.basecolor, baked.texels, mesh.uv, poses[0].positions)
    return TextureFiles(
        {
            "basecolor.png": png_bytes(baked.basecolor),
            "roughness.png": png_bytes(maps.roughness),
            "height.png": png_bytes_16(maps.height),
            "normal.png": png_bytes(maps.normal),
            "mask.png": png_bytes(_GREY[baked.mask]),
        }
    )


def _placed(mesh: Mesh, view: View, index: int) -> Iterator[Placed]:
    """Where the view may see the mesh; of very many placements those that it shows largest."""
    matrices = mesh.matrices[index]
    most = min(_MOST_PLACEMENTS, max(1, _MOST_TRIANGLES // max(len(mesh.uv), 1)))
    if len(matrices) > most:
        rows = largest(mesh.positions[index], matrices, view)[:most]
        matrices = matrices[rows]
    return (mesh.place(index, matrix) for matrix in matrices)
