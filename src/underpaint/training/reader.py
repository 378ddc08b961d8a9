"""The text encoder's own school: to tell all that a caption says, before any picture is painted.

In a picture's error, what light does drowns in all else that is still wrong, and "left" and
"right" average to nothing: taught by pictures alone, the two words stay 2 % apart after 80,000 of
them. Taught to name look, light, tint, mood, weather and material, the encoder does so without
fault after half a minute, and the UNet finds a slope to follow.
"""

from __future__ import annotations

import random
from pathlib import Path

import torch
import torch.nn.functional as nnf
from torch import Tensor, nn

from underpaint.training.checkpoints import read, write_whole
from underpaint.training.network import WORD, Network, new_network, tokens_of
from underpaint.training.styles import LIGHTS, LOOKS, MATERIALS, MOODS, TINTS, WEATHERS, Brief
from underpaint.training.words import caption, random_brief

STEPS = 600
_BATCH, _RATE = 96, 1.5e-3
_SAID: dict[str, tuple[str | None, ...]] = {
    "look": tuple(LOOKS),
    "light": (None, *LIGHTS),
    "tint": (None, *TINTS),
    "mood": (None, *MOODS),
    "weather": (None, *WEATHERS),
    "material": (None, *MATERIALS),
}


def train_words(work: Path, seed: int, steps: int = STEPS) -> dict[str, float]:
    """Write ``words.pt``, unless it is there; what share of new captions is told rightly, by kind
    of word."""
    path = work / "words.pt"
    if path.exists():
        return dict(read(path)["told"])
    network, rng = new_network(seed), random.Random(seed + 2)
    heads = nn.ModuleDict({kind: nn.Linear(WORD, len(said)) for kind, said in _SAID.items()})
    parameters = [*network.words.parameters(), *heads.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=_RATE, weight_decay=0.01)
    for step in range(steps):
        for group in optimiser.param_groups:
            group["lr"] = _RATE * min(1, (step + 1) / 100) * (1 - 0.95 * step / steps)
        answers, truth, weight = _ask(network, heads, rng)
        loss = torch.stack([_wrong(answers[k], truth[k], weight) for k in _SAID]).sum()
        optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(parameters, 1.0)
        optimiser.step()
    told = _examine(network, heads, rng)
    write_whole({"words": network.words.state_dict(), "told": told}, path)
    return told


def load_words(network: Network, work: Path) -> Network:
    """A network whose text encoder has been to school."""
    network.words.load_state_dict(read(work / "words.pt")["words"])
    return network


def _ask(
    network: Network, heads: nn.ModuleDict, rng: random.Random
) -> tuple[dict[str, Tensor], dict[str, Tensor], Tensor]:
    """Answers [B, LENGTH, choices] and truths [B] by kind of word, and the weight [B, LENGTH] of
    the answer at every position: from the caption's end on, where all of it has been read."""
    briefs = [random_brief(rng) for _ in range(_BATCH)]
    tokens = tokens_of(network, [caption(brief, rng) for brief in briefs])
    hidden = network.words(tokens).last_hidden_state
    ends = (tokens == network.tokenizer.pad_token_id) | (tokens == network.tokenizer.eos_token_id)
    weight = ends / ends.sum(1, keepdim=True).clamp_min(1)
    answers = {kind: heads[kind](hidden) for kind in _SAID}
    return answers, {kind: _truth(kind, briefs) for kind in _SAID}, weight


def _truth(kind: str, briefs: list[Brief]) -> Tensor:
    return torch.tensor([_SAID[kind].index(getattr(brief, kind)) for brief in briefs])


def _wrong(answers: Tensor, truth: Tensor, weight: Tensor) -> Tensor:
    everywhere = truth[:, None].expand(weight.shape)
    wrong = nnf.cross_entropy(answers.transpose(1, 2), everywhere, reduction="none")
    return (wrong * weight).sum(1).mean()


@torch.no_grad()
def _examine(network: Network, heads: nn.ModuleDict, rng: random.Random) -> dict[str, float]:
    answers, truth, weight = _ask(network, heads, rng)
    said = {k: (v * weight[..., None]).sum(1).argmax(-1) for k, v in answers.items()}
    return {k: float((said[k] == truth[k]).float().mean()) for k in _SAID}
