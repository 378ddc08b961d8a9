"""Schedulers whose views agree at every step, for pipelines that know nothing of it.

A scheduler turns what the model says into the next noisier-to-cleaner sample, and always by way of
the clean picture that the model predicts, which is linear in the sample and in the model's answer:

    clean = a · sample + b · answer

``_SPACES`` has a and b for each kind of scheduler and each kind of answer. So the views' clean
pictures are worked out, made to agree, turned back into the answer that would have predicted them,
and handed to the scheduler's own ``step``. The scheduler may be of any order and may look back at
earlier answers: it sees those that agree.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from ...errors import EngineError

if TYPE_CHECKING:
    import torch

_LEAST = 1e-3
"""Of b: where the answer hardly matters any more, it cannot be worked back."""


def agreeing(
    scheduler: Any,
    on_clean: Callable[[torch.Tensor, int], torch.Tensor],
    on_chance: Callable[[int], torch.Tensor] | None,
) -> Any:
    """A scheduler like this one, whose ``step`` steps toward what ``on_clean`` makes of the clean
    latents (V×C×h×w) that the model predicts at the step of an index.

    Noise that it adds in between, as LCM and ancestral ones do, is ``on_chance``'s, or None: its
    own.
    """
    scheduler = known(scheduler)
    kind: Any = type(scheduler)
    space = _space_of(scheduler)
    assert space is not None

    @functools.wraps(kind.step)
    def step(
        self: Any, model_output: Any, timestep: Any, sample: Any, *more: Any, **named: Any
    ) -> Any:
        index = _index(self, timestep)
        a, b = space(self, timestep)
        if abs(b) > _LEAST:
            clean = on_clean((a * sample + b * model_output).to(sample.dtype), index)
            model_output = ((clean - a * sample) / b).to(model_output.dtype)
        with _chance(kind, on_chance and functools.partial(on_chance, index)):
            return kind.step(self, model_output, timestep, sample, *more, **named)

    wrapped: Any = type(f"Agreeing{kind.__name__}", (kind,), {"step": step})
    return wrapped.from_config(scheduler.config)


def known(scheduler: Any) -> Any:
    """This one; of a kind that is not known, DPM-Solver++, which paints what any model of noise can
    paint."""
    import diffusers

    if _space_of(scheduler) is not None:
        return scheduler
    return diffusers.DPMSolverMultistepScheduler.from_config(scheduler.config)


def _index(scheduler: Any, timestep: Any) -> int:
    """Which of the schedule's times this is."""
    if getattr(scheduler, "_step_index", 0) is None:
        scheduler._init_step_index(timestep)
    index = getattr(scheduler, "step_index", None)
    if index is None:
        index = (scheduler.timesteps == timestep).nonzero()[0].item()
    return int(index)


@contextmanager
def _chance(kind: type, noise: Callable[[], Any] | None) -> Iterator[None]:
    """Schedulers draw noise by a function of their module, which is ours meanwhile."""
    module = sys.modules[kind.__module__]
    drawn = getattr(module, "randn_tensor", None)
    if drawn is None or noise is None:
        yield
        return

    def ours(shape: Any, *_: Any, dtype: Any = None, device: Any = None, **__: Any) -> Any:
        return noise().reshape(shape).to(device=device, dtype=dtype)

    module.randn_tensor = ours  # type: ignore[attr-defined]
    try:
        yield
    finally:
        module.randn_tensor = drawn  # type: ignore[attr-defined]


# --- what is linear in what ----------------------------------------------------------------------


def _preserving(alpha: float, sigma: float, answer: str) -> tuple[float, float]:
    """sample = alpha · clean + sigma · noise."""
    table = {
        "epsilon": (1 / alpha, -sigma / alpha),
        "v_prediction": (alpha, -sigma),
        "sample": (0.0, 1.0),
        "flow_prediction": (1.0, -sigma),
    }
    return _row(table, answer)


def _exploding(sigma: float, answer: str) -> tuple[float, float]:
    """sample = clean + sigma · noise (T. Karras et al., 2022)."""
    table = {
        "epsilon": (1.0, -sigma),
        "v_prediction": (1 / (sigma**2 + 1), -sigma / (sigma**2 + 1) ** 0.5),
        "sample": (0.0, 1.0),
        "original_sample": (0.0, 1.0),
    }
    return _row(table, answer)


def _row(table: dict[str, tuple[float, float]], answer: str) -> tuple[float, float]:
    if answer not in table:
        raise EngineError(
            f"The engine's scheduler predicts {answer!r}, which views cannot agree on: give it one "
            f"that predicts {', '.join(table)}."
        )
    return table[answer]


def _by_time(scheduler: Any, timestep: Any) -> tuple[float, float]:
    alpha = float(scheduler.alphas_cumprod[int(timestep)])
    return _preserving(
        max(alpha, 1e-12) ** 0.5, (1 - alpha) ** 0.5, scheduler.config.prediction_type
    )


def _by_sigma(scheduler: Any, _timestep: Any) -> tuple[float, float]:
    alpha, sigma = scheduler._sigma_to_alpha_sigma_t(scheduler.sigmas[scheduler.step_index])
    return _preserving(float(alpha), float(sigma), scheduler.config.prediction_type)


def _by_spread(scheduler: Any, _timestep: Any) -> tuple[float, float]:
    sigma = float(scheduler.sigmas[scheduler.step_index])
    return _exploding(sigma, scheduler.config.prediction_type)


def _by_flow(scheduler: Any, _timestep: Any) -> tuple[float, float]:
    return 1.0, -float(scheduler.sigmas[scheduler.step_index])


_SPACES = {
    "DDIMScheduler": _by_time,
    "LCMScheduler": _by_time,
    "EulerDiscreteScheduler": _by_spread,
    "EulerAncestralDiscreteScheduler": _by_spread,
    "DPMSolverMultistepScheduler": _by_sigma,
    "UniPCMultistepScheduler": _by_sigma,
    "FlowMatchEulerDiscreteScheduler": _by_flow,
}


def _space_of(scheduler: Any) -> Any:
    names = (kind.__name__ for kind in type(scheduler).__mro__)
    return next((_SPACES[name] for name in names if name in _SPACES), None)
