"""What the worker needs to know of the meshes that it textures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class SurfaceView:
    """A view the meshes were exported for; ``index`` is its number in the npz array names."""

    index: int
    shot: str
    frame: int


@dataclass(frozen=True)
class SurfaceObject:
    """An object and its mesh file (npz beside surface.json) with the SHA-256 of its content.

    The npz holds ``uv`` (T, 3, 2) and either ``positions`` and ``normals`` (T, 3, 3), for a mesh
    that stays as it is in all views, or ``positions_<index>`` and ``normals_<index>`` a view.
    """

    id: int
    name: str
    mesh: str
    sha256: str


@dataclass(frozen=True)
class SurfaceSet:
    """``textures/surface.json``."""

    FORMAT: ClassVar[str] = "underpaint/surface"
    VERSION: ClassVar[int] = 1

    uv_map: str
    views: tuple[SurfaceView, ...]
    objects: tuple[SurfaceObject, ...]
