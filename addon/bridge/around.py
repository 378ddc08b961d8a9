"""Cameras beside the shots' own, so that a texture has no side that nobody looked at.

Which they are is worked out in ``cover``; here are the set's geometry, as the renderer sees it, and
the samples that stand for it. A camera of ours stands in the scene only while its passes are
rendered.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import bpy
import numpy as np
from mathutils import Matrix
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
from .sightlines import Sightlines

_SAMPLES, _LEAST_SAMPLES = 6000, 12
_FILLED = 0.6
"""The share of a texture that islands fill, about."""
_MOST_PLACED = 20_000
"""Triangles of all placements of an object that are looked at."""
_AT_ONCE = 100
_CLEAR = 0.3
"""What it is worth, of a place that is seen, that it is not seen beside an outline."""
_FIRST, _ROUNDS = 0.6, 3
"""The share of all views that are chosen from all around; and how often, then, the rest is looked
for."""

Steps = Generator[tuple[int, int], None, tuple[cover.Eye, ...]]
"""Yields (views found, in all at the most)."""


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
    width, height = picture_size(scene)
    film = list(_shot_cameras(sets, views))
    samples = as_filmed(_samples(whole.chosen, size), film, width)
    search = _Search(Sightlines(whole.triangles), samples, film, (width, height))
    most = most or cover.most_views(len(whole.chosen))
    for done in search.run(most):
        yield done, most
    return search.chosen


class _Search:
    """Looks for cameras that see what the film's do not, in pictures ``size`` pixels wide and high.

    What is printed away from outlines counts as seen twice: see ``_CLEAR``.
    """

    def __init__(
        self,
        space: Sightlines,
        samples: cover.Samples,
        film: Sequence[cover.Camera],
        size: tuple[int, int],
    ) -> None:
        self._space, self._samples = space, samples
        self._width, self._aspect = size[0], size[0] / size[1]
        self._eyes: list[cover.Eye] = []
        self._cameras: list[cover.Camera] = []
        seen = np.zeros(2 * len(samples.weight), bool)
        for camera in film:
            may = np.tile(cover.may_see(camera, samples, self._width), 2)
            seen |= self._printed(camera, may & ~seen)
        weights = np.concatenate([samples.weight * (1 - _CLEAR), samples.weight * _CLEAR])
        self._cover = cover.Cover(weights, seen)

    @property
    def chosen(self) -> tuple[cover.Eye, ...]:
        """The best first."""
        return tuple(self._eyes[number] for number in self._cover.chosen)

    def run(self, most: int) -> Iterator[int]:
        """Choose up to ``most``; yields how many there are, time and again."""
        yield from self._add(cover.candidates(self._samples, self._space))
        yield from self._cover.choose(self._look, math.ceil(most * _FIRST))
        rng = np.random.default_rng(0)
        for left in range(_ROUNDS - 1, -1, -1):
            unseen = ~self._cover.seen[: len(self._samples.weight)]
            more = cover.before_the_rest(self._samples, unseen, self._space, rng)
            yield from self._add(more)
            yield from self._cover.choose(
                self._look, most - round(most * (1 - _FIRST) * left / _ROUNDS)
            )

    def _add(self, eyes: Iterable[cover.Eye]) -> Iterator[int]:
        """More to choose from."""
        possible = []
        for number, eye in enumerate(eyes):
            if number % _AT_ONCE == 0:
                yield len(self._cover.chosen)
            self._eyes.append(eye)
            self._cameras.append(eye.camera(self._aspect))
            sees = cover.may_see(self._cameras[-1], self._samples, self._width)
            possible.append(np.tile(sees, 2))
        if possible:
            self._cover.add(np.stack(possible))

    def _look(self, number: int, which: Array) -> Array:
        return self._printed(self._cameras[number], which)

    def _printed(self, camera: cover.Camera, which: Array) -> Array:
        """Of some samples (2N), those that are printed, then those that are clear."""
        printed, clear = np.split(which, 2)
        either = self._space.printed(camera, self._samples, printed | clear, self._width)
        return np.concatenate([either[0] & printed, either[1] & clear])


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


# --- what the shots see ------------------------------------------------------------------------


def _shot_cameras(
    sets: Mapping[str, PassSet], views: Sequence[tuple[str, int]]
) -> Iterator[cover.Camera]:
    frames = {(shot, frame.frame): frame for shot in sets for frame in sets[shot].frames}
    for view in views:
        to_world, lens = frames[view].camera_to_world, frames[view].projection
        yield cover.Camera(np.array(to_world).reshape(4, 4), np.array(lens).reshape(4, 4))
