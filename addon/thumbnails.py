"""Small pictures for the panel: of takes, which Blender reads itself, and of work going on."""

import contextlib
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
    """The icon of a picture in the making, (H, W, 3) uint8 in a .npy; 0 without a window.

    One icon whose pixels are replaced: what Blender reads by itself is blank until it is read, and
    blinks with every frame.
    """
    global _making
    if bpy.app.background:
        return 0
    if _making is None:
        _making = bpy.utils.previews.new()
    picture = _making.get("newest") or _making.new("newest")
    with contextlib.suppress(OSError, ValueError, EOFError):  # its take is done, and has moved
        _fill(picture, path)
    return picture.icon_id


def _fill(picture: bpy.types.ImagePreview, path: Path) -> None:
    import numpy as np

    pixels = np.load(path)
    height, width, _ = pixels.shape
    packed = np.full((height, width, 4), 255, dtype=np.uint8)
    packed[..., :3] = pixels[::-1]  # Blender's rows begin at the bottom
    picture.image_size = (width, height)
    pixels_of: bpy.types.bpy_prop_array = picture.image_pixels  # type: ignore[assignment]
    pixels_of.foreach_set(packed.view(np.int32).ravel())


def register() -> None:
    """Nothing is loaded before it is asked for."""


def unregister() -> None:
    """Let go of the pictures."""
    global _takes, _making
    for pictures in (_takes, _making):
        if pictures is not None:
            bpy.utils.previews.remove(pictures)
    _takes = _making = None
