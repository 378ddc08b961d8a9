"""Two mannequins: a skeleton, a mesh that deforms with it, and one who walks."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

import bpy
from mathutils import Vector

from . import KERB
from .keys import interpolate
from .shapes import Point, Shape, place, place_data


@dataclass(frozen=True)
class Bone:
    """A bone from head to tail, metres, on the left or in the middle; its flesh's radii."""

    name: str
    head: Point
    tail: Point
    parent: str | None
    radii: tuple[float, ...]


MIDDLE = (
    Bone("hips", (0, 0, 0.92), (0, 0, 1.06), None, (0.10, 0.145, 0.125)),
    Bone("chest", (0, 0, 1.06), (0, 0.01, 1.44), "hips", (0.12, 0.14, 0.165, 0.15, 0.07)),
    Bone("neck", (0, 0.01, 1.44), (0, -0.01, 1.55), "chest", (0.055, 0.05)),
    Bone("head", (0, -0.01, 1.55), (0, -0.02, 1.76), "neck", ()),
)
LEFT = (
    Bone("thigh", (0.09, 0, 0.92), (0.095, -0.01, 0.49), "hips", (0.085, 0.09, 0.075, 0.06)),
    Bone("shin", (0.095, -0.01, 0.49), (0.1, 0.02, 0.09), "thigh", (0.058, 0.062, 0.05, 0.04)),
    Bone("foot", (0.1, 0.02, 0.09), (0.105, -0.17, 0.03), "shin", (0.042, 0.05, 0.042, 0.026)),
    Bone("upper_arm", (0.185, 0.01, 1.4), (0.225, 0.02, 1.12), "chest", (0.056, 0.052, 0.044)),
    Bone("forearm", (0.225, 0.02, 1.12), (0.24, -0.03, 0.87), "upper_arm", (0.044, 0.042, 0.03)),
    Bone("hand", (0.24, -0.03, 0.87), (0.238, -0.05, 0.72), "forearm", (0.03, 0.042, 0.032, 0.014)),
)
STRIDE = 0.68
"""Metres from one heel to the next."""
STEP_FRAMES = 12
DEPTH = 0.72
"""How much shallower than wide the trunk is."""


def build_people(into: bpy.types.Collection) -> None:
    """Stand the neighbour by the store's window, and let the passer-by walk up to her."""
    neighbour = _build_figure("neighbour", into, (-1.25, 4.7, KERB), 1.9, 0.95)
    _stand(neighbour, 1, 72)
    walker = _build_figure("walker", into, (1.0, 3.95, KERB), 0.0, 1.04)
    _walk(walker, 1, 72, toward=(0.0, 4.45), at_frame=50)


def _skeleton() -> tuple[Bone, ...]:
    right = [
        Bone(
            f"{bone.name}.R",
            (-bone.head[0], *bone.head[1:]),
            (-bone.tail[0], *bone.tail[1:]),
            bone.parent if bone.parent in ("hips", "chest") else f"{bone.parent}.R",
            bone.radii,
        )
        for bone in LEFT
    ]
    left = [
        Bone(
            f"{bone.name}.L",
            bone.head,
            bone.tail,
            bone.parent if bone.parent in ("hips", "chest") else f"{bone.parent}.L",
            bone.radii,
        )
        for bone in LEFT
    ]
    return (*MIDDLE, *left, *right)


def _build_figure(
    name: str, into: bpy.types.Collection, location: Point, turn: float, size: float
) -> bpy.types.Object:
    """Make an armature and the mesh that it moves; return the armature."""
    bones = _skeleton()
    rig = place_data(
        f"{name}_rig", bpy.data.armatures.new(f"{name}_rig"), into, location, turn=turn
    )
    rig.scale = (size, size, size)
    _add_bones(rig, bones)
    body = place(name, _flesh(bones), into, parent=rig, smooth=True)
    _bind(body, rig, bones)
    return rig


def _add_bones(rig: bpy.types.Object, bones: Iterable[Bone]) -> None:
    """Fill the armature, which is only possible in edit mode."""
    bpy.context.view_layer.objects.active = rig
    bpy.ops.object.mode_set(mode="EDIT")
    for bone in bones:
        made = rig.data.edit_bones.new(bone.name)
        made.head, made.tail = bone.head, bone.tail
        made.parent = rig.data.edit_bones.get(bone.parent) if bone.parent else None
        made.roll = 0.0
    bpy.ops.object.mode_set(mode="OBJECT")
    for pose in rig.pose.bones:
        pose.rotation_mode = "XYZ"


def _flesh(bones: Iterable[Bone]) -> Shape:
    """Round limbs along the bones, a flattened trunk, an egg for the head."""
    shape = Shape()
    for bone in bones:
        if bone.name == "head":
            shape.ball((0, -0.025, 1.655), (0.078, 0.098, 0.122), sides=16, rows=11)
        elif bone.name in ("hips", "chest"):
            shape.join(_trunk(bone))
        else:
            shape.tube(_points(bone), bone.radii, sides=10)
            shape.ball(bone.head, (bone.radii[0] * 1.02,) * 3, sides=10, rows=7)
    return shape.ball((0, 0.01, 1.4), (0.2, 0.085, 0.06), sides=14, rows=7)


def _points(bone: Bone) -> list[Vector]:
    head, tail = Vector(bone.head), Vector(bone.tail)
    last = len(bone.radii) - 1
    return [head.lerp(tail, index / last) for index in range(last + 1)]


def _trunk(bone: Bone) -> Shape:
    rings = [
        [
            (p.x + r * math.cos(t), p.y + r * DEPTH * math.sin(t), p.z)
            for t in (2 * math.pi * step / 14 for step in range(14))
        ]
        for p, r in zip(_points(bone), bone.radii, strict=True)
    ]
    return Shape().loft(rings)


def _bind(body: bpy.types.Object, rig: bpy.types.Object, bones: tuple[Bone, ...]) -> None:
    """Weight every vertex by the nearness of the two nearest bones, and add the modifier."""
    groups = {bone.name: body.vertex_groups.new(name=bone.name) for bone in bones}
    for vertex in body.data.vertices:
        near = sorted((_distance(vertex.co, bone), bone.name) for bone in bones)[:2]
        shares = [1 / (distance + 0.004) ** 4 for distance, _ in near]
        for share, (_, name) in zip(shares, near, strict=True):
            groups[name].add([vertex.index], share / sum(shares), "REPLACE")
    modifier = body.modifiers.new("Armature", "ARMATURE")
    modifier.object = rig
    rounding = body.modifiers.new("Subdivision", "SUBSURF")
    rounding.levels = rounding.render_levels = 1


def _distance(point: Vector, bone: Bone) -> float:
    """Distance from a point to a bone, past the radius of its flesh."""
    head, tail = Vector(bone.head), Vector(bone.tail)
    along = max(0.0, min(1.0, (point - head).dot(tail - head) / (tail - head).length_squared))
    radius = max(bone.radii, default=0.1)
    return max(0.0, (point - head.lerp(tail, along)).length - radius * 0.9)


def _stand(rig: bpy.types.Object, start: int, end: int) -> None:
    """Rest on one leg, a hand on the hip, the head turning to whoever comes."""
    pose = rig.pose.bones
    turns = {
        "upper_arm.R": (-0.25, 0.0, 0.75),
        "forearm.R": (-0.9, 0.0, -1.15),
        "upper_arm.L": (0.12, 0.0, -0.10),
        "forearm.L": (-0.30, 0.0, 0.0),
        "thigh.R": (-0.10, 0.0, 0.06),
        "shin.R": (0.16, 0.0, 0.0),
        "chest": (0.02, 0.0, 0.03),
    }
    for name, turn in turns.items():
        pose[name].rotation_euler = turn
        pose[name].keyframe_insert("rotation_euler", frame=start)
    for frame, turn in ((start, -0.30), ((start + end) // 2, 0.12), (end, 0.25)):
        pose["head"].rotation_euler = (0.02, turn, 0.0)
        pose["head"].keyframe_insert("rotation_euler", frame=frame)


def _walk(
    rig: bpy.types.Object, start: int, end: int, toward: tuple[float, float], at_frame: int
) -> None:
    """Walk on a straight line, two steps a second, so that `toward` is reached at `at_frame`."""
    speed = STRIDE * rig.scale.x / STEP_FRAMES
    way = Vector(toward) - rig.location.to_2d()
    heading = way.normalized()
    rig.rotation_euler.z = math.atan2(heading.x, -heading.y)
    for frame in (start, end):
        x, y = Vector(toward) + heading * speed * (frame - at_frame)
        rig.location = (x, y, rig.location.z)
        rig.keyframe_insert("location", frame=frame)
    interpolate(rig, "LINEAR")
    for frame in range(start, end + 1, 3):
        _stride(rig, math.pi * (frame - start) / STEP_FRAMES, frame)


def _stride(rig: bpy.types.Object, phase: float, frame: int) -> None:
    """One pose of the walk cycle; the left leg is foremost at phase 0."""
    pose = rig.pose.bones
    for side, shift in (("L", 0.0), ("R", math.pi)):
        swing = math.cos(phase + shift)
        lift = max(0.0, math.sin(phase + shift + math.pi))
        pose[f"thigh.{side}"].rotation_euler.x = -0.40 * swing - 0.22 * lift
        pose[f"shin.{side}"].rotation_euler.x = 0.06 + 0.85 * lift
        pose[f"foot.{side}"].rotation_euler.x = 0.18 * swing - 0.25 * lift
        pose[f"upper_arm.{side}"].rotation_euler.x = 0.38 * swing
        pose[f"forearm.{side}"].rotation_euler.x = -0.28 + 0.16 * swing
        for bone in ("thigh", "shin", "foot", "upper_arm", "forearm"):
            pose[f"{bone}.{side}"].keyframe_insert("rotation_euler", frame=frame)
    pose["hips"].location.y = -0.022 * abs(math.cos(phase))
    pose["hips"].keyframe_insert("location", frame=frame)
    pose["chest"].rotation_euler = (-0.04, 0.07 * math.cos(phase), 0.0)
    pose["chest"].keyframe_insert("rotation_euler", frame=frame)
