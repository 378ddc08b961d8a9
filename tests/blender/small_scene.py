"""Makes a small .blend to run commands on: ``python small_scene.py OUT.blend [VARIANT]``.

Two shots of three frames, 96 × 64, three meshes. Variants leave out or spoil one thing each, but
for "moving": one shot of 14 frames, 48 × 32, in which a ball rolls.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path

import bpy

SHOTS = {"första": (1, (0.0, -5.0, 2.0)), "wide shot": (4, (3.0, -4.0, 1.5))}


def main(out: Path, variant: str) -> None:
    """Build the scene, spoil it, save it."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    _build(scene)
    _VARIANTS[variant](scene, out)
    bpy.ops.wm.save_as_mainfile(filepath=str(out))


def _build(scene: bpy.types.Scene) -> None:
    bpy.ops.mesh.primitive_plane_add(size=8)
    bpy.ops.mesh.primitive_cube_add(size=1, location=(0, 0, 0.5))
    bpy.ops.mesh.primitive_uv_sphere_add(
        segments=16, ring_count=8, radius=0.6, location=(1.3, 0, 0.6)
    )
    render = scene.render
    render.resolution_x, render.resolution_y, render.resolution_percentage = 96, 64, 100
    scene.frame_start, scene.frame_end = 1, 6
    for name, (frame, location) in SHOTS.items():
        camera = bpy.data.objects.new(f"cam {name}", bpy.data.cameras.new(name))
        scene.collection.objects.link(camera)
        camera.location = location
        camera.rotation_euler = (math.radians(75), 0, math.atan2(location[0], -location[1]))
        scene.timeline_markers.new(name, frame=frame).camera = camera
        scene.camera = camera


def _no_camera(scene: bpy.types.Scene, out: Path) -> None:
    scene.timeline_markers.clear()
    scene.camera = None


def _no_objects(scene: bpy.types.Scene, out: Path) -> None:
    for obj in [obj for obj in scene.objects if obj.type == "MESH"]:
        bpy.data.objects.remove(obj)


def _missing_library(scene: bpy.types.Scene, out: Path) -> None:
    library = out.with_name("set library.blend")
    bpy.data.libraries.write(str(library), {bpy.data.objects["Cube"]})
    with bpy.data.libraries.load(str(library), link=True) as (_, wanted):
        wanted.objects = ["Cube"]
    scene.collection.objects.link(wanted.objects[0])
    bpy.ops.wm.save_as_mainfile(filepath=str(out))
    library.unlink()


def _python_driver(scene: bpy.types.Scene, out: Path) -> None:
    driver = bpy.data.objects["Cube"].driver_add("location", 0).driver
    driver.expression = "__import__('math').sin(frame)"


def _moving(scene: bpy.types.Scene, out: Path) -> None:
    """Long enough to have frames that no key shows."""
    scene.timeline_markers.remove(scene.timeline_markers["wide shot"])
    scene.frame_end = 14
    scene.render.resolution_x, scene.render.resolution_y = 48, 32
    ball = bpy.data.objects["Sphere"]
    for frame, across in ((1, -1.4), (14, 1.4)):
        ball.location.x, ball.location.y = across, -0.9
        ball.keyframe_insert("location", frame=frame)


_VARIANTS: dict[str, Callable[[bpy.types.Scene, Path], None]] = {
    "whole": lambda scene, out: None,
    "no camera": _no_camera,
    "no objects": _no_objects,
    "missing library": _missing_library,
    "python driver": _python_driver,
    "moving": _moving,
}

if __name__ == "__main__":
    main(Path(sys.argv[1]), *(sys.argv[2:] or ["whole"]))
