"""Windows of keys: painted at once, so that they agree on every place that several of them show."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from ...model.request import FrameRequest
from ...surface.moved import Doubles
from ...surface.sight import GRAZING, Sight
from ..engine import Engine, Held, PaintSettings, Picture, View
from . import settings
from .anchored import Anchors
from .brush import padded
from .company import Company
from .keyed import Window
from .painting import Made, Piece, TakeWork, Turn
from .png import read_png
from .sources import Source

_ALOOF = 4
"""Pixels to which painted outlines reach beyond what they belong to."""
_SAY = 1.5
"""How much keys that stand already count beside new ones, at the sharpness of six ten times as
much: only who sees a place by far better changes it."""
_ATTEND = 0.5
"""How much keys look at the first one, where an engine can."""


class KeyPainter:
    """Paints windows; ``anchors``: the textures that keys start from, if they do."""

    def __init__(self, source: Source, anchors: Anchors | None = None) -> None:
        self._source = source
        self._anchors = anchors

    def paint(self, window: Window, piece: Piece, turn: Turn) -> Iterator[Made]:
        """The missing keys of a window."""
        request, engine, count = piece.work.request, turn.engine(), len(window.keys)
        look = settings.paint_settings(request.look)
        led = _is_led(window, engine, look)
        company = self._company(window, piece.work, engine, led=led)
        numbers = (*window.before[:led], *window.keys)
        views = [self.view(number, request) for number in numbers]
        if engine.info.attends and look.steps > 1:
            look = replace(look, attend=_ATTEND)
        share = 0.5 if self._anchors else 1.0
        multiple, on_step = engine.info.multiple, turn.on_step(0, share * count)
        pictures = engine.paint(padded(views, multiple), look, on_step, company)
        pictures = [picture[: request.height, : request.width] for picture in pictures]
        if self._anchors:
            starts = self._starts(self._anchors, numbers, pictures)
            views = [replace(v, start=s) for v, s in zip(views, starts, strict=True)]
            look, on_step = (
                replace(look, strength=request.repaint),
                turn.on_step(count / 2, count / 2),
            )
            pictures = engine.paint(padded(views, multiple), look, on_step, company)
        for number, picture in zip(numbers, pictures, strict=True):
            if number in piece.missing:
                yield number, np.ascontiguousarray(picture[: request.height, : request.width])

    def view(self, number: int, request: FrameRequest) -> View:
        """A frame as the engine gets it."""
        kinds = tuple(request.look.control_scales)
        frame = self._source.frame(number)
        controls = self._source.controls(frame, kinds, *request.depth_range)
        return View(controls, request.seed)

    def _company(self, window: Window, work: TakeWork, engine: Engine, *, led: int) -> Company:
        """The window's keys, and those painted before; ``led``: how many of these are painted once
        more, to be looked at, and stay as they are."""
        request, multiple = work.request, engine.info.multiple
        before = [read_png(work.path(number)) for number in window.before]
        order = (*window.before[:led], *window.keys, *window.before[led:])
        height, width = request.height, request.width
        stays = np.ones((height, width), np.float32)
        sights = [self._sight(n, _SAY if n in window.before else 1.0) for n in order]
        movers = movers_among(sights)
        return Company(
            [replace(sight, movers=movers) for sight in sights],
            before[led:],
            [*(Held(picture, stays) for picture in before[:led]), *[None] * len(window.keys)],
            request.seed,
            (height + -height % multiple, width + -width % multiple),
        )

    def _sight(self, number: int, say: float) -> Sight:
        sight = self._source.sight(self._source.frame(number)).under_a_dome()
        return replace(sight, say=say, aloof=_ALOOF, steepest=GRAZING)

    def _starts(
        self, anchors: Anchors, numbers: Sequence[int], pictures: Sequence[Picture]
    ) -> list[Picture]:
        """The textures as keys show them; where there are none, as the keys were painted."""
        shown = [anchors.start(self._source.frame(number)) for number in numbers]
        return [
            picture + (one.picture - picture) * one.mask[..., None]
            for picture, one in zip(pictures, shown, strict=True)
        ]


def movers_among(sights: Sequence[Sight]) -> frozenset[int]:
    """Bodies that do not stand the same in all of them; what deforms is another body in each."""
    first, *others = (sight.motion for sight in sights)
    stand = {body for body in first if all(_same(first[body], one.get(body)) for one in others)}
    return frozenset(body for sight in sights for body in sight.motion if body not in stand)


def _same(one: Doubles | None, other: Doubles | None) -> bool:
    return one is not None and other is not None and np.array_equal(one, other)


def _is_led(window: Window, engine: Engine, look: PaintSettings) -> int:
    """1 where keys are to look at one that was painted before, else 0; a single step looks at
    nothing that it could learn from (measured on the built-in model: 0.0004 of a picture)."""
    return int(bool(window.before) and engine.info.attends and look.steps > 1)
