"""What in the open .blend shows a take: what a person put there, and what we did."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy

from . import backgrounds, compat, images, materials, painted_nodes, strips


def in_file(folder: Path) -> tuple[str, ...]:
    """A sentence that names what would miss a take's pictures; none where nothing would.

    Not our own strips and backgrounds, nor takes that lie in an object's material and are not
    shown: ``take_back`` removes those. Pictures packed into the .blend outlive their take.
    """
    names = list(dict.fromkeys((*_objects(folder), *_images(folder), *_strips(folder))))
    if not names:
        return ()
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return (f"This .blend shows it: {', '.join(names[:3])}{more}.",)


def take_back(folder: Path, subject: str, number: int) -> None:
    """Remove what we put into the .blend of a take that is gone: its strips, its backgrounds, and
    its nodes where another take is shown."""
    for scene in bpy.data.scenes:
        strips.remove_take(scene, subject, number)
    held = [image for image in bpy.data.images if _reads(image, folder)]
    for camera in bpy.data.cameras:
        if not camera.is_editable:
            continue
        for background in [b for b in camera.background_images if b.image in held]:
            background.image = None  # Blender goes on counting it as a user otherwise
            camera.background_images.remove(background)
    for tree in _groups():
        if painted_nodes.shown_take(tree) != number and _pictures_in(tree, number, folder):
            painted_nodes.remove_take(tree, number)
    for image in held:
        if image.users == 0:
            bpy.data.images.remove(image)


def _objects(folder: Path) -> Iterator[str]:
    """Objects whose material leads a picture of the folder to the surface."""
    for obj in bpy.data.objects:
        number = materials.shown_take(obj) if obj.type == "MESH" else None
        if number is not None and any(
            _reads(image, folder) for image in materials.pictures(obj, number)
        ):
            yield obj.name


def _images(folder: Path) -> Iterator[str]:
    ours = {image for tree in _groups() for image in painted_nodes.pictures(tree)}
    for image in bpy.data.images:
        theirs = image.users and image not in ours and not image.get(backgrounds.SHOT)
        if theirs and _reads(image, folder):
            yield image.name


def _strips(folder: Path) -> Iterator[str]:
    for scene in bpy.data.scenes:
        editor = scene.sequence_editor
        if editor is None:
            continue
        for strip in compat.all_strips(editor):
            theirs = strip.type == "IMAGE" and not strip.get(strips.SHOT)
            if theirs and _lies_in(f"{bpy.path.abspath(strip.directory)}/x", folder):
                yield strip.name


def _groups() -> Iterator[bpy.types.NodeTree]:
    for tree in bpy.data.node_groups:
        if tree.is_editable and painted_nodes.is_whole(tree):
            yield tree


def _pictures_in(tree: bpy.types.NodeTree, number: int, folder: Path) -> bool:
    return any(_reads(image, folder) for image in painted_nodes.pictures(tree, number))


def _reads(image: bpy.types.Image, folder: Path) -> bool:
    """Whether a picture lies in the folder and not in the .blend."""
    if not image.filepath or images.is_packed(image):
        return False
    return _lies_in(bpy.path.abspath(image.filepath, library=image.library), folder)


def _lies_in(path: str, folder: Path) -> bool:
    return images.comparable(str(Path(path).parent)) == images.comparable(str(folder.absolute()))
