"""Shots to hold still, in Blender: the example's three, a fast pan, a crowd of moving boxes.

Each function opens its scene, whose shots then have ``FRAMES`` frames.
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import bpy
from mathutils import Euler

from .texture_sets import CORNER, box, set_size

FRAMES = 48


def corner() -> None:
    """The example in slow motion: its shots have half as many frames."""
    bpy.ops.wm.open_mainfile(filepath=str(CORNER))
    scene = bpy.context.scene
    first = min(marker.frame for marker in scene.timeline_markers)
    slower = FRAMES // 24
    for marker in scene.timeline_markers:
        marker.frame = first + (marker.frame - first) * slower
    scene.frame_end = first + (scene.frame_end + 1 - first) * slower - 1
    scene.render.frame_map_old, scene.render.frame_map_new = 100, 100 * slower
    set_size()


def pan() -> None:
    """A camera whips round by 150° amid blocks and columns, and the sky is large."""
    scene = _empty("fast pan")
    _box("ground", (0, 0, -0.1), (80, 80, 0.2))
    dice = random.Random(3)
    for number in range(40):
        angle, away = dice.uniform(0, 2 * math.pi), dice.uniform(5, 16)
        size = (dice.uniform(0.3, 2.0), dice.uniform(0.3, 2.0), dice.uniform(0.8, 5.0))
        place = (away * math.cos(angle), away * math.sin(angle), size[2] / 2)
        _box(f"block {number}", place, size, angle)
    camera = scene.camera
    camera.location = (0, 0, 1.7)
    for frame, turn in ((1, 0), (FRAMES, 150)):
        camera.rotation_euler = (math.radians(88), 0, math.radians(turn))
        camera.keyframe_insert("rotation_euler", frame=frame)


def crowd() -> None:
    """Sixty boxes walk, turn and cross each other before a wall."""
    scene = _empty("crowd")
    _box("ground", (0, 0, -0.1), (60, 60, 0.2))
    _box("wall", (0, 9, 3), (40, 0.3, 6))
    dice = random.Random(7)
    for number in range(60):
        size = (dice.uniform(0.3, 0.7), dice.uniform(0.3, 0.7), dice.uniform(1.2, 1.9))
        walker = _box(f"box {number}", (0, 0, 0), size)
        x, y, speed = dice.uniform(-8, 8), dice.uniform(-3, 8), dice.uniform(-0.06, 0.06)
        for frame in (1, FRAMES):
            walker.location = (x + speed * frame, y + speed * frame / 3, size[2] / 2)
            walker.rotation_euler = Euler((0, 0, 10 * speed * frame / FRAMES))
            walker.keyframe_insert("location", frame=frame)
            walker.keyframe_insert("rotation_euler", frame=frame)
    camera = scene.camera
    camera.location, camera.rotation_euler = (0, -9, 2.6), (math.radians(80), 0, 0)


SETS: dict[str, Callable[[], None]] = {"corner": corner, "pan": pan, "crowd": crowd}


def _empty(name: str) -> bpy.types.Scene:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
    camera.data.lens = 32
    scene.collection.objects.link(camera)
    scene.camera, scene.frame_start, scene.frame_end = camera, 1, FRAMES
    set_size()
    return scene


def _box(
    name: str, place: tuple[float, ...], size: tuple[float, ...], turn: float = 0
) -> bpy.types.Object:
    thing = box(name, (0, 0, 0), size)
    thing.location, thing.rotation_euler = place, (0, 0, turn)
    return thing
