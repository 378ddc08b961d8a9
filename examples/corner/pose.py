"""Poses as turns in the figure's own space, and the keyframes that hold them."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import bpy
from mathutils import Quaternion, Vector

FORWARD = Vector((0, -1, 0))
X, Y, Z = Vector((1, 0, 0)), Vector((0, 1, 0)), Vector((0, 0, 1))


def turn(axis: Vector, degrees: float) -> Quaternion:
    """Return a rotation. About X it leans forward, about Z it looks to the figure's left."""
    return Quaternion(axis, math.radians(degrees))


@dataclass
class Pose:
    """A figure at one moment: where its hips are, and how each bone is turned from rest.

    Turns are in the armature's space and absolute: a bone that has none goes with its parent.
    """

    hips: Vector = field(default_factory=Vector)
    turns: dict[str, Quaternion] = field(default_factory=dict)

    def of(self, bone: bpy.types.Bone) -> Quaternion:
        """Return the whole turn of a bone."""
        if bone.name in self.turns:
            return self.turns[bone.name]
        return self.of(bone.parent) if bone.parent else Quaternion()

    def head(self, bone: bpy.types.Bone) -> Vector:
        """Return where a bone begins, in armature space."""
        if not bone.parent:
            return bone.head_local + self.hips
        along = bone.head_local - bone.parent.head_local
        return self.head(bone.parent) + self.of(bone.parent) @ along


def reach(
    pose: Pose, rig: bpy.types.Object, upper: str, lower: str, target: Vector, pole: Vector
) -> None:
    """Turn two bones so that the lower one ends at `target`, the joint bent toward `pole`.

    A target out of reach is approached as far as the limb goes (law of cosines).
    """
    first, second = rig.data.bones[upper], rig.data.bones[lower]
    root, a, b = pose.head(first), first.length, second.length
    way = target - root
    span = min(way.length, 0.9995 * (a + b))
    along = way.normalized()
    side = (pole - along * pole.dot(along)).normalized()
    base = (a * a - b * b + span * span) / (2 * span)
    joint = root + along * base + side * math.sqrt(max(a * a - base * base, 0.0))
    end = root + along * span
    for bone, wanted in ((first, joint - root), (second, end - joint)):
        rest = bone.tail_local - bone.head_local
        pose.turns[bone.name] = rest.rotation_difference(wanted)


def key_pose(
    rig: bpy.types.Object, pose: Pose, frame: int, before: Mapping[str, Quaternion]
) -> dict[str, Quaternion]:
    """Keyframe a pose; return the bones' own rotations, which the next key is kept close to."""
    own: dict[str, Quaternion] = {}
    for bone in rig.pose.bones:
        rest = bone.bone.matrix_local.to_quaternion()
        above = pose.of(bone.bone.parent) if bone.bone.parent else Quaternion()
        local = rest.inverted() @ above.inverted() @ pose.of(bone.bone) @ rest
        if bone.name in before:
            local.make_compatible(before[bone.name])
        own[bone.name] = bone.rotation_quaternion = local
        bone.keyframe_insert("rotation_quaternion", frame=frame)
        if not bone.parent:
            bone.location = rest.inverted() @ pose.hips
            bone.keyframe_insert("location", frame=frame)
    return own
