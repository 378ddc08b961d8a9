"""Paint from a picture that is there, at a strength, instead of from noise alone.

The picture's latents get as much noise as a schedule has part of the way down, and the schedule is
taken from there (C. Meng et al., "SDEdit", 2022): what the noise hides is painted anew. Of the
pipeline's many steps the first are left out. Where that leaves one, it starts from just the noise
that the strength asks for, so that models of one step have strengths, too.

A model of one step knows a few levels of noise only, and answers below the least of them with a
picture that is further from the truth, not nearer. So below its own schedule's last step, or a
third, that step is taken, but only part of the way.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...errors import EngineError
from ..engine import PaintSettings, Picture, View
from .agreeing import agreeing, known
from .latents import encoded

if TYPE_CHECKING:
    import torch

_LEAST = 1 / 3
"""Of a schedule's times: what models of few steps surely know. The built-in one was trained for
0.33, 0.67 and 1; SDXL Turbo (A. Sauer et al., 2023) for four, of which the least is 0.25.
"""
_FINE = 50
"""Steps of the schedule that a single step is chosen from; more than LCM's own has none."""


@dataclass(frozen=True)
class Origin:
    """What a painting starts from.

    ``steps`` of its schedule, of which the last ``taken`` are; a single one starts at ``level`` (a
    share of the schedule's times) and goes ``part`` of the way. ``clean``: latents V×C×h×w of the
    pictures that it starts from; None: noise alone.
    """

    steps: int
    taken: int
    level: float = 1.0
    part: float = 1.0
    clean: torch.Tensor | None = None

    @property
    def skipped(self) -> int:
        """Steps of the schedule that are left out."""
        return self.steps - self.taken

    def scheduler(self, scheduler: Any) -> Any:
        """This one, or one like it that starts here."""
        return scheduler if self.clean is None else _begun(known(scheduler), self)

    def in_part(self, clean: torch.Tensor) -> torch.Tensor:
        """How far the clean latents that the model predicts are followed."""
        if self.clean is None or self.part == 1:
            return clean
        start = self.clean.to(clean)
        return start + (clean - start) * self.part

    def latents(self, scheduler: Any, noise: torch.Tensor) -> torch.Tensor:
        """Of unit noise V×C×h×w, what a pipeline with this origin's scheduler starts from; the
        pipeline itself multiplies by the scheduler's first sigma."""
        if self.clean is None:
            return noise
        scheduler.set_timesteps(self.steps)
        times = scheduler.timesteps[:1].expand(len(noise))
        clean = self.clean.to(noise)
        if hasattr(scheduler, "scale_noise"):
            noisy = scheduler.scale_noise(clean, times, noise)
        else:
            noisy = scheduler.add_noise(clean, noise, times)
        started: torch.Tensor = noisy / getattr(scheduler, "init_noise_sigma", 1.0)
        return started


def origin_of(views: Sequence[View], settings: PaintSettings, vae: Any) -> Origin:
    """Where the painting of these views starts. Raises EngineError where pictures lack."""
    import torch

    steps, strength = settings.steps, settings.strength
    starts = starts_of(views, strength)
    if not starts:
        return Origin(steps, steps)
    least = min(_LEAST, 1 / steps)
    return Origin(
        steps,
        steps_taken(settings),
        level=max(strength, least),
        part=min(1.0, strength / least),
        clean=torch.cat([encoded(vae, start) for start in starts]),
    )


def steps_taken(settings: PaintSettings) -> int:
    """How many of its steps a painting takes."""
    return min(settings.steps, max(1, int(round(settings.steps * settings.strength, 6))))


def starts_of(views: Sequence[View], strength: float) -> list[Picture]:
    """The pictures that views are painted over at a strength; at 1 none. Raises EngineError where
    some lack."""
    if strength >= 1:
        return []
    starts = [view.start for view in views if view.start is not None]
    if len(starts) < len(views):
        raise EngineError(
            f"Painting at a strength of {strength:g} starts from pictures, and "
            f"{len(views) - len(starts)} of {len(views)} views have none: "
            "give each a start, or paint at strength 1."
        )
    return starts


def starting(scheduler: Any, origin: Origin) -> Any:
    """A scheduler for views that are painted each for itself, from this origin."""
    begun = origin.scheduler(scheduler)
    if origin.part == 1:
        return begun
    return agreeing(begun, lambda clean, _index: origin.in_part(clean), None)


def _begun(scheduler: Any, origin: Origin) -> Any:
    """A scheduler like this one, of whose schedule only what the origin takes is left."""
    kind: Any = type(scheduler)

    @functools.wraps(kind.set_timesteps)
    def set_timesteps(self: Any, steps: int, device: Any = None, **more: Any) -> None:
        one = origin.taken == 1
        most = getattr(self.config, "original_inference_steps", None) or _FINE
        kind.set_timesteps(self, min(_FINE, most) if one else steps, device, **more)
        first = len(self.timesteps) - origin.taken
        if one:
            first = _nearest(self, origin.level)
        self.timesteps = self.timesteps[first : first + origin.taken]
        if hasattr(self, "sigmas"):
            self.sigmas = _ends(self.sigmas, first, origin.taken)
        if one or "original_inference_steps" in self.config:
            # DDIM steps down by a part of all times, which this number says; LCM counts by it
            self.num_inference_steps = origin.taken

    own = {"set_timesteps": set_timesteps, "__module__": kind.__module__}
    begun: Any = type(f"Begun{kind.__name__}", (kind,), own)
    return begun.from_config(scheduler.config)


def _nearest(scheduler: Any, level: float) -> int:
    """Which of the schedule's times is nearest to a share of them all."""
    time = level * scheduler.config.num_train_timesteps
    return int((scheduler.timesteps - time).abs().argmin())


def _ends(sigmas: torch.Tensor, first: int, count: int) -> torch.Tensor:
    """Those that steps start from, and the last, which ends them."""
    import torch

    return torch.cat([sigmas[first : first + count], sigmas[-1:]])
