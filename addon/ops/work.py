"""The buttons that make something, and the one that stops it."""

import bpy
from bpy.props import StringProperty
from bpy.types import Context, Operator

from .. import access
from .reporting import Result, idle, reported


class _Work(Operator):
    """Carries out one command with the scene's settings.

    In the window it returns at once and the panel shows how far it is; in ``blender -b`` it returns
    when all is done.
    """

    bl_options = {"REGISTER"}
    command = ""

    @classmethod
    def poll(cls, context: Context) -> bool:
        """One job at a time."""
        return idle(cls)

    def execute(self, context: Context) -> Result:
        """Start the job."""
        return reported(self, lambda: self._start(context.scene))

    def _start(self, scene: bpy.types.Scene) -> None:
        from ..jobs import order, stages, window

        wanted = order.of_scene(scene, self.command, gently=not bpy.app.background)
        window.run(stages.job_of(wanted), self._tell)

    def _tell(self, event: object) -> None:
        from underpaint.events import Noted, TakeMade

        if isinstance(event, Noted):
            self.report({"INFO"}, event.text)
        elif isinstance(event, TakeMade):
            self.report({"INFO"}, f"{event.subject}: take {event.number}")


class UNDERPAINT_OT_passes(_Work):
    """Render depth, normal, position, uv, object id and motion of every shot"""

    bl_idname = "underpaint.passes"
    bl_label = "Passes"
    command = "passes"


class UNDERPAINT_OT_frames(_Work):
    """Paint the frames of every shot: new takes, as strips and as the cameras' backgrounds"""

    bl_idname = "underpaint.frames"
    bl_label = "Paint Frames"
    command = "frames"


class UNDERPAINT_OT_textures(_Work):
    """Paint the objects as the shots' cameras see them; the artist's own materials stay"""

    bl_idname = "underpaint.textures"
    bl_label = "Paint Textures"
    command = "textures"


class UNDERPAINT_OT_reel(_Work):
    """Cut the picked takes into a video, a timeline, a contact sheet and credits"""

    bl_idname = "underpaint.reel"
    bl_label = "Make Reel"
    command = "reel"


class UNDERPAINT_OT_run(_Work):
    """All of it: passes, frames, textures, and a reel of the newest takes"""

    bl_idname = "underpaint.run"
    bl_label = "Everything"
    command = "run"


class UNDERPAINT_OT_cancel(Operator):
    """Stop what is at work. What was finished is kept, and the same button goes on from there"""

    bl_idname = "underpaint.cancel"
    bl_label = "Cancel"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Only while there is something to stop."""
        return access.session().working

    def execute(self, context: Context) -> Result:
        """Ask it to stop."""
        from ..jobs import window

        window.cancel()
        return {"FINISHED"}


class UNDERPAINT_OT_stop_take(Operator):
    """Paint no more of this take; the others go on. What is painted of it is kept for later"""

    bl_idname = "underpaint.stop_take"
    bl_label = "Stop This Take"

    seed: StringProperty(name="Seed", options={"SKIP_SAVE"})

    def execute(self, context: Context) -> Result:
        """Tell the painter."""
        from .. import under_way

        return reported(self, lambda: under_way.stop(self.seed))


CLASSES = (
    UNDERPAINT_OT_passes,
    UNDERPAINT_OT_frames,
    UNDERPAINT_OT_textures,
    UNDERPAINT_OT_reel,
    UNDERPAINT_OT_run,
    UNDERPAINT_OT_cancel,
    UNDERPAINT_OT_stop_take,
)
