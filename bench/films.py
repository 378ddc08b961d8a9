"""Shots that were rendered, frame by frame as the in-betweens need them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.project import Project
from underpaint.motion.frame import Frame
from underpaint.motion.steadiness import Steadiness
from underpaint.surface.sight import Sight
from underpaint.worker.jobs.sources import Source

from .shot_sets import SETS

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Film:
    """A shot's passes, and the project that they lie in."""

    source: Source
    project: Project

    @property
    def name(self) -> str:
        """The shot's name."""
        return self.source.name

    @property
    def numbers(self) -> list[int]:
        """Its frames."""
        return [frame.frame for frame in self.source.passes.frames]

    def object_ids(self, number: int) -> npt.NDArray[np.int32]:
        """The frame's object-id pass."""
        return self.source.read(self.source.frame(number), ["object_id"]).object_id

    def sight(self, number: int) -> Sight:
        """A frame, with its bodies for object ids."""
        return self.source.sight(self.source.frame(number))

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
        yield Film(Source(project, shot.name), project)


def measured(film: Film, pictures: Iterable[tuple[int, Floats]]) -> Steadiness:
    """How still frames of a film hold, in order."""
    figures = Steadiness()
    for number, picture in pictures:
        figures.add(Frame(film.sight(number)), picture)
    return figures
