"""Tiles of the built-in model: whether they repeat without a seam."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PIL import Image

from underpaint.library.project import Project
from underpaint.model.look import Look
from underpaint.model.request import TileRequest
from underpaint.surface.tile import MOST_STEP, seam, steps
from underpaint.wire.messages import Message, Note, PaintTiles
from underpaint.worker.engine import PaintSettings, View
from underpaint.worker.job import Job
from underpaint.worker.jobs.tiles import controls_of, paint_tiles
from underpaint.worker.studio import Studio

from .figures import Figure, at_most, told

WORDS = (
    "cobblestone street, oil paint, overcast",
    "brick wall, gouache, warm light",
    "wet grass, watercolour",
    "concrete, morning fog",
    "wooden planks, ink",
)


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    studio = Studio()
    words, size = (WORDS[:2], 256) if quick else (WORDS, 512)
    figures, mended, began = [], 0, time.monotonic()
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        for number, text in enumerate(words):
            project = Project(Path(folder) / str(number))
            said = _paint(project, studio, text, size)
            mended += sum(
                isinstance(message, Note) and "joined" in message.text for message in said
            )
            figures += [seam(_picture(project, name)) for name in ("ground", "wall")]
    seconds = (time.monotonic() - began) / len(figures)
    yield at_most(
        "tiles: colour step at the wrap, times ordinary, worst",
        max(figures),
        MOST_STEP,
        mean=float(np.mean(figures)),
        tiles=len(figures),
    )
    yield at_most("tiles: painted with edges that had to be joined", float(mended), 0)
    yield told(
        "tiles: the same as painted, mean of flat ones",
        _as_painted(studio, size, seamless=True),
        without_circular_padding=_as_painted(studio, size, seamless=False),
    )
    yield told("tiles: seconds a tile, the first with loading", seconds, texels=size)


def _paint(project: Project, studio: Studio, words: str, size: int) -> list[Message]:
    said: list[Message] = []
    asked = PaintTiles(
        1,
        str(project.root),
        ("ground",),
        ("wall",),
        Look("bench", words),
        "built-in",
        "",
        size=size,
    )
    paint_tiles(asked, Job(1, said.append, lambda: False), studio)
    return said


def _as_painted(studio: Studio, size: int, *, seamless: bool) -> float:
    """The mean step at the wrap of flat tiles, before any of them is begun elsewhere."""
    engine = studio.engine("built-in")
    ratios = []
    for seed in range(4):
        request = TileRequest(engine.info.ref, Look("bench", ""), seed, size, "wall", 2.0)
        view = View(controls_of(engine.info, request, size), seed)
        how = PaintSettings("concrete, morning fog", steps=1, guidance=1.0, seamless=seamless)
        (picture,) = engine.paint([view], how, lambda *_: None)
        ratios += [steps(picture, axis).ratio for axis in (0, 1)]
    return float(np.mean(ratios))


def _picture(project: Project, name: str) -> np.ndarray:
    path = project.take("textures", name, 1) / "basecolor.png"
    return np.asarray(Image.open(path), np.float32) / 255
