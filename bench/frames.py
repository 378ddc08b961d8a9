"""How fast frames are painted, and how much of the time is not the model's own (``warm``)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .warm import ENGINE, SIZE, measure

MOST_OVERHEAD = 0.15


def run(quick: bool) -> Iterator[dict[str, Any]]:
    """Figures of a short or a full run."""
    frames = 4 if quick else 10
    measured = measure(frames)
    share = 1 - sum(measured.calls.values()) / measured.wall
    yield {
        "figure": f"seconds a frame at {SIZE}²",
        "value": measured.wall,
        "bound": "",
        "ok": True,
        "beside": {"engine": ENGINE, "frames": frames},
    }
    yield {
        "figure": "share of the time that is not the model's forward passes",
        "value": share,
        "bound": f"<= {MOST_OVERHEAD}",
        "ok": share <= MOST_OVERHEAD,
        "beside": {f"{name} s": seconds for name, seconds in measured.calls.items()},
    }
