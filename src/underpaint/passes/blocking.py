"""The blocking picture: the scene as grey clay, painted from its passes alone.

It stands on contact sheets beside the painted frames. A soft key light hangs over the camera's left
shoulder and throws shadows, the sky fills from above, corners darken, distance fades into haze.
"""

from __future__ import annotations

import numpy as np

from ..model.shot import Matrix
from .arrays import Bools, Floats
from .colour import to_srgb
from .edges import edge_control
from .exr import Passes
from .normals import camera_axes
from .occlusion import lit_share, openness

NEEDS = ("depth", "normal_world", "position", "object_id")
"""The passes that a blocking picture is made of."""

_KEY = (-0.66, 0.56, 0.50)  # toward the light: right, up, back from where the camera stands
_KEY_SPREAD = 0.06  # how wide the key is: its rays' offsets
_KEY_COLOUR = np.array((0.62, 0.60, 0.565), np.float32)
_SKY_COLOUR = np.array((0.150, 0.162, 0.180), np.float32)
_BOUNCE_COLOUR = np.array((0.070, 0.066, 0.062), np.float32)
_HORIZON = np.array((0.50, 0.515, 0.535), np.float32)
_ZENITH = np.array((0.20, 0.235, 0.285), np.float32)
_TINTS = np.array((1.0, 0.86, 1.08, 0.78, 0.94, 1.14, 0.84, 1.03), np.float32)
_HAZE = 3.2  # depths (in medians of the picture) at which haze takes 1 − 1/e of its most
_MOST_HAZE = 0.6
_LINE = 0.35  # how much lines darken


def blocking_picture(passes: Passes, camera_to_world: Matrix) -> Floats:
    """H×W×3 sRGB in 0…1 of the passes that ``NEEDS`` names: a previs artist's clay render.

    The light turns with the camera's heading, so that every shot reads alike.
    """
    hit = np.isfinite(passes.depth)
    clay = _clay(passes, camera_axes(camera_to_world), camera_to_world, hit)
    haze = _haze(passes.depth, hit)[..., None]
    linear = np.where(hit[..., None], clay + (_HORIZON - clay) * haze, _sky(len(hit)))
    lines = edge_control(passes.depth, passes.normal_world, passes.object_id)
    return to_srgb(linear * (1 - np.float32(_LINE) * lines * (1 - haze)))


def _clay(passes: Passes, axes: Floats, camera_to_world: Matrix, hit: Bools) -> Floats:
    """Linear light of key, sky and bounce on a grey that differs a little from object to object."""
    normal, key = passes.normal_world, _key_direction(axes)
    eye = np.array(camera_to_world, np.float32).reshape(4, 4)[:3, 3]
    points = (passes.position - eye) @ axes
    shine = _soft(normal @ key) * lit_share(points, passes.depth, hit, _rays(key @ axes))
    up = (normal[..., 2:] + 1) / 2
    ambient = _BOUNCE_COLOUR + (_SKY_COLOUR - _BOUNCE_COLOUR) * up
    open_sky = openness(passes.position, normal, passes.depth, hit)[..., None]
    light = shine[..., None] * _KEY_COLOUR * (0.5 + 0.5 * open_sky) + ambient * open_sky
    clay: Floats = light * _TINTS[passes.object_id % len(_TINTS)][..., None]
    return clay


def _key_direction(axes: Floats) -> Floats:
    """Unit world vector toward the key: turned with the camera's heading, but not with its tilt."""
    right = np.array((axes[0, 0], axes[1, 0], 0.0), np.float32)
    right = right / np.float32(max(float(np.linalg.norm(right)), 1e-6))
    back = np.array((right[1], -right[0], 0.0), np.float32)
    key: Floats = right * np.float32(_KEY[0]) + back * np.float32(_KEY[2])
    key[2] = _KEY[1]
    return key / np.float32(np.linalg.norm(key))


def _rays(key: Floats) -> list[Floats]:
    """Unit directions around the key, which is wider than a point, in the key's own space."""
    aside = np.cross(key, np.array((0, 0, 1), np.float32))
    aside = aside / np.float32(np.linalg.norm(aside))
    above = np.cross(aside, key)
    rays = []
    for a, b in ((-1.0, -0.4), (0.1, 1.0), (0.9, -0.6)):
        ray = key + (aside * np.float32(a) + above * np.float32(b)) * np.float32(_KEY_SPREAD)
        rays.append(ray / np.float32(np.linalg.norm(ray)))
    return rays


def _soft(cosine: Floats) -> Floats:
    """Lambert's cosine of a light that is wider than a point, 0…1."""
    wrap = np.float32(0.08)
    return np.clip((cosine + wrap) / (1 + wrap), 0, 1)


def _haze(depth: Floats, hit: Bools) -> Floats:
    """H×W, 0 near … ``_MOST_HAZE`` far, measured in the picture's own median depth."""
    middle = float(np.median(depth[hit])) if hit.any() else 1.0
    away = np.where(hit, depth, 0) / np.float32(middle * _HAZE)
    haze: Floats = np.float32(_MOST_HAZE) * (1 - np.exp(-np.square(away)))
    return haze


def _sky(height: int) -> Floats:
    """H×1×3: from the horizon's haze up into a darker zenith."""
    up = np.linspace(1, 0, height, dtype=np.float32)[:, None, None] ** np.float32(1.3)
    return _HORIZON + (_ZENITH - _HORIZON) * up
