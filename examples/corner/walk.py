"""A walk from footsteps: each foot is planted at a place on the ground and rolls over it.

Distances are metres along the path, times are frames. Because the feet are planted first and the
legs solved to meet them, they do not slide, at any speed and down to a halt.
"""

import math
from dataclasses import dataclass

import bpy
from mathutils import Vector

from .pose import FORWARD, Pose, X, Y, Z, reach, turn

CYCLE = 24.0
"""Frames for one step of each foot."""
STANCE = 0.6
"""The share of the cycle that a foot is on the ground."""
FULL_STEP = 0.95
"""A foot's travel, in metres, from which on it rolls and lifts fully."""
HEEL_STRIKE, TOE_OFF = -18.0, 48.0
"""Pitch of the foot in degrees when it lands and when it leaves."""


@dataclass(frozen=True)
class Path:
    """How far a walker has come: at a steady speed (metres a frame), then slowing to a halt."""

    speed: float
    slows: float
    halts: float

    def at(self, frame: float) -> float:
        """Return the distance from the place of frame 0."""
        if frame <= self.slows:
            return self.speed * frame
        span = self.halts - self.slows
        late = min(frame - self.slows, span)
        return self.speed * (self.slows + late - late * late / (2 * span))

    def pace(self, frame: float) -> float:
        """Return the speed as a share of the steady one."""
        late = (frame - self.slows) / (self.halts - self.slows)
        return 1 - min(max(late, 0.0), 1.0)


@dataclass(frozen=True)
class Foot:
    """A foot at one moment: its ankle's place along the path, its height and its pitch."""

    along: float
    ankle: float
    pitch: float


def walk(rig: bpy.types.Object, path: Path, frame: int) -> Pose:
    """Return a walker's pose at `frame`, for an armature whose origin is at `path.at(frame)`."""
    phase, pace, here = frame / CYCLE, path.pace(frame), path.at(frame)
    feet = {".L": foot_at(rig, path, frame, 0.0), ".R": foot_at(rig, path, frame, 0.5)}
    swing = math.cos(2 * math.pi * phase)
    pose = Pose(hips=Vector((0, 0, _hip_drop(rig, path, frame, feet))))
    pose.turns["hips"] = turn(Z, -6 * swing * pace) @ turn(X, 2)
    pose.turns["spine"] = turn(X, 3)
    pose.turns["chest"] = turn(Z, 6 * swing * pace) @ turn(X, 3)
    pose.turns["head"] = turn(X, 2)
    for side, foot in feet.items():
        hip = pose.head(rig.data.bones[f"thigh{side}"])
        ankle = Vector((hip.x, here - foot.along, foot.ankle))
        reach(pose, rig, f"thigh{side}", f"shin{side}", ankle, FORWARD)
        pose.turns[f"foot{side}"] = turn(X, foot.pitch)
    for side, sign in ((".L", -1.0), (".R", 1.0)):
        ahead = 21 * sign * swing * pace
        out = turn(Y, 3 * sign)
        pose.turns[f"upper_arm{side}"] = turn(X, 4 - ahead) @ out
        pose.turns[f"forearm{side}"] = turn(X, -12 - ahead - 8 * max(ahead / 21, 0)) @ out
    return pose


def foot_at(rig: bpy.types.Object, path: Path, frame: float, offset: float) -> Foot:
    """Return where a foot is that lands at whole cycles plus `offset`."""
    ankle = rig.data.bones["foot.L"].head_local
    toe = rig.data.bones["foot.L"].tail_local
    cycles = frame / CYCLE - offset
    count = math.floor(cycles)
    done = cycles - count
    here, there = (_print(path, k, offset) for k in (count, count + 1))
    if done < STANCE:
        force = min((here - _print(path, count - 1, offset)) / FULL_STEP, 1.0)
        leave = min((there - here) / FULL_STEP, 1.0)
        return _rolled(here, _stance_pitch(done / STANCE, force, leave), ankle, toe)
    force = min((there - here) / FULL_STEP, 1.0)
    part = (done - STANCE) / (1 - STANCE)
    ease = part * part * (3 - 2 * part)
    start = _rolled(here, TOE_OFF * force, ankle, toe)
    end = _rolled(there, HEEL_STRIKE * force, ankle, toe)
    lift = 0.055 * force * math.sin(math.pi * part) ** 2
    return Foot(
        start.along + (end.along - start.along) * ease,
        start.ankle + (end.ankle - start.ankle) * ease + lift,
        start.pitch + (end.pitch - start.pitch) * ease,
    )


def _print(path: Path, count: int, offset: float) -> float:
    """Return where a foot stands in a cycle: below the hips at the middle of its stance."""
    return path.at((count + offset + STANCE / 2) * CYCLE)


def _stance_pitch(part: float, force: float, leave: float) -> float:
    if part < 0.16:
        return HEEL_STRIKE * force * (1 - part / 0.16)
    if part > 0.55:
        return TOE_OFF * leave * ((part - 0.55) / 0.45) ** 1.6
    return 0.0


def _rolled(place: float, pitch: float, ankle: Vector, toe: Vector) -> Foot:
    """Pitch a planted foot about its heel (toe up) or its ball (heel up)."""
    pivot = 1.2 * -toe.y if pitch > 0 else -(ankle.y + 0.03)
    arm = -ankle.y - pivot
    angle = math.radians(pitch)
    along = pivot + arm * math.cos(angle) + ankle.z * math.sin(angle)
    height = ankle.z * math.cos(angle) - arm * math.sin(angle)
    return Foot(place + along, height, pitch)


def _hip_drop(rig: bpy.types.Object, path: Path, frame: int, feet: dict[str, Foot]) -> float:
    """Return how far the hips sink so that both ankles stay in reach."""
    bones = rig.data.bones
    leg = bones["thigh.L"].length + bones["shin.L"].length
    bob = 0.012 * math.cos(4 * math.pi * (frame / CYCLE - STANCE / 2)) * path.pace(frame)
    return bob - (0.012 + 0.035 * path.pace(frame)) * leg / 0.75
