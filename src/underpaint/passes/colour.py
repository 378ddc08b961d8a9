"""sRGB's curve, and its 8 bits. What is averaged is averaged in linear light: as the eye does it
from afar, and as a renderer does it with the texture."""

from __future__ import annotations

import numpy as np

from .arrays import Bytes, Floats


def to_srgb(linear: Floats) -> Floats:
    """IEC 61966-2-1 of light; what is beyond 0…1 is cut off."""
    linear = np.clip(linear, 0, 1)
    curved = 1.055 * linear ** (1 / 2.4) - 0.055
    return np.where(linear <= 0.0031308, linear * 12.92, curved)


def to_linear(srgb: Floats) -> Floats:
    """The light of sRGB in 0…1: the inverse of ``to_srgb``."""
    curved = ((srgb + 0.055) / 1.055) ** 2.4
    return np.where(srgb <= 0.04045, srgb / 12.92, curved)


def to_bytes(picture: Floats) -> Bytes:
    """The nearest of 256 levels; what is beyond 0…1 is cut off."""
    levels: Bytes = np.rint(np.clip(picture, 0, 1) * 255).astype(np.uint8)
    return levels
