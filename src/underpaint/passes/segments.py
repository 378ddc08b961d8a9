"""The segment control: a colour of its own for every object, the same in every frame and shot."""

from __future__ import annotations

import numpy as np

from .arrays import Floats, Ints
from .colour import to_srgb

_GOLDEN = 0.6180339887498949
_LIGHTNESS = (0.62, 0.82, 0.48, 0.72)
_CHROMA = (0.17, 0.12, 0.13, 0.15)

# OKLab to linear sRGB: Björn Ottosson, "A perceptual color space for image processing", 2020.
_LAB_TO_LMS = np.array(
    (
        (1.0, 0.3963377774, 0.2158037573),
        (1.0, -0.1055613458, -0.0638541728),
        (1.0, -0.0894841775, -1.2914855480),
    )
)
_LMS_TO_RGB = np.array(
    (
        (4.0767416621, -3.3077115913, 0.2309699292),
        (-1.2684380046, 2.6097574011, -0.3413193965),
        (-0.0041960863, -0.7034186147, 1.7076147010),
    )
)


def segment_control(object_id: Ints) -> Floats:
    """H×W×3 sRGB: the palette's colour of each pixel's object; the background (0) is black."""
    colours = palette(int(object_id.max(initial=0)) + 1)
    return colours[np.maximum(object_id, 0)]


def palette(count: int) -> Floats:
    """count×3 sRGB colours by object id: hues a golden ratio apart, four lightnesses of OKLCh."""
    index = np.arange(count)
    hue = 2 * np.pi * ((index * _GOLDEN) % 1.0)
    chroma = np.take(_CHROMA, index % len(_CHROMA))
    lightness = np.take(_LIGHTNESS, index % len(_LIGHTNESS))
    lab = np.stack([lightness, chroma * np.cos(hue), chroma * np.sin(hue)], axis=-1)
    linear = (lab @ _LAB_TO_LMS.T) ** 3 @ _LMS_TO_RGB.T
    colours = to_srgb(linear).astype(np.float32)
    colours[:1] = 0.0
    return colours
