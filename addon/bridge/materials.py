"""Painted textures as materials of our own; the artist's stay and can be switched back.

An object's painted material sits in its object-linked slots, so that the mesh keeps its own
materials. What the slots held is remembered in custom properties of the object, which also keep
the materials from being purged:

    underpaint_material   our material, also while the blocking is shown
    underpaint_slots      while painted: {"0": {"link": "DATA", "material": …}, …}
"""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import bpy
from underpaint.errors import InputError

from . import compat, images, painted_nodes
from .unwrap import has_current_uv, paintable_mesh

Shown = Literal["blocking", "painted"]

MATERIAL = "underpaint_material"
SLOTS = "underpaint_slots"


def apply_texture(obj: bpy.types.Object, folder: Path | str, number: int) -> bpy.types.Material:
    """Show the texture take ``number``, whose own folder is ``folder``, on an object.

    Earlier takes stay in the material and can be shown again. Raises InputError when the object is
    linked, has changed since its surface was exported, or the picture is not there.
    """
    paintable_mesh(obj)
    if not has_current_uv(obj):
        raise InputError(f"{obj.name} has other faces than when it was painted: paint it again.")
    picture = Path(folder) / "basecolor.png"
    images.require(picture)
    material = _own_material(obj)
    painted_nodes.add_take(material, number, picture)
    painted_nodes.show_take(material.node_tree, number)
    _show_painted(obj, material)
    return material


def takes(obj: bpy.types.Object) -> tuple[int, ...]:
    """Numbers of the texture takes that the object's painted material holds."""
    material = obj.get(MATERIAL)
    return () if material is None else painted_nodes.takes(material.node_tree)


def shown(obj: bpy.types.Object) -> Shown:
    """What the object wears at the moment."""
    return "painted" if SLOTS in obj else "blocking"


def show(
    target: bpy.types.Object | bpy.types.Scene, what: Shown, number: int | None = None
) -> None:
    """Show an object's or a whole scene's painted material or the artist's own; objects that were
    never painted, and those that are linked, stay as they are. ``number`` shows that take of an
    object.

    Raises InputError where the object has no such take.
    """
    if isinstance(target, bpy.types.Scene):
        for obj in target.objects:
            if obj.get(MATERIAL) is not None and obj.is_editable:
                show(obj, what)
    elif what == "blocking":
        _show_blocking(target)
    else:
        material = _painted_or_error(target, number)
        if number is not None:
            painted_nodes.show_take(material.node_tree, number)
        _show_painted(target, material)


def set_unlit(target: bpy.types.Object | bpy.types.Scene, amount: float) -> None:
    """How far painted materials ignore the scene's light: 1 shows the colours as painted."""
    objects = target.objects if isinstance(target, bpy.types.Scene) else (target,)
    for obj in objects:
        material = obj.get(MATERIAL)
        if material is not None and material.is_editable:
            painted_nodes.set_unlit(material.node_tree, amount)


def _painted_or_error(obj: bpy.types.Object, number: int | None) -> bpy.types.Material:
    material = obj.get(MATERIAL)
    if material is None or (number is not None and number not in takes(obj)):
        which = "" if number is None else f" take {number:03d}"
        raise InputError(f"{obj.name} has no painted texture{which}: paint it first.")
    if number is not None and not painted_nodes.is_whole(material.node_tree):
        raise InputError(f"The painted material of {obj.name} was taken apart: paint it again.")
    return material


def _own_material(obj: bpy.types.Object) -> bpy.types.Material:
    """The object's painted material; a copy where a duplicate of the object shares it."""
    material = obj.get(MATERIAL)
    if material is None:
        material = bpy.data.materials.new(f"Underpaint {obj.name}")
        painted_nodes.build(compat.use_nodes(material))
    elif any(other.get(MATERIAL) is material for other in bpy.data.objects if other is not obj):
        material = material.copy()
        material.name = f"Underpaint {obj.name}"
    if not painted_nodes.is_whole(material.node_tree):
        painted_nodes.build(material.node_tree)
    obj[MATERIAL] = material
    return material


# --- the slots ---------------------------------------------------------------------------------


def _show_painted(obj: bpy.types.Object, material: bpy.types.Material) -> None:
    """Put our material into every slot of the object, remembering what was there."""
    if not obj.material_slots:
        obj.data.materials.append(None)  # stays, empty: Blender has no slots of objects alone
    remembered = dict(obj.get(SLOTS, {}))
    for index, slot in enumerate(obj.material_slots):
        link, slot.link = slot.link, "OBJECT"
        if str(index) not in remembered:
            kept = {"material": slot.material} if slot.material else {}
            remembered[str(index)] = {"link": link, **kept}
        slot.material = material
    obj[SLOTS] = remembered


def _show_blocking(obj: bpy.types.Object) -> None:
    """Give the slots back what they held."""
    if SLOTS not in obj:
        return
    for index, was in obj[SLOTS].items():
        if int(index) < len(obj.material_slots):
            slot = obj.material_slots[int(index)]
            slot.link, slot.material = "OBJECT", was.get("material")
            slot.link = was["link"]
    del obj[SLOTS]
