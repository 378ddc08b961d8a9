"""Bring takes back into the scene."""

from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.library import picks
from underpaint.library.project import Kind, Project

from .. import access
from ..bridge import backgrounds, materials, strips
from ..bridge.instanced import find_object
from ..bridge.shots import list_shots, shot_camera


def take(scene: bpy.types.Scene, project: Project, kind: Kind, subject: str, number: int) -> str:
    """Frames become a strip and the camera's background; a texture becomes a material.

    Returns why the scene does not show all of it, or nothing: a camera is linked, a shot was
    renamed meanwhile. The take is safe on disk whatever the scene can show.
    """
    folder = project.take(kind, subject, number)
    try:
        if kind == "textures":
            _texture(scene, folder, subject, number)
        else:
            _frames(scene, folder, subject, number)
    except InputError as error:
        return str(error)
    return ""


def pick(scene: bpy.types.Scene, project: Project, shot: str, number: int, by: str) -> str:
    """Choose a take for the reel and show it; returns what ``take`` returns."""
    picks.pick(project, shot, number, by)
    return take(scene, project, "shots", shot, number)


def _texture(scene: bpy.types.Scene, folder: Path, subject: str, number: int) -> None:
    obj = find_object(scene, subject)
    if obj is None:
        raise InputError(f"{subject} is not in the scene any more: its texture is kept on disk.")
    wishes = access.wishes(scene)
    materials.apply_texture(obj, folder, number)
    materials.set_unlit(obj, wishes.unlit)
    wishes.show = "painted"


def _frames(scene: bpy.types.Scene, folder: Path, subject: str, number: int) -> None:
    shot = next((shot for shot in list_shots(scene) if shot.name == subject), None)
    if shot is None:
        raise InputError(f"The shot {subject} is not in the scene any more: its take is on disk.")
    strips.add_take(scene, shot, folder, number)
    backgrounds.set_camera_background(
        shot_camera(scene, shot), shot, folder, access.wishes(scene).over
    )
    backgrounds.show_at(scene.frame_current)
