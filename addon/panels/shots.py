"""The panels of the shots and of what they are to look like."""

from typing import TYPE_CHECKING

from bpy.types import Context, UILayout

from .. import access, prefs, under_way
from .drawing import Tab, draw_text

if TYPE_CHECKING:
    from ..session_props import UnderpaintSession


class UNDERPAINT_PT_shots(Tab):
    """What is missing, the shots, and what is at work."""

    bl_label = "Shots"

    def draw(self, context: Context) -> None:
        """Shots, buttons, bar."""
        session = access.session()
        layout = self.layout
        _draw_missing(layout, context, session)
        row = layout.row()
        row.template_list(
            "UNDERPAINT_UL_shots", "", session, "shots", session, "shot_index", rows=3
        )
        row.operator("underpaint.refresh", text="", icon="FILE_REFRESH")
        column = layout.column(align=True)
        column.enabled = not session.working
        row = column.row(align=True)
        row.operator("underpaint.passes", icon="RENDERLAYERS")
        row.operator("underpaint.frames", icon="BRUSH_DATA")
        row = column.row(align=True)
        row.operator("underpaint.textures", icon="TEXTURE")
        row.operator("underpaint.reel", icon="FILE_MOVIE")
        column.operator("underpaint.run", icon="PLAY")
        if session.estimate and not session.working:
            draw_text(layout, context, f"Paint Frames: {session.estimate}", "TIME")
        _draw_work(layout, context, session)


class UNDERPAINT_PT_look(Tab):
    """What it should look like."""

    bl_label = "Look"

    def draw(self, context: Context) -> None:
        """Look, words, engine and numbers."""
        wishes, session = access.wishes(context.scene), access.session()
        layout = self.layout
        layout.prop_search(wishes, "look", session, "looks", icon="SHADERFX")
        column = layout.column(align=True)
        look = session.looks.get(wishes.look)
        column.prop(wishes, "words", text="", placeholder=look.words if look else "Words")
        column.prop(wishes, "avoid", text="", placeholder="Avoid")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(wishes, "engine", placeholder=prefs.settings().engine)
        column.prop(wishes, "seed")
        column.prop(wishes, "takes")
        column.prop(wishes, "mode")
        column.prop(wishes, "cadence")
        if wishes.mode == "each":
            column.prop(wishes, "seed_per")
        if wishes.mode == "anchored":
            column.prop(wishes, "repaint")


def _draw_missing(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    if not session.missing:
        return
    box = layout.box()
    for text in session.missing.splitlines():
        draw_text(box, context, text, "INFO")
    if not prefs.settings().python:
        box.operator("underpaint.open_preferences", icon="PREFERENCES")


def _draw_work(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    if session.working:
        box = layout.box().column(align=True)
        text = f"{session.fraction:.0%} {session.left}".strip()
        box.progress(factor=session.fraction, text=text)
        draw_text(box, context, "Stopping …" if session.stopping else session.text, "NONE")
        if session.waits:
            draw_text(box, context, session.waits, "TIME")
        if session.picture:
            box.template_icon(icon_value=session.picture, scale=8.0)
        under_way.draw(box)
        box.operator("underpaint.cancel", icon="CANCEL")
    elif session.error:
        box = layout.box()
        box.alert = True
        draw_text(box, context, session.error, "ERROR")
    elif session.told:
        draw_text(layout, context, session.told, "NONE")
