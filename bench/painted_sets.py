"""Sets as the benches of textures need them: rendered from their views, one held out, and baked."""

from __future__ import annotations

import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import bpy
import numpy as np
import numpy.typing as npt
from PIL import Image
from underpaint_addon.bridge import around
from underpaint_addon.bridge.meshes import export_surface
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots
from underpaint_addon.bridge.steps import finished
from underpaint_addon.jobs.texturing import ADDED_SAY

from underpaint.library.project import Project
from underpaint.model.request import ViewRef
from underpaint.model.surface import SurfaceObject
from underpaint.worker.jobs.baking import bake_all
from underpaint.worker.jobs.mesh import Mesh, load_mesh
from underpaint.worker.jobs.sources import Source
from underpaint.worker.jobs.views import PlannedView, Seen, look_at

from . import texture_sets

TEXTURE = 1024

Floats = npt.NDArray[np.float32]
Bytes = npt.NDArray[np.uint8]
Texture = tuple[SurfaceObject, Bytes, Bytes]
"""An object, its base colour (S×S×3) and its mask (S×S)."""


class _Place(NamedTuple):
    """A frame to look from, by shot."""

    shot: str
    frame: int


@dataclass(frozen=True)
class PaintedSet:
    """A set that was rendered: its views, one held out, and its objects' meshes."""

    name: str
    project: Project
    views: list[Seen]
    held_out: Seen
    objects: tuple[SurfaceObject, ...]

    @cached_property
    def meshes(self) -> dict[int, Mesh]:
        """By the objects' ids."""
        folder = self.project.surface_set.parent
        indices = [view.plan.index for view in (*self.views, self.held_out)]
        return {item.id: load_mesh(folder, item, indices) for item in self.objects}

    def texture(self, item: SurfaceObject) -> Path:
        """The folder of an object's baked texture."""
        return self.project.root / "baked" / str(item.id)


def rendered(name: str, folder: Path) -> PaintedSet:
    """Build a set in Blender, look for more views of it, and render the passes of all."""
    places, held_out = texture_sets.SETS[name]()
    scene, project = bpy.context.scene, Project(folder / "underpaint")
    chosen = [_Place(*place) for place in (*places, held_out)]
    for shot in list_shots(scene):
        frames = sorted({place.frame for place in chosen if place.shot == shot.name})
        for _ in render_passes(scene, shot, project.passes(shot.name), frames=frames):
            pass
    things = list(texture_sets.paintable(scene))
    looking = around.eyes(
        lambda: scene, [thing.name for thing in things], chosen[:-1], project.root, size=TEXTURE
    )
    eyes = finished(looking)
    names = around.shot_names(scene, len(eyes))
    for eye, added in zip(eyes, names, strict=True):
        around.render(scene, eye, added, chosen[0].frame, project.passes(added))
    chosen[-1:-1] = [_Place(added, chosen[0].frame) for added in names]
    surface = export_surface(scene, things, chosen, project.root, size=TEXTURE).surface
    sources = {place.shot: Source(project, place.shot) for place in chosen}
    seen = []
    for index, place in enumerate(chosen):
        source = sources[place.shot]
        say = ADDED_SAY if place.shot in names else 1.0
        seen.append(look_at(PlannedView(source, source.frame(place.frame), index, say)))
    return PaintedSet(name, project, seen[:-1], seen[-1], surface.objects)


def bake(set_: PaintedSet, pictures: Mapping[ViewRef, Floats]) -> list[Texture]:
    """The textures of all that any view shows; the files are kept for Blender."""
    ids = set[int]().union(*(view.pixels for view in set_.views))
    shown = [item for item in set_.objects if item.id in ids]
    meshes = set_.project.surface_set.parent
    textures = []
    for item, texture in bake_all(shown, meshes, set_.views, dict(pictures), TEXTURE):
        if texture.files:
            folder = set_.texture(item)
            folder.mkdir(parents=True)
            for name, data in texture.files.items():
                (folder / name).write_bytes(data)
            image, mask = (
                np.asarray(Image.open(io.BytesIO(texture.files[name])))
                for name in ("basecolor.png", "mask.png")
            )
            textures.append((item, image, mask))
    return textures


def render_view(scene: bpy.types.Scene, view: Seen, out: Path) -> None:
    """One sample in each pixel's middle, as the passes have it."""
    scene.camera = scene.objects[view.plan.source.passes.shot.camera]
    scene.frame_set(view.plan.frame.frame)
    scene.timeline_markers.clear()
    scene.render.engine = "CYCLES"
    scene.cycles.samples, scene.cycles.use_denoising = 1, False
    scene.cycles.pixel_filter_type, scene.cycles.filter_width = "BOX", 0.01
    scene.view_settings.view_transform, scene.view_settings.look = "Standard", "None"
    scene.view_settings.exposure, scene.view_settings.gamma = 0, 1
    scene.render.image_settings.file_format = "PNG"
    scene.render.filepath = str(out)
    bpy.ops.render.render(write_still=True)
