"""The trained parts as an engine's folder."""

from __future__ import annotations

import json
from pathlib import Path

from underpaint.training.network import MULTIPLE, Network, save
from underpaint.training.words import vocabulary

PAINTED_STEPS = 1
"""The sampler's steps that it paints in by itself: the first of those that it is trained for."""


def export(network: Network, out: Path) -> None:
    """Write diffusers' folder, ``underpaint.json`` and the vocabulary to ``out``."""
    save(network, out)
    (out / "vocabulary.txt").write_text("\n".join(sorted(vocabulary())) + "\n", encoding="utf-8")
    card = {
        "format": "underpaint/engine",
        "version": 1,
        "name": "built-in",
        "family": "sd15",
        "licence": "CC0-1.0",
        "controls": ["depth", "normal"],
        "multiple": MULTIPLE,
        "steps": PAINTED_STEPS,
        "guidance": 1.0,
        "least": 128,
        "vocabulary": "vocabulary.txt",
    }
    (out / "underpaint.json").write_text(json.dumps(card, indent=1) + "\n", encoding="utf-8")
