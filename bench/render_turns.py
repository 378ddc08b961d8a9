"""Renders passes by turns, ours and bare: ``python render_turns.py SCENE FRAMES TURNS``.

Prints, last, a JSON object of seconds a frame: "ours", "bare" (the same settings, by Blender's own
animation render), "lit" (bare, but with the scene's own lights, world and materials) and
"standing" (ours, when nothing is to be rendered).
"""

from __future__ import annotations

import json
import math
import shutil
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import bpy
import numpy as np
from underpaint_addon.bridge.object_ids import object_ids
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots
from underpaint_addon.bridge.staging import Stage, staged

from underpaint.model.shot import Shot

_CORNER = Path(__file__).resolve().parents[1] / "examples" / "corner.blend"
_SIDE = 708
"""Quads along the heavy ground: twice its square are a million triangles."""


def main(scene_name: str, frames: int, turns: int) -> None:
    _SCENES[scene_name]()
    scene = bpy.context.scene
    shot = list_shots(scene)[0]
    shot = Shot(shot.name, shot.camera, shot.start, shot.start + frames - 1)
    seconds: dict[str, list[float]] = {"ours": [], "bare": [], "lit": [], "standing": []}
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        out = Path(folder)
        _bare(scene, shot, out, lit=False)  # warms up
        for _ in range(turns):
            shutil.rmtree(out / "ours", ignore_errors=True)
            seconds["ours"].append(_timed(lambda: _ours(scene, shot, out), frames))
            seconds["bare"].append(_bare(scene, shot, out, lit=False) / frames)
            seconds["standing"].append(_timed(lambda: _ours(scene, shot, out), frames))
            seconds["lit"].append(_bare(scene, shot, out, lit=True) / frames)
    print(json.dumps(seconds))


def _timed(work: Callable[[], object], frames: int) -> float:
    start = time.perf_counter()
    work()
    return (time.perf_counter() - start) / frames


def _ours(scene: bpy.types.Scene, shot: Shot, out: Path) -> None:
    for _ in render_passes(scene, shot, out / "ours"):
        pass


def _bare(scene: bpy.types.Scene, shot: Shot, out: Path, *, lit: bool) -> float:
    """Seconds that Blender takes for all frames; setting the scene is not counted."""
    world = scene.world
    with staged(scene, Stage(shot, object_ids(scene), materials=lit), out) as changes:
        if lit:
            changes.set(scene, {"world": world})
        scene.frame_start, scene.frame_end = shot.start, shot.end
        return _timed(lambda: bpy.ops.render.render(animation=True, scene=scene.name), 1)


def _corner() -> None:
    bpy.ops.wm.open_mainfile(filepath=str(_CORNER))


def _heavy() -> None:
    """A camera that dollies for a second along a hilly ground of a million triangles."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.mesh.primitive_grid_add(x_subdivisions=_SIDE, y_subdivisions=_SIDE, size=40)
    mesh = bpy.context.object.data
    points = np.empty((len(mesh.vertices), 3), np.float32)
    mesh.vertices.foreach_get("co", points.ravel())
    points[:, 2] = np.sin(points[:, 0]) * np.cos(points[:, 1] * 1.3)
    mesh.vertices.foreach_set("co", points.ravel())
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 24
    scene.render.resolution_x, scene.render.resolution_y = 640, 360
    camera = scene.camera
    camera.rotation_euler = (math.radians(78), 0, 0)
    for frame, x in ((1, -4.0), (24, 4.0)):
        camera.location = (x, -18, 4)
        camera.keyframe_insert("location", frame=frame)


_SCENES = {"corner": _corner, "heavy": _heavy}

if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
