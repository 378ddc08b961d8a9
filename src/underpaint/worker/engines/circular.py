"""Convolutions that go on at the opposite edge, so that what they paint repeats without a seam."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any


@contextmanager
def circular_padding(parts: Iterable[Any]) -> Iterator[None]:
    """Every Conv2d of these modules pads with the opposite edge's pixels; afterwards as before.

    A network of such convolutions, of attention without places and of norms over the whole picture
    moves what it paints as its noise is moved: no row or column is the first. Parts that are no
    modules (schedulers, tokenizers) are passed over.
    """
    import torch

    modules = [part for part in parts if isinstance(part, torch.nn.Module)]
    convolutions = [
        layer
        for module in modules
        for layer in module.modules()
        if isinstance(layer, torch.nn.Conv2d) and any(layer._reversed_padding_repeated_twice)
    ]
    with ExitStack() as stack:
        for layer in convolutions:
            stack.callback(setattr, layer, "padding_mode", layer.padding_mode)
            layer.padding_mode = "circular"
        yield
