"""The buttons by which a person judges takes: star, reject, note, compare, delete.

Each is there twice, for the takes of the chosen shot and for the textures of the active object.
What was said lies on disk and is never undone by Blender's undo: it is taken back by saying so.
"""

from typing import TYPE_CHECKING

import bpy
from bpy.props import BoolProperty, IntProperty
from bpy.types import Context, Event, Operator
from underpaint.errors import InputError, UnderpaintError

from .. import access, prefs
from .reporting import Result, reported

if TYPE_CHECKING:
    from underpaint.library.deletion import Going
    from underpaint.library.project import Kind, Project

    from ..session_props import UnderpaintTake, UnderpaintTexture


class _OfTake(Operator):
    """A button about the chosen take of the chosen shot, or of the active object's textures."""

    bl_options = {"REGISTER"}
    _of_textures = False

    @classmethod
    def chosen(cls) -> "UnderpaintTake | UnderpaintTexture | None":
        """The line of the list that is chosen."""
        lists = access.session()
        if cls._of_textures:
            index, textures = lists.texture_index, lists.textures
            return textures[index] if 0 <= index < len(textures) else None
        return lists.takes[lists.take_index] if 0 <= lists.take_index < len(lists.takes) else None

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether there is a take to speak of; where there is none, the button says so."""
        return cls._why_not() is None

    @classmethod
    def _why_not(cls) -> str | None:
        why = "Choose a take first: paint one if there is none" if cls.chosen() is None else None
        why = why or cls.obstacle()
        if why is not None:
            cls.poll_message_set(why)
        return why

    @classmethod
    def obstacle(cls) -> str | None:
        """Why this button cannot be pressed for the chosen take."""
        return None

    def execute(self, context: Context) -> Result:
        """Do it, and list the takes anew."""
        return reported(self, lambda: self._do_and_list(context.scene))

    def _do_and_list(self, scene: bpy.types.Scene) -> None:
        from .. import session

        self.do(scene)
        if self._of_textures:
            session.list_textures(scene)
        else:
            session.refresh(scene)
        session.redraw()

    def do(self, scene: bpy.types.Scene) -> None:
        """What the button is for."""
        raise NotImplementedError

    def target(self, scene: bpy.types.Scene) -> "tuple[Project, Kind, str, int]":
        """What the library wants to know of the chosen take."""
        from underpaint.library.project import Project

        from .. import choices

        lists, line = access.session(), self.chosen()
        if line is None:
            raise InputError("Choose a take first: paint one if there is none.")
        project = Project(choices.out_folder(scene))
        if self._of_textures:
            return project, "textures", lists.textures_of, line.number
        return project, "shots", lists.takes_of, line.number


class _Star(_OfTake):
    bl_label = "Star"
    bl_description = "Give this take so many stars; the same star again takes yours back"

    stars: IntProperty(name="Stars", default=1, min=0, max=5)

    def do(self, scene: bpy.types.Scene) -> None:
        from underpaint.library.judging import judge

        line = self.chosen()
        stars = 0 if line is not None and line.mine == self.stars else self.stars
        judge(*self.target(scene), prefs.settings().by, stars=stars)


class _Reject(_OfTake):
    bl_label = "Reject"
    bl_description = (
        "This take is not to be used: the newest take is then another one, and nobody picks it. "
        "It stays on disk; press again to take it back"
    )

    @classmethod
    def obstacle(cls) -> str | None:
        line = cls.chosen()
        if line is not None and line.picked and not line.rejected:
            return "It is picked: pick another take, then reject this one"
        return None

    def do(self, scene: bpy.types.Scene) -> None:
        from underpaint.library.judging import judge

        line = self.chosen()
        judge(*self.target(scene), prefs.settings().by, rejected=not (line and line.rejected))


class _Note(_OfTake):
    bl_label = "Add Note"
    bl_description = "Keep this note with the take, with your name and the time"

    @classmethod
    def obstacle(cls) -> str | None:
        return None if access.session().note.strip() else "Write a note beside this button first"

    def do(self, scene: bpy.types.Scene) -> None:
        from underpaint.library.judging import judge

        judge(*self.target(scene), prefs.settings().by, note=access.session().note)
        access.session().note = ""


class _Compare(_OfTake):
    bl_label = "Compare"
    bl_description = (
        "Show this take beside the picked one, or beside the newest other one, in an Image Editor, "
        "with a line to move between them"
    )

    other: IntProperty(
        name="Other Take", description="0: the pick, else the newest other take", min=0
    )

    @classmethod
    def obstacle(cls) -> str | None:
        return None if len(cls._lines()) > 1 else "There is only one take: paint another one first"

    @classmethod
    def _lines(cls) -> "list[UnderpaintTake | UnderpaintTexture]":
        lists = access.session()
        return list(lists.textures if cls._of_textures else lists.takes)

    def do(self, scene: bpy.types.Scene) -> None:
        from .. import comparing

        project, kind, subject, number = self.target(scene)
        others = [line for line in self._lines() if line.number != number]
        picked = next((line.number for line in others if line.picked), None)
        other = self.other or picked or max((line.number for line in others), default=number)
        comparing.start(scene, project, kind, subject, other, number)


class _Delete(_OfTake):
    bl_label = "Delete Take"
    bl_options = {"REGISTER", "UNDO"}
    bl_description = "Delete this take for good, after asking. Its record and its notes stay"

    although_used: BoolProperty(
        name="Although it is in use",
        description="Delete it all the same; a pick of it goes as well",
    )

    @classmethod
    def obstacle(cls) -> str | None:
        working = access.session().working
        return "Underpaint is at work: wait for it, or cancel it" if working else None

    def invoke(self, context: Context, event: Event) -> Result:
        """Say what will go, and ask."""
        self.although_used = False
        try:
            going = self._look(context.scene)
        except UnderpaintError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        manager = context.window_manager
        access.session().going = "\n".join((_told(going), *going.used))
        if going.used:
            return manager.invoke_props_dialog(
                self, title="Delete Take", confirm_text="Delete", width=400
            )
        return manager.invoke_confirm(
            self, event, title="Delete Take", message=_told(going), confirm_text="Delete"
        )

    def draw(self, context: Context) -> None:
        """What will go, what uses it, and the tick without which it stays."""
        from ..panels.drawing import draw_wrapped

        draw_wrapped(self.layout, access.session().going, 64)
        self.layout.prop(self, "although_used")

    def do(self, scene: bpy.types.Scene) -> None:
        from underpaint.library.deletion import delete

        from .. import comparing
        from ..bridge import take_users

        project, kind, subject, number = target = self.target(scene)
        used = self._shown(scene)
        delete(*target, prefs.settings().by, although_used=self.although_used, shown=used)
        if comparing.shows(kind, subject, number):
            comparing.stop()
        take_users.take_back(project.take(kind, subject, number), subject, number)

    def _look(self, scene: bpy.types.Scene) -> "Going":
        from underpaint.library.deletion import look

        return look(*self.target(scene), self._shown(scene))

    def _shown(self, scene: bpy.types.Scene) -> tuple[str, ...]:
        from ..bridge import take_users

        project, kind, subject, number = self.target(scene)
        return take_users.in_file(project.take(kind, subject, number))


def _told(going: "Going") -> str:
    count = len(going.take.files)
    return (
        f"Take {going.take.number} of {going.take.subject}: {count} file{'s' * (count != 1)}, "
        f"{going.bytes / 1e6:.1f} MB. It cannot be undone."
    )


class UNDERPAINT_OT_star_take(_Star):
    bl_idname = "underpaint.star_take"


class UNDERPAINT_OT_reject_take(_Reject):
    bl_idname = "underpaint.reject_take"


class UNDERPAINT_OT_note_take(_Note):
    bl_idname = "underpaint.note_take"


class UNDERPAINT_OT_compare_takes(_Compare):
    bl_idname = "underpaint.compare_takes"


class UNDERPAINT_OT_delete_take(_Delete):
    bl_idname = "underpaint.delete_take"


class UNDERPAINT_OT_star_texture(_Star):
    bl_idname = "underpaint.star_texture"
    _of_textures = True


class UNDERPAINT_OT_reject_texture(_Reject):
    bl_idname = "underpaint.reject_texture"
    _of_textures = True


class UNDERPAINT_OT_note_texture(_Note):
    bl_idname = "underpaint.note_texture"
    _of_textures = True


class UNDERPAINT_OT_compare_textures(_Compare):
    bl_idname = "underpaint.compare_textures"
    _of_textures = True


class UNDERPAINT_OT_delete_texture(_Delete):
    bl_idname = "underpaint.delete_texture"
    _of_textures = True


class UNDERPAINT_OT_end_comparison(Operator):
    """Compare no more: the picture goes, the takes stay"""

    bl_idname = "underpaint.end_comparison"
    bl_label = "End Comparison"
    bl_options = {"REGISTER"}

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether anything is compared."""
        return bool(access.session().compared)

    def execute(self, context: Context) -> Result:
        """Take the picture away."""
        from .. import comparing, session

        comparing.stop()
        session.redraw()
        return {"FINISHED"}


class UNDERPAINT_OT_drag_wipe(Operator):
    """Move the line between the two takes with the mouse, until it is clicked"""

    bl_idname = "underpaint.drag_wipe"
    bl_label = "Drag the Line"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether a line can be seen; where none can, the button says so."""
        session = access.session()
        if not session.compared:
            cls.poll_message_set("Compare two takes first")
        elif session.sides:
            cls.poll_message_set("Side by side there is no line: switch that off")
        return bool(session.compared) and not session.sides

    def invoke(self, context: Context, event: Event) -> Result:
        """Begin to follow the mouse."""
        context.window_manager.modal_handler_add(self)
        context.window.cursor_modal_set("MOVE_X")
        return {"RUNNING_MODAL"}

    def modal(self, context: Context, event: Event) -> Result:
        """Follow it."""
        if event.type in {"LEFTMOUSE", "RET", "ESC", "RIGHTMOUSE"} and event.value == "PRESS":
            context.window.cursor_modal_restore()
            return {"FINISHED"}
        region = next((r for r in context.area.regions if r.type == "WINDOW"), None)
        if event.type == "MOUSEMOVE" and region is not None:
            share, _ = region.view2d.region_to_view(event.mouse_x - region.x, 0)
            access.session().wipe = min(1.0, max(0.0, share))
        return {"RUNNING_MODAL"}


CLASSES = (
    UNDERPAINT_OT_star_take,
    UNDERPAINT_OT_reject_take,
    UNDERPAINT_OT_note_take,
    UNDERPAINT_OT_compare_takes,
    UNDERPAINT_OT_delete_take,
    UNDERPAINT_OT_star_texture,
    UNDERPAINT_OT_reject_texture,
    UNDERPAINT_OT_note_texture,
    UNDERPAINT_OT_compare_textures,
    UNDERPAINT_OT_delete_texture,
    UNDERPAINT_OT_end_comparison,
    UNDERPAINT_OT_drag_wipe,
)
