"""Small pictures of takes for the panel; Blender reads a file when its picture is first drawn."""

from pathlib import Path

import bpy
import bpy.utils.previews

_pictures: bpy.utils.previews.ImagePreviewCollection | None = None


def icon_of(path: Path) -> int:
    """The icon that shows a picture; 0, which shows nothing, without a window."""
    global _pictures
    if bpy.app.background:
        return 0
    if _pictures is None:
        _pictures = bpy.utils.previews.new()
    key = str(path)
    picture = _pictures.get(key) or _pictures.load(key, key, "IMAGE")
    return picture.icon_id


def register() -> None:
    """Nothing is loaded before it is asked for."""


def unregister() -> None:
    """Let go of the pictures."""
    global _pictures
    if _pictures is not None:
        bpy.utils.previews.remove(_pictures)
        _pictures = None
