"""The panel of the reel and its cut."""

from typing import TYPE_CHECKING

from bpy.types import Context
from underpaint.model.cut import DEFAULT_CUT

from .. import access, prefs
from .drawing import Tab

if TYPE_CHECKING:
    from ..session_props import UnderpaintSession


class UNDERPAINT_PT_reel(Tab):
    """The reel and where everything goes."""

    bl_label = "Reel"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """Title, people, folder."""
        wishes = access.wishes(context.scene)
        layout = self.layout
        self._draw_cut(access.session())
        layout.prop(wishes, "latest")
        row = layout.row(align=True)
        for name in ("slates", "burn_in", "credits"):
            row.prop(wishes, name, toggle=True)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        row = column.row(align=True)
        row.prop(wishes, "cut", placeholder=DEFAULT_CUT)
        row.operator("underpaint.cut_copy", text="", icon="DUPLICATE")
        column.prop(wishes, "sound")
        column.prop(wishes, "title")
        column.prop(wishes, "people", placeholder="Ana, story; Ben, layout")
        column.prop(wishes, "folder", placeholder=prefs.settings().folder)
        layout.operator("underpaint.open_folder", icon="FILE_FOLDER")

    def _draw_cut(self, session: "UnderpaintSession") -> None:
        """The entries, and what can be done with the chosen one."""
        row = self.layout.row()
        row.template_list("UNDERPAINT_UL_cues", "", session, "cues", session, "cue_index", rows=4)
        side = row.column(align=True)
        side.operator("underpaint.cut_move", text="", icon="TRIA_UP").by = -1
        side.operator("underpaint.cut_move", text="", icon="TRIA_DOWN").by = 1
        side.separator()
        side.operator("underpaint.cut_change", text="", icon="ADD").what = "TWICE"
        side.operator("underpaint.cut_change", text="", icon="REMOVE").what = "REMOVE"
        side.operator("underpaint.cut_change", text="", icon="FILE_REFRESH").what = "RESTORE"
        row = self.layout.row(align=True)
        row.enabled = bool(session.cues)
        row.operator("underpaint.cut_entry", icon="PREVIEW_RANGE")
        row.operator("underpaint.cut_undo", text="", icon="LOOP_BACK")
        row.operator("underpaint.cut_from_sequencer", text="", icon="SEQUENCE")
        row.operator("underpaint.retime", text="", icon="IMPORT")
