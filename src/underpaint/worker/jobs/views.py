"""The painted views that textures are made of: taken from takes where they stand, else painted."""

from __future__ import annotations

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from ...library.takes import Takes
from ...model.look import Look
from ...model.request import EngineRef, FrameRequest, ViewRef
from ...model.shot import FramePasses
from ...passes.exr import Passes
from ...surface.view import View as SurfaceView
from ..engine import Engine, OnStep, Picture, View
from . import settings
from .brush import paint_ahead
from .painted import find_painted
from .png import as_written, read_png
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

    def painted(self, picture: Picture) -> SurfaceView:
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


def take_over(
    takes: Takes,
    views: Sequence[PlannedView],
    engine: EngineRef,
    look: Look,
    seed: int,
    check: Callable[[], None],
) -> dict[ViewRef, Picture]:
    """The pictures of those views that a take of their shot holds already."""
    found: dict[ViewRef, Picture] = {}
    for source in {view.source.name: view.source for view in views}.values():
        request = FrameRequest(
            engine=engine,
            look=look,
            seed=seed,
            seed_per="shot",
            width=source.passes.width,
            height=source.passes.height,
            views=tuple(view.ref for view in views if view.source is source),
            depth_range=source.depth_range(check),
        )
        found |= {ref: read_png(path) for ref, path in find_painted(takes, request).items()}
    return found


def paint_views(
    engine: Engine,
    views: Sequence[PlannedView],
    look: Look,
    seed: int,
    on_step: OnStep,
    check: Callable[[], None],
) -> Generator[tuple[PlannedView, Picture], None, None]:
    """Paint views one after another, each as the frames job paints it with the shot's seed."""
    kinds = tuple(look.control_scales)

    def read(view: PlannedView) -> list[View]:
        near, far = view.source.depth_range(check)
        return [View(view.source.controls(view.frame, kinds, near, far), seed)]

    painted = paint_ahead(engine, settings.paint_settings(look), views, read, on_step)
    for view, (picture,) in painted:
        yield view, as_written(picture)
