"""A take in the making: a hidden folder that one process fills and a later one goes on with."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from types import TracebackType
from typing import Self

from .. import __version__
from ..errors import InputError, JobError
from ..model.request import AtlasRequest, FrameRequest, Request, TextureRequest, TileRequest
from ..model.take import FileRecord, Take
from . import atomic
from .clock import now
from .hashes import sha256_of
from .locks import Lock, locked
from .numbers import claim, folder_name
from .png import whole_png_size
from .project import Kind, Project, frame_file

KEPT_SECONDS = 30 * 24 * 3600.0
"""For how long after the last touch what is unfinished is kept."""
_PART = ".part-"
_LOCK = ".lock"
_REQUEST = ".request.json"
RECORD = "take.json"
"""A take's record, beside its files."""


class UnfinishedTake:
    """Add pictures, then ``finish``. Leaving a ``with`` block early keeps what is done for later.

    Hidden files in ``folder`` are scratch: they are removed when the take is finished.
    """

    def __init__(
        self,
        project: Project,
        kind: Kind,
        subject: str,
        request: Request,
        lock: Lock,
    ) -> None:
        self.request = request
        self.subject = subject
        self.folder = project.unfinished_take(kind, subject, request.digest)
        self._project = project
        self._kind = kind
        self._lock = lock

    @classmethod
    def open(
        cls,
        project: Project,
        kind: Kind,
        subject: str,
        request: Request,
    ) -> Self:
        """Lock the folder, make it if need be, and drop what in it is broken."""
        folder = project.unfinished_take(kind, subject, request.digest)
        busy = (
            f"Another Underpaint is painting this take of {subject} right now: "
            "wait until it is done, or stop it."
        )
        lock = Lock.acquire(_lock_of(folder), busy)
        take = cls(project, kind, subject, request, lock)
        try:
            take._prepare()
        except BaseException:
            lock.release()
            raise
        return take

    @property
    def frames(self) -> tuple[int, ...]:
        """The frames that the request asks for, in its order; none where it asks for none."""
        if not isinstance(self.request, FrameRequest):
            return ()
        return tuple(view.frame for view in self.request.views)

    @property
    def done(self) -> tuple[int, ...]:
        """The frames that are finished."""
        return tuple(f for f in self.frames if (self.folder / frame_file(f)).is_file())

    @property
    def missing(self) -> tuple[int, ...]:
        """The frames that are still to paint."""
        done = set(self.done)
        return tuple(f for f in self.frames if f not in done)

    def add(self, frame: int, png: bytes) -> Path:
        """Keep one finished frame, a PNG of the request's size."""
        if not isinstance(self.request, FrameRequest) or frame not in self.frames:
            raise InputError(f"Frame {frame} is none of this take of {self.subject}.")
        size = self.request.width, self.request.height
        if whole_png_size(png) != size:
            wanted = "{} × {}".format(*size)
            raise InputError(f"Frame {frame} of {self.subject} is no whole PNG of {wanted}.")
        return self.add_file(frame_file(frame), png)

    def add_file(self, name: str, data: bytes) -> Path:
        """Keep a file of the take, such as ``basecolor.png``."""
        path = self.folder / name
        atomic.write_bytes(path, data, durable=True)
        return path

    def finish(self, by: str, seconds: float) -> Take:
        """Give it its number and let it appear. Raises JobError while frames are missing."""
        if self.missing:
            left = ", ".join(str(frame) for frame in self.missing)
            raise JobError(f"The take of {self.subject} lacks frames {left}: run the same again.")
        self._clear_scratch()
        files = self._records()
        if not files:
            raise JobError(f"The take of {self.subject} holds no pictures: run the same again.")
        take = self._claim(
            Take(
                subject=self.subject,
                number=0,
                created=now(),
                by=by,
                seconds=seconds,
                files=files,
                frame_request=self.request if isinstance(self.request, FrameRequest) else None,
                texture_request=self.request if isinstance(self.request, TextureRequest) else None,
                tile_request=self.request if isinstance(self.request, TileRequest) else None,
                atlas_request=self.request if isinstance(self.request, AtlasRequest) else None,
                underpaint=__version__,
            )
        )
        self.keep()
        return take

    def keep(self) -> None:
        """Let go of it; the same request goes on from here. Nothing done: nothing is left."""
        if self._lock.held and self._is_empty():
            atomic.remove(self.folder)
        self._lock.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keep()

    def _prepare(self) -> None:
        with atomic.disk_errors(self.folder):
            atomic.sweep(self.folder.parent)
            _sweep_abandoned(self.folder.parent)
            if self.folder.exists() and not self._is_same_request():
                atomic.remove(self.folder)
            self.folder.mkdir(parents=True, exist_ok=True)
        if not (self.folder / _REQUEST).exists():
            atomic.write_document(self.folder / _REQUEST, self.request)
        self._drop_broken()

    def _is_same_request(self) -> bool:
        """Only a folder whose request stands in it whole can be gone on with."""
        try:
            return atomic.read_document(type(self.request), self.folder / _REQUEST) == self.request
        except InputError:
            return False

    def _drop_broken(self) -> None:
        if not isinstance(self.request, FrameRequest):
            return
        size = self.request.width, self.request.height
        for frame in self.done:
            path = self.folder / frame_file(frame)
            with atomic.disk_errors(path):
                whole = whole_png_size(path.read_bytes()) == size
            if not whole:
                atomic.remove(path)

    def _is_empty(self) -> bool:
        if not self.folder.is_dir():
            return False
        return all(path.name == _REQUEST for path in self.folder.iterdir())

    def _clear_scratch(self) -> None:
        with atomic.disk_errors(self.folder):
            for path in list(self.folder.iterdir()):
                if path.name.startswith(".") and path.name != _REQUEST:
                    atomic.remove(path)

    def _records(self) -> tuple[FileRecord, ...]:
        frames = {frame_file(frame): frame for frame in self.frames}
        with atomic.disk_errors(self.folder):
            names = {path.name for path in self.folder.iterdir()} - {_REQUEST, RECORD}
        order = [*frames, *sorted(names - frames.keys())]
        return tuple(FileRecord(n, sha256_of(self.folder / n), frames.get(n)) for n in order)

    def _claim(self, unnumbered: Take) -> Take:
        def label(number: int) -> None:
            atomic.write_document(self.folder / RECORD, replace(unnumbered, number=number))

        folder = self._project.takes(self._kind, self.subject)
        mark = self._project.mark(self._kind, self.subject)
        number = claim(self.folder, folder, mark, label)
        atomic.remove(folder / folder_name(number) / _REQUEST)
        return replace(unnumbered, number=number)


def _lock_of(part: Path) -> Path:
    return part.with_name(part.name + _LOCK)


def _sweep_abandoned(folder: Path) -> None:
    """Remove the unfinished takes that nobody has touched for long, and what is left of locks."""
    for path in folder.glob(f"{_PART}*"):
        part = path.with_name(path.name.removesuffix(_LOCK))
        ages = [atomic.untouched(p) for p in (part, _lock_of(part)) if p.exists()]
        if min(ages, default=0.0) > KEPT_SECONDS:
            with suppress(JobError), locked(_lock_of(part), "in use", patience=0):
                atomic.remove(part)
