"""The panel of painted materials."""

from typing import TYPE_CHECKING

from bpy.types import Context

from .. import access
from .drawing import Tab, draw_judging, draw_text

if TYPE_CHECKING:
    from ..session_props import UnderpaintSession


class UNDERPAINT_PT_textures(Tab):
    """Painted materials."""

    bl_label = "Textures"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """The scene's switch, the active object's takes, and what to paint."""
        wishes, session = access.wishes(context.scene), access.session()
        layout = self.layout
        layout.row().prop(wishes, "show", expand=True)
        column = layout.column(align=True)
        column.active = wishes.show != "blocking"
        if wishes.show == "mixed":
            column.prop(wishes, "mix")
        column.prop(wishes, "unlit")
        column.prop(wishes, "relief")
        if session.left_out:
            draw_text(layout, context, session.left_out, "INFO")
        self._draw_object(context, session)
        self._draw_everywhere(session)
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(wishes, "targets")
        column.prop(wishes, "texture_size")
        column.prop(wishes, "uv")
        obj = context.object
        if obj is not None and obj.type == "MESH" and obj.vertex_groups:
            column.prop_search(wishes, "part", obj, "vertex_groups")
        column.prop(wishes, "tile")
        if wishes.tile:
            column.prop(wishes, "tile_metres")
        else:
            column.prop(wishes, "around")
            if wishes.around:
                column.prop(wishes, "most_added")
            column.prop(wishes, "atlas")
        column.prop(wishes, "pack")

    def _draw_object(self, context: Context, session: "UnderpaintSession") -> None:
        obj = context.object
        if obj is None or obj.type != "MESH" or obj.name != session.textures_of:
            return
        box = self.layout.box()
        box.label(text=obj.name, icon="OBJECT_DATA")
        if not session.textures:
            box.label(text="Not painted yet")
            return
        own = access.own(obj)
        box.row().prop(own, "show", expand=True)
        if own.show == "mixed":
            row = box.row(align=True)
            row.prop(own, "own_mix", text="", icon="PINNED" if own.own_mix else "UNPINNED")
            row.prop(own, "mix")
        box.template_list(
            "UNDERPAINT_UL_textures", "", session, "textures", session, "texture_index", rows=3
        )
        chosen = session.textures[session.texture_index]
        box.template_icon(icon_value=chosen.icon, scale=6.0)
        draw_judging(box, context, chosen, "texture")
        if session.textures_unread:
            draw_text(box, context, session.textures_unread, "ERROR")
        row = box.row(align=True)
        row.operator("underpaint.compare_textures", icon="IMAGE_DATA")
        row.operator("underpaint.delete_texture", text="", icon="TRASH")

    def _draw_everywhere(self, session: "UnderpaintSession") -> None:
        row = self.layout.row(align=True)
        row.label(text="Everywhere:")
        for which in ("NEWEST", "PICKED"):
            row.operator("underpaint.show_textures", text=which.title()).which = which
        row.operator_context = "EXEC_DEFAULT"
        take = row.operator("underpaint.show_textures", text="Take")
        take.which, take.number = "NUMBER", session.texture_number
        row.prop(session, "texture_number", text="")
