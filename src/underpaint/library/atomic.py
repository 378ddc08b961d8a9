"""Files and folders that appear complete or not at all.

Everything is written beside its place under a name that starts with ``TEMP_PREFIX`` and then
renamed. A crash leaves such a name behind; ``sweep`` removes it once it is a day old, when surely
nobody writes it any more.
"""

from __future__ import annotations

import errno
import os
import shutil
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..errors import Doing, FormatError, disk_error
from ..model.codec import DAMAGED, Document, document_text, parse_document

D = TypeVar("D", bound=Document)

TEMP_PREFIX = ".underpaint-tmp-"
STALE_SECONDS = 24 * 3600.0
_HELD_SECONDS = 0.5 if sys.platform == "win32" else 0.0
"""How long a virus scanner or an indexer may hold what was just written, so that Windows refuses
to rename it."""
_POLL_SECONDS = 0.02

if sys.platform == "darwin":
    import fcntl

    def _sync(descriptor: int) -> None:
        """To the disk itself: there fsync stops at the drive's own memory."""
        try:
            fcntl.fcntl(descriptor, fcntl.F_FULLFSYNC)
        except OSError:  # a file system that does not know it
            os.fsync(descriptor)

else:

    def _sync(descriptor: int) -> None:
        os.fsync(descriptor)


@contextmanager
def disk_errors(path: Path, doing: Doing = "written") -> Iterator[None]:
    """Turn an OSError of the block into one sentence about ``path``."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path, doing) from error


def write_bytes(path: Path, data: bytes, *, durable: bool = False, parents: bool = True) -> None:
    """Write a file and the folders above it; without ``parents`` these have to be there.

    ``durable``: once this returns, the file outlives a power cut, as far as the drive keeps what it
    says it has written. On Windows the bytes do; the rename is the file system's journal's.
    """
    with disk_errors(path):
        if parents:
            path.parent.mkdir(parents=True, exist_ok=True)
        temp = _temp_beside(path)
        try:
            with temp.open("xb") as stream:
                stream.write(data)
                if durable:
                    stream.flush()
                    _sync(stream.fileno())
            move(temp, path, over=True)
        except BaseException:
            temp.unlink(missing_ok=True)
            raise
        if durable:
            sync_folder(path.parent)


def write_text(path: Path, text: str, *, durable: bool = False) -> None:
    """Write UTF-8 text with the line ends it has."""
    write_bytes(path, text.encode(), durable=durable)


def write_document(path: Path, document: Document) -> None:
    """Write a document durably: records are what must not be lost."""
    write_text(path, document_text(document), durable=True)


def read_document(cls: type[D], path: Path) -> D:
    """Read a document. Raises InputError if it is not there, FormatError naming file and field."""
    with disk_errors(path, "read"):
        data = path.read_bytes()
    try:
        return parse_document(cls, data.decode())
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: This is not UTF-8 text. {DAMAGED}") from error
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def move(path: Path, place: Path, *, over: bool = False) -> None:
    """Rename a file or folder within its file system; ``over`` what lies there, if it is a file.

    Waits a moment for a scanner that holds it. Raises OSError.
    """
    rename = path.replace if over else path.rename
    until = time.monotonic() + _HELD_SECONDS
    while True:
        try:
            rename(place)
            return
        except PermissionError:
            if time.monotonic() >= until:
                raise
        time.sleep(_POLL_SECONDS)


def publish(folder: Path, final: Path) -> bool:
    """Rename a finished folder to its place. False when that is taken, even by an empty folder.

    Two processes that race for one place: the file system lets one of them have it.
    """
    if os.path.lexists(final):
        return False
    try:
        move(folder, final)
    except OSError as error:
        if error.errno in (errno.EEXIST, errno.ENOTEMPTY, errno.ENOTDIR) and os.path.lexists(final):
            return False
        raise
    sync_folder(final.parent)
    return True


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder outlive a power cut, where the system has a word for it."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        _sync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot, and say so like this
            raise
    finally:
        os.close(descriptor)


def sweep(folder: Path, prefix: str = TEMP_PREFIX, seconds: float = STALE_SECONDS) -> None:
    """Remove what was left in a folder: names with this prefix, untouched for so long, or a day."""
    with disk_errors(folder):
        for path in folder.glob(f"{prefix}*"):
            if untouched(path) > seconds:
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; what is gone already or resists is left."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def discard(folder: Path) -> None:
    """Remove a folder that is whole until it is gone: renamed aside at once, then removed.

    What a crash leaves of it is hidden, and for ``sweep``. Raises OSError.
    """
    aside = _temp_beside(folder)
    move(folder, aside)
    sync_folder(folder.parent)
    remove(aside)


def untouched(path: Path) -> float:
    """For how many seconds nothing in it was written; 0 for what just vanished."""
    try:
        times = [path.lstat().st_mtime]
        times += [inside.lstat().st_mtime for inside in path.rglob("*")]
    except FileNotFoundError:
        return 0.0
    return time.time() - max(times)


def _temp_beside(path: Path) -> Path:
    return path.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}")
