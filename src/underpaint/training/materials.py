"""What things are. Index 0 is the sky; lamps and windows shine; of all else the form is seen."""

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
