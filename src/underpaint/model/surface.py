"""What the worker needs to know of the meshes that it textures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .codec import UPGRADES, Plain

UvChoice = Literal["own", "artist"]
"""Whose UV maps textures lie by: ours, or the ones that objects render with."""


@dataclass(frozen=True)
class SurfaceView:
    """A view the meshes were exported for; ``index`` is its number in the npz array names."""

    index: int
    shot: str
    frame: int


@dataclass(frozen=True)
class SurfaceObject:
    """An object and its mesh file (npz beside surface.json) with the SHA-256 of its content.

    The npz holds ``uv`` (T, 3, 2), of the UV map ``uv_map``; ``positions`` and ``normals``
    (T, 3, 3), the triangles' corners in the mesh's own space; and ``matrices`` (P, 4, 4), which
    place it in the world, once for the object and once for each instance of it. Where the mesh
    deforms there are ``positions_<index>`` and ``normals_<index>`` a view instead, and where
    anything moves ``matrices_<index>``. ``mask`` (T, 3), 0…1, says where it is to be
    painted; without it that is everywhere. ``layout`` is a digest of the UV map over its faces: a
    texture fits as long as that stays. Empty: of a set from before it was kept.
    """

    id: int
    name: str
    mesh: str
    sha256: str
    uv_map: str
    layout: str = ""


@dataclass(frozen=True)
class SurfaceSet:
    """``textures/surface.json``."""

    FORMAT: ClassVar[str] = "underpaint/surface"
    VERSION: ClassVar[int] = 2

    views: tuple[SurfaceView, ...]
    objects: tuple[SurfaceObject, ...]


def _name_maps_by_object(plain: Plain) -> Plain:
    """A set of version 1 named one UV map for all; its npz had corners in world space alone."""
    objects = [{**item, "uv_map": plain["uv_map"]} for item in plain["objects"]]
    return {"views": plain["views"], "objects": objects}


UPGRADES[SurfaceSet.FORMAT, 1] = _name_maps_by_object
