"""Textures that stand while others are painted: what views show of them, and what is kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from ...errors import InputError
from ...library.hashes import sha256_of
from ...library.takes import Takes
from ...model.request import StandingRef, TextureRequest
from ...model.surface import SurfaceObject, SurfaceSet
from ...passes.arrays import Bools
from ...surface.footprints import Pose
from ...surface.shown import Shown
from ...wire.messages import StandingTexture
from ..engine import Held, Picture
from .mesh import Mesh, load_mesh
from .parts import repainted
from .png import read_png
from .views import Seen

_BASE = "basecolor.png"


@dataclass(frozen=True)
class Texture:
    """A take of an object's texture on disk. ``fits``: it still lies as it was painted."""

    item: SurfaceObject
    ref: StandingRef
    path: Path
    fits: bool

    @cached_property
    def colours(self) -> Picture:
        """S×S×3 sRGB. Raises InputError where the picture is not square any more."""
        picture = read_png(self.path)
        height, width = picture.shape[:2]
        if height != width:
            raise InputError(
                f"{self.path} has {width} × {height} pixels, and a texture is square: bring it "
                "back, or show another take."
            )
        return picture


class Standing:
    """The textures that stand. Raises InputError for one that is not there, and for a part of one
    that does not fit its object any more. ``unfitting``: the neighbours that do not, left out."""

    def __init__(
        self, asked: Sequence[StandingTexture], takes: Takes, surface: SurfaceSet, meshes: Path
    ) -> None:
        self._meshes = meshes
        items = {item.name: item for item in surface.objects}
        read = [read_texture(one, takes, items) for one in asked]
        self._textures = tuple(texture for texture in read if texture.fits)
        self.unfitting = tuple(texture.item.name for texture in read if not texture.fits)

    def only(self, seen: Sequence[Seen]) -> None:
        """Forget those that none of the views shows."""
        ids = set[int]().union(*(view.pixels for view in seen))
        self._textures = tuple(one for one in self._textures if one.item.id in ids)

    def refs(self, item: SurfaceObject) -> tuple[StandingRef, ...]:
        """What an object's request says of them: all neighbours, and a part of its own."""
        return tuple(
            texture.ref
            for texture in self._textures
            if not texture.ref.part or texture.item.name == item.name
        )

    @property
    def hashes(self) -> tuple[str, ...]:
        """Of all of them, with what of them stands."""
        return tuple(
            f"{t.item.mesh} {t.item.sha256} {t.ref.sha256} {t.ref.part}" for t in self._textures
        )

    def part(self, item: SurfaceObject) -> Picture | None:
        """The texture that an object keeps where its mesh's mask does not say otherwise."""
        for texture in self._textures:
            if texture.ref.part and texture.item.name == item.name:
                return texture.colours
        return None

    def held(self, seen: Seen) -> Held | None:
        """What a view shows of them; None where that is nothing."""
        textures = [texture for texture in self._textures if texture.item.id in seen.pixels]
        if not textures:
            return None
        height, width = seen.passes.depth.shape
        view = seen.painted(np.zeros((height, width, 3), np.uint8))
        shown = Shown.nothing(view)
        for texture in textures:
            mesh = load_mesh(self._meshes, texture.item, [seen.plan.index])
            index, known = seen.plan.index, _known(texture, mesh)
            placed = mesh.each(index, mesh.matrices[index])
            poses = (Pose(view, at.positions, at.normals) for at in placed)
            shown.add(texture.item.id, mesh.uv, poses, texture.colours, known)
        return Held(*shown.picture(view))


def read_texture(
    asked: StandingTexture, takes: Takes, items: Mapping[str, SurfaceObject]
) -> Texture:
    """A texture that stands. Raises InputError where it is not there, or does not fit at all."""
    if asked.object not in items:
        raise InputError(
            f'The texture of "{asked.object}" is to stand, but its mesh was not written: paint the '
            "textures from Blender, which writes it."
        )
    take = takes.load(asked.object, asked.take)
    path = takes.folder(take) / _BASE
    if not path.is_file():
        raise InputError(f"{path} is not there: show another take of {asked.object} and try again.")
    item = items[asked.object]
    fits = _fits(take.texture_request, item)
    if asked.part and not fits:
        raise InputError(
            f"{item.name} has another UV map or other faces than take {asked.take} was painted "
            "for, so that no part of it can stay: paint all of it first."
        )
    now = sha256_of(path)  # and not what the record says: somebody may have painted over it
    ref = StandingRef(asked.object, now, asked.part)
    return Texture(item, ref, path, fits)


def _fits(request: TextureRequest | None, item: SurfaceObject) -> bool:
    """Whether a texture lies on the object as it was painted; a tile lies by no map at all. What
    was kept before layouts were is taken to fit where the map's name is the same."""
    if request is None or request.uv_map != item.uv_map:
        return False
    return request.layout == item.layout or not (request.layout and item.layout)


def _known(texture: Texture, mesh: Mesh) -> Bools:
    """S×S: where a texture stands in the views; all of it, or what its mesh's mask leaves."""
    size = len(texture.colours)
    if not texture.ref.part:
        return np.ones((size, size), bool)
    known: Bools = repainted(mesh, size, texture.item.name) <= 0
    return known
