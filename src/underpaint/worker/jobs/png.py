"""Pictures as files."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PIL import Image

from ...errors import InputError
from ...passes.colour import to_bytes
from ...surface.maps import Maps
from ..engine import Picture

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for files that are no picture, or were cut off or damaged."""
_COMPRESSION = 4
"""Of 9: a painted picture has grain, at which higher levels only lose time."""


def png_bytes(picture: Picture) -> bytes:
    """8-bit sRGB PNG of an H×W×3 picture, or of an H×W mask, in 0…1."""
    stream = io.BytesIO()
    Image.fromarray(to_bytes(picture)).save(stream, "PNG", compress_level=_COMPRESSION)
    return stream.getvalue()


def png_bytes_16(values: Picture) -> bytes:
    """16-bit grey PNG of H×W values in 0…1."""
    levels = np.rint(np.clip(values, 0, 1) * 65535).astype(np.uint16)
    stream = io.BytesIO()
    Image.fromarray(levels).save(stream, "PNG", compress_level=_COMPRESSION)
    return stream.getvalue()


def map_files(maps: Maps) -> dict[str, bytes]:
    """Derived maps as a take's files."""
    return {
        "roughness.png": png_bytes(maps.roughness),
        "height.png": png_bytes_16(maps.height),
        "normal.png": png_bytes(maps.normal),
    }


def small(picture: Picture, side: int) -> Picture:
    """The picture, or a smaller one whose longer side has ``side`` pixels."""
    image = Image.fromarray(to_bytes(picture))
    image.thumbnail((side, side), Image.Resampling.BOX)
    return np.asarray(image).astype(np.float32) / np.float32(255)


def npy_bytes(picture: Picture) -> bytes:
    """A .npy of H×W×3 uint8 sRGB, which needs no decoder."""
    stream = io.BytesIO()
    np.save(stream, to_bytes(picture))
    return stream.getvalue()


def read_png(path: Path) -> Picture:
    """H×W×3 in 0…1 of a picture file. Raises InputError where it cannot be read."""
    try:
        with Image.open(path) as picture:
            levels = np.asarray(picture.convert("RGB"))
    except UNREADABLE as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    return levels.astype(np.float32) / np.float32(255)


def as_written(picture: Picture) -> Picture:
    """The picture as it will be read back, so that both ways to it give the same texture."""
    return to_bytes(picture).astype(np.float32) / np.float32(255)
