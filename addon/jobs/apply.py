"""Bring takes back into the scene."""

import bpy
from underpaint.library.project import Kind, Project

from .. import access
from ..bridge import materials, strips
from ..bridge.shots import list_shots, shot_camera


def take(scene: bpy.types.Scene, project: Project, kind: Kind, subject: str, number: int) -> None:
    """Frames become a strip and the camera's background; a texture becomes a material.

    What a person has renamed or removed meanwhile is left out: the take is safe on disk.
    """
    folder = project.take(kind, subject, number)
    if kind == "textures":
        obj: bpy.types.Object | None = scene.objects.get(subject)
        if obj is not None:
            materials.apply_texture(obj, folder, number)
            access.wishes(scene).show = "painted"
        return
    shot = next((shot for shot in list_shots(scene) if shot.name == subject), None)
    if shot is not None:
        strips.add_take(scene, shot, folder, number)
        strips.set_camera_background(shot_camera(scene, shot), shot, folder)
