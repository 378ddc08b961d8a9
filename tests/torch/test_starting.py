"""Painting over a picture at a strength: cut schedules of real schedulers, and real pipelines."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from underpaint.errors import EngineError
from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight
from underpaint.worker.engine import Held, PaintSettings, Picture, View
from underpaint.worker.engines import latents, open_engine
from underpaint.worker.engines.agreeing import agreeing
from underpaint.worker.engines.starting import Origin, origin_of, starting
from underpaint.worker.jobs.company import Company

Views = Callable[..., View]
SIDE = 64
SETTINGS = PaintSettings(words="a rainy street", steps=10, guidance=2.0)

SCHEDULERS = {
    "DDIM": ("DDIMScheduler", {"clip_sample": False}),
    "DDIM to no signal": (
        "DDIMScheduler",
        {"clip_sample": False, "timestep_spacing": "trailing", "rescale_betas_zero_snr": True},
    ),
    "LCM": ("LCMScheduler", {"clip_sample": False}),
    "Euler": ("EulerDiscreteScheduler", {}),
    "Euler a": ("EulerAncestralDiscreteScheduler", {}),
    "DPM++": ("DPMSolverMultistepScheduler", {"use_karras_sigmas": True}),
    "UniPC": ("UniPCMultistepScheduler", {}),
    "flow": ("FlowMatchEulerDiscreteScheduler", {"shift": 3.0}),
    "unknown": ("PNDMScheduler", {"skip_prk_steps": True}),
}


def scheduler(name: str) -> Any:
    import diffusers

    kind, options = SCHEDULERS[name]
    return getattr(diffusers, kind)(**options)


def quiet(*_: Any) -> None:
    """Nobody watches."""


def clean(views: int = 2) -> torch.Tensor:
    return torch.randn(views, 4, 6, 6, generator=torch.Generator().manual_seed(1))


@pytest.mark.parametrize("name", SCHEDULERS)
@pytest.mark.parametrize(("taken", "level"), [(1, 0.4), (1, 0.8), (4, 1.0), (7, 1.0)])
def test_a_model_that_knows_the_truth_paints_it_from_any_origin(
    name: str, taken: int, level: float
) -> None:
    """Its answer is the noise that really was added; so whatever order a scheduler is of, each
    step keeps to the line between noise and picture, and the end is the picture."""
    true = clean()
    origin = Origin(10, taken, level, 1.0, true)
    steps = starting(scheduler(name), origin)
    told = []

    def truth(_predicted: torch.Tensor, index: int) -> torch.Tensor:
        told.append(index)
        return true

    ours = agreeing(steps, truth, lambda _: torch.zeros_like(true))
    noise = torch.randn(true.shape, generator=torch.Generator().manual_seed(2))
    sample = origin.latents(ours, noise) * getattr(ours, "init_noise_sigma", 1.0)
    ours.set_timesteps(10)
    assert len(ours.timesteps) == taken
    for time in ours.timesteps:
        assert sample.isfinite().all()
        answer = torch.zeros_like(sample)
        sample = ours.step(answer, time, sample, return_dict=False)[0]
    assert told == list(range(taken))
    assert (sample - true).abs().max() < 0.1


@pytest.mark.parametrize("name", [name for name in SCHEDULERS if name != "unknown"])
def test_the_first_steps_are_left_out_and_the_others_are_the_schedules_own(name: str) -> None:
    whole = scheduler(name)
    whole.set_timesteps(10)
    cut = starting(scheduler(name), Origin(10, 4, clean=clean()))
    cut.set_timesteps(10)
    assert torch.equal(cut.timesteps, whole.timesteps[6:])
    if hasattr(whole, "sigmas"):
        assert torch.equal(cut.sigmas, whole.sigmas[6:])
    single = starting(scheduler(name), Origin(1, 1, 0.4, clean=clean()))
    single.set_timesteps(1)
    times = whole.config.num_train_timesteps
    assert len(single.timesteps) == 1 and abs(float(single.timesteps[0]) / times - 0.4) < 0.08


@pytest.mark.parametrize("name", SCHEDULERS)
def test_the_start_is_as_noisy_as_its_time(name: str) -> None:
    """Unit variance in, and out what the schedule says of the first time that is taken."""
    big = torch.randn(1, 4, 64, 64, generator=torch.Generator().manual_seed(1))
    noise = torch.randn(big.shape, generator=torch.Generator().manual_seed(2))
    spreads = []
    for taken in (2, 5, 8):
        origin = Origin(10, taken, clean=big)
        steps = starting(scheduler(name), origin)
        start = origin.latents(steps, noise) * getattr(steps, "init_noise_sigma", 1.0)
        share = float((start * noise).mean()), float((start * big).mean())
        spreads.append(share[0] / (share[1] + 1e-6))
    assert 0 < spreads[0] < spreads[1] < spreads[2]


@pytest.mark.parametrize(
    ("steps", "strength", "taken", "level", "part"),
    [
        (20, 0.35, 7, 0.35, 1.0),
        (100, 0.29, 29, 0.29, 1.0),
        (20, 0.01, 1, 0.05, 0.2),
        (1, 0.8, 1, 0.8, 1.0),
        (1, 1 / 3, 1, 1 / 3, 1.0),
        (1, 0.1, 1, 1 / 3, 0.3),
        (4, 0.1, 1, 0.25, 0.4),
    ],
)
def test_what_a_strength_takes(
    sd: Any, view: Views, steps: int, strength: float, taken: int, level: float, part: float
) -> None:
    started = replace(view(1), start=ramp())
    settings = replace(SETTINGS, steps=steps, strength=strength)
    with torch.inference_mode():
        origin = origin_of([started], settings, sd.pipe.vae)
    assert (origin.taken, origin.skipped) == (taken, steps - taken)
    assert origin.level == pytest.approx(level) and origin.part == pytest.approx(part)


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


@pytest.fixture(params=["sd", "sdxl"])
def engine(request: pytest.FixtureRequest) -> Any:
    return request.getfixturevalue(request.param)


@pytest.fixture(params=[False, True], ids=["apart", "together"])
def company(request: pytest.FixtureRequest) -> Callable[..., Company | None]:
    """What two views of walls that do not meet are painted with."""

    def make(held: Held | None = None) -> Company | None:
        if not request.param:
            return None
        return Company([wall(0.0), wall(40.0)], [], [held, held], 3, (SIDE, SIDE))

    return make


def wall(shift: float) -> Sight:
    matrix = (1.0, 0, 0, shift, 0, 1.0, 0, 0, 0, 0, 1.0, 5.0, 0, 0, 0, 1.0)
    lens = (2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
    normal = np.zeros((SIDE, SIDE, 3), np.float32)
    normal[..., 2] = 1
    depth, ids = np.full((SIDE, SIDE), 5, np.float32), np.ones((SIDE, SIDE), np.int32)
    return Sight(depth, ids, normal, Camera(matrix, lens, SIDE, SIDE))


def ramp(flip: int = 1) -> Picture:
    """Three slow waves of colour."""
    at = np.linspace(0, 3, SIDE, dtype=np.float32)[::flip]
    waves = [np.sin(at + turn) for turn in (0.0, 1.0, 2.0)]
    return np.stack(np.broadcast_arrays(*(w[:, None] + 0 * at for w in waves)), -1) * 0.4 + 0.5


def test_at_strength_one_a_start_changes_nothing(engine: Any, view: Views, company: Any) -> None:
    views = [view(1), view(2)]
    plain = engine.paint(views, SETTINGS, quiet, company())
    begun = [replace(one, start=ramp()) for one in views]
    for one, other in zip(plain, engine.paint(begun, SETTINGS, quiet, company()), strict=True):
        assert one.tobytes() == other.tobytes()


@pytest.mark.parametrize("steps", [1, 10])
def test_the_smaller_the_strength_the_nearer_to_the_start(
    engine: Any, view: Views, company: Any, steps: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In latents: random decoders keep no distances."""
    vae, own = engine.pipe.vae, engine.pipe.scheduler
    trailing = type(own).from_config(own.config, timestep_spacing="trailing")  # 1 step: all the way
    monkeypatch.setattr(engine.pipe, "scheduler", trailing)
    views = [replace(view(1), start=ramp()), replace(view(2), start=ramp(-1))]
    with torch.inference_mode():
        aim = torch.cat([latents.encoded(vae, one.start) for one in views])
    told: list[torch.Tensor] = []
    decode = type(vae).decode

    def watched(self: Any, values: torch.Tensor, *more: Any, **named: Any) -> Any:
        told.append(values * vae.config.scaling_factor)
        return decode(self, values, *more, **named)

    monkeypatch.setattr(type(vae), "decode", watched)
    away = []
    for strength in (0.0, 0.1, 0.4, 0.7, 1.0):
        told.clear()
        engine.paint(views, replace(SETTINGS, steps=steps, strength=strength), quiet, company())
        away.append(float((told[-1] - aim).abs().mean()))
    assert away[0] < 1e-4 and away[1] < 0.5 * away[-1]
    assert away[0] < away[1] < away[2] < away[3] < away[4]


def test_each_view_starts_from_its_own_picture_in_any_order(sd: Any, view: Views) -> None:
    settings = replace(SETTINGS, strength=0.3)
    one, two = replace(view(1), start=ramp()), replace(view(2), start=ramp(-1))
    forth, back = sd.paint([one, two], settings, quiet), sd.paint([two, one], settings, quiet)
    assert np.abs(forth[0] - back[1]).max() < 1e-4 and np.abs(forth[1] - back[0]).max() < 1e-4
    assert np.abs(forth[0] - sd.paint([one], settings, quiet)[0]).max() < 1e-4
    assert np.abs(forth[0] - forth[1]).mean() > 0.003


def test_the_same_seed_gives_the_same_bytes(engine: Any, view: Views, company: Any) -> None:
    settings = replace(SETTINGS, strength=0.6)
    views = [replace(view(seed), start=ramp()) for seed in (1, 2)]
    first = engine.paint(views, settings, quiet, company())
    torch.manual_seed(9)
    before = torch.random.get_rng_state()
    again = engine.paint(views, settings, quiet, company())
    assert [p.tobytes() for p in first] == [p.tobytes() for p in again]
    assert torch.equal(before, torch.random.get_rng_state())


def test_the_noise_of_a_step_is_not_that_of_the_start(
    sd: Any, view: Views, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A scheduler that draws by chance goes on with its seed's numbers and not from their first."""
    from diffusers import LCMScheduler

    seen: list[torch.Tensor] = []
    step = LCMScheduler.step

    def watched(self: Any, answer: Any, time: Any, sample: Any, *more: Any, **named: Any) -> Any:
        seen.append(sample.flatten())
        return step(self, answer * 0, time, sample * 0, *more, **named)

    monkeypatch.setattr(LCMScheduler, "step", watched)
    monkeypatch.setattr(sd.pipe, "scheduler", scheduler("LCM"))
    sd.paint([replace(view(1), start=ramp() * 0 + 0.5)], replace(SETTINGS, strength=0.5), quiet)
    assert abs(float(torch.corrcoef(torch.stack(seen[:2]))[0, 1])) < 0.3


def test_what_is_held_stays_and_the_rest_is_painted_over(sd: Any, view: Views) -> None:
    mask = np.zeros((SIDE, SIDE), np.float32)
    mask[:, :32] = 1
    together = Company([wall(0.0)], [], [Held(ramp(), mask)], 3, (SIDE, SIDE))
    begun = replace(view(1), start=ramp())
    painted = sd.paint([begun], replace(SETTINGS, strength=0.7), quiet, together)[0]
    assert np.allclose(painted[:, :32], ramp()[:, :32], atol=1e-6)
    assert np.abs(painted[:, 40:] - ramp()[:, 40:]).mean() > 0.02


@pytest.mark.parametrize("name", ["sd", "stand-in"])
def test_a_strength_without_a_picture_is_refused_in_words(
    name: str, view: Views, request: pytest.FixtureRequest
) -> None:
    engine = open_engine(name) if name == "stand-in" else request.getfixturevalue(name)
    views = [replace(view(1), start=ramp()), view(2)]
    with pytest.raises(EngineError, match="1 of 2 views have none"):
        engine.paint(views, replace(SETTINGS, strength=0.4), quiet)


def test_progress_counts_the_steps_that_are_taken(engine: Any, view: Views, company: Any) -> None:
    told: list[tuple[int, int]] = []
    views = [replace(view(seed), start=ramp()) for seed in (1, 2)]
    settings = replace(SETTINGS, strength=0.4)
    together = company()
    engine.paint(views, settings, lambda step, steps, _: told.append((step, steps)), together)
    assert {steps for _, steps in told} == {4 if together is None else 8}
    assert [step for step, _ in told] == sorted(step for step, _ in told)


def test_the_scheduler_is_put_back(sd: Any, view: Views, company: Any) -> None:
    before = sd.pipe.scheduler
    views = [replace(view(seed), start=ramp()) for seed in (1, 2)]
    sd.paint(views, replace(SETTINGS, strength=0.4), quiet, company())
    assert sd.pipe.scheduler is before
