"""Names that a person gave, looked up in the scene: each error lists what there is."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.model.shot import Shot

from . import access, prefs
from .bridge.carried import is_holder
from .bridge.instanced import shown_objects

_MOST_NAMED = 20


def shots(there: Sequence[Shot], names: Sequence[str]) -> tuple[Shot, ...]:
    """The shots of those names, in the scene's order; all of them when none is named."""
    known = {shot.name for shot in there}
    for name in names:
        if name not in known:
            listed = _listed([shot.name for shot in there])
            raise InputError(f"There is no shot {name!r} in this scene. There are: {listed}.")
    return tuple(shot for shot in there if not names or shot.name in names)


def frames(
    chosen: Sequence[Shot], wanted: tuple[int, int | None] | None
) -> dict[Shot, tuple[int, ...]]:
    """The wanted frames of each shot that has any. Raises InputError when none has."""
    if wanted is None:
        return {shot: tuple(shot.frames) for shot in chosen}
    first, last = wanted[0], max(s.end for s in chosen) if wanted[1] is None else wanted[1]
    kept = {shot: tuple(f for f in shot.frames if first <= f <= last) for shot in chosen}
    if not any(kept.values()):
        told = f"Frame {first} is" if first == wanted[1] else f"The frames {_range(*wanted)} are"
        raise InputError(f"{told} in no chosen shot. There are: {_ranges(chosen)}.")
    return {shot: wanted for shot, wanted in kept.items() if wanted}


def fewer(kept: Mapping[Shot, Sequence[int]], wanted: tuple[int, int | None] | None) -> str:
    """A sentence where wanted frames lie before or after all that ``frames`` found of them."""
    if wanted is None or not kept:
        return ""
    first, last = wanted
    starts, ends = zip(*((found[0], found[-1]) for found in kept.values()), strict=True)
    if first >= min(starts) and (last is None or last <= max(ends)):
        return ""
    there = [f"{shot.name} {_range(found[0], found[-1])}" for shot, found in kept.items()]
    return f"Of the frames {_range(*wanted)} the chosen shots have: {_listed(there)}."


def _ranges(shots: Sequence[Shot]) -> str:
    return _listed([f"{shot.name} {_range(shot.start, shot.end)}" for shot in shots])


def _range(first: int, last: int | None) -> str:
    """``3``, ``3-9``, ``from 3 on``; ``-8 to 8``, where a dash would read as a sign."""
    if last is None or first == last:
        return f"from {first} on" if last is None else str(first)
    return f"{first}-{last}" if first >= 0 else f"{first} to {last}"


def objects(scene: bpy.types.Scene, names: Sequence[str]) -> tuple[str, ...]:
    """Those names, each a mesh that renders; without names every mesh that renders, by itself or
    as an instance."""
    there = [name for name, obj in shown_objects(scene).items() if is_paintable(obj)]
    if not there:
        raise InputError("There is no mesh object in this scene that renders: nothing to texture.")
    for name in names:
        if name not in there:
            known = name in scene.objects
            why = "is no mesh that renders" if known else "is not in this scene"
            raise InputError(f"The object {name!r} {why}. There are: {_listed(there)}.")
    return tuple(names) or tuple(there)


def is_paintable(obj: bpy.types.Object) -> bool:
    """Whether it is a mesh of the artist's."""
    return obj.type == "MESH" and not is_holder(obj)


def out_folder(scene: bpy.types.Scene) -> Path:
    """Where the scene's results go. Raises InputError while the .blend was never saved."""
    rule = access.wishes(scene).folder or prefs.settings().folder
    if not (rule.startswith("//") or Path(rule).is_absolute()):
        rule = f"//{rule}"
    if rule.startswith("//") and not bpy.data.filepath:
        raise InputError(
            "Save the .blend file first: results go to a folder beside it (or name one: --out)."
        )
    return Path(bpy.path.abspath(rule)).absolute()


def title(scene: bpy.types.Scene) -> str:
    """The reel's title: the scene's wish, else the file's name, else the scene's."""
    return access.wishes(scene).title or Path(bpy.data.filepath).stem or scene.name


def people(text: str) -> tuple[str, ...]:
    """``"Ana, story; Ben, layout"`` as two people."""
    return tuple(person.strip() for person in text.split(";") if person.strip())


def _listed(names: Sequence[str]) -> str:
    more = len(names) - _MOST_NAMED
    return ", ".join(names[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
