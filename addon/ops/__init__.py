"""Operators: each reads its properties, calls one function and reports in words."""

import bpy

from . import cuts, judging, setup, takes, work

_CLASSES = (*work.CLASSES, *takes.CLASSES, *judging.CLASSES, *cuts.CLASSES, *setup.CLASSES)


def register() -> None:
    """Tell Blender of the operators."""
    for cls in _CLASSES:
        bpy.utils.register_class(cls)


def unregister() -> None:
    """Take them back."""
    for cls in reversed(_CLASSES):
        bpy.utils.unregister_class(cls)
