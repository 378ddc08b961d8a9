"""The sidebar tab. Drawing reads what ``session`` has gathered and does nothing else."""

import textwrap
from typing import TYPE_CHECKING, Any, Literal

import bpy
from bpy.types import Context, Panel, UILayout, UIList

from . import access, prefs

if TYPE_CHECKING:
    from .props import UnderpaintSession, UnderpaintTake, UnderpaintTexture

    _Line = UnderpaintTake | UnderpaintTexture

_Icon = Literal[
    "NONE", "INFO", "ERROR", "TIME", "BLANK1", "HIDE_ON", "HIDE_OFF", "CHECKMARK", "X", "TEXTURE",
    "RENDER_ANIMATION", "SOLO_ON", "SOLO_OFF",
]  # fmt: skip
_MOST_NOTES = 3
_LETTER = 7.0  # pixels of a letter at a scale of 1, on the wide side so that no line is cut


class UNDERPAINT_UL_shots(UIList):
    """A shot: its name, frames, and how many takes it has."""

    def draw_item(  # noqa: PLR0913, PLR0917  Blender's own signature
        self,
        context: Context,
        layout: UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int = 0,
        flt_flag: int = 0,
    ) -> None:
        """One line."""
        row = layout.row()
        row.label(text=item.name, icon="CHECKMARK" if item.picked else "CAMERA_DATA")
        side = row.row()
        side.alignment = "RIGHT"
        side.label(text=f"{item.start}–{item.end}")
        side.label(text=f"{item.takes} takes" if item.takes != 1 else "1 take")


class UNDERPAINT_UL_takes(UIList):
    """A take: its number, what tells it from the others, whether it is picked."""

    def draw_item(  # noqa: PLR0913, PLR0917  Blender's own signature
        self,
        context: Context,
        layout: UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int = 0,
        flt_flag: int = 0,
    ) -> None:
        """One line."""
        row = layout.row()
        row.active = not item.rejected
        head = row.row()
        head.alignment = "LEFT"
        head.label(text=str(item.number), icon=_take_icon(item, "RENDER_ANIMATION"))
        _draw_stars(head, item)
        side = row.row()
        side.alignment = "RIGHT"
        side.label(text=item.told)


class UNDERPAINT_UL_textures(UIList):
    """A texture take: its number, what tells it from the others, its pick, whether it shows."""

    def draw_item(  # noqa: PLR0913, PLR0917  Blender's own signature
        self,
        context: Context,
        layout: UILayout,
        data: Any,
        item: Any,
        icon: int,
        active_data: Any,
        active_property: str,
        index: int = 0,
        flt_flag: int = 0,
    ) -> None:
        """One line."""
        row = layout.row(align=True)
        head = row.row()
        head.active, head.alignment = not item.rejected, "LEFT"
        head.label(text=str(item.number), icon=_take_icon(item, "TEXTURE"))
        _draw_stars(head, item)
        told = row.row()
        told.active = not item.rejected
        told.label(text=item.told)
        mark: _Icon = "CHECKMARK" if item.picked else "BLANK1"
        pick = row.operator("underpaint.pick_texture", text="", icon=mark, emboss=False)
        eye: _Icon = "HIDE_OFF" if item.shown else "HIDE_ON"
        show = row.operator("underpaint.show_texture", text="", icon=eye, emboss=False)
        pick.number = show.number = item.number


class _Tab(Panel):
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = "Underpaint"


class UNDERPAINT_PT_shots(_Tab):
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
        _draw_work(layout, context, session)


class UNDERPAINT_PT_look(_Tab):
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
        column.prop(wishes, "seed_per")


class UNDERPAINT_PT_takes(_Tab):
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
            _draw_judging(layout, context, session.takes[session.take_index], "take")
        if session.takes_unread:
            _draw_text(layout, context, session.takes_unread, "ERROR")
        row = layout.row(align=True)
        row.enabled = bool(session.takes) and not session.working
        row.operator("underpaint.pick", icon="CHECKMARK")
        row.operator("underpaint.show_take", icon="HIDE_OFF")
        row.operator("underpaint.compare_takes", icon="IMAGE_DATA")
        row.operator("underpaint.delete_take", text="", icon="TRASH")
        _draw_comparison(layout, context, session)
        layout.prop(access.wishes(context.scene), "over")


class UNDERPAINT_PT_textures(_Tab):
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
            _draw_text(layout, context, session.left_out, "INFO")
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
        _draw_judging(box, context, chosen, "texture")
        if session.textures_unread:
            _draw_text(box, context, session.textures_unread, "ERROR")
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
        _draw_comparison(self.layout, context, access.session())
        self.layout.operator("underpaint.drag_wipe", icon="ARROW_LEFTRIGHT")


class UNDERPAINT_PT_reel(_Tab):
    """The reel and where everything goes."""

    bl_label = "Reel"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context: Context) -> None:
        """Title, people, folder."""
        wishes = access.wishes(context.scene)
        layout = self.layout
        layout.prop(wishes, "latest")
        column = layout.column()
        column.use_property_split = True
        column.use_property_decorate = False
        column.prop(wishes, "title")
        column.prop(wishes, "people", placeholder="Ana, story; Ben, layout")
        column.prop(wishes, "folder", placeholder=prefs.settings().folder)
        layout.operator("underpaint.open_folder", icon="FILE_FOLDER")


def _take_icon(item: "_Line", plain: _Icon) -> _Icon:
    return "X" if item.rejected else "CHECKMARK" if item.picked else plain


def _draw_stars(row: UILayout, item: "_Line") -> None:
    """Everybody's stars on average; nothing where nobody gave any."""
    if item.stars:
        row.label(text=f"{item.stars:.2g}", icon="SOLO_ON")


def _draw_judging(layout: UILayout, context: Context, item: "_Line", of: str) -> None:
    """Stars and rejection of the chosen take in a row, its notes, and a field for another."""
    row = layout.row(align=True)
    for stars in range(1, 6):
        icon: _Icon = "SOLO_ON" if stars <= item.mine else "SOLO_OFF"
        row.operator(f"underpaint.star_{of}", text="", icon=icon, emboss=False).stars = stars
    row.separator()
    text = "Rejected" if item.rejected else "Reject"
    row.operator(f"underpaint.reject_{of}", text=text, icon="X", depress=item.rejected)
    for note in item.notes.splitlines()[-_MOST_NOTES:]:
        _draw_text(layout, context, note, "NONE")
    row = layout.row(align=True)
    row.prop(access.session(), "note", text="", placeholder="A note on this take")
    row.operator(f"underpaint.note_{of}", text="", icon="ADD")


def _draw_comparison(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    """The line between two takes, while they are compared."""
    if not session.compared:
        return
    box = layout.box().column()
    _draw_text(box, context, session.compared, "NONE")
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


def _draw_missing(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    if not session.missing:
        return
    box = layout.box()
    for text in session.missing.splitlines():
        _draw_text(box, context, text, "INFO")
    if not prefs.settings().python:
        box.operator("underpaint.open_preferences", icon="PREFERENCES")


def _draw_work(layout: UILayout, context: Context, session: "UnderpaintSession") -> None:
    if session.working:
        box = layout.box().column(align=True)
        text = f"{session.fraction:.0%} {session.left}".strip()
        box.progress(factor=session.fraction, text=text)
        _draw_text(box, context, "Stopping …" if session.stopping else session.text, "NONE")
        if session.waits:
            _draw_text(box, context, session.waits, "TIME")
        if session.picture:
            box.template_icon(icon_value=session.picture, scale=8.0)
        box.operator("underpaint.cancel", icon="CANCEL")
    elif session.error:
        box = layout.box()
        box.alert = True
        _draw_text(box, context, session.error, "ERROR")
    elif session.told:
        _draw_text(layout, context, session.told, "NONE")


def _draw_text(layout: UILayout, context: Context, text: str, icon: _Icon) -> None:
    """A sentence over as many lines as the sidebar's width asks for."""
    margin = 4 if icon == "NONE" else 9
    letters = int(context.region.width / (_LETTER * context.preferences.system.ui_scale)) - margin
    column = layout.column(align=True)
    column.scale_y = 0.8
    for line in textwrap.wrap(text, max(16, letters)):
        column.label(text=line, icon=icon)
        icon = "BLANK1" if icon != "NONE" else "NONE"


_CLASSES = (
    UNDERPAINT_UL_shots,
    UNDERPAINT_UL_takes,
    UNDERPAINT_UL_textures,
    UNDERPAINT_PT_shots,
    UNDERPAINT_PT_look,
    UNDERPAINT_PT_takes,
    UNDERPAINT_PT_textures,
    UNDERPAINT_PT_comparison,
    UNDERPAINT_PT_reel,
)


def register() -> None:
    """Tell Blender of the lists and panels."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
