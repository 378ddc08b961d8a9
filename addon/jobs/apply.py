"""Bring takes back into the scene."""

from dataclasses import replace
from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.library import picks
from underpaint.library.project import Kind, Project
from underpaint.library.takes import Takes
from underpaint.model.request import AtlasCell, AtlasRequest, TextureRequest, TileRequest
from underpaint.model.take import Take

from .. import access
from ..bridge import backgrounds, materials, strips
from ..bridge.carried import UV_MAP
from ..bridge.instanced import all_objects, find_object
from ..bridge.laid import Laid
from ..bridge.shots import list_shots, shot_camera


def take(scene: bpy.types.Scene, project: Project, kind: Kind, subject: str, number: int) -> str:
    """Frames become a strip and the camera's background; a texture becomes a material.

    Returns why the scene does not show all of it, or nothing: a camera is linked, a shot was
    renamed meanwhile. The take is safe on disk whatever the scene can show.
    """
    try:
        if kind == "textures":
            texture(scene, project, subject, number)
        elif kind == "atlases":
            return _atlas(scene, project, subject, number)
        else:
            _frames(scene, project.take(kind, subject, number), subject, number)
    except InputError as error:
        return str(error)
    return ""


def pick(scene: bpy.types.Scene, project: Project, shot: str, number: int, by: str) -> str:
    """Choose a take for the reel and show it; returns what ``take`` returns."""
    picks.pick(project, shot, number, by)
    return take(scene, project, "shots", shot, number)


def texture(scene: bpy.types.Scene, project: Project, subject: str, number: int) -> None:
    """Show a texture take on its object, as the scene's switches are set. Raises InputError."""
    obj = find_object(scene, subject)
    if obj is None:
        raise InputError(f"{subject} is not in the scene any more: its texture is kept on disk.")
    takes = Takes(project, "textures")
    record = takes.load(subject, number)
    materials.apply_texture(obj, takes.folder(record), number, _laid(record))
    _as_switched(scene, obj)


def _atlas(scene: bpy.types.Scene, project: Project, subject: str, number: int) -> str:
    """Have every object read its take from its cell of an atlas; says which could not."""
    atlases = Takes(project, "atlases")
    record = atlases.load(subject, number)
    atlas = record.atlas_request
    assert atlas is not None, "a take below atlases/ is one"
    cells = {cell.object: cell for cell in atlas.cells}
    name = f"Underpaint {subject}"

    def move(obj: bpy.types.Object) -> None:
        cell = cells[obj.name]
        laid = _laid(Takes(project, "textures").load(cell.object, cell.take))
        part = replace(laid, cell=_share(atlas, cell))
        materials.apply_texture(obj, atlases.folder(record), cell.take, part, name)
        _as_switched(scene, obj)

    return materials.for_each(
        [obj for obj in all_objects(scene).values() if obj.name in cells], move
    )


def _share(atlas: AtlasRequest, cell: AtlasCell) -> tuple[float, float, float, float]:
    """A cell as UVs have it, whose origin is the lower left: left, bottom, width, height."""
    bottom = atlas.height - cell.top - cell.side
    across, up = 1 / atlas.width, 1 / atlas.height
    return cell.left * across, bottom * up, cell.side * across, cell.side * up


def _as_switched(scene: bpy.types.Scene, obj: bpy.types.Object) -> None:
    """Show an object's newest paint as the scene's switches are set."""
    wishes = access.wishes(scene)
    materials.set_unlit(obj, wishes.unlit)
    materials.set_relief(obj, wishes.relief)
    if materials.own_mix(obj) is None:
        materials.set_mix(obj, wishes.mix)
    if wishes.pack:
        materials.set_packed(obj, True)
    if wishes.show == "blocking":
        wishes.show = "painted"
    elif wishes.show == "mixed":
        materials.show(obj, "mixed")


def pack_textures(scene: bpy.types.Scene) -> str:
    """Put the scene's textures into the .blend, those to come as well; says what they take."""
    access.wishes(scene).pack = True
    return materials.set_packed(scene, True)


def _laid(record: Take) -> Laid:
    request = record.request
    depth = next((file.metres for file in record.files if file.metres is not None), None)
    if isinstance(request, TileRequest):
        return Laid(tile_metres=request.metres, depth=depth)
    return Laid(request.uv_map if isinstance(request, TextureRequest) else UV_MAP, depth=depth)


def _frames(scene: bpy.types.Scene, folder: Path, subject: str, number: int) -> None:
    shot = next((shot for shot in list_shots(scene) if shot.name == subject), None)
    if shot is None:
        raise InputError(f"The shot {subject} is not in the scene any more: its take is on disk.")
    strips.add_take(scene, shot, folder, number)
    backgrounds.set_camera_background(
        shot_camera(scene, shot), shot, folder, access.wishes(scene).over
    )
    backgrounds.show_at(scene.frame_current)
