"""The tiles job: words become a square that repeats without a seam, for grounds and walls.

An engine is shown a flat surface, as it sees grounds and walls in pictures: a floor that rises away
from a camera which looks a little down, or a wall that faces it.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import Facing, TileRequest
from ...model.take import Take
from ...passes.colour import to_linear, to_srgb
from ...passes.segments import segment_control
from ...surface.tile import mended, opened_calmly, steps
from ...wire.messages import PaintTiles, TakeDone
from ..engine import EngineInfo, Picture, View
from ..job import Job
from ..studio import Studio
from . import settings
from .png import png_bytes

_SIZES = (16, 8192)
_PICTURE = "basecolor.png"
_NEARNESS = 0.5
"""Of the depth control: half-way between near and far."""
_NORMALS: Mapping[Facing, tuple[float, float, float]] = {
    "ground": (0.0, math.sin(math.radians(64)), math.cos(math.radians(64))),
    "wall": (0.0, 0.0, 1.0),
}
"""In the camera's space. The built-in model knows by it what it paints: tilted 20° to 45° back it
takes a surface for a roof in the sun."""


def paint_tiles(asked: PaintTiles, job: Job, studio: Studio) -> tuple[str, ...]:
    """Give every object its tile as a take; makes nothing else.

    Objects of one facing share a picture, and each has a take of its own, so that it is picked and
    switched by itself. A tile that any of them has already is not painted again.
    """
    settings.check_seed(asked.seed)
    if not _SIZES[0] <= asked.size <= _SIZES[1]:
        raise InputError(f"A tile of {asked.size} texels is asked: {_SIZES[0]} to {_SIZES[1]}.")
    if not 0 < asked.metres < math.inf:
        raise InputError(f"A tile of {asked.metres:g} m is asked: give more than 0.")
    facings: dict[Facing, tuple[str, ...]] = {"ground": asked.grounds, "wall": asked.walls}
    wanted = {facing: names for facing, names in facings.items() if names}
    if not wanted:
        raise InputError("There is no object to lay a tile on: choose at least one mesh.")
    painter = _Painter(asked, job, studio, len(wanted))
    for facing, names in wanted.items():
        painter.lay(facing, tuple(dict.fromkeys(names)))
    return ()


def flat_controls(info: EngineInfo, facing: Facing, side: int) -> dict[str, Picture]:
    """The engine's controls of a flat surface, side × side × 3 each: the same everywhere, so that
    nothing tells one edge from another."""
    values = {
        "depth": np.full(3, _NEARNESS),
        "normal": np.array(_NORMALS[facing]) / 2 + 0.5,
        "edges": np.zeros(3),
        "segments": segment_control(np.ones((1, 1), np.int32))[0, 0],
    }
    shape = (side, side, 3)
    return {
        kind: np.broadcast_to(values[kind].astype(np.float32), shape).copy()
        for kind in info.controls
    }


class _Painter:
    """Paints the tiles of one job and says how far it is."""

    def __init__(self, asked: PaintTiles, job: Job, studio: Studio, total: int) -> None:
        self._asked = asked
        self._job = job
        self._studio = studio
        self._takes = Takes(Project(Path(asked.project)), "textures")
        self._info = studio.describe(asked.engine, job.reading_engine)
        self._look = settings.explicit_look(asked.look, self._info)
        settings.check_words(self._look, self._info, job)
        self._done, self._total = 0, total

    def lay(self, facing: Facing, names: tuple[str, ...]) -> None:
        """The takes of one facing's objects: those that exist already, then the rest."""
        started = time.monotonic()
        request = self._request(facing)
        found = {name: self._takes.find(request, self._takes.list(name)) for name in names}
        known = {name: take for name, take in found.items() if take is not None}
        for take in known.values():
            self._tell_take(take, reused=True)
        if len(known) < len(names):
            picture = self._picture(request, known)
            for name in names:
                if name not in known:
                    self._keep(request, name, picture, started)
        self._done += 1
        self._job.progress(self._done, self._total, f"Tiles, the {facing} is done")

    def _request(self, facing: Facing) -> TileRequest:
        asked = self._asked
        return TileRequest(
            self._info.ref, self._look, asked.seed, asked.size, facing, float(asked.metres)
        )

    def _picture(self, request: TileRequest, known: Mapping[str, Take]) -> bytes:
        """The tile's PNG: of a take that has it, else painted."""
        for take in known.values():
            path = self._takes.folder(take) / _PICTURE
            with atomic.disk_errors(path, "read"):
                return path.read_bytes()
        return png_bytes(self._seamless(self._paint(request)))

    def _paint(self, request: TileRequest) -> Picture:
        self._job.check()
        self._job.progress(self._done, self._total, f"Tiles, {request.facing}: loading the engine")
        engine = self._studio.engine(self._asked.engine, self._job.reading_engine)
        settings.check_length(self._look, engine, self._job)
        side = max(self._info.multiple, request.size // self._info.multiple * self._info.multiple)
        view = View(flat_controls(self._info, request.facing, side), request.seed)
        how = settings.paint_settings(self._look, seamless=True)
        return engine.paint([view], how, self._at_step(request.facing))[0]

    def _seamless(self, picture: Picture) -> Picture:
        """The tile as it is laid; mended where the engine's edges do not meet."""
        if steps(picture, 0).stands_out or steps(picture, 1).stands_out:
            self._job.note("The edges of what was painted did not meet: they were cut and joined.")
            picture = to_srgb(mended(to_linear(picture)))
        return opened_calmly(picture)

    def _keep(self, request: TileRequest, name: str, picture: bytes, started: float) -> None:
        with self._takes.begin(request, name) as unfinished:
            unfinished.add_file(_PICTURE, picture)
            take = unfinished.finish(self._asked.by, time.monotonic() - started)
        self._tell_take(take, reused=False)

    def _at_step(self, facing: Facing) -> Callable[[int, int, object], None]:
        def on_step(step: int, steps: int, _preview: object) -> None:
            self._job.check()
            text = f"Tiles, {facing}: step {step} of {steps}"
            self._job.progress(self._done + step / steps, self._total, text)

        return on_step

    def _tell_take(self, take: Take, *, reused: bool) -> None:
        folder = self._takes.project.relative(self._takes.folder(take))
        files = self._takes.files(take)
        self._job.send(
            TakeDone(self._job.number, "textures", take.subject, take.number, folder, reused, files)
        )
