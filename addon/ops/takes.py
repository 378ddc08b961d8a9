"""The buttons about takes: pick one, look at one."""

from typing import TYPE_CHECKING

import bpy
from bpy.types import Context, Operator
from underpaint.errors import InputError

if TYPE_CHECKING:
    from underpaint.library.project import Project
from .. import access, prefs
from .reporting import Result, reported


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
    """Choose this take: the reel will show it"""

    bl_idname = "underpaint.pick"
    bl_label = "Pick"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        """Write it down and show it."""
        return reported(self, lambda: self._pick(context.scene))

    def _pick(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import picks

        from .. import session
        from ..jobs import apply

        project, shot, number = _chosen(scene)
        picks.pick(project, shot, number, prefs.settings().by)
        apply.take(scene, project, "shots", shot, number)
        index = access.session().take_index
        session.refresh(scene)
        access.session().take_index = index


class UNDERPAINT_OT_show_take(Operator):
    """Show this take behind its camera and in the sequencer"""

    bl_idname = "underpaint.show_take"
    bl_label = "Show"
    bl_options = {"REGISTER", "UNDO"}

    def execute(self, context: Context) -> Result:
        """Bring it into the scene."""
        return reported(self, lambda: self._show(context.scene))

    def _show(self, scene: bpy.types.Scene) -> None:
        from ..jobs import apply

        project, shot, number = _chosen(scene)
        apply.take(scene, project, "shots", shot, number)


CLASSES = (UNDERPAINT_OT_pick, UNDERPAINT_OT_show_take)
