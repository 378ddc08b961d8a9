"""The artist's own UV map, where textures are to lie by it."""

from __future__ import annotations

import bpy
import numpy as np

from .carried import UV_MAP
from .layout import fault, leaves
from .meshfile import Snapshot
from .polygons import read


def artists_map(mesh: bpy.types.Mesh) -> str:
    """Name of the map that the mesh renders with, if it is the artist's; else of the first that
    is, or nothing."""
    maps = [layer for layer in mesh.uv_layers if layer.name != UV_MAP]
    rendered = [layer for layer in maps if layer.active_render]
    return next((layer.name for layer in [*rendered, *maps]), "")


def artists_fault(snapshot: Snapshot) -> str:
    """What keeps that map, as it reaches the renderer, from holding a texture; or nothing."""
    if snapshot.uv is None:
        return "is lost to its modifiers"
    corners = snapshot.mesh.triangles
    return fault(snapshot.uv[corners], snapshot.mesh.points[snapshot.mesh.verts[corners]])


def leaves_square(obj: bpy.types.Object, uv_map: str) -> bool:
    """Whether the map of that name goes on beyond the unit square, where a texture repeats: on the
    object's mesh, or above its modifiers as the viewport has them."""
    if _leaves(obj.data, uv_map) or not obj.modifiers:
        return _leaves(obj.data, uv_map)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    found = _leaves(evaluated.to_mesh(), uv_map)
    evaluated.to_mesh_clear()
    return found


def _leaves(mesh: bpy.types.Mesh, uv_map: str) -> bool:
    layer = mesh.uv_layers.get(uv_map)
    return layer is not None and leaves(read(layer.uv, "vector", np.float32, 2))
