"""SHA-256 of files, and whether files are still what their records say."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal

from .atomic import disk_errors

State = Literal["holds", "changed", "missing"]


def sha256_of(path: Path) -> str:
    """SHA-256 (hex) of a file's bytes."""
    with disk_errors(path, "read"), path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def state_of(path: Path, sha256: str) -> State:
    """Whether a file is there and still has this SHA-256."""
    if not path.is_file():
        return "missing"
    return "holds" if sha256_of(path) == sha256 else "changed"
