"""Shots: how the timeline's camera-bound markers cut a scene.

Blender's own rule decides which camera a frame shows, so that a shot is what Blender would render:
a marker counts from its frame on; frames before the first belong to the first; of two markers at
one frame the earlier made one counts; a marker whose camera does not render is ignored.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import bpy
from underpaint.errors import InputError
from underpaint.model.names import folded
from underpaint.model.shot import Shot


class _Cut(NamedTuple):
    """From ``frame`` on, ``camera`` shows what is called ``name``."""

    frame: int
    camera: bpy.types.Object
    name: str


def list_shots(scene: bpy.types.Scene) -> tuple[Shot, ...]:
    """The scene's shots in the order of time; without bound markers one, named after its camera.

    Two shots never share a name, nor a folder on a disk that ignores case: the second ``wide`` is
    ``wide (2)``. Raises InputError when there is no camera or the frame range is empty.
    """
    first, last = scene.frame_start, scene.frame_end
    if last < first:
        raise InputError(
            f"The scene {scene.name!r} has no frames: its range starts at {first} and ends at "
            f"{last}. Set the end after the start."
        )
    cuts = _cuts(scene)
    names = _distinct(cut.name for cut in cuts)
    ends = [cut.frame - 1 for cut in cuts[1:]] + [last]
    return tuple(
        Shot(name, cut.camera.name_full, cut.frame, end)
        for name, cut, end in zip(names, cuts, ends, strict=True)
    )


def shot_camera(scene: bpy.types.Scene, shot: Shot) -> bpy.types.Object:
    """The camera object of a shot. Raises InputError when the scene no longer has it."""
    bound = [marker.camera for marker in scene.timeline_markers if marker.camera]
    for camera in (*bound, scene.camera, *scene.objects):
        if camera is not None and camera.name_full == shot.camera:
            return camera
    raise InputError(f"The shot {shot.name!r} has lost its camera {shot.camera!r}: bind another.")


def _cuts(scene: bpy.types.Scene) -> list[_Cut]:
    """Where each shot begins, within the scene's range."""
    first, last = scene.frame_start, scene.frame_end
    bound = [m for m in scene.timeline_markers if m.camera and not m.camera.hide_render]
    if not bound:
        return [_Cut(first, _scene_camera(scene), scene.camera.name)]
    by_frame: dict[int, bpy.types.TimelineMarker] = {}
    for marker in sorted(bound, key=lambda m: m.frame):
        by_frame.setdefault(marker.frame, marker)
    markers = list(by_frame.values())
    begun = [m for m in markers if m.frame <= first]
    shown = [*(begun[-1:] or markers[:1]), *(m for m in markers if first < m.frame <= last)]
    return [
        _Cut(first if i == 0 else m.frame, _checked(m), m.name or m.camera.name)
        for i, m in enumerate(dict.fromkeys(shown))
    ]


def _scene_camera(scene: bpy.types.Scene) -> bpy.types.Object:
    if scene.camera is None:
        raise InputError(
            f"The scene {scene.name!r} has no camera: add one (Add > Camera), or bind a camera to "
            "a marker in the timeline."
        )
    if scene.camera.type != "CAMERA":
        raise InputError(
            f"The scene {scene.name!r} looks through {scene.camera.name!r}, which is no camera: "
            "choose a camera in the scene's properties."
        )
    return scene.camera


def _checked(marker: bpy.types.TimelineMarker) -> bpy.types.Object:
    if marker.camera.type != "CAMERA":
        raise InputError(
            f"The marker {marker.name!r} at frame {marker.frame} is bound to "
            f"{marker.camera.name!r}, which is no camera: bind a camera to it."
        )
    return marker.camera


def _distinct(names: Iterable[str]) -> list[str]:
    """Each name, numbered where it or its folder came before; a given name is never taken over."""
    given = list(names)
    taken: set[str] = set()
    reserved = {folded(name) for name in given}
    distinct = []
    for name in given:
        candidate, number = name, 1
        while folded(candidate) in taken or (number > 1 and folded(candidate) in reserved):
            number += 1
            candidate = f"{name} ({number})"
        taken.add(folded(candidate))
        distinct.append(candidate)
    return distinct
