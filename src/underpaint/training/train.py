"""What is trained, on what, to what end: first the decoder, then UNet, ControlNets and words."""

from __future__ import annotations

from pathlib import Path

import torch
import torch.nn.functional as nnf
from torch import Tensor

from underpaint.training.checkpoints import read, write_whole
from underpaint.training.data import Batch, batches
from underpaint.training.loop import Phase, Run, train
from underpaint.training.machine import Machine
from underpaint.training.network import Network, new_network, scheduler, tokens_of
from underpaint.training.patches import SPREAD, latents, write_encoder
from underpaint.training.reader import load_words

VAE_PHASES = (Phase(1.0, ((64, 64),), 8),)
PAINT_PHASES = (
    Phase(0.45, ((96, 96),), 12),
    Phase(0.75, ((128, 128),), 8),
    Phase(0.92, ((192, 320), (320, 192), (256, 256), (160, 384)), 4),
    Phase(1.00, ((288, 512), (512, 288), (384, 384), (224, 544), (512, 512)), 2),
)
"""Strokes, edges and colours are learnt from small pictures, of which there are more an hour; the
last phases teach what the whole of a large one is."""
TRAINED_STEPS = 3
"""The sampler's steps that the model is trained for: 999, 666 and 332 of 1000."""
FIRST_STEP_SHARE = 0.9
LEFT_OUT = (0.08, 0.08, 0.20)
"""How often words, depth and normals are left out; edges without normals are the hardest to see."""
STROKES_WEIGHT = 0.4


def train_vae(work: Path, minutes: float, seed: int, on: Machine) -> Network:
    """Write the encoder, whose latents stay as they are, and train the decoder to invert it."""
    network = new_network(seed)
    encoder = work / "encoder.pt"
    if not encoder.exists():
        write_whole(_fitted_encoder(network, work, seed), encoder)
    network.vae.encoder.load_state_dict(read(encoder))
    network.vae.register_to_config(scaling_factor=1 / SPREAD)
    network.to(on.device)
    decoder = network.vae.decoder
    run = Run("vae", network, decoder, vae_loss, VAE_PHASES, work, on, minutes, seed, rate=2e-3)
    train(run)
    return network.to(torch.device("cpu"))


def _fitted_encoder(network: Network, work: Path, seed: int) -> dict[str, Tensor]:
    stream = batches(work / "pool", ((128, 128),), 16, seed + 1)
    write_encoder(network.vae, torch.cat([next(stream).picture for _ in range(12)]))
    return network.vae.encoder.state_dict()


def train_painters(work: Path, minutes: float, seed: int, on: Machine) -> Network:
    """Train all but the autoencoder; it and the text encoder must have been trained before."""
    network = load_words(load_vae(new_network(seed), work), work).to(on.device)
    parts = network.painters()
    run = Run(
        "paint", network, parts, paint_loss, PAINT_PHASES, work, on, minutes, seed, rate=1.2e-3
    )
    train(run)
    return network.to(torch.device("cpu"))


def load_vae(network: Network, work: Path) -> Network:
    """The encoder of a work folder, and the decoder as far as it is trained."""
    vae = network.vae
    vae.encoder.load_state_dict(read(work / "encoder.pt"))
    vae.decoder.load_state_dict(read(work / "vae.pt")["mean"])
    vae.register_to_config(scaling_factor=1 / SPREAD)
    vae.requires_grad_(False)
    return network


def load_painters(network: Network, work: Path) -> Network:
    """The averaged weights of the last checkpoint."""
    network.painters().load_state_dict(read(work / "paint.pt")["mean"])
    return network


def vae_loss(network: Network, batch: Batch, noise: torch.Generator) -> Tensor:
    """Absolute error of colours and of their gradients; latents a little noisy, as painted ones."""
    picture = batch.picture * 2 - 1
    with torch.no_grad():
        latent = latents(network.vae, batch.picture)
    painted = latent + 0.02 * torch.randn(latent.shape, generator=noise).to(latent.device)
    again = network.vae.decode(painted).sample
    return (again - picture).abs().mean() + 0.7 * _gradient_error(again, picture)


def _gradient_error(a: Tensor, b: Tensor) -> Tensor:
    across = (a.diff(dim=-1) - b.diff(dim=-1)).abs().mean()
    return across + (a.diff(dim=-2) - b.diff(dim=-2)).abs().mean()


_ALPHAS = scheduler().alphas_cumprod


def paint_loss(network: Network, batch: Batch, noise: torch.Generator) -> Tensor:
    """Error of the predicted clean latent, at the few steps that the sampler takes and around them.

    Nine in ten pictures start from pure noise: what the first step gets wrong, no later one mends.
    Words and each control are left out now and then, independently.
    """
    count = len(batch.captions)
    with torch.no_grad():
        clean = latents(network.vae, batch.picture) * network.vae.config.scaling_factor
    device = clean.device
    time_step = _time_steps(count, noise)
    alpha = _ALPHAS[time_step].view(-1, 1, 1, 1).to(device)
    noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * batch.noise
    keep = torch.rand(3, count, generator=noise) > torch.tensor(LEFT_OUT)[:, None]
    captions = [c if k else "" for c, k in zip(batch.captions, keep[0].tolist(), strict=True)]
    words = encode_words(network, captions)
    controls = (batch.depth, batch.normal)
    guess = predict(network, noisy, time_step.to(device), words, controls, keep[1:].to(device))
    error = nnf.smooth_l1_loss(guess.float(), clean, beta=0.4)
    return error + STROKES_WEIGHT * (_strength(guess.float()) - _strength(clean)).abs().mean()


def _strength(latent: Tensor) -> Tensor:
    """How strong strokes are in each block of 32 pixels: the standard deviation by channel.

    The mean of all that might be is smooth; a picture whose strokes lie a little beside the
    teacher's is nearer to what was asked for than one that has none.
    """
    mean = nnf.avg_pool2d(latent, 8)
    return (nnf.avg_pool2d(latent**2, 8) - mean**2).clamp_min(1e-4).sqrt()


def _time_steps(count: int, noise: torch.Generator) -> Tensor:
    """The sampler's own steps, the later ones with some scatter."""
    later = 1000 * torch.randint(1, TRAINED_STEPS, (count,), generator=noise) // TRAINED_STEPS
    scatter = torch.randint(-40, 41, (count,), generator=noise)
    first = torch.rand(count, generator=noise) < FIRST_STEP_SHARE
    return torch.where(first, 999, later + scatter)


def encode_words(network: Network, captions: list[str]) -> Tensor:
    """[B, LENGTH, WORD] hidden states, as the pipeline makes them."""
    tokens = tokens_of(network, captions).to(network.words.device)
    return network.words(tokens).last_hidden_state


def predict(
    network: Network,
    noisy: Tensor,
    time_step: Tensor,
    words: Tensor,
    pictures: tuple[Tensor, Tensor],
    keep: Tensor,
) -> Tensor:
    """The clean latent predicted with both ControlNets; ``keep`` [2, B] switches each off."""
    down: list[Tensor] | None = None
    middle: Tensor | None = None
    for net, picture, kept in zip((network.depth, network.normal), pictures, keep, strict=True):
        scale = kept.view(-1, 1, 1, 1).to(noisy.dtype)
        residuals, centre = net(noisy, time_step, words, picture, return_dict=False)
        residuals = [r * scale for r in residuals]
        down = residuals if down is None else [a + b for a, b in zip(down, residuals, strict=True)]
        middle = centre * scale if middle is None else middle + centre * scale
    return network.unet(
        noisy,
        time_step,
        words,
        down_block_additional_residuals=down,
        mid_block_additional_residual=middle,
        return_dict=False,
    )[0]
