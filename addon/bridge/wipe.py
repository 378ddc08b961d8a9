"""Two pictures in one image of Blender's: side by side, or parted by a line that can be moved.

Moving the line copies only the columns that it passes, so that it keeps up with the mouse.
"""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np

from . import images

NAME = "Underpaint Compare"
OURS = "underpaint_compare"  # custom property of the image
_LINE, _GAP = 2, 8
_DARK = 0.08


class Comparison:
    """What the image shows. Pictures are height × width × 4, sRGB 0…1, row 0 at the bottom, as
    Blender has them."""

    def __init__(self) -> None:
        self._left = self._right = self._shown = np.zeros((0, 0, 4), np.float32)
        self._line: int | None = None

    def load(self, left: Path, right: Path) -> None:
        """Read both pictures anew; the right one takes the left one's size.

        Raises InputError where one is not there.
        """
        self._left = _read(left)
        self._right = _resized(_read(right), *self._left.shape[:2])
        self._line = None

    def part(self, share: float) -> bool:
        """Show the left picture up to ``share`` of the width, 0…1, and the right one behind it.

        True where the image has another size than before.
        """
        height, width, _ = self._left.shape
        at = round(share * width)
        first = 0, width
        if self._line is not None:
            first = min(at, self._line) - _LINE, max(at, self._line) + _LINE
        elif self._shown.shape != self._left.shape:
            self._shown = np.empty((height, width, 4), np.float32)
        low, high = max(0, first[0]), min(width, first[1])
        self._shown[:, low : min(at, high)] = self._left[:, low : min(at, high)]
        self._shown[:, max(at, low) : high] = self._right[:, max(at, low) : high]
        if 0 < at < width:
            self._shown[:, max(0, at - _LINE) : at + _LINE, :3] = _DARK
            self._shown[:, at - _LINE // 2 : at + _LINE // 2, :3] = 1.0
        self._line = at
        return self._put()

    def sides(self) -> bool:
        """Show both whole, beside each other; returns what ``part`` returns."""
        height, width, _ = self._left.shape
        self._shown = np.full((height, 2 * width + _GAP, 4), _DARK, np.float32)
        self._shown[..., 3] = 1.0
        self._shown[:, :width] = self._left
        self._shown[:, width + _GAP :] = self._right
        self._line = None
        return self._put()

    def rest(self) -> None:
        """Let the image lie in a file of Blender's temporary folder, so that nobody is asked to
        save it when Blender quits."""
        image = find()
        if image is not None and image.is_dirty:
            image.filepath_raw = str(Path(bpy.app.tempdir, "underpaint_compare.bmp"))
            image.file_format = "BMP"
            image.save()

    def _put(self) -> bool:
        height, width, _ = self._shown.shape
        image = find() or _new(width, height)
        resized = tuple(image.size) != (width, height)
        if resized:
            image.scale(width, height)
        pixels: bpy.types.bpy_prop_array = image.pixels
        pixels.foreach_set(self._shown.ravel())
        image.update()
        return resized


def find() -> bpy.types.Image | None:
    """The image that shows a comparison, if there is one."""
    return next((image for image in bpy.data.images if image.get(OURS)), None)


def remove() -> None:
    """Take it away; editors that showed it show nothing."""
    image = find()
    if image is not None:
        bpy.data.images.remove(image)


def _new(width: int, height: int) -> bpy.types.Image:
    image = bpy.data.images.new(NAME, width, height)
    image[OURS] = True
    images.set_colorspace(image.colorspace_settings, images.COLORSPACES["picture"])
    return image


def _read(path: Path) -> np.ndarray:
    images.require(path)
    image = bpy.data.images.load(str(path.absolute()))
    try:
        width, height = image.size
        images.require_pixels(image, path)
        values = np.empty(width * height * 4, np.float32)
        image.pixels.foreach_get(values)
    finally:
        bpy.data.images.remove(image)
    return values.reshape(height, width, 4)


def _resized(picture: np.ndarray, height: int, width: int) -> np.ndarray:
    """The nearest pixels, where the sizes differ at all."""
    if picture.shape[:2] == (height, width):
        return picture
    rows = np.arange(height) * picture.shape[0] // height
    columns = np.arange(width) * picture.shape[1] // width
    return picture[rows[:, None], columns[None, :]]
