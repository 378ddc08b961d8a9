"""What several panels draw: sentences, stars, a comparison. It reads and does nothing else."""

import textwrap
from typing import TYPE_CHECKING, Literal

from bpy.types import Context, Panel, UILayout

from .. import access

if TYPE_CHECKING:
    from ..session_props import UnderpaintSession, UnderpaintTake, UnderpaintTexture

Icon = Literal[
    "NONE", "INFO", "ERROR", "TIME", "BLANK1", "HIDE_ON", "HIDE_OFF", "CHECKMARK", "X", "TEXTURE",
    "RENDER_ANIMATION", "SOLO_ON", "SOLO_OFF",
]  # fmt: skip
_MOST_NOTES = 3
_LETTER = 7.0  # pixels of a letter at a scale of 1, on the wide side so that no line is cut


class Tab(Panel):
    """A panel in our tab of the 3D Viewport's sidebar."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Underpaint"


def take_icon(item: "UnderpaintTake | UnderpaintTexture", plain: Icon) -> Icon:
    """Rejected, picked or neither."""
    return "X" if item.rejected else "CHECKMARK" if item.picked else plain


def draw_stars(row: UILayout, item: "UnderpaintTake | UnderpaintTexture") -> None:
    """Everybody's stars on average; nothing where nobody gave any."""
    if item.stars:
        row.label(text=f"{item.stars:.2g}", icon="SOLO_ON")


def draw_judging(
    layout: UILayout, context: Context, item: "UnderpaintTake | UnderpaintTexture", of: str
) -> None:
    """Stars and rejection of the chosen take in a row, its notes, and a field for another."""
    row = layout.row(align=True)
    for stars in range(1, 6):
        icon: Icon = "SOLO_ON" if stars <= item.mine else "SOLO_OFF"
        row.operator(f"underpaint.star_{of}", text="", icon=icon, emboss=False).stars = stars
    row.separator()
    text = "Rejected" if item.rejected else "Reject"
    row.operator(f"underpaint.reject_{of}", text=text, icon="X", depress=item.rejected)
    for note in item.notes.splitlines()[-_MOST_NOTES:]:
        draw_text(layout, context, note, "NONE")
    row = layout.row(align=True)
    row.prop(access.session(), "note", text="", placeholder="A note on this take")
    row.operator(f"underpaint.note_{of}", text="", icon="ADD")


def draw_comparison(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    """The line between two takes, while they are compared."""
    if not session.compared:
        return
    box = layout.box().column()
    draw_text(box, context, session.compared, "NONE")
    row = box.row(align=True)
    line = row.row(align=True)
    line.active = not session.sides
    line.prop(session, "wipe", slider=True)
    row.prop(session, "sides", text="", icon="MOD_ARRAY")
    row.operator("underpaint.end_comparison", text="", icon="PANEL_CLOSE")


def draw_wrapped(layout: UILayout, text: str, letters: int) -> None:
    """Sentences, a paragraph a line of the text, cut into lines of so many letters."""
    column = layout.column(align=True)
    column.scale_y = 0.8
    for sentence in text.splitlines():
        for line in textwrap.wrap(sentence, letters):
            column.label(text=line)


def draw_text(layout: UILayout, context: Context, text: str, icon: Icon) -> None:
    """A sentence over as many lines as the sidebar's width asks for."""
    margin = 4 if icon == "NONE" else 9
    letters = int(context.region.width / (_LETTER * context.preferences.system.ui_scale)) - margin
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in textwrap.wrap(text, max(16, letters)):
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else "NONE"
