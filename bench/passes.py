"""What our code adds to Blender's own rendering of passes.

Ours is ``render_passes``: setting the scene, reading its state three times a frame for the hash,
renaming files, writing passes.json, putting everything back. Bare is Blender's own animation render
of the same frames with the very same settings, scene data staying loaded between frames, and
nothing of ours. Both run in one process, taking turns; compared are medians.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from . import addon_cost
from .figures import Figure, at_most

MOST_TIMES_BARE = 1.15
_CHILD = Path(__file__).with_name("render_turns.py")


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    yield _times_bare("corner", "passes of the corner, times a bare render", quick)
    yield _times_bare("heavy", "the same, dolly over 1 M triangles", quick)
    yield from addon_cost.figures(quick)


def _times_bare(scene: str, figure: str, quick: bool) -> Figure:
    frames, turns = (8, 3) if quick else (24, 3)
    seconds = _turns(scene, frames, turns)
    ours, bare = median(seconds["ours"]), median(seconds["bare"])
    beside = {
        "seconds a frame": ours,
        "bare": bare,
        "bare with the artist's light and shaders": median(seconds["lit"]),
        "standing": median(seconds["standing"]),
    }
    return at_most(figure, ours / bare, MOST_TIMES_BARE, **beside)


def _turns(scene: str, frames: int, turns: int) -> dict[str, list[float]]:
    """Seconds a frame of each turn, by what was rendered."""
    words = [sys.executable, str(_CHILD), scene, str(frames), str(turns)]
    told = subprocess.run(words, check=True, stdout=subprocess.PIPE, text=True).stdout
    (line,) = (line for line in told.splitlines() if line.startswith("{"))
    seconds: dict[str, list[float]] = json.loads(line)
    return seconds
