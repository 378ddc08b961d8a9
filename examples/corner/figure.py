"""A mannequin: half a low cage, mirrored, deformed by an armature, then subdivided.

Figures stand at the origin, face -Y and have their left at +X, as Blender's rigs do. The tables
below give places and radii as fractions of the figure's height.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import bpy
from mathutils import Vector

from .shapes import Point

Weights = dict[str, float]
Station = tuple[Point, tuple[float, float], Weights]
"""A ring of a loft: its centre, its radii along X and Y, and the bones it follows."""

JOINTS: dict[str, tuple[Point, Point, str | None]] = {
    "hips": ((0, 0, 0.53), (0, 0, 0.60), None),
    "spine": ((0, 0, 0.60), (0, 0, 0.71), "hips"),
    "chest": ((0, 0, 0.71), (0, 0, 0.83), "spine"),
    "neck": ((0, 0, 0.83), (0, -0.008, 0.875), "chest"),
    "head": ((0, -0.008, 0.875), (0, -0.008, 1.0), "neck"),
    "upper_arm.L": ((0.112, 0, 0.812), (0.134, 0, 0.635), "chest"),
    "forearm.L": ((0.134, 0, 0.635), (0.148, -0.008, 0.487), "upper_arm.L"),
    "hand.L": ((0.148, -0.008, 0.487), (0.153, -0.012, 0.39), "forearm.L"),
    "thigh.L": ((0.052, 0, 0.52), (0.052, 0, 0.285), "hips"),
    "shin.L": ((0.052, 0, 0.285), (0.052, 0.012, 0.05), "thigh.L"),
    "foot.L": ((0.052, 0.012, 0.05), (0.055, -0.075, 0.018), "shin.L"),
}
"""Each bone's head, tail and parent; names in .L have a mirrored twin in .R."""

TORSO: tuple[Station, ...] = (
    ((0, 0.004, 0.468), (0.04, 0.045), {"hips": 1}),
    ((0, 0.004, 0.51), (0.094, 0.066), {"hips": 1}),
    ((0, 0.004, 0.55), (0.098, 0.07), {"hips": 1}),
    ((0, 0, 0.61), (0.078, 0.054), {"hips": 0.5, "spine": 0.5}),
    ((0, 0, 0.68), (0.086, 0.06), {"spine": 0.8, "chest": 0.2}),
    ((0, 0, 0.745), (0.101, 0.068), {"chest": 1}),
    ((0, 0.002, 0.79), (0.104, 0.064), {"chest": 1}),
    ((0, 0.004, 0.822), (0.082, 0.046), {"chest": 1}),
    ((0, 0.002, 0.84), (0.04, 0.038), {"chest": 0.6, "neck": 0.4}),
    ((0, -0.002, 0.865), (0.031, 0.034), {"neck": 1}),
    ((0, -0.006, 0.905), (0.028, 0.03), {"head": 1}),
)
HEAD: tuple[Station, ...] = (
    ((0, -0.03, 0.868), (0.018, 0.022), {"head": 1}),
    ((0, -0.02, 0.884), (0.034, 0.046), {"head": 1}),
    ((0, -0.01, 0.915), (0.045, 0.06), {"head": 1}),
    ((0, -0.006, 0.95), (0.048, 0.064), {"head": 1}),
    ((0, -0.002, 0.98), (0.038, 0.05), {"head": 1}),
    ((0, 0, 0.998), (0.014, 0.018), {"head": 1}),
)
LEG: tuple[Station, ...] = (
    ((0.05, 0.004, 0.535), (0.044, 0.056), {"hips": 0.7, "thigh.L": 0.3}),
    ((0.052, 0.004, 0.48), (0.05, 0.06), {"hips": 0.25, "thigh.L": 0.75}),
    ((0.052, 0.002, 0.40), (0.047, 0.052), {"thigh.L": 1}),
    ((0.052, 0, 0.32), (0.038, 0.041), {"thigh.L": 0.85, "shin.L": 0.15}),
    ((0.052, -0.002, 0.285), (0.035, 0.038), {"thigh.L": 0.5, "shin.L": 0.5}),
    ((0.052, 0.004, 0.25), (0.034, 0.038), {"thigh.L": 0.1, "shin.L": 0.9}),
    ((0.052, 0.012, 0.19), (0.034, 0.041), {"shin.L": 1}),
    ((0.052, 0.014, 0.10), (0.022, 0.025), {"shin.L": 1}),
    ((0.052, 0.014, 0.05), (0.02, 0.024), {"shin.L": 0.5, "foot.L": 0.5}),
    ((0.052, 0.012, 0.025), (0.018, 0.022), {"foot.L": 1}),
)
ARM: tuple[Station, ...] = (
    ((0.095, 0.002, 0.838), (0.022, 0.026), {"chest": 0.8, "upper_arm.L": 0.2}),
    ((0.111, 0, 0.815), (0.033, 0.036), {"chest": 0.3, "upper_arm.L": 0.7}),
    ((0.118, 0, 0.76), (0.029, 0.032), {"upper_arm.L": 1}),
    ((0.131, 0, 0.665), (0.024, 0.026), {"upper_arm.L": 0.85, "forearm.L": 0.15}),
    ((0.134, 0, 0.635), (0.023, 0.025), {"upper_arm.L": 0.5, "forearm.L": 0.5}),
    ((0.137, -0.001, 0.605), (0.023, 0.026), {"upper_arm.L": 0.1, "forearm.L": 0.9}),
    ((0.142, -0.004, 0.55), (0.02, 0.023), {"forearm.L": 1}),
    ((0.148, -0.008, 0.49), (0.014, 0.018), {"forearm.L": 0.6, "hand.L": 0.4}),
    ((0.149, -0.009, 0.462), (0.014, 0.024), {"hand.L": 1}),
    ((0.151, -0.011, 0.425), (0.013, 0.026), {"hand.L": 1}),
    ((0.153, -0.012, 0.39), (0.008, 0.016), {"hand.L": 1}),
)
FOOT = (
    (0.046, 0.018, 0.03),
    (0.03, 0.021, 0.045),
    (-0.02, 0.025, 0.048),
    (-0.06, 0.029, 0.032),
    (-0.1, 0.024, 0.02),
)
"""Sections of the foot from heel to toe: y, half width, height."""
FOOT_X = 0.053
THUMB: tuple[Station, ...] = (
    ((0.149, -0.028, 0.47), (0.009, 0.011), {"hand.L": 1}),
    ((0.148, -0.042, 0.445), (0.008, 0.009), {"hand.L": 1}),
    ((0.148, -0.046, 0.425), (0.005, 0.006), {"hand.L": 1}),
)
BUN: tuple[Station, ...] = (
    ((0, 0.07, 0.945), (0.014, 0.014), {"head": 1}),
    ((0, 0.072, 0.955), (0.03, 0.026), {"head": 1}),
    ((0, 0.072, 0.975), (0.03, 0.026), {"head": 1}),
    ((0, 0.07, 0.985), (0.014, 0.014), {"head": 1}),
)
HAIR: tuple[Station, ...] = (
    ((0, 0.012, 0.905), (0.044, 0.056), {"head": 1}),
    ((0, 0.008, 0.935), (0.053, 0.062), {"head": 1}),
    ((0, 0.003, 0.965), (0.052, 0.066), {"head": 1}),
    ((0, 0.003, 0.992), (0.036, 0.048), {"head": 1}),
    ((0, 0.002, 1.006), (0.014, 0.018), {"head": 1}),
)
SKIRT: tuple[Station, ...] = (
    ((0, 0, 0.612), (0.08, 0.057), {"hips": 0.7, "spine": 0.3}),
    ((0, 0.003, 0.55), (0.106, 0.08), {"hips": 1}),
    ((0, 0.003, 0.43), (0.122, 0.105), {"hips": 0.6, "thigh.L": 0.4}),
    ((0, 0.003, 0.31), (0.138, 0.128), {"hips": 0.45, "thigh.L": 0.55}),
    ((0, 0.003, 0.300), (0.138, 0.128), {"hips": 0.45, "thigh.L": 0.55}),
)
CAP: tuple[Station, ...] = (
    ((0, -0.004, 0.955), (0.053, 0.069), {"head": 1}),
    ((0, -0.004, 0.962), (0.053, 0.069), {"head": 1}),
    ((0, -0.002, 0.99), (0.045, 0.058), {"head": 1}),
    ((0, 0, 1.012), (0.018, 0.022), {"head": 1}),
)
BRIM: tuple[Station, ...] = (
    ((0, -0.06, 0.953), (0.046, 0.058), {"head": 1}),
    ((0, -0.06, 0.957), (0.046, 0.058), {"head": 1}),
    ((0, -0.06, 0.963), (0.046, 0.056), {"head": 1}),
)
SHIRT: tuple[Station, ...] = (
    ((0, 0.003, 0.495), (0.107, 0.079), {"hips": 1}),
    ((0, 0.003, 0.505), (0.107, 0.079), {"hips": 1}),
    ((0, 0.003, 0.56), (0.106, 0.078), {"hips": 0.9, "spine": 0.1}),
    ((0, 0, 0.64), (0.096, 0.068), {"spine": 0.9, "hips": 0.1}),
    ((0, 0, 0.745), (0.106, 0.074), {"chest": 1}),
    ((0, 0.002, 0.795), (0.108, 0.068), {"chest": 1}),
    ((0, 0.004, 0.824), (0.094, 0.052), {"chest": 1}),
    ((0, 0.003, 0.845), (0.046, 0.042), {"chest": 1}),
)
BLOUSE: tuple[Station, ...] = (
    ((0, 0, 0.605), (0.082, 0.059), {"hips": 0.5, "spine": 0.5}),
    ((0, 0, 0.615), (0.083, 0.06), {"hips": 0.4, "spine": 0.6}),
    *SHIRT[3:],
)
SLEEVE: tuple[Station, ...] = (
    ((0.07, 0.003, 0.836), (0.03, 0.034), {"chest": 0.9, "upper_arm.L": 0.1}),
    ((0.105, 0, 0.815), (0.035, 0.042), {"chest": 0.35, "upper_arm.L": 0.65}),
    ((0.118, 0, 0.765), (0.036, 0.041), {"upper_arm.L": 1}),
    ((0.126, 0, 0.71), (0.039, 0.042), {"upper_arm.L": 1}),
    ((0.127, 0, 0.703), (0.038, 0.041), {"upper_arm.L": 1}),
)
SHORTS: tuple[Station, ...] = (
    ((0.05, 0.004, 0.53), (0.052, 0.068), {"hips": 0.7, "thigh.L": 0.3}),
    ((0.054, 0.003, 0.46), (0.056, 0.067), {"hips": 0.2, "thigh.L": 0.8}),
    ((0.055, 0.002, 0.34), (0.054, 0.058), {"thigh.L": 1}),
    ((0.055, 0.002, 0.333), (0.053, 0.057), {"thigh.L": 1}),
)


@dataclass(frozen=True)
class Dress:
    """What a figure wears: lofts across the middle, and lofts of which each side has one."""

    middle: tuple[tuple[Station, ...], ...]
    sides: tuple[tuple[Station, ...], ...] = ()


SKIRT_AND_BUN = Dress((BLOUSE, SKIRT, HAIR, BUN), (SLEEVE,))
SHIRT_AND_CAP = Dress((SHIRT, CAP, BRIM), (SLEEVE, SHORTS))


@dataclass
class _Cage:
    """Half a body: vertices with their weights, and faces."""

    height: float
    vertices: list[Vector] = field(default_factory=list)
    weights: list[Weights] = field(default_factory=list)
    faces: list[tuple[int, ...]] = field(default_factory=list)

    def loft(self, stations: Sequence[Station], *, whole: bool) -> None:
        """Loft a `whole` tube beside the middle, or the left half of one across it."""
        turns = (
            [math.pi / 4 * (k + 0.5) for k in range(8)]
            if whole
            else [math.pi / 4 * (k - 2) for k in range(5)]
        )
        rings = [
            [(x + rx * math.cos(t), y + ry * math.sin(t), z) for t in turns]
            for (x, y, z), (rx, ry), _ in stations
        ]
        self.join(rings, [weights for *_, weights in stations], whole=whole)

    def join(
        self, rings: Sequence[Sequence[Point]], weights: Iterable[Weights], *, whole: bool
    ) -> None:
        """Join rings of vertices into a skin with both ends closed."""
        size, first = len(rings[0]), len(self.vertices)
        for ring, weight in zip(rings, weights, strict=True):
            for point in ring:
                self.vertices.append(Vector(point) * self.height)
                self.weights.append(_centred(weight) if abs(point[0]) < 1e-6 else weight)
        skin = [
            (start + a, start + (a + 1) % size, start + size + (a + 1) % size, start + size + a)
            for start in range(first, first + size * (len(rings) - 1), size)
            for a in range(size if whole else size - 1)
        ]
        last = len(self.vertices)
        skin += [tuple(reversed(range(first, first + size))), tuple(range(last - size, last))]
        inward = self._volume(skin) < 0
        self.faces += [face[::-1] for face in skin] if inward else skin

    def _volume(self, skin: Iterable[Sequence[int]]) -> float:
        """Return a skin's volume, negative if its faces look inward.

        The middle plane goes through the origin, so the side that a half skin leaves open there
        counts for nothing.
        """
        total = 0.0
        for face in skin:
            a, *rest = (self.vertices[index] for index in face)
            total += sum(a.dot(b.cross(c)) for b, c in pairwise(rest)) / 6
        return total


def _centred(weights: Weights) -> Weights:
    """Share the weight of a left bone with its right twin, for a vertex in the middle."""
    shared = {name: weight for name, weight in weights.items() if not name.endswith(".L")}
    for name, weight in weights.items():
        if name.endswith(".L"):
            shared[name] = shared[twin(name)] = weight / 2
    return shared


def twin(name: str) -> str:
    """Return the name of the right bone that mirrors a left one."""
    return name[:-1] + "R"


def build_figure(
    name: str, height: float, dress: Dress, into: bpy.types.Collection
) -> bpy.types.Object:
    """Build an armature and the mesh it deforms, `height` metres tall; return the armature."""
    rig = _build_rig(f"{name}_rig", height, into)
    cage = _Cage(height)
    for stations in (TORSO, HEAD, *dress.middle):
        cage.loft(stations, whole=False)
    for stations in (LEG, ARM, THUMB, *dress.sides):
        cage.loft(stations, whole=True)
    cage.join(_foot_rings(), [{"foot.L": 1.0}] * len(FOOT), whole=True)
    body = bpy.data.objects.new(name, _mesh(name, cage))
    body.parent = rig
    into.objects.link(body)
    _assign_weights(body, cage)
    _add_modifiers(body, rig)
    return rig


def _foot_rings() -> list[list[Point]]:
    rings: list[list[Point]] = []
    for y, half, tall in FOOT:
        section = (
            (-1, 0.1),
            (-0.8, 0),
            (0.8, 0),
            (1, 0.1),
            (0.95, 0.6),
            (0.5, 1),
            (-0.5, 1),
            (-0.95, 0.6),
        )
        rings.append([(FOOT_X + half * x, y, tall * z) for x, z in section])
    return rings


def _mesh(name: str, cage: _Cage) -> bpy.types.Mesh:
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata([tuple(vertex) for vertex in cage.vertices], [], cage.faces)
    mesh.shade_smooth()
    return mesh


def _assign_weights(body: bpy.types.Object, cage: _Cage) -> None:
    groups = {}
    for name in JOINTS:
        for bone in (name, twin(name)) if name.endswith(".L") else (name,):
            groups[bone] = body.vertex_groups.new(name=bone)
    for index, weights in enumerate(cage.weights):
        for bone, weight in weights.items():
            groups[bone].add([index], weight, "REPLACE")


def _add_modifiers(body: bpy.types.Object, rig: bpy.types.Object) -> None:
    mirror = body.modifiers.new("Mirror", "MIRROR")
    mirror.use_clip, mirror.use_mirror_merge, mirror.use_mirror_vertex_groups = True, True, True
    body.modifiers.new("Armature", "ARMATURE").object = rig
    smooth = body.modifiers.new("Subdivision", "SUBSURF")
    smooth.levels = smooth.render_levels = 2


def _build_rig(name: str, height: float, into: bpy.types.Collection) -> bpy.types.Object:
    armature = bpy.data.armatures.new(name)
    rig = bpy.data.objects.new(name, armature)
    into.objects.link(rig)
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone, (head, tail, parent) in JOINTS.items():
        _add_bone(armature, bone, Vector(head) * height, Vector(tail) * height, parent)
        if bone.endswith(".L"):
            other = parent and (twin(parent) if parent.endswith(".L") else parent)
            flip = Vector((-height, height, height))
            _add_bone(armature, twin(bone), Vector(head) * flip, Vector(tail) * flip, other)
    bpy.ops.object.mode_set(mode="OBJECT")
    armature.display_type = "STICK"
    return rig


def _add_bone(
    armature: bpy.types.Armature, name: str, head: Vector, tail: Vector, parent: str | None
) -> None:
    bone = armature.edit_bones.new(name)
    bone.head, bone.tail = head, tail
    if parent:
        bone.parent = armature.edit_bones[parent]
