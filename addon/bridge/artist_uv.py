"""The artist's own UV map, where textures are to lie by it."""

from __future__ import annotations

import bpy

from .carried import UV_MAP
from .layout import fault
from .meshfile import Snapshot


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
