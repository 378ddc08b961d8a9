"""Painted frames back in the scene, as strips in the sequencer."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.model.shot import Shot

from . import compat, images

SHOT = "underpaint_shot"
TAKE = "underpaint_take"
MOST_CHANNELS = 128
_FRAME = re.compile(r"frame_(-?\d+)\.png")


def add_take(
    scene: bpy.types.Scene, shot: Shot, folder: Path | str, number: int
) -> bpy.types.Strip:
    """Add the frames of take ``number``, whose own folder is ``folder``, as a strip.

    It lies at the frames of its pictures, on a channel above everything there; added again, it
    replaces its own strip and no other. A frame that the take lacks holds the one before. Where
    the sequencer had nothing to show, or only sound, Blender goes on rendering the scene and not
    the sequencer (Output › Post Processing › Sequencer is switched off).

    The sequencer sends strips through the scene's view transform; the strip's colour space undoes
    it (``images.SHOWN_COLORSPACES``). After a change of the view transform, add the take again.
    """
    frames = frames_of(Path(folder))
    editor = scene.sequence_editor or scene.sequence_editor_create()
    strips = compat.strips(editor)
    if not any(_is_rendered(strip, editor) for strip in strips):
        scene.render.use_sequencer = False
    start, end = min(frames), max(frames)
    channel = _remove_own(strips, shot.name, number) or _free_channel(strips, start, end)
    strip = strips.new_image(
        name=f"{shot.name} take {number:03d}",
        filepath=images.blend_path(frames[start]),
        channel=channel,
        frame_start=start,
        fit_method="FIT",
    )
    held = start
    for frame in range(start + 1, end + 1):
        held = frame if frame in frames else held
        strip.elements.append(frames[held].name)
    strip[SHOT], strip[TAKE] = shot.name, number
    transform = scene.view_settings.view_transform
    images.set_colorspace(strip.colorspace_settings, images.shown_colorspaces(transform))
    return strip


def remove_take(scene: bpy.types.Scene, shot: str, number: int) -> None:
    """Remove the strip that ``add_take`` made of a take; what a person made stays."""
    if scene.sequence_editor is not None:
        _remove_own(compat.strips(scene.sequence_editor), shot, number)


def frames_of(folder: Path) -> Mapping[int, Path]:
    """Frame number → picture."""
    found = {int(m[1]): p for p in folder.glob("frame_*.png") if (m := _FRAME.fullmatch(p.name))}
    if not found:
        raise InputError(f"{folder} holds no painted frames: was the take removed?")
    return found


def frame_number(file: str) -> int:
    """The frame whose picture a file of a take is. Raises InputError for any other file."""
    found = _FRAME.fullmatch(file)
    if found is None:
        raise InputError(f"{file} is no painted frame: its strip was changed by hand.")
    return int(found[1])


def _is_rendered(strip: bpy.types.Strip, editor: bpy.types.SequenceEditor) -> bool:
    """Whether Blender renders the sequencer for the sake of this strip, at whatever frame."""
    return not (strip.type == "SOUND" or strip.mute or editor.channels[strip.channel].mute)


def _remove_own(strips: bpy.types.bpy_prop_collection, shot: str, number: int) -> int | None:
    """Remove this take's strip, if there is one; its channel."""
    own = [s for s in strips if s.get(SHOT) == shot and s.get(TAKE) == number]
    channel = own[0].channel if own else None
    for strip in own:
        strips.remove(strip)
    return channel


def _free_channel(strips: bpy.types.bpy_prop_collection, start: int, end: int) -> int:
    """The channel above every strip that is at these frames."""
    channel = 1
    for strip in strips:
        first, after = compat.strip_span(strip)
        if first <= end and start < after:
            channel = max(channel, strip.channel + 1)
    if channel > MOST_CHANNELS:
        raise InputError(
            "The sequencer has no free channel above its strips: remove or lower some."
        )
    return channel
