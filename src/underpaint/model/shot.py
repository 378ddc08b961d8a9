"""Shots, and what was rendered of them.

Conventions, stated here once: frames are whole numbers and ranges include both ends. Matrices are
row-major 4×4 tuples acting on column vectors. World units are metres, Z up, as in Blender. A camera
looks along its own −Z with X right and Y up. ``projection`` takes camera space to clip space as
OpenGL does (NDC x right, y up, both −1…1), so pixel column = (ndc.x + 1)/2 · width − 1/2 and pixel
row = (1 − ndc.y)/2 · height − 1/2, row 0 on top.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import ClassVar

from ..errors import FormatError

Matrix = tuple[
    float, float, float, float,
    float, float, float, float,
    float, float, float, float,
    float, float, float, float,
]  # fmt: skip


ADDED_VIEWS = "around"
"""How the shots are called that stand for one view each, added to the artist's for textures."""


def is_added_view(name: str) -> bool:
    """Whether a shot's name is that of an added view, as ``around 01`` or ``around_ 01``."""
    return re.fullmatch(rf"{ADDED_VIEWS}_* \d\d+", name) is not None


@dataclass(frozen=True)
class Shot:
    """A camera and a frame range (both ends included)."""

    name: str
    camera: str
    start: int
    end: int

    def __post_init__(self) -> None:
        if self.end < self.start:
            raise FormatError(
                f"shot {self.name!r} ends at frame {self.end}, before its start {self.start}."
            )

    @property
    def frames(self) -> range:
        """Its frame numbers in order."""
        return range(self.start, self.end + 1)


@dataclass(frozen=True)
class FramePasses:
    """One rendered frame: its file beside passes.json, the hash of its causes, and its camera.

    ``beauty_hash`` is that of the artist's own render (``beauty_0001.exr``), empty without one.
    ``sha256`` is that of the file as it was rendered, when it was ``size`` bytes long and last
    ``modified`` (nanoseconds); a file that was not touched since is not read to be sure of it.
    ``poses`` is the file that says where everything stood (``passes.poses``); empty in records from
    before there were any: rendering the passes again writes it, and renders nothing.
    """

    frame: int
    file: str
    hash: str
    camera_to_world: Matrix
    projection: Matrix
    beauty_hash: str = ""
    sha256: str = ""
    size: int = 0
    modified: int = 0
    poses: str = ""


@dataclass(frozen=True)
class SceneObject:
    """An object as the object-id pass knows it. Id 0 is the background."""

    id: int
    name: str


@dataclass(frozen=True)
class PassSet:
    """``passes/SHOT/passes.json``: everything a reader needs beside the EXR files.

    ``blend`` (a file without its folder) and ``scene`` are what they were rendered from.
    """

    FORMAT: ClassVar[str] = "underpaint/passes"
    VERSION: ClassVar[int] = 1

    shot: Shot
    width: int
    height: int
    fps: int
    fps_base: float
    renderer: str
    objects: tuple[SceneObject, ...]
    frames: tuple[FramePasses, ...]
    blend: str = ""
    scene: str = ""
