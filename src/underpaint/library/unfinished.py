"""A take in the making: a hidden folder that processes fill together and later ones go on with.

Frames of one take are painted by any number of processes, on any number of machines that share the
project's folder. Each claims a unit of work (``claim``), paints it and adds its frames; whoever
finds no frame missing calls ``finish``, and all who do get the same take. Other takes have one
painter: opening them a second time fails.

Claims only save work. That a take is whole hangs on three things instead: files appear by renaming;
whoever finishes first takes the folder away from under everybody else's hands, by renaming it; and
after that nobody creates it anew.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

from .. import __version__
from ..errors import InputError, JobError, UnderpaintError
from ..model.codec import document_text
from ..model.names import to_file_name
from ..model.request import AtlasRequest, FrameRequest, Request, TextureRequest, TileRequest
from ..model.take import FileRecord, Take
from . import atomic, stopping
from .claims import Claim, Claims, Owner
from .clock import now
from .hashes import sha256_of
from .numbers import claim, folder_name, number_of
from .png import whole_png_size
from .project import Kind, Project, frame_file

KEPT_SECONDS = 30 * 24 * 3600.0
"""For how long after the last touch what is unfinished is kept."""
RECORD = "take.json"
"""A take's record, beside its files."""
PART = ".part-"
"""How an unfinished take's folder is called, before its request's digest."""
_DIGITS = 16  # of the request's digest in the folder's name
_CLAIMS = ".claims"
_NUMBERING = ".numbering-"
_REQUEST = ".request.json"
_FROM, _METRES = ".from-", ".metres-"
_WHOLE = "the whole"  # the claim on the folder itself: to open it, to finish it
_PAINTER = "painter "  # and a token: somebody has it open

Waiting = Callable[[], None]
"""Called while others are waited for; may raise."""


class UnfinishedTake:
    """Add pictures, then ``finish``. Leaving a ``with`` block early keeps what is done for later.

    Hidden files in ``folder`` are scratch: they are removed when the take is finished.
    """

    def __init__(self, project: Project, kind: Kind, subject: str, request: Request) -> None:
        self.request = request
        self.subject = subject
        self.folder = project.unfinished_take(kind, subject, request.digest)
        self._project = project
        self._kind = kind
        self._claims = Claims(self.folder.with_name(self.folder.name + _CLAIMS))
        self._mine = f"{_PAINTER}{uuid.uuid4().hex[:8]}"
        self._alone: Claim | None = None
        self._left = False

    @classmethod
    def open(
        cls,
        project: Project,
        kind: Kind,
        subject: str,
        request: Request,
        *,
        looked_through: int | None = None,
        waiting: Waiting = lambda: None,
    ) -> Self:
        """Make the folder if need be, and drop what in it is broken.

        ``looked_through``: the highest take in which the caller has looked for the request in vain.
        Where others have finished it since, nothing is missing, and ``finish`` gives their take.
        Raises JobError where somebody else paints it, if it is no take of frames.
        """
        take = cls(project, kind, subject, request)
        try:
            take._enter(looked_through, waiting)
        except BaseException:
            take._leave()
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
        """The frames that are finished, whoever painted them, as the disk has it now."""
        there = self._names() or ()
        return tuple(f for f in self.frames if frame_file(f) in there)

    @property
    def missing(self) -> tuple[int, ...]:
        """The frames that are still to paint, as the disk has it now; none once it is finished."""
        there = self._names()
        if there is None:
            return ()
        return tuple(f for f in self.frames if frame_file(f) not in there)

    def claim(self, unit: str) -> Claim | None:
        """A part of the work, for this process alone; None while somebody alive has it.

        Units are any names that all painters of the request agree on. Look at ``missing`` again
        once you have one: somebody may have done it just before.
        """
        return self._claims.claim(unit)

    def holder(self, unit: str) -> Owner | None:
        """Who else has a unit, or had it when they died."""
        return self._claims.holder(unit)

    @property
    def stopped(self) -> bool:
        """Whether somebody has asked all its painters to stop, since it was opened last."""
        return stopping.is_asked(self.folder)

    def add(self, frame: int, png: bytes, *, taken_from: int | None = None) -> Path:
        """Keep one finished frame, a PNG of the request's size.

        ``taken_from``: the number of the take that it was painted for.
        """
        if not isinstance(self.request, FrameRequest) or frame not in self.frames:
            raise InputError(f"Frame {frame} is none of this take of {self.subject}.")
        size = self.request.width, self.request.height
        if whole_png_size(png) != size:
            wanted = "{} × {}".format(*size)
            raise InputError(f"Frame {frame} of {self.subject} is no whole PNG of {wanted}.")
        mark = f"{_FROM}{frame_file(frame)}"
        if taken_from is not None:
            self.add_file(mark, str(taken_from).encode())
        else:  # somebody may have died when only the mark of another take's frame was there
            atomic.remove(self.folder / mark)
        return self.add_file(frame_file(frame), png)

    def is_claimed(self, unit: str) -> bool:
        """Whether anybody has a unit, dead or alive, this process included."""
        return to_file_name(unit) in self._claims.units()

    def add_file(self, name: str, data: bytes, *, durable: bool = True) -> Path:
        """Keep a file of the take, such as ``basecolor.png``. It goes nowhere once others have
        finished the take."""
        path = self.folder / name
        try:
            atomic.write_bytes(path, data, durable=durable, parents=False)
        except UnderpaintError:
            if self.folder.is_dir():
                raise
        return path

    def measure(self, name: str, metres: float) -> None:
        """Have the record say of a height map how far apart its black and its white lie."""
        self.add_file(f"{_METRES}{name}", repr(float(metres)).encode())

    def finish(
        self, by: str, seconds: float, made_with: Mapping[str, str] = MappingProxyType({})
    ) -> Take:
        """Give it its number and let it appear; or the take, where another painter did that.

        ``made_with``: as a take's record has it. Raises JobError while frames are missing.
        """
        with ExitStack() as stack:
            if self._alone is None:
                stack.enter_context(self._claims.turn(_WHOLE))
            self._put_back()
            take = (
                self._numbered(by, seconds, made_with)
                if self.folder.is_dir()
                else self._published(0)
            )
            if take is None:
                raise JobError(
                    f"The unfinished take of {self.subject} was removed meanwhile: run it again."
                )
            self._claims.clear()
        self._leave()
        return take

    def keep(self) -> None:
        """Let go of it; the same request goes on from here. Nothing done: nothing is left."""
        if self._left:
            return
        whole = self._alone or self._claims.claim(_WHOLE)
        names = self._names() or set()
        is_empty = _REQUEST in names and all(name.startswith(".") for name in names)
        if whole is not None and is_empty and not self._others():
            atomic.remove(self.folder)
        self._leave()

    def _leave(self) -> None:
        self._left = True
        self._claims.leave()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.keep()

    def _enter(self, looked_through: int | None, waiting: Waiting) -> None:
        if not isinstance(self.request, FrameRequest):
            self._alone = self._claims.claim_or_fail(_WHOLE, self._busy())
            self._prepare(None)
            return
        self._claims.claim(self._mine)
        with self._claims.turn(_WHOLE, waiting):
            self._prepare(looked_through)

    def _busy(self) -> str:
        return (
            f"Another Underpaint is painting this take of {self.subject} right now: "
            "wait until it is done, or stop it."
        )

    def _others(self) -> bool:
        """Whether anybody else has this take open, dead or alive."""
        return bool(self._claims.units() - {to_file_name(_WHOLE), to_file_name(self._mine)})

    def _names(self) -> set[str] | None:
        """What lies in the folder; None once it is gone."""
        with atomic.disk_errors(self.folder, "read"):
            try:
                return {path.name for path in self.folder.iterdir()}
            except FileNotFoundError:
                return None

    def _prepare(self, looked_through: int | None) -> None:
        with atomic.disk_errors(self.folder):
            atomic.sweep(self.folder.parent)
            _sweep_abandoned(self.folder.parent, self.folder.name)
            self._put_back()
            if self.folder.exists() and not self._is_same_request():
                atomic.remove(self.folder)
            there = self.folder.exists()
            if not there and looked_through is not None and self._published(looked_through):
                return
            self.folder.mkdir(parents=True, exist_ok=True)
            stopping.take_back(self.folder)
        if not there:
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
                atomic.remove(path.with_name(f"{_FROM}{path.name}"))

    def _numbered(self, by: str, seconds: float, made_with: Mapping[str, str]) -> Take | None:
        """The take; that of others, where this machine slept so long that they have finished it."""
        try:
            return self._number(by, seconds, made_with)
        except UnderpaintError:
            if self.folder.is_dir() or (take := self._published(0)) is None:
                raise
            return take

    def _number(self, by: str, seconds: float, made_with: Mapping[str, str]) -> Take:
        """Take the folder out of everybody's hands, sum it up, and give it its number."""
        if self.missing:
            left = ", ".join(str(frame) for frame in self.missing)
            raise JobError(f"The take of {self.subject} lacks frames {left}: run the same again.")
        part = self.folder.with_name(f"{self.folder.name}{_NUMBERING}{uuid.uuid4().hex[:8]}")
        with atomic.disk_errors(self.folder):
            atomic.move(self.folder, part)
        try:
            files = _summed_up(part, self.frames)
            if not files:
                raise JobError(f"The take of {self.subject} holds no pictures: run the same again.")
            return self._publish(part, self._record(files, by, seconds, made_with))
        except BaseException:
            self._put_back()
            raise

    def _record(
        self,
        files: tuple[FileRecord, ...],
        by: str,
        seconds: float,
        made_with: Mapping[str, str],
    ) -> Take:
        request = self.request
        return Take(
            subject=self.subject,
            number=0,
            created=now(),
            by=by,
            seconds=seconds,
            files=files,
            frame_request=request if isinstance(request, FrameRequest) else None,
            texture_request=request if isinstance(request, TextureRequest) else None,
            tile_request=request if isinstance(request, TileRequest) else None,
            atlas_request=request if isinstance(request, AtlasRequest) else None,
            underpaint=__version__,
            made_with=dict(made_with),
        )

    def _publish(self, part: Path, unnumbered: Take) -> Take:
        def label(number: int) -> None:
            text = document_text(replace(unnumbered, number=number))
            atomic.write_bytes(part / RECORD, text.encode(), durable=True, parents=False)

        folder = self._project.takes(self._kind, self.subject)
        mark = self._project.mark(self._kind, self.subject)
        number = claim(part, folder, mark, label)
        for path in (folder / folder_name(number)).glob(".*"):
            atomic.remove(path)
        return replace(unnumbered, number=number)

    def _put_back(self) -> None:
        """What somebody died numbering becomes an unfinished take again."""
        for part in self.folder.parent.glob(f"{self.folder.name}{_NUMBERING}*"):
            if not self.folder.exists():
                with atomic.disk_errors(part):
                    atomic.move(part, self.folder)

    def _published(self, above: int) -> Take | None:
        """The newest take of this request, of those with a higher number."""
        folder = self._project.takes(self._kind, self.subject)
        there = folder.iterdir() if folder.is_dir() else ()
        numbers = {number_of(path.name) or 0 for path in there}
        for number in sorted((n for n in numbers if n > above), reverse=True):
            place = folder / folder_name(number)
            with suppress(UnderpaintError):
                take = atomic.read_document(Take, place / RECORD)
                if take.request == self.request and all(
                    (place / f.file).is_file() for f in take.files
                ):
                    return take
        return None


def unfinished_requests(project: Project, shot: str) -> Iterator[tuple[Path, FrameRequest]]:
    """The unfinished takes of a shot: their folders, and what each is to hold."""
    folder = project.takes("shots", shot)
    for part in sorted(folder.glob(f"{PART}{'[0-9a-f]' * _DIGITS}")):
        with suppress(UnderpaintError):
            yield part, atomic.read_document(FrameRequest, part / _REQUEST)


def is_deserted(folder: Path) -> bool:
    """Whether nobody has the unfinished take in ``folder`` open; of those on another machine who
    died just now it cannot be known yet."""
    return Claims(folder.with_name(folder.name + _CLAIMS)).deserted()


def _summed_up(part: Path, frames: Sequence[int]) -> tuple[FileRecord, ...]:
    """The files of a folder without scratch, frames first."""
    numbers = {frame_file(frame): frame for frame in frames}
    with atomic.disk_errors(part):
        names = {path.name for path in part.iterdir()}
        taken_from = {name: int(text) for name, text in _marked(part, names, _FROM)}
        metres = {name: float(text) for name, text in _marked(part, names, _METRES)}
    shown = {name for name in names if not name.startswith(".")} - {RECORD}
    order = [*numbers, *sorted(shown - numbers.keys())]
    return tuple(
        FileRecord(
            name,
            sha256_of(part / name),
            numbers.get(name),
            taken_from.get(name),
            metres.get(name),
        )
        for name in order
    )


def _marked(part: Path, names: Collection[str], prefix: str) -> Iterator[tuple[str, str]]:
    """What scratch files with this prefix say of the files after which they are named."""
    for mark in names:
        if mark.startswith(prefix):
            yield mark.removeprefix(prefix), (part / mark).read_text("ascii")


def _sweep_abandoned(folder: Path, kept: str) -> None:
    """Remove the unfinished takes that nobody has touched for long, and what is left of claims."""
    names = {path.name[: len(PART) + _DIGITS] for path in folder.glob(f"{PART}*")}
    for name in names - {kept}:
        paths = list(folder.glob(f"{name}*"))
        if min(map(atomic.untouched, paths), default=0.0) <= KEPT_SECONDS:
            continue
        if not Claims(folder / f"{name}{_CLAIMS}").in_use():
            for path in paths:
                atomic.remove(path)
