"""Files of a work folder: written whole or not at all, and all of one recipe."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import torch

from underpaint.training.words import vocabulary

VERSION = 3
"""Of the pool, the words and the layers: raise it with every change that old files do not fit."""


def write_whole(state: object, path: Path) -> None:
    """Write beside the place and rename: a kill leaves the file before, or none."""
    part = path.with_suffix(".part")
    torch.save(state, part)
    part.replace(path)


def read(path: Path) -> dict[str, Any]:
    """What ``write_whole`` wrote, in the processor's memory."""
    return dict(torch.load(path, weights_only=True, map_location="cpu"))


def require_recipe(work: Path, seed: int) -> None:
    """Note in a new work folder what it is made with.

    Raises SystemExit in one that was begun with another seed or another recipe: its pool, its
    words and its weights would silently be mixed.
    """
    words = hashlib.sha256("\n".join(vocabulary()).encode()).hexdigest()
    recipe = {"version": VERSION, "seed": seed, "words": words}
    path = work / "recipe.json"
    if not path.exists():
        work.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(recipe, indent=1) + "\n", encoding="utf-8")
        return
    there = json.loads(path.read_text(encoding="utf-8"))
    other = [key for key, value in recipe.items() if there.get(key) != value]
    if other:
        raise SystemExit(
            f"{work} was begun with another {' and '.join(other)}: go on with what it was begun "
            "with, or begin in an empty folder."
        )
