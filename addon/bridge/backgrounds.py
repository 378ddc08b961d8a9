"""Painted frames back in the scene, behind what a camera sees, or over it.

One camera, or two with the same data, may serve several shots, and Blender goes on showing the
last picture of a sequence that is over. So each shot has a picture sequence of its own, and only
those are switched on whose shot holds the current frame.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.model.shot import Shot

from . import images
from .strips import frames_of

SHOT = "underpaint_background"  # custom property of an image: the shot that it belongs to
SPAN = "underpaint_span"  # its first and last frame


def set_camera_background(
    camera: bpy.types.Object, shot: Shot, folder: Path | str, over: float = 0.0
) -> bpy.types.CameraBackgroundImage:
    """Show a take's frames in the camera's view, in time with the shot; ``over`` as in ``fade``.

    Replaces the background that this function set before for the shot, and no other. Raises
    InputError for a linked camera and for a take without frames.
    """
    data = camera.data
    if not data.is_editable:
        raise InputError(f"The camera {camera.name} is linked from a library: make it local.")
    frames = frames_of(Path(folder))
    for old in [b for b in data.background_images if b.image and b.image.get(SHOT) == shot.name]:
        data.background_images.remove(old)
    background = data.background_images.new()
    background.source = "IMAGE"
    background.image = images.load_sequence(frames[min(frames)], f"Underpaint {shot.name}")
    background.image[SHOT], background.image[SPAN] = shot.name, (shot.start, shot.end)
    background.frame_method = "FIT"
    _fade(background, over)
    user = background.image_user
    user.frame_start, user.frame_offset = min(frames), min(frames) - 1
    user.frame_duration = max(frames) - min(frames) + 1
    user.use_auto_refresh = True
    data.show_background_images = True
    return background


def fade(scene: bpy.types.Scene, over: float) -> None:
    """How far our pictures cover what the scene's cameras see, 0…1; at 0 they lie behind it."""
    for background in _ours({obj.data for obj in scene.objects if obj.type == "CAMERA"}):
        _fade(background, over)


def _fade(background: bpy.types.CameraBackgroundImage, over: float) -> None:
    background.display_depth = "FRONT" if over else "BACK"
    background.alpha = over or 1.0


def show_at(frame: int) -> None:
    """Switch on the backgrounds whose shot holds a frame, and our others off."""
    for background in _ours(bpy.data.cameras):
        first, last = background.image[SPAN]
        if background.show_background_image != (first <= frame <= last):
            background.show_background_image = first <= frame <= last


def _ours(cameras: Iterable[bpy.types.Camera]) -> Iterator[bpy.types.CameraBackgroundImage]:
    """The backgrounds that we have set and may change."""
    for data in cameras:
        if data.is_editable:
            yield from (b for b in data.background_images if b.image and SPAN in b.image)
