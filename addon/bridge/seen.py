"""What the renderer sees of chosen objects, and where it stands, as plain arrays."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace

import bpy
import numpy as np

from .meshfile import Snapshot
from .polygons import Array, Polygons, read


def read_seen(
    graph: bpy.types.Depsgraph, uv_maps: Mapping[bpy.types.Object, str], part: str = ""
) -> dict[bpy.types.Object, Snapshot]:
    """The chosen objects that one view layer renders, each with its UV map of that name.

    An object that stands in the scene comes first among its placements; then come its instances.
    Of those that have a vertex group named ``part``, only that is to be painted.
    """
    seen = {}
    for obj, matrices in _placements(graph, uv_maps).items():
        evaluated = obj.evaluated_get(graph)
        mesh = evaluated.to_mesh()
        snapshot = _snapshot(mesh, uv_maps[obj], np.array(matrices))
        if part in obj.vertex_groups:
            snapshot = replace(snapshot, mask=_weights(mesh, obj.vertex_groups[part].index))
        seen[obj] = snapshot
        evaluated.to_mesh_clear()
    return seen


def _placements(
    graph: bpy.types.Depsgraph, wanted: Mapping[bpy.types.Object, str]
) -> dict[bpy.types.Object, list[Array]]:
    """Matrices (4, 4) to the world of the wanted objects and their instances, in Blender's order.

    Instances that geometry nodes make of meshes of their own bear the object's name, and show
    something else.
    """
    own: dict[bpy.types.Object, list[Array]] = {}
    instances: defaultdict[bpy.types.Object, list[Array]] = defaultdict(list)
    for instance in graph.object_instances:
        obj = instance.object.original
        if obj not in wanted:
            continue
        matrix = np.array(instance.matrix_world, dtype=np.float64)
        if not instance.is_instance:
            if instance.show_self:
                own[obj] = [matrix]
        elif instance.object.data == obj.evaluated_get(graph).data:
            instances[obj].append(matrix)
    return {obj: own.get(obj, []) + instances[obj] for obj in {**own, **instances}}


def _weights(mesh: bpy.types.Mesh, group: int) -> Array:
    """(V,) of a vertex group, as modifiers carry it on; Blender has no quicker way to it."""
    weights = np.zeros(len(mesh.vertices), np.float32)
    for vertex in mesh.vertices:
        for element in vertex.groups:
            if element.group == group:
                weights[vertex.index] = element.weight
    return weights


def _snapshot(mesh: bpy.types.Mesh, uv_map: str, matrices: Array) -> Snapshot:
    mesh.calc_loop_triangles()
    polygons = Polygons(
        points=read(mesh.vertices, "co", np.float32, 3),
        verts=read(mesh.loops, "vertex_index", np.int32),
        sizes=read(mesh.polygons, "loop_total", np.int32),
        triangles=read(mesh.loop_triangles, "loops", np.int32, 3),
        triangle_faces=read(mesh.loop_triangles, "polygon_index", np.int32),
    )
    layer = mesh.uv_layers.get(uv_map)
    return Snapshot(
        mesh=polygons,
        uv=None if layer is None else read(layer.uv, "vector", np.float32, 2),
        normals=read(mesh.corner_normals, "vector", np.float32, 3),
        matrices=matrices,
    )
