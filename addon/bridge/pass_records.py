"""``passes.json`` on the side that writes it: which frames stand, and what they show."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from underpaint.errors import FormatError, InputError
from underpaint.library.atomic import disk_errors, read_document, write_text
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.model.codec import document_text
from underpaint.model.shot import FramePasses, PassSet, SceneObject

from .exr_check import is_whole
from .frame_files import passes_file

PASSES_FILE = "passes.json"
_WRITE_SECONDS = 2.0

_log = logging.getLogger(__name__)


def pass_set(project: Project, shot: str) -> PassSet:
    """What was written of a shot. Raises InputError where it has no passes yet."""
    path = project.pass_set(shot)
    if not path.is_file():
        raise InputError(f"The shot {shot} has no passes yet: render them, then its textures.")
    return read_document(PassSet, path)


class PassRecords:
    """The frames of one shot's folder, written down as they are rendered.

    ``header`` says what all frames share, ``names`` how the ids are called. Of an earlier run only
    what agrees with both is taken up.
    """

    def __init__(self, folder: Path, header: PassSet, names: Mapping[int, str]) -> None:
        self._folder = folder
        self._header = header
        self._names = names
        self._ids: set[int] = set()
        self._frames: dict[int, FramePasses] = {}
        self._written = 0.0
        self._take_up()

    @property
    def pixels(self) -> int:
        """How many pixels a frame has."""
        return self._header.width * self._header.height

    def hash_of(self, frame: int, *, beauty: bool = False) -> str:
        """The hash that a frame's file was rendered from; empty when there is no whole file."""
        record = self._frames.get(frame)
        path = self._folder / passes_file(frame, beauty=beauty)
        if record is None or not is_whole(path):
            return ""
        if beauty:
            return record.beauty_hash
        return record.hash if _as_rendered(record, path) else ""

    def forget(self, frames: Iterable[int], *, beauty: bool = False) -> None:
        """Forget frames, on disk too: their files are about to become something else."""
        for frame in frames:
            record = self._frames.pop(frame, None)
            if beauty and record is not None:
                self._frames[frame] = replace(record, beauty_hash="")
        self.write()

    def see(self, ids: Iterable[int]) -> None:
        """Remember that a frame shows these ids."""
        self._ids.update(ids)

    def add(self, record: FramePasses) -> None:
        """Remember a rendered frame; a crash loses seconds of work, not the run's."""
        self._frames[record.frame] = record
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    def add_beauty(self, frame: int, beauty_hash: str) -> None:
        """Remember that the artist's own render of a frame was made."""
        self.add(replace(self._frames[frame], beauty_hash=beauty_hash))

    def write(self) -> None:
        """Write all of it. Raises InputError or DiskError in words."""
        objects = tuple(SceneObject(i, self._names[i]) for i in sorted(self._ids))
        frames = tuple(record for _, record in sorted(self._frames.items()))
        document = replace(self._header, objects=objects, frames=frames)
        write_text(self._folder / PASSES_FILE, document_text(document))
        self._written = time.monotonic()

    def _take_up(self) -> None:
        with disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            if not (self._folder / PASSES_FILE).exists():
                return
        try:
            before = read_document(PassSet, self._folder / PASSES_FILE)
        except FormatError as error:
            _log.warning("passes are rendered again: %s", error)
            return
        renamed = any(self._names.get(o.id) != o.name for o in before.objects)
        if renamed or _shared(before) != _shared(self._header):
            return
        self._ids = {o.id for o in before.objects}
        for record in before.frames:
            if record.frame in self._header.shot.frames:
                self._frames[record.frame] = record
            else:
                (self._folder / record.file).unlink(missing_ok=True)


def _as_rendered(record: FramePasses, path: Path) -> bool:
    """Whether nobody changed the file, nor a failing disk that a copy went through."""
    state = path.stat()
    if (state.st_size, state.st_mtime_ns) == (record.size, record.modified):
        return True
    return not record.sha256 or sha256_of(path) == record.sha256


def _shared(document: PassSet) -> tuple[object, ...]:
    """What frames of one set must agree on."""
    return (document.width, document.height, document.renderer, document.shot.camera)
