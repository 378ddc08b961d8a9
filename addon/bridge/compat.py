"""Every branch between Blender versions, in one place (4.2 LTS to 5.2 LTS).

This file stands alone: the second Blender that encodes the reel loads it without the add-on.
"""

from __future__ import annotations

from collections.abc import Iterator

import bpy

BLENDER_5 = bpy.app.version >= (5, 0, 0)
DEPRECATED = frozenset({"use_nodes"}) if BLENDER_5 else frozenset()
"""Properties that Blender warns of when they are read."""


def strips(editor: bpy.types.SequenceEditor) -> bpy.types.bpy_prop_collection:
    """The sequencer's strips. Blender 5 renamed them from sequences; an empty one is falsy."""
    return editor.strips if hasattr(editor, "strips") else editor.sequences


def all_strips(editor: bpy.types.SequenceEditor) -> bpy.types.bpy_prop_collection:
    """The sequencer's strips, those inside meta strips as well."""
    return editor.strips_all if hasattr(editor, "strips_all") else editor.sequences_all


def strip_span(strip: bpy.types.bpy_struct) -> tuple[int, int]:
    """A strip's first frame and the one after its last. Blender 5.1 renamed both."""
    if hasattr(strip, "left_handle"):
        return int(strip.left_handle), int(strip.right_handle)
    return int(strip.frame_final_start), int(strip.frame_final_end)


def content_start(strip: bpy.types.bpy_struct) -> int:
    """The frame at which a strip's first picture would be, whatever its handles hide."""
    return int(strip.content_start if hasattr(strip, "content_start") else strip.frame_start)


def is_retimed(strip: bpy.types.bpy_struct) -> bool:
    """Whether keys bend the strip's time."""
    return len(getattr(strip, "retiming_keys", ())) > 0


def end_strip(strip: bpy.types.bpy_struct, after: int) -> None:
    """Let a strip end before the frame ``after``."""
    setattr(strip, "right_handle" if hasattr(strip, "right_handle") else "frame_final_end", after)


def use_nodes(material: bpy.types.Material) -> bpy.types.NodeTree:
    """The material's node tree, which shades it from now on. In Blender 5 it always does."""
    if node_tree(material) is None:
        material.use_nodes = True
    return material.node_tree


def node_tree(data: bpy.types.Material | bpy.types.World) -> bpy.types.NodeTree | None:
    """The nodes that shade it, if nodes do. Blender 5 knows nothing else."""
    return data.node_tree if BLENDER_5 or data.use_nodes else None


def node_input(modifier: bpy.types.NodesModifier, socket: str) -> bpy.types.ID | None:
    """What a geometry-nodes modifier hands to its group's input ``socket`` (an identifier); None
    where that is nothing, or no datablock's."""
    if hasattr(modifier, "properties"):
        return getattr(getattr(modifier.properties.inputs, socket, None), "value", None)
    value: bpy.types.ID | None = modifier.get(socket)
    return value


def set_node_input(
    modifier: bpy.types.NodesModifier, socket: str, value: bpy.types.ID | None
) -> None:
    """Hand a datablock to a group's input. Blender 5.2 keeps inputs in properties of their own."""
    if hasattr(modifier, "properties"):
        getattr(modifier.properties.inputs, socket).value = value
    else:
        modifier[socket] = value


def multilayer_exr(*, square_pixels: bool) -> dict[str, str | bool]:
    """Image settings for multilayer EXR, in the order in which they have to be set.

    Blender 5 writes a part for each pass, but fails to where pixels are not square ("Conflicting
    attributes found for header … pixelAspectRatio", seen in 5.0.1); there it writes one for all.
    """
    if not BLENDER_5:
        return {"file_format": "OPEN_EXR_MULTILAYER"}
    return {
        "media_type": "MULTI_LAYER_IMAGE",
        "file_format": "OPEN_EXR_MULTILAYER",
        "use_exr_interleave": not square_pixels,
    }


def set_movie_format(image_settings: bpy.types.ImageFormatSettings) -> None:
    """Write movies through FFmpeg. Blender 5 asks for the kind of medium before the format."""
    if BLENDER_5:
        image_settings.media_type = "VIDEO"
    image_settings.file_format = "FFMPEG"


def output_path(path: str) -> str:
    """A path for ``render.filepath``. Since 4.5 Blender reads braces as templates."""
    return path.replace("{", "{{").replace("}", "}}") if bpy.app.version >= (4, 5, 0) else path


def is_missing(data: bpy.types.ID) -> bool:
    """Whether a linked datablock was not found in its library. Blender 4 does not tell."""
    return bool(getattr(data, "is_missing", False))


def animation_curves(animation: bpy.types.AnimData) -> Iterator[bpy.types.FCurve]:
    """All curves that move a datablock: its action's, its NLA strips' and its drivers."""
    yield from animation.drivers
    if animation.action is not None:
        yield from _action_curves(animation.action, getattr(animation, "action_slot", None))
    for track in animation.nla_tracks:
        for strip in track.strips:
            if strip.action is not None:
                yield from _action_curves(strip.action, getattr(strip, "action_slot", None))


def _action_curves(
    action: bpy.types.Action, slot: bpy.types.bpy_struct | None
) -> Iterator[bpy.types.FCurve]:
    """Blender 4.4 put curves into bags, one for each slot; Blender 5 knows nothing else."""
    if slot is None:
        yield from getattr(action, "fcurves", ())
        return
    for layer in action.layers:
        for strip in layer.strips:
            bag = strip.channelbag(slot)
            if bag is not None:
                yield from bag.fcurves


def without_grease_pencil(layer: bpy.types.ViewLayer) -> dict[str, bool]:
    """The view layer's setting that keeps strokes out of a render. Blender 4 has none."""
    return {"use_grease_pencil": False} if hasattr(layer, "use_grease_pencil") else {}


def is_packed(library: bpy.types.Library) -> bool:
    """Whether what was linked lies in the .blend itself; since 5.0 packed data is an archive."""
    return library.packed_file is not None or bool(getattr(library, "is_archive", False))
