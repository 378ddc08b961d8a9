"""What the teacher's looks, lights, tints, moods, weathers and materials are: tables, no code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Rgb = tuple[float, float, float]
Medium = Literal["film", "wash", "hatch", "oil", "pastel", "charcoal", "woodcut", "plan"]

BASE: dict[str, Rgb] = {
    "ground": (0.42, 0.38, 0.34), "roof": (0.66, 0.24, 0.14), "front": (0.80, 0.68, 0.50),
    "left": (0.66, 0.42, 0.28), "right": (0.38, 0.52, 0.58), "under": (0.38, 0.27, 0.20),
    "hill": (0.28, 0.44, 0.18), "small": (0.74, 0.40, 0.28),
}  # fmt: skip
"""Linear-ish base colours of the sides of things (``seen.SIDES``)."""

LIGHTS: dict[str, Rgb] = {
    "left": (-0.85, 0.40, 0.35),
    "right": (0.85, 0.40, 0.35),
    "front": (0.05, 0.35, 0.93),
    "behind": (0.10, 0.55, -0.83),
    "above": (0.05, 0.97, 0.25),
}
"""Word → direction toward the light, in camera space."""

TINTS: dict[str, Rgb] = {
    "red": (0.85, 0.18, 0.15), "orange": (0.95, 0.50, 0.14), "yellow": (0.95, 0.82, 0.25),
    "green": (0.25, 0.65, 0.28), "teal": (0.12, 0.60, 0.58), "blue": (0.18, 0.36, 0.85),
    "purple": (0.50, 0.24, 0.72), "pink": (0.95, 0.48, 0.66), "brown": (0.48, 0.30, 0.17),
    "gold": (0.90, 0.68, 0.22), "grey": (0.50, 0.50, 0.50), "cream": (0.95, 0.90, 0.76),
    "white": (0.94, 0.94, 0.94), "black": (0.10, 0.10, 0.11),
}  # fmt: skip

MOODS: dict[str, Rgb] = {
    "warm": (1.22, 1.0, 0.74),
    "cold": (0.76, 0.98, 1.28),
    "bright": (1.35, 1.35, 1.35),
    "dark": (0.55, 0.55, 0.58),
    "muted": (1.0, 1.0, 1.0),
    "vivid": (1.0, 1.0, 1.0),
}
"""Word → gain of all light; "muted" and "vivid" change saturation as well."""

SATURATION = {"muted": 0.45, "vivid": 1.6}
WEATHERS = ("clear", "rain", "snow", "storm", "mist")


@dataclass(frozen=True)
class Material:
    """What walls or grounds are made of. ``run``: how its marks lie (level, upright, along the
    form, or blots); ``length`` and ``width`` of a mark in pixels."""

    colour: Rgb
    sides: tuple[str, ...]
    run: Literal["level", "upright", "form", "blots"]
    length: int
    width: int
    depth: float  # how far marks darken and lighten


_WALLS = ("wall", "roof")
_GROUNDS = ("ground", "hill")
MATERIALS: dict[str, Material] = {
    "brick": Material((0.58, 0.25, 0.17), _WALLS, "level", 12, 4, 0.30),
    "plaster": Material((0.84, 0.78, 0.68), _WALLS, "blots", 0, 16, 0.10),
    "wood": Material((0.48, 0.30, 0.16), (*_WALLS, "small"), "upright", 36, 4, 0.28),
    "stone": Material((0.50, 0.49, 0.47), (*_WALLS, *_GROUNDS), "blots", 0, 8, 0.30),
    "metal": Material((0.46, 0.50, 0.55), (*_WALLS, "small"), "upright", 24, 8, 0.16),
    "grass": Material((0.24, 0.42, 0.12), _GROUNDS, "upright", 10, 4, 0.40),
    "sand": Material((0.80, 0.66, 0.42), _GROUNDS, "blots", 0, 4, 0.16),
    "water": Material((0.14, 0.32, 0.44), _GROUNDS, "level", 36, 8, 0.45),
    "cloth": Material((0.62, 0.24, 0.30), (*_WALLS, "small"), "form", 18, 8, 0.22),
    "tiles": Material((0.62, 0.44, 0.34), (*_WALLS, *_GROUNDS), "level", 10, 8, 0.26),
    "concrete": Material((0.56, 0.55, 0.53), (*_WALLS, *_GROUNDS), "blots", 0, 32, 0.14),
    "earth": Material((0.40, 0.27, 0.16), _GROUNDS, "blots", 0, 8, 0.30),
}


@dataclass(frozen=True)
class Style:
    """A look's parameters. Colours are linear 0…1; strengths 0…1 unless said."""

    sun: Rgb
    ambient: Rgb
    sky_top: Rgb
    sky_low: Rgb
    medium: Medium = "film"
    light: str = "left"  # where it comes from when no word says
    fog: float = 0.15  # how far the far is lost in the low sky's colour
    glow: float = 0.0  # strength of lamps and lit windows
    lit: Rgb = (1.0, 0.62, 0.22)  # their colour
    folds: float = 0.5  # darkening where depth folds
    shadow: float = 0.6  # how dark the sun's shadows are
    colour: float = 1.0  # saturation of things
    contrast: float = 1.0
    line: float = 0.0  # strength of drawn lines
    ink: Rgb = (0.05, 0.04, 0.06)  # their colour, of the sRGB picture
    paper: Rgb | None = None  # tones run from ink to paper instead of colours
    steps: int = 0  # tone steps (0: smooth)
    wet: float = 0.0  # the ground mirrors glow
    rim: float = 0.0  # light around what turns away


LOOKS: dict[str, Style] = {
    "dusk": Style(
        (1.45, 0.58, 0.22), (0.12, 0.16, 0.34), (0.06, 0.11, 0.34), (1.15, 0.52, 0.22),
        fog=0.30, glow=1.1, folds=0.6, shadow=0.75, contrast=1.25, rim=0.3,
    ),
    "golden hour": Style(
        (1.75, 1.05, 0.46), (0.26, 0.25, 0.33), (0.42, 0.58, 0.82), (1.15, 0.86, 0.48),
        light="right", fog=0.30, glow=0.15, contrast=1.1, rim=0.4,
    ),
    "blue hour": Style(
        (0.34, 0.46, 0.80), (0.09, 0.15, 0.33), (0.03, 0.07, 0.24), (0.30, 0.44, 0.72),
        light="above", fog=0.40, glow=1.1, lit=(1.0, 0.66, 0.26), colour=0.7, shadow=0.4,
    ),
    "noir": Style(
        (1.5, 1.5, 1.5), (0.035, 0.035, 0.04), (0.015, 0.015, 0.02), (0.22, 0.22, 0.24),
        fog=0.30, glow=0.9, lit=(1.0, 1.0, 0.98), colour=0.0, contrast=1.7, shadow=0.95, rim=0.5,
    ),
    "neon night": Style(
        (0.85, 0.14, 0.95), (0.06, 0.09, 0.26), (0.02, 0.01, 0.08), (0.34, 0.05, 0.40),
        light="right", fog=0.35, glow=1.3, lit=(0.10, 1.0, 1.0), colour=0.8, contrast=1.3,
        wet=0.8, rim=0.5,
    ),
    "overcast": Style(
        (0.38, 0.40, 0.42), (0.52, 0.55, 0.58), (0.62, 0.66, 0.70), (0.80, 0.82, 0.83),
        light="above", fog=0.35, colour=0.8, contrast=0.98, shadow=0.3, folds=0.75,
    ),
    "fog": Style(
        (0.30, 0.31, 0.31), (0.50, 0.52, 0.53), (0.70, 0.73, 0.74), (0.78, 0.80, 0.80),
        light="above", fog=0.95, colour=0.5, contrast=0.95, shadow=0.2,
    ),
    "low key": Style(
        (1.7, 1.0, 0.48), (0.03, 0.03, 0.04), (0.01, 0.01, 0.015), (0.05, 0.04, 0.04),
        light="right", fog=0.10, glow=1.4, lit=(1.0, 0.60, 0.24), contrast=1.35, shadow=0.95,
        folds=0.8,
    ),
    "watercolour": Style(
        (1.05, 0.95, 0.76), (0.66, 0.72, 0.92), (0.50, 0.74, 0.97), (1.0, 0.98, 0.94),
        "wash", "left", fog=0.55, folds=0.4, line=0.45, ink=(0.30, 0.22, 0.24), colour=1.4,
    ),
    "ink": Style(
        (1.05, 1.05, 1.05), (0.24, 0.24, 0.24), (0.95, 0.95, 0.95), (1.0, 1.0, 1.0),
        "hatch", "left", fog=0.35, line=1.0, ink=(0.06, 0.05, 0.07), paper=(0.95, 0.92, 0.85),
        shadow=0.9,
    ),
    "gouache": Style(
        (1.05, 0.80, 0.52), (0.32, 0.35, 0.55), (0.28, 0.56, 0.76), (0.98, 0.82, 0.62),
        "film", "right", fog=0.30, folds=0.3, steps=4, colour=1.4,
    ),
    "oil": Style(
        (1.25, 0.98, 0.66), (0.24, 0.24, 0.32), (0.34, 0.46, 0.62), (0.90, 0.80, 0.62),
        "oil", "left", fog=0.25, folds=0.6, shadow=0.75, contrast=1.15, colour=1.35,
    ),
    "pastel": Style(
        (1.0, 0.84, 0.74), (0.52, 0.52, 0.66), (0.60, 0.72, 0.90), (1.0, 0.86, 0.80),
        "pastel", "right", fog=0.45, folds=0.35, shadow=0.45, colour=1.05, contrast=0.95,
    ),
    "cel": Style(
        (0.98, 0.95, 0.84), (0.34, 0.34, 0.48), (0.26, 0.58, 0.97), (0.80, 0.92, 1.0),
        "film", "left", fog=0.10, folds=0.0, line=0.9, steps=2, colour=1.6, shadow=0.7,
    ),
    "woodcut": Style(
        (1.15, 1.15, 1.15), (0.16, 0.16, 0.16), (0.80, 0.80, 0.80), (1.0, 1.0, 1.0),
        "woodcut", "right", fog=0.2, line=0.8, ink=(0.09, 0.07, 0.06), paper=(0.93, 0.86, 0.70),
        shadow=0.9, contrast=1.2,
    ),
    "blueprint": Style(
        (0.55, 0.55, 0.55), (0.10, 0.10, 0.10), (0.02, 0.02, 0.02), (0.05, 0.05, 0.05),
        "plan", "left", fog=0.0, folds=0.0, line=1.0, ink=(0.86, 0.93, 1.0),
        paper=(0.05, 0.20, 0.50), shadow=0.0,
    ),
    "charcoal": Style(
        (1.05, 1.05, 1.05), (0.14, 0.14, 0.14), (0.62, 0.62, 0.62), (0.90, 0.90, 0.90),
        "charcoal", "left", fog=0.45, folds=0.9, line=0.6, ink=(0.07, 0.065, 0.06),
        paper=(0.88, 0.85, 0.79), contrast=1.3, shadow=0.85,
    ),
    "clay": Style(
        (0.95, 0.88, 0.78), (0.28, 0.29, 0.34), (0.55, 0.55, 0.56), (0.74, 0.73, 0.72),
        "film", "right", fog=0.10, folds=0.9, colour=0.0, shadow=0.6,
    ),
}  # fmt: skip
"""The looks, in the order of the sheet."""


@dataclass(frozen=True)
class Brief:
    """What one picture is to be: a look, and words that bend it; None leaves it to the look."""

    look: str
    light: str | None = None
    tint: str | None = None
    mood: str | None = None
    weather: str | None = None
    material: str | None = None
