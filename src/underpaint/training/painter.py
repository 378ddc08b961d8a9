"""The painter that teaches the model: looks over the buffers of a scene.

One painter, a table of looks. Every picture is shaded from camera-space normals and a light
direction, tinted by what things are, darkened where depth folds (T. Luft, C. Colditz,
O. Deussen, "Image enhancement by unsharp masking the depth buffer", 2006), and then worked over
with lines, washes, strokes or tone steps whose grain sits on the surface.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace

import torch
import torch.nn.functional as nnf
from torch import Tensor

from underpaint.training.materials import KIND, KINDS

Rgb = tuple[float, float, float]

BASE: dict[str, Rgb] = {
    "sky": (0.5, 0.6, 0.8), "ground": (0.42, 0.40, 0.38), "wall": (0.72, 0.64, 0.54),
    "roof": (0.55, 0.27, 0.20), "window": (0.22, 0.30, 0.38), "wood": (0.46, 0.31, 0.20),
    "skin": (0.72, 0.50, 0.38), "cloth": (0.30, 0.38, 0.58), "lamp": (0.95, 0.85, 0.60),
    "metal": (0.42, 0.45, 0.50), "leaf": (0.24, 0.42, 0.18), "vehicle": (0.70, 0.22, 0.16),
    "prop": (0.66, 0.46, 0.22), "rock": (0.44, 0.42, 0.40), "stone": (0.60, 0.58, 0.54),
}  # fmt: skip
"""Linear-ish base colours of what things are."""

LIGHTS: dict[str, tuple[float, float, float]] = {
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
}  # fmt: skip


MOODS: dict[str, Rgb] = {
    "warm": (1.22, 1.0, 0.74),
    "cold": (0.76, 0.98, 1.28),
    "bright": (1.3, 1.3, 1.3),
    "dark": (0.62, 0.62, 0.62),
}
"""Word → gain of all light. "muted" and "vivid" change saturation instead."""


@dataclass(frozen=True)
class Style:
    """A look's parameters. Colours are linear 0…1; strengths 0…1 unless said."""

    sun: Rgb
    ambient: Rgb
    sky_top: Rgb
    sky_low: Rgb
    fog: float = 0.15  # how far the far is lost in the low sky's colour
    glow: float = 0.0  # strength of lamps and lit windows
    lit: Rgb = (1.0, 0.62, 0.22)  # their colour
    folds: float = 0.5  # darkening where depth folds
    colour: float = 1.0  # saturation of things
    contrast: float = 1.0
    line: float = 0.0  # strength of drawn lines
    ink: Rgb = (0.05, 0.04, 0.06)  # their colour
    paper: Rgb | None = None  # tones run from ink to paper instead of colours
    steps: int = 0  # tone steps (0: smooth)
    wash: float = 0.0  # pigment that pools and bleeds
    brush: bool = False  # tones fall into paper, grey and ink
    wet: float = 0.0  # the ground mirrors glow


LOOKS: dict[str, Style] = {
    "dusk": Style(
        (0.98, 0.44, 0.20), (0.13, 0.17, 0.33), (0.07, 0.12, 0.34), (1.05, 0.50, 0.24),
        fog=0.32, glow=1.1, folds=0.6, contrast=1.25,
    ),
    "golden hour": Style(
        (1.35, 0.85, 0.40), (0.32, 0.28, 0.30), (0.45, 0.60, 0.80), (1.0, 0.82, 0.52),
        fog=0.30, glow=0.15, contrast=1.05,
    ),
    "blue hour": Style(
        (0.16, 0.24, 0.46), (0.16, 0.24, 0.44), (0.03, 0.07, 0.22), (0.26, 0.40, 0.68),
        fog=0.40, glow=1.0, lit=(1.0, 0.70, 0.30), colour=0.7,
    ),
    "noir": Style(
        (1.25, 1.25, 1.25), (0.05, 0.05, 0.06), (0.02, 0.02, 0.03), (0.22, 0.22, 0.24),
        fog=0.30, glow=0.9, lit=(1.0, 1.0, 0.98), colour=0.0, contrast=1.7,
    ),
    "neon night": Style(
        (0.55, 0.12, 0.70), (0.07, 0.10, 0.26), (0.02, 0.01, 0.08), (0.30, 0.06, 0.36),
        fog=0.35, glow=1.2, lit=(0.15, 0.95, 0.95), colour=0.8, contrast=1.25, wet=0.7,
    ),
    "overcast": Style(
        (0.38, 0.40, 0.42), (0.50, 0.53, 0.56), (0.62, 0.66, 0.70), (0.80, 0.82, 0.83),
        fog=0.35, colour=0.65, contrast=0.92,
    ),
    "fog": Style(
        (0.30, 0.31, 0.31), (0.52, 0.54, 0.55), (0.70, 0.73, 0.74), (0.78, 0.80, 0.80),
        fog=0.95, colour=0.5, contrast=0.85,
    ),
    "watercolour": Style(
        (0.95, 0.88, 0.74), (0.72, 0.76, 0.90), (0.56, 0.76, 0.95), (1.0, 0.98, 0.94),
        fog=0.60, folds=0.35, line=0.5, ink=(0.30, 0.22, 0.24), wash=0.8, colour=1.25,
    ),
    "ink": Style(
        (1.0, 1.0, 1.0), (0.26, 0.26, 0.26), (0.95, 0.95, 0.95), (1.0, 1.0, 1.0),
        fog=0.35, line=1.0, ink=(0.06, 0.05, 0.07), paper=(0.95, 0.92, 0.85), brush=True, wash=0.2,
    ),
    "gouache": Style(
        (0.90, 0.72, 0.50), (0.34, 0.36, 0.52), (0.30, 0.56, 0.74), (0.98, 0.82, 0.62),
        fog=0.30, folds=0.3, steps=4, wash=0.25, colour=1.25,
    ),
    "cel": Style(
        (0.90, 0.88, 0.80), (0.36, 0.36, 0.48), (0.32, 0.62, 0.95), (0.80, 0.92, 1.0),
        fog=0.10, folds=0.0, line=0.9, steps=2, colour=1.45,
    ),
    "blueprint": Style(
        (0.55, 0.55, 0.55), (0.10, 0.10, 0.10), (0.02, 0.02, 0.02), (0.05, 0.05, 0.05),
        fog=0.0, folds=0.0, line=1.0, ink=(0.86, 0.93, 1.0), paper=(0.05, 0.20, 0.50),
    ),
    "charcoal": Style(
        (0.95, 0.95, 0.95), (0.16, 0.16, 0.16), (0.62, 0.62, 0.62), (0.90, 0.90, 0.90),
        fog=0.45, folds=0.9, line=0.6, ink=(0.07, 0.065, 0.06), paper=(0.88, 0.85, 0.79),
        wash=0.5, contrast=1.3,
    ),
    "clay": Style(
        (0.80, 0.74, 0.66), (0.30, 0.31, 0.35), (0.55, 0.55, 0.56), (0.74, 0.73, 0.72),
        fog=0.12, folds=0.9, colour=0.0,
    ),
}  # fmt: skip


@dataclass(frozen=True)
class Brief:
    """What one picture is to be: a look, and words that bend it."""

    look: str
    light: str | None = None
    tint: str | None = None
    mood: str | None = None  # warm, cold, muted, vivid, bright or dark
    seed: int = 0


def bend(style: Style, mood: str | None) -> Style:
    """The style as a mood word changes it."""
    if mood == "muted":
        return replace(style, colour=style.colour * 0.45)
    if mood == "vivid":
        return replace(style, colour=style.colour * 1.6 + 0.1)
    gains = MOODS.get(mood or "", (1.0, 1.0, 1.0))
    return replace(
        style,
        sun=_gain(style.sun, gains),
        ambient=_gain(style.ambient, gains),
        sky_top=_gain(style.sky_top, gains),
        sky_low=_gain(style.sky_low, gains),
    )


def _gain(colour: Rgb, gains: Rgb) -> Rgb:
    return colour[0] * gains[0], colour[1] * gains[1], colour[2] * gains[2]


def paint(planes: dict[str, Tensor], brief: Brief) -> Tensor:
    """Paint one picture, [3, H, W] sRGB 0…1. Same buffers and brief, same picture."""
    rng = random.Random(brief.seed)
    noise = torch.Generator().manual_seed(brief.seed)
    style = bend(LOOKS[brief.look], brief.mood)
    hit = (planes["kind"] > 0).float()
    light = _light(brief.light, rng)
    tone = _shade(planes, light, style)
    colour = _albedo(planes, style, brief.tint, rng) * tone
    colour = colour * (1 - style.folds * _folds(planes["near_ness"]))
    sky = _sky(planes, style, brief.tint, noise)
    colour = torch.lerp(colour, sky_low(style, colour), _haze(planes["near_ness"], style.fog))
    colour = torch.where(hit > 0, colour, sky)
    colour = _glow(colour, planes, style, noise)
    return _finish(colour.clamp(0, 4), planes, style, brief.tint, noise)


def sky_low(style: Style, like: Tensor) -> Tensor:
    """The colour of the air far away, [3, 1, 1]."""
    return _rgb(style.sky_low, like) * 0.9


def _rgb(colour: Rgb, like: Tensor) -> Tensor:
    return torch.tensor(colour, dtype=like.dtype)[:, None, None]


def _light(word: str | None, rng: random.Random) -> Tensor:
    base = torch.tensor(LIGHTS[word or rng.choice(("left", "right"))])
    jitter = torch.tensor([rng.gauss(0, 0.08) for _ in range(3)])
    return nnf.normalize(base + jitter, dim=0)


def _shade(planes: dict[str, Tensor], light: Tensor, style: Style) -> Tensor:
    """Wrapped diffuse sun and a sky that is brighter from above, [3, H, W]."""
    normal = planes["normal"]
    facing = (normal * light[:, None, None]).sum(0)
    sun = ((facing + 0.12) / 1.12).clamp_min(0)
    sky = 0.62 + 0.38 * normal[1]
    if style.steps:
        sun = (sun * style.steps * 1.2).round() / style.steps
        sky = (sky * 3).round() / 3
    return _rgb(style.sun, normal) * sun + _rgb(style.ambient, normal) * sky


def _albedo(
    planes: dict[str, Tensor], style: Style, tint: str | None, rng: random.Random
) -> Tensor:
    """Colours of what things are, a little different from thing to thing, [3, H, W]."""
    table = torch.tensor([BASE[kind] for kind in KINDS])
    if tint:
        painted = torch.tensor([KIND[k] for k in ("wall", "cloth", "vehicle", "roof", "prop")])
        table[painted] = torch.lerp(table[painted], torch.tensor(TINTS[tint]), 0.72)
    grey = table.mean(1, keepdim=True)
    table = (grey + (table - grey) * style.colour).clamp(0.02, 1)
    shades = torch.tensor([rng.uniform(0.84, 1.16) for _ in range(256)])
    colour = table[planes["kind"]] * shades[planes["thing"]][..., None]
    return colour.permute(2, 0, 1) * 1.15


def _blur(plane: Tensor, radius: int) -> Tensor:
    """Two box blurs of [C, H, W], edges replicated."""
    if radius < 1:
        return plane
    size = 2 * radius + 1
    for _ in range(2):
        wide = nnf.pad(plane[None], (radius,) * 4, mode="replicate")
        plane = nnf.avg_pool2d(wide, size, 1)[0]
    return plane


def _scale(plane: Tensor) -> int:
    """A radius of about one fortieth of the picture's height."""
    return max(2, plane.shape[-2] // 40)


def _folds(near_ness: Tensor) -> Tensor:
    """Darkness 0…1 behind and beside what stands in front."""
    blurred = _blur(near_ness[None], _scale(near_ness) * 2)[0]
    return ((blurred - near_ness) * 7).clamp(0, 1)


def _haze(near_ness: Tensor, strength: float) -> Tensor:
    return strength * (1 - near_ness).clamp(0, 1) ** 2.2


def value_noise(height: int, width: int, cell: float, noise: torch.Generator) -> Tensor:
    """Smooth noise in −1…1 whose blobs are about ``cell`` pixels wide, [H, W]."""
    shape = (max(2, round(height / cell)), max(2, round(width / cell)))
    small = torch.rand(1, 1, *shape, generator=noise) * 2 - 1
    return nnf.interpolate(small, (height, width), mode="bicubic", align_corners=False)[0, 0]


def _sky(
    planes: dict[str, Tensor], style: Style, tint: str | None, noise: torch.Generator
) -> Tensor:
    """A gradient from the horizon up, with broad clouds, [3, H, W]."""
    height, width = planes["near_ness"].shape
    up = torch.linspace(1.0, 0.0, height)[:, None].expand(height, width)
    top, low = _rgb(style.sky_top, up), _rgb(style.sky_low, up)
    if tint and style.paper is None:
        low = torch.lerp(low, _rgb(TINTS[tint], up) * low.mean() * 1.6, 0.4)
    sky = torch.lerp(low, top, up**0.8)
    clouds = value_noise(height, width, height / 3, noise) + 0.5 * value_noise(
        height, width, height / 9, noise
    )
    return torch.lerp(sky, low.expand_as(sky), (clouds * 0.35).clamp(0, 0.45))


def _glow(
    colour: Tensor, planes: dict[str, Tensor], style: Style, noise: torch.Generator
) -> Tensor:
    """Lamps and windows shine, and their light spreads over what is near in the picture."""
    if style.glow == 0:
        return colour
    lamps = (planes["kind"] == KIND["lamp"]).float()
    panes = (planes["kind"] == KIND["window"]).float()
    source = (lamps * 1.5 + panes * 0.85)[None]
    lit = _rgb(style.lit, colour)
    halo = _blur(source, _scale(colour)) * 0.5 + _blur(source, _scale(colour) * 4) * 0.8
    if style.wet:
        ground = (planes["kind"] == KIND["ground"]).float()
        streaks = value_noise(colour.shape[1], colour.shape[2], colour.shape[1] / 14, noise)
        colour = colour * (1 + style.wet * ground * streaks * 0.5)
        colour = colour + ground * style.wet * 0.10 * _rgb(style.sky_low, colour)
    hit = (planes["kind"] > 0).float()
    shine = source * 1.1 + halo * (0.35 + 0.4 * hit)
    return colour * (1 - source.clamp(0, 1) * 0.6) + lit * shine * style.glow


def edges(planes: dict[str, Tensor]) -> Tensor:
    """How much of an edge of things, creases or depth passes through each pixel, 0…1, [H, W]."""
    strength = torch.zeros_like(planes["near_ness"])
    sky = (planes["kind"] == 0).float()
    planes = {**planes, "normal": planes["normal"] + torch.stack([0 * sky, 0 * sky, sky])}
    for axis in (0, 1):
        for shift in (1, -1):
            other = {k: v.roll(shift, v.dim() - 2 + axis) for k, v in planes.items()}
            crease = 1 - (planes["normal"] * other["normal"]).sum(0).clamp(-1, 1)
            outline = (planes["thing"] != other["thing"]).float()
            nearer = (planes["near_ness"] >= other["near_ness"]).float()
            step = (planes["near_ness"] - other["near_ness"]).abs() * 12
            found = torch.maximum(outline * nearer, torch.maximum(crease * 0.55, step * nearer))
            strength = torch.maximum(strength, found.clamp(0, 1))
    strength[0], strength[-1], strength[:, 0], strength[:, -1] = 0, 0, 0, 0
    return strength


def _blocks(tone: Tensor) -> Tensor:
    """Three tones of a brush: paper, a grey wash, solid ink; soft by a hair, [H, W]."""
    light = ((tone - 0.56) * 14).sigmoid()
    middle = ((tone - 0.30) * 14).sigmoid()
    return 0.5 * light + 0.5 * middle


def _finish(
    colour: Tensor,
    planes: dict[str, Tensor],
    style: Style,
    tint: str | None,
    noise: torch.Generator,
) -> Tensor:
    """Tone, strokes, washes, lines and paper; from linear light to sRGB."""
    picture = (colour / (1 + 0.18 * colour)).clamp(0, 1) ** (1 / 2.0)
    picture = ((picture - 0.5) * style.contrast + 0.5).clamp(0, 1)
    if style.wash:
        picture = _wash(picture, style.wash, noise)
    if style.paper is not None:
        picture = _duotone(picture, planes, style, tint)
    if style.line:
        weight = edges(planes) * style.line
        picture = torch.lerp(picture, _rgb(style.ink, picture).expand_as(picture), weight)
    return picture.clamp(0, 1)


def _wash(picture: Tensor, strength: float, noise: torch.Generator) -> Tensor:
    """Pigment bleeds a little and dries unevenly."""
    height, width = picture.shape[1:]
    bleed = torch.lerp(picture, _blur(picture, max(1, height // 90)), 0.7 * strength)
    pools = value_noise(height, width, height / 7, noise) * 0.10
    pools = pools + value_noise(height, width, height / 28, noise) * 0.06
    return (bleed + pools * strength * (1.15 - bleed)).clamp(0, 1)


def _duotone(
    picture: Tensor,
    planes: dict[str, Tensor],
    style: Style,
    tint: str | None,
) -> Tensor:
    """Tones from ink to paper; the paper takes the tint."""
    assert style.paper is not None
    tone = picture.mean(0)
    if style.brush:
        tone = _blocks(tone)
    tone = torch.where(planes["kind"] > 0, tone, tone.clamp_min(0.97 - 0.25 * style.wash))
    paper = _rgb(style.paper, picture)
    if tint:
        paper = torch.lerp(paper, _rgb(TINTS[tint], picture), 0.35)
    return torch.lerp(_rgb(style.ink, picture), paper, _tone_of(style, tone))


def _tone_of(style: Style, tone: Tensor) -> Tensor:
    """A blueprint's sheet stays even: light ink on dark paper hardly shades."""
    dark_paper = style.paper is not None and sum(style.paper) < sum(style.ink)
    return 1 - 0.22 * tone if dark_paper else tone
