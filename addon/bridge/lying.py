"""By which UVs objects' textures lie now: digests to compare with what takes were painted for."""

from __future__ import annotations

from collections.abc import Mapping

import bpy
import numpy as np
from underpaint.model.shot import Shot

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


def viewed_layouts(obj: bpy.types.Object, uv_map: str) -> frozenset[str]:
    """Digests of the UV map of that name below the object's modifiers and above them, as the
    viewport has it: quickly told, and the renderer's wherever it subdivides no further."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    evaluated = obj.evaluated_get(bpy.context.evaluated_depsgraph_get())
    above = evaluated.to_mesh()
    found = {_layout(obj.data, uv_map), _layout(above, uv_map)}
    evaluated.to_mesh_clear()
    return frozenset(found - {""})


def renders_as_viewed(obj: bpy.types.Object) -> bool:
    """Whether the viewport surely has the faces that the renderer has."""
    return all(
        modifier.show_viewport == modifier.show_render
        and modifier.type not in {"SUBSURF", "MULTIRES"}
        and (modifier.type != "NODES" or "Underpaint" in modifier.name)
        for modifier in obj.modifiers
    )


def _layout(mesh: bpy.types.Mesh, uv_map: str) -> str:
    layer = mesh.uv_layers.get(uv_map)
    if layer is None:
        return ""
    sizes = read(mesh.polygons, "loop_total", np.int32)
    return layout_of(sizes, read(layer.uv, "vector", np.float32, 2))
