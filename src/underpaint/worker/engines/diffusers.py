"""Paint with a ControlNet pipeline of the diffusers library, from a folder on disk.

Nothing here asks the network: the folder was looked at before (`folder.py`), weights are read as
safetensors only, and every seed is handed in. One generator a view, on the CPU, makes the noise, so
that a view's noise depends on its seed alone and is the same on every device.
"""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

import numpy as np

from ...errors import EngineError, JobError
from ..engine import EngineInfo, OnStep, PaintSettings, Picture, Together, View
from .circular import circular_padding
from .device import Device, choose_device
from .folder import EngineFolder
from .starting import Origin, origin_of, starting
from .together import finish, is_short_of_memory, painting_together
from .wrapping import set_for_now

if TYPE_CHECKING:
    import torch

log = logging.getLogger("underpaint.worker")

_TILE_ABOVE = 1280 * 1280
"""Pictures of more pixels are decoded in tiles: the decoder's memory grows with the area."""
_PREVIEW_SIDE = 256
"""A preview's longer side is this many pixels at the most."""
_FOR_LOADING = "close other programs, or use a smaller engine"
_FOR_PAINTING = "paint fewer at once (--batch), or smaller ones (--size)"


def _versions() -> dict[str, str]:
    return {name: version(name) for name in ("torch", "diffusers", "transformers", "numpy")}


class DiffusersEngine:
    """A pipeline in memory. Use `engines.open_engine`."""

    def __init__(self, folder: EngineFolder, info: EngineInfo) -> None:
        self.info = info
        self._family = folder.family
        self._device = choose_device()
        self.made_with = {**_versions(), "device": self._device.text}
        self._encoded: tuple[tuple[str, str, bool], dict[str, torch.Tensor]] | None = None
        with _memory_in_words(f"loading {info.ref.name}", _FOR_LOADING):
            self.pipe = load_pipeline(folder, self._device)
        log.info("loaded %s on %s", info.ref.name, self._device.text)

    def paint(
        self,
        views: Sequence[View],
        settings: PaintSettings,
        on_step: OnStep,
        together: Together | None = None,
    ) -> list[Picture]:
        """See `engine.Engine.paint`."""
        import torch

        height, width = views[0].controls[self.info.controls[0]].shape[:2]
        what = f"painting {len(views)} picture(s) of {width} × {height}"
        with (
            _memory_in_words(what, _FOR_PAINTING),
            torch.inference_mode(),
            circular_padding(self.pipe.components.values() if settings.seamless else ()),
        ):
            self._set_tiling(height * width > _TILE_ABOVE and not settings.seamless)
            origin = origin_of(views, settings, self.pipe.vae)
            if together is None:
                return self._paint_apart(views, settings, on_step, origin)
            return self._paint_together(views, settings, on_step, together, origin)

    def _paint_apart(
        self, views: Sequence[View], settings: PaintSettings, on_step: OnStep, origin: Origin
    ) -> list[Picture]:
        """Each view for itself, in one batch."""
        import torch

        watch, chance = self._watch(origin.taken, on_step), _chance(views)
        if origin.clean is None:
            return self._call(views, settings, watch, generator=chance)
        shape = origin.clean.shape[1:]
        noise = torch.stack([torch.randn(shape, generator=one) for one in chance])
        with set_for_now(self.pipe, "scheduler", starting(self.pipe.scheduler, origin)):
            latents = origin.latents(self.pipe.scheduler, noise).to(self._device.precision)
            return self._call(views, settings, watch, generator=chance, latents=latents)

    def _paint_together(
        self,
        views: Sequence[View],
        settings: PaintSettings,
        on_step: OnStep,
        together: Together,
        origin: Origin,
    ) -> list[Picture]:
        """Views in lockstep; ``on_step`` hears of each view's part of a step as of a step."""
        done, steps = 0, origin.taken * len(views)
        latents: Any = None

        def at_part(share: float) -> None:
            part = min(round((done + share) * len(views)), steps - 1)
            on_step(part, steps, lambda: self._preview(latents))

        def at_step_end(
            _pipe: Any, _index: int, _time: Any, values: dict[str, Any]
        ) -> dict[str, Any]:
            nonlocal done, latents
            done, latents = done + 1, values["latents"]
            at_part(0.0)
            return {}

        at_once = self._device.views_at_once
        with painting_together(
            self.pipe, together, origin, settings.attend, at_once, at_part
        ) as begun:
            latents = begun.to(self._device.device, self._device.precision)
            pictures = self._call(
                views, settings, at_step_end, generator=_chance(views), latents=latents
            )
        return finish(pictures, together)

    def _call(
        self, views: Sequence[View], settings: PaintSettings, at_step_end: Any, **more: Any
    ) -> list[Picture]:
        result = self.pipe(
            **{self._family.control_argument: self._control_images(views)},
            **self._encode(settings, len(views)),
            num_inference_steps=settings.steps,
            guidance_scale=settings.guidance,
            controlnet_conditioning_scale=self._scales(settings),
            callback_on_step_end=at_step_end,
            output_type="pt",
            **more,
        )
        if any(getattr(result, "nsfw_content_detected", None) or ()):
            raise JobError(
                "The engine's own safety checker blanked a picture: "
                "change the words or the seed, or use another engine."
            )
        return self._to_pictures(result.images)

    def unread(self, words: str) -> str:
        """See `engine.Engine.unread`."""
        tokenizer = self.pipe.tokenizer
        tokens = tokenizer(words, truncation=False)["input_ids"]
        kept = tokenizer.model_max_length - 1  # the last one read is the end's own
        return str(tokenizer.decode(tokens[kept:-1]).strip())

    def close(self) -> None:
        """Free its memory."""
        import torch

        del self.pipe
        self._encoded = None
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()

    def _control_images(self, views: Sequence[View]) -> Any:
        """[views, 3, H, W] a ControlNet, as the pipeline wants them: a lone one is no list."""
        import torch

        batches = [
            torch.from_numpy(np.stack([view.controls[kind] for view in views])).permute(0, 3, 1, 2)
            for kind in self.info.controls
        ]
        return batches if len(batches) > 1 else batches[0]

    def _scales(self, settings: PaintSettings) -> Any:
        scales = [float(settings.control_scales.get(kind, 1.0)) for kind in self.info.controls]
        return scales if len(scales) > 1 else scales[0]

    def _encode(self, settings: PaintSettings, count: int) -> dict[str, torch.Tensor]:
        """The words as the model reads them, for every view; the last ones are remembered."""
        guided = settings.guidance > 1
        key = (settings.words, settings.avoid, guided)
        if self._encoded is None or self._encoded[0] != key:
            values = self.pipe.encode_prompt(
                prompt=settings.words,
                device=self._device.device,
                num_images_per_prompt=1,
                do_classifier_free_guidance=guided,
                negative_prompt=settings.avoid if guided else None,
            )
            named = zip(self._family.prompt_values, values, strict=True)
            self._encoded = key, {name: value for name, value in named if value is not None}
        return {
            name: value.expand(count, *value.shape[1:]) for name, value in self._encoded[1].items()
        }

    def _set_tiling(self, wanted: bool) -> None:
        if wanted:
            self.pipe.vae.enable_tiling()
        else:
            self.pipe.vae.disable_tiling()

    def _watch(self, steps: int, on_step: OnStep) -> Callable[..., dict[str, Any]]:
        """The pipeline's callback at the end of a step; what ``on_step`` raises ends the call."""

        def at_step_end(
            pipe: Any, index: int, _time: Any, values: dict[str, Any]
        ) -> dict[str, Any]:
            # schedulers of higher order take several turns for a step
            step = max(1, (index + 1) * steps // pipe.num_timesteps)
            on_step(step, steps, lambda: self._preview(values["latents"]))
            return {}

        return at_step_end

    def _preview(self, latents: torch.Tensor) -> Picture:
        """The first view, decoded from latents averaged down, which calms their noise, too."""
        import torch

        side = max(latents.shape[-2:])
        small = latents[:1]
        most = _PREVIEW_SIDE // self.pipe.vae_scale_factor
        if side > most:
            scale = most / side
            size = (
                max(1, round(latents.shape[-2] * scale)),
                max(1, round(latents.shape[-1] * scale)),
            )
            small = torch.nn.functional.adaptive_avg_pool2d(small.float(), size).to(latents.dtype)
        vae = self.pipe.vae
        decoded = vae.decode(small / vae.config.scaling_factor, return_dict=False)[0]
        shown = self.pipe.image_processor.postprocess(decoded, output_type="pt")
        return self._to_pictures(shown)[0]

    def _to_pictures(self, images: torch.Tensor) -> list[Picture]:
        """[B, 3, H, W] in 0…1 as a list of H×W×3. Raises JobError for what is no picture."""
        images = images.float()
        if not images.isfinite().all():
            raise JobError(
                f"{self.info.ref.name} gave no picture (not a number, on {self._device.text}): its "
                "weights are broken or not made for this precision; fetch them again, or use "
                "another engine."
            )
        pictures = images.clamp(0, 1).permute(0, 2, 3, 1).cpu().numpy()
        return [np.ascontiguousarray(picture) for picture in pictures]


def load_pipeline(folder: EngineFolder, device: Device) -> Any:
    """The folder's pipeline, its ControlNets in order. Raises EngineError if it will not load."""
    import torch
    import transformers

    import diffusers

    for library in (diffusers, transformers):
        library.utils.logging.disable_progress_bar()
        library.utils.logging.set_verbosity_error()
    options = {
        "dtype": device.precision,
        "use_safetensors": True,
        "local_files_only": True,
    }
    try:
        load_net = diffusers.ControlNetModel.from_pretrained
        nets = [
            load_net(net, variant=folder.variants.get(net.name), **options)
            for net in folder.controlnets
        ]
        controlnet = diffusers.MultiControlNetModel(nets) if len(nets) > 1 else nets[0]
        pipe = getattr(diffusers, folder.family.pipeline).from_pretrained(
            folder.path, controlnet=controlnet, variant=folder.variant, **options
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ImportError) as error:
        raise EngineError(f"{folder.path} could not be loaded: {_first_line(error)}") from error
    _check_complete(folder, pipe)
    pipe.set_progress_bar_config(disable=True)
    for part in (pipe.unet, pipe.controlnet, pipe.vae):
        part.to(memory_format=torch.channels_last)  # a quarter faster on CPUs, more on GPUs
    return pipe.to(device.device)


def _check_complete(folder: EngineFolder, pipe: Any) -> None:
    """Raise EngineError if weights were missing: diffusers only warns, and leaves them empty."""
    for name, part in pipe.components.items():
        weights = part.named_parameters() if hasattr(part, "named_parameters") else ()
        missing = [key for key, value in weights if value.is_meta]
        if missing:
            raise EngineError(
                f"{folder.path} could not be loaded: the weights of {name} lack {missing[0]} "
                f"and {len(missing) - 1} more, as if they were another model's."
            )


def _chance(views: Sequence[View]) -> list[torch.Generator]:
    import torch

    return [torch.Generator("cpu").manual_seed(view.seed) for view in views]


@contextmanager
def _memory_in_words(what: str, remedy: str) -> Iterator[None]:
    """Say a lack of memory, which torch raises in several ways, in one sentence."""
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        if not is_short_of_memory(error):
            raise
        raise EngineError(f"The memory does not suffice for {what}: {remedy}.") from error


def _first_line(error: Exception) -> str:
    lines = str(error).strip().splitlines()
    return (lines[0] if lines else type(error).__name__).strip()[:300]
