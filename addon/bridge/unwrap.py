"""Gives an object a UV map of our own, without touching the artist's.

The map is made from the mesh as it is modelled (before modifiers), in the object's own proportions,
and stays for as long as the topology does: painted textures depend on it. Modifiers that copy
geometry (mirror, array) copy its UVs as well, so that the copies share their texels. All islands
are to one scale, so an object much longer than wide (a lamp post) leaves much of its texture empty.
"""

from __future__ import annotations

import hashlib

import bmesh
import bpy
import numpy as np
from underpaint.errors import InputError

from . import charts, flat, packing
from .polygons import Array, Polygons, extent, read

UV_MAP = "Underpaint"
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
    if has_current_uv(obj):
        return UV_MAP
    if UV_MAP in mesh.attributes and not (UV_MAP in mesh.uv_layers and DIGEST in mesh):
        raise InputError(
            f"{obj.name} has a UV map or an attribute named {UV_MAP} that is not ours: rename it, "
            "then try again."
        )
    if UV_MAP not in mesh.uv_layers and len(mesh.uv_layers) >= MOST_UV_MAPS:
        raise InputError(f"{obj.name} has the most UV maps that Blender allows: remove one.")
    uv = unwrap(_polygons(mesh, obj), max(GAP_TEXELS / size, SMALLEST_GAP))
    _write(obj, mesh, uv)
    mesh[DIGEST] = _topology(mesh)
    return UV_MAP


def has_current_uv(obj: bpy.types.Object) -> bool:
    """Whether the object's mesh has our UV map, made for the faces that it has now."""
    mesh = obj.data
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    return UV_MAP in mesh.uv_layers and mesh.get(DIGEST) == _topology(mesh)


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
    """The object's mesh, if we may give it UVs. Raises InputError that says why not."""
    if obj.instance_type == "COLLECTION" and obj.instance_collection:
        raise InputError(
            f"{obj.name} is an instance of the collection {obj.instance_collection.name}: make it "
            "real (Object › Apply › Make Instances Real) to paint its texture."
        )
    if obj.type != "MESH":
        raise InputError(
            f"{obj.name} is no mesh ({obj.type.lower()}): convert it to one to paint its texture."
        )
    mesh = obj.data
    if not mesh.is_editable:
        raise InputError(
            f"The mesh of {obj.name} is linked from a library: make it local to paint its texture."
        )
    return mesh


def _polygons(mesh: bpy.types.Mesh, obj: bpy.types.Object) -> Polygons:
    """The mesh in the object's proportions."""
    if not mesh.polygons:
        raise InputError(f"{obj.name} has no faces: there is nothing to paint a texture on.")
    mesh.calc_loop_triangles()
    points = read(mesh.vertices, "co", np.float32, 3).astype(np.float64)
    shape = np.array(obj.matrix_world.to_3x3(), dtype=np.float64)
    if abs(np.linalg.det(shape)) > 1e-12:
        points = points @ shape.T
    polygons = Polygons(
        points=points,
        verts=read(mesh.loops, "vertex_index", np.int32),
        sizes=read(mesh.polygons, "loop_total", np.int32),
        triangles=read(mesh.loop_triangles, "loops", np.int32, 3),
        triangle_faces=read(mesh.loop_triangles, "polygon_index", np.int32),
    )
    if not polygons.areas.any():
        raise InputError(f"{obj.name} has no area: there is nothing to paint a texture on.")
    return polygons


def _topology(mesh: bpy.types.Mesh) -> str:
    """Digest of which points make which faces."""
    content = hashlib.sha256(read(mesh.polygons, "loop_total", np.int32).tobytes())
    content.update(read(mesh.loops, "vertex_index", np.int32).tobytes())
    return content.hexdigest()[:32]


def _write(obj: bpy.types.Object, mesh: bpy.types.Mesh, uv: Array) -> None:
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
