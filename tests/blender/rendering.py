"""Small scenes rendered by our code, and read as a reader of the folder reads them."""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
import OpenEXR
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet
from underpaint.passes.exr import Passes, read_passes

Points = np.ndarray
WIDTH, HEIGHT = 96, 64


class Rendered(NamedTuple):
    """One frame as a reader of the folder has it."""

    passes: Passes
    to_world: np.ndarray
    projection: np.ndarray
    names: dict[int, str]


def empty(scene) -> bpy.types.Object:
    """Leave the scene its camera alone, one frame, and a small picture; returns the camera."""
    for obj in [obj for obj in scene.objects if obj.type != "CAMERA"]:
        bpy.data.objects.remove(obj)
    scene.frame_start = scene.frame_end = 1
    scene.render.resolution_x, scene.render.resolution_y = WIDTH, HEIGHT
    scene.camera.location = (0, -6, 1.2)
    scene.camera.rotation_euler = (math.radians(78), 0, 0)
    return scene.camera


def add(kind: str, name: str, **settings) -> bpy.types.Object:
    """A primitive mesh."""
    getattr(bpy.ops.mesh, f"primitive_{kind}_add")(**settings)
    bpy.context.object.name = name
    return bpy.context.object


def move(obj: bpy.types.Object, collection: bpy.types.Collection) -> None:
    """Put an object into that collection alone."""
    for other in obj.users_collection:
        other.objects.unlink(obj)
    collection.objects.link(obj)


def render(scene, folder: Path, frame: int = 1, **settings) -> Rendered:
    """Render one frame and read it."""
    (shot,) = list_shots(scene)
    list(render_passes(scene, shot, folder, frames=[frame], **settings))
    return read(folder, frame)


def read(folder: Path, frame: int = 1) -> Rendered:
    document = read_document(PassSet, folder / "passes.json")
    (record,) = (record for record in document.frames if record.frame == frame)
    return Rendered(
        read_passes(folder / record.file),
        np.array(record.camera_to_world).reshape(4, 4),
        np.array(record.projection).reshape(4, 4),
        {o.id: o.name for o in document.objects},
    )


def pixels_of(points: Points, to_world: np.ndarray, projection: np.ndarray, shape) -> np.ndarray:
    """(column, row) of world points, as ``model.shot`` says; ``shape`` is (height, width)."""
    height, width = shape
    flat = np.concatenate([points, np.ones((*points.shape[:-1], 1))], axis=-1)
    clip = flat @ (projection @ np.linalg.inv(to_world)).T
    x, y = (clip[..., i] / clip[..., 3] for i in (0, 1))
    return np.stack([(x + 1) / 2 * width - 0.5, (1 - y) / 2 * height - 0.5], axis=-1)


def grid(shape) -> np.ndarray:
    """(column, row) of every pixel."""
    rows, columns = np.indices(shape)
    return np.stack([columns, rows], axis=-1).astype(float)


def shown(frame: Rendered) -> set[str]:
    """The objects that some pixel shows."""
    return {frame.names[i] for i in np.unique(frame.passes.object_id) if i}


def channels(frame: Rendered) -> dict[str, OpenEXR.Channel]:
    """All channels of its file by their full names."""
    with OpenEXR.File(frame.passes.source, separate_channels=True) as file:
        return {name: channel for part in file.parts for name, channel in part.channels.items()}


def key(obj, frame: int, **values) -> None:
    for name, value in values.items():
        setattr(obj, name, value)
        obj.keyframe_insert(name, frame=frame)


def linear(obj) -> None:
    """Straight from key to key."""
    for curve in compat.animation_curves(obj.animation_data):
        for point in curve.keyframe_points:
            point.interpolation = "LINEAR"
