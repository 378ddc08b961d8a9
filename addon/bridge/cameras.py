"""What a frame is seen through: the evaluated camera as matrices, and the picture's size.

Conventions are those of ``underpaint.model.shot``.
"""

from __future__ import annotations

from typing import NamedTuple, cast

import bpy
from underpaint.errors import InputError
from underpaint.model.shot import Matrix

_FLAT = ("PERSP", "ORTHO")


class CameraState(NamedTuple):
    """A camera at one frame: where it stands, and how it projects (what it cuts off, too)."""

    camera_to_world: Matrix
    projection: Matrix


def picture_size(scene: bpy.types.Scene) -> tuple[int, int]:
    """(width, height) that Blender renders, percentage included; border and crop are not."""
    render = scene.render
    width = render.resolution_x * render.resolution_percentage // 100
    height = render.resolution_y * render.resolution_percentage // 100
    if not width or not height:
        raise InputError(
            f"The picture would be {width} × {height} pixels: raise the resolution or its "
            "percentage in the output properties."
        )
    return width, height


def require_flat(camera: bpy.types.Object) -> None:
    """Raise InputError for a camera whose picture no projection matrix describes."""
    if camera.data.type not in _FLAT:
        kind = camera.data.bl_rna.properties["type"].enum_items[camera.data.type].name.lower()
        raise InputError(
            f"The camera {camera.name!r} is {kind}: only perspective and orthographic cameras can "
            "be painted. Change its type."
        )


def require_sharp(camera: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> None:
    """Raise InputError when the evaluated camera blurs although depth of field was switched off."""
    if camera.evaluated_get(depsgraph).data.dof.use_dof:
        raise InputError(
            f"The depth of field of the camera {camera.name!r} is switched by animation, and "
            "passes must be sharp: remove that animation."
        )


def camera_state(camera: bpy.types.Object, depsgraph: bpy.types.Depsgraph) -> CameraState:
    """The camera as ``depsgraph`` evaluated it, for the picture that its scene renders."""
    seen = camera.evaluated_get(depsgraph)
    render = depsgraph.scene.render
    width, height = picture_size(depsgraph.scene)
    projection = seen.calc_matrix_camera(
        depsgraph,
        x=width,
        y=height,
        scale_x=render.pixel_aspect_x,
        scale_y=render.pixel_aspect_y,
    )
    return CameraState(_flat(seen.matrix_world.normalized()), _flat(projection))


def _flat(matrix: bpy.types.bpy_struct) -> Matrix:
    return cast(Matrix, tuple(float(value) for row in matrix for value in row))
