"""How a second Blender is asked to encode a video: the words of its command line.

The add-on's ``bridge/encode.py`` is what they start, in the bpy package or in a Blender program.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from .messages import FramesLaidOut, ReelPrepared

FAILED = 4
"""Its exit code where it fails, that of the command line."""
_PROGRESS = re.compile(r"underpaint-encode (\d+)/(\d+)")


def encoder(blender: str, script: str) -> tuple[str, ...]:
    """The words that start the encoder's ``script``; ``options`` follow.

    ``blender`` is the program; empty: this very Python, which has the bpy package.
    """
    if not blender:
        return (sys.executable, "-P", script, "--")
    alone = ("--background", "--factory-startup", "--python-exit-code", str(FAILED))
    return (blender, *alone, "--python", script, "--")


def options(
    laid: ReelPrepared | FramesLaidOut, frames: Path, out: Path, sound: str | None = None
) -> tuple[str, ...]:
    """Make an H.264 MP4 at ``out`` of the pictures ``frames``/frame_*.png, as they are laid out.

    ``out`` appears when it is complete. H.264 has even sizes: an odd last column or first row is
    cut off. ``sound``, a file, is as long as the video: cut, or followed by silence.
    """
    return (
        *("--frames", str(frames), "--out", str(out), "--count", str(laid.count)),
        *("--fps", str(laid.fps), "--fps-base", repr(float(laid.fps_base))),
        *("--size", str(laid.width), str(laid.height)),
        *(("--sound", sound) if sound is not None else ()),
    )


def read_progress(line: str) -> tuple[int, int] | None:
    """Frames done and their number, where a line of its output tells them."""
    told = _PROGRESS.fullmatch(line.strip())
    return (int(told[1]), int(told[2])) if told else None
