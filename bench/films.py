"""Shots that were rendered, frame by frame as the in-betweens need them."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from underpaint_addon.bridge.object_ids import object_ids
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.project import Project
from underpaint.motion.frame import Frame
from underpaint.motion.steadiness import Steadiness
from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight
from underpaint.worker.jobs.sources import Source

from .shot_sets import SETS

Doubles = npt.NDArray[np.float64]
Floats = npt.NDArray[np.float32]
Stand = dict[int, tuple[int, Doubles]]
"""Object id → its body, and what brings that from rest to where it stands."""


@dataclass(frozen=True)
class Film:
    """A shot's passes, and where its bodies stand in each frame."""

    source: Source
    stands: dict[int, Stand]

    @property
    def name(self) -> str:
        """The shot's name."""
        return self.source.name

    @property
    def numbers(self) -> list[int]:
        """Its frames."""
        return sorted(self.stands)

    def object_ids(self, number: int) -> npt.NDArray[np.int32]:
        """The frame's object-id pass."""
        return self.source.read(self.source.frame(number), ["object_id"]).object_id

    def sight(self, number: int) -> Sight:
        """A frame, with its bodies for object ids."""
        frame = self.source.frame(number)
        passes = self.source.read(frame, ["depth", "normal_world", "object_id"])
        bodies = np.zeros_like(passes.object_id)
        motion = {}
        for object_id, (body, matrix) in self.stands[number].items():
            bodies[passes.object_id == object_id] = body
            if not np.array_equal(matrix, np.eye(4)):
                motion[body] = matrix
        camera = Camera(frame.camera_to_world, frame.projection, *passes.depth.shape)
        return Sight(passes.depth, bodies, passes.normal_world, camera, motion)

    def sights(self) -> Iterator[tuple[int, Sight]]:
        """All frames with their numbers, in order."""
        return ((number, self.sight(number)) for number in self.numbers)


def filmed(name: str, folder: Path, frames: int) -> Iterator[Film]:
    """Build a set in Blender and render so many frames of each of its shots."""
    SETS[name]()
    scene, project = bpy.context.scene, Project(folder / name)
    for shot in list_shots(scene):
        wanted = list(shot.frames)[:frames]
        for _ in render_passes(scene, shot, project.passes(shot.name), frames=wanted):
            pass
        yield Film(Source(project, shot.name), _stands(scene, wanted))


def measured(film: Film, pictures: Iterable[tuple[int, Floats]]) -> Steadiness:
    """How still frames of a film hold, in order."""
    figures = Steadiness()
    for number, picture in pictures:
        figures.add(Frame(film.sight(number)), picture)
    return figures


def _stands(scene: bpy.types.Scene, frames: list[int]) -> dict[int, Stand]:
    """A body is an object with one shape, or all placements of one together; at rest it is where
    it was first seen."""
    numbers: dict[tuple[int, bytes], int] = {}
    rest: dict[int, Doubles] = {}
    stands: dict[int, Stand] = {}
    for frame in frames:
        scene.frame_set(frame)
        stands[frame] = {}
        for object_id, (what, matrix) in _placed(scene).items():
            body = numbers.setdefault((object_id, what), len(numbers) + 1)
            first = rest.setdefault(body, matrix)
            still = np.array_equal(first, matrix)
            stands[frame][object_id] = body, np.eye(4) if still else matrix @ np.linalg.inv(first)
    return stands


def _placed(scene: bpy.types.Scene) -> dict[int, tuple[bytes, Doubles]]:
    """Object id → a digest of what it is, and where that stands in the world."""
    graph = bpy.context.evaluated_depsgraph_get()
    ids = {thing.name_full: number for thing, number in object_ids(scene).items()}
    found: dict[int, list[tuple[bytes, Doubles]]] = defaultdict(list)
    for item in graph.object_instances:
        number = ids.get(item.object.original.name_full)
        if number is not None and item.object.type == "MESH":
            matrix = np.array(item.matrix_world, np.float64)
            found[number].append((_shape(item.object.data), matrix))
    return {number: _body(placements) for number, placements in found.items()}


def _body(placements: list[tuple[bytes, Doubles]]) -> tuple[bytes, Doubles]:
    if len(placements) == 1:
        return placements[0]
    return b"".join(sorted(shape + m.tobytes() for shape, m in placements)), np.eye(4)


def _shape(mesh: bpy.types.Mesh) -> bytes:
    points = np.empty(3 * len(mesh.vertices), np.float32)
    mesh.vertices.foreach_get("co", points)
    return hashlib.sha256(points.tobytes()).digest()
