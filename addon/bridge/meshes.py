"""Writes the meshes that the worker textures: what the renderer sees, at the frames it sees it.

The viewport's evaluation is not the renderer's (subdivision levels, modifiers and objects switched
off in one of them), so each view is evaluated for rendering (evaluation.py), and nothing is
rendered. The scene's current frame is not touched.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Protocol

import bpy
import numpy as np
from underpaint.errors import InputError
from underpaint.library.atomic import write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.names import folded, to_file_name
from underpaint.model.shot import PassSet
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView

from .around import camera_of
from .evaluation import look_at_frame
from .meshfile import Snapshot, Track
from .pass_records import pass_set
from .polygons import read
from .steps import finished
from .unwrap import UV_MAP, ensure_uv, has_current_uv, paintable_mesh

Steps = Generator[tuple[int, int], None, "SurfaceExport"]
"""Yields (steps done, steps in all); between two steps the scene is the artist's."""


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
) -> SurfaceExport:
    """Write ``textures/surface.json`` and the mesh files that it names, in one go.

    As ``export_steps``, which it runs to its end.
    """
    names = [obj.name for obj in objects]
    steps = export_steps(lambda: scene, names, views, project_folder, size=size)
    return finished(steps)


def export_steps(
    scene_now: Callable[[], bpy.types.Scene],
    names: Sequence[str],
    views: Sequence[View],
    project_folder: Path | str,
    *,
    size: int = 1024,
) -> Steps:
    """Write ``textures/surface.json`` and the mesh files that it names (relative to its folder).

    Every object gets a UV map of ours (``unwrap.ensure_uv``, for textures of ``size`` texels).
    Object ids are those of the shots' ``passes.json``, which must be there. Objects come first, a
    step each, then views. The scene and its objects are looked up anew at every step, as undo
    replaces them; closed early, nothing half-written stays. Raises InputError when there are no
    passes, or when not one object can be textured.
    """
    project = Project(Path(project_folder))
    wanted = tuple(SurfaceView(index, v.shot, v.frame) for index, v in enumerate(views))
    sets = {view.shot: pass_set(project, view.shot) for view in wanted}
    total = len(names) + len(wanted)
    tracks: dict[str, Track] = {}
    files: dict[str, str] = {}
    skipped: list[Skipped] = []
    try:
        for done, name in enumerate(names):
            yield done, total
            try:
                _check_name(name, files)
                tracks[name] = _prepare(_object(scene_now(), name), sets, project, size)
            except InputError as error:
                skipped.append(Skipped(name, str(error)))
        for view in wanted:
            yield len(names) + view.index, total
            _watch(scene_now(), tracks, view, sets[view.shot])
        yield total, total
        return _write(project, wanted, tracks.values(), skipped)
    finally:
        for track in tracks.values():
            track.discard()


def _write(
    project: Project,
    views: tuple[SurfaceView, ...],
    tracks: Collection[Track],
    skipped: list[Skipped],
) -> SurfaceExport:
    for track in tracks:
        if not track.reason and not track.seen:
            track.reason = f"{track.name} is not rendered in any of the chosen frames."
    written = tuple(_finish(track, project) for track in tracks if not track.reason)
    left_out = (*skipped, *(Skipped(t.name, t.reason) for t in tracks if t.reason))
    if not written:
        raise InputError(" ".join(s.reason for s in left_out[:3]) or "There is nothing to texture.")
    surface = SurfaceSet(UV_MAP, views, written)
    write_document(project.surface_set, surface)
    return SurfaceExport(surface, left_out)


def _finish(track: Track, project: Project) -> SurfaceObject:
    track.finish()
    file = track.file.relative_to(project.surface_set.parent).as_posix()
    return SurfaceObject(track.id, track.name, file, sha256_of(track.file))


# --- which objects -----------------------------------------------------------------------------


def _check_name(name: str, files: dict[str, str]) -> None:
    other = files.setdefault(folded(name), name)
    if other != name:
        raise InputError(
            f"{name} and {other} would share a file on some disks: rename one of them."
        )


def _object(scene: bpy.types.Scene, name: str) -> bpy.types.Object:
    obj = scene.objects.get(name)
    if obj is None:
        raise InputError(f"{name} is gone from the scene.")
    return obj


def _prepare(
    obj: bpy.types.Object, sets: Mapping[str, PassSet], project: Project, size: int
) -> Track:
    """A track for an object, which gets a number and a UV map."""
    paintable_mesh(obj)
    number = _number(obj, sets)
    ensure_uv(obj, size)
    return Track(number, obj.name, project.surface_cache / f"{to_file_name(obj.name)}.npz")


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
    scene: bpy.types.Scene, tracks: Mapping[str, Track], view: SurfaceView, passes: PassSet
) -> None:
    """Let every track see a view."""
    unseen = {scene.objects[name]: t for name, t in tracks.items() if name in scene.objects}
    camera = camera_of(scene, passes.shot)
    look_at_frame(scene, camera, view.frame, partial(_look, unseen, view))
    for track in unseen.values():
        track.observe(view.index, None)


def _look(
    unseen: dict[bpy.types.Object, Track], view: SurfaceView, graph: bpy.types.Depsgraph
) -> None:
    """Read the meshes of one view layer; an object in several layers is the same in all."""
    for evaluated in graph.objects:
        obj = evaluated.original
        track = unseen.pop(obj, None)
        if track is None or track.reason:
            continue
        mesh = evaluated.to_mesh()
        if UV_MAP in mesh.uv_layers:
            track.observe(view.index, _snapshot(mesh, evaluated.matrix_world))
        else:
            track.reason = _lost_uv(obj)
        evaluated.to_mesh_clear()


def _lost_uv(obj: bpy.types.Object) -> str:
    if not has_current_uv(obj):
        return f"The UV map of {obj.name} was taken back by an undo: paint its texture again."
    names = ", ".join(m.name for m in obj.modifiers if m.show_render)
    return (
        f"{obj.name} loses its UV map to its modifiers ({names}): apply those that make new "
        "geometry to paint its texture."
    )


def _snapshot(mesh: bpy.types.Mesh, matrix: Sequence[Sequence[float]]) -> Snapshot:
    mesh.calc_loop_triangles()
    return Snapshot(
        points=read(mesh.vertices, "co", np.float32, 3),
        matrix=np.array(matrix, dtype=np.float64),
        corners=read(mesh.loops, "vertex_index", np.int32),
        uv=read(mesh.uv_layers[UV_MAP].uv, "vector", np.float32, 2),
        normals=read(mesh.corner_normals, "vector", np.float32, 3),
        triangles=read(mesh.loop_triangles, "loops", np.int32, 3),
    )
