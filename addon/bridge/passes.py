"""Renders the passes of a shot: one multilayer EXR a frame, and ``passes.json`` beside them."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library.atomic import read_document
from underpaint.library.claims import Owner
from underpaint.model.names import same_file
from underpaint.model.shot import PassSet, Shot

from .cameras import picture_size, require_flat
from .frame_run import FrameRun
from .materials import is_ours
from .object_ids import object_ids
from .pass_records import PASSES_FILE, PassRecords
from .plain import is_plain
from .scene_checks import require_scene
from .shots import list_shots, shot_camera
from .staging import Stage

_RENDERER = "cycles"


class PassProgress(NamedTuple):
    """After each frame: how many are done, of how many, and whether this one was rendered.

    ``waiting_for``: no frame came, as this other process renders what is left.
    """

    done: int
    total: int
    rendered: bool
    waiting_for: str = ""


def render_passes(
    scene: bpy.types.Scene,
    shot: Shot,
    folder: Path | str,
    *,
    frames: Iterable[int] | None = None,
    beauty: bool = False,
) -> Generator[PassProgress, None, None]:
    """Render a shot's passes into ``folder``; yields after each frame, first for those that stand.

    A frame stands while its scene is the one that it was rendered from (``scene_state``). Of
    several view layers the first that renders is shown. ``frames``: some of the shot's, default
    all. Frames that another process renders into the same folder meanwhile are waited for and used.
    ``beauty``: afterwards the artist's own render of each frame as well, as
    ``beauty_####.exr``, so that each counts twice.

    Between two frames the scene is set for rendering; it is as it was once the iterator ends,
    raises or is closed. What can be checked is checked before this returns: raises InputError for
    a scene, shot or folder that cannot be rendered. While iterating, raises JobError for a render
    that fails and DiskError for a full disk. Finished frames are kept.
    """
    require_scene(scene)
    require_flat(shot_camera(scene, shot))
    wanted = _wanted(shot, frames)
    _require_own(scene, shot, Path(folder))
    ids = object_ids(scene)
    materials = not all(is_plain(m) for m in bpy.data.materials if m.users and not is_ours(m))
    stage = Stage(shot, ids, materials)
    names = {number: obj.name_full for obj, number in ids.items()}
    records = PassRecords(Path(folder), _header(scene, stage), names)
    stages = (stage, replace(stage, beauty=True)) if beauty else (stage,)
    return _steps([FrameRun(scene, s, Path(folder), wanted, records) for s in stages], records)


def _steps(runs: list[FrameRun], records: PassRecords) -> Generator[PassProgress, None, None]:
    total = sum(len(run.frames) for run in runs)
    done = 0
    try:
        for run in runs:
            for rendered in run.steps():
                if isinstance(rendered, Owner):
                    yield PassProgress(done, total, False, str(rendered))
                    continue
                done += 1
                yield PassProgress(done, total, rendered)
    except BaseException:
        with suppress(UnderpaintError):  # the first error is the one to tell
            records.write()
        raise
    else:
        records.write()
    finally:
        records.leave()


def _wanted(shot: Shot, frames: Iterable[int] | None) -> tuple[int, ...]:
    """The frames to render, each once, in order."""
    wanted = sorted(set(shot.frames if frames is None else frames))
    outside = [frame for frame in wanted if frame not in shot.frames]
    if outside:
        raise InputError(
            f"Frame {outside[0]} is not in the shot {shot.name!r}, which has the frames "
            f"{shot.start} to {shot.end}."
        )
    return tuple(wanted)


def _require_own(scene: bpy.types.Scene, shot: Shot, folder: Path) -> None:
    """Raise InputError where the folder is that of a shot in another scene of this file."""
    try:
        before = read_document(PassSet, folder / PASSES_FILE)
    except UnderpaintError:
        return  # there is none, or none that can be read: it is rendered anew
    other = bpy.data.scenes.get(before.scene)
    same_blend = before.blend == Path(bpy.data.filepath).name
    if other is not None and other != scene and same_blend and _has_shot(other, shot.name):
        raise InputError(
            f"The scenes {other.name} and {scene.name} both have a shot {shot.name}, which would "
            "share its takes: rename its marker or camera in one of them, or give this scene "
            "another folder (--out, or Folder in the panel)."
        )


def _has_shot(scene: bpy.types.Scene, name: str) -> bool:
    try:
        return any(same_file(shot.name, name) for shot in list_shots(scene))
    except InputError:
        return False


def _header(scene: bpy.types.Scene, stage: Stage) -> PassSet:
    width, height = picture_size(scene)
    fps, fps_base = scene.render.fps, scene.render.fps_base
    return PassSet(
        stage.shot,
        width,
        height,
        fps,
        fps_base,
        _RENDERER,
        objects=(),
        frames=(),
        blend=Path(bpy.data.filepath).name,
        scene=scene.name,
    )
