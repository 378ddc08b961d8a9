"""Small pictures for the panel; Blender reads a file, beside its work, when it is first drawn."""

from pathlib import Path

import bpy
import bpy.utils.previews
from bpy.utils.previews import ImagePreviewCollection

_takes: ImagePreviewCollection | None = None
_making: ImagePreviewCollection | None = None
"""Holds one picture, the newest of the work going on."""


def icon_of(path: Path) -> int:
    """The icon that shows a take's picture; 0, which shows nothing, without a window."""
    global _takes
    if bpy.app.background:
        return 0
    if _takes is None:
        _takes = bpy.utils.previews.new()
    key = str(path)
    picture = _takes.get(key) or _takes.load(key, key, "IMAGE")
    return picture.icon_id


def newest(path: Path) -> int:
    """The icon of a picture in the making, in place of the one before; 0 without a window."""
    global _making
    if bpy.app.background:
        return 0
    if _making is None:
        _making = bpy.utils.previews.new()
    _making.clear()
    return _making.load("newest", str(path), "IMAGE", True).icon_id


def register() -> None:
    """Nothing is loaded before it is asked for."""


def unregister() -> None:
    """Let go of the pictures."""
    global _takes, _making
    for pictures in (_takes, _making):
        if pictures is not None:
            bpy.utils.previews.remove(pictures)
    _takes = _making = None
