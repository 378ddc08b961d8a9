"""The textures job: paint the objects' views, and bake each object's texture from them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from ...errors import InputError
from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import TextureRequest, ViewRef
from ...model.surface import SurfaceObject, SurfaceSet
from ...model.take import Take
from ...wire.messages import PaintTextures, TakeDone
from ..engine import OnStep, Picture
from ..job import Job
from ..studio import Studio
from . import settings
from .baking import bake_all
from .motion import motions
from .png import TextureFiles
from .sources import Source
from .standing import Standing
from .views import Gallery, Painting, PlannedView, Seen, look_at

_SIZES = (16, 8192)
_MOST_NAMED = 4
_BAKE_SHARE = 0.5
"""What baking an object takes, in painted views; for the progress."""


def paint_textures(asked: PaintTextures, job: Job, studio: Studio) -> tuple[str, ...]:
    """Paint the textures of ``asked.objects`` from ``asked.views``; makes nothing else.

    An object whose texture exists already is not painted again, nor is a view that a take holds.
    """
    settings.check_seed(asked.seed)
    if not _SIZES[0] <= asked.size <= _SIZES[1]:
        raise InputError(f"Textures of {asked.size} texels are asked: {_SIZES[0]} to {_SIZES[1]}.")
    project = Project(Path(asked.project))
    surface = _read_surface(project)
    objects = _choose(surface, asked.objects)
    plan = _plan(project, surface, asked)
    job.progress(0, 1, "Textures: looking at the passes")
    _Painter(asked, job, studio, _Set(project, surface, objects, plan)).paint()
    return ()


@dataclass(frozen=True)
class _Set:
    """What is textured, and from where it is looked at."""

    project: Project
    surface: SurfaceSet
    objects: tuple[SurfaceObject, ...]
    plan: tuple[PlannedView, ...]


def _read_surface(project: Project) -> SurfaceSet:
    if not project.surface_set.is_file():
        raise InputError(f"{project.surface_set} is not there: paint the textures from Blender.")
    return atomic.read_document(SurfaceSet, project.surface_set)


def _choose(surface: SurfaceSet, names: Sequence[str]) -> tuple[SurfaceObject, ...]:
    """The objects of these names, each once; all of them when none is named."""
    known = {item.name: item for item in surface.objects}
    wanted = list(dict.fromkeys(names)) or list(known)
    for name in wanted:
        if name not in known:
            there = ", ".join(sorted(known)) or "none"
            raise InputError(f'There is no object "{name}" to texture: there are {there}.')
    if not wanted:
        raise InputError("There is no object to texture: choose at least one mesh.")
    return tuple(known[name] for name in wanted)


def _plan(project: Project, surface: SurfaceSet, asked: PaintTextures) -> tuple[PlannedView, ...]:
    """The views as asked, each once. Raises InputError for one without meshes or passes."""
    indices = {(view.shot, view.frame): view.index for view in surface.views}
    sources = {view.shot: Source(project, view.shot) for view in asked.views}
    says = {(view.shot, view.frame): view.say for view in reversed(asked.views)}
    plan = []
    for shot, frame in dict.fromkeys((view.shot, view.frame) for view in asked.views):
        if (shot, frame) not in indices:
            raise InputError(
                f"The meshes were not written for frame {frame} of {shot}: "
                "paint the textures from Blender, which writes them."
            )
        view = sources[shot].frame(frame)
        plan.append(PlannedView(sources[shot], view, indices[shot, frame], says[shot, frame]))
    if not plan:
        raise InputError("There is no view to paint textures from: choose at least one frame.")
    _check_sizes(plan)
    return tuple(plan)


def _check_sizes(plan: Sequence[PlannedView]) -> None:
    """Views are painted at once, so they are of one size."""
    sizes = {(view.source.passes.width, view.source.passes.height) for view in plan}
    if len(sizes) > 1:
        named = " and ".join(f"{width} × {height}" for width, height in sorted(sizes))
        raise InputError(f"The views' passes are of {named} pixels: render them again in one size.")


class _Painter:
    """Paints the textures of one job and says how far it is."""

    def __init__(self, asked: PaintTextures, job: Job, studio: Studio, set_: _Set) -> None:
        self._asked = asked
        self._job = job
        self._studio = studio
        self._project = set_.project
        self._plan = set_.plan
        self._surface = set_.surface
        self._objects = set_.objects
        self._takes = Takes(set_.project, "textures")
        self._standing = Standing(
            asked.standing, self._takes, set_.surface, set_.project.surface_set.parent
        )
        self._note_unfitting()
        info = studio.describe(asked.engine, job.reading_engine)
        self._engine = info.ref
        self._look = settings.surface_look(settings.explicit_look(asked.look, info))
        settings.check_words(self._look, info, job)
        self._ranges: tuple[tuple[float, float], ...] = ()
        self._started = time.monotonic()
        self._done = 0.0
        self._total = 0.0
        self._unseen: list[str] = []

    def paint(self) -> None:
        """The objects' takes: those that exist already, then the rest, painted."""
        seen = self._showing()
        requests = {item.name: self._request(item) for item in self._objects}
        missing = [item for item in self._objects if not self._is_known(item, requests[item.name])]
        if missing:
            gallery = Gallery(self._project, self._painting, seen)
            with closing(self._bake(missing, seen, gallery)) as baked:
                for item, texture in baked:
                    self._keep(requests[item.name], item, texture)
            gallery.forget()
        self._note_unseen()

    def _showing(self) -> list[Seen]:
        """The views that show anything of what is to be painted; the others are left out."""
        ids = {item.id for item in self._objects}
        seen = [view for view in map(look_at, self._plan) if ids & view.pixels.keys()]
        self._plan = tuple(view.plan for view in seen)
        self._standing.only(seen)
        self._ranges = tuple(view.source.depth_range(self._job.check) for view in self._plan)
        return seen

    @property
    def _painting(self) -> Painting:
        refs = tuple(view.ref for view in self._plan)
        return Painting(
            self._engine, self._look, self._asked.seed, refs, self._ranges, self._standing.hashes
        )

    def _is_known(self, item: SurfaceObject, request: TextureRequest) -> bool:
        take = self._takes.find(request, self._takes.list(item.name))
        if take is not None:
            self._tell_take(take, reused=True)
        return take is not None

    def _request(self, item: SurfaceObject) -> TextureRequest:
        return TextureRequest(
            engine=self._engine,
            look=self._look,
            seed=self._asked.seed,
            size=self._asked.size,
            mesh=item.sha256,
            views=tuple(view.ref for view in self._plan),
            depth_ranges=self._ranges,
            uv_map=item.uv_map,
            standing=self._standing.refs(item),
            layout=item.layout,
        )

    def _bake(
        self, missing: Sequence[SurfaceObject], seen: Sequence[Seen], gallery: Gallery
    ) -> Generator[tuple[SurfaceObject, TextureFiles], None, None]:
        """The textures of the objects that any view shows; a note about the others."""
        ids = set[int]().union(*(view.pixels for view in seen))
        shown = [item for item in missing if item.id in ids]
        self._unseen += [item.name for item in missing if item.id not in ids]
        if not shown:
            return
        self._total = len(self._plan) + _BAKE_SHARE * len(shown)
        pictures = self._pictures(gallery)
        meshes = self._project.surface_set.parent
        with closing(
            bake_all(shown, meshes, seen, pictures, self._asked.size, self._standing.part)
        ) as baked:
            for item in shown:
                self._job.check()
                self._tell(0.0, f"texture of {item.name}")
                yield next(baked)
                self._done += _BAKE_SHARE
        self._tell(0.0, "done")

    def _pictures(self, gallery: Gallery) -> dict[ViewRef, Picture]:
        """Every view's picture: from where it stands already, else painted."""
        pictures = gallery.found()
        self._done = float(len(pictures))
        indices = [view.index for view in self._plan]
        moved = motions(self._project.surface_set.parent, self._surface.objects, indices)
        if len(pictures) < len(self._plan):
            self._tell(0.0, "loading the engine")
            engine = self._studio.engine(self._asked.engine, self._job.reading_engine)
            settings.check_length(self._look, engine, self._job)
            painted = gallery.paint(
                engine, pictures, moved.__getitem__, self._standing.held, self._watch
            )
            with closing(painted):
                for group in painted:
                    pictures |= group
                    self._done = float(len(pictures))
        self._tell(0.0, "comparing all views")
        return gallery.agreed(pictures, moved.__getitem__)

    def _keep(self, request: TextureRequest, item: SurfaceObject, texture: TextureFiles) -> None:
        if not texture.files:
            self._unseen.append(item.name)
            return
        with self._takes.begin(request, item.name) as unfinished:
            texture.add_to(unfinished)
            seconds = time.monotonic() - self._started
            take = unfinished.finish(self._asked.by, seconds, self._studio.made_with)
        self._tell_take(take, reused=False)

    def _note_unfitting(self) -> None:
        for name in self._standing.unfitting:
            self._job.note(
                f"The texture of {name} was painted for another UV map or other faces: views paint "
                "over it. Paint it again."
            )

    def _note_unseen(self) -> None:
        """One note for all of them: a set has many things that no shot shows."""
        if len(self._unseen) == 1:
            self._job.note(f"No view shows {self._unseen[0]}: it gets no texture.")
        elif self._unseen:
            named = ", ".join(self._unseen[:_MOST_NAMED])
            more = len(self._unseen) - _MOST_NAMED
            rest = f" and {more} more" if more > 0 else ""
            self._job.note(
                f"No view shows {len(self._unseen)} of the objects, which get no texture: "
                f"{named}{rest}."
            )

    def _watch(self, group: range) -> OnStep:
        """Tells of the steps of a group's painting."""
        what = f"painting views {group.start + 1} to {group.stop} of {len(self._plan)} together"

        def at_step(step: int, steps: int, _preview: Callable[[], Picture]) -> None:
            self._job.check()
            self._tell(len(group) * step / steps, f"{what}, {100 * step // steps} %")

        return at_step

    def _tell(self, more: float, what: str) -> None:
        self._job.progress(self._done + more, self._total, f"Textures, {what}")

    def _tell_take(self, take: Take, *, reused: bool) -> None:
        folder = self._project.relative(self._takes.folder(take))
        files = self._takes.files(take)
        said = TakeDone(
            self._job.number, "textures", take.subject, take.number, folder, reused, files
        )
        self._job.send(said)
