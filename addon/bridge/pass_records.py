"""``passes.json`` on the side that writes it: which frames stand, and what they show.

Several Blenders, on several machines, may render passes of one shot into one folder: each frame is
claimed before it is rendered, and what others have written down is kept.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from underpaint.errors import FormatError, InputError
from underpaint.library.atomic import disk_errors, read_document, write_text
from underpaint.library.claims import Claim, Claims, Owner
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

    ``header`` says what all frames share, ``names`` how the ids are called. Of what an earlier run
    or another Blender wrote, only what agrees with both is taken up.
    """

    def __init__(self, folder: Path, header: PassSet, names: Mapping[int, str]) -> None:
        self._folder = folder
        self._header = header
        self._names = names
        self._ids: set[int] = set()
        self._frames: dict[int, FramePasses] = {}
        self._own: dict[int, FramePasses] = {}
        self._forgotten: dict[FramePasses, FramePasses | None] = {}
        self._claims = Claims(folder / ".claims")
        self._held: list[Claim] = []
        self._written = 0.0
        self._read: tuple[int, int, int] | None = None
        self._take_up()
        self._remove_others()

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

    def claim(self, frame: int) -> bool:
        """Take a frame for this process, until it is written down; False while another has it.

        Look at ``hash_of`` afterwards: somebody may have rendered it just before.
        """
        claim = self._claims.claim(_unit(frame))
        if claim is None:
            return False
        self._held.append(claim)
        self.look_again()
        return True

    def holder(self, frame: int) -> Owner | None:
        """Who else renders a frame, or did when they died."""
        return self._claims.holder(_unit(frame))

    def look_again(self) -> None:
        """Take up what others have written since."""
        if _state_of(self._folder / PASSES_FILE) != self._read:
            self._take_up()

    def forget(self, frames: Iterable[int], *, beauty: bool = False) -> None:
        """Forget frames, on disk too: their files are about to become something else."""
        for frame in frames:
            record = self._frames.pop(frame, None)
            self._own.pop(frame, None)
            if record is not None:
                rest = replace(record, beauty_hash="") if beauty else None
                self._forgotten[record] = rest
                self._frames |= {frame: rest} if rest else {}
        self.write()

    def see(self, ids: Iterable[int]) -> None:
        """Remember that a frame shows these ids."""
        self._ids.update(ids)

    def add(self, record: FramePasses) -> None:
        """Remember a rendered frame; a crash loses seconds of work, not the run's."""
        self._frames[record.frame] = self._own[record.frame] = record
        if time.monotonic() - self._written > _WRITE_SECONDS:
            self.write()

    def add_beauty(self, frame: int, beauty_hash: str) -> None:
        """Remember that the artist's own render of a frame was made."""
        self.add(replace(self._frames[frame], beauty_hash=beauty_hash))

    def add_poses(self, frame: int, poses: str) -> None:
        """Remember that the poses of a frame that stands are in this file."""
        if self._frames[frame].poses != poses:
            self.add(replace(self._frames[frame], poses=poses))

    def write(self) -> None:
        """Write all of it, with what others wrote, and let go of the frames that were rendered.

        Raises InputError or DiskError in words.
        """
        with self._claims.turn(PASSES_FILE):
            self._take_up()
            objects = tuple(SceneObject(i, self._names[i]) for i in sorted(self._ids))
            frames = tuple(record for _, record in sorted(self._frames.items()))
            document = replace(self._header, objects=objects, frames=frames)
            write_text(self._folder / PASSES_FILE, document_text(document))
            self._read = _state_of(self._folder / PASSES_FILE)
        self._own.clear()
        self._forgotten.clear()
        self._written = time.monotonic()
        self.release()

    def release(self) -> None:
        """Let go of the frames that were claimed."""
        while self._held:
            self._held.pop().release()

    def leave(self) -> None:
        """Nothing more is rendered: let go of everything."""
        self._held.clear()
        self._claims.leave()

    def _take_up(self) -> None:
        """What the file says, but for what was forgotten here, and what was rendered here."""
        self._frames = dict(self._own)
        before = self._before()
        if before is None:
            return
        self._ids |= {o.id for o in before.objects}
        for record in before.frames:
            kept = self._forgotten.get(record, record)
            if kept is not None and record.frame in self._header.shot.frames:
                self._frames.setdefault(record.frame, kept)

    def _before(self) -> PassSet | None:
        """What was written, if it agrees with what is rendered now."""
        path = self._folder / PASSES_FILE
        with disk_errors(self._folder):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._read = _state_of(path)
        if self._read is None:
            return None
        try:
            before = read_document(PassSet, path)
        except FormatError as error:
            _log.warning("passes are rendered again: %s", error)
            return None
        renamed = any(self._names.get(o.id) != o.name for o in before.objects)
        return None if renamed or _shared(before) != _shared(self._header) else before

    def _remove_others(self) -> None:
        """Files of frames that the shot no longer has."""
        before = self._before()
        for record in before.frames if before else ():
            if record.frame not in self._header.shot.frames:
                for file in filter(None, (record.file, record.poses)):
                    (self._folder / file).unlink(missing_ok=True)


def _unit(frame: int) -> str:
    """Passes and beauty of a frame are rendered through one file, so they share a claim."""
    return f"frame {frame}"


def _state_of(path: Path) -> tuple[int, int, int] | None:
    """Changes with every write; None where nothing was written yet."""
    try:
        state = path.stat()
    except FileNotFoundError:
        return None
    return state.st_ino, state.st_size, state.st_mtime_ns


def _as_rendered(record: FramePasses, path: Path) -> bool:
    """Whether nobody changed the file, nor a failing disk that a copy went through."""
    state = path.stat()
    if (state.st_size, state.st_mtime_ns) == (record.size, record.modified):
        return True
    return not record.sha256 or sha256_of(path) == record.sha256


def _shared(document: PassSet) -> tuple[object, ...]:
    """What frames of one set must agree on."""
    return (document.width, document.height, document.renderer, document.shot.camera)
