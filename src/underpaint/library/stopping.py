"""Asking whoever paints a take to stop, in whatever process and on whatever machine.

A hidden file in the unfinished take's folder says so. Painters look for it between two pieces of
work; what is painted is kept, and whoever opens the take again goes on.
"""

from __future__ import annotations

from pathlib import Path

from . import atomic

_STOP = ".stop"


def ask(folder: Path) -> None:
    """Ask all painters of the unfinished take in ``folder`` to stop."""
    atomic.write_bytes(folder / _STOP, b"", parents=False)


def is_asked(folder: Path) -> bool:
    """Whether they are to stop."""
    return (folder / _STOP).exists()


def take_back(folder: Path) -> None:
    """Somebody goes on."""
    atomic.remove(folder / _STOP)
