"""Views painted together: the schedulers' algebra, micro-batches, what is held, what is undone."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.errors import Cancelled, EngineError
from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight
from underpaint.worker.engine import Held, PaintSettings, View
from underpaint.worker.engines import latents, open_engine
from underpaint.worker.engines.agreeing import agreeing
from underpaint.worker.jobs.company import Company

Views = Callable[..., View]
SIDE = 64
SETTINGS = PaintSettings(words="a rainy street", steps=5, guidance=2.0)

SCHEDULERS = {
    "DDIM": ("DDIMScheduler", {"clip_sample": False}),
    "LCM": ("LCMScheduler", {"clip_sample": False}),
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "DPM++ 2M": ("DPMSolverMultistepScheduler", {}),
    "DPM++ 2M SDE": ("DPMSolverMultistepScheduler", {"algorithm_type": "sde-dpmsolver++"}),
    "DPM++ flow": (
        "DPMSolverMultistepScheduler",
        {"use_flow_sigmas": True, "prediction_type": "flow_prediction"},
    ),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "UniPC flow": (
        "UniPCMultistepScheduler",
        {"use_flow_sigmas": True, "prediction_type": "flow_prediction"},
    ),
    "flow": ("FlowMatchEulerDiscreteScheduler", {}),
}
ANSWERS = ("epsilon", "v_prediction", "sample")


def scheduler(name: str, answer: str) -> Any:
    import diffusers

    kind, options = SCHEDULERS[name]
    if "flow" not in name:
        options = {"prediction_type": answer, **options}
    return getattr(diffusers, kind)(**options)


def rows() -> list[tuple[str, str]]:
    found = []
    for name, (kind, _) in SCHEDULERS.items():
        for answer in ANSWERS[:1] if "flow" in name else ANSWERS:
            if kind.startswith("Euler") and answer == "sample":
                continue  # diffusers' own have not implemented it
            found.append((name, answer))
    return found


def own_prediction(plain: Any, answer: torch.Tensor, time: Any, sample: torch.Tensor) -> Any:
    """The clean sample by the scheduler's own arithmetic."""
    if hasattr(plain, "convert_model_output"):
        if plain.step_index is None:
            plain._init_step_index(time)
        return plain.convert_model_output(answer, sample=sample)
    if type(plain).__name__.startswith("FlowMatch"):
        if plain.step_index is None:
            plain._init_step_index(time)
        return sample - plain.sigmas[plain.step_index] * answer
    stepped = plain.step(answer, time, sample, return_dict=True)
    if type(plain).__name__ == "LCMScheduler":
        skip, out = plain.get_scalings_for_boundary_condition_discrete(time)
        return (stepped.denoised - skip * sample) / out
    return stepped.pred_original_sample


@pytest.mark.parametrize(("name", "answer"), rows())
def test_what_agrees_is_what_the_scheduler_itself_would_predict(name: str, answer: str) -> None:
    told: list[torch.Tensor] = []

    def on_clean(clean: torch.Tensor, _index: int) -> torch.Tensor:
        told.append(clean)
        return clean

    ours = agreeing(scheduler(name, answer), on_clean, lambda _: torch.zeros(2, 4, 3, 3))
    ours.set_timesteps(6)
    torch.manual_seed(0)
    for time in ours.timesteps[:3]:
        plain = scheduler(name, answer)
        plain.set_timesteps(6)
        sample, said = torch.randn(2, 4, 3, 3), torch.randn(2, 4, 3, 3)
        expected = own_prediction(plain, said, time, sample)
        ours.step(said, time, sample)
        scale = expected.abs().max()
        assert torch.allclose(told[-1] / scale, expected / scale, atol=1e-5)


@pytest.mark.parametrize(("name", "answer"), rows())
def test_nothing_changes_where_all_agree_already(name: str, answer: str) -> None:
    noise = [torch.randn(2, 4, 3, 3) for _ in range(6)]

    def run(steps: Any) -> torch.Tensor:
        steps.set_timesteps(6)
        torch.manual_seed(0)
        sample = torch.randn(2, 4, 3, 3) * getattr(steps, "init_noise_sigma", 1.0)
        for time in steps.timesteps:
            said = torch.tanh(sample) * 0.5 + 0.1
            sample = steps.step(said, time, sample, return_dict=False)[0]
        return sample

    wrapped = agreeing(scheduler(name, answer), lambda clean, _: clean, lambda i: noise[i])
    plain = agreeing(scheduler(name, answer), lambda clean, _: clean, lambda i: noise[i])
    plain.__class__ = type(scheduler(name, answer))
    if name in {"LCM", "Euler a", "DPM++ 2M SDE"}:  # they draw by chance, which is ours in one
        assert torch.equal(run(wrapped), run(wrapped))
        return
    one, other = run(wrapped), run(plain)
    assert torch.allclose(one, other, atol=1e-4 * float(other.abs().max()))


@pytest.mark.parametrize(("name", "answer"), rows())
def test_what_the_views_agree_on_is_what_comes_out(name: str, answer: str) -> None:
    agreed = torch.randn(2, 4, 3, 3, generator=torch.Generator().manual_seed(3))
    steps = agreeing(
        scheduler(name, answer), lambda _clean, _i: agreed, lambda _: torch.zeros(2, 4, 3, 3)
    )
    steps.set_timesteps(12)
    torch.manual_seed(0)
    sample = torch.randn(2, 4, 3, 3) * getattr(steps, "init_noise_sigma", 1.0)
    for time in steps.timesteps:
        sample = steps.step(torch.randn(2, 4, 3, 3), time, sample, return_dict=False)[0]
    assert (sample - agreed).abs().max() < 0.12


@pytest.mark.parametrize("name", ["LCM", "Euler a", "DPM++ 2M SDE"])
def test_noise_that_is_added_is_ours_and_the_librarys_again_afterwards(name: str) -> None:
    steps = scheduler(name, "epsilon")
    module = sys.modules[type(steps).__module__]
    drawn = module.randn_tensor  # type: ignore[attr-defined]

    def run(chance: float, seed: int) -> torch.Tensor:
        wrapped = agreeing(
            steps, lambda clean, _: clean, lambda _: torch.full((1, 4, 2, 2), chance)
        )
        wrapped.set_timesteps(4)
        generator = torch.Generator().manual_seed(seed)
        sample = torch.ones(1, 4, 2, 2)
        for time in wrapped.timesteps[:2]:
            out = wrapped.step(sample * 0.1, time, sample, generator=generator, return_dict=False)
            sample = out[0]
        return sample

    assert torch.equal(run(0.5, 1), run(0.5, 2)) and not torch.equal(run(0.5, 1), run(1.0, 1))
    assert module.randn_tensor is drawn  # type: ignore[attr-defined]


def test_a_scheduler_keeps_its_signature_and_an_unknown_one_becomes_dpm_solver() -> None:
    import diffusers

    own = diffusers.DDIMScheduler
    wrapped = agreeing(own(), lambda clean, _: clean, lambda _: torch.zeros(1))
    assert isinstance(wrapped, own)
    assert inspect.signature(wrapped.step).parameters.keys() >= {"eta", "generator"}
    other = agreeing(diffusers.PNDMScheduler(), lambda clean, _: clean, lambda _: torch.zeros(1))
    assert isinstance(other, diffusers.DPMSolverMultistepScheduler)


def test_an_answer_that_nobody_knows_is_refused_in_words() -> None:
    import diffusers

    steps = diffusers.DDIMScheduler(prediction_type="sample")
    steps.register_to_config(prediction_type="riddle")
    wrapped = agreeing(steps, lambda clean, _: clean, lambda _: torch.zeros(1))
    wrapped.set_timesteps(2)
    with pytest.raises(EngineError, match="riddle"):
        wrapped.step(torch.zeros(1, 4, 2, 2), wrapped.timesteps[0], torch.zeros(1, 4, 2, 2))


# --- with real pipelines ------------------------------------------------------------------------


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


def wall(shift: float = 0.0) -> Sight:
    """A wall that fills the picture, five metres away; the camera moved to the right by metres."""
    matrix = (1.0, 0, 0, shift, 0, 1.0, 0, 0, 0, 0, 1.0, 5.0, 0, 0, 0, 1.0)
    lens = (2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 2] = 1
    return Sight(
        np.full((SIDE, SIDE), 5, np.float32),
        np.ones((SIDE, SIDE), np.int32),
        normal,
        Camera(matrix, lens, SIDE, SIDE),
    )


def company(*shifts: float, held: Any = None, pictures: Any = ()) -> Company:
    sights = [wall(shift) for shift in shifts]
    count = len(shifts) - len(pictures)
    return Company(sights, pictures, [held] * count, 3, (SIDE, SIDE))


def quiet(*_: Any) -> None:
    """Nobody watches."""


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_two_views_of_one_wall_become_alike(
    family: str, view: Views, request: pytest.FixtureRequest
) -> None:
    engine = request.getfixturevalue(family)
    views = [view(1), view(2)]
    apart = engine.paint(views, SETTINGS, quiet)
    painted = engine.paint(views, SETTINGS, quiet, company(0.0, 0.0))
    inner = (slice(4, -4), slice(4, -4))
    before = np.abs(apart[0][inner] - apart[1][inner]).mean()
    after = np.abs(painted[0][inner] - painted[1][inner]).mean()
    assert before > 0.02 and after < before / 50
    assert painted[0].std() > 0.01


@pytest.mark.parametrize("family", ["sd", "sdxl"])
def test_micro_batches_give_the_same_pictures(
    family: str, view: Views, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = request.getfixturevalue(family)
    views = [view(seed) for seed in (1, 2, 3)]
    painted, sizes = {}, []
    forward = type(engine.pipe.unet).forward

    def watched(self: Any, sample: Any, *more: Any, **named: Any) -> Any:
        sizes.append(len(sample))
        return forward(self, sample, *more, **named)

    monkeypatch.setattr(type(engine.pipe.unet), "forward", watched)
    for micro in (1, 4, 100):
        sizes.clear()
        object.__setattr__(engine._device, "views_at_once", micro)
        painted[micro] = engine.paint(views, SETTINGS, quiet, company(0.0, 0.4, 0.8))
        assert max(sizes) == min(micro, 6)
    for micro in (4, 100):
        for one, other in zip(painted[1], painted[micro], strict=True):
            assert np.abs(one - other).max() < 2e-4


def test_where_memory_falls_short_fewer_are_tried(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    sizes = []
    forward = type(sd.pipe.unet).forward

    def short(self: Any, sample: Any, *more: Any, **named: Any) -> Any:
        sizes.append(len(sample))
        if len(sample) > 1:
            raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")
        return forward(self, sample, *more, **named)

    monkeypatch.setattr(type(sd.pipe.unet), "forward", short)
    object.__setattr__(sd._device, "views_at_once", 4)
    pictures = sd.paint([view(1), view(2)], SETTINGS, quiet, company(0.0, 0.4))
    assert len(pictures) == 2 and sizes[:3] == [4, 2, 1] and set(sizes[3:]) == {1}


def test_nothing_is_left_wrapped_even_after_a_cancel(sd: Any, view: Views) -> None:
    steps, forward = sd.pipe.scheduler, sd.pipe.unet.forward
    before = sd.paint([view(1)], SETTINGS, quiet)[0]

    def cancel(step: int, *_: Any) -> None:
        if step > 2:
            raise Cancelled

    with pytest.raises(Cancelled):
        sd.paint([view(1), view(2)], SETTINGS, cancel, company(0.0, 0.4))
    assert sd.pipe.scheduler is steps and sd.pipe.unet.forward == forward
    assert not [net for net in sd.pipe.controlnet.nets if "forward" in vars(net)]
    assert sd.paint([view(1)], SETTINGS, quiet)[0].tobytes() == before.tobytes()


def test_progress_rises_within_a_step(sd: Any, view: Views) -> None:
    told: list[tuple[int, int]] = []
    object.__setattr__(sd._device, "views_at_once", 1)
    sd.paint(
        [view(1), view(2), view(3)],
        SETTINGS,
        lambda step, steps, preview: told.append((step, steps)),
        company(0.0, 0.4, 0.8),
    )
    assert {steps for _, steps in told} == {15}
    assert [step for step, _ in told] == sorted(step for step, _ in told)
    assert len({step for step, _ in told}) >= 12


def test_a_finished_view_has_its_say_and_what_is_held_stays(sd: Any, view: Views) -> None:
    red = np.zeros((SIDE, SIDE, 3), np.float32)
    red[..., 0] = 0.9
    told = sd.paint([view(1)], SETTINGS, quiet, company(0.0, 0.0, pictures=[red]))[0]
    alone = sd.paint([view(1)], SETTINGS, quiet)[0]
    assert np.abs(told - red).mean() < 0.7 * np.abs(alone - red).mean()
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:, :32] = 1
    held = sd.paint([view(1)], SETTINGS, quiet, company(0.0, held=Held(red, mask)))[0]
    assert np.array_equal(held[:, :32], red[:, :32])
    assert np.abs(held[:, 40:] - red[:, 40:]).mean() > 0.1


def test_the_autoencoders_way_there_and_back_keeps_the_colours(sdxl: Any, sd: Any) -> None:
    with torch.inference_mode():
        for engine in (sd, sdxl):
            clean = torch.randn(1, engine.pipe.unet.config.in_channels, 8, 8)
            picture = latents.decode(engine.pipe.vae, clean)
            assert latents.encode(engine.pipe.vae, picture).shape == clean.shape
