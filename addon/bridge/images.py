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


def require_pixels(image: bpy.types.Image, path: Path) -> None:
    """Raise InputError where Blender cannot read a file as a picture."""
    if not all(image.size):
        raise InputError(f"{path} is no picture or was cut off.")


def is_there(image: bpy.types.Image | None) -> bool:
    """Whether a picture can be shown: it is in the .blend, or its file is where the .blend says."""
    if image is None:
        return False
    return is_packed(image) or Path(bpy.path.abspath(image.filepath)).is_file()


def require_image(image: bpy.types.Image | None) -> None:
    """Raise InputError where a picture of the .blend lies beside it and is not there."""
    if not is_there(image):
        where = bpy.path.abspath(image.filepath) if image else "The picture"
        raise InputError(
            f"{where} is not there: bring the project's folder to its place beside the .blend, or "
            "pack the textures into the .blend where they are."
        )


def is_packed(image: bpy.types.Image) -> bool:
    """Whether the picture lies in the .blend."""
    return image.packed_file is not None


def packed_copy(path: Path, meaning: Meaning) -> bpy.types.Image | None:
    """The image that is that very file, put into the .blend; takes never change."""
    wanted = comparable(str(path.absolute()))
    for image in bpy.data.images:
        if image.library or not is_packed(image):
            continue
        same = comparable(bpy.path.abspath(image.filepath)) == wanted
        if same and image.colorspace_settings.name in COLORSPACES[meaning]:
            return image
    return None


def pack(image: bpy.types.Image) -> None:
    """Put a picture into the .blend, as it is on disk. Raises InputError where it is not there."""
    if not is_packed(image):
        require_image(image)
        image.pack()


def unpack(image: bpy.types.Image) -> None:
    """Read a packed picture from its file again; where that is gone it stays in the .blend."""
    if is_packed(image) and Path(bpy.path.abspath(image.filepath)).is_file():
        image.unpack(method="REMOVE")


def packed_bytes(image: bpy.types.Image) -> int:
    """What a packed picture adds to the .blend."""
    return image.packed_file.size if image.packed_file is not None else 0


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
    wanted = comparable(str(path.absolute()))
    for image in bpy.data.images:
        if image.library or image.source != source or not image.filepath or image.packed_file:
            continue
        same = comparable(bpy.path.abspath(image.filepath)) == wanted
        if same and image.colorspace_settings.name in colorspaces:
            return image
    return None


def comparable(path: str) -> str:
    """Equal for paths that name one file, as text: no link is followed, no disk asked."""
    return os.path.normcase(os.path.normpath(path))
