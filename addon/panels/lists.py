"""The lists of shots, takes, textures and the reel's entries: a line each."""

from typing import Any

from bpy.types import Context, UILayout, UIList

from .drawing import Icon, draw_stars, take_icon


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
        head.label(text=str(item.number), icon=take_icon(item, "RENDER_ANIMATION"))
        draw_stars(head, item)
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
        head.label(text=str(item.number), icon=take_icon(item, "TEXTURE"))
        draw_stars(head, item)
        told = row.row()
        told.active = not item.rejected
        told.label(text=item.told)
        mark: Icon = "CHECKMARK" if item.picked else "BLANK1"
        pick = row.operator("underpaint.pick_texture", text="", icon=mark, emboss=False)
        eye: Icon = "HIDE_OFF" if item.shown else "HIDE_ON"
        show = row.operator("underpaint.show_texture", text="", icon=eye, emboss=False)
        pick.number = show.number = item.number


class UNDERPAINT_UL_cues(UIList):
    """An entry of the reel: its shot, and how it is shown."""

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
        row = layout.split(factor=0.4)
        row.label(text=f"{index + 1}  {item.name}")
        row.label(text=item.told)
