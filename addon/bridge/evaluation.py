"""Render frames, and see the scene as Blender evaluates it for that.

Blender hands the scene that it evaluated for a render to its frame-change handlers, once for the
frame itself and, for motion, once for the frame before and once for the one after. A render
engine that does nothing gets the same handlers called for a fraction of a millisecond.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import bpy
from underpaint.errors import JobError, UnderpaintError

from .restore import restored

Look = Callable[[bpy.types.Depsgraph], None]


class UNDERPAINT_RE_nothing(bpy.types.RenderEngine):
    """A render engine that makes Blender evaluate a frame, and paints nothing."""

    bl_idname = "UNDERPAINT_NOTHING"
    bl_label = "Underpaint: look only"
    bl_use_image_save = False

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Called by Blender for each frame; the handlers have seen it by now."""


@contextmanager
def nothing_engine() -> Iterator[str]:
    """Yields the name of the engine that renders nothing; Blender knows it only meanwhile."""
    bpy.utils.register_class(UNDERPAINT_RE_nothing)
    try:
        yield UNDERPAINT_RE_nothing.bl_idname
    finally:
        bpy.utils.unregister_class(UNDERPAINT_RE_nothing)


def is_rendering() -> bool:
    """Whether a person renders in Blender's window just now."""
    return bool(bpy.app.is_job_running("RENDER"))


def look_at_frame(
    scene: bpy.types.Scene, camera: bpy.types.Object | None, frame: int, look: Look
) -> None:
    """Evaluate a frame as the renderer would, seen by ``camera``, and leave the scene as it is.

    ``look`` is handed the depsgraph of each view layer. Raises as ``render_frame`` does.
    """

    def at_frame(graph: bpy.types.Depsgraph) -> None:
        if graph.scene.frame_current == frame:  # motion looks at the frames beside as well
            look(graph)

    with restored() as changes:
        engine = changes.enter(nothing_engine())
        changes.keep_unkeyed()
        changes.keep_render_result()
        idle = {"engine": engine, "use_compositing": False, "use_sequencer": False}
        changes.set(scene.render, idle)
        changes.set(
            scene, {name: getattr(scene, name) for name in ("camera", "frame_start", "frame_end")}
        )
        if camera is not None:
            scene.camera = camera
        render_frame(scene, frame, at_frame)


def render_frame(scene: bpy.types.Scene, frame: int, look: Look) -> None:
    """Render one frame with the scene's settings; the current frame is left where it is.

    ``look`` is handed each depsgraph that is evaluated for it; what it raises is raised here.
    Raises JobError in Blender's words, and while Blender is rendering something else.
    """
    if is_rendering():
        raise JobError("Blender is rendering already: wait until it is done, and run it again.")
    scene.frame_start = frame
    scene.frame_end = frame
    with _handed_to(look, scene.name), _silenced():
        try:
            bpy.ops.render.render(animation=True, scene=scene.name)
        except RuntimeError as error:
            words = str(error).strip().splitlines()[-1].removeprefix("Error: ").rstrip(".")
            raise JobError(f"Blender could not render frame {frame}: {words}.") from error


@contextmanager
def _handed_to(look: Look, scene_name: str) -> Iterator[None]:
    """Blender prints and drops what a handler raises; an error of ours is kept for the caller."""
    errors: list[UnderpaintError] = []

    def handler(scene: bpy.types.Scene, depsgraph: bpy.types.Depsgraph | None = None) -> None:
        if depsgraph is None or depsgraph.mode != "RENDER" or scene.name != scene_name or errors:
            return
        try:
            look(depsgraph)
        except UnderpaintError as error:
            errors.append(error)

    bpy.app.handlers.frame_change_post.append(handler)
    try:
        yield
    finally:
        bpy.app.handlers.frame_change_post.remove(handler)
    if errors:
        raise errors[0]


@contextmanager
def _silenced() -> Iterator[None]:
    """Blender reports every frame on standard output, where commands talk JSON."""
    if sys.stdout is not None:
        sys.stdout.flush()
    try:
        kept = os.dup(1)
    except OSError:  # a window without a console
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 1)
        yield
    finally:
        with suppress(OSError):
            os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)
