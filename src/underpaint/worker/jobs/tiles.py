"""The tiles job: words become a square that repeats without a seam, for grounds and walls.

An engine is shown bricks, planks or stones where the words speak of them, as they face it; else a
flat surface as it sees one in pictures: a floor that rises away from a camera, or a facing wall.
"""

from __future__ import annotations

import io
import math
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import get_args

import numpy as np
from PIL import Image

from ...errors import InputError
from ...library import atomic
from ...library.hashes import state_of
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import Facing, TileRequest
from ...model.take import Take
from ...passes.colour import to_linear, to_srgb
from ...passes.segments import segment_control
from ...surface.maps import derive_tile_maps
from ...surface.relief import Kind, kind_of, relief
from ...surface.tile import mended, opened_calmly, steps
from ...wire.messages import PaintTiles, TakeDone
from ..engine import EngineInfo, Picture, View
from ..job import Job
from ..studio import Studio
from . import settings
from .png import TextureFiles, png_bytes, texture_files

_SIZES = (16, 8192)
_PICTURE = "basecolor.png"
_NEARNESS, _DEEP = 0.5, 0.1
"""Of the depth control: half-way between near and far; and how much less joints are."""
_STRAIGHT = (0.0, 0.0, 1.0)
_NORMALS: Mapping[Facing, tuple[float, float, float]] = {
    "ground": (0.0, math.sin(math.radians(64)), math.cos(math.radians(64))),
    "wall": _STRAIGHT,
}
"""Of flat surfaces, in the camera's space. The built-in model knows by it what it paints: tilted
20° to 45° back it takes a surface for a roof in the sun."""


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


def controls_of(info: EngineInfo, request: TileRequest, side: int) -> dict[str, Picture]:
    """The engine's controls of what is painted, side × side × 3 each. They go on at their edges, so
    that nothing tells one edge from another."""
    laid = relief(_kind(request), side, request.metres, request.seed)
    out = np.array(_NORMALS[request.facing] if request.relief == "flat" else _STRAIGHT, np.float32)
    normal = out + np.pad(-laid.slope, ((0, 0), (0, 0), (0, 1)))
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    joints = 1 - laid.height
    made = {
        "depth": _NEARNESS - _DEEP * joints,
        "normal": normal / 2 + np.float32(0.5),
        "edges": joints,
        "segments": segment_control(np.ones((side, side), np.int32)),
    }
    return {kind: _three(made[kind]) for kind in info.controls}


def _files(picture: bytes, metres: float) -> TextureFiles:
    """A tile as it is written, with the maps that follow from its PNG."""
    with Image.open(io.BytesIO(picture)) as image:
        basecolor = np.asarray(image.convert("RGB")).astype(np.float32) / np.float32(255)
    return texture_files(derive_tile_maps(basecolor, metres), basecolor=picture)


def _three(control: Picture) -> Picture:
    """A control of three channels, for engines that read nothing else."""
    if control.ndim == 2:
        control = np.repeat(control[..., None], 3, axis=-1)
    return np.ascontiguousarray(control, np.float32)


def _kind(request: TileRequest) -> Kind:
    """The relief that a request names. Raises InputError for one that nobody knows."""
    if request.relief not in get_args(Kind):
        raise InputError(f"There is no relief {request.relief!r}: update Underpaint.")
    kind: Kind = request.relief  # type: ignore[assignment]
    return kind


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
            files = _files(self._picture(request, known), request.metres)
            for name in names:
                if name not in known:
                    self._keep(request, name, files, started)
        self._done += 1
        self._job.progress(self._done, self._total, f"Tiles, the {facing} is done")

    def _request(self, facing: Facing) -> TileRequest:
        asked = self._asked
        return TileRequest(
            engine=self._info.ref,
            look=self._look,
            seed=asked.seed,
            size=asked.size,
            facing=facing,
            metres=float(asked.metres),
            relief=kind_of(self._look.words),
        )

    def _picture(self, request: TileRequest, known: Mapping[str, Take]) -> bytes:
        """The tile's PNG: of a take that has it, unchanged on disk, else painted."""
        for take in known.values():
            path = self._takes.folder(take) / _PICTURE
            written = next(record for record in take.files if record.file == _PICTURE)
            if state_of(path, written.sha256) == "holds":
                with atomic.disk_errors(path, "read"):
                    return path.read_bytes()
        return png_bytes(self._seamless(self._paint(request)))

    def _paint(self, request: TileRequest) -> Picture:
        self._job.check()
        self._job.progress(self._done, self._total, f"Tiles, {request.facing}: loading the engine")
        engine = self._studio.engine(self._asked.engine, self._job.reading_engine)
        settings.check_length(self._look, engine, self._job)
        side = max(self._info.multiple, request.size // self._info.multiple * self._info.multiple)
        view = View(controls_of(self._info, request, side), request.seed)
        how = settings.paint_settings(self._look, seamless=True)
        return engine.paint([view], how, self._at_step(request.facing))[0]

    def _seamless(self, picture: Picture) -> Picture:
        """The tile as it is laid; mended where the engine's edges do not meet."""
        if steps(picture, 0).stands_out or steps(picture, 1).stands_out:
            self._job.note("The edges of what was painted did not meet: they were cut and joined.")
            picture = to_srgb(mended(to_linear(picture)))
        return opened_calmly(picture)

    def _keep(self, request: TileRequest, name: str, files: TextureFiles, started: float) -> None:
        with self._takes.begin(request, name) as unfinished:
            files.add_to(unfinished)
            seconds = time.monotonic() - started
            take = unfinished.finish(self._asked.by, seconds, self._studio.made_with)
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
