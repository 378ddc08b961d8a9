"""Roughness, height and normals, guessed from a base colour and the surface that it lies on.

Nobody measured or painted them: what is lighter than its surroundings is taken to stand out, what
is darker to lie deep, and what is busy to be rough. That holds of stone, bricks, bark and planks;
of a painted sign it does not. The shading of whole surfaces is left out, being broad. Of the
surface itself roughness knows what hands and weather know: hollows are rough, and what stands out
is worn. Normals
follow from the height as it changes along the surface in metres, so that they are the same however
the UV map turns, mirrors or stretches.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Bools, Floats
from ..passes.colour import to_linear
from .footprints import texel_widths
from .pullpush import spread
from .seams import join_seams, number_corners
from .smoothing import smooth
from .texels import Texels

_LUMINANCE = np.array([0.2126, 0.7152, 0.0722], np.float32)
_NOISE, _BROAD = 0.8, 12.0
"""Texels: what is finer than the first is grain of the paint, what is broader than the second is
shading or colour."""
_FLOOR = np.float32(0.03)
_MOST_RELIEF = np.float32(0.6)
"""Of the logarithm of light, beyond which a step is a change of colour and no relief."""
_DEPTH = 1.5
"""Texels that a surface is deep where its light falls to 1/e."""
_ROUGH = 0.62
_OF_CONTRAST, _OF_CAVITY, _OF_COLOUR, _OF_FORM = 0.9, 0.25, 0.18, 0.15
_MOST_BENT = 0.25
"""Of the width that it is looked at over, how far a surface stands out or in at the most."""
_RANGE = (0.3, 0.95)
_AROUND = 96
"""Texels of a tile's neighbours that its own are compared with, beyond which nothing is felt."""


@dataclass(frozen=True)
class Maps:
    """``roughness`` and ``height``: S×S, 0…1, height 0.5 where nothing stands out; ``normal``:
    S×S×3 in tangent space as OpenGL and Blender have it (+Y up), packed to 0…1. ``depth``: metres
    between heights 0 and 1: ``HEIGHT_TEXELS`` texels."""

    roughness: Floats
    height: Floats
    normal: Floats
    depth: float


def derive_maps(
    basecolor: Floats, texels: Texels, uv: Floats, corners: Floats, normals: Floats | None = None
) -> Maps:
    """Guess the maps of a texture. ``basecolor``: S×S×3 sRGB; ``uv``: T×3×2; ``corners``: T×3×3
    metres; ``normals``: T×3×3, which way is out. Without them the winding tells, which a mirrored
    object has the other way round."""
    covered = texels.image(np.ones(len(texels.index), np.bool_))
    joined = _islands(texels, uv, corners)
    light = to_linear(basecolor) @ _LUMINANCE
    relief = _relief(light, joined)
    widths = texel_widths(uv, corners, texels.size)
    metres = float(np.median(widths[texels.triangle])) * _DEPTH if len(texels.index) else 0.0
    points, outward = texels.at(corners), _outward(corners, normals)
    rough = _roughness(basecolor, relief, joined)
    rough -= np.float32(_OF_FORM) * _form(texels, points, outward, widths, joined)
    relief, rough = (_agreeing(image, texels, uv, corners, points) for image in (relief, rough))
    slopes = _slopes(relief * np.float32(metres), joined)
    normal = _normals(slopes.reshape(-1, 2)[texels.index], texels, uv, corners, points)
    rough = np.clip(rough, *_RANGE)
    height = relief / (2 * _MOST_RELIEF) + np.float32(0.5)
    return Maps(
        _over(rough[..., None], covered)[..., 0],
        _over(height[..., None], covered)[..., 0],
        _over(texels.image(normal * np.float32(0.5) + np.float32(0.5)), covered),
        metres * 2 * float(_MOST_RELIEF),
    )


def derive_tile_maps(basecolor: Floats, metres: float) -> Maps:
    """Guess the maps of a square that repeats, S×S×3 sRGB, laid as large as ``metres``; they repeat
    as it does."""
    size = len(basecolor)
    wrapped = np.pad(basecolor, ((_AROUND, _AROUND), (_AROUND, _AROUND), (0, 0)), "wrap")
    wide = len(wrapped)
    joined = np.ones((wide, wide - 1), np.bool_), np.ones((wide - 1, wide), np.bool_)
    relief = _relief(to_linear(wrapped) @ _LUMINANCE, joined)
    slopes = _slopes(relief * np.float32(_DEPTH), joined)  # texels a texel, so metres a metre
    normal = np.concatenate([-slopes, np.ones((wide, wide, 1), np.float32)], -1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    rough = np.clip(_roughness(wrapped, relief, joined), *_RANGE)
    tile = np.s_[_AROUND : _AROUND + size, _AROUND : _AROUND + size]
    return Maps(
        rough[tile],
        relief[tile] / (2 * _MOST_RELIEF) + np.float32(0.5),
        normal[tile] * np.float32(0.5) + np.float32(0.5),
        metres / size * _DEPTH * 2 * float(_MOST_RELIEF),
    )


def _over(image: Floats, covered: Bools) -> Floats:
    """The image beyond the islands' borders as well."""
    return np.clip(spread(np.where(covered[..., None], image, 0), covered), 0, 1)


def _agreeing(image: Floats, texels: Texels, uv: Floats, corners: Floats, points: Floats) -> Floats:
    """An S×S map that agrees over UV seams: each side was compared with its own island only.
    ``points``: N×3 metres."""
    values = image.reshape(-1, 1)[texels.index]
    joined = join_seams(values, texels, uv, corners, points)
    whole: Floats = texels.image(joined[:, 0])
    return whole


def _islands(texels: Texels, uv: Floats, corners: Floats) -> tuple[Bools, Bools]:
    """Whether a texel and its right, or its lower neighbour are of the same island."""
    island = texels.image(_numbered(uv, corners)[texels.triangle] + 1)
    right = (island[:, :-1] == island[:, 1:]) & (island[:, :-1] > 0)
    below = (island[:-1] == island[1:]) & (island[:-1] > 0)
    return right, below


def _numbered(uv: Floats, corners: Floats) -> npt.NDArray[np.int64]:
    """T: triangles that share corners, in space and in UV space, have the same number: that of the
    first."""
    flat = np.concatenate([uv, np.zeros((*uv.shape[:2], 1), np.float32)], -1)
    in_space, in_uv = number_corners(corners), number_corners(flat)
    both = in_space * np.int64(in_uv.max(initial=0) + 1) + in_uv
    corner = np.unique(both, return_inverse=True)[1].reshape(-1, 3)
    number = np.arange(len(uv))
    of_corner = np.empty(int(corner.max(initial=0)) + 1, np.int64)
    while True:  # every round halves the way to the first triangle at the least
        of_corner[:] = len(uv)
        np.minimum.at(of_corner, corner.reshape(-1), np.repeat(number, 3))
        lower = np.minimum(number, of_corner[corner].min(1))
        lower = lower[lower]
        if (lower == number).all():
            return number
        number = lower


def _relief(light: Floats, joined: tuple[Bools, Bools]) -> Floats:
    """S×S: how much lighter, in logarithms, each texel is than its surroundings."""
    tone = np.log(light + _FLOOR)[..., None]
    band = smooth(tone, joined, _NOISE) - smooth(tone, joined, _BROAD)
    clipped: Floats = np.clip(band[..., 0], -_MOST_RELIEF, _MOST_RELIEF)
    return clipped


def _slopes(height: Floats, joined: tuple[Bools, Bools]) -> Floats:
    """S×S×2: change of height a texel to the right and a texel up, within islands."""
    right, below = joined
    slopes = np.zeros((*height.shape, 2), np.float32)
    counts = np.zeros((*height.shape, 2), np.float32)
    across = np.where(right, height[:, 1:] - height[:, :-1], 0)
    up = np.where(below, height[:-1] - height[1:], 0)
    for axis, step, there in ((0, across, right), (1, up, below)):
        first, second = (np.s_[:, :-1], np.s_[:, 1:]) if axis == 0 else (np.s_[:-1], np.s_[1:])
        for side in (first, second):
            slopes[side][..., axis] += step
            counts[side][..., axis] += there
    return slopes / np.maximum(counts, 1)


def _normals(slopes: Floats, texels: Texels, uv: Floats, corners: Floats, points: Floats) -> Floats:
    """N×3 tangent-space normals of slopes (N×2, metres a texel along u and v) that agree over UV
    seams. ``points``: N×3 metres.

    The tangent goes along u and the bitangent, square to it, to where v grows: MikkTSpace's basis,
    without its smoothing.
    """
    along_u, along_v = _tangents(uv, corners)
    step = np.float32(1 / texels.size)  # from a texel to the whole of UV space
    tangent, size_u = _unit(along_u * step)
    lean = _along(tangent, along_v) * step
    bitangent, size_v = _unit(along_v * step - tangent * lean[:, None])
    triangle = texels.triangle
    x = _over_length(slopes[:, 0], size_u[triangle])
    y = _over_length(slopes[:, 1] - x * lean[triangle], size_v[triangle])
    tangent, bitangent = tangent[triangle], bitangent[triangle]
    # Uphill in space, where charts that lie otherwise in the texture can be compared.
    uphill = np.add(tangent * x[:, None], bitangent * y[:, None], dtype=np.float32)
    uphill = join_seams(uphill, texels, uv, corners, points)
    x, y = (_along(uphill, axis) for axis in (tangent, bitangent))
    unit, _ = _unit(np.stack([-x, -y, np.ones_like(x)], 1))
    return unit


def _along(vectors: Floats, axes: Floats) -> Floats:
    """N: how far N×3 vectors go along N×3 axes."""
    length: Floats = np.einsum("nc,nc->n", vectors, axes)
    return length


def _unit(vectors: Floats) -> tuple[Floats, Floats]:
    """N×3 unit vectors, 0 of those of no length, and the lengths (N)."""
    length: Floats = np.linalg.norm(vectors, axis=1)
    return vectors / np.maximum(length, np.float32(1e-20))[:, None], length


def _over_length(slope: Floats, length: Floats) -> Floats:
    """Slopes in metres a metre; none where the UV map has no extent."""
    ratio = np.divide(slope, length, out=np.zeros_like(slope), where=length > 1e-9)
    clipped: Floats = np.clip(ratio, -2, 2)
    return clipped


def _tangents(uv: Floats, corners: Floats) -> tuple[Floats, Floats]:
    """T×3 each: metres that a triangle's points move as u, and as v, grows by one."""
    (u1, v1), (u2, v2) = (uv[:, 1] - uv[:, 0]).T, (uv[:, 2] - uv[:, 0]).T
    one, two = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    area = u1 * v2 - u2 * v1
    scale = np.divide(1, area, out=np.zeros_like(area), where=np.abs(area) > 1e-12)[:, None]
    along_u = (one * v2[:, None] - two * v1[:, None]) * scale
    along_v = (two * u1[:, None] - one * u2[:, None]) * scale
    return along_u, along_v


def _roughness(basecolor: Floats, relief: Floats, joined: tuple[Bools, Bools]) -> Floats:
    """S×S: busy and deep places are rough, strong plain colours less so: paint, fruit, plastic."""
    busy = smooth(np.abs(relief)[..., None], joined, _BROAD)[..., 0]
    strong = basecolor.max(2) - basecolor.min(2)
    rough = _ROUGH + _OF_CONTRAST * busy - _OF_CAVITY * np.minimum(relief, 0) - _OF_COLOUR * strong
    floats: Floats = rough.astype(np.float32)
    return floats


def _outward(corners: Floats, normals: Floats | None) -> Floats:
    """T×3 unit normals of triangles, on the side of their corners' normals."""
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), np.float32(1e-20))
    if normals is not None:
        inward = np.einsum("tc,tc->t", normal, normals.sum(1)) < 0
        normal = np.where(inward[:, None], -normal, normal)
    return normal


def _form(
    texels: Texels, points: Floats, normal: Floats, widths: Floats, joined: tuple[Bools, Bools]
) -> Floats:
    """S×S, −1…1: how far the surface stands out of the mean of its surroundings, over as many
    texels as relief is looked at. ``points``: N×3 metres; ``normal``: T×3, outward;
    ``widths``: T, metres that texels are wide."""
    points = points - points.mean(0)
    around = smooth(texels.image(points), joined, _BROAD).reshape(-1, 3)[texels.index]
    out = np.einsum("nc,nc->n", points - around, normal[texels.triangle])
    reach = widths[texels.triangle] * np.float32(_BROAD * _MOST_BENT)
    form: Floats = np.clip(out / np.maximum(reach, np.float32(1e-12)), -1, 1)
    return texels.image(form)
