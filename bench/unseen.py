"""Scenes that the built-in model's training never saw, rendered by real Blender.

The example's three shots, and sets of things of which heads, tori and rounded boxes have no like in
training.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from pathlib import Path

import bpy
from torch import Tensor
from underpaint_addon.bridge.shots import list_shots

from .rendering import planes_of_frames

SIZE = (512, 288)


def planes_of(corner: Path, folder: Path, quick: bool) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Name and buffers, as the teacher takes them, of each frame of each scene."""
    bpy.ops.wm.open_mainfile(filepath=str(corner))
    shots = list_shots(bpy.context.scene)
    for shot in shots:
        frames = list(shot.frames)[2 :: 24 if quick else 6]
        yield from planes_of_frames(shot.name, folder, frames, SIZE)
    for seed in range(3 if quick else 12):
        _build(random.Random(seed))
        yield from planes_of_frames(f"things {seed}", folder, [1], SIZE)


_MAKERS = (
    ("head", lambda: bpy.ops.mesh.primitive_monkey_add(size=1.6)),
    ("prop ring", lambda: bpy.ops.mesh.primitive_torus_add(major_radius=0.8, minor_radius=0.25)),
    ("box", lambda: bpy.ops.mesh.primitive_cube_add(size=1.3)),
    ("post", lambda: bpy.ops.mesh.primitive_cylinder_add(radius=0.12, depth=3.0)),
    ("stone step", lambda: bpy.ops.mesh.primitive_ico_sphere_add(radius=0.9, subdivisions=2)),
    ("wall", lambda: bpy.ops.mesh.primitive_cube_add(size=2.4)),
)


def _build(rng: random.Random) -> None:
    """A dozen things on a ground before two walls, and a camera somewhere before them."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.mesh.primitive_plane_add(size=60)
    bpy.context.object.name = "ground"
    for index in range(12):
        name, make = rng.choice(_MAKERS)
        make()
        thing = bpy.context.object
        thing.name = f"{name} {index}"
        thing.location = (rng.uniform(-5, 5), rng.uniform(-1, 9), thing.dimensions.z / 2)
        thing.rotation_euler.z = rng.uniform(0, math.tau)
        if name == "box":
            thing.modifiers.new("round", "BEVEL").segments = 4
    for x, turn in ((-7, 0.4), (6, -0.9)):
        bpy.ops.mesh.primitive_cube_add(size=1, location=(x, 12, 3), rotation=(0, 0, turn))
        bpy.context.object.name = "wall"
        bpy.context.object.scale = (9, 1, 6)
    data = bpy.data.cameras.new("camera")
    data.lens = rng.choice((24, 35, 50))
    camera = bpy.data.objects.new("camera", data)
    bpy.context.scene.collection.objects.link(camera)
    camera.location = (rng.uniform(-3, 3), -7 - rng.uniform(0, 3), rng.uniform(0.8, 3.5))
    camera.rotation_euler = (math.radians(rng.uniform(80, 90)), 0, rng.gauss(0, 0.12))
    bpy.context.scene.camera = camera
    bpy.context.scene.frame_end = 1
