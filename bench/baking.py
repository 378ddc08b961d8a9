"""What baking costs: seconds beside Cycles' own bake of the same projection, and memory.

Eight views of 512² are baked into one texture of 2048². Cycles gets the same views as images that
are projected by the object's shader, each weighted by how it faces its camera and held to what the
camera saw by its depth, and bakes their light with one sample a texel; both write no file.

Where nine and a half seconds of one processor go (2.3 million texels): half into finding footprints
and mixing their colours, and a tenth into smoothing the views, which run on all cores; on one core,
a tenth each into filling, joining seams and spreading beyond the islands, a thirtieth into
rasterising. What pays: blocks that stay in the processors' caches (2^17 texels are quickest: with
less, threads wait for the interpreter), placing a mesh once for all views in which it stands still,
not asking a view for triangles that lie behind all that it shows there (two fifths of them here, a
quarter of the blending's time), asking only views that see a texel at least a quarter as well as
the best one. What does not: spreading in blocks. What is left is spent in many short passes over
memory.
"""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from underpaint_addon.bridge.meshes import export_surface
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.atomic import read_document
from underpaint.library.project import Project
from underpaint.model.look import Look
from underpaint.model.surface import SurfaceSet
from underpaint.surface.bake import bake_object
from underpaint.surface.footprints import Pose
from underpaint.surface.gains import find_gains
from underpaint.surface.maps import derive_maps
from underpaint.surface.view import View
from underpaint.wire.launch import start_worker
from underpaint.wire.messages import Done, Failed, PaintTextures, Stopped, ViewOf
from underpaint.worker.jobs.mesh import load_mesh
from underpaint.worker.jobs.sources import Source
from underpaint.worker.jobs.views import PlannedView, Seen, look_at

from . import cycles_bake, oracle, texture_sets
from .figures import Figure, at_least, at_most, told

VIEWS, PIXELS, TEXTURE = 8, 512, 2048
_OBJECTS, _MANY_VIEWS, _WIDE = 500, 16, (1920, 1080)

Floats = npt.NDArray[np.float32]


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        yield from _speed(Project(Path(folder) / "underpaint"))
    if not quick:
        with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
            yield from _memory(Project(Path(folder) / "underpaint"))


# --- seconds -----------------------------------------------------------------------------------


def _speed(project: Project) -> Iterator[Figure]:
    texture_sets.lump(VIEWS, (PIXELS, PIXELS))
    thing = next(texture_sets.paintable(bpy.context.scene))
    seen = _rendered(project, [thing], VIEWS, TEXTURE)
    (item,) = read_document(SurfaceSet, project.surface_set).objects
    mesh = load_mesh(project.surface_set.parent, item, list(range(VIEWS)))
    meshes = {item.id: mesh}
    waves = oracle.waves(seen, meshes)
    pictures = [oracle.picture(view, meshes, waves) for view in seen]
    threads = os.cpu_count() or 1

    start = time.perf_counter()
    views = [view.painted(picture) for view, picture in zip(seen, pictures, strict=True)]
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(View.prepare, views))
    gains = find_gains(views)
    placed = mesh.placed(0)[0]
    poses = [Pose(view, placed.positions, placed.normals) for view in views]
    baked = bake_object(item.id, mesh.uv, poses, TEXTURE, gains, threads)
    ours = time.perf_counter() - start
    start = time.perf_counter()
    derive_maps(baked.basecolor, baked.texels, mesh.uv, placed.positions)
    maps = time.perf_counter() - start
    theirs = cycles_bake.seconds(thing, item.uv_map, seen, pictures, TEXTURE)
    name = f"{VIEWS} views of {PIXELS}² into {TEXTURE}²"
    yield at_most(f"baking {name}, seconds", ours, 5, cores=threads, seen=baked.seen)
    yield at_least("Cycles' bake of it, times ours", theirs / ours, 10, seconds=theirs)
    yield told("roughness, height and normals of it, seconds", maps)


def _rendered(
    project: Project, things: list[bpy.types.Object], count: int, size: int
) -> list[Seen]:
    """The scene's one shot, seen at its first frames; meshes are written for them."""
    scene = bpy.context.scene
    (shot,) = list_shots(scene)
    frames = list(range(1, count + 1))
    for _ in render_passes(scene, shot, project.passes(shot.name), frames=frames):
        pass
    views = [ViewOf(shot.name, frame) for frame in frames]
    export_surface(scene, things, views, project.root, size=size)
    source = Source(project, shot.name)
    return [
        look_at(PlannedView(source, source.frame(frame), index))
        for index, frame in enumerate(frames)
    ]


# --- memory ------------------------------------------------------------------------------------


def _memory(project: Project) -> Iterator[Figure]:
    """A worker paints everything with the stand-in, whose painting takes next to nothing."""
    texture_sets.many(_OBJECTS, _MANY_VIEWS, _WIDE)
    scene = bpy.context.scene
    _rendered(project, list(texture_sets.paintable(scene)), _MANY_VIEWS, 1024)
    (shot,) = list_shots(scene)
    views = tuple(ViewOf(shot.name, frame) for frame in range(1, _MANY_VIEWS + 1))
    asked = PaintTextures(1, str(project.root), views, (), Look("bench", "x"), "stand-in", "bench")
    worker = start_worker(Path(sys.executable))
    start = time.perf_counter()
    try:
        worker.send(asked)
        while not any(isinstance(message, Done) for message in _told(worker.poll())):
            time.sleep(0.05)
        peak = _peak_bytes(worker.process.pid)
    finally:
        worker.stop()
    seconds = time.perf_counter() - start
    size = "{} × {}".format(*_WIDE)
    name = f"peak memory, {_OBJECTS} objects, {_MANY_VIEWS} views of {size}, GB"
    if peak:
        yield at_most(name, peak / 1e9, 3, seconds=seconds)


def _told(messages: list[object]) -> list[object]:
    for message in messages:
        if isinstance(message, (Failed, Stopped)):
            raise SystemExit(f"The worker could not paint: {message}")
    return messages


def _peak_bytes(pid: int) -> int:
    """The most memory that a process has held; 0 where the system does not tell."""
    status = Path(f"/proc/{pid}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
    return int(line.split()[1]) * 1024
