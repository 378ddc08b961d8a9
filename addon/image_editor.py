"""The Image Editor that shows a comparison: one that is open, else one in a window of its own."""

from collections.abc import Iterator
from typing import cast

import bpy


def show() -> None:
    """Have an Image Editor show the comparison; without a window there is none to open."""
    from .bridge import wipe

    image = wipe.find()
    if bpy.app.background or image is None:
        return
    area = next(_editors(), None) or _new_editor()
    if area is None:
        return
    space = cast(bpy.types.SpaceImageEditor, area.spaces.active)
    space.image = image
    space.show_region_ui = True
    region = next(region for region in area.regions if region.type == "WINDOW")
    with bpy.context.temp_override(area=area, region=region):
        bpy.ops.image.view_all(fit_view=True)


def redraw() -> None:
    """Have the editors that may show it drawn again."""
    for area in _editors():
        area.tag_redraw()


def _editors() -> Iterator[bpy.types.Area]:
    for window in bpy.context.window_manager.windows:
        yield from (area for area in window.screen.areas if area.ui_type == "IMAGE_EDITOR")


def _new_editor() -> bpy.types.Area | None:
    before = set(bpy.context.window_manager.windows)
    bpy.ops.wm.window_new()
    fresh = [window for window in bpy.context.window_manager.windows if window not in before]
    if not fresh:
        return None
    area = fresh[0].screen.areas[0]
    area.ui_type = "IMAGE_EDITOR"
    return area
