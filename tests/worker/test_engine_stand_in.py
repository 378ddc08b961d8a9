"""The engine that needs no torch."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from underpaint.errors import Cancelled, EngineError
from underpaint.worker.engine import PaintSettings, View
from underpaint.worker.engines import describe_engine, needs_torch, open_engine
from underpaint.worker.engines.stand_in import StandIn

SETTINGS = PaintSettings("dusk", steps=4)


def view(seed: int = 1) -> View:
    slope = np.linspace(0, 1, 16, dtype=np.float32)
    depth = np.repeat(np.tile(slope, (16, 1))[..., None], 3, axis=2)
    return View({"depth": depth, "normal": 1 - depth}, seed)


def quiet(*_: Any) -> None:
    """Nobody watches."""


def test_a_seed_gives_the_same_picture_and_another_seed_another() -> None:
    first, second, other = StandIn().paint([view(1), view(1), view(2)], SETTINGS, quiet)
    assert first.dtype == np.float32 and 0 <= first.min() < first.max() <= 1
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


def test_the_picture_forms_step_by_step() -> None:
    previews = []
    (picture,) = StandIn().paint(
        [view()], SETTINGS, lambda step, of, preview: previews.append((step, of, preview()))
    )
    assert [(step, of) for step, of, _ in previews] == [(1, 4), (2, 4), (3, 4), (4, 4)]
    misses = [float(np.abs(preview - picture).mean()) for *_, preview in previews]
    assert misses == sorted(misses, reverse=True)
    assert misses[0] > 0.1 and misses[-1] < 1e-6


def test_it_paints_over_a_picture_at_a_strength() -> None:
    started = replace(view(1), start=np.full((16, 16, 3), 0.5, np.float32))
    away, taken = [], []
    for strength in (0.0, 0.3, 0.6, 1.0):
        steps: list[int] = []
        (picture,) = StandIn().paint(
            [started],
            replace(SETTINGS, strength=strength),
            lambda step, *_, told=steps: told.append(step),
        )
        away.append(float(np.abs(picture - 0.5).mean()))
        taken.append(steps[-1])
    assert away[0] == 0 and away == sorted(set(away)) and taken == [1, 1, 2, 4]
    assert np.array_equal(picture, StandIn().paint([view(1)], SETTINGS, quiet)[0])


def test_views_look_at_the_first_one() -> None:
    class Beside:
        """Views that have nothing in common."""

        held = (None, None)
        finished = ()

        def noise(self, step: int, channels: int, number: int) -> list[Any]:
            raise AssertionError("it starts from no noise")

        def agree(self, values: Any, step: int, sharpness: float) -> Any:
            return values

    bright = view(2)
    views = [
        view(1),
        replace(bright, controls={**bright.controls, "depth": bright.controls["normal"]}),
    ]
    apart = []
    for weight in (0.0, 0.5, 1.0):
        how = replace(SETTINGS, attend=weight)
        first, second = StandIn().paint(views, how, quiet, Beside())
        apart.append(float(np.abs(first.mean((0, 1)) - second.mean((0, 1))).max()))
        assert np.array_equal(first, StandIn().paint(views, SETTINGS, quiet, Beside())[0])
    assert apart[0] > apart[1] > apart[2] > 0


def test_what_a_step_raises_ends_it() -> None:
    def stop(step: int, *_: Any) -> None:
        if step == 2:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        StandIn().paint([view()], SETTINGS, stop)


def test_it_is_found_by_its_name() -> None:
    assert describe_engine("stand-in").ref.name == "stand-in"
    assert isinstance(open_engine("stand-in?seconds=0.5"), StandIn)
    assert not needs_torch("stand-in") and needs_torch("built-in")
    assert describe_engine("stand-in?seconds=1") == describe_engine("stand-in")


@pytest.mark.parametrize(
    "name",
    ["stand-in?seconds=x", "stand-in?seconds=-1", "stand-in?seconds=inf", "stand-in?second=1"],
)
def test_a_name_that_makes_no_sense(name: str) -> None:
    with pytest.raises(EngineError, match="stand-in"):
        describe_engine(name)
