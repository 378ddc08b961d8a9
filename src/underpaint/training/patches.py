"""The encoder is not trained: it is the principal components of 4 × 4 patches, written as weights.

Two strided convolutions unshuffle a picture into 16 luma and 2 × 4 chroma samples a patch, all of
them positive, so that the blocks between (zero but for their skips) let them through; the last
convolution projects them on their principal components. A latent that is linear, decorrelated and
known from the start is quick to learn for the decoder and for the UNet alike.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from diffusers import AutoencoderTiny
from diffusers.models.autoencoders.vae import AutoencoderTinyBlock
from torch import Tensor, nn

from underpaint.training.machine import in_full

LUMA = (0.299, 0.587, 0.114)
"""Rec. ITU-R BT.601."""
SAMPLES = 24
_PATCH = 4
SPREAD = 0.45
"""Standard deviation of all latents together, well inside the decoder's soft limit of 3."""


@torch.no_grad()
def write_encoder(vae: AutoencoderTiny, pictures: Tensor) -> None:
    """Fit the components to ``pictures`` [B, 3, H, W] in 0…1 and write the encoder's weights."""
    layers = vae.encoder.layers
    convolutions = [layer for layer in layers if isinstance(layer, nn.Conv2d)]
    for block in (layer for layer in layers if isinstance(layer, AutoencoderTinyBlock)):
        for parameter in block.conv.parameters():
            parameter.zero_()
    first, halve, halve_again, project = convolutions
    for convolution in convolutions:
        for parameter in convolution.parameters():
            parameter.zero_()
    for colour in range(3):
        first.weight[colour, colour, 1, 1] = 1
    _unshuffle(halve.weight)
    _unshuffle_colours(halve_again.weight)
    samples = halve_again(halve(first(pictures)))[:, :SAMPLES]
    components, mean = _components(samples, project.out_channels)
    project.weight[:, :SAMPLES, 1, 1] = components
    project.bias = nn.Parameter(-components @ mean)


@torch.no_grad()
def latents(vae: AutoencoderTiny, pictures: Tensor) -> Tensor:
    """What the encoder makes of pictures [B, 3, H, W] in 0…1, in a tenth of its time.

    It is linear, and so is the one strided convolution that its answers to 48 unit patches make.
    """
    size = _PATCH * _PATCH * 3
    patches = torch.cat([torch.eye(size), torch.zeros(1, size)]).view(-1, 3, _PATCH, _PATCH)
    patches = patches.to(pictures.device)
    with in_full(pictures.device):  # differences of near numbers
        answers = vae.encode(patches * 2 - 1).latents.flatten(1)
        nothing = answers[-1]
        weight = (answers[:-1] - nothing).T.reshape(-1, 3, _PATCH, _PATCH)
        return nnf.conv2d(pictures, weight, nothing, stride=_PATCH)


def _unshuffle(weight: Tensor) -> None:
    """RGB to 12 channels: the colours of the upper left, upper right, lower left, lower right."""
    for place in range(4):
        for colour in range(3):
            weight[3 * place + colour, colour, 1 + place // 2, 1 + place % 2] = 1


def _unshuffle_colours(weight: Tensor) -> None:
    """12 channels to 16 of luma, and the mean red and blue of each quarter of the patch."""
    for place in range(4):
        row, column = 1 + place // 2, 1 + place % 2
        for inner in range(4):
            for colour in range(3):
                weight[4 * place + inner, 3 * inner + colour, row, column] = LUMA[colour]
            weight[16 + place, 3 * inner, row, column] = 0.25
            weight[20 + place, 3 * inner + 2, row, column] = 0.25


def _components(samples: Tensor, count: int) -> tuple[Tensor, Tensor]:
    """[count, SAMPLES] half-whitened components, and the mean: fine detail is neither lost beside
    broad tones nor made as loud as them."""
    flat = samples.permute(0, 2, 3, 1).reshape(-1, SAMPLES).double()
    mean = flat.mean(0)
    values, vectors = torch.linalg.eigh(torch.cov(flat.T))
    values, vectors = values.flip(0)[:count], vectors.flip(1)[:, :count]
    scaled = vectors.T / values.clamp_min(1e-9).pow(0.25)[:, None]
    spread = (scaled @ (flat - mean).T).std()
    return (scaled * SPREAD / spread).float(), mean.float()
