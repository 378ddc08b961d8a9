"""What jobs take, for this machine's history: seen from outside, by what they say."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from ..errors import UnderpaintError
from ..library import paces
from ..library.atomic import read_document
from ..library.project import Project
from ..model.pace import painting_what
from ..model.shot import PassSet
from ..wire.messages import FramePainted, Message, PaintFrames, PaintTextures, PaintTiles, TakeDone
from .job import Job
from .studio import Studio


class Tally:
    """Stands between a job and who hears it; ``remember`` puts down what came of it."""

    def __init__(self, asked: Message, studio: Studio, send: Callable[[Message], None]) -> None:
        self._asked = asked
        self._studio = studio
        self._send = send
        self._began = self._last = time.monotonic()
        self._uses, self._loading = studio.uses, studio.loading_seconds
        self._frames = 0
        self._frame_bytes: list[int] = []
        self._textures = 0
        self._texture_bytes = 0

    def __call__(self, message: Message) -> None:
        """Hear a message, and pass it on."""
        if isinstance(message, FramePainted) and isinstance(self._asked, PaintFrames):
            self._frames += 1
            self._last = time.monotonic()
            with suppress(OSError):  # others have just finished the take
                self._frame_bytes.append(_size(self._asked.project, message.file))
        elif isinstance(message, TakeDone) and message.kind == "textures" and not message.reused:
            self._textures += 1
            self._last = time.monotonic()
            project = getattr(self._asked, "project", "")
            with suppress(OSError):
                self._texture_bytes += sum(_size(project, file) for file in message.files)
        self._send(message)

    def remember(self, job: Job, *, whole: bool) -> None:
        """Add it to the history; of a job that was not finished, where half of it was done.

        What came first of a shot is not like the rest.
        """
        loading = self._studio.loading_seconds - self._loading
        if loading > 0:
            paces.remember("engine", (getattr(self._asked, "engine", ""),), 0, 1, loading)
        seconds = max(0.0, self._last - self._began - loading - job.idle_seconds)
        if self._studio.uses == self._uses:  # nothing was painted anew
            return
        with suppress(UnderpaintError):
            match self._asked:
                case PaintFrames():
                    self._remember_frames(self._asked, seconds, whole=whole)
                case PaintTextures() if whole and self._textures:
                    self._remember_textures(self._asked, seconds)
                case PaintTiles() if whole and self._textures:
                    self._remember_tiles(self._asked, seconds)

    def _remember_frames(self, asked: PaintFrames, seconds: float, *, whole: bool) -> None:
        passes = _passes(asked.project, asked.shot)
        total = asked.takes * len(asked.frames or passes.frames)
        if not whole and self._frames < total / 2:
            return
        what = painting_what(asked.engine, asked.look, asked.batch, asked.mode, asked.cadence)
        size = _mean(self._frame_bytes) * self._frames
        paces.remember("frames", what, _pixels(passes), self._frames, seconds, size)

    def _remember_textures(self, asked: PaintTextures, seconds: float) -> None:
        passes = _passes(asked.project, asked.views[0].shot)
        what = painting_what(asked.engine, asked.look)
        paces.remember("views", what, _pixels(passes), len(asked.views), seconds)
        paces.remember("textures", (), asked.size**2, self._textures, 0.0, self._texture_bytes)

    def _remember_tiles(self, asked: PaintTiles, seconds: float) -> None:
        what = painting_what(asked.engine, asked.look)
        count, size = self._textures, self._texture_bytes
        paces.remember("tiles", what, asked.size**2, count, seconds, size)


def _size(project: str, file: str) -> int:
    return (Path(project) / file).stat().st_size


def _passes(project: str, shot: str) -> PassSet:
    return read_document(PassSet, Project(Path(project)).pass_set(shot))


def _pixels(passes: PassSet) -> int:
    return passes.width * passes.height


def _mean(sizes: list[int]) -> int:
    return sum(sizes) // len(sizes) if sizes else 0
