"""The buttons around the work: check the engine, read the lists anew, open the folder."""

import bpy
from bpy.types import Context, Operator

from .. import access, prefs
from .reporting import Result, idle, reported


class UNDERPAINT_OT_check_engine(Operator):
    """Start the engine's Python and have it say what is there, what is missing and what to do"""

    bl_idname = "underpaint.check_engine"
    bl_label = "Check the Engine"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """One job at a time."""
        return idle(cls)

    def execute(self, context: Context) -> Result:
        """Start the check."""
        return reported(self, lambda: self._check(context.scene))

    def _check(self, scene: bpy.types.Scene) -> None:
        from .. import choices
        from ..jobs import stages, window

        settings = prefs.settings()
        engine = access.wishes(scene).engine or settings.engine
        out = str(choices.out_folder(scene)) if bpy.data.filepath else None
        job = stages.examination(engine, settings.python, out)
        window.run(job)


class UNDERPAINT_OT_refresh(Operator):
    """Read shots, takes and looks anew"""

    bl_idname = "underpaint.refresh"
    bl_label = "Refresh"

    def execute(self, context: Context) -> Result:
        """Read the lists."""
        from .. import session

        return reported(self, lambda: session.refresh(context.scene))


class UNDERPAINT_OT_open_folder(Operator):
    """Open the folder that results go to"""

    bl_idname = "underpaint.open_folder"
    bl_label = "Open Folder"

    def execute(self, context: Context) -> Result:
        """Make the folder if need be, and show it in the system's file browser."""
        return reported(self, lambda: self._open(context.scene))

    def _open(self, scene: bpy.types.Scene) -> None:
        from .. import choices

        folder = choices.out_folder(scene)
        folder.mkdir(parents=True, exist_ok=True)
        bpy.ops.wm.path_open(filepath=str(folder))


class UNDERPAINT_OT_open_preferences(Operator):
    """Show the preferences of Underpaint"""

    bl_idname = "underpaint.open_preferences"
    bl_label = "Open Preferences"

    def execute(self, context: Context) -> Result:
        """Open them."""
        bpy.ops.preferences.addon_show(module=prefs.__package__)
        return {"FINISHED"}


CLASSES = (
    UNDERPAINT_OT_check_engine,
    UNDERPAINT_OT_refresh,
    UNDERPAINT_OT_open_folder,
    UNDERPAINT_OT_open_preferences,
)
