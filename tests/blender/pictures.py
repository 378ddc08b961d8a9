"""Small PNG files for tests, without another library."""

import struct
import zlib
from collections.abc import Sequence
from pathlib import Path

import bpy
import numpy as np

CHART = (
    (200, 120, 40),
    (60, 90, 140),
    (90, 140, 60),
    (230, 200, 160),
    (128, 128, 128),
    (20, 30, 40),
)
"""Colours as paintings have them."""


def chart(width: int, height: int, colours: Sequence[Sequence[int]] = CHART) -> np.ndarray:
    """Upright stripes, height × width × 3, 0…255."""
    stripe = np.arange(width) * len(colours) // width
    return np.tile(np.array(colours, np.uint8)[stripe], (height, 1, 1))


def write_png(path: Path, pixels: np.ndarray) -> Path:
    """Write 8-bit RGB pixels."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    height, width, _ = pixels.shape
    rows = b"".join(b"\0" + row.tobytes() for row in pixels.astype(np.uint8))
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )
    return path


def render(scene: bpy.types.Scene, path: Path) -> np.ndarray:
    """Render a still and read it back, 0…255, row 0 on top."""
    settings = scene.render
    settings.filepath, settings.image_settings.file_format = str(path), "PNG"
    settings.image_settings.color_mode, settings.dither_intensity = "RGB", 0.0
    bpy.ops.render.render(write_still=True)
    image = bpy.data.images.load(str(path))
    image.colorspace_settings.name = "Non-Color"
    width, height = image.size
    values = np.empty(width * height * 4, dtype=np.float32)
    image.pixels.foreach_get(values)
    bpy.data.images.remove(image)
    return np.rint(values.reshape(height, width, 4)[::-1, :, :3] * 255).astype(int)
