"""Seamless painting: what moves the noise moves the picture, whatever the family."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.model.look import Look
from underpaint.model.request import TileRequest
from underpaint.surface.tile import steps
from underpaint.worker.engine import PaintSettings, View
from underpaint.worker.engines import open_engine
from underpaint.worker.engines.circular import circular_padding
from underpaint.worker.jobs.tiles import controls_of

SIDE = 128


def flat(engine: Any, facing: Any) -> dict[str, np.ndarray]:
    request = TileRequest(engine.info.ref, Look("", ""), 0, SIDE, facing, 2.0)
    return controls_of(engine.info, request, SIDE)


def paint(engine: Any, *, seamless: bool, turn: int = 0) -> np.ndarray:
    """A flat wall from noise moved by ``turn`` texels of the latent, down and to the right."""
    made = engine.pipe.prepare_latents

    def moved(*arguments: Any, **named: Any) -> torch.Tensor:
        return torch.roll(made(*arguments, **named), (turn, turn), (2, 3))

    engine.pipe.prepare_latents = moved
    settings = PaintSettings("a stone wall", steps=2, guidance=2.0, seamless=seamless)
    try:
        view = View(flat(engine, "wall"), 4)
        return engine.paint([view], settings, lambda *_: None)[0]
    finally:
        engine.pipe.prepare_latents = made


@pytest.fixture(params=["sd_folder", "sdxl_folder", "built-in"])
def engine(request: pytest.FixtureRequest) -> Any:
    name = request.param
    folder: Path | str = name if name == "built-in" else request.getfixturevalue(name)
    engine = open_engine(str(folder))
    yield engine
    engine.close()


def test_no_row_is_the_first(engine: Any) -> None:
    """The picture of moved noise is the moved picture: there is no edge to have a seam at."""
    scale = engine.pipe.vae_scale_factor
    whole = engine.info.multiple  # what the deepest level's texel is wide
    turn = max(whole // scale, 8)
    still, moved = paint(engine, seamless=True), paint(engine, seamless=True, turn=turn)
    shift = turn * scale
    assert np.abs(np.roll(still, (shift, shift), (0, 1)) - moved).max() < 2e-3
    assert still.std() > 1e-3, "it is no picture of one colour"
    edged, moved = paint(engine, seamless=False), paint(engine, seamless=False, turn=turn)
    assert np.abs(np.roll(edged, (shift, shift), (0, 1)) - moved).max() > 5e-3


def test_afterwards_it_paints_as_before(engine: Any) -> None:
    before = paint(engine, seamless=False)
    paint(engine, seamless=True)
    assert np.array_equal(paint(engine, seamless=False), before)


def test_the_built_in_model_has_no_seam_at_its_edges() -> None:
    engine = open_engine("built-in")
    ratios = []
    for seed in range(6):
        settings = PaintSettings("concrete", steps=1, guidance=1.0, seamless=True)
        view = View(flat(engine, "ground"), seed)
        picture = engine.paint([view], settings, lambda *_: None)[0]
        ratios += [steps(picture, axis).ratio for axis in (0, 1)]
        assert not any(steps(picture, axis).stands_out for axis in (0, 1))
    engine.close()
    assert np.mean(ratios) < 1.3


def test_padding_is_put_back_after_an_error() -> None:
    net = torch.nn.Sequential(torch.nn.Conv2d(1, 1, 3, padding=1), torch.nn.Conv2d(1, 1, 1))
    with pytest.raises(RuntimeError), circular_padding([net, "a scheduler"]):
        assert [layer.padding_mode for layer in net] == ["circular", "zeros"]
        raise RuntimeError
    assert [layer.padding_mode for layer in net] == ["zeros", "zeros"]
