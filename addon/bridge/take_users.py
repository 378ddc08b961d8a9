"""What in the open .blend shows the pictures of a take."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy

from . import compat, images


def in_file(folder: Path) -> tuple[str, ...]:
    """A sentence that names what reads a take's pictures from its folder; none where nothing does.

    Pictures that are packed into the .blend outlive their take.
    """
    names = list(dict.fromkeys((*_images(folder), *_strips(folder))))
    if not names:
        return ()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (f"This .blend shows it: {', '.join(names[:3])}{more}.",)


def _images(folder: Path) -> Iterator[str]:
    for image in bpy.data.images:
        if not image.users or not image.filepath or images.is_packed(image):
            continue
        if _lies_in(bpy.path.abspath(image.filepath, library=image.library), folder):
            yield image.name


def _strips(folder: Path) -> Iterator[str]:
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        if editor is None:
            continue
        for strip in compat.all_strips(editor):
            if strip.type == "IMAGE" and _lies_in(f"{bpy.path.abspath(strip.directory)}/x", folder):
                yield strip.name


def _lies_in(path: str, folder: Path) -> bool:
    return images.comparable(str(Path(path).parent)) == images.comparable(str(folder.absolute()))
