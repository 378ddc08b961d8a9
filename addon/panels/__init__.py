"""The sidebar tab. Drawing reads what ``session`` has gathered and does nothing else."""

import bpy

from . import lists, reel, shots, takes, textures

_CLASSES = (
    lists.UNDERPAINT_UL_shots,
    lists.UNDERPAINT_UL_takes,
    lists.UNDERPAINT_UL_textures,
    lists.UNDERPAINT_UL_cues,
    shots.UNDERPAINT_PT_shots,
    shots.UNDERPAINT_PT_look,
    takes.UNDERPAINT_PT_takes,
    textures.UNDERPAINT_PT_textures,
    takes.UNDERPAINT_PT_comparison,
    reel.UNDERPAINT_PT_reel,
)


def register() -> None:
    """Tell Blender of the lists and panels."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
