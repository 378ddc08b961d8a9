"""Textures that stand: worn while others are painted, or there for shots to start from."""

from collections.abc import Iterator, Mapping, Sequence

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library import judgements, picks
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import StandingRef
from underpaint.wire.messages import StandingTexture

from ..bridge import lying, materials
from ..bridge.carried import UV_MAP
from ..bridge.instanced import all_objects, find_object
from ..bridge.unwrap import has_current_uv
from .order import Order


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


def require_parts(scene: bpy.types.Scene, order: Order) -> None:
    """Raise InputError where no part of an object's texture could stay, before any pass is rendered
    for it. The worker looks once more, at the meshes that it is given: an artist's map may turn out
    to hold no texture."""
    takes = Takes(order.project, "textures")
    numbers = {name: _kept(scene, takes, name, order.part).take for name in order.objects}
    requests = {name: takes.load(name, n).texture_request for name, n in numbers.items()}
    frame = order.views[0].frame
    maps = {name: request.uv_map for name, request in requests.items()}
    layouts = lying.rendered_layouts(scene, order.shots[0].shot, frame, maps)
    for name, request in requests.items():
        other_map = order.uv == "own" and request.uv_map != UV_MAP
        layout = layouts.get(name, request.layout)
        if other_map or (request.layout and layout != request.layout):
            raise InputError(
                f"{name} has another UV map or other faces than take {numbers[name]} was painted "
                "for, so that no part of it can stay: paint all of it first."
            )


def painted(
    scene: bpy.types.Scene, project: Project, made: Mapping[str, int]
) -> tuple[StandingTexture, ...]:
    """The texture of every object that has one on disk: the picked take, else the one of ``made``,
    which this job has painted, else the newest that nobody rejected."""
    takes, chosen = Takes(project, "textures"), picks.load(project)
    found = []
    for name in all_objects(scene):
        first = (picks.number(chosen, "textures", name), made.get(name))
        number = _to_start_from(takes, name, [number for number in first if number])
        found += [StandingTexture(name, number)] if number else []
    return tuple(found)


def size_of(project: Project, textures: Sequence[StandingTexture]) -> int:
    """The most texels a side that textures were painted for, by which their maps are laid out."""
    takes = Takes(project, "textures")
    requests = (takes.load(one.object, one.take).texture_request for one in textures)
    return max(request.size for request in requests if request is not None)


def again(project: Project, refs: Sequence[StandingRef]) -> tuple[StandingTexture, ...]:
    """The textures that a request names. Raises InputError where one is gone."""
    takes = Takes(project, "textures")
    return tuple(StandingTexture(ref.object, _take_of(takes, ref), ref.part) for ref in refs)


def _take_of(takes: Takes, ref: StandingRef) -> int:
    for take in takes.list(ref.object):
        if any(file.sha256 == ref.sha256 for file in take.files):
            return take.number
    raise InputError(
        f"The texture of {ref.object} that the take started from is gone: it cannot be redone."
    )


def _to_start_from(takes: Takes, name: str, first: Sequence[int]) -> int | None:
    """Tiles are passed over, and what is gone from the disk."""
    numbers = takes.numbers(name)
    rejected = judgements.rejected(takes.project, "textures", name) if numbers else frozenset()
    newest = (number for number in reversed(numbers) if number not in rejected)
    return next((n for n in (*first, *newest) if _is_texture(takes, name, n)), None)


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
