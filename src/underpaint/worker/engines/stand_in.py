"""An engine of numpy alone: shades the controls in a palette drawn from the words.

For trying the whole way without torch, and for tests. ``stand-in?seconds=0.2`` takes that long for
every step, so that progress and cancelling can be watched.
"""

from __future__ import annotations

import colorsys
import hashlib
import time
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import parse_qsl

import numpy as np
import numpy.typing as npt

from ... import __version__
from ...errors import EngineError
from ...model.request import EngineRef
from ..engine import EngineInfo, OnStep, PaintSettings, Picture, Together, View
from .starting import starts_of, steps_taken
from .together import finish

NAME = "stand-in"
_LIGHT = np.array([-0.5, 0.65, 0.57], np.float32)  # from the upper left, in camera space; unit
_GRAIN = 0.025
_FOG = 0.4


def info(name: str) -> EngineInfo:
    """What it wants; its licence is Underpaint's own."""
    _seconds(name)
    ref = EngineRef(
        NAME, "numpy", "GPL-3.0-or-later", hashlib.sha256(__version__.encode()).hexdigest()
    )
    return EngineInfo(
        ref, controls=("depth", "normal"), multiple=8, steps=4, guidance=1.0, least=64, attends=True
    )


class StandIn:
    """Paints flat tones, fog and grain; the same seed gives the same grain."""

    def __init__(self, name: str = NAME) -> None:
        self.info = info(name)
        self.made_with = {"numpy": np.__version__}
        self._seconds = _seconds(name)

    def paint(
        self,
        views: Sequence[View],
        settings: PaintSettings,
        on_step: OnStep,
        together: Together | None = None,
    ) -> list[Picture]:
        """Paint, waiting at every step if its name says so."""
        palette = _palette(settings.words)
        pictures = [_paint(view, palette) for view in views]
        if starts := starts_of(views, settings.strength):
            pairs = zip(starts, pictures, strict=True)
            pictures = [_mix(start, picture, settings.strength) for start, picture in pairs]
        if together is not None:
            pictures = finish(_attending(pictures, settings.attend), together)
        noise = np.random.default_rng(views[0].seed).random(pictures[0].shape, np.float32)
        steps = steps_taken(settings)
        for step in range(1, steps + 1):
            time.sleep(self._seconds)
            on_step(step, steps, partial(_mix, noise, pictures[0], step / steps))
        return pictures

    def unread(self, words: str) -> str:
        """It reads everything."""
        return ""

    def close(self) -> None:
        """Nothing to free."""


@dataclass(frozen=True)
class _Palette:
    """Colours, (3,) sRGB each."""

    shadow: npt.NDArray[np.float32]
    middle: npt.NDArray[np.float32]
    light: npt.NDArray[np.float32]
    sky: npt.NDArray[np.float32]
    horizon: npt.NDArray[np.float32]


def _palette(words: str) -> _Palette:
    """A warm or cool harmony: light and shadow lie across the colour circle, the sky between."""
    first, second = hashlib.sha256(words.strip().lower().encode()).digest()[:2]
    hue, turn = first / 256, (second / 256 - 0.5) * 0.2
    return _Palette(
        shadow=_colour(hue + 0.5 + turn, 0.45, 0.24),
        middle=_colour(hue + turn, 0.42, 0.5),
        light=_colour(hue, 0.34, 0.86),
        sky=_colour(hue + 0.45, 0.42, 0.62),
        horizon=_colour(hue + 0.05, 0.24, 0.95),
    )


def _colour(hue: float, saturation: float, value: float) -> npt.NDArray[np.float32]:
    return np.array(colorsys.hsv_to_rgb(hue % 1.0, saturation, value), np.float32)


def _paint(view: View, palette: _Palette) -> Picture:
    """One finished picture: toned by the light, fogged by distance, sky where nothing is."""
    normal = view.controls["normal"] * 2 - 1
    near = view.controls["depth"][..., :1]
    lit = np.clip(normal @ _LIGHT, -1, 1)[..., None] * 0.5 + 0.5
    tone = palette.shadow + (palette.middle - palette.shadow) * _smooth(lit, 0.25, 0.55)
    tone = tone + (palette.light - tone) * _smooth(lit, 0.6, 0.95)
    tone = tone + (palette.horizon - tone) * (_FOG * (1 - near) ** 2)
    height = np.linspace(0, 1, near.shape[0], dtype=np.float32)[:, None, None]
    sky = palette.sky + (palette.horizon - palette.sky) * _smooth(height, 0.0, 0.75)
    grain = np.random.default_rng(view.seed).normal(0, _GRAIN, near.shape)
    picture: Picture = np.clip(np.where(near > 0, tone, sky) + grain, 0, 1).astype(np.float32)
    return picture


def _attending(pictures: Sequence[Picture], weight: float) -> list[Picture]:
    """All with their mean colour drawn to the first one's; at weight 1 half of the way."""
    means = [picture.mean((0, 1)) for picture in pictures]
    share = np.float32(weight / (1 + weight))
    return [p + (means[0] - mean) * share for p, mean in zip(pictures, means, strict=True)]


def _mix(before: Picture, picture: Picture, done: float) -> Picture:
    """A picture in the making, over what was there before."""
    return before + (picture - before) * np.float32(done)


def _smooth(x: npt.NDArray[np.float32], low: float, high: float) -> npt.NDArray[np.float32]:
    """Hermite's step from 0 at ``low`` to 1 at ``high``."""
    t = np.clip((x - low) / (high - low), 0, 1)
    result: npt.NDArray[np.float32] = t * t * (3 - 2 * t)
    return result


def _seconds(name: str) -> float:
    """``seconds`` of ``stand-in?seconds=0.2``; 0 where it is not said."""
    values = dict(parse_qsl(name.partition("?")[2], keep_blank_values=True))
    try:
        seconds = float(values.pop("seconds", "0"))
    except ValueError:
        seconds = -1.0
    if values or not 0 <= seconds < float("inf"):
        raise EngineError(f'"{name}" is not understood: write stand-in, or stand-in?seconds=0.2.')
    return seconds
