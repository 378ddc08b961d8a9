"""The takes that are painted right now, a line each, so that a bad one can be stopped early.

The worker paints the first, the middle and the last frame of every take before the rest.
"""

from pathlib import Path

import bpy
from underpaint.wire.messages import PaintFrames

from . import access, thumbnails

_LEAST = 2
"""One take alone is stopped by Cancel."""


def begin(asked: PaintFrames) -> None:
    """Several takes of a shot are begun."""
    lines = access.session().under_way
    lines.clear()
    if asked.takes < _LEAST:
        return
    for seed in range(asked.seed, asked.seed + asked.takes):
        line = lines.add()
        line.name, line.frames = str(seed), len(asked.frames)


def painted(seed: int, picture: Path) -> None:
    """A frame of a take is there; the first is the one that the line shows."""
    line = access.session().under_way.get(str(seed))
    if line is None:
        return
    line.done += 1
    line.icon = line.icon or thumbnails.icon_of(picture)


def stop(seed: str) -> None:
    """Paint no more of it; what is painted is kept, and the same command goes on from there."""
    from .jobs import painter

    line = access.session().under_way.get(seed)
    if line is not None and not line.stopped:
        line.stopped = True
        painter.stop_take(int(seed))


def end() -> None:
    """All of them are done, or stopped."""
    access.session().under_way.clear()


def draw(layout: bpy.types.UILayout) -> None:
    """A line a take: its first picture, its seed, how far it is, and what stops it."""
    for line in access.session().under_way:
        row = layout.row(align=True)
        row.active = not line.stopped
        told = "stopped" if line.stopped else f"{line.done} of {line.frames}"
        row.label(text=f"Seed {line.name} · {told}", icon_value=line.icon)
        if not line.stopped and line.done < line.frames:
            row.operator("underpaint.stop_take", text="", icon="X").seed = line.name
