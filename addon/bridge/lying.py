"""By which UVs objects' textures lie now: digests to compare with what takes were painted for."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np
from underpaint.model.request import TextureRequest
from underpaint.model.shot import Shot

from . import carried
from .around import camera_of
from .evaluation import look_at_frame
from .instanced import find_object
from .meshfile import layout_of
from .polygons import read
from .seen import read_seen


def rendered_layouts(
    scene: bpy.types.Scene, shot: Shot, frame: int, uv_maps: Mapping[str, str]
) -> dict[str, str]:
    """Of the named objects that a frame renders, the digest of the UV map of that name, as the
    renderer has it; nothing is rendered. Empty where the map does not reach the renderer."""
    found: dict[str, str] = {}
    wanted = {obj: uv_maps[name] for name in uv_maps if (obj := find_object(scene, name))}

    def look(graph: bpy.types.Depsgraph) -> None:
        for obj, snapshot in read_seen(graph, wanted).items():
            lost = snapshot.uv is None
            found[obj.name] = "" if lost else layout_of(snapshot.mesh.sizes, snapshot.uv)

    look_at_frame(scene, camera_of(scene, shot), frame, look)
    return found


def lies_otherwise(obj: bpy.types.Object, request: TextureRequest, newer: bool) -> bool:
    """Whether a texture was painted for another layout than its UV map has on the object now.

    ``newer``: whether a later texture was painted for another one, which decides where modifiers
    give the renderer other faces than the viewport has. False where the request does not tell.
    """
    if not request.layout:
        return False
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    if _renders_as_viewed(obj):
        return request.layout != _viewed_layout(obj, request.uv_map)
    below = _layout(obj.data, request.uv_map) if carried.holder_of(obj) is None else ""
    return newer and request.layout not in {below, _viewed_layout(obj, request.uv_map)}


def _viewed_layout(obj: bpy.types.Object, uv_map: str) -> str:
    """The digest of the UV map of that name above the object's modifiers."""
    if not obj.modifiers:
        return _layout(obj.data, uv_map)
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    layout = _layout(evaluated.to_mesh(), uv_map)
    evaluated.to_mesh_clear()
    return layout


def _renders_as_viewed(obj: bpy.types.Object) -> bool:
    """Whether the viewport surely has the faces that the renderer has."""
    if not obj.modifiers:
        return True
    there = obj.visible_get() and obj.mode != "EDIT"
    return there and all(map(_is_alike, obj.modifiers))


def _is_alike(modifier: bpy.types.Modifier) -> bool:
    """Whether a modifier does the same for both."""
    alike = modifier.type not in {"SUBSURF", "MULTIRES", "NODES"} or carried.is_ours(modifier)
    return alike and modifier.show_viewport == modifier.show_render


def _layout(mesh: bpy.types.Mesh, uv_map: str) -> str:
    layer = mesh.uv_layers.get(uv_map)
    if layer is None:
        return ""
    sizes = read(mesh.polygons, "loop_total", np.int32)
    return layout_of(sizes, read(layer.uv, "vector", np.float32, 2))
