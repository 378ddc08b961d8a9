"""The SHA-256 over an engine's files, remembered by size and time so that it is computed once."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path

_CHUNK = 1 << 22


def fingerprint(root: Path, files: Sequence[Path]) -> str:
    """SHA-256 (hex) over the names below ``root`` and the bytes of ``files``."""
    known = _load()
    fresh: dict[str, str] = {}
    whole = hashlib.sha256()
    for file in files:
        stat = file.stat()
        key = f"{file.resolve()}|{stat.st_size}|{stat.st_mtime_ns}"
        fresh[key] = known.get(key) or _file_digest(file)
        whole.update(f"{file.relative_to(root).as_posix()}\n{fresh[key]}\n".encode())
    if not fresh.keys() <= known.keys():
        _save({**known, **fresh})
    return whole.hexdigest()


def cache_folder() -> Path:
    """Where this system keeps what can be made again."""
    if given := os.environ.get("UNDERPAINT_CACHE"):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home())) / "Underpaint" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "underpaint"
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "underpaint"


def _file_digest(file: Path) -> str:
    digest = hashlib.sha256()
    with file.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
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
