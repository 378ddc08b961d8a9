"""Writes the meshes that the worker textures: what the renderer sees, at the frames it sees it.

The viewport's evaluation is not the renderer's (subdivision levels, modifiers and objects switched
off in one of them), and Blender hands the renderer's evaluation to render engines only. So the
export is a render engine: it is registered for as long as the export takes, is given the evaluated
scene of each view, reads the meshes and paints nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import bpy
import numpy as np

from underpaint.errors import InputError, JobError, UnderpaintError
from underpaint.library.atomic import read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.names import to_file_name
from underpaint.model.shot import PassSet
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView

from .meshfile import Array, Snapshot, Track
from .unwrap import UV_MAP, ensure_uv, paintable_mesh

OnProgress = Callable[[int, int], None]
Receive = Callable[[bpy.types.Depsgraph], None]


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
    total)`` counts views and may raise to stop. The frame and the scene's settings are restored.
    Raises InputError when there are no passes, or when not one object can be textured.
    """
    project = Project(Path(project_folder))
    wanted = tuple(SurfaceView(index, v.shot, v.frame) for index, v in enumerate(views))
    sets = {v.shot: read_document(PassSet, project.pass_set(v.shot)) for v in wanted}
    tracks, skipped = _prepare(objects, sets, project, size)
    try:
        _watch(scene, tracks, wanted, sets, on_progress or _no_progress)
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


def _no_progress(done: int, total: int) -> None:
    """Nobody looks."""


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
) -> tuple[dict[bpy.types.Object, Track], list[Skipped]]:
    """A track for each object that has a number and a UV map, and why the others have not."""
    tracks: dict[bpy.types.Object, Track] = {}
    skipped = []
    for obj in objects:
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
        raise InputError(f"{obj.name} is numbered differently from shot to shot: render the passes again.")
    return known.pop()


# --- what the renderer sees --------------------------------------------------------------------


def _watch(
    scene: bpy.types.Scene,
    tracks: Mapping[bpy.types.Object, Track],
    views: Sequence[SurfaceView],
    sets: Mapping[str, PassSet],
    on_progress: OnProgress,
) -> None:
    """Let every track see every view."""
    with _frame_kept(scene), _render_engine(scene) as evaluate:
        for view in views:
            on_progress(view.index, len(views))
            scene.frame_set(view.frame)
            scene.camera = scene.objects.get(sets[view.shot].shot.camera) or scene.camera
            seen: set[bpy.types.Object] = set()
            evaluate(lambda graph, view=view, seen=seen: _look(graph, tracks, view.index, seen))
            for obj in tracks.keys() - seen:
                tracks[obj].observe(view.index, None)
    on_progress(len(views), len(views))
    for track in tracks.values():
        if not track.reason and not track.seen:
            track.reason = f"{track.name} is not rendered in any of the chosen frames."


def _look(
    graph: bpy.types.Depsgraph,
    tracks: Mapping[bpy.types.Object, Track],
    index: int,
    seen: set[bpy.types.Object],
) -> None:
    """Read the meshes of one view layer; an object in several layers is the same in all."""
    for evaluated in graph.objects:
        obj = evaluated.original
        track = tracks.get(obj)
        if track is None or track.reason or obj in seen:
            continue
        seen.add(obj)
        mesh = evaluated.to_mesh()
        if UV_MAP in mesh.uv_layers:
            track.observe(index, _snapshot(mesh, evaluated.matrix_world))
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


@contextmanager
def _frame_kept(scene: bpy.types.Scene) -> Iterator[None]:
    """The frame and the camera, which bound markers change with it, as they were."""
    frame, subframe, camera = scene.frame_current, scene.frame_subframe, scene.camera
    try:
        yield
    finally:
        scene.frame_set(frame, subframe=subframe)
        scene.camera = camera


@contextmanager
def _render_engine(scene: bpy.types.Scene) -> Iterator[Callable[[Receive], None]]:
    """Yields a function that hands the scene, evaluated for rendering, to a receiver."""
    settings = scene.render
    before = {n: getattr(settings, n) for n in ("engine", "use_compositing", "use_sequencer")}
    bpy.utils.register_class(UNDERPAINT_RE_surface)
    try:
        settings.engine = UNDERPAINT_RE_surface.bl_idname
        settings.use_compositing = settings.use_sequencer = False
        yield lambda receive: _evaluate(scene, receive)
    finally:
        for name, value in before.items():
            setattr(settings, name, value)
        bpy.utils.unregister_class(UNDERPAINT_RE_surface)


def _evaluate(scene: bpy.types.Scene, receive: Receive) -> None:
    UNDERPAINT_RE_surface.receive, UNDERPAINT_RE_surface.end = receive, None
    bpy.ops.render.render(scene=scene.name)
    end = UNDERPAINT_RE_surface.end
    if isinstance(end, UnderpaintError):
        raise end
    if end is None:
        raise JobError("Blender did not evaluate the scene: is it rendering? Try again after it.")


class UNDERPAINT_RE_surface(bpy.types.RenderEngine):  # noqa: N801
    """A render engine that only looks. ``end``: True when it saw everything, or what stopped it;
    Blender itself prints an engine's exceptions and drops them."""

    bl_idname = "UNDERPAINT_SURFACE"
    bl_label = "Underpaint Surface"
    receive: ClassVar[Receive]
    end: ClassVar[UnderpaintError | bool | None]

    def render(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Called by Blender for each view layer."""
        kind = type(self)
        if isinstance(kind.end, UnderpaintError):
            return
        try:
            kind.receive(depsgraph)
            kind.end = True
        except UnderpaintError as error:
            kind.end = error
