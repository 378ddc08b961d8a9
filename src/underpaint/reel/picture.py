"""Pictures as Pillow images: from a file or an array, fitted into a box."""

from __future__ import annotations

from pathlib import Path
from typing import TypeAlias

import numpy as np
from PIL import Image

from ..errors import InputError
from ..passes.arrays import Floats
from ..passes.colour import to_bytes

Picture: TypeAlias = Path | Floats | Image.Image
"""A file, a height × width × 3 array of sRGB from 0 to 1, or an image."""

_BROKEN = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)


def to_image(picture: Picture) -> Image.Image:
    """An RGB image. Raises InputError for a file that is missing or no picture."""
    if isinstance(picture, np.ndarray):
        return Image.fromarray(to_bytes(picture), "RGB")
    if isinstance(picture, Image.Image):
        return picture.convert("RGB")
    try:
        with Image.open(picture) as opened:
            return opened.convert("RGB")
    except FileNotFoundError as error:
        raise InputError(f"{picture} does not exist.") from error
    except _BROKEN as error:
        raise InputError(f"{picture} is no picture or was cut off.") from error


def fit(picture: Image.Image, width: int, height: int, behind: tuple[int, int, int]) -> Image.Image:
    """The whole picture as large as it goes into the box, centred, with ``behind`` around it."""
    if picture.size == (width, height):
        return picture
    scale = min(width / picture.width, height / picture.height)
    size = max(1, round(picture.width * scale)), max(1, round(picture.height * scale))
    box = Image.new("RGB", (width, height), behind)
    at = (width - size[0]) // 2, (height - size[1]) // 2
    box.paste(picture.resize(size, Image.Resampling.LANCZOS), at)
    return box
