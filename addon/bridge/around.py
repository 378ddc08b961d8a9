"""Cameras beside the shots' own, so that a texture has no side that nobody looked at.

Which they are is worked out in ``cover``; here are the set's geometry, as the renderer sees it, and
rays through it. A camera of ours stands in the scene only while its passes are rendered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix, Vector
from mathutils.bvhtree import BVHTree
from underpaint.errors import InputError
from underpaint.library.project import Project
from underpaint.model.names import folded
from underpaint.model.shot import ADDED_VIEWS, PassSet, Shot, is_added_view

from . import cover
from .cameras import picture_size
from .evaluation import look_at_frame
from .pass_records import pass_set
from .passes import render_passes
from .polygons import Array, are_places, read
from .shots import list_shots, shot_camera

_SAMPLES, _LEAST_SAMPLES = 3000, 12
_FILLED = 0.6
"""The share of a texture that islands fill, about."""
_CLUSTER = 40
"""Objects that make a cluster, which may have its own views."""
_GROUND_CELLS = 12
_MOSTLY = 0.7
_FLAT = 0.06
"""Of the set's width: how far a ground may rise and fall."""
_WIDE = 1.5
_MOST_PLACED = 20_000
"""Triangles of all placements of an object that are looked at."""
_AT_ONCE = 100
_CLEAR = 0.3
"""What it is worth, of a place that is seen, that it is not seen beside an outline."""
_OUTLINE = 1.6
"""Pixels from outlines at which paint may be taken: see ``surface.outlines``."""

Steps = Generator[tuple[int, int], None, tuple[cover.Eye, ...]]
"""Yields (cameras thought of, in all)."""


@dataclass
class _Set:
    """All triangles that are rendered, T×3×3 in world space, and those of the chosen objects."""

    triangles: list[Array] = field(default_factory=list)
    chosen: dict[str, Array] = field(default_factory=dict)


def eyes(
    scene_now: Callable[[], bpy.types.Scene],
    names: Sequence[str],
    views: Sequence[tuple[str, int]],
    project_folder: Path | str,
    *,
    size: int = 1024,
    most: int = 0,
) -> Steps:
    """Places from which the objects should be looked at besides ``views`` (shot, frame).

    The set is taken as it is in the first view's frame. The passes of the views must be there;
    ``most``: how many, 0 for as many as it takes. Textures are to have ``size`` texels a side,
    fewer where the film sees them from afar. Between two steps the scene is the artist's.
    """
    project = Project(Path(project_folder))
    sets = {shot: pass_set(project, shot) for shot, _ in views}
    scene, (first, frame) = scene_now(), views[0]
    whole = _Set()
    seen_by = shot_camera(scene, sets[first].shot)
    look_at_frame(scene, seen_by, frame, lambda graph: _read(graph, set(names), whole))
    if not whole.chosen:
        return ()
    tree = _tree(whole.triangles)
    width, height = picture_size(scene)
    film = list(_shot_cameras(sets, views))
    samples = as_filmed(_samples(whole.chosen, size), film, width)

    def look_from(camera: cover.Camera, which: Array) -> Array:
        """What a camera sees, and what of it lies away from outlines: one after the other."""
        sees = reached(tree, camera, samples, which)
        return np.concatenate([sees, is_clear(tree, camera, samples, sees, width)])

    count = len(samples.weight)
    before = np.zeros(2 * count, bool)
    for camera in film:
        before |= look_from(camera, cover.may_see(camera, samples, width))
    places = list(cover.candidates(samples, ground(tree, whole.triangles)))
    cameras = [eye.camera(width / height) for eye in places]
    possible = np.zeros((len(places), 2 * count), bool)
    for row, camera in enumerate(cameras):
        if row % _AT_ONCE == 0:
            yield row, 2 * len(places)
        possible[row] = np.tile(cover.may_see(camera, samples, width), 2)

    def look(row: int) -> Array:
        return look_from(cameras[row], possible[row, :count])

    most = most or cover.VIEWS_A_CLUSTER * math.ceil(len(whole.chosen) / _CLUSTER)
    weights = np.concatenate([samples.weight * (1 - _CLEAR), samples.weight * _CLEAR])
    looks = cover.choose(possible, weights, before, look, most)
    while True:
        try:
            looked = next(looks)
        except StopIteration as end:
            return tuple(places[row] for row in end.value)
        yield min(len(places) + looked, 2 * len(places)), 2 * len(places)


def shot_names(scene: bpy.types.Scene, count: int) -> tuple[str, ...]:
    """Names for the added views' passes that no shot of the artist's has."""
    taken = {folded(shot.name) for shot in list_shots(scene)}
    prefix = ADDED_VIEWS
    while any(name.startswith(prefix) for name in taken):
        prefix += "_"
    return tuple(f"{prefix} {number + 1:02d}" for number in range(count))


def render(
    scene: bpy.types.Scene, eye: cover.Eye, name: str, frame: int, folder: Path | str
) -> None:
    """Render the passes of an added view, which is a shot of one frame; nothing of it stays."""
    with _standing(scene, eye, name) as camera:
        for _ in render_passes(scene, Shot(name, camera.name_full, frame, frame), folder):
            pass


def camera_of(scene: bpy.types.Scene, shot: Shot) -> bpy.types.Object | None:
    """The shot's camera; the scene's for an added view, whose own has gone.

    Raises InputError where a shot of the artist's has lost its camera.
    """
    try:
        return shot_camera(scene, shot)
    except InputError:
        if not is_added_view(shot.name):
            raise
        return scene.camera


@contextmanager
def _standing(scene: bpy.types.Scene, eye: cover.Eye, name: str) -> Iterator[bpy.types.Object]:
    data = bpy.data.cameras.new(name)
    camera = bpy.data.objects.new(name, data)
    try:
        width, height = picture_size(scene)
        data.sensor_fit = "VERTICAL" if width >= height else "HORIZONTAL"
        data.angle = eye.field
        away = float(np.linalg.norm(np.subtract(eye.place, eye.aim)))
        data.clip_start, data.clip_end = away * 1e-3, away * 1e4
        camera.matrix_world = Matrix(eye.camera(width / height).camera_to_world.tolist())
        scene.collection.objects.link(camera)
        yield camera
    finally:
        bpy.data.objects.remove(camera)
        bpy.data.cameras.remove(data)


# --- the set -----------------------------------------------------------------------------------


def _read(graph: bpy.types.Depsgraph, names: set[str], whole: _Set) -> None:
    """All that is rendered, once, though several view layers may show it."""
    if whole.triangles:
        return
    for instance in graph.object_instances:
        thing = instance.object
        if thing.type not in {"MESH", "CURVE", "SURFACE", "FONT", "META"}:
            continue
        mesh = thing.to_mesh()
        if mesh is None:
            continue
        triangles = _triangles(mesh, instance.matrix_world)
        thing.to_mesh_clear()
        if len(triangles):
            whole.triangles.append(triangles)
            if thing.original.name in names:
                _choose(whole, thing.original.name, triangles)


def _choose(whole: _Set, name: str, triangles: Array) -> None:
    """Its instances share an object's paint, so a few of them stand for all."""
    placed = whole.chosen.get(name)
    if placed is None:
        whole.chosen[name] = triangles
    elif len(placed) < _MOST_PLACED:
        whole.chosen[name] = np.concatenate([placed, triangles])


def _triangles(mesh: bpy.types.Mesh, matrix: Matrix) -> Array:
    """T×3×3 corners in world space, counter-clockwise as seen from outside."""
    mesh.calc_loop_triangles()
    points = read(mesh.vertices, "co", np.float32, 3)
    corners = read(mesh.loop_triangles, "vertices", np.int32, 3)
    world = np.array(matrix, np.float64)
    triangles = (points @ world[:3, :3].T + world[:3, 3])[corners].astype(np.float32)
    triangles = triangles[are_places(triangles).all(1)]
    return triangles[:, ::-1] if np.linalg.det(world[:3, :3]) < 0 else triangles


def _tree(parts: Sequence[Array]) -> BVHTree:
    triangles = np.concatenate(parts)
    order = np.arange(3 * len(triangles)).reshape(-1, 3)
    return BVHTree.FromPolygons(
        triangles.reshape(-1, 3).tolist(), order.tolist(), all_triangles=True
    )


def _samples(chosen: dict[str, Array], size: int) -> cover.Samples:
    """Points spread evenly over each object, some on each however small it is.

    Objects count by the root of their area: a plain around the set has most of its area, and a
    cup on the table all of the attention.
    """
    rng = np.random.default_rng(0)
    surfaces = {name: _Surface.of(triangles) for name, triangles in chosen.items()}
    surfaces = {name: surface for name, surface in surfaces.items() if surface.area > 0}
    if not surfaces:
        raise InputError("The chosen objects have no area: there is nothing to look at.")
    total = sum(surface.area**0.5 for surface in surfaces.values())
    parts = [
        surface.samples(max(_LEAST_SAMPLES, round(_SAMPLES * surface.area**0.5 / total)), size, rng)
        for surface in surfaces.values()
    ]
    return cover.Samples(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))


@dataclass(frozen=True)
class _Surface:
    """An object's triangles (T×3×3) with their areas and normals."""

    triangles: Array
    areas: Array
    normals: Array

    @classmethod
    def of(cls, triangles: Array) -> _Surface:
        cross = np.cross(triangles[:, 1] - triangles[:, 0], triangles[:, 2] - triangles[:, 0])
        areas = np.linalg.norm(cross, axis=1) / 2
        return cls(triangles, areas, cross / np.maximum(2 * areas[:, None], 1e-12))

    @property
    def area(self) -> float:
        return float(self.areas.sum())

    def samples(self, count: int, size: int, rng: np.random.Generator) -> tuple[Array, ...]:
        """Points, normals, weights and widths of texels."""
        some = rng.choice(len(self.areas), count, p=self.areas / self.areas.sum())
        share = rng.dirichlet((1, 1, 1), count)
        points = (self.triangles[some] * share[..., None]).sum(1)
        weight = np.full(count, self.area**0.5 / count)
        texel = np.full(count, (self.area / (_FILLED * size * size)) ** 0.5)
        arrays = (points, self.normals[some], weight, texel)
        return tuple(array.astype(np.float32) for array in arrays)


def as_filmed(samples: cover.Samples, film: Sequence[cover.Camera], width: int) -> cover.Samples:
    """Samples whose texels are no finer than a pixel of the film's nearest camera, and which count
    less beyond what it looks at: the square of the distance is what things shrink by."""
    places = np.stack([camera.camera_to_world[:3, 3] for camera in film])
    away = np.linalg.norm(samples.points[:, None] - places, axis=2).min(1)
    pixel = np.median([cover.pixel_width(camera, width) for camera in film])
    near = max(float(np.median(away)), 1e-6)
    return replace(
        samples,
        texel=np.maximum(samples.texel, away * pixel).astype(np.float32),
        weight=samples.weight * np.minimum(1, (near / np.maximum(away, 1e-6)) ** 2),
    )


def ground(tree: BVHTree, triangles: Sequence[Array]) -> float:
    """How high the ground is that all stands on, metres; minus infinity where there is none.

    Ground is what rays from below meet almost everywhere at about one height, under a set much
    wider than high: a lone thing has an underside to look at.
    """
    low = np.min([part.min((0, 1)) for part in triangles], axis=0)
    high = np.max([part.max((0, 1)) for part in triangles], axis=0)
    extent = high - low
    width = float(max(extent[0], extent[1]))
    if width < _WIDE * extent[2]:
        return -math.inf
    steps = (np.arange(_GROUND_CELLS) + 0.5) / _GROUND_CELLS
    met = []
    for x in low[0] + extent[0] * steps:
        for y in low[1] + extent[1] * steps:
            place = tree.ray_cast(Vector((x, y, low[2] - 1)), Vector((0, 0, 1)))[0]
            met += [] if place is None else [place.z]
    if len(met) < _MOSTLY * _GROUND_CELLS**2:
        return -math.inf
    lower, upper = np.quantile(met, (0.1, 0.9))
    return float(upper) if upper - lower < _FLAT * width else -math.inf


def reached(tree: BVHTree, camera: cover.Camera, samples: cover.Samples, which: Array) -> Array:
    """Which of some samples a straight way leads to from the camera, N."""
    reached = np.zeros(len(which), bool)
    eye = Vector(camera.camera_to_world[:3, 3])
    for row in np.flatnonzero(which):
        way = Vector(samples.points[row]) - eye
        distance = tree.ray_cast(eye, way.normalized(), way.length)[3]
        reached[row] = distance is None or distance > way.length * 0.998
    return reached


def is_clear(
    tree: BVHTree, camera: cover.Camera, samples: cover.Samples, which: Array, width: int
) -> Array:
    """Which of some samples lie away from outlines in pictures ``width`` pixels wide, N: the same
    surface is met a little to the right and left of them, above and below."""
    clear = which.copy()
    place = camera.camera_to_world[:3, 3]
    eye, axes = Vector(place), camera.camera_to_world[:3, :3]
    depth = np.abs((samples.points - place) @ axes[:, 2])
    pixel = cover.pixel_width(camera, width) * depth
    steps = [axes[:, axis] * side for axis in (0, 1) for side in (-_OUTLINE, _OUTLINE)]
    for row in np.flatnonzero(which):
        point, normal = Vector(samples.points[row]), Vector(samples.normals[row])
        for step in steps:
            way = point + Vector(step * pixel[row]) - eye
            met = tree.ray_cast(eye, way.normalized())[0]
            if met is None or abs((met - point).dot(normal)) > pixel[row]:
                clear[row] = False
                break
    return clear


# --- what the shots see ------------------------------------------------------------------------


def _shot_cameras(
    sets: Mapping[str, PassSet], views: Sequence[tuple[str, int]]
) -> Iterator[cover.Camera]:
    frames = {(shot, frame.frame): frame for shot in sets for frame in sets[shot].frames}
    for view in views:
        to_world, lens = frames[view].camera_to_world, frames[view].projection
        yield cover.Camera(np.array(to_world).reshape(4, 4), np.array(lens).reshape(4, 4))
