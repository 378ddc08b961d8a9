"""Frames of the scene that is open in Blender, as the teacher of the built-in model takes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import bpy
import torch
from torch import Tensor
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet
from underpaint.passes.depth import depth_control, depth_range
from underpaint.passes.exr import read_passes
from underpaint.passes.normals import to_camera_space
from underpaint.training.materials import KIND

_SHINE = {"window": "window shutter glass", "lamp": "lamp"}


def planes_of_frames(
    name: str, folder: Path, frames: list[int], size: tuple[int, int]
) -> Iterator[tuple[str, dict[str, Tensor]]]:
    """Name and planes of frames of the shot ``name``, else of the first one. ``size``: width,
    height."""
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = size
    scene.render.resolution_percentage = 100
    shots = {shot.name: shot for shot in list_shots(scene)}
    shot = shots.get(name) or next(iter(shots.values()))
    out = folder / name
    for _ in render_passes(scene, shot, out, frames=frames):
        pass
    passes = read_document(PassSet, out / "passes.json")
    kinds = {item.id: KIND[_kind(item.name)] for item in passes.objects}
    for frame in passes.frames:
        read = read_passes(out / frame.file, ["depth", "normal_world", "object_id"])
        near, far = depth_range([read.depth])
        normal = to_camera_space(read.normal_world, frame.camera_to_world)
        ids = torch.from_numpy(read.object_id.astype("int64"))
        kind = torch.zeros_like(ids)
        for number, value in kinds.items():
            kind[ids == number] = value
        yield (
            f"{name} {frame.frame}",
            {
                "near_ness": torch.from_numpy(depth_control(read.depth, near, far)[..., 0].copy()),
                "normal": torch.from_numpy(normal.copy()).permute(2, 0, 1) * (ids > 0),
                "kind": kind,
            },
        )


def _kind(name: str) -> str:
    """The teacher must know what shines; all else it sees."""
    words = name.lower()
    return next(
        (kind for kind, parts in _SHINE.items() if any(p in words for p in parts.split())), "wall"
    )
