"""The painter that teaches the model: looks over the buffers of a scene.

One painter, tables of looks (``styles``). A picture is shaded from camera-space normals and a
light, tinted by the sides of things, shadowed and darkened where depth folds (T. Luft, C. Colditz,
O. Deussen, "Image enhancement by unsharp masking the depth buffer", 2006), and then worked over in
the look's medium. Chance is read from the noise that the model starts from (``strokes``): same
buffers, brief and noise, same picture.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
import torch.nn.functional as nnf
from torch import Tensor

from underpaint.training import strokes
from underpaint.training.materials import KIND
from underpaint.training.seen import SIDES, sides
from underpaint.training.styles import (
    BASE,
    LIGHTS,
    LOOKS,
    MATERIALS,
    MOODS,
    SATURATION,
    TINTS,
    Brief,
    Rgb,
    Style,
)

Planes = dict[str, Tensor]


def paint(planes: Planes, brief: Brief, noise: Tensor) -> Tensor:
    """Paint one picture, [3, H, W] sRGB 0…1, from noise [C ≥ 6, H / 4, W / 4]."""
    style = bend(LOOKS[brief.look], brief)
    light = nnf.normalize(torch.tensor(LIGHTS[brief.light or style.light]), dim=0)
    hit = planes["kind"] > 0
    colour = _albedo(planes, style, brief, noise) * _shade(planes, light, style)
    colour = colour * (1 - style.folds * _folds(planes["near_ness"]))
    if brief.weather == "snow":
        colour = _snowed(colour, planes, style)
    low = _rgb(style.sky_low, colour) * 0.9
    colour = torch.lerp(colour, low, _haze(planes["near_ness"], style.fog))
    colour = torch.where(hit, colour, _sky(planes, style, brief, noise))
    colour = _glow(colour, planes, style, noise)
    return _finish(colour.clamp(0, 4), planes, style, brief, noise)


# --- words that bend a look -------------------------------------------------------------------


def bend(style: Style, brief: Brief) -> Style:
    """The style as mood and weather change it."""
    style = replace(style, colour=style.colour * SATURATION.get(brief.mood or "", 1.0))
    style = _lit(style, MOODS.get(brief.mood or "", (1.0, 1.0, 1.0)))
    match brief.weather:
        case "rain":
            style = _lit(style, (0.74, 0.78, 0.84))
            return replace(style, wet=max(style.wet, 0.7), fog=min(1, style.fog + 0.15))
        case "snow":
            return replace(style, fog=min(1.0, style.fog + 0.2))
        case "storm":
            style = _lit(style, (0.55, 0.60, 0.66))
            return replace(style, contrast=style.contrast * 1.12, fog=min(1.0, style.fog + 0.1))
        case "mist":
            return replace(style, fog=min(1.0, style.fog + 0.45))
        case _:
            return style


def _lit(style: Style, gains: Rgb) -> Style:
    return replace(
        style,
        sun=_gain(style.sun, gains),
        ambient=_gain(style.ambient, gains),
        sky_top=_gain(style.sky_top, gains),
        sky_low=_gain(style.sky_low, gains),
    )


def _gain(colour: Rgb, gains: Rgb) -> Rgb:
    return colour[0] * gains[0], colour[1] * gains[1], colour[2] * gains[2]


def _rgb(colour: Rgb, like: Tensor) -> Tensor:
    return torch.tensor(colour, dtype=like.dtype)[:, None, None]


# --- light ------------------------------------------------------------------------------------


def _shade(planes: Planes, light: Tensor, style: Style) -> Tensor:
    """Wrapped diffuse sun, shadowed, and a sky that is brighter from above, [3, H, W]."""
    normal = planes["normal"]
    facing = (normal * light[:, None, None]).sum(0)
    sun = ((facing + 0.12) / 1.12).clamp_min(0)
    sun = sun * (1 - style.shadow * shadows(planes["near_ness"], light))
    sky = 0.62 + 0.38 * normal[1]
    rim = style.rim * (1 - normal[2].clamp(0, 1)) ** 3 * (facing > -0.2)
    if style.steps:
        sun = (sun * style.steps * 1.2).round() / style.steps
        sky = (sky * 3).round() / 3
    return _rgb(style.sun, normal) * (sun + rim) + _rgb(style.ambient, normal) * sky


def shadows(near_ness: Tensor, light: Tensor) -> Tensor:
    """Darkness 0…1 of what stands, in the picture, behind something nearer toward the light.

    A march over inverse depth, [H, W]: what a picture alone can tell of cast shadows. What is much
    nearer than a point passes over it without a shadow.
    """
    height, width = near_ness.shape
    toward = torch.stack([light[0], -light[1]])
    dark = torch.zeros_like(near_ness)
    if toward.norm() < 0.2:
        return dark
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    here = torch.stack([x, y]).float() + 0.5
    size = torch.tensor([width, height]).view(2, 1, 1)
    for pixels in (2.0, 4.0, 7.0, 11.0, 16.0, 23.0, 32.0):
        at = (here + pixels * toward[:, None, None]) / size * 2 - 1
        reach = pixels / 220
        there = nnf.grid_sample(
            near_ness[None, None], at.permute(1, 2, 0)[None], padding_mode="border",
            align_corners=False,
        )[0, 0]  # fmt: skip
        above = (there - near_ness) - 0.25 * reach
        shade = (above * 40).clamp(0, 1) * (1 - ((above - 0.05 - reach) * 12).clamp(0, 1))
        dark = torch.maximum(dark, shade * (1 - reach * 3))
    return _blur(dark[None], 1)[0]


def _blur(plane: Tensor, radius: int) -> Tensor:
    """Two box blurs of [C, H, W], edges replicated."""
    if radius < 1:
        return plane
    size = 2 * radius + 1
    for _ in range(2):
        wide = nnf.pad(plane[None], (radius,) * 4, mode="replicate")
        plane = nnf.avg_pool2d(wide, size, 1)[0]
    return plane


def _folds(near_ness: Tensor) -> Tensor:
    """Darkness 0…1 behind and beside what stands in front."""
    blurred = _blur(near_ness[None], 7)[0]
    return ((blurred - near_ness) * 7).clamp(0, 1)


def _haze(near_ness: Tensor, strength: float) -> Tensor:
    return strength * (1 - near_ness).clamp(0, 1) ** 2.2


# --- what things are --------------------------------------------------------------------------


def _albedo(planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """Colours of things by their sides, warmer and cooler, lighter and darker from place to
    place."""
    table = torch.tensor([BASE[side] for side in SIDES])
    if brief.tint:
        painted = _rows(("wall", "roof", "small"))
        table[painted] = torch.lerp(table[painted], torch.tensor(TINTS[brief.tint]), 0.72)
    if brief.material:
        made = MATERIALS[brief.material]
        rows, own = _rows(made.sides), torch.tensor(made.colour)
        table[rows] = own if not brief.tint else torch.lerp(table[rows], own, 0.5)
    grey = table.mean(1, keepdim=True)
    table = (grey + (table - grey) * style.colour).clamp(0.02, 1.2)
    seen = sides(planes["normal"])
    colour = torch.einsum("sc,shw->chw", table, seen)
    size = planes["kind"].shape
    value = strokes.blocks(noise, strokes.VALUE, size)
    hue = strokes.blocks(noise, strokes.HUE, size)[None] * _rgb((0.09, 0.0, -0.09), colour)
    colour = colour * (1.15 + 0.08 * value + hue * min(1.0, style.colour))
    if brief.material:
        where = seen[_rows(MATERIALS[brief.material].sides)].sum(0)
        colour = colour * (1 + where * _marks(planes, brief.material, noise))
    return colour.clamp_min(0.01)


def _rows(names: tuple[str, ...]) -> Tensor:
    """The rows of ``SIDES`` that these are; a wall has three."""
    walls = ("front", "left", "right")
    wanted = {side for name in names for side in (walls if name == "wall" else (name,))}
    return torch.tensor([row for row, side in enumerate(SIDES) if side in wanted])


def _marks(planes: Planes, material: str, noise: Tensor) -> Tensor:
    """Relief of a material about zero, [H, W]."""
    made = MATERIALS[material]
    if made.run == "blots":
        marks = strokes.blocks(noise, strokes.STROKE, planes["kind"].shape, made.width)
    else:
        along = _run(planes, made.run)
        marks = strokes.strokes(noise, strokes.STROKE, along, made.length, made.width)
    return made.depth * marks.clamp(-2, 2) * 0.6


def _run(planes: Planes, run: str) -> Tensor:
    """Directions in the picture: level or upright on the surface, or along the form."""
    normal = planes["normal"]
    if run == "form":
        return strokes.along_form(normal)
    if run == "upright":
        up = torch.stack([-normal[0] * normal[1], -(1 - normal[1] ** 2)])
        return nnf.normalize(up + torch.tensor([0.0, -1e-3])[:, None, None], dim=0)
    level = torch.stack([normal[2], torch.zeros_like(normal[2])])
    return nnf.normalize(level + torch.tensor([1e-3, 0.0])[:, None, None], dim=0)


def _snowed(colour: Tensor, planes: Planes, style: Style) -> Tensor:
    """Snow lies on what faces up."""
    lies = ((planes["normal"][1] - 0.45) * 5).clamp(0, 1)
    white = _rgb(style.sun, colour) * 0.45 + _rgb(style.ambient, colour) * 0.9
    return torch.lerp(colour, white, lies * 0.9)


# --- sky and lamps ----------------------------------------------------------------------------


def _sky(planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """A gradient from the horizon up, with broad clouds, [3, H, W]."""
    height, width = planes["near_ness"].shape
    up = torch.linspace(1.0, 0.0, height)[:, None].expand(height, width)
    top, low = _rgb(style.sky_top, up), _rgb(style.sky_low, up)
    if brief.tint and style.paper is None:
        low = torch.lerp(low, _rgb(TINTS[brief.tint], up) * low.mean() * 1.6, 0.4)
    sky = torch.lerp(low, top, up**0.8)
    if brief.weather == "clear":
        return sky
    clouds = strokes.blocks(noise, strokes.SKY, (height, width), strokes.COARSE * 2)
    clouds = clouds + 0.5 * strokes.blocks(noise, strokes.SKY, (height, width), strokes.COARSE // 2)
    cover = 0.75 if brief.weather in {"rain", "storm", "snow"} else 0.40
    dark = 0.45 if brief.weather == "storm" else 1.0
    return torch.lerp(sky, low * dark, (clouds * 0.3 + cover - 0.35).clamp(0, cover))


def _glow(colour: Tensor, planes: Planes, style: Style, noise: Tensor) -> Tensor:
    """Lamps and windows shine, their light spreads; wet ground gives the sky back."""
    kind = planes["kind"]
    source = ((kind == KIND["lamp"]) * 1.5 + (kind == KIND["window"]) * 0.85)[None].float()
    if style.wet:
        colour = _wetted(colour, planes, style, noise)
    if style.glow == 0:
        return colour
    halo = _blur(source, 4) * 0.5 + _blur(source, 16) * 0.8
    shine = source * 1.1 + halo * (0.35 + 0.4 * (kind > 0))
    return colour * (1 - source.clamp(0, 1) * 0.6) + _rgb(style.lit, colour) * shine * style.glow


def _wetted(colour: Tensor, planes: Planes, style: Style, noise: Tensor) -> Tensor:
    """Streaks of the sky's light stand in the ground."""
    ground = ((planes["normal"][1] - 0.5) * 4).clamp(0, 1) * style.wet
    upright = torch.tensor([0.0, 1.0])[:, None, None].expand(2, *ground.shape)
    streaks = strokes.strokes(noise, strokes.STROKE, upright, 40, 8)
    sheen = (0.35 + 0.25 * streaks).clamp(0, 1) * ground
    return colour * (1 - 0.45 * ground) + _rgb(style.sky_low, colour) * 0.8 * sheen


# --- the medium -------------------------------------------------------------------------------


def _finish(colour: Tensor, planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """Tone, medium, lines: from linear light to an sRGB picture."""
    picture = (colour / (1 + 0.18 * colour)).clamp(0, 1) ** (1 / 2.0)
    picture = ((picture - 0.5) * style.contrast + 0.5).clamp(0, 1)
    picture = _MEDIA[style.medium](picture, planes, style, brief, noise)
    if brief.weather in {"rain", "snow"}:
        picture = _falling(picture, brief.weather, style, noise)
    if style.line:
        weight = edges(planes) * style.line
        picture = torch.lerp(picture, _rgb(style.ink, picture).expand_as(picture), weight)
    return picture.clamp(0, 1)


def _film(picture: Tensor, _p: Planes, _s: Style, _b: Brief, _n: Tensor) -> Tensor:
    return picture


def _wash(picture: Tensor, planes: Planes, _s: Style, _b: Brief, noise: Tensor) -> Tensor:
    """Pigment bleeds, pools and dries with darker rims; lights stay paper."""
    height, width = picture.shape[1:]
    bleed = torch.lerp(picture, _blur(picture, 3), 0.5)
    pools = strokes.blocks(noise, strokes.POOL, (height, width), 32) * 0.07
    pools = pools + strokes.blocks(noise, strokes.POOL, (height, width), 8) * 0.05
    rims = (_blur(picture, 5).mean(0) - picture.mean(0)).clamp_min(0) * 0.8
    washed = bleed + pools * (1.15 - bleed) - rims
    return torch.lerp(washed, torch.ones_like(washed), (washed - 0.72).clamp(0, 1) * 1.4)


def _oil(picture: Tensor, planes: Planes, _s: Style, _b: Brief, noise: Tensor) -> Tensor:
    """Loaded strokes along the form: each a little lighter or darker, warmer or cooler."""
    along = strokes.along_form(planes["normal"])
    broad = strokes.strokes(noise, strokes.STROKE, along, 32, 8)
    fine = strokes.strokes(noise, strokes.GRAIN, along, 20, 4)
    dabs = (0.65 * broad + 0.5 * fine).clamp(-2, 2)
    soft = _blur(picture, 2)
    warm = _rgb((0.03, 0.0, -0.035), picture) * dabs
    return soft * (1 + 0.10 * dabs) + warm * (0.3 + soft)


def _pastel(picture: Tensor, planes: Planes, _s: Style, _b: Brief, noise: Tensor) -> Tensor:
    """Chalk over toned paper: it catches on the tooth, least where it was pressed least."""
    size = picture.shape[1:]
    along = strokes.along_form(planes["normal"])
    rub = strokes.strokes(noise, strokes.STROKE, along, 18, 4)
    tooth = 0.6 * rub + 0.4 * strokes.grain(noise, strokes.GRAIN, size)
    paper = _rgb((0.70, 0.64, 0.62), picture)
    chalk = torch.lerp(picture, picture.clamp(0, 1) ** 0.8, 0.6)
    return torch.lerp(chalk, paper.expand_as(chalk), (0.20 + 0.15 * tooth).clamp(0, 0.75))


def _tone(picture: Tensor, planes: Planes) -> Tensor:
    tone = picture.mean(0)
    return torch.where(planes["kind"] > 0, tone, tone.clamp_min(0.97))


def _sheet(tone: Tensor, picture: Tensor, style: Style, brief: Brief) -> Tensor:
    """Tones 0…1 from ink to paper; the paper takes the tint."""
    assert style.paper is not None
    paper = _rgb(style.paper, picture)
    if brief.tint:
        paper = torch.lerp(paper, _rgb(TINTS[brief.tint], picture), 0.35)
    if brief.mood in {"warm", "cold"}:
        paper = paper * _rgb(MOODS[brief.mood], picture) ** 0.5
    return torch.lerp(_rgb(style.ink, picture), paper, tone.clamp(0, 1))


def _hatch(picture: Tensor, planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """Strokes of a pen along the form, closer together in the dark; solid black in the deep."""
    tone = _tone(picture, planes)
    pen = strokes.strokes(noise, strokes.STROKE, strokes.along_form(planes["normal"]), 30, 4)
    hatched = ((tone - 0.40 - 0.12 * pen) * 11).sigmoid()
    solid = ((tone - 0.22) * 16).sigmoid()
    return _sheet(hatched * 0.9 + 0.1, picture, style, brief) * (0.1 + 0.9 * solid)


def _woodcut(picture: Tensor, planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """Two tones; the gouge follows the form, and its cuts thin out into the dark."""
    tone = _tone(picture, planes)
    along = strokes.along_form(planes["normal"], slant=0.15)
    cuts = strokes.strokes(noise, strokes.STROKE, along, 48, 4)
    return _sheet(((tone - 0.46 - 0.10 * cuts) * 20).sigmoid(), picture, style, brief)


def _charcoal(picture: Tensor, planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """Smudged darks, and a coal that skips over the paper's tooth."""
    size = picture.shape[1:]
    tone = torch.lerp(picture, _blur(picture, 4), 0.6)
    along = strokes.along_form(planes["normal"])
    coal = strokes.strokes(noise, strokes.STROKE, along, 14, 4)
    rough = 0.6 * coal + 0.4 * strokes.grain(noise, strokes.GRAIN, size)
    mean = ((_tone(tone, planes) - 0.5) * 1.5 + 0.52).clamp(0, 1)
    return _sheet(mean + 0.08 * rough * (1.15 - mean), picture, style, brief)


def _plan(picture: Tensor, planes: Planes, style: Style, brief: Brief, noise: Tensor) -> Tensor:
    """A sheet that hardly shades, a little uneven where the light ate it."""
    even = 0.06 * strokes.blocks(noise, strokes.POOL, picture.shape[1:])
    return _sheet(1 - 0.22 * picture.mean(0) + even.clamp(-0.1, 0.0), picture, style, brief)


_Medium = Callable[[Tensor, Planes, Style, Brief, Tensor], Tensor]
_MEDIA: dict[str, _Medium] = {
    "film": _film, "wash": _wash, "oil": _oil, "pastel": _pastel, "hatch": _hatch,
    "woodcut": _woodcut, "charcoal": _charcoal, "plan": _plan,
}  # fmt: skip


_STEP = 8.0
"""A step of an eighth of the depth is a full line."""


def _falling(picture: Tensor, weather: str, style: Style, noise: Tensor) -> Tensor:
    """Streaks of rain, or flakes."""
    size = picture.shape[1:]
    light = _rgb(style.ink if style.paper else (0.85, 0.88, 0.92), picture)
    if weather == "snow":
        flakes = ((strokes.grain(noise, strokes.GRAIN, size) - 1.7) * 3).clamp(0, 1)
        white = _rgb(style.paper or (0.97, 0.97, 0.97), picture)
        return torch.lerp(picture, white.expand_as(picture), flakes * 0.85)
    slant = nnf.normalize(torch.tensor([-0.18, 1.0]), dim=0)[:, None, None].expand(2, *size)
    rain = strokes.strokes(noise, strokes.GRAIN, slant, 36, 4)
    return torch.lerp(picture, light.expand_as(picture), ((rain - 1.0) * 0.45).clamp(0, 0.4))


def edges(planes: Planes) -> Tensor:
    """How much of an edge passes through each pixel, 0…1, [H, W]: creases, and steps of depth on
    their nearer side. Only what depth and normals show; things that touch flush have no line.

    Inverse depth is linear over a plane, so that its second difference tells steps from slopes,
    however grazing a plane is seen; it is taken relative to itself, for far things have outlines
    too.
    """
    near = planes["near_ness"]
    sky = (planes["kind"] == 0).float()
    normal = planes["normal"] + torch.stack([0 * sky, 0 * sky, sky])
    strength = torch.zeros_like(near)
    for axis in (0, 1):
        ahead, behind = near.roll(-1, axis), near.roll(1, axis)
        bend = (2 * near - ahead - behind).clamp_min(0)
        strength = torch.maximum(strength, (bend / (near + 0.03) * _STEP - 0.15).clamp(0, 1))
        for shift in (1, -1):
            crease = 1 - (normal * normal.roll(shift, 1 + axis)).sum(0).clamp(-1, 1)
            nearer = (near >= near.roll(shift, axis)).float()
            strength = torch.maximum(strength, (crease * 0.55 * nearer).clamp(0, 1))
    strength[0], strength[-1], strength[:, 0], strength[:, -1] = 0, 0, 0, 0
    return strength
