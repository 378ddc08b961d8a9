"""Keyframes, in Blenders with and without slotted actions."""

from collections.abc import Iterator

import bpy


def curves_of(thing: bpy.types.ID) -> Iterator[bpy.types.FCurve]:
    """Yield the animation curves of `thing`, where this Blender keeps them.

    Up to 4.3 an action holds its curves; from 4.4 on its layers do, and 5.0 removed the first way.
    """
    action = thing.animation_data.action
    if not hasattr(action, "layers"):
        yield from action.fcurves
        return
    for layer in action.layers:
        for strip in layer.strips:
            for bag in strip.channelbags:
                yield from bag.fcurves


def interpolate(thing: bpy.types.ID, kind: str) -> None:
    """Set the interpolation ('LINEAR', 'BEZIER', …) of all keyframes of `thing`."""
    for curve in curves_of(thing):
        for key in curve.keyframe_points:
            key.interpolation = kind
