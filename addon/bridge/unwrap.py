"""Gives an object a UV map of our own, without touching the artist's.

The map is made from the mesh as it is modelled, in the object's own proportions, and stays for as
long as the topology does: painted textures depend on it. Where modifiers copy it (mirror, array) or
lose it (remesh), or the mesh is a library's, the mesh as it is rendered gets a map (``carried``).
All islands are to one scale, so an object much longer than wide (a lamp post) leaves much of its
texture empty.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

import bmesh
import bpy
import numpy as np
from underpaint.errors import InputError

from . import carried, charts, flat, packing
from .carried import UV_MAP
from .meshfile import NOWHERE
from .polygons import Array, Polygons, extent, read

DIGEST = "underpaint_uv"  # custom property of a mesh: the topology that our UV map was made for
GAP_TEXELS = 4
MOST_UV_MAPS = 8
SMALLEST_GAP = 1 / 256


def ensure_uv(obj: bpy.types.Object, size: int = 1024) -> str:
    """Name of our UV map on the object's mesh, made or made anew where the topology asks for it.

    ``size`` is the side in texels of the texture to come; islands are at least 4 of its texels
    apart. Mode, selection and active UV maps stay as they are. Raises InputError saying why an
    object cannot have such a map.
    """
    mesh = paintable_mesh(obj)
    if not mesh.is_editable:
        raise InputError(f"The mesh of {obj.name} is linked from a library: make it local.")
    if has_current_uv(obj):
        return UV_MAP
    if UV_MAP in mesh.attributes and not (UV_MAP in mesh.uv_layers and DIGEST in mesh):
        raise InputError(
            f"{obj.name} has a UV map or an attribute named {UV_MAP} that is not ours: rename it, "
            "then try again."
        )
    if UV_MAP not in mesh.uv_layers and len(mesh.uv_layers) >= MOST_UV_MAPS:
        raise InputError(f"{obj.name} has the most UV maps that Blender allows: remove one.")
    polygons = _polygons(mesh, obj)
    require_area(obj.name, polygons)
    write_uv(obj, mesh, unwrap(polygons, gap_of(size)))
    mesh[DIGEST] = topology(mesh)
    return UV_MAP


def gap_of(size: int) -> float:
    """How far islands are apart for textures of ``size`` texels, as a share of the side."""
    return max(GAP_TEXELS / size, SMALLEST_GAP)


def has_current_uv(obj: bpy.types.Object) -> bool:
    """Whether the object has our UV map, made for the faces that its mesh has now."""
    mesh = obj.data
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    holder = carried.holder_of(obj)
    if holder is not None:
        return carried.modelled(holder) == topology(mesh)
    return UV_MAP in mesh.uv_layers and mesh.get(DIGEST) == topology(mesh)


def remove_uv(mesh: bpy.types.Mesh) -> None:
    """Take our map back from a mesh that has one."""
    if mesh.is_editable and DIGEST in mesh:
        del mesh[DIGEST]
        if UV_MAP in mesh.uv_layers:
            mesh.uv_layers.remove(mesh.uv_layers[UV_MAP])


def unwrap(mesh: Polygons, gap: float) -> Array:
    """(L, 2) UVs in the unit square: islands do not overlap, are ``gap`` apart, and are all to the
    same scale."""
    owner_of_face = charts.cut(mesh)
    points = flat.flatten(mesh, owner_of_face)[:, :2]
    owner = owner_of_face[mesh.faces]
    edge = _boundary(mesh, owner_of_face)
    ends = np.stack([points[edge], points[mesh.following[edge]]], axis=1)
    angle = packing.turn(ends, owner[edge], int(owner.max()) + 1)
    points = packing.rotated(points, angle[owner])
    low, high = extent(owner, points, len(angle))
    points, sizes = points - low[owner], high - low
    ends = np.stack([points[edge], points[mesh.following[edge]]], axis=1)
    areas = np.bincount(owner_of_face, mesh.areas)
    packed = packing.pack(ends, owner[edge], sizes, areas, gap)
    points = packing.quarter_turned(points, sizes[owner], packed.turns[owner])
    return packed.corners[owner] + points * packed.scale


def _boundary(mesh: Polygons, owner_of_face: Array) -> Array:
    """Corners whose edge has no other face of the same chart beside it."""
    chart_edges = mesh.edges * (int(owner_of_face.max()) + 1) + owner_of_face[mesh.faces]
    _, inverse, times = np.unique(chart_edges, return_inverse=True, return_counts=True)
    return np.flatnonzero(times[inverse.reshape(-1)] == 1)


def paintable_mesh(obj: bpy.types.Object) -> bpy.types.Mesh:
    """The object's mesh, if the object may be textured. Raises InputError that says why not."""
    if obj.instance_type == "COLLECTION" and obj.instance_collection:
        raise InputError(
            f"{obj.name} is an instance of the collection {obj.instance_collection.name}: name the "
            "objects of that collection to paint theirs."
        )
    if obj.type != "MESH":
        raise InputError(
            f"{obj.name} is no mesh ({obj.type.lower()}): convert it to one to paint its texture."
        )
    if not obj.is_editable:
        raise InputError(
            f"{obj.name} is linked from a library: make a library override of it, or make it "
            "local, to paint its texture."
        )
    if not obj.data.is_editable and not obj.material_slots:
        raise InputError(
            f"The mesh of {obj.name} is linked from a library and has no material: give it one "
            "there, or make it local, to paint its texture."
        )
    return obj.data


def require_area(name: str, polygons: Polygons) -> None:
    """Raise InputError where there is nothing to lay a texture on."""
    if not polygons.is_placed:
        raise InputError(NOWHERE.format(name=name))
    if not len(polygons.sizes):
        raise InputError(f"{name} has no faces: there is nothing to paint a texture on.")
    if not polygons.areas.any():
        raise InputError(f"{name} has no area: there is nothing to paint a texture on.")


def _polygons(mesh: bpy.types.Mesh, obj: bpy.types.Object) -> Polygons:
    """The mesh in the object's proportions."""
    mesh.calc_loop_triangles()
    return Polygons(
        points=proportioned(read(mesh.vertices, "co", np.float32, 3), obj.matrix_world),
        verts=read(mesh.loops, "vertex_index", np.int32),
        sizes=read(mesh.polygons, "loop_total", np.int32),
        triangles=read(mesh.loop_triangles, "loops", np.int32, 3),
        triangle_faces=read(mesh.loop_triangles, "polygon_index", np.int32),
    )


def proportioned(points: Array, matrix: Sequence[Sequence[float]]) -> Array:
    """Points (V, 3) of an object in its proportions in the world; as they are where it is flat."""
    shape = np.array(matrix, dtype=np.float64)[:3, :3]
    points = points.astype(np.float64)
    return points @ shape.T if abs(np.linalg.det(shape)) > 1e-12 else points


def topology(mesh: bpy.types.Mesh) -> str:
    """Digest of which points make which faces."""
    return topology_of(
        read(mesh.polygons, "loop_total", np.int32), read(mesh.loops, "vertex_index", np.int32)
    )


def topology_of(sizes: Array, verts: Array) -> str:
    """The same of faces' ``sizes`` (F,) and their corners' points ``verts`` (L,)."""
    content = hashlib.sha256(sizes.tobytes())
    content.update(verts.tobytes())
    return content.hexdigest()[:32]


def write_uv(obj: bpy.types.Object, mesh: bpy.types.Mesh, uv: Array) -> None:
    """Have our UV map hold (L, 2) UVs, whatever mode the object is in."""
    if obj.mode == "EDIT":
        return _write_in_edit_mode(obj, mesh, uv)
    layer = mesh.uv_layers.get(UV_MAP) or mesh.uv_layers.new(name=UV_MAP, do_init=False)
    layer.uv.foreach_set("vector", uv.astype(np.float32).ravel())
    mesh.update()


def _write_in_edit_mode(obj: bpy.types.Object, mesh: bpy.types.Mesh, uv: Array) -> None:
    """The same through the edit mesh, which is what an artist in edit mode works on."""
    edited = bmesh.from_edit_mesh(mesh)
    layers = edited.loops.layers.uv
    layer = layers.get(UV_MAP) or layers.new(UV_MAP)
    for pair, corner in zip(uv.tolist(), (c for f in edited.faces for c in f.loops), strict=True):
        corner[layer].uv = pair
    bmesh.update_edit_mesh(mesh, loop_triangles=False, destructive=False)
    obj.update_from_editmode()
