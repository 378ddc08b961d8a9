"""What the worker can be asked to do: message → function of (message, job, studio) → files made."""

from __future__ import annotations

from collections.abc import Callable

from ...wire.messages import PaintFrames
from .frames import paint_frames

JOBS: dict[type, Callable[..., tuple[str, ...]]] = {
    PaintFrames: paint_frames,
}
