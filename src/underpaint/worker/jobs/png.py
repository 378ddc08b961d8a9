"""Pictures as files."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from ...errors import InputError
from ...library.unfinished import UnfinishedTake
from ...passes.colour import to_bytes
from ...surface.maps import Maps
from ..engine import Picture

UNREADABLE = (OSError, SyntaxError, ValueError, Image.DecompressionBombError)
"""What Pillow raises for files that are no picture, or were cut off or damaged."""
_HEIGHT = "height.png"
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


@dataclass(frozen=True)
class TextureFiles:
    """A texture as it is written: names and bytes. Empty where no view shows the object. ``depth``:
    metres between black and white of its height map, 0 where nobody knows."""

    files: Mapping[str, bytes]
    depth: float = 0.0

    def add_to(self, take: UnfinishedTake) -> None:
        """Keep them in a take."""
        for name, data in self.files.items():
            take.add_file(name, data)
        if self.depth > 0:
            take.measure(_HEIGHT, self.depth)


def texture_files(maps: Maps, **pictures: bytes) -> TextureFiles:
    """``pictures`` by what they hold, and the maps that were derived from them."""
    files = {f"{what}.png": data for what, data in pictures.items()}
    files["roughness.png"] = png_bytes(maps.roughness)
    files[_HEIGHT] = png_bytes_16(maps.height)
    files["normal.png"] = png_bytes(maps.normal)
    return TextureFiles(files, maps.depth)


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
