"""Shots' markers on the scene's timeline, moved to the frames that a re-timed reel shows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

import bpy
from underpaint.model.shot import Shot

from .shots import list_shots

Asked = Mapping[str, tuple[int, int]]
"""Shot → the first and the last of the scene's frames that the reel shows of it."""

_EARLIEST = 0
"""Blender's scenes begin no earlier."""


def move_markers(scene: bpy.types.Scene, asked: Asked) -> tuple[str, ...]:
    """Give each shot the frames that are asked for, where its neighbours do not need them.

    A marker moves no further than it has to. The scene's range grows at its ends. Says in sentences
    what was moved, and which frames two shots ask for.
    """
    shots = list_shots(scene)
    notes = [*_move_ends(scene, shots, asked)]
    for before, after in pairwise(shots):
        notes += _move_boundary(scene, before, after, asked)
    return tuple(notes)


def _move_ends(scene: bpy.types.Scene, shots: Sequence[Shot], asked: Asked) -> Iterator[str]:
    first, last = shots[0], shots[-1]
    start = max(_EARLIEST, min(first.start, asked.get(first.name, (first.start, 0))[0]))
    end = max(last.end, asked.get(last.name, (0, last.end))[1])
    if start < scene.frame_start:
        marker = _marker(scene, first.start)
        if marker is not None and marker.frame > start:
            marker.frame = start
        yield f"For {first.name} the scene starts at {start} now, not at {scene.frame_start}."
        scene.frame_start = start
    if end > scene.frame_end:
        yield f"For {last.name} the scene ends at {end} now, not at {scene.frame_end}."
        scene.frame_end = end


def _move_boundary(
    scene: bpy.types.Scene, before: Shot, after: Shot, asked: Asked
) -> Iterator[str]:
    """The second shot begins where both have what they ask for, as near as can be to before."""
    last = asked.get(before.name, (0, before.start))[1]
    first = asked.get(after.name, (after.end, 0))[0]
    if last >= first:
        yield (
            f"{before.name} and {after.name} both ask for the scene's frames {first} to {last}: "
            "their markers stay; make room in the animation, and paint those frames."
        )
        return
    frame = min(max(after.start, last + 1), first)
    marker = _marker(scene, after.start)
    if marker is None or frame == after.start:
        return
    marker.frame = frame
    yield f"{after.name} begins at frame {frame} of the scene now, not at {after.start}."


def _marker(scene: bpy.types.Scene, frame: int) -> bpy.types.TimelineMarker | None:
    """The camera-bound marker that a shot begins with: at its frame, or the last before it."""
    bound = [m for m in scene.timeline_markers if m.camera and m.frame <= frame]
    return max(bound, key=lambda marker: marker.frame, default=None)
