"""Files and folders that appear complete or not at all.

Everything is written beside its place under a name that starts with ``TEMP_PREFIX`` and then
renamed. A crash leaves such a name behind; ``sweep`` removes it once it is a day old, when surely
nobody writes it any more.
"""

from __future__ import annotations

import errno
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeVar

from ..errors import FormatError, InputError, disk_error
from ..model.codec import Document, document_text, parse_document

D = TypeVar("D", bound=Document)

TEMP_PREFIX = ".underpaint-tmp-"
STALE_SECONDS = 24 * 3600.0


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn an OSError of the block into one sentence about ``path``."""
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def write_bytes(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file and the folders above it; ``durable``: from here on it outlives a power cut."""
    with disk_errors(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        temp = _temp_beside(path)
        try:
            with temp.open("xb") as stream:
                stream.write(data)
                if durable:
                    stream.flush()
                    os.fsync(stream.fileno())
            temp.replace(path)
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
    with disk_errors(path):
        data = path.read_bytes()
    try:
        return parse_document(cls, data.decode())
    except UnicodeDecodeError as error:
        raise FormatError(f"{path}: this is not UTF-8 text.") from error
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


@contextmanager
def new_folder(path: Path) -> Iterator[Path]:
    """A folder to fill; it appears at ``path`` when the block ends well, else it vanishes.

    Raises InputError when something lies at ``path`` already.
    """
    with disk_errors(path):
        temp = _temp_beside(path)
        temp.mkdir(parents=True)
    try:
        yield temp
        with disk_errors(path):
            appeared = publish(temp, path)
        if not appeared:
            raise InputError(f"{path} exists already and is not overwritten: choose another name.")
    except BaseException:
        shutil.rmtree(temp, ignore_errors=True)
        raise


def publish(folder: Path, final: Path) -> bool:
    """Rename a finished folder to its place. False when that is taken, even by an empty folder.

    Two processes that race for one place: the file system lets one of them have it.
    """
    if os.path.lexists(final):
        return False
    try:
        folder.rename(final)
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
        os.fsync(descriptor)
    except OSError as error:
        if error.errno != errno.EINVAL:  # some network file systems cannot, and say so like this
            raise
    finally:
        os.close(descriptor)


def sweep(folder: Path, prefix: str = TEMP_PREFIX) -> None:
    """Remove what crashed writers left in a folder: names with this prefix, untouched for a day."""
    with disk_errors(folder):
        for path in folder.glob(f"{prefix}*"):
            if time.time() - _touched(path) > STALE_SECONDS:
                remove(path)


def remove(path: Path) -> None:
    """Remove a file or a folder with all it holds; what is gone already or resists is left."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _touched(path: Path) -> float:
    """Seconds since the epoch when anything in it was last written; now for what just vanished."""
    try:
        times = [path.lstat().st_mtime]
        times += [inside.lstat().st_mtime for inside in path.rglob("*")]
    except FileNotFoundError:
        return time.time()
    return max(times)


def _temp_beside(path: Path) -> Path:
    return path.with_name(f"{TEMP_PREFIX}{uuid.uuid4().hex[:12]}")
