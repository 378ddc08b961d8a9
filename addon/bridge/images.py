"""Image datablocks of pictures on disk; none is ever loaded twice."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import bpy
from underpaint.errors import InputError

Meaning = Literal["picture", "data"]
COLORSPACES: dict[Meaning, tuple[str, ...]] = {
    "picture": ("sRGB", "sRGB - Texture", "Utility - sRGB - Texture"),
    "data": ("Non-Color", "Raw", "Utility - Raw"),
}
"""What a picture's numbers mean → its name in Blender's colour configuration, then in ACES ones."""

SHOWN_COLORSPACES = {
    "AgX": "AgX Base sRGB",
    "Filmic": "Filmic sRGB",
    "Khronos PBR Neutral": "Khronos PBR Neutral sRGB",
}
"""View transform of a scene → colour space that undoes it: a picture so tagged comes out of the
transform with the colours it has. Exact to a few levels, save for colours that the transform cannot
make at all (AgX has no pure primaries). With Standard, sRGB itself is exact."""


def shown_colorspaces(transform: str) -> tuple[str, ...]:
    """Names of the colour space in which a picture shows as it is through a view transform."""
    undone = SHOWN_COLORSPACES.get(transform)
    return (undone, *COLORSPACES["picture"]) if undone else COLORSPACES["picture"]


def load(path: Path | str, meaning: Meaning = "picture") -> bpy.types.Image:
    """The image datablock of a file, read anew from disk.

    A datablock that holds this file with this meaning is used again; one that the artist set to
    another colour space is left alone. The path is relative where the .blend is saved. Raises
    InputError when there is no such picture.
    """
    return _load(Path(path), "FILE", COLORSPACES[meaning])


def load_sequence(first: Path | str, name: str) -> bpy.types.Image:
    """The datablock of a numbered sequence of pictures, by its first file."""
    image = _load(Path(first), "SEQUENCE", COLORSPACES["picture"])
    image.name = name
    return image


def set_colorspace(
    settings: bpy.types.ColorManagedInputColorspaceSettings, names: Sequence[str]
) -> None:
    """Set the first name that the colour configuration knows; with none, leave its default."""
    known = {item.identifier for item in settings.bl_rna.properties["name"].enum_items}
    name = next((name for name in names if name in known), None)
    if name is not None:
        settings.name = name


def require(path: Path) -> None:
    """Raise InputError where a picture is not there."""
    if not path.is_file():
        raise InputError(f"{path} is not there: was the take removed or the project moved?")


def blend_path(path: Path | str) -> str:
    """A path as the .blend should hold it: relative where it is saved and on the same drive.

    Links are not followed: a linked folder may be meant to be moved as it is.
    """
    whole = str(Path(path).absolute())
    if not bpy.data.filepath:
        return whole
    try:
        return bpy.path.relpath(whole)
    except ValueError:  # another drive of Windows
        return whole


def _load(path: Path, source: str, colorspaces: Sequence[str]) -> bpy.types.Image:
    """Find or load; ``colorspaces``: the wanted one by any of its names."""
    require(path)
    image = _find(path, source, colorspaces)
    if image is not None:
        image.reload()
        return image
    image = bpy.data.images.load(str(path.absolute()))
    image.filepath = blend_path(path)
    image.source = source
    set_colorspace(image.colorspace_settings, colorspaces)
    return image


def _find(path: Path, source: str, colorspaces: Sequence[str]) -> bpy.types.Image | None:
    """Paths are compared as text, because a scene may hold hundreds of images."""
    wanted = _comparable(str(path.absolute()))
    for image in bpy.data.images:
        if image.library or image.source != source or not image.filepath or image.packed_file:
            continue
        same = _comparable(bpy.path.abspath(image.filepath)) == wanted
        if same and image.colorspace_settings.name in colorspaces:
            return image
    return None


def _comparable(path: str) -> str:
    return os.path.normcase(os.path.normpath(path))
