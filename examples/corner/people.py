"""The two people: a walker comes up to the store; a neighbour waits at its counter and waves."""

import math

import bpy
from mathutils import Matrix, Quaternion, Vector

from . import KERB
from .figure import SHIRT_AND_CAP, SKIRT_AND_BUN, build_figure
from .keys import interpolate
from .pose import FORWARD, Pose, X, Y, Z, key_pose, reach, turn
from .shapes import Shape, place
from .walk import Path, walk

FIRST, LAST = 1, 72
PATH = Path(speed=1.05 / 24, slows=34, halts=50)
WALKER_STOPS = Vector((-0.95, 4.78, KERB))
HEADING = math.radians(9)
NEIGHBOUR_STANDS = Vector((0.3, 5.28, KERB))


def build_people(into: bpy.types.Collection) -> None:
    """Build and animate both figures."""
    walker = build_figure("walker", 1.60, SKIRT_AND_BUN, into)
    _build_bag(walker, into)
    _animate_walker(walker)
    neighbour = build_figure("neighbour", 1.72, SHIRT_AND_CAP, into)
    _animate_neighbour(neighbour)


def _animate_walker(rig: bpy.types.Object) -> None:
    """Bake the travel on the object and the walk on the bones, a key a frame."""
    rig.rotation_euler.z = math.pi / 2 + HEADING
    ahead = Vector((math.cos(HEADING), math.sin(HEADING), 0))
    keys: dict[str, Quaternion] = {}
    for frame in range(FIRST, LAST + 1):
        to_go = PATH.at(PATH.halts) - PATH.at(frame)
        rig.location = WALKER_STOPS - ahead * to_go
        rig.keyframe_insert("location", frame=frame)
        pose = walk(rig, PATH, frame)
        calm = 1 - PATH.pace(frame)
        pose.turns["head"] = turn(Z, 14 * calm - 30 * _between(52, 62, frame)) @ turn(X, 1)
        pose.turns["hand.R"] = Quaternion()
        keys = key_pose(rig, pose, frame, keys)
    interpolate(rig, "LINEAR")


def _build_bag(rig: bpy.types.Object, into: bpy.types.Collection) -> None:
    """Hang a woven market bag on the walker's right hand."""
    weave = [(0.13, 0.045, 0.0), (0.15, 0.06, 0.02), (0.175, 0.07, 0.24)]
    bag = Shape().loft([[(y, x, z) for x, y in _corners(long, wide)] for long, wide, z in weave])
    for side in (-1, 1):
        bag.tube(
            [
                (0.05 * side, -0.1, 0.22),
                (0.03 * side, -0.05, 0.36),
                (0.03 * side, 0.05, 0.36),
                (0.05 * side, 0.1, 0.22),
            ],
            0.009,
            sides=6,
        )
    bone = rig.data.bones["hand.R"]
    grip = bone.head_local.lerp(bone.tail_local, 0.75)
    thing = place("walker_bag", bag, into, (grip.x, grip.y, grip.z - 0.365), parent=rig)
    thing.parent_type, thing.parent_bone = "BONE", bone.name
    tip = bone.matrix_local @ Matrix.Translation((0, bone.length, 0))
    thing.matrix_parent_inverse = tip.inverted()


def _corners(long: float, wide: float) -> list[tuple[float, float]]:
    return [(-long, -wide), (-long, wide), (long, wide), (long, -wide)]


def _animate_neighbour(rig: bpy.types.Object) -> None:
    """Bake the neighbour's stand at the counter, the wave, the look after the jeepney."""
    rig.location = NEIGHBOUR_STANDS
    rig.rotation_euler.z = -math.pi / 2 + math.radians(14)
    keys: dict[str, Quaternion] = {}
    for frame in range(FIRST, LAST + 1):
        keys = key_pose(rig, _wait(rig, frame), frame, keys)
    interpolate(rig, "LINEAR")


def _wait(rig: bpy.types.Object, frame: int) -> Pose:
    """Return the neighbour's pose: weight on one leg, a hand on the counter, the other waving."""
    breath = math.sin(2 * math.pi * frame / 72)
    pose = Pose(hips=Vector((-0.035, 0, -0.022)))
    pose.turns["hips"] = turn(Y, 3) @ turn(X, -1)
    pose.turns["spine"] = turn(Y, -2) @ turn(X, 1 + 0.6 * breath)
    pose.turns["chest"] = turn(Y, -4) @ turn(Z, 5) @ turn(X, 2 + breath)
    glance = _between(54, 64, frame)
    pose.turns["head"] = turn(Z, 6 + 24 * glance) @ turn(Y, -3)
    bones = rig.data.bones
    for side, x, y in ((".L", 0.13, -0.07), (".R", -0.09, 0.02)):
        ankle = Vector((x, y + bones["foot.L"].head_local.y, bones["foot.L"].head_local.z))
        reach(pose, rig, f"thigh{side}", f"shin{side}", ankle, FORWARD)
        pose.turns[f"foot{side}"] = turn(Z, 14 if side == ".L" else -12)
    on_counter = Vector((-0.62, -0.2, 1.06))
    reach(pose, rig, "upper_arm.R", "forearm.R", on_counter, Vector((-0.6, 0.7, -0.4)))
    pose.turns["hand.R"] = turn(Z, 25) @ turn(X, -80)
    raised = _between(20, 33, frame) * (1 - _between(50, 62, frame))
    sway = 0.06 * raised * math.sin(2 * math.pi * (frame - 33) / 14)
    down, up = Vector((0.26, -0.05, 0.86)), Vector((0.27 + sway, -0.3, 1.48))
    pole = Vector((0.5, 0.6, -0.5))
    reach(pose, rig, "upper_arm.L", "forearm.L", down.lerp(up, raised), pole)
    return pose


def _between(start: float, end: float, frame: float) -> float:
    """Return 0 before `start`, 1 after `end`, and an eased value in between."""
    part = min(max((frame - start) / (end - start), 0.0), 1.0)
    return part * part * (3 - 2 * part)
