"""Training: first the autoencoder, then UNet, ControlNets and words together.

Everything is resumable: a checkpoint is written beside its place and renamed, every few minutes
and at the end. Time, not steps, is the budget, so that the recipe fits any machine.
"""

from __future__ import annotations

import json
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from underpaint.training.data import Batch, batches
from underpaint.training.network import Network, new_network, scheduler
from underpaint.training.patches import SPREAD, latents, write_encoder
from underpaint.training.reader import load_words

CHECKPOINT_SECONDS = 120
EMA = 0.998


@dataclass(frozen=True)
class Phase:
    """A part of the time spent at some picture sizes (height, width)."""

    until: float  # share of the whole budget
    sizes: tuple[tuple[int, int], ...]  # a batch has one of them
    batch: int


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

Loss = Callable[[Network, Batch, torch.Generator], Tensor]


@dataclass
class Run:
    """One stage of training under way."""

    name: str
    network: Network
    modules: nn.Module
    loss: Loss
    phases: tuple[Phase, ...]
    minutes: float
    rate: float
    work: Path
    seed: int
    step: int = 0
    spent: float = 0.0

    @property
    def share(self) -> float:
        """How much of the time is spent, 0…1."""
        return min(1.0, self.spent / (60 * self.minutes))


def train_vae(work: Path, minutes: float, seed: int) -> Network:
    """Write the encoder, whose latents stay as they are, and train the decoder to invert it."""
    network = new_network(seed)
    stream = batches(work / "pool", ((128, 128),), 16, seed + 1)
    write_encoder(network.vae, torch.cat([next(stream).picture for _ in range(12)]))
    network.vae.register_to_config(scaling_factor=1 / SPREAD)
    run = Run("vae", network, network.vae.decoder, vae_loss, VAE_PHASES, minutes, 2e-3, work, seed)
    encoder = work / "encoder.pt"
    if encoder.exists():
        network.vae.encoder.load_state_dict(torch.load(encoder, weights_only=True))
    else:
        torch.save(network.vae.encoder.state_dict(), encoder)
    _train(run)
    return network


def train_painters(work: Path, minutes: float, seed: int) -> Network:
    """Train all but the autoencoder; it and the text encoder must have been trained before."""
    network = load_words(load_vae(new_network(seed), work), work)
    run = Run(
        "paint", network, network.painters(), paint_loss, PAINT_PHASES, minutes, 1.2e-3, work, seed
    )
    _train(run)
    return network


def load_vae(network: Network, work: Path) -> Network:
    """The encoder of a work folder, and the decoder as far as it is trained."""
    vae = network.vae
    vae.encoder.load_state_dict(torch.load(work / "encoder.pt", weights_only=True))
    vae.decoder.load_state_dict(torch.load(work / "vae.pt", weights_only=True)["mean"])
    vae.register_to_config(scaling_factor=1 / SPREAD)
    vae.requires_grad_(False)
    return network


def load_painters(network: Network, work: Path) -> Network:
    """The averaged weights of the last checkpoint."""
    state = torch.load(work / "paint.pt", weights_only=True)
    network.painters().load_state_dict(state["mean"])
    return network


def vae_loss(network: Network, batch: Batch, noise: torch.Generator) -> Tensor:
    """Absolute error of colours and of their gradients; latents a little noisy, as painted ones."""
    picture = batch.picture * 2 - 1
    with torch.no_grad():
        latent = latents(network.vae, batch.picture)
    painted = latent + 0.02 * torch.randn(latent.shape, generator=noise)
    again = network.vae.decode(painted).sample
    return (again - picture).abs().mean() + 0.7 * _gradient_error(again, picture)


def _gradient_error(a: Tensor, b: Tensor) -> Tensor:
    across = (a.diff(dim=-1) - b.diff(dim=-1)).abs().mean()
    return across + (a.diff(dim=-2) - b.diff(dim=-2)).abs().mean()


_ALPHAS = scheduler().alphas_cumprod


def paint_loss(network: Network, batch: Batch, noise: torch.Generator) -> Tensor:
    """Error of the predicted clean latent, at the few steps that the sampler takes and around them.

    More than half of the pictures start from pure noise: what the first step gets wrong, no later
    one mends. Words and each control are dropped now and then, independently.
    """
    count = len(batch.captions)
    with torch.no_grad():
        clean = latents(network.vae, batch.picture) * network.vae.config.scaling_factor
    time_step = _time_steps(count, noise)
    alpha = _ALPHAS[time_step].view(-1, 1, 1, 1)
    noisy = alpha.sqrt() * clean + (1 - alpha).sqrt() * batch.noise
    keep = torch.rand(3, count, generator=noise) > torch.tensor([0.08, 0.10, 0.10])[:, None]
    captions = [c if k else "" for c, k in zip(batch.captions, keep[0].tolist(), strict=True)]
    words = encode_words(network, captions)
    guess = predict(network, noisy, time_step, words, (batch.depth, batch.normal), keep[1:])
    return nnf.smooth_l1_loss(guess, clean, beta=0.4)


def _time_steps(count: int, noise: torch.Generator) -> Tensor:
    """The sampler's own steps, the later ones with some scatter."""
    later = 1000 * torch.randint(1, TRAINED_STEPS, (count,), generator=noise) // TRAINED_STEPS
    scatter = torch.randint(-40, 41, (count,), generator=noise)
    first = torch.rand(count, generator=noise) < FIRST_STEP_SHARE
    return torch.where(first, 999, later + scatter)


def encode_words(network: Network, captions: list[str]) -> Tensor:
    """[B, LENGTH, WORD] hidden states, as the pipeline makes them."""
    tokens = network.tokenizer(
        captions,
        padding="max_length",
        truncation=True,
        max_length=network.tokenizer.model_max_length,
        return_tensors="pt",
    )
    return network.words(tokens.input_ids).last_hidden_state


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


# --- the loop ----------------------------------------------------------------------------------


def _train(run: Run) -> None:
    mean = {name: value.clone() for name, value in run.modules.state_dict().items()}
    optimiser = torch.optim.AdamW(_groups(run.modules), lr=run.rate, weight_decay=0.01)
    _resume(run, mean, optimiser)
    run.modules.train()
    saved = time.monotonic()
    for batch in _phased(run):
        started = time.monotonic()
        loss = _step(run, batch, optimiser, mean)
        run.step += 1
        run.spent += time.monotonic() - started
        _log(run, loss)
        if time.monotonic() - saved > CHECKPOINT_SECONDS:
            _save(run, mean, optimiser)
            saved = time.monotonic()
    _save(run, mean, optimiser)
    run.modules.load_state_dict(mean)


WORDS_RATE = 0.1
"""Steps of the text encoder, times the others': it knows its words, and is not to forget them."""


def _groups(modules: nn.Module) -> list[dict[str, Any]]:
    """Parameters by how large their steps are, times the run's rate."""
    named = dict(modules.named_parameters())
    words = {name for name in named if name.startswith("words.")}
    return [
        {"params": [named[name] for name in sorted(named.keys() - words)], "times": 1.0},
        {"params": [named[name] for name in sorted(words)], "times": WORDS_RATE},
    ]


def _phased(run: Run) -> Iterator[Batch]:
    """Batches of the phase that it is time for, until the time is spent."""
    for phase in run.phases:
        if run.share >= phase.until:
            continue
        seed = run.seed * 7919 + run.step
        for batch in batches(run.work / "pool", phase.sizes, phase.batch, seed):
            if run.share >= phase.until:
                break
            yield batch


def _step(
    run: Run, batch: Batch, optimiser: torch.optim.Optimizer, mean: dict[str, Tensor]
) -> float:
    for group in optimiser.param_groups:
        group["lr"] = run.rate * group["times"] * _schedule(run)
    noise = torch.Generator().manual_seed(run.seed + run.step)
    loss = run.loss(run.network, batch, noise)
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    nn.utils.clip_grad_norm_(run.modules.parameters(), 1.0)
    optimiser.step()
    _average(run, mean)
    return loss.item()


def _schedule(run: Run) -> float:
    """A short warm-up, then half a cosine down to 3 %."""
    warm = min(1.0, (run.step + 1) / 100)
    return warm * (0.03 + 0.97 * 0.5 * (1 + math.cos(math.pi * run.share)))


@torch.no_grad()
def _average(run: Run, mean: dict[str, Tensor]) -> None:
    decay = min(EMA, (run.step + 1) / (run.step + 10))
    for name, value in run.modules.state_dict().items():
        if value.dtype.is_floating_point:
            mean[name].lerp_(value, 1 - decay)


def _log(run: Run, loss: float) -> None:
    line = {"stage": run.name, "step": run.step, "seconds": round(run.spent, 1), "loss": loss}
    with (run.work / "log.jsonl").open("a") as file:
        file.write(json.dumps(line) + "\n")


def _save(run: Run, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> None:
    state = {
        "mean": mean,
        "weights": run.modules.state_dict(),
        "optimiser": optimiser.state_dict(),
        "step": run.step,
        "spent": run.spent,
    }
    part = run.work / f"{run.name}.part"
    torch.save(state, part)
    part.replace(run.work / f"{run.name}.pt")


def _resume(run: Run, mean: dict[str, Tensor], optimiser: torch.optim.Optimizer) -> None:
    path = run.work / f"{run.name}.pt"
    if not path.exists():
        return
    state = torch.load(path, weights_only=True)
    run.modules.load_state_dict(state["weights"])
    optimiser.load_state_dict(state["optimiser"])
    mean.update(state["mean"])
    run.step, run.spent = state["step"], state["spent"]
