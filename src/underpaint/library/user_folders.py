"""Where this person's machine keeps what belongs to no project, by the system's own conventions."""

from __future__ import annotations

import os
import sys
from pathlib import Path


def cache_folder() -> Path:
    """For what can be made again; the variable ``UNDERPAINT_CACHE`` names another place."""
    return _folder("UNDERPAINT_CACHE", "Cache", "Library/Caches", "XDG_CACHE_HOME", ".cache")


def data_folder() -> Path:
    """For what cannot; the variable ``UNDERPAINT_DATA`` names another place."""
    mac = "Library/Application Support"
    return _folder("UNDERPAINT_DATA", "Data", mac, "XDG_DATA_HOME", ".local/share")


def _folder(variable: str, windows: str, mac: str, xdg: str, otherwise: str) -> Path:
    """The variable's; else below the local application data, the library, or what XDG says."""
    if given := os.environ.get(variable):
        return Path(given)
    if sys.platform == "win32":
        return Path(os.environ.get("LOCALAPPDATA", Path.home()), "Underpaint", windows)
    if sys.platform == "darwin":
        return Path.home() / mac / "underpaint"
    return Path(os.environ.get(xdg) or Path.home() / otherwise) / "underpaint"
