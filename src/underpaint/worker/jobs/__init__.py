"""What the worker can be asked to do.

A job's module is imported when the job is asked for: a Python that lacks a library can still run
the doctor, which says so.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable

from ...wire.messages import (
    CompareTakes,
    Doctor,
    FinishReel,
    Message,
    PackAtlases,
    PaintFrames,
    PaintTextures,
    PaintTiles,
    PrepareReel,
    ReadTimeline,
)

Run = Callable[..., tuple[str, ...]]
"""Takes the message, the job and the studio; returns the files it made, below the project."""

_JOBS: dict[type, tuple[str, str]] = {
    Doctor: ("doctor", "examine"),
    PaintFrames: ("frames", "paint_frames"),
    PaintTextures: ("textures", "paint_textures"),
    PaintTiles: ("tiles", "paint_tiles"),
    PackAtlases: ("atlases", "pack_atlases"),
    PrepareReel: ("reel", "prepare_reel"),
    FinishReel: ("reel", "finish_reel"),
    ReadTimeline: ("reel", "read_timeline"),
    CompareTakes: ("compare", "compare_takes"),
}
"""Message → the module here and its function."""


def is_job(message: Message) -> bool:
    """Whether the message asks for a job."""
    return type(message) in _JOBS


def function_of(message: Message) -> Run:
    """What does the job. Raises ImportError where a library that it needs is missing."""
    module, name = _JOBS[type(message)]
    run: Run = getattr(importlib.import_module(f".{module}", __package__), name)
    return run
