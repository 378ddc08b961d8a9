"""What keeps a scene from being rendered, each in one sentence, before anything is changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
from underpaint.errors import EngineError, InputError

from . import compat
from .object_ids import has_surface

_SEEN = (
    bpy.types.Object,
    bpy.types.Collection,
    bpy.types.Mesh,
    bpy.types.Curve,
    bpy.types.Curves,
    bpy.types.MetaBall,
    bpy.types.PointCloud,
    bpy.types.Armature,
    bpy.types.Lattice,
    bpy.types.Key,
    bpy.types.Action,
    bpy.types.Material,
    bpy.types.NodeTree,
    bpy.types.Camera,
)
"""Linked datablocks without which a picture is not what it should be; a brush is none."""


def require_scene(scene: bpy.types.Scene) -> None:
    """Raise InputError when a library is missing, or when there is nothing to render.

    Raises EngineError in a Blender that has no Cycles, which renders the passes.
    """
    require_libraries()
    if not hasattr(scene, "cycles"):
        raise EngineError(
            "Cycles renders the passes and is switched off in this Blender: enable the add-on "
            '"Cycles Render Engine" in the preferences.'
        )
    if not any(_may_render(obj) for obj in scene.objects):
        raise InputError(
            f"The scene {scene.name!r} has no object to render: add some, or enable theirs in "
            "renders (the camera icons of the outliner)."
        )


def require_libraries() -> None:
    """Raise InputError naming the first linked file, or datablock, that is not there."""
    for library in bpy.data.libraries:
        path = Path(bpy.path.abspath(library.filepath, library=library.library)).resolve()
        linked = list(_linked(library))
        if linked and not path.is_file() and not compat.is_packed(library):
            raise InputError(
                f"The linked library {path} is missing: put it back, or point "
                f"{library.name!r} to where it is (File > External Data > Find Missing Files)."
            )
        for data in linked:
            if compat.is_missing(data):
                raise InputError(
                    f"The linked library {path} has no {data.bl_rna.name.lower()} {data.name!r} "
                    "any more: link it anew, or remove it from the scene."
                )


def _linked(library: bpy.types.Library) -> Iterator[bpy.types.ID]:
    return (data for data in library.users_id if isinstance(data, _SEEN) and data.users)


def _may_render(obj: bpy.types.Object) -> bool:
    """Whether it has a surface, or instances others', and is not switched off for good."""
    if obj.hide_render and not _animated(obj, "hide_render"):
        return False
    return has_surface(obj) or (obj.type == "EMPTY" and obj.instance_collection is not None)


def _animated(obj: bpy.types.Object, name: str) -> bool:
    animation = obj.animation_data
    return animation is not None and any(
        curve.data_path == name for curve in compat.animation_curves(animation)
    )
