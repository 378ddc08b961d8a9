"""Typed ways to the properties that we have hung on Blender's data."""

from typing import TYPE_CHECKING

import bpy

if TYPE_CHECKING:
    from .props import UnderpaintObject, UnderpaintScene
    from .session_props import UnderpaintSession


def wishes(scene: bpy.types.Scene) -> "UnderpaintScene":
    """What the artist wishes of a scene, saved with it."""
    return scene.underpaint  # type: ignore[attr-defined]


def own(obj: bpy.types.Object) -> "UnderpaintObject":
    """One object's switch."""
    return obj.underpaint  # type: ignore[attr-defined]


def session() -> "UnderpaintSession":
    """What the panel shows, gone with the session."""
    return bpy.context.window_manager.underpaint  # type: ignore[attr-defined]
