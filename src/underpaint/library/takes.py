"""Takes on disk: list them, find one again by its request, begin a new one.

A take's folder is immutable and appears complete or not at all. Until then it is an unfinished
take (see ``library.unfinished``).
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from ..errors import InputError, UnderpaintError
from ..model.request import AtlasRequest, FrameRequest, Request
from ..model.take import Take
from .atomic import disk_errors, read_document
from .numbers import folder_name, number_of
from .project import Kind, Project
from .unfinished import RECORD, UnfinishedTake, Waiting

_log = logging.getLogger(__name__)

_NOUNS: dict[Kind, str] = {"shots": "Shot", "textures": "Object", "atlases": "Atlas"}


@dataclass(frozen=True)
class Listing:
    """The takes of a subject by number, and a sentence for each folder that is no take of it."""

    takes: tuple[Take, ...]
    notes: tuple[str, ...]


class Takes:
    """The takes of a project: of its shots, or of its objects' textures."""

    def __init__(self, project: Project, kind: Kind = "shots") -> None:
        self.project = project
        self.kind = kind

    def scan(self, subject: str) -> Listing:
        """Every take of a shot or an object. Folders that are none of ours are left alone."""
        folder = self.project.takes(self.kind, subject)
        takes, notes = [], []
        for entry in _visible_folders(folder):
            try:
                takes.append(self._read(subject, entry))
            except UnderpaintError as error:
                _log.info("ignored %s: %s", entry, error)
                notes.append(f"{entry} is ignored, it is no take: {error}")
        return Listing(tuple(sorted(takes, key=lambda take: take.number)), tuple(notes))

    def list(self, subject: str) -> tuple[Take, ...]:
        """The takes of a shot or an object, oldest first."""
        return self.scan(subject).takes

    def numbers(self, subject: str) -> tuple[int, ...]:
        """The numbers of the folders that look like takes, ascending; no record is read."""
        folder = self.project.takes(self.kind, subject)
        return tuple(sorted(filter(None, (number_of(e.name) for e in _visible_folders(folder)))))

    def latest(self, subject: str, without: Collection[int] = ()) -> Take | None:
        """The take with the highest number, if there is one; no record below it is read.

        ``without``: numbers that do not count, as those of rejected takes.
        """
        folder = self.project.takes(self.kind, subject)
        for number in reversed([n for n in self.numbers(subject) if n not in without]):
            try:
                return self._read(subject, folder / folder_name(number))
            except UnderpaintError as error:
                _log.info("ignored take %d of %s: %s", number, subject, error)
        return None

    def load(self, subject: str, number: int) -> Take:
        """One take. Raises InputError that says which there are."""
        folder = self.project.take(self.kind, subject, number)
        if folder.is_dir():
            return self._read(subject, folder)
        there = ", ".join(str(take.number) for take in self.list(subject))
        has = f"it has {there}" if there else "it has none yet: paint it first"
        raise InputError(f"{_NOUNS[self.kind]} {subject} has no take {number}; {has}.")

    def find(self, request: Request, among: Sequence[Take]) -> Take | None:
        """The newest of these takes, oldest first, of this very request with all its files there.

        ``among`` is what ``list`` gave: reading the records is what takes time, so do it once.
        """
        for take in reversed(among):
            folder = self.folder(take)
            if take.request == request and all((folder / f.file).is_file() for f in take.files):
                return take
        return None

    def begin(
        self,
        request: Request,
        subject: str | None = None,
        *,
        looked_through: int | None = None,
        waiting: Waiting = lambda: None,
    ) -> UnfinishedTake:
        """Start a take, or go on with it from the frames that are finished.

        The subject of a frame request is its shot; other requests need their subject's name.
        Frames are painted by several processes together; of any other request JobError is raised
        while another process paints it. ``looked_through`` and ``waiting``: as
        ``UnfinishedTake.open`` has them.
        """
        if subject is None:
            if not isinstance(request, FrameRequest):
                raise InputError("A texture's take needs the name of its object, or an atlas's.")
            subject = request.views[0].shot
        return UnfinishedTake.open(
            self.project,
            self.kind,
            subject,
            request,
            looked_through=looked_through,
            waiting=waiting,
        )

    def folder(self, take: Take) -> Path:
        """Where a take's files lie."""
        return self.project.take(self.kind, take.subject, take.number)

    def files(self, take: Take) -> tuple[str, ...]:
        """A take's files and its record, relative to the project's folder."""
        folder = self.project.relative(self.folder(take))
        return tuple(f"{folder}/{n}" for n in (*(record.file for record in take.files), RECORD))

    def _read(self, subject: str, folder: Path) -> Take:
        if number_of(folder.name) is None:
            raise InputError(f"takes are called {folder_name(1)}, {folder_name(2)} and so on.")
        take = read_document(Take, folder / RECORD)
        if (take.subject, take.number) != (subject, number_of(folder.name)):
            raise InputError(f"its take.json is that of take {take.number} of {take.subject}.")
        kind = _kind_of(take.request)
        if kind != self.kind:
            belongs = self.project.takes(kind, subject).parent.name
            raise InputError(f"its take.json belongs below {belongs}.")
        return take


def _kind_of(request: Request) -> Kind:
    if isinstance(request, FrameRequest):
        return "shots"
    return "atlases" if isinstance(request, AtlasRequest) else "textures"


def _visible_folders(folder: Path) -> list[Path]:
    with disk_errors(folder, "read"):
        if not folder.exists():
            return []
        return [entry for entry in folder.iterdir() if entry.is_dir() and entry.name[0] != "."]
