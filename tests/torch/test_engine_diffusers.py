"""The diffusers engine over real pipelines with tiny random weights."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.errors import Cancelled, EngineError, JobError
from underpaint.worker.engine import PaintSettings, View
from underpaint.worker.engines import describe_engine, open_engine
from underpaint.worker.engines.device import choose_device
from underpaint.worker.engines.diffusers import DiffusersEngine
from underpaint.worker.jobs.brush import paint_any_size

Views = Callable[..., View]

FELT = 5e-5
"""Random weights answer faintly, but what does not count changes nothing at all."""

SETTINGS = PaintSettings(words="a rainy street", steps=3, guidance=2.0)


def quiet(*_: Any) -> None:
    """Nobody watches."""


@pytest.fixture(scope="module")
def sd(sd_folder: Path) -> Any:
    engine = open_engine(str(sd_folder))
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def sdxl(sdxl_folder: Path) -> Any:
    engine = open_engine(str(sdxl_folder))
    yield engine
    engine.close()


def difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a - b).max())


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_it_paints_pictures(family: str, view: Views, request: pytest.FixtureRequest) -> None:
    engine = request.getfixturevalue(family)
    pictures = engine.paint([view(1), view(2)], SETTINGS, quiet)
    for picture in pictures:
        assert picture.shape == (64, 64, 3) and picture.dtype == np.float32
        assert picture.flags["C_CONTIGUOUS"]
        assert 0 <= picture.min() < picture.max() <= 1
    assert difference(*pictures) > 0.05


def test_what_it_says_of_itself(sd: Any, sdxl: Any, sd_folder: Path) -> None:
    assert sd.info.controls == ("depth", "normal") and sdxl.info.controls == ("depth",)
    assert (sd.info.steps, sd.info.guidance, sd.info.multiple) == (3, 2.0, 8)
    assert (sd.info.ref.family, sdxl.info.ref.family) == (
        "Stable Diffusion 1.5",
        "Stable Diffusion XL",
    )
    assert (sdxl.info.steps, sdxl.info.guidance) == (2, 5.0)
    assert sd.info == describe_engine(str(sd_folder))


def test_the_same_seed_gives_the_same_bytes(sd: Any, view: Views) -> None:
    torch.manual_seed(1)
    first = sd.paint([view(7)], SETTINGS, quiet)[0]
    torch.manual_seed(2)
    np.random.seed(2)
    second = sd.paint([view(7)], SETTINGS, quiet)[0]
    assert first.tobytes() == second.tobytes()
    assert difference(first, sd.paint([view(8)], SETTINGS, quiet)[0]) > 0.05


def test_a_views_noise_is_its_own_in_any_batch(sd: Any, view: Views) -> None:
    alone = sd.paint([view(7)], SETTINGS, quiet)[0]
    together = sd.paint([view(3), view(7), view(7)], SETTINGS, quiet)
    assert difference(alone, together[1]) < 1e-3
    assert difference(together[1], together[2]) < 1e-5
    assert difference(together[0], together[1]) > 0.05


def test_seeds_go_up_to_the_last_that_a_job_allows(sd: Any, view: Views) -> None:
    sd.paint([view((1 << 63) - 1)], SETTINGS, quiet)


def test_global_randomness_is_left_alone(sd: Any, view: Views) -> None:
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    sd.paint([view(7)], SETTINGS, quiet)
    assert torch.equal(before, torch.random.get_rng_state())


def test_words_controls_and_settings_all_count(sd: Any, view: Views) -> None:
    base = sd.paint([view()], SETTINGS, quiet)[0]

    def changed(shown: View, **settings: Any) -> float:
        values = {**vars(SETTINGS), **settings}
        return difference(base, sd.paint([shown], PaintSettings(**values), quiet)[0])

    assert changed(view()) == 0
    assert changed(view(), words="a sunny field") > FELT
    assert changed(view(), avoid="rain") > FELT
    assert changed(view(), steps=2) > FELT
    assert changed(view(), guidance=6.0) > FELT
    assert changed(view(), control_scales={"normal": 0.0}) > FELT
    shown = view()
    for kind in ("depth", "normal"):
        other = {**shown.controls, kind: shown.controls[kind][::-1, ::-1].copy()}
        assert changed(View(other, 1)) > FELT


def test_each_controlnet_reads_its_own_control(sd: Any, view: Views) -> None:
    """With a control's ControlNet silenced, that control no longer counts, and the other does."""
    shown = view()
    settings = PaintSettings("a", steps=2, guidance=1.0, control_scales={"depth": 0.0})
    base = sd.paint([shown], settings, quiet)[0]
    for kind, counts in (("depth", False), ("normal", True)):
        other = {**shown.controls, kind: 1 - shown.controls[kind]}
        painted = sd.paint([View(other, 1)], settings, quiet)[0]
        assert (difference(base, painted) > FELT) is counts


def test_no_guidance_ignores_what_to_avoid_and_costs_half(sd: Any, view: Views) -> None:
    batches = []
    hook = sd.pipe.unet.register_forward_pre_hook(lambda _, args: batches.append(len(args[0])))
    free = PaintSettings("a", avoid="b", steps=1, guidance=1.0)
    guided = PaintSettings("a", avoid="b", steps=1, guidance=3.0)
    first = sd.paint([view()], free, quiet)[0]
    assert batches == [1]
    sd.paint([view()], guided, quiet)
    assert batches == [1, 2]
    hook.remove()
    other = sd.paint([view()], PaintSettings("a", avoid="c", steps=1, guidance=1.0), quiet)[0]
    assert difference(first, other) == 0


@pytest.mark.parametrize("steps", [1, 2, 7])
@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_any_number_of_steps(
    family: str, steps: int, view: Views, request: pytest.FixtureRequest
) -> None:
    seen: list[tuple[int, int]] = []
    settings = PaintSettings("a", steps=steps, guidance=1.0)
    engine = request.getfixturevalue(family)
    picture = engine.paint([view()], settings, lambda step, of, _: seen.append((step, of)))[0]
    assert seen == [(step, steps) for step in range(1, steps + 1)]
    assert np.isfinite(picture).all()


def test_a_scheduler_that_takes_several_turns_a_step(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    from diffusers import HeunDiscreteScheduler

    monkeypatch.setattr(
        sd.pipe, "scheduler", HeunDiscreteScheduler.from_config(sd.pipe.scheduler.config)
    )
    seen: list[int] = []
    settings = PaintSettings("a", steps=4, guidance=1.0)
    sd.paint([view()], settings, lambda step, *_: seen.append(step))
    assert len(seen) == 7
    assert seen == sorted(seen) and (seen[0], seen[-2], seen[-1]) == (1, 3, 4)


def test_it_stops_within_the_step_it_is_told_at(sd: Any, view: Views) -> None:
    calls = []
    hook = sd.pipe.unet.register_forward_pre_hook(lambda *_: calls.append(1))

    def stop_after_two(step: int, _of: int, _preview: Any) -> None:
        if step == 2:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        sd.paint([view()], PaintSettings("a", steps=50, guidance=1.0), stop_after_two)
    hook.remove()
    assert len(calls) == 2
    assert sd.paint([view()], SETTINGS, quiet)[0].shape == (64, 64, 3)


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_previews_cost_nothing_unless_they_are_asked_for(
    family: str, view: Views, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(family)
    decoded = []
    original = engine.pipe.vae.decode
    engine.pipe.vae.decode = lambda *a, **k: (decoded.append(a[0].shape), original(*a, **k))[1]
    engine.paint([view()], SETTINGS, quiet)
    assert len(decoded) == 1
    previews = []
    wide = view(width=384, height=128)
    engine.paint([wide, wide], SETTINGS, lambda _step, _of, preview: previews.append(preview()))
    del engine.pipe.vae.decode
    assert [preview.shape for preview in previews] == [(88, 256, 3)] * 3
    assert all(np.isfinite(preview).all() and preview.max() <= 1 for preview in previews)
    assert max(shape[-1] for shape in decoded[1:4]) == 32


@pytest.mark.parametrize(("width", "height"), [(64, 40), (33, 70), (8, 8), (61, 24)])
def test_odd_sizes_are_padded_and_cropped(sd: Any, view: Views, width: int, height: int) -> None:
    (picture,) = paint_any_size(sd, [view(width=width, height=height)], SETTINGS, quiet)
    assert picture.shape == (height, width, 3)


def test_padding_does_not_move_the_picture(sd: Any, view: Views) -> None:
    """What is padded by hand with the edge's pixels is what is painted."""
    shown = view(width=61, height=40)
    padded = View(
        {k: np.pad(c, ((0, 0), (0, 3), (0, 0)), mode="edge") for k, c in shown.controls.items()}, 1
    )
    (cropped,) = paint_any_size(sd, [shown], SETTINGS, quiet)
    assert difference(cropped, sd.paint([padded], SETTINGS, quiet)[0][:, :61]) == 0


def test_large_pictures_are_decoded_in_tiles(
    sdxl: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = sdxl.paint([view(width=128, height=128)], SETTINGS, quiet)[0]
    monkeypatch.setattr("underpaint.worker.engines.diffusers._TILE_ABOVE", 100 * 100)
    monkeypatch.setattr(sdxl.pipe.vae, "tile_sample_min_size", 64)
    monkeypatch.setattr(sdxl.pipe.vae, "tile_latent_min_size", 8)
    tiled = sdxl.paint([view(width=128, height=128)], SETTINGS, quiet)[0]
    assert sdxl.pipe.vae.use_tiling
    assert 0 < difference(whole, tiled) < 0.5
    sdxl.paint([view()], SETTINGS, quiet)
    assert not sdxl.pipe.vae.use_tiling


def test_too_little_memory_is_told_in_words(sd: Any) -> None:
    """Controls of a million pixels a side, which only look as if they were in memory."""
    endless = np.broadcast_to(np.float32(0.5), (1 << 20, 1 << 20, 3))
    with pytest.raises(EngineError, match=r"memory does not suffice .*--size"):
        sd.paint([View({"depth": endless, "normal": endless}, 1)], SETTINGS, quiet)
    assert sd.paint(
        [View({k: np.zeros((64, 64, 3), np.float32) for k in ("depth", "normal")}, 1)],
        SETTINGS,
        quiet,
    )


def test_torchs_own_lack_of_memory_is_told_in_words(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    def starve(*_: Any, **__: Any) -> None:
        torch.empty(1 << 50, dtype=torch.uint8)

    monkeypatch.setattr(sd.pipe.unet, "forward", starve)
    with pytest.raises(EngineError, match="memory does not suffice"):
        sd.paint([view()], SETTINGS, quiet)


def test_too_little_memory_for_loading_advises_what_can_help(
    sd_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "underpaint.worker.engines.diffusers.load_pipeline",
        lambda *_: torch.empty(1 << 50, dtype=torch.uint8),
    )
    with pytest.raises(EngineError, match="does not suffice for loading sd") as caught:
        open_engine(str(sd_folder))
    assert "smaller engine" in str(caught.value) and "--" not in str(caught.value)


def test_an_error_in_the_model_that_is_none_of_memory_is_not_called_so(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise RuntimeError("mat1 and mat2 shapes cannot be multiplied")

    monkeypatch.setattr(sd.pipe.unet, "forward", fail)
    with pytest.raises(RuntimeError, match="mat1"):
        sd.paint([view()], SETTINGS, quiet)


def test_a_picture_that_the_engines_own_checker_blanks_is_an_error(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        sd.pipe, "run_safety_checker", lambda image, *_: (torch.zeros_like(image), [True])
    )
    with pytest.raises(JobError, match="safety checker"):
        sd.paint([view()], SETTINGS, quiet)


def test_it_works_where_only_the_loopback_device_can_be_reached(
    sd_folder: Path, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    def refuse(_self: socket.socket, address: Any) -> None:
        asked.append(address)
        raise OSError(f"the network is forbidden: {address}")

    monkeypatch.delenv("HF_HUB_OFFLINE", raising=False)
    monkeypatch.setattr(socket.socket, "connect", refuse)
    monkeypatch.setattr(socket, "getaddrinfo", lambda *a, **_: refuse(None, a))
    engine = open_engine(str(sd_folder))
    engine.paint([view()], SETTINGS, quiet)
    engine.close()
    assert asked == []


def test_weights_in_half_precision_with_their_variants_name(
    sd_folder: Path, copy_of: Callable[[Path], Path], view: Views
) -> None:
    folder = copy_of(sd_folder)
    for part in ("unet", "vae", "controlnet", "controlnet_1", "text_encoder"):
        for file in (folder / part).glob("*.safetensors"):
            file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    engine = open_engine(str(folder))
    assert engine.paint([view()], SETTINGS, quiet)[0].shape == (64, 64, 3)


@pytest.mark.parametrize(
    "halved",
    [("unet",), ("vae", "text_encoder"), ("controlnet",), ("controlnet_1", "unet")],
)
def test_weights_of_which_some_parts_are_in_half_precision(
    sd_folder: Path, sd: Any, copy_of: Callable[[Path], Path], view: Views, halved: tuple[str, ...]
) -> None:
    folder = copy_of(sd_folder)
    for part in halved:
        for file in (folder / part).glob("*.safetensors"):
            file.rename(file.with_name(file.name.replace(".safetensors", ".fp16.safetensors")))
    engine = open_engine(str(folder))
    painted, whole = (e.paint([view()], SETTINGS, quiet)[0] for e in (engine, sd))
    assert painted.tobytes() == whole.tobytes()


def test_weights_that_are_not_numbers_give_an_error_and_no_black_picture(
    sd_folder: Path, copy_of: Callable[[Path], Path], view: Views
) -> None:
    from safetensors.torch import load_file, save_file

    folder = copy_of(sd_folder)
    (file,) = (folder / "unet").glob("*.safetensors")
    weights = load_file(file)
    weights["conv_out.bias"][0] = float("nan")
    save_file(weights, file)
    engine = open_engine(str(folder))
    with pytest.raises(JobError, match=r"an engine gave no picture .*another engine\.$"):
        engine.paint([view()], SETTINGS, quiet)


def test_a_folder_whose_weights_do_not_fit_together(
    sd_folder: Path, sdxl_folder: Path, copy_of: Callable[[Path], Path]
) -> None:
    folder = copy_of(sd_folder)
    name = "diffusion_pytorch_model.safetensors"
    (folder / "unet" / name).write_bytes((sdxl_folder / "vae" / name).read_bytes())
    with pytest.raises(EngineError, match="could not be loaded") as caught:
        open_engine(str(folder))
    assert "\n" not in str(caught.value)


def test_bfloat16_is_chosen_where_the_processor_has_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    for features, precision in (
        ({"avx512_bf16": True}, torch.bfloat16),
        ({"amx_bf16": True, "avx512_bf16": False}, torch.bfloat16),
        ({"avx512_bf16": False, "avx2": True}, torch.float32),
        ({"architecture": "aarch64", "bf16": True}, torch.bfloat16),
    ):
        monkeypatch.setattr(torch.cpu, "get_capabilities", lambda features=features: features)
        assert choose_device().precision == precision
        assert str(precision).removeprefix("torch.") in choose_device().text


def test_it_paints_in_bfloat16(
    sd_folder: Path, sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: {"avx512_bf16": True})
    engine = open_engine(str(sd_folder))
    assert isinstance(engine, DiffusersEngine) and engine.pipe.unet.dtype == torch.bfloat16
    picture = engine.paint([view()], SETTINGS, quiet)[0]
    assert 0 < np.abs(picture - sd.paint([view()], SETTINGS, quiet)[0]).mean() < 0.1


def test_it_says_what_its_pictures_depend_on(sd: Any) -> None:
    assert sd.made_with["torch"] == torch.__version__ and "float32" in sd.made_with["device"]
    assert {"diffusers", "transformers", "numpy"} <= sd.made_with.keys()


def test_closing_frees_the_weights(sd_folder: Path, view: Views) -> None:
    import weakref

    engine = open_engine(str(sd_folder))
    engine.paint([view()], SETTINGS, quiet)
    unet = weakref.ref(engine.pipe.unet)
    engine.close()
    assert unet() is None


def test_loading_is_quick_to_describe(sd_folder: Path) -> None:
    describe_engine(str(sd_folder))
    start = time.perf_counter()
    describe_engine(str(sd_folder))
    assert time.perf_counter() - start < 0.1


def test_words_beyond_its_room_are_told(sd: Any, sdxl: Any) -> None:
    """A letter is a word to these tokenizers, and there is room for fourteen."""
    for engine in (sd, sdxl):
        assert engine.unread("a b c") == ""
        assert engine.unread("abcdefghijklmn") == ""
        assert engine.unread("abcdefghijklmnopq").replace(" ", "") == "opq"
