"""What an object's material slots held before they wear ours, and how they get it back.

Our materials sit in object-linked slots, so that the mesh keeps its own. Two custom properties say
what is what; they also keep the materials from being purged:

    underpaint_material   our material, also while the blocking is shown
    underpaint_slots      while ours are worn: {"0": {"link": "DATA", "material": …}, …}

They are the object's. A library override forgets custom properties when its file is saved (seen in
5.0.1); for one of those they are our material's, with ``underpaint_of`` for the object.

Materials of ours carry ``underpaint``, which says what they are: "painted", or "mixed".
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import bpy
from underpaint.errors import InputError

Kind = Literal["painted", "mixed"]

MATERIAL, SLOTS = "underpaint_material", "underpaint_slots"
OBJECT, KIND = "underpaint_of", "underpaint"

Material = bpy.types.Material


def painted_of(obj: bpy.types.Object) -> Material | None:
    """The object's painted material, if it has one."""
    if obj.override_library is None:
        return obj.get(MATERIAL)
    return next((m for m in bpy.data.materials if m.get(OBJECT) == obj), None)


def set_painted(obj: bpy.types.Object, material: Material) -> None:
    """Remember an object's painted material."""
    material[KIND] = "painted"
    if obj.override_library is None:
        obj[MATERIAL] = material
        return
    material[OBJECT] = obj
    material.use_fake_user = True


def kind_of(material: Material | None) -> Kind | None:
    """Whether a material is one of ours, and which kind."""
    kind = None if material is None else material.get(KIND)
    return kind if kind in ("painted", "mixed") else None


def are_worn(obj: bpy.types.Object) -> bool:
    """Whether the object wears ours, or did when somebody last switched it."""
    return _remembered(obj) is not None


def own_materials(obj: bpy.types.Object) -> list[Material | None]:
    """What the artist has in each slot, whatever it wears."""
    remembered = _remembered(obj) or {}
    return [
        _own(obj, index, remembered[str(index)])
        if _is_covered(obj, slot, str(index), remembered)
        else slot.material
        for index, slot in enumerate(obj.material_slots)
    ]


def _own(obj: bpy.types.Object, index: int, was: dict[str, Any]) -> Material | None:
    """What a covered slot showed: the mesh's material, or the object's own, which is remembered."""
    return obj.data.materials[index] if was["link"] == "DATA" else was.get("material")


def wear(obj: bpy.types.Object, ours: Sequence[Material]) -> None:
    """Put our materials into the slots, one each, remembering what the artist had there."""
    remembered = dict(_remembered(obj) or {})
    for index, (slot, material) in enumerate(zip(obj.material_slots, ours, strict=True)):
        covered = _is_covered(obj, slot, str(index), remembered)
        link, slot.link = slot.link, "OBJECT"
        if not covered:
            kept = {"material": slot.material} if slot.material else {}
            remembered[str(index)] = {"link": link, **kept}
        slot.material = material
    _holder(obj)[SLOTS] = remembered


def give_back(obj: bpy.types.Object) -> None:
    """Give the slots what they held; one that the artist has filled meanwhile stays as it is."""
    remembered = _remembered(obj)
    if remembered is None:
        return
    for index, slot in enumerate(obj.material_slots):
        if _is_covered(obj, slot, str(index), remembered):
            was = remembered[str(index)]
            slot.link, slot.material = "OBJECT", was.get("material")
            slot.link = was["link"]
    del _holder(obj)[SLOTS]


def require_slots(obj: bpy.types.Object) -> None:
    """Give an object without slots an empty one, which stays: Blender has none of objects alone.

    Raises InputError for an object that cannot wear a material of ours.
    """
    if not obj.is_editable:
        raise InputError(
            f"{obj.name} is linked from a library: make it local or override it (Object › Library "
            "Override) to show its texture."
        )
    if obj.material_slots:
        return
    if not obj.data.is_editable:
        raise InputError(
            f"The mesh of {obj.name} is linked from a library and has no material slot: give it "
            "one there to show its texture."
        )
    obj.data.materials.append(None)


def _is_covered(
    obj: bpy.types.Object, slot: bpy.types.MaterialSlot, index: str, remembered: dict[str, Any]
) -> bool:
    """Whether a slot wears ours over what is remembered of it, or lost ours to a deletion."""
    if index not in remembered:
        return False
    ours = kind_of(slot.material) is not None or slot.material == painted_of(obj)
    return ours or slot.material is None


def _remembered(obj: bpy.types.Object) -> dict[str, Any] | None:
    holder = _holder(obj)
    return None if holder is None or SLOTS not in holder else holder[SLOTS]


def _holder(obj: bpy.types.Object) -> bpy.types.ID | None:
    """Whose custom properties tell of the object's slots."""
    return obj if obj.override_library is None else painted_of(obj)
