"""Writes the meshes that the worker textures: what the renderer sees, at the frames it sees it.

The viewport's evaluation is not the renderer's (subdivision levels, modifiers and objects switched
off in one of them), so each view is evaluated for rendering (evaluation.py), and nothing is
rendered. The scene's current frame is not touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

import bpy
from underpaint.errors import InputError, UnderpaintError
from underpaint.library.atomic import write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.names import folded, to_file_name
from underpaint.model.shot import PassSet
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView, UvChoice

from . import carried, earlier_uv
from .around import camera_of
from .artist_uv import artists_fault, artists_map
from .evaluation import look_at_frame
from .instanced import all_objects, find_object
from .kept_uv import KeptLayouts
from .materials import takes
from .meshfile import Snapshot, Track
from .own_uv import Layouts
from .pass_records import pass_set
from .seen import read_seen
from .steps import finished as run_through
from .unwrap import DIGEST, UV_MAP, ensure_uv, has_current_uv, paintable_mesh, remove_uv

Steps = Generator[tuple[int, int], None, "SurfaceExport"]
"""Yields (steps done, steps in all); between two steps the scene is the artist's."""


class View(Protocol):
    """A frame of a shot."""

    @property
    def shot(self) -> str: ...

    @property
    def frame(self) -> int: ...


_AT_ONCE = 0.1
"""Seconds of laying out between two steps, but for a single object that takes longer."""


@dataclass(frozen=True)
class Skipped:
    """An object that cannot be textured, and why, in a sentence."""

    name: str
    reason: str


@dataclass(frozen=True)
class SurfaceExport:
    """What was written, what was left out, and what was done otherwise than asked; ``fresh``: the
    names of objects that had no UV map of ours before; ``earlier``: the maps of painted ones."""

    surface: SurfaceSet
    skipped: tuple[Skipped, ...]
    notes: tuple[str, ...]
    fresh: tuple[str, ...]
    earlier: Mapping[str, earlier_uv.EarlierUV]


def export_surface(
    scene: bpy.types.Scene,
    objects: Sequence[bpy.types.Object],
    views: Sequence[View],
    project_folder: Path | str,
    *,
    size: int = 1024,
    uv: UvChoice = "own",
) -> SurfaceExport:
    """Write ``textures/surface.json`` and the mesh files that it names, in one go.

    As ``export_steps``, which it runs to its end.
    """
    names = [obj.name for obj in objects]
    steps = export_steps(lambda: scene, names, views, project_folder, size=size, uv=uv)
    return run_through(steps)


def export_steps(
    scene_now: Callable[[], bpy.types.Scene],
    names: Sequence[str],
    views: Sequence[View],
    project_folder: Path | str,
    *,
    size: int = 1024,
    uv: UvChoice = "own",
    part: str = "",
) -> Steps:
    """Write ``textures/surface.json`` and the mesh files that it names (relative to its folder).

    Every object gets a UV map of ours, for textures of ``size`` texels: on its mesh
    (``unwrap.ensure_uv``) or, where that does not reach every rendered face, on what is rendered
    (``own_uv``). With ``uv`` "artist" textures lie by the map that the object renders with, and
    only where that cannot hold one by ours. ``part`` names the vertex group of those objects that
    are to be painted in part only. Object ids are those of the shots' ``passes.json``,
    which must be there. Objects come first, a step each, then views. The scene and its objects are
    looked up anew at every step, as undo replaces them; closed early, nothing stays of all this.
    Raises InputError when there are no passes, or when not one object can be textured.
    """
    project = Project(Path(project_folder))
    wanted = tuple(SurfaceView(index, v.shot, v.frame) for index, v in enumerate(views))
    sets = {view.shot: pass_set(project, view.shot) for view in wanted}
    total = len(names) + len(wanted)
    tracks: dict[str, Track] = {}
    files: dict[str, str] = {}
    skipped: list[Skipped] = []
    layouts = Layouts(size, KeptLayouts(project.layout_cache))
    there = all_objects(scene_now())
    fresh = [name for name in names if _is_bare(there.get(name))]
    earlier = earlier_uv.remember(scene_now(), names)
    finished = False
    try:
        for done, name in enumerate(names):
            yield done, total
            try:
                _check_name(name, files)
                obj = _object(scene_now(), name)
                track = _track(obj, sets, project, uv)
                if track.uv_map == UV_MAP:
                    _prepare(obj, size)
                tracks[name] = track
            except InputError as error:
                skipped.append(Skipped(name, str(error)))
        for view in wanted:
            done = len(names) + view.index
            yield done, total
            seen = _look(scene_now(), tracks, view, sets[view.shot], part)
            began = time.monotonic()
            for name in [name for name in seen if not tracks[name].seen]:
                _settle(scene_now(), tracks[name], seen, layouts)
                if time.monotonic() - began > _AT_ONCE:
                    yield done, total
                    began = time.monotonic()
            for name, track in tracks.items():
                if not track.reason:
                    _watch(scene_now(), track, view.index, seen.get(name))
        yield total, total
        export = _write(project, wanted, tracks.values(), skipped)
        finished = True
        return replace(export, fresh=tuple(fresh), earlier=earlier)
    finally:
        if not finished:
            with suppress(UnderpaintError):  # the scene may be gone as well
                take_back(scene_now(), fresh)
                earlier_uv.put_back(scene_now(), earlier)
        for track in tracks.values():
            track.discard()


def take_back(scene: bpy.types.Scene, names: Sequence[str]) -> None:
    """Remove our UV maps from objects that are to have no texture after all; a mesh keeps its map
    where another object that shares it is painted."""
    there = all_objects(scene)
    objects = {there[name] for name in names if name in there}
    needed = {obj.data for obj in bpy.data.objects if obj not in objects and takes(obj)}
    for obj in objects:
        if obj.type == "MESH" and obj.is_editable:
            carried.take_off(obj)
            if obj.data not in needed:
                remove_uv(obj.data)


def _is_bare(obj: bpy.types.Object | None) -> bool:
    """Whether it has no map of ours, not even an old one."""
    if obj is None or obj.type != "MESH":
        return False
    return DIGEST not in obj.data and carried.holder_of(obj) is None


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
    surface = SurfaceSet(views, written)
    write_document(project.surface_set, surface)
    return SurfaceExport(surface, left_out, tuple(t.note for t in tracks if t.note), (), {})


def _finish(track: Track, project: Project) -> SurfaceObject:
    track.finish()
    file = track.file.relative_to(project.surface_set.parent).as_posix()
    sha256 = sha256_of(track.file)
    return SurfaceObject(track.id, track.name, file, sha256, track.uv_map, track.layout)


# --- which objects -----------------------------------------------------------------------------


def _check_name(name: str, files: dict[str, str]) -> None:
    other = files.setdefault(folded(name), name)
    if other != name:
        raise InputError(
            f"{name} and {other} would share a file on some disks: rename one of them."
        )


def _object(scene: bpy.types.Scene, name: str) -> bpy.types.Object:
    obj = find_object(scene, name)
    if obj is None:
        raise InputError(f"{name} is gone from the scene.")
    return obj


def _track(
    obj: bpy.types.Object, sets: Mapping[str, PassSet], project: Project, uv: UvChoice
) -> Track:
    """A track for an object, which gets a number and the name of its UV map."""
    mesh = paintable_mesh(obj)
    artists = artists_map(mesh) if uv == "artist" else ""
    file = project.surface_cache / f"{to_file_name(obj.name)}.npz"
    track = Track(_number(obj, sets), obj.name, file, artists or UV_MAP)
    if uv == "artist" and not artists:
        track.note = _in_place_of(f"{obj.name} has no UV map of its own")
    return track


def _prepare(obj: bpy.types.Object, size: int) -> None:
    """Give the mesh a UV map of ours, where it can have one; without faces it may get some from
    its modifiers."""
    if obj.mode == "EDIT":
        obj.update_from_editmode()
    if obj.data.is_editable and (obj.data.polygons or not obj.modifiers):
        ensure_uv(obj, size)


def _number(obj: bpy.types.Object, sets: Mapping[str, PassSet]) -> int:
    """The object's id in the object-id passes."""
    known = {o.id for s in sets.values() for o in s.objects if o.name == obj.name_full}
    if not known:
        raise InputError(f"{obj.name} is not in the passes: is it rendered? Render them again.")
    if len(known) > 1:
        raise InputError(f"{obj.name} has another number in each shot: render the passes again.")
    return known.pop()


# --- what the renderer sees --------------------------------------------------------------------


def _look(
    scene: bpy.types.Scene,
    tracks: Mapping[str, Track],
    view: SurfaceView,
    passes: PassSet,
    part: str,
) -> dict[str, Snapshot]:
    """What a view shows of the tracked objects, by name, where it has faces; an object in several
    view layers is the same in all."""
    there = all_objects(scene)
    wanted = {there[name]: track.uv_map for name, track in tracks.items() if name in there}
    seen: dict[str, Snapshot] = {}

    def look(graph: bpy.types.Depsgraph) -> None:
        missing = {obj: uv_map for obj, uv_map in wanted.items() if obj.name not in seen}
        for obj, snapshot in read_seen(graph, missing, part).items():
            if len(snapshot.mesh.sizes):
                seen[obj.name] = snapshot

    look_at_frame(scene, camera_of(scene, passes.shot), view.frame, look)
    return seen


def _settle(
    scene: bpy.types.Scene, track: Track, seen: dict[str, Snapshot], layouts: Layouts
) -> None:
    """Have what is seen of an object for the first time lie by the map that it is to have."""
    first = seen[track.name]
    try:
        obj = _object(scene, track.name)
        if track.uv_map == UV_MAP:
            _require_map(obj)
            seen[track.name] = layouts.settle(obj, first)
            return
        fault = artists_fault(first)
        if fault:
            track.note = _in_place_of(f"The UV map {track.uv_map} of {track.name} {fault}")
            track.uv_map = UV_MAP
            seen[track.name] = layouts.settle(obj, replace(first, uv=None))
    except InputError as error:
        track.reason = str(error)


def _in_place_of(fault: str) -> str:
    return f"{fault}: its texture lies by a map of ours instead."


def _watch(scene: bpy.types.Scene, track: Track, index: int, snapshot: Snapshot | None) -> None:
    track.observe(index, snapshot)
    if track.reason and track.uv_map == UV_MAP:
        try:
            _require_map(_object(scene, track.name))
        except InputError as error:
            track.reason = str(error)


def _require_map(obj: bpy.types.Object) -> None:
    """Raise InputError where an undo took the map away that this export made."""
    if obj.data.is_editable and obj.data.polygons and not has_current_uv(obj):
        raise InputError(
            f"The UV map of {obj.name} was taken back by an undo: paint its texture again."
        )
