"""Views that are painted together look at the first of them while they are painted.

Each view's self-attention reads the tokens of the first view beside its own, so that colours and
patterns are taken over from there and not only agreed on where two views show one place (after L.
Khachatryan et al., "Text2Video-Zero", 2023, whose frames read the first one's alone). Own and first
tokens share one softmax, the first's with the logarithm of a weight added, so that they count as so
many copies of themselves: from none at 0 to as much as the view's own at 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from .wrapping import set_for_now

if TYPE_CHECKING:
    import torch

AtRow: TypeAlias = Callable[[int], None]
"""Hears at which row of a batch a network's next forward pass begins; at the end, of how many."""


def self_attentions(network: Any) -> list[Any]:
    """A UNet's layers that read the picture's own tokens; networks of other families have none."""
    return [
        layer
        for name, layer in network.named_modules()
        if name.rpartition(".")[2] == "attn1" and not layer.is_cross_attention
    ]


@contextmanager
def attending(network: Any, views: int, weight: float) -> Iterator[AtRow]:
    """A network whose views attend to the first of so many; afterwards as before.

    A batch holds all views, or all without the words and then all with them. It may come in parts,
    in order, and a part again if it failed.
    """
    layers = self_attentions(network) if weight > 0 else []
    reading = [_Reading(layer.forward, views, weight) for layer in layers]

    def at_row(row: int) -> None:
        for forward in reading:
            forward.begin(row)

    with ExitStack() as stack:
        for layer, forward in zip(layers, reading, strict=True):
            stack.enter_context(set_for_now(layer, "forward", forward))
        yield at_row


class _Reading:
    """A self-attention's forward pass that reads the first view's tokens, which are kept until the
    last view of their half of the batch is through."""

    def __init__(self, own: Callable[..., Any], views: int, weight: float) -> None:
        self._own = own
        self._views = views
        self._weight = weight
        self._row = 0
        self._first: dict[int, torch.Tensor] = {}

    def begin(self, row: int) -> None:
        """What comes next begins at this row of the batch."""
        half = row // self._views
        self._row = row
        self._first = {other: kept for other, kept in self._first.items() if other >= half}

    def __call__(self, tokens: torch.Tensor, **named: Any) -> torch.Tensor:
        """``tokens``: B×N×C, a view each."""
        import torch

        places = [divmod(self._row + n, self._views) for n in range(len(tokens))]
        firsts = [n for n, (_half, view) in enumerate(places) if view == 0]
        others = [n for n, (_half, view) in enumerate(places) if view > 0]
        for n in firsts:
            self._first[places[n][0]] = tokens[n]
        seen: torch.Tensor = torch.empty_like(tokens)
        if firsts:
            seen[firsts] = self._own(tokens[firsts], **named)
        if others:
            first = torch.stack([self._first[places[n][0]] for n in others])
            seen[others] = self._beside(tokens[others], first, named)
        return seen

    def _beside(
        self, tokens: torch.Tensor, first: torch.Tensor, named: dict[str, Any]
    ) -> torch.Tensor:
        """The attention of tokens to themselves and, weighted, to the first view's."""
        import torch

        more = {**named, "encoder_hidden_states": torch.cat([tokens, first], 1)}
        if self._weight != 1:
            mask = tokens.new_zeros(len(tokens), 1, 2 * tokens.shape[1])
            mask[..., tokens.shape[1] :] = math.log(self._weight)
            more["attention_mask"] = mask
        found: torch.Tensor = self._own(tokens, **more)
        return found
