"""The teacher's dice: everything that chance decides in a picture is read from its noise.

A model that paints in one step can only give the mean of all pictures that its inputs allow. Were
the teacher to roll dice of its own, that mean would be a grey blur of all the tints, washes and
strokes that it might have chosen. So it rolls the dice that the model sees: the very noise from
which the model starts to paint. Broad tints are means of the noise over blocks, and strokes are
the noise smeared along the form (line integral convolution: B. Cabral, L. Leedom, "Imaging vector
fields using line integral convolution", 1993). The picture is then a function of what the model
is given, another seed gives another picture, and noise that is anchored to surfaces anchors the
strokes too.
"""

from __future__ import annotations

import torch
import torch.nn.functional as nnf
from torch import Tensor

FINE, COARSE = 4, 32
"""Picture pixels a sample of the noise, and a block of the broad fields (the UNet's deepest)."""

HUE, VALUE, SKY, POOL, GRAIN, STROKE = range(6)
"""Channels of the noise, by what they decide."""


def blocks(noise: Tensor, channel: int, size: tuple[int, ...], block: int = COARSE) -> Tensor:
    """A smooth field of unit variance, [H, W]: means of a channel over blocks of ``block`` pixels.

    ``noise`` is [C, H / 4, W / 4].
    """
    side = block // FINE
    plane = noise[channel][None, None]
    mean = nnf.avg_pool2d(plane, side, ceil_mode=True, count_include_pad=False) * side
    return nnf.interpolate(mean, size, mode="bicubic", align_corners=False)[0, 0]


def grain(noise: Tensor, channel: int, size: tuple[int, ...]) -> Tensor:
    """The noise itself at the picture's size, [H, W]: the tooth of paper."""
    return nnf.interpolate(noise[channel][None, None], size, mode="bicubic")[0, 0]


def along_form(normal: Tensor, slant: float = 0.6) -> Tensor:
    """Unit directions in the picture (x right, y down) along the form, [2, H, W].

    They run around a shape, square to the way in which it turns from the camera; what faces the
    camera has no such way and is stroked at a slant, as a right hand hatches.
    """
    turned = torch.stack([normal[1], normal[0]])  # picture y is down, the normal's is up
    fallback = torch.tensor([1.0, -slant])[:, None, None]
    sign = torch.where((turned * fallback).sum(0) < 0, -1.0, 1.0)
    return nnf.normalize(turned * sign + 0.35 * fallback, dim=0)


def strokes(noise: Tensor, channel: int, along: Tensor, length: int, width: int = FINE) -> Tensor:
    """The noise smeared ``length`` pixels along a direction, unit variance, [H, W].

    ``width`` in pixels is how broad a stroke is: the size of one sample of the noise, or more.
    """
    height, across = along.shape[1:]
    plane = noise[channel][None, None]
    if width > FINE:
        side = width // FINE
        plane = nnf.avg_pool2d(plane, side, ceil_mode=True, count_include_pad=False) * side
    plane = nnf.interpolate(plane, (height, across), mode="bilinear", align_corners=False)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(across), indexing="ij")
    here = torch.stack([x, y]).float() + 0.5
    size = torch.tensor([across, height]).view(2, 1, 1)
    total, reach = torch.zeros(height, across), torch.linspace(-length / 2, length / 2, 9)
    for away in reach.tolist():
        at = ((here + away * along) / size * 2 - 1).permute(1, 2, 0)[None]
        total = (
            total + nnf.grid_sample(plane, at, padding_mode="reflection", align_corners=False)[0, 0]
        )
    return total / total.std().clamp_min(1e-6)
