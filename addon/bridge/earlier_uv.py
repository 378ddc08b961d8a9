"""The UV maps of ours that painted objects had before a job, for one that ends without new paint.

A texture is worth nothing on another map than the one it was painted for, so a map that was made
anew goes again where no take came of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import bpy
import numpy as np

from . import carried
from .instanced import all_objects
from .materials import takes
from .polygons import Array, read
from .unwrap import DIGEST, UV_MAP, write_uv


@dataclass(frozen=True)
class EarlierUV:
    """``below``: UVs (L, 2) of the mesh below the modifiers, and the topology they were made for;
    ``above``: those that a modifier of ours brings, with both of its holder's topologies."""

    below: tuple[Array, str] | None
    above: tuple[Array, str, str] | None


def remember(scene: bpy.types.Scene, names: Iterable[str]) -> dict[str, EarlierUV]:
    """The maps of those of the objects that are painted, by name."""
    there = all_objects(scene)
    objects = {name: there[name] for name in names if name in there}
    return {name: _of(obj) for name, obj in objects.items() if _is_painted(obj)}


def put_back(scene: bpy.types.Scene, earlier: Mapping[str, EarlierUV]) -> None:
    """Give objects their earlier maps again, where they have others now."""
    there = all_objects(scene)
    for name, before in earlier.items():
        obj = there.get(name)
        if obj is None or not _is_painted(obj):
            continue
        now = _of(obj)
        if not _same(now.below, before.below):
            _put_below(obj, before)
        if not _same(now.above, before.above):
            _put_above(obj, before)


def _is_painted(obj: bpy.types.Object) -> bool:
    return obj.type == "MESH" and obj.is_editable and bool(takes(obj))


def _of(obj: bpy.types.Object) -> EarlierUV:
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    below, mesh, holder = None, obj.data, carried.holder_of(obj)
    if UV_MAP in mesh.uv_layers and DIGEST in mesh:
        below = read(mesh.uv_layers[UV_MAP].uv, "vector", np.float32, 2), str(mesh[DIGEST])
    if holder is None:
        return EarlierUV(below, None)
    held = carried.uv_of(holder), carried.rendered(holder), carried.modelled(holder)
    return EarlierUV(below, held)


def _same(one: tuple[Array, *tuple[str, ...]] | None, other: object) -> bool:
    if one is None or other is None:
        return one is other
    assert isinstance(other, tuple)
    return one[1:] == other[1:] and np.array_equal(one[0], other[0])


def _put_below(obj: bpy.types.Object, before: EarlierUV) -> None:
    mesh = obj.data
    if before.below is None or not mesh.is_editable:
        return
    uv, digest = before.below
    if len(uv) == len(mesh.loops):  # else the artist has changed the faces meanwhile
        write_uv(obj, mesh, uv)
        mesh[DIGEST] = digest


def _put_above(obj: bpy.types.Object, before: EarlierUV) -> None:
    if before.above is None:
        carried.take_off(obj)
        return
    carried.lay(obj, carried.new_holder(obj.name, *before.above))
