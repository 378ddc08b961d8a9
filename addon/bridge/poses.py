"""``poses_0001.npz``: where everything that a frame shows stands, and what shape it has.

A *shape* is a digest of evaluated geometry in its own space. Materials count only where they move
points (displacement); what merely colours, cuts holes or bends normals does not. Two kinds of
surface have no space of their own to be rigid in: hair with dynamics gets another shape in every
frame, and what is displaced gets another wherever it stands, as displacement may go by the world.

``points`` says how many points a surface has. The renderer follows points by their number: from
one frame to another with more or fewer it measures no motion at all. Surfaces whose points say
how fast they are, as a fluid's do, it follows by that: they are 0 points here.

The arrays are ``ids`` int32 (P,), ``matrices`` float64 (P, 4, 4), ``shapes`` uint64 (P,) and
``points`` int32 (P,), not packed: a thousand objects take 145 KB and a third of a millisecond, a
twentieth of what packing to one half takes. Equal frames have equal bytes;
``underpaint.passes.poses`` reads them.
"""

from __future__ import annotations

import hashlib
import io
import struct
import zipfile
from collections.abc import Iterable
from pathlib import Path
from typing import Literal, NamedTuple

import bpy
import numpy as np
from underpaint.library.atomic import disk_errors, write_bytes
from underpaint.library.project import frame_file

from . import compat
from .describe import describe
from .geometry_digest import Geometry

_ROW = np.dtype([("ids", "<i4"), ("shapes", "<u8"), ("points", "<i4"), ("matrices", "<f4", (4, 4))])
_HEAD, _COUNT = struct.Struct("<i8s"), struct.Struct("<i")

Holds = Literal["anywhere", "in place", "this frame"]
"""How far a shape is the same shape."""


class Shape(NamedTuple):
    """A surface but for where it stands: its object id and a digest of it in its own space, packed,
    and how far that can be taken for the same; ``points``: how many it has, packed."""

    head: bytes
    points: bytes
    holds: Holds = "anywhere"

    def row(self, matrix: bytes, frame: int) -> bytes:
        """The surface as ``matrix`` (16 float32) places it."""
        if self.holds == "anywhere":
            return self.head + self.points + matrix
        bound = matrix if self.holds == "in place" else struct.pack("<i", frame)
        return self.head[:4] + hashlib.sha256(self.head + bound).digest()[:8] + self.points + matrix


def shape_of(
    obj: bpy.types.Object, geometry: bytes, materials: Iterable[tuple[bpy.types.Material, bytes]]
) -> Shape | None:
    """The shape of an evaluated object of which ``geometry`` is the digest, and of its materials
    that can change passes each one's. None where the camera does not see the object."""
    if not obj.visible_camera:
        return None
    hair = [system for system in obj.particle_systems if _is_hair(system)]
    displacing = [digest for material, digest in materials if _displaces(material)]
    if hair or displacing:
        content = hashlib.sha256(geometry)
        for digest in (*displacing, *(_strands(system) for system in hair)):
            content.update(digest)
        geometry = content.digest()
    head = _HEAD.pack(obj.pass_index, geometry[:8])
    points = _COUNT.pack(_points(obj.data))
    if any(system.use_hair_dynamics for system in hair):
        return Shape(head, points, "this frame")
    return Shape(head, points, "in place" if displacing else "anywhere")


def poses_file(frame: int) -> str:
    """``poses_0001.npz``, numbered as the frame's passes are."""
    return frame_file(frame, ".npz").replace("frame_", "poses_")


def keep_poses(path: Path, rows: Iterable[bytes]) -> None:
    """Write the poses of a frame, unless the file holds these very bytes. Raises DiskError."""
    data = _npz(rows)
    with disk_errors(path, "read"):
        stands = path.is_file() and path.read_bytes() == data
    if not stands:
        write_bytes(path, data)


def _npz(rows: Iterable[bytes]) -> bytes:
    table = np.frombuffer(b"".join(sorted(rows)), _ROW)  # Blender's order is that of its building
    kinds = {"ids": np.int32, "matrices": np.float64, "shapes": np.uint64, "points": np.int32}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name, kind in kinds.items():
            entry = zipfile.ZipInfo(name + ".npy")  # has a fixed date
            with archive.open(entry, "w") as stream:
                np.lib.format.write_array(stream, np.ascontiguousarray(table[name], kind))
    return out.getvalue()


def _points(geometry: Geometry) -> int:
    """How many points the renderer follows by their number."""
    velocity = geometry.attributes.get("velocity")
    if velocity and (velocity.domain, velocity.data_type) == ("POINT", "FLOAT_VECTOR"):
        return 0
    position = geometry.attributes.get("position")
    return len(position.data) if position else 0


def _is_hair(system: bpy.types.ParticleSystem) -> bool:
    """Whether its strands are rendered with the object; other particles are instances."""
    return system.settings.type == "HAIR" and system.settings.render_type == "PATH"


def _strands(system: bpy.types.ParticleSystem) -> bytes:
    return repr(describe(system.settings)).encode()


def _displaces(material: bpy.types.Material) -> bool:
    """Whether Cycles moves points by it: linked at an output, and not for its normals only."""
    tree = compat.node_tree(material)
    if tree is None or material.displacement_method == "BUMP":
        return False
    outputs = (node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial")
    return any(node.inputs["Displacement"].is_linked for node in outputs)
