"""The textures job: paint the objects' views, and bake each object's texture from them."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from pathlib import Path

from ...errors import InputError
from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import TextureRequest, ViewRef
from ...model.surface import SurfaceObject, SurfaceSet
from ...model.take import Take
from ...wire.messages import PaintTextures, TakeDone
from ..engine import Picture
from ..job import Estimate, Job
from ..studio import Studio
from . import settings
from .baking import TextureFiles, bake_all
from .sources import Source
from .views import PlannedView, look_at, paint_views, take_over

_SIZES = (16, 8192)
_MOST_NAMED = 4
_BAKE_SHARE = 0.5
"""What baking an object takes, in painted views; for the progress."""


def paint_textures(asked: PaintTextures, job: Job, studio: Studio) -> tuple[str, ...]:
    """Paint the textures of ``asked.objects`` from ``asked.views``; returns their files.

    An object whose texture exists already is not painted again, nor is a view that a take holds.
    """
    settings.check_seed(asked.seed)
    if not _SIZES[0] <= asked.size <= _SIZES[1]:
        raise InputError(f"Textures of {asked.size} texels are asked: {_SIZES[0]} to {_SIZES[1]}.")
    project = Project(Path(asked.project))
    surface = _read_surface(project)
    objects = _choose(surface, asked.objects)
    plan = _plan(project, surface, asked)
    job.progress(0, len(plan) + len(objects), "Looking at the passes")
    painter = _Painter(asked, job, studio, project, plan, objects)
    takes = painter.paint()
    return tuple(file for take in takes for file in painter.files(take))


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
    plan = []
    for shot, frame in dict.fromkeys((view.shot, view.frame) for view in asked.views):
        if (shot, frame) not in indices:
            raise InputError(
                f"The meshes were not written for frame {frame} of {shot}: "
                "paint the textures from Blender, which writes them."
            )
        plan.append(PlannedView(sources[shot], sources[shot].frame(frame), indices[shot, frame]))
    if not plan:
        raise InputError("There is no view to paint textures from: choose at least one frame.")
    return tuple(plan)


class _Painter:
    """Paints the textures of one job and says how far it is."""

    def __init__(
        self,
        asked: PaintTextures,
        job: Job,
        studio: Studio,
        project: Project,
        plan: tuple[PlannedView, ...],
        objects: tuple[SurfaceObject, ...],
    ) -> None:
        self._asked = asked
        self._job = job
        self._studio = studio
        self._project = project
        self._plan = plan
        self._objects = objects
        self._takes = Takes(project, "textures")
        info = studio.describe(asked.engine)
        self._engine = info.ref
        self._look = settings.explicit_look(asked.look, info)
        settings.check_words(self._look, info, job)
        self._ranges = tuple(view.source.depth_range(job.check) for view in plan)
        self._estimate = Estimate()
        self._started = time.monotonic()
        self._done = 0.0
        self._unseen: list[str] = []
        self._total = len(plan) + _BAKE_SHARE * len(objects)

    def files(self, take: Take) -> list[str]:
        """A take's files, relative to the project."""
        folder = self._project.relative(self._takes.folder(take))
        return [f"{folder}/{name}" for name in (*(file.file for file in take.files), "take.json")]

    def paint(self) -> list[Take]:
        """The objects' takes in order: those that exist already, and the rest painted."""
        requests = {item.name: self._request(item) for item in self._objects}
        takes = {n: self._takes.find(n, request.digest) for n, request in requests.items()}
        for known in filter(None, takes.values()):
            self._tell_take(known, reused=True)
        missing = [item for item in self._objects if takes[item.name] is None]
        if missing:
            with closing(self._bake(missing)) as baked:
                for item, texture in baked:
                    takes[item.name] = self._keep(requests[item.name], item, texture)
        self._note_unseen()
        return [take for take in takes.values() if take is not None]

    def _request(self, item: SurfaceObject) -> TextureRequest:
        return TextureRequest(
            engine=self._engine,
            look=self._look,
            seed=self._asked.seed,
            size=self._asked.size,
            mesh=item.sha256,
            views=tuple(view.ref for view in self._plan),
            depth_ranges=self._ranges,
        )

    def _bake(
        self, missing: Sequence[SurfaceObject]
    ) -> Generator[tuple[SurfaceObject, TextureFiles], None, None]:
        """The textures of the objects that any view shows; a note about the others."""
        seen = [look_at(view) for view in self._plan]
        ids = set[int]().union(*(view.pixels for view in seen))
        shown = [item for item in missing if item.id in ids]
        self._unseen += [item.name for item in missing if item not in shown]
        if not shown:
            return
        pictures = self._pictures()
        meshes = self._project.surface_set.parent
        with closing(bake_all(shown, meshes, seen, pictures, self._asked.size)) as baked:
            for item in shown:
                self._job.check()
                self._tell(0.0, f"texture of {item.name}")
                yield next(baked)
                self._done += _BAKE_SHARE

    def _pictures(self) -> dict[ViewRef, Picture]:
        """Every view's picture: from a take that holds it, else painted."""
        seed, look, check = self._asked.seed, self._look, self._job.check
        shots = Takes(self._project)
        pictures = take_over(shots, self._plan, self._engine, look, seed, check)
        missing = [view for view in self._plan if view.ref not in pictures]
        self._done = float(len(pictures))
        if missing:
            self._tell(0.0, "loading the engine")
            engine = self._studio.engine(self._asked.engine)
            settings.check_length(look, engine, self._job)
            self._estimate.start(self._done)
            for view, picture in paint_views(engine, missing, look, seed, self._at_step, check):
                pictures[view.ref] = picture
                self._done += 1
        self._estimate.start(self._done)
        return pictures

    def _keep(
        self, request: TextureRequest, item: SurfaceObject, texture: TextureFiles
    ) -> Take | None:
        if not texture.files:
            self._unseen.append(item.name)
            return None
        with self._takes.begin(request, item.name) as unfinished:
            for name, data in texture.files.items():
                unfinished.add_file(name, data)
            take = unfinished.finish(self._asked.by, time.monotonic() - self._started)
        self._tell_take(take, reused=False)
        return take

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

    def _at_step(self, step: int, steps: int, _preview: Callable[[], Picture]) -> None:
        self._job.check()
        view = min(int(self._done) + 1, len(self._plan))
        self._tell(step / steps, f"view {view} of {len(self._plan)}, step {step} of {steps}")

    def _tell(self, more: float, what: str) -> None:
        done = self._done + more
        left = self._estimate.text(done, self._total)
        self._job.progress(done, self._total, ", ".join(filter(None, ("Textures", what, left))))

    def _tell_take(self, take: Take, *, reused: bool) -> None:
        folder = self._project.relative(self._takes.folder(take))
        said = TakeDone(self._job.number, "textures", take.subject, take.number, folder, reused)
        self._job.send(said)
