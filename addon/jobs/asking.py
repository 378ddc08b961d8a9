"""What the worker is asked to paint and to pack, out of an order."""

from collections.abc import Mapping, Sequence

import bpy
from mathutils import Vector
from underpaint.wire.messages import (
    AtlasTexture,
    PackAtlases,
    PaintFrames,
    PaintTextures,
    PaintTiles,
    StandingTexture,
    ViewOf,
)

from ..bridge.facing import facing
from ..bridge.instanced import all_objects
from . import painter
from .order import Order, ShotOrder


def frames(
    order: Order, shot: ShotOrder, textures: tuple[StandingTexture, ...] = ()
) -> PaintFrames:
    """The takes of one shot; ``textures``: what an anchored one starts from."""
    return PaintFrames(
        job=next(painter.job_numbers),
        project=str(order.out),
        shot=shot.shot.name,
        look=order.look,
        engine=order.engine,
        by=order.by,
        seed=order.seed,
        seed_per=order.seed_per,
        takes=order.takes,
        batch=order.batch,
        mode=order.mode,
        cadence=order.cadence,
        textures=textures,
        repaint=order.repaint,
        frames=shot.frames,
        previews=order.gently,
    )


def textures(
    order: Order,
    views: tuple[ViewOf, ...],
    objects: Sequence[str],
    seed: int,
    standing: tuple[StandingTexture, ...],
) -> PaintTextures:
    """One take of every object's texture, beside those that stand."""
    return PaintTextures(
        job=next(painter.job_numbers),
        project=str(order.out),
        views=views,
        objects=tuple(objects),
        look=order.look,
        engine=order.engine,
        by=order.by,
        seed=seed,
        size=order.texture_size,
        standing=standing,
    )


def tiles(order: Order, scene: bpy.types.Scene, metres: float, seed: int) -> PaintTiles:
    """One take of a tile for the grounds and of one for the walls among the order's objects."""
    shown = all_objects(scene)
    sides = {name: facing(shown[name]) for name in order.objects if name in shown}
    return PaintTiles(
        job=next(painter.job_numbers),
        project=str(order.out),
        grounds=tuple(name for name, side in sides.items() if side == "ground"),
        walls=tuple(name for name, side in sides.items() if side == "wall"),
        look=order.look,
        engine=order.engine,
        by=order.by,
        seed=seed,
        size=order.texture_size,
        metres=metres,
    )


def atlases(order: Order, scene: bpy.types.Scene, takes: Mapping[str, int]) -> PackAtlases:
    """Those takes of objects' textures, packed with their neighbours'."""
    shown = all_objects(scene)
    packed = tuple(
        AtlasTexture(name, number, _centre(shown[name]))
        for name, number in takes.items()
        if name in shown
    )
    return PackAtlases(next(painter.job_numbers), str(order.out), packed, order.by)


def _centre(obj: bpy.types.Object) -> tuple[float, float, float]:
    """The middle of an object's box, in metres of the world."""
    x, y, z = (sum(corner[axis] for corner in obj.bound_box) / 8 for axis in range(3))
    place = obj.matrix_world @ Vector((x, y, z))
    return place.x, place.y, place.z
