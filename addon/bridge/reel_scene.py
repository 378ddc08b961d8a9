"""The reel in Blender's own sequencer, in a scene of its own, so that an editor can just cut.

What we made is marked with a digest of how we left it. A scene whose strips are otherwise since is
the editor's: it stays as it is, and a new one is made.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import bpy
from underpaint.library.project import Project, frame_file
from underpaint.model.cut import DEFAULT_CUT, ReelPart, ReelRecord

from . import compat, images

NAME = "Underpaint Reel"
CUT, LEFT = "underpaint_cut", "underpaint_left"
SHOT, TAKE, LABEL = "underpaint_shot", "underpaint_take", "underpaint_label"
_PICTURES, _SOUND = 2, 1


def show(
    record: ReelRecord, folder: Path, project: Project, cut: str
) -> tuple[bpy.types.Scene, str]:
    """Build the reel's scene, or build ours anew where nobody touched it.

    Returns the scene and which of these it was, in words.
    """
    ours = [scene for scene in bpy.data.scenes if scene.get(CUT) == cut]
    free = next((scene for scene in ours if is_untouched(scene)), None)
    if free is None:
        scene = bpy.data.scenes.new(_name(cut))
        told = "made anew, as the earlier one was edited" if ours else "new"
    else:
        scene, told = free, "brought up to date"
        _clear(scene)
    scene[CUT] = cut
    _set_up(scene, record)
    _fill(scene, record, folder, project)
    scene[LEFT] = fingerprint(scene)
    return scene, told


def is_untouched(scene: bpy.types.Scene) -> bool:
    """Whether its strips, markers and range are as we left them."""
    return bool(scene.get(LEFT) == fingerprint(scene))


def fingerprint(scene: bpy.types.Scene) -> str:
    """A digest of what an editor would change."""
    lines = [
        f"{scene.frame_start} {scene.frame_end} {scene.render.fps} {scene.render.fps_base:.6f}"
    ]
    lines += sorted(f"marker {marker.frame} {marker.name}" for marker in scene.timeline_markers)
    editor = scene.sequence_editor
    if editor is not None:
        lines += [f"muted {place}" for place, channel in enumerate(editor.channels) if channel.mute]
        lines += sorted(_told(strip) for strip in compat.all_strips(editor))
    return sha256("\n".join(lines).encode(errors="backslashreplace")).hexdigest()


def _told(strip: bpy.types.Strip) -> str:
    """A strip in words: where it is and what it does."""
    first, after = compat.strip_span(strip)
    modifiers = ",".join(modifier.type for modifier in strip.modifiers)
    volume = getattr(strip, "volume", 1.0)
    reverse = getattr(strip, "use_reverse_frames", False)
    return (
        f"{strip.name} {strip.type} {strip.channel} {first} {after} {strip.mute} "
        f"{getattr(strip, 'blend_alpha', 1.0):.4f} {volume:.4f} {modifiers} "
        f"{compat.content_start(strip)} {reverse} {compat.is_retimed(strip)}"
    )


def _name(cut: str) -> str:
    return NAME if cut == DEFAULT_CUT else f"{NAME} {cut}"


def _clear(scene: bpy.types.Scene) -> None:
    strips = compat.strips(scene.sequence_editor_create())
    for strip in list(strips):
        strips.remove(strip)
    scene.timeline_markers.clear()


def _set_up(scene: bpy.types.Scene, record: ReelRecord) -> None:
    """Size, rate and range of the reel; pictures come out as they are."""
    render, view = scene.render, scene.view_settings
    render.resolution_x, render.resolution_y = record.width, record.height
    render.resolution_percentage = 100
    render.fps, render.fps_base = record.fps, record.fps_base
    scene.frame_start, scene.frame_end = 1, record.length
    view.view_transform, view.look = "Standard", "None"


def _fill(scene: bpy.types.Scene, record: ReelRecord, folder: Path, project: Project) -> None:
    strips = compat.strips(scene.sequence_editor_create())
    for place, part in enumerate(record.parts, 1):
        files = _files(part, folder, project)
        strip = strips.new_image(
            name=_strip_name(part, place),
            filepath=images.blend_path(files[0]),
            channel=_PICTURES,
            frame_start=part.start + 1,
            fit_method="FIT",
        )
        for path in files[1:]:
            strip.elements.append(path.name)
        strip.colorspace_settings.name = "sRGB"
        if part.kind == "shot":
            strip[SHOT], strip[TAKE] = part.name, part.take
            strip[LABEL] = part.entry.label if part.entry else ""
            scene.timeline_markers.new(part.name, frame=part.start + 1)
    _add_sound(strips, record, folder)


def _files(part: ReelPart, folder: Path, project: Project) -> Sequence[Path]:
    """A picture a frame: held and slowed frames come again, so that each can be cut apart."""
    if part.kind != "shot":
        return [folder / part.file] * part.length
    take = project.take("shots", part.name, part.take)
    return [take / frame_file(frame) for frame in part.shown]


def _strip_name(part: ReelPart, place: int) -> str:
    if part.kind != "shot":
        return f"{part.name} {part.kind}" if part.kind == "slate" else f"{part.name} {place:03d}"
    label = f" – {part.entry.label}" if part.entry and part.entry.label else ""
    return f"{part.name} take {part.take:03d}{label}"


def _add_sound(strips: bpy.types.bpy_prop_collection, record: ReelRecord, folder: Path) -> None:
    sound = record.dressing.sound
    path = (folder / sound.file).resolve() if sound else None
    if path is None or not path.is_file() or not bpy.app.build_options.audaspace:
        return
    strip = strips.new_sound(
        name="Sound", filepath=images.blend_path(path), channel=_SOUND, frame_start=1
    )
    if compat.strip_span(strip)[1] > record.length + 1:
        compat.end_strip(strip, record.length + 1)
