"""What the panel's switches do: show blocking, paint or both; show one take of several; pack.

Each does one thing and tells the panel what stayed as it was, since a switch cannot report.
"""

from collections.abc import Callable, Sequence

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library import judgements, picks
from underpaint.library.layouts import newer_layout
from underpaint.library.project import Project
from underpaint.library.takes import Takes

from . import access
from .bridge import images, lying, materials
from .bridge.materials import Shown
from .jobs import apply

_MOST_NAMED = 4


def show_scene(scene: bpy.types.Scene) -> None:
    """Every painted object as the scene's switch says."""
    access.session().left_out = materials.show(scene, access.wishes(scene).show)


def show_object(obj: bpy.types.Object, what: Shown) -> None:
    """One object."""
    try:
        left_out = materials.show(obj, what)
    except InputError as error:
        left_out = str(error)
    access.session().left_out = left_out


def mix_of(obj: bpy.types.Object) -> float:
    """How far the paint covers an object's own materials: its own share, else the scene's."""
    share = materials.own_mix(obj)
    return access.wishes(bpy.context.scene).mix if share is None else share


def mix_object(obj: bpy.types.Object, amount: float | None) -> None:
    """Give an object a share of its own, or (None) have it go by the scene's."""
    materials.set_own_mix(obj, amount, access.wishes(bpy.context.scene).mix)


def pack(scene: bpy.types.Scene) -> None:
    """Move our pictures into the .blend or out of it, as the scene's setting says."""
    access.session().left_out = materials.set_packed(scene, access.wishes(scene).pack)


# --- takes --------------------------------------------------------------------------------------


def show_take(
    scene: bpy.types.Scene, obj: bpy.types.Object, number: int, project: Project | None
) -> str:
    """Show one take of an object: from its material where it is there, else from the disk.

    Returns a sentence where it lies wrongly, or nothing. Raises InputError where it is in neither.
    """
    if project is None or _is_at_hand(obj, number) or not _is_on_disk(obj, number, project):
        what: Shown = "mixed" if materials.shown(obj) == "mixed" else "painted"
        materials.show(obj, what, number)
    else:
        apply.texture(scene, project, obj.name, number)
    if project is None or not _lies_otherwise(obj, number, project):
        return ""
    return (
        f"Take {number} of {obj.name} was painted for another UV map than {obj.name} has now, so "
        "it lies wrongly: show another take, or paint the texture again."
    )


def _lies_otherwise(obj: bpy.types.Object, number: int, project: Project) -> bool:
    takes = Takes(project, "textures")
    try:
        take = takes.load(obj.name, number)
    except UnderpaintError:  # its record is gone, and with it what it was painted for
        return False
    newer = newer_layout(takes, take) is not None
    request = take.texture_request
    return request is not None and lying.lies_otherwise(obj, request, newer)


def show_number(scene: bpy.types.Scene, number: int, project: Project | None) -> str:
    """Show take ``number`` of every object that has it; returns which could not."""

    def choose(obj: bpy.types.Object) -> int | None:
        on_disk = project is not None and _is_on_disk(obj, number, project)
        return number if on_disk or number in materials.takes(obj) else None

    return _everywhere(scene, project, choose, f"No object has a texture take {number}.")


def show_newest(scene: bpy.types.Scene, project: Project | None) -> str:
    """Show every object's newest take that is not rejected; returns which could not."""

    def choose(obj: bpy.types.Object) -> int | None:
        there = set(materials.takes(obj))
        if project is not None:
            rejected = judgements.rejected(project, "textures", obj.name)
            newest = Takes(project, "textures").latest(obj.name, rejected)
            there = (there - rejected) | ({newest.number} if newest else set())
        return max(there, default=None)

    return _everywhere(scene, project, choose, "No object has a texture yet: paint one.")


def show_picked(scene: bpy.types.Scene, project: Project | None) -> str:
    """Show the picked take of every object that has one; returns which could not."""
    chosen = picks.load(project).textures if project else {}

    def choose(obj: bpy.types.Object) -> int | None:
        return chosen[obj.name].take if obj.name in chosen else None

    return _everywhere(
        scene, project, choose, "No texture is picked yet: press a take's check mark."
    )


def _everywhere(
    scene: bpy.types.Scene,
    project: Project | None,
    choose: Callable[[bpy.types.Object], int | None],
    none: str,
) -> str:
    """Show the chosen take of every object; raises InputError where there is none at all."""
    wishes = access.wishes(scene)
    meshes = [obj for obj in scene.objects if obj.type == "MESH"]
    chosen = {obj: number for obj in meshes if (number := choose(obj)) is not None}
    if not chosen:
        raise InputError(none)
    if wishes.show == "blocking":
        wishes.show = "painted"
    wrong: list[str] = []

    def show(obj: bpy.types.Object) -> None:
        if show_take(scene, obj, chosen[obj], project):
            wrong.append(f"{obj.name} (take {chosen[obj]})")

    left_out = materials.for_each(chosen, show)
    return " ".join(filter(None, (left_out, _all_wrong(wrong))))


def _all_wrong(wrong: Sequence[str]) -> str:
    """One sentence about the takes that lie wrongly, or nothing."""
    if not wrong:
        return ""
    more = f" and {len(wrong) - _MOST_NAMED} more" if len(wrong) > _MOST_NAMED else ""
    return (
        f"Painted for another UV map than the object has now, and so lying wrongly: "
        f"{', '.join(wrong[:_MOST_NAMED])}{more}. Show another take, or paint the texture again."
    )


def _is_at_hand(obj: bpy.types.Object, number: int) -> bool:
    there = all(images.is_there(picture) for picture in materials.pictures(obj, number))
    return there and number in materials.takes(obj)


def _is_on_disk(obj: bpy.types.Object, number: int, project: Project) -> bool:
    return project.take("textures", obj.name, number).is_dir()
