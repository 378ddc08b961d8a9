"""Digests of evaluated geometry: of all that a renderer reads to place, shade and map a surface."""

from __future__ import annotations

import hashlib
from typing import Any

import bpy
import numpy as np

from .polygons import read

_SHAPE = (
    "position",
    ".corner_vert",
    ".corner_edge",
    "sharp_face",
    "sharp_edge",
    "velocity",
    "radius",
    "cyclic",
)
_VALUES: dict[str, tuple[str, type, int]] = {
    "FLOAT": ("value", np.float32, 1),
    "FLOAT_VECTOR": ("vector", np.float32, 3),
    "FLOAT2": ("vector", np.float32, 2),
    "FLOAT_COLOR": ("color", np.float32, 4),
    "BYTE_COLOR": ("color", np.float32, 4),
    "INT": ("value", np.int32, 1),
    "BOOLEAN": ("value", np.bool_, 1),
}
"""Attribute type → the property that holds its values, their type, and how many each has."""

Geometry = bpy.types.Mesh | bpy.types.Curves | bpy.types.PointCloud


def geometry_digest(geometry: Geometry, *, whole: bool) -> bytes:
    """SHA-256 of evaluated geometry; ``whole``: also of what only its materials read."""
    content = hashlib.sha256(type(geometry).__name__.encode())
    for name in sorted(geometry.attributes.keys()) if whole else _SHAPE:
        attribute = geometry.attributes.get(name)
        if attribute is not None and attribute.data_type in _VALUES:
            content.update(name.encode())
            content.update(_values(attribute))
    if isinstance(geometry, bpy.types.Mesh):
        _add_faces(content, geometry)
    elif isinstance(geometry, bpy.types.Curves):
        content.update(read(geometry.curve_offset_data, "value", np.int32))
    return content.digest()


def _add_faces(content: Any, mesh: bpy.types.Mesh) -> None:
    """Where faces begin, the UV map that renders, and normals where somebody set them."""
    content.update(read(mesh.polygons, "loop_start", np.int32))
    for layer in mesh.uv_layers:
        if layer.active_render:
            content.update(read(layer.uv, "vector", np.float32, 2))
    if mesh.has_custom_normals:
        content.update(read(mesh.corner_normals, "vector", np.float32, 3))


def _values(attribute: bpy.types.Attribute) -> np.ndarray[Any, Any]:
    name, kind, width = _VALUES[attribute.data_type]
    return read(attribute.data, name, kind, width)
