"""What things are, so that a look can give them colours. Index 0 is the sky."""

from __future__ import annotations

KINDS = (
    "sky",
    "ground",
    "wall",
    "roof",
    "window",
    "wood",
    "skin",
    "cloth",
    "lamp",
    "metal",
    "leaf",
    "vehicle",
    "prop",
    "rock",
    "stone",
)
KIND = {name: index for index, name in enumerate(KINDS)}
