"""Pictures and what the networks see of them: the way through the autoencoder, there and back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from ..engine import Picture

if TYPE_CHECKING:
    import torch


def decode(vae: Any, latents: torch.Tensor) -> torch.Tensor:
    """Pictures B×3×H×W in −1…1 of clean latents as the UNet knows them."""
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    pictures: torch.Tensor = vae.decode(
        latents / vae.config.scaling_factor + shift, return_dict=False
    )[0]
    return pictures


def encode(vae: Any, pictures: torch.Tensor) -> torch.Tensor:
    """Clean latents of pictures B×3×H×W in −1…1; nothing is drawn by chance."""
    shift = getattr(vae.config, "shift_factor", None) or 0.0
    found = vae.encode(pictures)
    latents = found.latent_dist.mode() if "latent_dist" in found else found.latents
    scaled: torch.Tensor = (latents - shift) * vae.config.scaling_factor
    return scaled


def encoded(vae: Any, picture: Picture) -> torch.Tensor:
    """1×C×h×w"""
    return encode(vae, to_tensor([picture * 2 - 1]).to(vae.device, vae.dtype))


def to_arrays(tensor: torch.Tensor) -> list[Picture]:
    """B×C×h×w as arrays h×w×C."""
    return list(tensor.float().permute(0, 2, 3, 1).cpu().numpy())


def to_tensor(arrays: Sequence[Picture]) -> torch.Tensor:
    """Arrays h×w×C as B×C×h×w."""
    import torch

    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)
