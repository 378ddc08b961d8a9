"""Writes the meshes that the worker textures: what the renderer sees, at the frames it sees it.

The viewport's evaluation is not the renderer's (subdivision levels, modifiers and objects switched
off in one of them), so each view is evaluated for rendering (evaluation.py), and nothing is
rendered. The scene's current frame is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import bpy
import numpy as np
from underpaint.errors import InputError
from underpaint.library.atomic import read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.names import to_file_name
from underpaint.model.shot import PassSet
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView

from .evaluation import nothing_engine, render_frame
from .meshfile import Snapshot, Track
from .polygons import Array
from .restore import Changes, restored
from .unwrap import UV_MAP, ensure_uv, paintable_mesh

OnProgress = Callable[[int, int], None]


class View(Protocol):
    """A frame of a shot."""

    @property
    def shot(self) -> str: ...

    @property
    def frame(self) -> int: ...


@dataclass(frozen=True)
class Skipped:
    """An object that cannot be textured, and why, in a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class SurfaceExport:
    """What was written, and what was left out."""

    surface: SurfaceSet
    skipped: tuple[Skipped, ...]


def export_surface(
    scene: bpy.types.Scene,
    objects: Sequence[bpy.types.Object],
    views: Sequence[View],
    project_folder: Path | str,
    *,
    size: int = 1024,
    on_progress: OnProgress | None = None,
) -> SurfaceExport:
    """Write ``textures/surface.json`` and the mesh files that it names (relative to its folder).

    Every object gets a UV map of ours (``unwrap.ensure_uv``, for textures of ``size`` texels).
    Object ids are those of the shots' ``passes.json``, which must be there. ``on_progress(done,
    total)`` counts objects, then views, and may raise to stop. The scene's settings are restored.
    Raises InputError when there are no passes, or when not one object can be textured.
    """
    project = Project(Path(project_folder))
    wanted = tuple(SurfaceView(index, v.shot, v.frame) for index, v in enumerate(views))
    sets = {view.shot: _pass_set(project, view.shot) for view in wanted}
    steps = _Steps(on_progress, len(objects) + len(wanted))
    tracks, skipped = _prepare(objects, sets, project, size, steps)
    try:
        _watch(scene, tracks, wanted, sets, steps)
        written = tuple(_finish(track, project) for track in tracks.values() if not track.reason)
    finally:
        for track in tracks.values():
            track.discard()
    skipped += [Skipped(track.name, track.reason) for track in tracks.values() if track.reason]
    if not written:
        raise InputError(" ".join(s.reason for s in skipped[:3]) or "There is nothing to texture.")
    surface = SurfaceSet(UV_MAP, wanted, written)
    write_document(project.surface_set, surface)
    return SurfaceExport(surface, tuple(skipped))


class _Steps:
    """Tells how many steps are done, before each and after the last."""

    def __init__(self, on_progress: OnProgress | None, total: int) -> None:
        self._on_progress, self._total, self._done = on_progress, total, 0

    def next(self) -> None:
        """One more step is about to begin, or all are done."""
        if self._on_progress:
            self._on_progress(self._done, self._total)
        self._done += 1


def _pass_set(project: Project, shot: str) -> PassSet:
    path = project.pass_set(shot)
    if not path.is_file():
        raise InputError(f"The shot {shot} has no passes yet: render them, then its textures.")
    return read_document(PassSet, path)


def _finish(track: Track, project: Project) -> SurfaceObject:
    track.finish()
    file = track.file.relative_to(project.surface_set.parent).as_posix()
    return SurfaceObject(track.id, track.name, file, sha256_of(track.file))


# --- which objects -----------------------------------------------------------------------------


def _prepare(
    objects: Sequence[bpy.types.Object],
    sets: Mapping[str, PassSet],
    project: Project,
    size: int,
    steps: _Steps,
) -> tuple[dict[bpy.types.Object, Track], list[Skipped]]:
    """A track for each object that has a number and a UV map, and why the others have not."""
    tracks: dict[bpy.types.Object, Track] = {}
    skipped = []
    for obj in objects:
        steps.next()
        try:
            paintable_mesh(obj)
            number = _number(obj, sets)
            ensure_uv(obj, size)
        except InputError as error:
            skipped.append(Skipped(obj.name, str(error)))
            continue
        file = project.surface_cache / f"{to_file_name(obj.name)}.npz"
        tracks[obj] = Track(number, obj.name, file)
    return tracks, skipped


def _number(obj: bpy.types.Object, sets: Mapping[str, PassSet]) -> int:
    """The object's id in the object-id passes."""
    known = {o.id for s in sets.values() for o in s.objects if o.name == obj.name}
    if not known:
        raise InputError(f"{obj.name} is not in the passes: is it rendered? Render them again.")
    if len(known) > 1:
        raise InputError(f"{obj.name} has another number in each shot: render the passes again.")
    return known.pop()


# --- what the renderer sees --------------------------------------------------------------------


def _watch(
    scene: bpy.types.Scene,
    tracks: Mapping[bpy.types.Object, Track],
    views: Sequence[SurfaceView],
    sets: Mapping[str, PassSet],
    steps: _Steps,
) -> None:
    """Let every track see every view."""
    with restored() as changes:
        _set_up(scene, changes)
        for view in views:
            steps.next()
            scene.camera = scene.objects.get(sets[view.shot].shot.camera) or scene.camera
            seen: set[bpy.types.Object] = set()
            render_frame(scene, view.frame, partial(_look, tracks, view, seen))
            for obj in tracks.keys() - seen:
                tracks[obj].observe(view.index, None)
    steps.next()
    for track in tracks.values():
        if not track.reason and not track.seen:
            track.reason = f"{track.name} is not rendered in any of the chosen frames."


def _set_up(scene: bpy.types.Scene, changes: Changes) -> None:
    """Set the scene for evaluating frames; ``Changes`` puts everything back."""
    engine = changes.enter(nothing_engine())
    changes.keep_unkeyed()
    changes.keep_render_result()
    idle = {"engine": engine, "use_compositing": False, "use_sequencer": False}
    changes.set(scene.render, idle)
    changes.set(
        scene, {name: getattr(scene, name) for name in ("camera", "frame_start", "frame_end")}
    )


def _look(
    tracks: Mapping[bpy.types.Object, Track],
    view: SurfaceView,
    seen: set[bpy.types.Object],
    graph: bpy.types.Depsgraph,
) -> None:
    """Read the meshes of one view layer; an object in several layers is the same in all."""
    if graph.scene.frame_current != view.frame:  # motion looks at the frames beside as well
        return
    for evaluated in graph.objects:
        obj = evaluated.original
        track = tracks.get(obj)
        if track is None or track.reason or obj in seen:
            continue
        seen.add(obj)
        mesh = evaluated.to_mesh()
        if UV_MAP in mesh.uv_layers:
            track.observe(view.index, _snapshot(mesh, evaluated.matrix_world))
        else:
            track.reason = _lost_uv(obj)
        evaluated.to_mesh_clear()


def _lost_uv(obj: bpy.types.Object) -> str:
    names = ", ".join(m.name for m in obj.modifiers if m.show_render)
    return (
        f"{obj.name} loses its UV map to its modifiers ({names}): apply those that make new "
        "geometry to paint its texture."
    )


def _snapshot(mesh: bpy.types.Mesh, matrix: Sequence[Sequence[float]]) -> Snapshot:
    mesh.calc_loop_triangles()
    return Snapshot(
        points=_read(mesh.vertices, "co", 3, np.float32),
        matrix=np.array(matrix, dtype=np.float64),
        corners=_read(mesh.loops, "vertex_index", 1, np.int32).ravel(),
        uv=_read(mesh.uv_layers[UV_MAP].uv, "vector", 2, np.float32),
        normals=_read(mesh.corner_normals, "vector", 3, np.float32),
        triangles=_read(mesh.loop_triangles, "loops", 3, np.int32),
    )


def _read(items: bpy.types.bpy_prop_collection, name: str, width: int, kind: type) -> Array:
    values = np.empty(len(items) * width, dtype=kind)
    items.foreach_get(name, values)
    return values.reshape(-1, width)
