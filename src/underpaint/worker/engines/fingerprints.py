"""The SHA-256 over an engine's files, remembered by size and time so that it is computed once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from ...library.user_folders import cache_folder

_CHUNK = 1 << 24

Told: TypeAlias = Callable[[int, int], None]
"""Is told (bytes read, bytes to read) while files are read; it may raise to stop that."""


def quiet(_done: int, _total: int) -> None:
    """For who need not be told."""


def fingerprint(root: Path, files: Sequence[Path], told: Told = quiet) -> str:
    """SHA-256 (hex) over the names below ``root`` and the bytes of ``files``.

    Reading gigabytes takes a while, once: ``told`` hears of the files that are not known yet. Where
    it raises, those that were read to their end stay known.
    """
    known = _load()
    keys = {file: _key(file) for file in files}
    fresh = [file for file, key in keys.items() if key not in known]
    total, done = sum(file.stat().st_size for file in fresh), 0
    try:
        for file in fresh:
            known[keys[file]] = _file_digest(file, partial(_tell, told, done, total))
            done += file.stat().st_size
    finally:
        if fresh:
            _save(known)
    whole = hashlib.sha256()
    for file, key in keys.items():
        whole.update(f"{file.relative_to(root).as_posix()}\n{known[key]}\n".encode())
    return whole.hexdigest()


def _key(file: Path) -> str:
    stat = file.stat()
    return f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"


def _tell(told: Told, before: int, total: int, read: int) -> None:
    told(before + read, total)


def _file_digest(file: Path, told: Callable[[int], None]) -> str:
    """SHA-256 (hex) of a file; ``told`` hears how many bytes of it were read."""
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
            told(stream.tell())
    return digest.hexdigest()


def _load() -> dict[str, str]:
    try:
        data = json.loads((cache_folder() / "fingerprints.json").read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return data if isinstance(data, dict) else {}


def _save(known: dict[str, str]) -> None:
    """A cache that cannot be written is no reason to fail: it is computed again next time."""
    path = cache_folder() / "fingerprints.json"
    beside = path.with_name(f"{path.name}.{os.getpid()}")
    with contextlib.suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(json.dumps(known, indent=1), "utf-8")
        beside.replace(path)
