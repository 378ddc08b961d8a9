"""The files of rendered frames: written beside their place by Blender, then renamed."""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from underpaint.errors import JobError, disk_error
from underpaint.library.atomic import disk_errors, move
from underpaint.library.project import frame_file

from .exr_check import is_whole

PART = ".part-####.exr"
"""Where Blender writes a frame: it puts the frame's number for the hash signs."""

_MOST_BYTES_A_PIXEL = 80
"""Twenty channels of 32 bits, not compressed."""


def passes_file(frame: int, *, beauty: bool) -> str:
    """``frame_0001.exr``, or ``beauty_0001.exr`` for the artist's own render of it."""
    file = frame_file(frame, ".exr")
    return file.replace("frame_", "beauty_") if beauty else file


@contextmanager
def published(folder: Path, frame: int, final: str, pixels: int) -> Iterator[None]:
    """The block renders ``PART``; when it did, the file gets its name, else it goes.

    Raises DiskError when a frame of so many pixels finds no room, JobError when nothing came.
    """
    part = folder / PART.replace("####", f"{frame:04d}")
    try:
        with disk_errors(part):
            part.unlink(missing_ok=True)
        try:
            yield
        except JobError:
            _require_room(folder, pixels)
            raise
        with disk_errors(part):
            whole = is_whole(part)
        if not whole:
            _require_room(folder, pixels)
            raise JobError(
                f"Blender did not write all of frame {frame} to {folder}: see that the disk takes "
                "files of that size, and run it again."
            )
        with disk_errors(folder / final):
            move(part, folder / final, over=True)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def _require_room(folder: Path, pixels: int) -> None:
    with disk_errors(folder):
        free = shutil.disk_usage(folder).free
    if free < pixels * _MOST_BYTES_A_PIXEL:
        raise disk_error(OSError(errno.ENOSPC, "no space"), folder)
