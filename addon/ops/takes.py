"""The buttons about takes: pick one, look at one."""

from typing import TYPE_CHECKING

import bpy
from bpy.props import EnumProperty, IntProperty
from bpy.types import Context, Operator
from underpaint.errors import InputError

from .. import access, prefs
from .reporting import Result, idle, reported

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

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether the chosen take is not rejected; where it is, the button says so."""
        lists = access.session()
        rejected = (
            0 <= lists.take_index < len(lists.takes) and lists.takes[lists.take_index].rejected
        )
        if rejected:
            cls.poll_message_set("It is rejected: take that back first, or pick another take")
        return not rejected

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


class UNDERPAINT_OT_redo_take(Operator):
    """Paint this take once more from its record, as a new take, and say if the same came of it"""

    bl_idname = "underpaint.redo_take"
    bl_label = "Paint Once More"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """One job at a time."""
        return idle(cls)

    def execute(self, context: Context) -> Result:
        """Start the job."""
        return reported(self, lambda: self._start(context.scene))

    def _start(self, scene: bpy.types.Scene) -> None:
        from ..jobs import order, redoing, stages, window

        _, shot, number = _chosen(scene)
        plain = order.of_scene(scene, "redo", gently=not bpy.app.background)
        window.run(stages.job_of(redoing.order_of(scene, plain, shot, number)))


class UNDERPAINT_OT_pick_texture(Operator):
    """Choose this take of the active object's texture. Undo hides it again, the choice stays"""

    bl_idname = "underpaint.pick_texture"
    bl_label = "Pick Texture"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Take", default=1, min=1)

    def execute(self, context: Context) -> Result:
        """Write it down and show it."""
        return reported(self, lambda: self._pick(context.scene))

    def _pick(self, scene: bpy.types.Scene) -> None:
        from underpaint.library import picks

        from .. import session, switches

        obj, project = _active(scene), _project_or_error(scene)
        picks.pick(project, obj.name, self.number, prefs.settings().by, "textures")
        _tell(self, switches.show_take(scene, obj, self.number, project))
        session.list_textures(scene)


class UNDERPAINT_OT_show_texture(Operator):
    """Show this take of the active object's texture"""

    bl_idname = "underpaint.show_texture"
    bl_label = "Show Texture"
    bl_options = {"REGISTER", "UNDO"}

    number: IntProperty(name="Take", default=1, min=1)

    def execute(self, context: Context) -> Result:
        """Lead its picture to the surface."""
        return reported(self, lambda: self._show(context.scene))

    def _show(self, scene: bpy.types.Scene) -> None:
        from .. import session, switches

        project = _project_or_none(scene)
        _tell(self, switches.show_take(scene, _active(scene), self.number, project))
        session.list_textures(scene)


class UNDERPAINT_OT_show_textures(Operator):
    """Show the same choice of take on every object that was painted"""

    bl_idname = "underpaint.show_textures"
    bl_label = "Show Everywhere"
    bl_options = {"REGISTER", "UNDO"}

    which: EnumProperty(
        name="Which",
        items=(
            ("NEWEST", "Newest", "Every object's newest take"),
            ("PICKED", "Picked", "The picked take of every object that has one"),
            ("NUMBER", "Take", "The take of this number of every object that has it"),
        ),
    )
    number: IntProperty(name="Take", default=1, min=1)

    def execute(self, context: Context) -> Result:
        """Switch them all."""
        return reported(self, lambda: self._show(context.scene))

    def _show(self, scene: bpy.types.Scene) -> None:
        from .. import session, switches

        project = _project_or_none(scene)
        if self.which == "NUMBER":
            left_out = switches.show_number(scene, self.number, project)
        elif self.which == "PICKED":
            left_out = switches.show_picked(scene, project)
        else:
            left_out = switches.show_newest(scene, project)
        session.list_textures(scene)
        _tell(self, left_out)


def _tell(operator: Operator, sentence: str) -> None:
    """Have the panel say what is not as it should be, or nothing any more."""
    access.session().left_out = sentence
    if sentence:
        operator.report({"WARNING"}, sentence)


def _active(scene: bpy.types.Scene) -> bpy.types.Object:
    from .. import session

    obj = session.active_mesh(scene)
    if obj is None:
        raise InputError("Choose a mesh first: textures are those of the active object.")
    return obj


def _project_or_error(scene: bpy.types.Scene) -> "Project":
    from underpaint.library.project import Project

    from .. import choices

    return Project(choices.out_folder(scene))


def _project_or_none(scene: bpy.types.Scene) -> "Project | None":
    """None while the .blend was never saved: what its materials hold can be shown all the same."""
    try:
        return _project_or_error(scene)
    except InputError:
        return None


CLASSES = (
    UNDERPAINT_OT_pick,
    UNDERPAINT_OT_show_take,
    UNDERPAINT_OT_redo_take,
    UNDERPAINT_OT_pick_texture,
    UNDERPAINT_OT_show_texture,
    UNDERPAINT_OT_show_textures,
)
