"""The buttons about takes: pick one, look at one."""

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Operator
from underpaint.errors import InputError

from .. import access, prefs
from .reporting import Result, reported

if TYPE_CHECKING:
    from underpaint.library.project import Project


def _chosen(scene: bpy.types.Scene) -> "tuple[Project, str, int]":
    """Project, shot and number of the take that is selected in the panel."""
    from underpaint.library.project import Project

    from .. import choices

    lists = access.session()
    if not (0 <= lists.shot_index < len(lists.shots) and 0 <= lists.take_index < len(lists.takes)):
        raise InputError("Choose a take of a shot first: paint one if there is none.")
    shot, take = lists.shots[lists.shot_index], lists.takes[lists.take_index]
    return Project(choices.out_folder(scene)), shot.name, take.number


class UNDERPAINT_OT_pick(Operator):
    """Choose this take for the reel. Undo hides it again, but the choice stays: pick another"""

    bl_idname = "underpaint.pick"
    bl_label = "Pick"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        """Write it down and show it."""
        return reported(self, lambda: self._pick(context.scene))

    def _pick(self, scene: bpy.types.Scene) -> None:
        from .. import session
        from ..jobs import apply

        left_out = apply.pick(scene, *_chosen(scene), prefs.settings().by)
        session.refresh(scene)
        if left_out:
            self.report({"INFO"}, left_out)


class UNDERPAINT_OT_show_take(Operator):
    """Show this take in its camera's view and in the sequencer"""

    bl_idname = "underpaint.show_take"
    bl_label = "Show"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        """Bring it into the scene."""
        return reported(self, lambda: self._show(context.scene))

    def _show(self, scene: bpy.types.Scene) -> None:
        from ..jobs import apply

        project, shot, number = _chosen(scene)
        left_out = apply.take(scene, project, "shots", shot, number)
        wishes = access.wishes(scene)
        wishes.over = wishes.over or 1.0
        if left_out:
            self.report({"INFO"}, left_out)


CLASSES = (UNDERPAINT_OT_pick, UNDERPAINT_OT_show_take)
