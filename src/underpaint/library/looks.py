"""Where looks lie: those that we ship, and those of a folder."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from ..model.names import from_file_name

_SHIPPED = Path(__file__).resolve().parent.parent / "assets" / "looks"


@cache
def built_in() -> dict[str, Path]:
    """Name → file of the looks that we ship, in order of their names."""
    return files_in(_SHIPPED)


def files_in(folder: Path) -> dict[str, Path]:
    """Name → file of a folder's looks, in order of their names."""
    files = sorted(folder.glob("*.json"), key=lambda path: from_file_name(path.stem))
    return {from_file_name(path.stem): path for path in files}
