"""The numbers that the object-id pass shows: one for each object, the same in all shots."""

from __future__ import annotations

import bpy
from underpaint.errors import InputError

from .carried import is_holder

MOST_IDS = 32767
"""Blender stores an object's pass index in fifteen bits."""

_SURFACE_TYPES = frozenset({"MESH", "CURVE", "SURFACE", "META", "FONT", "CURVES", "POINTCLOUD"})


def has_surface(obj: bpy.types.Object) -> bool:
    """Whether the object is of a type that passes show."""
    return obj.type in _SURFACE_TYPES


def object_ids(scene: bpy.types.Scene) -> dict[bpy.types.Object, int]:
    """Ids from 1 on: the scene's objects by name, then the file's others, which it may instance.

    Raises InputError when the scene alone has more objects than there are ids. Others that find no
    id left get 0.
    """
    own = {obj for obj in scene.objects if has_surface(obj)}
    if len(own) > MOST_IDS:
        raise InputError(
            f"The scene {scene.name!r} has {len(own)} objects with surfaces, and object ids end at "
            f"{MOST_IDS}: join some of them."
        )
    others = {obj for obj in bpy.data.objects if has_surface(obj) and not is_holder(obj)} - own
    ordered = [*sorted(own, key=_order), *sorted(others, key=_order)]
    return {obj: i if i <= MOST_IDS else 0 for i, obj in enumerate(ordered, start=1)}


def _order(obj: bpy.types.Object) -> tuple[str, str]:
    return (obj.library.filepath if obj.library else "", obj.name)
