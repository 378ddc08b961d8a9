"""The Image Editor that shows a comparison: one that is open, else one in a window of its own."""

import contextlib
from collections.abc import Iterator
from typing import cast

import bpy

_OURS: set[int] = set()
"""The windows that were opened for it, by their addresses."""


def show() -> None:
    """Have an Image Editor show the comparison; without a window there is none to open."""
    from .bridge import wipe

    image = wipe.find()
    if bpy.app.background or image is None:
        return
    _, area = next(_editors(), None) or _new_editor()
    if area is None:
        return
    space = cast(bpy.types.SpaceImageEditor, area.spaces.active)
    space.image = image
    space.show_region_ui = True
    fit()
    bpy.app.timers.register(_choose_tab, first_interval=0.2)


def fit() -> None:
    """Have all of the comparison seen, where it is shown."""
    from .bridge import wipe

    for window, area in _editors():
        image = cast(bpy.types.SpaceImageEditor, area.spaces.active).image
        if image is None or not image.get(wipe.OURS):
            continue
        region = next(region for region in area.regions if region.type == "WINDOW")
        with bpy.context.temp_override(window=window, area=area, region=region):
            bpy.ops.image.view_all(fit_view=True)


def close_soon() -> None:
    """Close the window that was opened for it, once the button that asks for it, which may lie in
    that window, is done."""
    if _OURS and not bpy.app.timers.is_registered(_close):
        bpy.app.timers.register(_close, first_interval=0.1)


def _close() -> None:
    """Unless it shows something else by now."""
    for window in list(bpy.context.window_manager.windows):
        only_ours = [area.ui_type for area in window.screen.areas] == ["IMAGE_EDITOR"]
        if window.as_pointer() in _OURS and only_ours:
            with bpy.context.temp_override(window=window):
                bpy.ops.wm.window_close()
    _OURS.clear()


def redraw() -> None:
    """Have the editors that may show it drawn again."""
    for _, area in _editors():
        area.tag_redraw()


def _editors() -> Iterator[tuple[bpy.types.Window, bpy.types.Area]]:
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas:
            if area.ui_type == "IMAGE_EDITOR":
                yield window, area


def _new_editor() -> tuple[bpy.types.Window, bpy.types.Area | None]:
    manager = bpy.context.window_manager
    before = {window.as_pointer() for window in manager.windows}
    bpy.ops.wm.window_new()
    window = manager.windows[-1]
    if window.as_pointer() in before:
        return window, None
    _OURS.add(window.as_pointer())
    window.screen.areas[0].ui_type = "IMAGE_EDITOR"
    return window, window.screen.areas[0]


def _choose_tab() -> None:
    """Our tab of the sidebar; there is none before the sidebar was drawn once."""
    for _, area in _editors():
        for region in area.regions:
            if region.type == "UI":
                with contextlib.suppress(TypeError, AttributeError):
                    setattr(region, "active_panel_category", "Underpaint")  # noqa: B010
