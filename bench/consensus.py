"""How far views agree that are painted together, and what that costs in sharpness.

The built-in model paints a set's views twice, each by itself and all together. How much two views
differ where they show the same place is measured in what the engine returns, before anything is
blended into a texture. A blur would agree, too; so beside it stands how sharp the baked set comes
out of a render, from the cameras that painted it, against the pictures that were painted.

Two-core machine, corner example, 25 views of 640 × 360, one step, before it was tuned: latents that
agree alone bring the difference to 0.43, pictures alone to 0.16, both to 0.14; noise that sticks to
surfaces changes nothing by itself (1.02), as one step's noise decides strokes and not colours.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import bpy
import numpy as np
import numpy.typing as npt
from PIL import Image
from underpaint_addon.bridge.materials import apply_texture

from underpaint.model.look import Look
from underpaint.model.request import ViewRef
from underpaint.surface.agreement import Agreement
from underpaint.worker.engine import Engine, Picture
from underpaint.worker.engines import open_engine
from underpaint.worker.jobs import settings
from underpaint.worker.jobs.brush import paint_any_size
from underpaint.worker.jobs.motion import motions
from underpaint.worker.jobs.views import Gallery, Painting

from .figures import Figure, at_least, at_most
from .painted_sets import PaintedSet, bake, render_view, rendered

SEED = 5
WORDS = "a street in oil paint"
_RENDERED = 4
"""Views from which the painted set is rendered again."""

Floats = npt.NDArray[np.float32]


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    engine = open_engine("built-in")
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        set_ = rendered("room" if quick else "corner", Path(folder))
        look = settings.surface_look(settings.explicit_look(Look("bench", WORDS), engine.info))
        alone = [_alone(set_, number, engine, look) for number in range(len(set_.views))]
        together = _together(set_, engine, look)
        apart, joined = _difference(set_, alone), _difference(set_, together)
        yield at_most(
            f"{set_.name}: views differ, together ÷ alone",
            joined / apart,
            0.35,
            alone=apart,
            together=joined,
        )
        painted, baked = _sharpness(set_, together)
        yield at_least(
            f"{set_.name}: sharpness, rendered again ÷ painted",
            baked / painted,
            0.8,
            alone=_mean_step(set_, alone),
            painted=painted,
        )


def _painting(set_: PaintedSet, engine: Engine, look: Look) -> Painting:
    refs = tuple(view.plan.ref for view in set_.views)
    ranges = tuple(view.plan.source.depth_range(_unwatched) for view in set_.views)
    return Painting(engine.info.ref, look, SEED, refs, ranges)


def _unwatched() -> None:
    """Nobody cancels a bench."""


def _alone(set_: PaintedSet, number: int, engine: Engine, look: Look) -> Picture:
    painting = _painting(set_, engine, look)
    view = Gallery(set_.project, painting, set_.views).view(number)
    paint_settings = settings.paint_settings(look)
    return paint_any_size(engine, [view], paint_settings, lambda *_: None)[0]


def _together(set_: PaintedSet, engine: Engine, look: Look) -> list[Picture]:
    gallery = Gallery(set_.project, _painting(set_, engine, look), set_.views)
    indices = [view.plan.index for view in set_.views]
    moved = motions(set_.project.surface_set.parent, set_.objects, indices)
    pictures: dict[ViewRef, Picture] = {}
    for group in gallery.paint(
        engine, {}, moved.__getitem__, lambda _seen: None, lambda _group: lambda *_: None
    ):
        pictures |= group
    pictures = gallery.agreed(pictures, moved.__getitem__)
    return [pictures[view.plan.ref] for view in set_.views]


def _difference(set_: PaintedSet, pictures: list[Picture]) -> float:
    """Root mean square difference of two views at a place that both show, sRGB."""
    indices = [view.plan.index for view in set_.views]
    moved = motions(set_.project.surface_set.parent, set_.objects, indices)
    sights = [view.sight(moved[view.plan.index]) for view in set_.views]
    total = weight = 0.0
    for off, share in Agreement(sights, 1).differences(pictures):
        total += float((off * share).sum())
        weight += float(share.sum())
    return float(np.sqrt(total / max(weight, 1e-9)))


def _sharpness(set_: PaintedSet, pictures: list[Picture]) -> tuple[float, float]:
    """Mean step between neighbouring pixels of one object, in the pictures and in renders."""
    by_ref = {view.plan.ref: picture for view, picture in zip(set_.views, pictures, strict=True)}
    scene = bpy.context.scene
    for item, _image, _mask in bake(set_, by_ref):
        apply_texture(scene.objects[item.name], set_.texture(item), 1)
    film = [view for view in set_.views if view.plan.say == 1][:_RENDERED]
    painted, again = [], []
    for number, view in enumerate(film):
        out = set_.project.root / f"again_{number}.png"
        render_view(scene, view, out)
        picture = np.asarray(Image.open(out).convert("RGB")).astype(np.float32) / 255
        painted.append(_step(by_ref[view.plan.ref], view.passes.object_id))
        again.append(_step(picture, view.passes.object_id))
    return float(np.mean(painted)), float(np.mean(again))


def _mean_step(set_: PaintedSet, pictures: list[Picture]) -> float:
    steps = [
        _step(picture, view.passes.object_id)
        for view, picture in zip(set_.views, pictures, strict=True)
        if view.plan.say == 1
    ]
    return float(np.mean(steps[:_RENDERED]))


def _step(picture: Floats, ids: npt.NDArray[np.int32]) -> float:
    """Mean step between neighbours of one object; outlines are the blocking's, not the paint's."""
    across = np.abs(np.diff(picture, axis=1)).mean(2)[
        (ids[:, 1:] == ids[:, :-1]) & (ids[:, 1:] > 0)
    ]
    down = np.abs(np.diff(picture, axis=0)).mean(2)[(ids[1:] == ids[:-1]) & (ids[1:] > 0)]
    return float(np.concatenate([across, down]).mean())
