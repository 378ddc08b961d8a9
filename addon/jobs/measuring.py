"""What Blender's own part of the work takes, for this machine's history."""

import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import bpy
from underpaint.errors import UnderpaintError
from underpaint.library import paces
from underpaint.library.atomic import read_document
from underpaint.library.project import Project, frame_file
from underpaint.model.shot import PassSet
from underpaint.wire.messages import ReelPrepared

from ..bridge.poses import poses_file


def passes_what() -> tuple[str, ...]:
    """What decides the pace of passes: the scene, so its file."""
    return (Path(bpy.data.filepath).name,)


class PassesWatch:
    """Times the frames of a shot that are rendered, and not those that stand."""

    def __init__(self) -> None:
        self._rendered = 0
        self._seconds = 0.0
        self._since = time.monotonic()

    def begin(self) -> None:
        """From here on Blender works for us."""
        self._since = time.monotonic()

    def lap(self, *, rendered: bool) -> None:
        """A frame is there."""
        now = time.monotonic()
        if rendered:
            self._rendered += 1
            self._seconds += now - self._since
        self._since = now

    def remember(self, project: Project, shot: str, frames: Sequence[int]) -> None:
        """Add it to the history."""
        if not self._rendered:
            return
        with suppress(UnderpaintError):
            passes = read_document(PassSet, project.pass_set(shot))
            pixels = passes.width * passes.height
            size = _mean_size(project.passes(shot), frames) * self._rendered
            paces.remember("passes", passes_what(), pixels, self._rendered, self._seconds, size)


def remember_reel(
    reel: ReelPrepared, project: Project, seconds: float, files: Sequence[str]
) -> None:
    """Add a reel that was made to the history."""
    size = 0
    for file in files:
        with suppress(OSError):
            size += (project.root / file).stat().st_size
    paces.remember("reel", (), reel.width * reel.height, reel.count, seconds, size)


def _mean_size(folder: Path, frames: Sequence[int]) -> int:
    """Bytes of a frame's passes and poses."""
    sizes = []
    for frame in frames:
        with suppress(OSError):
            passes = (folder / frame_file(frame, ".exr")).stat().st_size
            sizes.append(passes + (folder / poses_file(frame)).stat().st_size)
    return sum(sizes) // len(sizes) if sizes else 0
