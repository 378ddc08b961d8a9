"""The panels of the takes, and of two that are compared."""

from bpy.types import Context, Panel

from .. import access
from .drawing import Tab, draw_comparison, draw_judging, draw_text


class UNDERPAINT_PT_takes(Tab):
    """The takes of the chosen shot."""

    bl_label = "Takes"

    def draw(self, context: Context) -> None:
        """The list, and what can be done with the chosen one."""
        session = access.session()
        layout = self.layout
        layout.template_list(
            "UNDERPAINT_UL_takes", "", session, "takes", session, "take_index", rows=3
        )
        if 0 <= session.take_index < len(session.takes):
            layout.template_icon(icon_value=session.takes[session.take_index].icon, scale=9.0)
            draw_judging(layout, context, session.takes[session.take_index], "take")
        if session.takes_unread:
            draw_text(layout, context, session.takes_unread, "ERROR")
        row = layout.row(align=True)
        row.enabled = bool(session.takes) and not session.working
        row.operator("underpaint.pick", icon="CHECKMARK")
        row.operator("underpaint.show_take", icon="HIDE_OFF")
        row.operator("underpaint.compare_takes", icon="IMAGE_DATA")
        row.operator("underpaint.redo_take", text="", icon="FILE_REFRESH")
        row.operator("underpaint.delete_take", text="", icon="TRASH")
        draw_comparison(layout, context, session)
        layout.prop(access.wishes(context.scene), "over")


class UNDERPAINT_PT_comparison(Panel):
    """In the Image Editor: what is compared, and the line between."""

    bl_label = "Takes Compared"
    bl_space_type = "IMAGE_EDITOR"
    bl_region_type = "UI"
    bl_category = "Underpaint"

    @classmethod
    def poll(cls, context: Context) -> bool:
        """Whether anything is compared."""
        return bool(access.session().compared)

    def draw(self, context: Context) -> None:
        """The same as in the 3D Viewport, and a way to move the line by hand."""
        draw_comparison(self.layout, context, access.session())
        self.layout.operator("underpaint.drag_wipe", icon="ARROW_LEFTRIGHT")
