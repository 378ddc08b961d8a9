"""The painted views that textures are made of: painted together, or taken from where they stand."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...library import atomic
from ...library.png import whole_png_size
from ...library.project import Project
from ...library.unfinished import KEPT_SECONDS
from ...model.codec import digest
from ...model.look import Look
from ...model.request import RECIPE, EngineRef, ViewRef
from ...model.shot import FramePasses
from ...passes.arrays import Bytes, Floats, Ints
from ...passes.exr import Passes
from ...surface.agreement import Agreement
from ...surface.camera import Camera
from ...surface.moved import Motion
from ...surface.sight import Sight
from ...surface.view import View as SurfaceView
from ..engine import Engine, Held, OnStep, Picture, View
from . import settings
from .brush import padded
from .company import Company
from .png import as_written, png_bytes, read_png
from .sources import Source

TOGETHER, TOGETHER_PIXELS = 24, 10 * 1024**2
"""Views that are painted at once, at the most, and their pixels; those painted before have a say
among later ones."""

FINAL_SHARPNESS = 6.0
"""Of the last mean over all views."""


@dataclass(frozen=True)
class PlannedView:
    """A frame to look from; ``index`` is its number in the mesh files."""

    source: Source
    frame: FramePasses
    index: int
    say: float = 1.0

    @property
    def ref(self) -> ViewRef:
        """As a request names it."""
        ref = self.source.view(self.frame)
        return ViewRef(ref.shot, ref.frame, ref.passes, self.say)


@dataclass(frozen=True)
class Seen:
    """What a view's camera measured: its passes, and how many pixels of each object's id."""

    plan: PlannedView
    passes: Passes
    pixels: Mapping[int, int]

    def painted(self, picture: Floats | Bytes) -> SurfaceView:
        """The view with its picture, for all objects that are baked from it."""
        return SurfaceView(
            picture=picture,
            depth=self.passes.depth,
            object_id=self.passes.object_id,
            camera_to_world=self.plan.frame.camera_to_world,
            projection=self.plan.frame.projection,
            say=self.plan.say,
        )

    def sight(self, motion: Motion) -> Sight:
        """What it takes to find the same places in other views; half the precision will do."""
        normals = self.plan.source.read(self.plan.frame, ["normal_world"]).normal_world
        height, width = self.passes.depth.shape
        camera = Camera(self.plan.frame.camera_to_world, self.plan.frame.projection, height, width)
        ids: Ints = self.passes.object_id
        return Sight(
            self.passes.depth, ids, normals.astype(np.float16), camera, motion, self.plan.say
        )


def look_at(plan: PlannedView) -> Seen:
    """Read what is where in a view."""
    passes = plan.source.read(plan.frame, ["depth", "object_id"])
    ids, counts = np.unique(passes.object_id, return_counts=True)
    return Seen(plan, passes, dict(zip(ids.tolist(), counts.tolist(), strict=True)))


@dataclass(frozen=True)
class Painting:
    """All that decides what the views of textures look like; ``held``: hashes of the textures that
    stand in them already."""

    engine: EngineRef
    look: Look
    seed: int
    views: tuple[ViewRef, ...]
    depth_ranges: tuple[tuple[float, float], ...]
    held: tuple[str, ...] = ()
    recipe: int = RECIPE


class Gallery:
    """The pictures of a textures job's views.

    They are painted in groups, each group at once, and kept on disk until the textures made of them
    stand, so that a job that was stopped goes on with the group that it was at. They are kept in
    the 8 bits in which every picture is read back.
    """

    def __init__(self, project: Project, painting: Painting, seen: Sequence[Seen]) -> None:
        self._project = project
        self._painting = painting
        self._seen = seen
        self._name = digest(painting)[:32]

    def found(self) -> dict[ViewRef, Picture]:
        """Those that an earlier go left; of a group all or none."""
        atomic.sweep(self._project.view_cache, "", KEPT_SECONDS)
        found: dict[ViewRef, Picture] = {}
        for group in self.groups():
            paths = [self._kept(number) for number in group]
            if all(map(self._is_whole, group)):
                refs = [self._seen[number].plan.ref for number in group]
                found |= {ref: read_png(path) for ref, path in zip(refs, paths, strict=True)}
        return found

    def groups(self) -> list[range]:
        """Numbers of the views that are painted at once; all groups are about as large."""
        count = len(self._seen)
        height, width = self._seen[0].passes.depth.shape
        most = min(TOGETHER, max(2, TOGETHER_PIXELS // (height * width)))
        parts = -(-count // most)
        ends = [count * part // parts for part in range(parts + 1)]
        return [range(one, two) for one, two in itertools.pairwise(ends)]

    def paint(
        self,
        engine: Engine,
        pictures: Mapping[ViewRef, Picture],
        motion: Callable[[int], Motion],
        held: Callable[[Seen], Held | None],
        watch: Callable[[range], OnStep],
    ) -> Generator[dict[ViewRef, Picture], None, None]:
        """Paint the groups that ``pictures`` lacks, one after another, and keep them.

        ``motion``: how the objects have moved by a view, ``held``: what stands in it; ``watch``:
        who hears of the steps of a group.
        """
        whole = dict(pictures)
        sights: list[Sight] = []
        for group in self.groups():
            refs = [self._seen[number].plan.ref for number in group]
            sights += [self._sight(number, motion) for number in group]
            if all(ref in whole for ref in refs):
                continue
            before = [whole[view.plan.ref] for view in self._seen[: group.start]]
            company = self._company(engine, group, sights, before, held)
            painted = self._painted(engine, group, company, watch(group))
            yield (new := dict(zip(refs, painted, strict=True)))
            whole |= new

    def agreed(
        self, pictures: Mapping[ViewRef, Picture], motion: Callable[[int], Motion]
    ) -> dict[ViewRef, Picture]:
        """All views' pictures, agreed once more where they were painted in several groups: what a
        later group saw better, an earlier one could not know."""
        refs = [seen.plan.ref for seen in self._seen]
        if len(self.groups()) == 1:
            return dict(pictures)
        sights = [self._sight(number, motion) for number in range(len(self._seen))]
        values = Agreement(sights, 1).agree([pictures[ref] for ref in refs], FINAL_SHARPNESS)
        return {ref: as_written(value) for ref, value in zip(refs, values, strict=True)}

    def _sight(self, number: int, motion: Callable[[int], Motion]) -> Sight:
        seen = self._seen[number]
        return seen.sight(motion(seen.plan.index))

    def _company(
        self,
        engine: Engine,
        group: range,
        sights: Sequence[Sight],
        before: Sequence[Picture],
        held: Callable[[Seen], Held | None],
    ) -> Company:
        """Those of the group first, then those that were painted before."""
        height, width = self._seen[group.start].passes.depth.shape
        multiple = engine.info.multiple
        return Company(
            [*sights[group.start :], *sights[: group.start]],
            before,
            [held(self._seen[number]) for number in group],
            self._painting.seed,
            (height + -height % multiple, width + -width % multiple),
        )

    def _painted(
        self, engine: Engine, group: range, company: Company, on_step: OnStep
    ) -> list[Picture]:
        look = self._painting.look
        views = [self.view(number) for number in group]
        height, width = self._seen[group.start].passes.depth.shape
        whole = engine.paint(
            padded(views, engine.info.multiple), settings.paint_settings(look), on_step, company
        )
        pictures = [np.ascontiguousarray(picture[:height, :width]) for picture in whole]
        for number, picture in zip(group, pictures, strict=True):
            atomic.write_bytes(self._kept(number), png_bytes(picture))
        return [as_written(picture) for picture in pictures]

    def view(self, number: int) -> View:
        plan = self._seen[number].plan
        near, far = self._painting.depth_ranges[number]
        kinds = tuple(self._painting.look.control_scales)
        return View(plan.source.controls(plan.frame, kinds, near, far), self._painting.seed)

    def forget(self) -> None:
        """Keep these views no longer."""
        for number in range(len(self._seen)):
            atomic.remove(self._kept(number))
        with suppress(OSError):  # others' views are in it
            self._project.view_cache.rmdir()

    def _kept(self, number: int) -> Path:
        return self._project.view_cache / f"{self._name}-{number:03d}.png"

    def _is_whole(self, number: int) -> bool:
        path = self._kept(number)
        if not path.is_file():
            return False
        height, width = self._seen[number].passes.depth.shape
        with atomic.disk_errors(path, "read"):
            return whole_png_size(path.read_bytes()) == (width, height)
