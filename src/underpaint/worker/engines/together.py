"""Paint views together with an unmodified pipeline: what is wrapped around it, and taken off again.

The pipeline is called once with all views, so that its scheduler steps them in lockstep. Only its
networks see fewer at a time: each forward pass is cut into micro-batches, so memory grows by a
view's latents and not by a view's activations, and the result is that of the whole batch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import Held, Picture, Together
from .agreeing import agreeing
from .attending import AtRow, attending
from .latents import decode, encode, encoded, to_arrays, to_tensor
from .starting import Origin
from .wrapping import set_for_now

if TYPE_CHECKING:
    import torch

AGREE_UNTIL = 0.8
"""Of the steps; later ones only sharpen what each view shows (J. Kim et al., "SyncTweedies")."""
SHARPNESS = (1.0, 6.0)
"""Of the mean over views, at the first step and at the last one that agrees."""
_IN_PICTURES = (0.4, 0.6, 0.8)
"""Where in the steps that agree the decoded pictures agree as well."""
_FEWEST = 5
"""Steps below which that would be almost each of them; then the finished pictures do."""


@contextmanager
def painting_together(
    pipe: Any,
    together: Together,
    origin: Origin,
    attend: float,
    micro: int,
    on_part: Callable[[float], None],
) -> Iterator[torch.Tensor]:
    """Make a pipeline paint views that agree; yields the latents to start from, V×C×h×w.

    ``attend``: how much views look at the first one. ``micro``: views that its networks see at
    once; halved where memory falls short. ``on_part`` hears which part of a step is done and may
    raise.
    """
    views = _Views(pipe, together, origin)
    begun = origin.scheduler(pipe.scheduler)
    nets = getattr(pipe.controlnet, "nets", [pipe.controlnet])
    with ExitStack() as stack:
        stack.enter_context(
            set_for_now(pipe, "scheduler", agreeing(begun, views.at_step, views.chance))
        )
        stack.enter_context(_sliced(pipe.vae))
        at_row = stack.enter_context(attending(pipe.unet, len(together.held), attend))
        parts = _in_micro_batches(pipe.unet.forward, micro, at_row, on_part)
        stack.enter_context(set_for_now(pipe.unet, "forward", parts))
        for net in nets:
            parts = _in_micro_batches(net.forward, micro, _unheard, _unheard)
            stack.enter_context(set_for_now(net, "forward", parts))
        yield origin.latents(pipe.scheduler, views.chance(-1))


class _Views:
    """The views' latents while they are painted; those of what stands already, worked out once."""

    def __init__(self, pipe: Any, together: Together, origin: Origin) -> None:
        self._pipe = pipe
        self._together = together
        self._origin = origin
        self._last = max(1, round(AGREE_UNTIL * origin.steps))
        self._step = pipe.vae_scale_factor
        self._finished = [
            to_arrays(encoded(self._pipe.vae, picture))[0] for picture in together.finished
        ]
        self._held = [None if one is None else self._held_latents(one) for one in together.held]

    def chance(self, index: int) -> torch.Tensor:
        """Noise that sticks to the surface: that to start from (−1), and that of each step."""
        import torch

        channels = self._pipe.unet.config.in_channels
        noise = self._together.noise(self._step, channels, index + 1)
        return torch.from_numpy(np.stack(noise)).permute(0, 3, 1, 2).contiguous()

    def at_step(self, clean: torch.Tensor, index: int) -> torch.Tensor:
        """The clean latents that agree, V×C×h×w; what is held is as it stands."""
        clean = self._origin.in_part(clean)
        index += self._origin.skipped
        if index < self._last:
            low, high = SHARPNESS
            part = index / (self._last - 1) if self._last > 1 else 1.0
            clean = self._agreed(clean, low + (high - low) * part)
            at = {round(share * (self._last - 1)) for share in _IN_PICTURES}
            if self._origin.steps >= _FEWEST and index in at:
                clean = self._in_pictures(clean, low + (high - low) * part)
        return self._as_held(clean)

    def _agreed(self, clean: torch.Tensor, sharpness: float) -> torch.Tensor:
        arrays = [*to_arrays(clean), *self._finished]
        return to_tensor(self._together.agree(arrays, self._step, sharpness)).to(clean)

    def _in_pictures(self, clean: torch.Tensor, sharpness: float) -> torch.Tensor:
        """Add what agreeing changes in the decoded pictures, as the encoder sees it, so that what
        the autoencoder loses on the way there and back is not lost here."""
        import torch

        vae = self._pipe.vae
        decoded = [decode(vae, one[None]) for one in clean]
        pictures = [to_arrays(one)[0] * 0.5 + 0.5 for one in decoded]
        agreed = self._together.agree([*pictures, *self._together.finished], 1, sharpness)
        change = [
            encoded(self._pipe.vae, after) - encode(vae, before)
            for before, after in zip(decoded, agreed, strict=True)
        ]
        return clean + torch.cat(change)

    def _as_held(self, clean: torch.Tensor) -> torch.Tensor:
        import torch

        for view, held in enumerate(self._held):
            if held is not None:
                latents, mask = held
                clean[view] = torch.where(mask, latents, clean[view])
        return clean

    def _held_latents(self, held: Held) -> tuple[torch.Tensor, torch.Tensor]:
        """C×h×w latents, and 1×h×w where whole blocks are held."""
        import torch

        mask = torch.from_numpy(held.mask)[None, None]
        blocks = -torch.nn.functional.max_pool2d(-mask, self._step)
        latents = encoded(self._pipe.vae, held.picture)[0]
        return latents, (blocks[0] > 0.99).to(latents.device)


def finish(pictures: Sequence[Picture], together: Together) -> list[Picture]:
    """The painted pictures, agreed a last time, with what is held put back as it stood."""
    agreed = together.agree([*pictures, *together.finished], 1, SHARPNESS[1])
    return [
        picture if held is None else picture + (held.picture - picture) * held.mask[..., None]
        for picture, held in zip(agreed, together.held, strict=True)
    ]


# --- micro-batches -------------------------------------------------------------------------------


def _in_micro_batches(
    forward: Callable[..., Any], most: int, at_row: AtRow, on_part: Callable[[float], None]
) -> Callable[..., Any]:
    """A network's forward pass, some of the batch at a time."""
    size = most

    def cut(sample: Any, *more: Any, **named: Any) -> Any:
        nonlocal size
        batch, start, found = len(sample), 0, []
        while start < batch:
            some = slice(start, start + size)
            at_row(start)
            try:
                found.append(
                    forward(*_part((sample, *more), batch, some), **_part(named, batch, some))
                )
            except (MemoryError, RuntimeError) as error:
                if size == 1 or not is_short_of_memory(error):
                    raise
                size = max(1, size // 2)
                continue
            start += size
            on_part(min(1.0, start / batch))
        at_row(batch)
        return _joined(found)

    return cut


def _unheard(_part: float) -> None:
    """Nobody asks how far a ControlNet is."""


def _part(value: Any, batch: int, some: slice) -> Any:
    """What belongs to some views, of all that a forward pass is given."""
    import torch

    if isinstance(value, torch.Tensor):
        return value[some] if value.ndim and len(value) == batch else value
    if isinstance(value, dict):
        return {key: _part(one, batch, some) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_part(one, batch, some) for one in value)
    return value


def _joined(found: list[Any]) -> Any:
    """The outputs of the parts as one of the whole."""
    import torch

    first = found[0]
    if len(found) == 1 or first is None:
        return first
    if isinstance(first, torch.Tensor):
        return torch.cat(found)
    if isinstance(first, (list, tuple)):
        return type(first)(_joined(list(same)) for same in zip(*found, strict=True))
    return type(first)(**{key: _joined([one[key] for one in found]) for key in first})


def is_short_of_memory(error: BaseException) -> bool:
    """Whether an error is one of the several ways in which torch says so."""
    said = str(error).lower()
    return isinstance(error, MemoryError) or any(sign in said for sign in _OUT_OF_MEMORY)


_OUT_OF_MEMORY = (
    "out of memory",
    "can't allocate memory",
    "not enough memory",
    "defaultcpuallocator",
)


@contextmanager
def _sliced(vae: Any) -> Iterator[None]:
    """Decode one picture after another."""
    vae.enable_slicing()
    try:
        yield
    finally:
        vae.disable_slicing()
