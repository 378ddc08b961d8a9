"""Views that look at the first of them, in real pipelines: what changes and what must not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.errors import Cancelled
from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight
from underpaint.worker.engine import Held, PaintSettings, Picture, View
from underpaint.worker.engines import open_engine, together
from underpaint.worker.engines.attending import attending, self_attentions
from underpaint.worker.jobs.company import Company

Views = Callable[..., View]
SIDE = 64
SETTINGS = PaintSettings(words="a rainy street", steps=4, guidance=2.0)
LOOKING = replace(SETTINGS, attend=1.0)


@pytest.fixture(scope="module")
def sd(sd_folder: Path) -> Any:
    """Its self-attention is louder than chance has made it, to tell what it reads."""
    engine: Any = open_engine(str(sd_folder))
    yield _loud(engine)
    engine.close()


@pytest.fixture(scope="module")
def sdxl(sdxl_folder: Path) -> Any:
    engine: Any = open_engine(str(sdxl_folder))
    yield _loud(engine)
    engine.close()


@pytest.fixture(params=["sd", "sdxl"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture
def micro(engine: Any) -> Callable[[int], None]:
    return lambda count: object.__setattr__(engine._device, "views_at_once", count)


def _loud(engine: Any) -> Any:
    for layer in self_attentions(engine.pipe.unet):
        for part in (layer.to_q, layer.to_k, layer.to_v, layer.to_out[0]):
            part.weight.data *= 3
    return engine


def quiet(*_: Any) -> None:
    """Nobody watches."""


def wall(shift: float) -> Sight:
    matrix = (1.0, 0, 0, shift, 0, 1.0, 0, 0, 0, 0, 1.0, 5.0, 0, 0, 0, 1.0)
    lens = (2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 2] = 1
    depth, ids = np.full((SIDE, SIDE), 5, np.float32), np.ones((SIDE, SIDE), np.int32)
    return Sight(depth, ids, normal, Camera(matrix, lens, SIDE, SIDE))


def strangers(count: int, first: Held | None = None) -> Company:
    """Views of walls that do not meet: what one takes over from another it has seen."""
    held = [first, *[None] * (count - 1)]
    return Company([wall(40.0 * n) for n in range(count)], [], held, 3, (SIDE, SIDE))


def off(one: Picture, other: Picture) -> float:
    return float(np.abs(one - other).max())


def test_the_first_view_stays_as_it_is_and_the_others_look_at_it(
    engine: Any, view: Views, micro: Any
) -> None:
    micro(4)
    views = [view(1), view(2), view(3)]
    plain = engine.paint(views, SETTINGS, quiet, strangers(3))
    looking = engine.paint(views, LOOKING, quiet, strangers(3))
    assert off(plain[0], looking[0]) < 1e-5
    assert min(off(plain[1], looking[1]), off(plain[2], looking[2])) > 1e-3
    less = engine.paint(views, replace(SETTINGS, attend=1e-6), quiet, strangers(3))
    half = engine.paint(views, replace(SETTINGS, attend=0.5), quiet, strangers(3))
    assert off(plain[1], less[1]) < 1e-4 < off(plain[1], half[1]) < off(plain[1], looking[1]) * 1.1


def test_without_a_weight_not_a_bit_changes(engine: Any, view: Views, micro: Any) -> None:
    micro(2)
    forwards = [layer.forward for layer in self_attentions(engine.pipe.unet)]
    with attending(engine.pipe.unet, 3, 0.0):
        assert [layer.forward for layer in self_attentions(engine.pipe.unet)] == forwards


@pytest.mark.parametrize("weight", [0.5, 1.0])
def test_micro_batches_give_the_same_pictures(
    engine: Any, view: Views, micro: Any, weight: float
) -> None:
    """Six rows under guidance, in parts that hold one half's first view, both, or none."""
    views = [view(seed) for seed in (1, 2, 3)]
    painted = {}
    for count in (1, 2, 4, 100):
        micro(count)
        how = replace(SETTINGS, attend=weight)
        painted[count] = engine.paint(views, how, quiet, strangers(3))
    for count in (2, 4, 100):
        for one, other in zip(painted[1], painted[count], strict=True):
            assert off(one, other) < 1e-5


def test_the_first_is_kept_once_and_not_longer_than_it_is_read(engine: Any) -> None:
    unet = engine.pipe.unet
    layer = self_attentions(unet)[0]
    width = layer.to_q.in_features
    with attending(unet, 2, 1.0) as at_row:
        for row in range(4):
            at_row(row)
            layer(torch.randn(1, 5, width))
            assert list(layer.forward._first) == [row // 2]
        at_row(4)
        assert not layer.forward._first


def test_its_tokens_are_read_as_attention_is_defined(engine: Any) -> None:
    unet = engine.pipe.unet
    layer = self_attentions(unet)[0]
    torch.manual_seed(0)
    tokens = torch.randn(2, 5, layer.to_q.in_features)
    with torch.inference_mode(), attending(unet, 2, 0.3) as at_row:
        at_row(0)
        found = layer(tokens)[1]
        query, both = layer.to_q(tokens[1]), tokens.flip(0).reshape(10, -1)
        key, value = layer.to_k(both), layer.to_v(both)
        heads = []
        for q, k, v in zip(*(x.chunk(layer.heads, -1) for x in (query, key, value)), strict=True):
            says = torch.exp(q @ k.T * layer.scale)
            says[:, 5:] *= 0.3
            heads.append(says / says.sum(1, keepdim=True) @ v)
        expected = layer.to_out[0](torch.cat(heads, -1))
    assert torch.allclose(found, expected, atol=1e-5)


def test_where_memory_falls_short_the_result_is_the_same(
    engine: Any, view: Views, micro: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It runs out amid the layers, when some of them have seen the first view already."""
    views = [view(1), view(2), view(3)]
    micro(1)
    expected = engine.paint(views, LOOKING, quiet, strangers(3))
    last = self_attentions(engine.pipe.unet)[-1]
    forward, sizes = last.to_q.forward, []

    def short(tokens: Any) -> Any:
        sizes.append(len(tokens))
        if len(sizes) > 4 and len(tokens) > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return forward(tokens)

    micro(4)
    monkeypatch.setattr(last.to_q, "forward", short)
    painted = engine.paint(views, LOOKING, quiet, strangers(3))
    assert max(sizes) > 1 and sizes[-1] == 1
    assert max(off(one, other) for one, other in zip(painted, expected, strict=True)) < 1e-5


def test_a_first_view_that_is_held_is_looked_at_again(engine: Any, view: Views, micro: Any) -> None:
    """As where a long shot goes by windows: the second hands in the first key again."""
    micro(4)
    first, other = view(1), view(2)
    window = engine.paint([first, other], LOOKING, quiet, strangers(2))
    held = Held(window[0], np.ones((SIDE, SIDE), np.float32))
    again = engine.paint([first, other], LOOKING, quiet, strangers(2, held))
    alone = engine.paint([first, other], SETTINGS, quiet, strangers(2, held))
    assert off(again[0], window[0]) < 1e-6
    assert off(again[1], window[1]) < 0.5 * off(alone[1], window[1])


def test_it_is_looked_at_as_it_truly_looks(
    engine: Any, view: Views, micro: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Random encoders hardly tell pictures apart, so one that does stands in for them."""

    def encoded(vae: Any, picture: Picture) -> torch.Tensor:
        small = torch.from_numpy(picture * 4 - 2).permute(2, 0, 1)[None, [0, 1, 2, 0]]
        return torch.nn.functional.avg_pool2d(small, engine.pipe.vae_scale_factor)

    monkeypatch.setattr(together, "encoded", encoded)
    micro(4)
    ramp = np.linspace(0, 1, SIDE * SIDE * 3, dtype=np.float32).reshape(SIDE, SIDE, 3)
    mask = np.ones((SIDE, SIDE), np.float32)
    found = {}
    for how in (SETTINGS, LOOKING):
        one, other = (
            engine.paint([view(1), view(2)], how, quiet, strangers(2, Held(picture, mask)))[1]
            for picture in (ramp, ramp[::-1, ::-1, ::-1].copy())
        )
        found[how.attend] = off(one, other)
    assert found[0.0] == 0 and found[1.0] > 5e-5  # random weights answer faintly


def test_nothing_is_left_wrapped_even_after_a_cancel(engine: Any, view: Views) -> None:
    def cancel(step: int, *_: Any) -> None:
        if step > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        engine.paint([view(1), view(2)], LOOKING, cancel, strangers(2))
    assert not [a for a in self_attentions(engine.pipe.unet) if "forward" in vars(a)]


def test_an_engine_says_whether_it_attends(engine: Any) -> None:
    assert engine.info.attends == bool(self_attentions(engine.pipe.unet))
    assert not self_attentions(engine.pipe.vae)
