"""Bring takes back into the scene."""

import bpy

from underpaint.library.project import Kind, Project

from ..bridge import materials, strips
from ..bridge.shots import list_shots


def take(scene: bpy.types.Scene, project: Project, kind: Kind, subject: str, number: int) -> None:
    """Frames become a strip and the camera's background; a texture becomes a material."""
    folder = project.take(kind, subject, number)
    if kind == "textures":
        materials.apply_texture(scene.objects[subject], folder, number)
        return
    shot = next((shot for shot in list_shots(scene) if shot.name == subject), None)
    if shot is not None:  # a person may have renamed it meanwhile: the take is safe on disk
        strips.add_take(scene, shot, folder, number)
        strips.set_camera_background(scene.objects[shot.camera], shot, folder)
