"""Textures that the scene wears while others are painted."""

from collections.abc import Iterator, Sequence

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.wire.messages import StandingTexture

from ..bridge import materials
from ..bridge.carried import UV_MAP
from ..bridge.instanced import all_objects, find_object
from ..bridge.unwrap import has_current_uv


def textures(
    scene: bpy.types.Scene, project: Project, objects: Sequence[str], part: str
) -> tuple[StandingTexture, ...]:
    """What the other objects wear, and, where only the vertex group ``part`` of the chosen objects
    is to be painted, what these wear now.

    Raises InputError for a chosen object that has no such group, or no texture to keep, or other
    faces than the UV map of ours was made for, by which that texture lies: it will be made anew.
    """
    takes, chosen = Takes(project, "textures"), set(objects)
    around = (obj for name, obj in all_objects(scene).items() if name not in chosen)
    stands = list(_worn(around, takes))
    if part:
        stands += [_kept(scene, takes, name, part) for name in objects]
    return tuple(stands)


def _worn(objects: Iterator[bpy.types.Object], takes: Takes) -> Iterator[StandingTexture]:
    """Tiles are laid by the metre and lie by no UV map: views paint over them."""
    for obj in objects:
        number = materials.shown_take(obj)
        if materials.shown(obj) != "blocking" and number and _is_texture(takes, obj.name, number):
            yield StandingTexture(obj.name, number)


def _kept(scene: bpy.types.Scene, takes: Takes, name: str, part: str) -> StandingTexture:
    obj = find_object(scene, name)
    if obj is None or part not in obj.vertex_groups:
        raise InputError(
            f"{name} has no vertex group {part}: paint its weights where the texture is to change."
        )
    number = materials.shown_take(obj)
    if not number or not _is_texture(takes, name, number):
        raise InputError(
            f"{name} wears no painted texture of which a part could change: paint all of it first."
        )
    if takes.load(name, number).texture_request.uv_map == UV_MAP and not has_current_uv(obj):
        raise InputError(
            f"The faces of {name} changed since take {number} was painted, so that no part of it "
            "can stay: paint all of it first."
        )
    return StandingTexture(name, number, part=True)


def _is_texture(takes: Takes, name: str, number: int) -> bool:
    try:
        return takes.load(name, number).texture_request is not None
    except UnderpaintError:  # gone from the disk, or of a project that is elsewhere
        return False
