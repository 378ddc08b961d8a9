"""How fast frames are painted, and how much of the time is not the model's own (``warm``)."""

from __future__ import annotations

from collections.abc import Iterator

from .figures import Figure, at_most, told
from .warm import ENGINE, SIZE, measure

MOST_OVERHEAD = 0.15


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    frames = 4 if quick else 10
    measured = measure(frames)
    share = 1 - sum(measured.calls.values()) / measured.wall
    yield told(f"seconds a frame at {SIZE}²", measured.wall, engine=ENGINE, frames=frames)
    yield at_most(
        "share of the time that is not the model's forward passes",
        share,
        MOST_OVERHEAD,
        **{f"{name} s": seconds for name, seconds in measured.calls.items()},
    )
