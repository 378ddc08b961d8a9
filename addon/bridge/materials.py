"""Painted textures as materials of our own; the artist's stay and can be switched back.

An object wears its own materials (blocking), its painted one, or copies of its own into which the
paint is mixed. What the slots held is remembered (``slots``) and comes back exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Literal

import bpy
from underpaint.errors import InputError, UnderpaintError

from . import images, mixed_nodes, painted_nodes, slots
from .artist_uv import leaves_square
from .instanced import all_objects
from .laid import Laid
from .unwrap import UV_MAP, has_current_uv, paintable_mesh

Shown = Literal["blocking", "painted", "mixed"]
Target = bpy.types.Object | bpy.types.Scene

OWN_MIX = "underpaint_mix"
"""Custom property of an object whose paint is mixed in to another degree than the scene's."""
_MOST_NAMED = 4


def apply_texture(
    obj: bpy.types.Object,
    folder: Path | str,
    number: int,
    laid: Laid | None = None,
    name: str = "",
) -> bpy.types.Material:
    """Show the texture take ``number``, whose pictures lie in ``folder``, on an object.

    Earlier takes stay in the material and can be shown again. An object that shows the mix goes on
    showing it. Raises InputError when the object is linked, has changed since its surface was
    exported, or the picture is not there.
    """
    laid = laid or Laid()
    slots.require_slots(obj)
    _require_surface(obj, laid)
    if laid.tile_metres is None and laid.uv_map != UV_MAP:
        laid = replace(laid, repeats=leaves_square(obj, laid.uv_map))
    files = _pictures_in(Path(folder))
    material = _own_material(obj)
    tree = _group_or_error(obj)
    painted_nodes.add_take(tree, number, files, laid, name)
    painted_nodes.show_take(tree, number)
    with _forgetting_mixes(obj):
        _wear(obj, "mixed" if shown(obj) == "mixed" else "painted")
    return material


def has_texture(obj: bpy.types.Object) -> bool:
    """Whether the object was ever painted."""
    return slots.painted_of(obj) is not None


def takes(obj: bpy.types.Object) -> tuple[int, ...]:
    """Numbers of the texture takes that the object's painted material holds."""
    return painted_nodes.takes(_group(obj))


def shown_take(obj: bpy.types.Object) -> int | None:
    """The number of the take that the object's painted material shows."""
    return painted_nodes.shown_take(_group(obj))


def shown(obj: bpy.types.Object) -> Shown:
    """What the object wears at the moment."""
    if not slots.are_worn(obj):
        return "blocking"
    kinds = {slots.kind_of(slot.material) for slot in obj.material_slots}
    return "mixed" if "mixed" in kinds else "painted"


def show(target: Target, what: Shown, number: int | None = None) -> str:
    """Show an object's or a whole scene's own materials, the painted ones or the mix of both;
    objects that were never painted stay as they are. ``number`` shows that take of an object.

    Returns why some of a scene's objects stay as they are, or nothing. Raises InputError where the
    object is linked, has no such take, or its picture is gone.
    """
    with _forgetting_mixes(target):
        if isinstance(target, bpy.types.Scene):
            painted = [obj for obj in all_objects(target).values() if has_texture(obj)]
            return for_each(painted, lambda obj: _show(obj, what))
        _show(target, what, number)
    return ""


def for_each(objects: Iterable[bpy.types.Object], do: Callable[[bpy.types.Object], None]) -> str:
    """Do something to every object; one sentence about those that it cannot be done to."""
    failed: list[tuple[str, str]] = []
    for obj in objects:
        try:
            do(obj)
        except UnderpaintError as error:
            failed.append((obj.name, str(error)))
    if len(failed) <= 1:
        return "".join(sentence for _, sentence in failed)
    named = ", ".join(name for name, _ in failed[:_MOST_NAMED])
    more = f" and {len(failed) - _MOST_NAMED} more" if len(failed) > _MOST_NAMED else ""
    return f"{len(failed)} objects stay as they are ({named}{more}). {failed[0][1]}"


def set_unlit(target: Target, amount: float) -> None:
    """How far painted materials ignore the scene's light: 1 shows the colours as painted."""
    _set(target, painted_nodes.set_unlit, amount)


def set_relief(target: Target, amount: float) -> None:
    """How far the heights that takes hold bend the light: 0 not at all."""
    _set(target, painted_nodes.set_relief, amount)


def set_mix(target: Target, amount: float) -> None:
    """How far the paint covers the artist's materials where the mix is shown, 0 to 1.

    For a scene: of every object that has no share of its own (``set_own_mix``).
    """
    if isinstance(target, bpy.types.Scene):
        for obj in all_objects(target).values():
            if OWN_MIX not in obj:
                _set(obj, painted_nodes.set_mix, amount)
    else:
        _set(target, painted_nodes.set_mix, amount)


def own_mix(obj: bpy.types.Object) -> float | None:
    """The object's own share of paint, if it does not go by the scene's."""
    share: float | None = obj.get(OWN_MIX)
    return share


def set_own_mix(obj: bpy.types.Object, amount: float | None, scene_amount: float) -> None:
    """Give an object a share of paint of its own, or (None) have it go by the scene's again."""
    if amount is not None:
        obj[OWN_MIX] = amount
    elif OWN_MIX in obj:
        del obj[OWN_MIX]
    set_mix(obj, scene_amount if amount is None else amount)


@contextmanager
def blocking_shown(scene: bpy.types.Scene) -> Iterator[None]:
    """Every object in the artist's own materials, as passes are to see it; then as it was."""
    with ExitStack() as stack:
        for obj in all_objects(scene).values():
            if slots.are_worn(obj) and obj.is_editable:
                worn = [slot.material for slot in obj.material_slots]
                slots.give_back(obj)
                stack.callback(_put_on_again, obj, worn)
        yield


def _put_on_again(obj: bpy.types.Object, worn: list[bpy.types.Material]) -> None:
    try:
        slots.wear(obj, worn)
    except (ReferenceError, ValueError):  # a person has deleted the object, or a slot of it
        return


def pictures(obj: bpy.types.Object, number: int | None = None) -> tuple[bpy.types.Image, ...]:
    """The pictures that the object's painted material holds, of one take or of all."""
    tree = _group(obj)
    return () if tree is None else painted_nodes.pictures(tree, number)


def set_packed(target: Target, packed: bool) -> str:
    """Put our pictures into the .blend, or read them from beside it again; no others.

    Returns how many lie in the .blend and what they take, and which could not be moved.
    """
    move = images.pack if packed else images.unpack
    all_of_them = list(
        dict.fromkeys(image for obj in _objects_of(target) for image in pictures(obj))
    )
    told = ""
    for image in all_of_them:
        try:
            move(image)
        except InputError as error:
            told = f" {error}"
    inside = [image for image in all_of_them if images.is_packed(image)]
    size = sum(map(images.packed_bytes, inside)) / 1e6
    if not inside:
        return f"{len(all_of_them)} textures lie beside the .blend.{told}"
    return f"{len(inside)} of {len(all_of_them)} textures lie in the .blend: {size:.1f} MB.{told}"


def is_ours(material: bpy.types.Material) -> bool:
    """Whether we have made a material: a painted one, or a mix."""
    return slots.kind_of(material) is not None


# --- one object ---------------------------------------------------------------------------------


def _objects_of(target: Target) -> Iterable[bpy.types.Object]:
    """The object itself, or all of a scene's, those too that it only instances."""
    return all_objects(target).values() if isinstance(target, bpy.types.Scene) else (target,)


def _require_surface(obj: bpy.types.Object, laid: Laid) -> None:
    """Raise InputError where the object has not what its take lies by."""
    if laid.tile_metres is not None:
        if obj.type != "MESH":
            raise InputError(f"{obj.name} is no mesh: a tile cannot be laid on it.")
    elif laid.uv_map != UV_MAP:
        if obj.type != "MESH" or laid.uv_map not in obj.data.uv_layers:
            raise InputError(
                f"{obj.name} has no UV map {laid.uv_map!r} any more, by which it was painted: name "
                "it so again, or paint it again."
            )
    else:
        paintable_mesh(obj)
        if not has_current_uv(obj):
            raise InputError(
                f"{obj.name} has other faces than when it was painted: paint it again."
            )


def _pictures_in(folder: Path) -> dict[str, Path]:
    """The pictures of a take by what they hold, base colour first."""
    files = {what: folder / f"{what}.png" for what in painted_nodes.MAPS}
    images.require(files["basecolor"])
    return {what: file for what, file in files.items() if file.is_file()}


def _own_material(obj: bpy.types.Object) -> bpy.types.Material:
    """The object's painted material; a copy where a duplicate of the object shares it."""
    material = slots.painted_of(obj)
    if material is None:
        material = bpy.data.materials.new(f"Underpaint {obj.name}")
    elif any(slots.painted_of(other) == material for other in bpy.data.objects if other != obj):
        material = _copied(material, f"Underpaint {obj.name}")
    if not painted_nodes.is_whole(painted_nodes.tree_of(material)):
        painted_nodes.build(material)
    slots.set_painted(obj, material)
    return material


def _copied(material: bpy.types.Material, name: str) -> bpy.types.Material:
    """A painted material and its group anew, both for another object."""
    tree = painted_nodes.tree_of(material)
    copy = material.copy()
    copy.name = name
    if tree is not None:
        group = tree.copy()
        group.name = name
        copy.node_tree.nodes[painted_nodes.GROUP].node_tree = group
    return copy


def _group(obj: bpy.types.Object) -> bpy.types.NodeTree | None:
    material = slots.painted_of(obj)
    return None if material is None else painted_nodes.tree_of(material)


def _group_or_error(obj: bpy.types.Object, number: int | None = None) -> bpy.types.NodeTree:
    """The object's painted group, whole. Raises InputError, also where it has no such take."""
    tree = _group(obj)
    if number is not None and number not in takes(obj):
        raise InputError(f"{obj.name} has no painted texture take {number:03d}: paint it first.")
    if tree is None or not painted_nodes.is_whole(tree):
        raise InputError(f"The painted material of {obj.name} was taken apart: paint it again.")
    return tree


def _show(obj: bpy.types.Object, what: Shown, number: int | None = None) -> None:
    """A material that a person took apart can still be worn, but no take can be led to it."""
    _require_editable(obj)
    if what == "blocking":
        slots.give_back(obj)
        return
    if number is not None:
        painted_nodes.show_take(_group_or_error(obj, number), number)
    elif not has_texture(obj):
        raise InputError(f"{obj.name} has no painted texture: paint it first.")
    for image in _shown_pictures(obj):
        images.require_image(image)
    _wear(obj, what)


def _require_editable(obj: bpy.types.Object) -> None:
    if not obj.is_editable:
        raise InputError(f"{obj.name} is linked from a library, where it is switched.")


def _shown_pictures(obj: bpy.types.Object) -> tuple[bpy.types.Image, ...]:
    tree, number = _group(obj), shown_take(obj)
    return () if tree is None or number is None else painted_nodes.pictures(tree, number)


def _wear(obj: bpy.types.Object, what: Shown) -> None:
    """Put the painted material, or fresh mixes, into every slot."""
    painted = slots.painted_of(obj)
    assert painted is not None
    if what == "painted":
        slots.wear(obj, [painted] * len(obj.material_slots))
    else:
        slots.wear(obj, _fresh_mixes(obj))


def _fresh_mixes(obj: bpy.types.Object) -> list[bpy.types.Material]:
    """A mixed copy for each slot; slots of one material share theirs."""
    group = _group_or_error(obj)
    copies: dict[bpy.types.Material | None, bpy.types.Material] = {}
    for own in slots.own_materials(obj):
        if own not in copies:
            name = f"Underpaint {obj.name} over {own.name if own else 'nothing'}"
            copies[own] = mixed_nodes.mixed_copy(own, group, name)
            copies[own][slots.KIND] = "mixed"
    return [copies[own] for own in slots.own_materials(obj)]


@contextmanager
def _forgetting_mixes(target: Target) -> Iterator[None]:
    """Afterwards the mixes that nothing wears any more go; at once, since one by one takes long."""
    worn = {slot.material for obj in _objects_of(target) for slot in obj.material_slots}
    mixes = [material for material in worn if slots.kind_of(material) == "mixed"]
    yield
    bpy.data.batch_remove([material for material in mixes if material.users == 0])


def _set(
    target: Target, set_it: Callable[[bpy.types.NodeTree, float], None], amount: float
) -> None:
    for obj in _objects_of(target):
        tree = _group(obj)
        if tree is not None and tree.is_editable:
            set_it(tree, amount)
