"""The painted views that textures are made of: taken from where they stand, else painted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ...library import atomic
from ...library.png import whole_png_size
from ...library.project import Project
from ...library.takes import Takes
from ...library.unfinished import KEPT_SECONDS
from ...model.look import Look
from ...model.request import EngineRef, FrameRequest, ViewRef
from ...model.shot import FramePasses
from ...passes.arrays import Bytes, Floats
from ...passes.exr import Passes
from ...surface.view import View as SurfaceView
from ..engine import Engine, OnStep, Picture, View
from . import settings
from .brush import paint_ahead
from .painted import find_painted
from .png import as_written, png_bytes, read_png
from .sources import Source


@dataclass(frozen=True)
class PlannedView:
    """A frame to look from; ``index`` is its number in the mesh files."""

    source: Source
    frame: FramePasses
    index: int

    @property
    def ref(self) -> ViewRef:
        """As a request names it."""
        return self.source.view(self.frame)


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
        )


def look_at(plan: PlannedView) -> Seen:
    """Read what is where in a view."""
    passes = plan.source.read(plan.frame, ["depth", "object_id"])
    ids, counts = np.unique(passes.object_id, return_counts=True)
    return Seen(plan, passes, dict(zip(ids.tolist(), counts.tolist(), strict=True)))


class Gallery:
    """The pictures of a textures job's views, each as a take with the shot's seed has it.

    A view that was painted is kept on disk until the textures made of it stand, so that a job that
    was stopped goes on where it was. It is kept in the 8 bits in which every picture is read back.
    """

    def __init__(
        self,
        project: Project,
        views: Sequence[PlannedView],
        engine: EngineRef,
        look: Look,
        seed: int,
        check: Callable[[], None],
    ) -> None:
        self._project = project
        self._views = views
        self._engine = engine
        self._look = look
        self._seed = seed
        self._check = check

    def found(self) -> dict[ViewRef, Picture]:
        """Those that a take of their shot holds, or that an earlier go left."""
        atomic.sweep(self._project.view_cache, "", KEPT_SECONDS)
        found: dict[ViewRef, Picture] = {}
        takes = Takes(self._project)
        for source in {view.source.name: view.source for view in self._views}.values():
            refs = [view.ref for view in self._views if view.source is source]
            painted = find_painted(takes, takes.list(source.name), self._request(source, *refs))
            found |= {ref: read_png(path) for ref, path in painted.items()}
        for view in self._views:
            path = self._kept(view)
            if view.ref not in found and _is_whole(path, view.source):
                found[view.ref] = read_png(path)
        return found

    def paint(
        self, engine: Engine, views: Sequence[PlannedView], on_step: OnStep
    ) -> Generator[tuple[PlannedView, Picture], None, None]:
        """Paint views one after another, and keep them."""
        kinds = tuple(self._look.control_scales)

        def read(view: PlannedView) -> list[View]:
            near, far = view.source.depth_range(self._check)
            return [View(view.source.controls(view.frame, kinds, near, far), self._seed)]

        painted = paint_ahead(engine, settings.paint_settings(self._look), views, read, on_step)
        for view, (picture,) in painted:
            atomic.write_bytes(self._kept(view), png_bytes(picture))
            yield view, as_written(picture)

    def forget(self) -> None:
        """Keep these views no longer."""
        for view in self._views:
            atomic.remove(self._kept(view))
        with suppress(OSError):  # others' views are in it
            self._project.view_cache.rmdir()

    def _kept(self, view: PlannedView) -> Path:
        return self._project.view_cache / f"{self._request(view.source, view.ref).digest}.png"

    def _request(self, source: Source, *views: ViewRef) -> FrameRequest:
        return FrameRequest(
            engine=self._engine,
            look=self._look,
            seed=self._seed,
            seed_per="shot",
            width=source.passes.width,
            height=source.passes.height,
            views=views,
            depth_range=source.depth_range(self._check),
        )


def _is_whole(path: Path, source: Source) -> bool:
    if not path.is_file():
        return False
    with atomic.disk_errors(path, "read"):
        return whole_png_size(path.read_bytes()) == (source.passes.width, source.passes.height)
