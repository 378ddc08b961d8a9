"""How a scene is set while its passes are rendered: the settings as tables, and the stage.

Cycles takes one sample at the pixel's centre: with the narrowest Blackman-Harris filter it lies
within 1e-4 pixels of it (with a box of that width, within 6e-4). No light reaches a pass, so light,
world and, where no material has holes or bumps, shaders are left away; that halves the time.

EEVEE cannot stand in for it (tried in 4.2, 5.0 and 5.2): it has no UV and no object-index pass, it
keeps the others in 16 bits (8 mm off at 10 m), and 5.0 leaves motion at zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bpy
from underpaint.model.shot import Shot

from . import compat
from .frame_files import PART
from .materials import blocking_shown
from .passes_table import switches
from .restore import Changes, restored
from .shots import shot_camera

OUTPUT: Mapping[str, Any] = {
    "use_persistent_data": True,
    "use_compositing": False,
    "use_sequencer": False,
    "use_multiview": False,
    "use_border": False,
    "use_crop_to_border": False,
    "use_render_cache": False,
    "use_file_extension": True,
    "use_single_layer": False,
    "dither_intensity": 0.0,
}
MEASURED: Mapping[str, Any] = {
    "use_freestyle": False,
    "use_motion_blur": False,
    "film_transparent": False,
}
"""Render settings of the passes, not of the artist's own beauty."""

CYCLES: Mapping[str, Any] = {
    "device": "CPU",
    "samples": 1,
    "time_limit": 0.0,
    "use_adaptive_sampling": False,
    "use_denoising": False,
    "use_layer_samples": "IGNORE",
    "pixel_filter_type": "BLACKMAN_HARRIS",
    "filter_width": 0.01,
    "max_bounces": 0,
    "use_light_tree": False,
    "use_guiding": False,
    "use_fast_gi": False,
    "use_auto_tile": False,
    "use_camera_cull": False,
    "use_distance_cull": False,
}
EXR: Mapping[str, Any] = {
    "color_depth": "32",
    "exr_codec": "ZIP",
    "use_preview": False,
    "color_management": "FOLLOW_SCENE",  # Blender 4 converts the beauty otherwise
}
"""ZIP: a seventh of the bytes for 0.08 s at 512² (PIZ takes four times as long, RLE is twice as
big, ZIPS is read at half the speed); PXR24 would cut 32 bits to 24."""

SETTINGS = (OUTPUT, MEASURED, CYCLES, EXR)


@dataclass(frozen=True)
class Stage:
    """What is rendered how: a shot's passes, or its beauty as the artist set it.

    ``materials``: some of the file's materials change passes, so that none can be left away.
    """

    shot: Shot
    ids: Mapping[bpy.types.Object, int]
    materials: bool
    beauty: bool = False


def render_layer(scene: bpy.types.Scene) -> bpy.types.ViewLayer:
    """The view layer that is rendered: the first of those that the artist lets render."""
    layers = scene.view_layers
    return next((layer for layer in layers if layer.use), layers[0])


@contextmanager
def staged(scene: bpy.types.Scene, stage: Stage, folder: Path) -> Iterator[Changes]:
    """The scene set for rendering frames of a shot into ``folder``; afterwards it is as it was.

    Objects wear the artist's own materials meanwhile: paint must not tell of what it is painted on.
    """
    with restored() as changes:
        changes.keep_unkeyed()
        changes.keep_render_result()
        changes.enter(blocking_shown(scene))
        _set_output(changes, scene, folder)
        _set_camera(changes, scene, stage)
        _set_layers(changes, scene, stage)
        if not stage.beauty:
            _set_cycles(changes, scene)
            _leave_light_away(changes, scene, stage)
        for obj, number in stage.ids.items():
            changes.set(obj, {"pass_index": number})
        yield changes


def _set_output(changes: Changes, scene: bpy.types.Scene, folder: Path) -> None:
    render = scene.render
    square = render.pixel_aspect_x == render.pixel_aspect_y
    changes.set(render.image_settings, {**compat.multilayer_exr(square_pixels=square), **EXR})
    path = compat.output_path(str(folder / PART))
    changes.set(
        render, {**OUTPUT, **dict.fromkeys(_names(render, "use_stamp"), False), "filepath": path}
    )
    changes.set(scene, {"frame_start": scene.frame_start, "frame_end": scene.frame_end})


def _names(struct: bpy.types.bpy_struct, start: str) -> list[str]:
    """The struct's properties whose names start so."""
    return [p.identifier for p in struct.bl_rna.properties if p.identifier.startswith(start)]


def _set_camera(changes: Changes, scene: bpy.types.Scene, stage: Stage) -> None:
    """The shot's camera, sharp. Bound markers would put another in its place."""
    camera = shot_camera(scene, stage.shot)
    # before the markers as well, to be put back behind them: binding one switches the camera
    changes.set(scene, {"camera": camera})
    for marker in scene.timeline_markers:
        changes.set(marker, {"camera": None})
    changes.set(scene, {"camera": camera})
    if not stage.beauty:
        changes.set(camera.data.dof, {"use_dof": False})


def _set_layers(changes: Changes, scene: bpy.types.Scene, stage: Stage) -> None:
    """One view layer, with our passes on and all others off."""
    chosen = render_layer(scene)
    for layer in scene.view_layers:
        changes.set(layer, {"use": layer == chosen})
    wanted = switches(optional=stage.beauty)
    for struct in (chosen, chosen.cycles, chosen.eevee):
        names = _names(struct, "use_pass_")
        changes.set(struct, {name: name in wanted for name in names})
    changes.set(chosen.cycles, {"denoising_store_passes": False})


def _set_cycles(changes: Changes, scene: bpy.types.Scene) -> None:
    changes.set(scene.render, {"engine": "CYCLES", **MEASURED})
    changes.set(scene.cycles, CYCLES)


def _leave_light_away(changes: Changes, scene: bpy.types.Scene, stage: Stage) -> None:
    """No world, no volumes, and no shaders where none can change a pass."""
    layer = render_layer(scene)
    changes.set(scene, {"world": None})
    changes.set(layer, {"use_volumes": False, **compat.without_grease_pencil(layer)})
    if not stage.materials:
        material = bpy.data.materials.new("Underpaint Passes")
        changes.undo(bpy.data.materials.remove, material)
        compat.use_nodes(material).nodes.clear()
        changes.set(layer, {"material_override": material})
