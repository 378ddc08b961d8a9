"""Where everything lies below the project's folder (``underpaint/`` beside the .blend)."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from ..errors import InputError, disk_error
from ..model.names import to_file_name
from .numbers import folder_name

Kind = Literal["shots", "textures", "atlases"]
"""What a take is of: the frames of a shot, the textures of an object, or several objects' textures
in one picture."""

_FOLDERS: dict[Kind, str] = {"shots": "takes", "textures": "textures", "atlases": "atlases"}


def frame_file(frame: int, suffix: str = ".png") -> str:
    """``frame_0001.png``; negative frames as Blender writes them, ``frame_-0001.png``."""
    return f"frame_{'-' if frame < 0 else ''}{abs(frame):04d}{suffix}"


def check_root(root: Path) -> None:
    """Raise InputError where a file stands in place of a project's folder, or of one above it."""
    there = next((path for path in (root, *root.parents) if os.path.lexists(path)), root)
    if not os.path.isdir(there):  # noqa: PTH112 - Path.is_dir raises where a folder may not be read
        raise disk_error(NotADirectoryError(errno.ENOTDIR, ""), there)


@dataclass(frozen=True)
class Project:
    """The paths of a project. Nothing is created by asking."""

    root: Path

    @property
    def looks(self) -> Path:
        """Looks that belong to this project."""
        return self.root / "looks"

    def look(self, name: str) -> Path:
        """``looks/NAME.json``."""
        return self.looks / f"{to_file_name(name)}.json"

    def passes(self, shot: str) -> Path:
        """The folder of a shot's passes, a cache."""
        return self.root / "passes" / to_file_name(shot)

    def pass_set(self, shot: str) -> Path:
        """``passes/SHOT/passes.json``."""
        return self.passes(shot) / "passes.json"

    def takes(self, kind: Kind, subject: str) -> Path:
        """The folder that holds all takes of a shot, an object or an atlas."""
        return self.root / _FOLDERS[kind] / to_file_name(subject)

    def take(self, kind: Kind, subject: str, number: int) -> Path:
        """The folder of one take."""
        return self.takes(kind, subject) / folder_name(number)

    def unfinished_take(self, kind: Kind, subject: str, digest: str) -> Path:
        """The folder of a take in the making: the same request finds it again."""
        return self.takes(kind, subject) / f".part-{digest[:16]}"

    def mark(self, kind: Kind, subject: str) -> Path:
        """The file that holds the highest take number given; it outlives the subject's folder."""
        return self.root / _FOLDERS[kind] / ".numbers" / to_file_name(subject)

    def judgements(self, kind: Kind, subject: str) -> Path:
        """The folder of what people said of a subject's takes; it outlives the takes."""
        return self.root / "judgements" / _FOLDERS[kind] / to_file_name(subject)

    def judgements_by(self, kind: Kind, subject: str, by: str) -> Path:
        """What one person said of them. Names that a disk takes for one share their file."""
        return self.judgements(kind, subject) / f"{to_file_name(by)}.json"

    def deleted_take(self, kind: Kind, subject: str, number: int) -> Path:
        """The record of a take that was deleted, by which it can be painted again."""
        return self.judgements(kind, subject) / "deleted" / f"{folder_name(number)}.json"

    def comparison(
        self, kind: Kind, subject: str, takes: Sequence[int], what: str = "", suffix: str = ".png"
    ) -> Path:
        """A picture or a video of takes side by side, which may be deleted at any time."""
        name = "+".join(map(folder_name, takes))
        folder = self.root / "compare" / _FOLDERS[kind] / to_file_name(subject)
        return folder / f"{name}{what}{suffix}"

    @property
    def surface_set(self) -> Path:
        """``textures/surface.json``; mesh files are named relative to its folder."""
        return self.root / "textures" / "surface.json"

    @property
    def surface_cache(self) -> Path:
        """Meshes for texturing, a cache."""
        return self.root / "textures" / ".surface"

    @property
    def layout_cache(self) -> Path:
        """UV layouts of meshes as they are rendered, a cache."""
        return self.root / "textures" / ".layouts"

    @property
    def view_cache(self) -> Path:
        """Views painted for textures that are not finished yet, a cache."""
        return self.root / "textures" / ".views"

    @property
    def picks(self) -> Path:
        """``picks.json``."""
        return self.root / "picks.json"

    def cut(self, name: str) -> Path:
        """``cuts/NAME.json``."""
        return self.root / "cuts" / f"{to_file_name(name)}.json"

    @property
    def reels(self) -> Path:
        """The folder that holds all reels."""
        return self.root / "reel"

    def reel(self, number: int) -> Path:
        """The folder of one reel."""
        return self.reels / folder_name(number)

    @property
    def reel_mark(self) -> Path:
        """The file that holds the highest reel number given."""
        return self.reels / ".numbers"

    def relative(self, path: Path) -> str:
        """A path as records and messages hold it: below the root, with forward slashes."""
        return path.relative_to(self.root).as_posix()

    def inside(self, relative: str) -> Path:
        """The path that a record or message names. Raises InputError when it leaves the project."""
        path = self.root / relative
        if not path.resolve().is_relative_to(self.root.resolve()):
            raise InputError(f"{relative} lies outside the project's folder {self.root}.")
        return path
