"""Sees to it that every face that is rendered has texels of its own.

Mostly the map on the mesh below the modifiers serves. Where they copy it, lose it or pull it apart,
the mesh as it is rendered is unwrapped, and a modifier of ours brings it these UVs.
"""

from __future__ import annotations

from dataclasses import replace

import bpy

from . import carried
from .kept_uv import KeptLayouts
from .layout import is_sound
from .meshfile import Snapshot
from .polygons import Array
from .unwrap import DIGEST, gap_of, proportioned, require_area, topology, topology_of, unwrap


class Layouts:
    """UVs for textures of ``size`` texels; objects that render the same mesh share a layout."""

    def __init__(self, size: int, kept: KeptLayouts) -> None:
        self._gap = gap_of(size)
        self._kept = kept
        self._holders: dict[tuple[str, str], str] = {}

    def settle(self, obj: bpy.types.Object, snapshot: Snapshot) -> Snapshot:
        """See to it that the object, as it is rendered, has a map of ours under all of its faces;
        returns the snapshot with it, which is the same where nothing had to be done.

        Raises InputError where there is nothing to lay a texture on.
        """
        rendered, holder = _rendered(snapshot), carried.holder_of(obj)
        if carried.rendered(holder) == rendered:
            if snapshot.uv is not None:
                return snapshot
        elif _serves_below(obj, snapshot, holder):
            carried.take_off(obj)
            return snapshot
        else:
            holder = self._holder(obj, snapshot, rendered)
            carried.lay(obj, holder)
        return replace(snapshot, uv=carried.uv_of(holder))

    def _holder(self, obj: bpy.types.Object, snapshot: Snapshot, rendered: str) -> bpy.types.Object:
        key = (obj.data.name_full, rendered)
        holder = bpy.data.objects.get(self._holders.get(key, ""))
        if holder is None or carried.rendered(holder) != rendered:  # an undo may have taken it
            holder = carried.new_holder(
                obj.name, self._laid_out(obj, snapshot, rendered), rendered, topology(obj.data)
            )
            self._holders[key] = holder.name
        return holder

    def _laid_out(self, obj: bpy.types.Object, snapshot: Snapshot, rendered: str) -> Array:
        """As it was once, in whatever pose; else as it is now."""
        uv = self._kept.find(obj.name, rendered, self._gap, snapshot.mesh)
        if uv is None:
            uv = self._unwrapped(obj, snapshot)
            self._kept.keep(obj.name, rendered, self._gap, uv)
        return uv

    def _unwrapped(self, obj: bpy.types.Object, snapshot: Snapshot) -> Array:
        points = proportioned(snapshot.mesh.points, snapshot.matrices[0])
        mesh = replace(snapshot.mesh, points=points)
        require_area(obj.name, mesh)
        return unwrap(mesh, self._gap)


def _serves_below(
    obj: bpy.types.Object, snapshot: Snapshot, holder: bpy.types.Object | None
) -> bool:
    """Whether the map on the mesh below the modifiers serves, as far as it shows."""
    hidden = holder is not None and len(holder.data.vertices) == len(snapshot.mesh.verts)
    if snapshot.uv is None or hidden:
        return False
    if not obj.modifiers and obj.data.get(DIGEST) == _rendered(snapshot):
        return True
    corners = snapshot.mesh.triangles
    return is_sound(snapshot.uv[corners], snapshot.mesh.points[snapshot.mesh.verts[corners]])


def _rendered(snapshot: Snapshot) -> str:
    return topology_of(snapshot.mesh.sizes, snapshot.mesh.verts)
