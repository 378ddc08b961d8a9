"""The atlases job: textures that stand, packed into pictures that objects near each other share.

Every map that one of the textures has is packed alike; where another has none, the sheet holds what
a surface without that map is. Nothing is painted, and the textures stay as they are.
"""

from __future__ import annotations

import io
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from ...errors import InputError
from ...library.hashes import sha256_of
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import ATLAS_PADDING, MOST_IN_ATLAS, AtlasCell, AtlasRequest
from ...model.take import Take
from ...surface.atlas import Sheet, drawn, groups, packed
from ...wire.messages import AtlasTexture, PackAtlases, TakeDone
from ..job import Job
from ..studio import Studio
from .png import UNREADABLE

Array = npt.NDArray[Any]

_BASE = "basecolor.png"
_WITHOUT: Mapping[str, tuple[float, ...]] = {
    _BASE: (0.5, 0.5, 0.5),
    "roughness.png": (1.0,),
    "height.png": (0.5,),
    "normal.png": (0.5, 0.5, 1.0),
    "mask.png": (0.0,),
}
"""The maps that are packed → what a surface without the map has there, 0…1."""


def pack_atlases(asked: PackAtlases, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Pack the textures into atlases, each a take; makes nothing else.

    Raises InputError for a texture that is not there, is not square or is too large for any atlas.
    """
    project = Project(Path(asked.project))
    textures = Takes(project, "textures")
    found = [_Texture(texture, textures) for texture in asked.textures]
    if not found:
        raise InputError("There is no texture to pack: paint some first.")
    sharing = groups([t.asked.centre for t in found], [t.side for t in found])
    for number, group in enumerate(sharing):
        job.check()
        job.progress(number, len(sharing), f"Atlas {number + 1} of {len(sharing)}")
        _pack(f"Atlas {number + 1:02d}", [found[i] for i in group], asked, job)
    return ()


class _Texture:
    """A texture take and the size of its pictures."""

    def __init__(self, asked: AtlasTexture, takes: Takes) -> None:
        self.asked = asked
        self.take = takes.load(asked.object, asked.take)
        self._folder = takes.folder(self.take)
        if self.take.tile_request is not None:
            raise InputError(f"{asked.object} wears a tile, which repeats: no atlas can hold it.")
        width, height = _open(self._folder / _BASE).size
        if width != height or width > MOST_IN_ATLAS:
            raise InputError(
                f"The texture of {asked.object} has {width} × {height} texels: an atlas holds "
                f"squares of up to {MOST_IN_ATLAS}."
            )
        self.side = width

    @property
    def sha256(self) -> str:
        """Of the base colour as it lies there: somebody may have painted over it."""
        return sha256_of(self._folder / _BASE)

    def has(self, name: str) -> bool:
        return any(record.file == name for record in self.take.files)

    def read(self, name: str) -> Array:
        """A map as it lies on disk: (side, side) or (side, side, 3), of 8 or 16 bits."""
        picture = np.asarray(_open(self._folder / name))
        if picture.shape[:2] != (self.side, self.side):
            raise InputError(f"{self._folder / name} has another size than its base colour.")
        return picture


def _pack(subject: str, textures: Sequence[_Texture], asked: PackAtlases, job: Job) -> None:
    started = time.monotonic()
    sheet = packed([texture.side for texture in textures])
    assert sheet is not None, "groups are made so that each fits"
    request = _request(sheet, textures)
    atlases = Takes(Project(Path(asked.project)), "atlases")
    take = atlases.find(request, atlases.list(subject))
    known = take is not None
    if take is None:
        with atlases.begin(request, subject) as unfinished:
            for name in _WITHOUT:
                if any(texture.has(name) for texture in textures):
                    unfinished.add_file(name, _png(_drawn(name, sheet, textures)))
                job.check()
            take = unfinished.finish(asked.by, time.monotonic() - started)
    _tell(take, atlases, job, reused=known)


def _request(sheet: Sheet, textures: Sequence[_Texture]) -> AtlasRequest:
    cells = tuple(
        AtlasCell(t.asked.object, t.asked.take, t.sha256, *sheet.places[number], t.side)
        for number, t in enumerate(textures)
    )
    return AtlasRequest(sheet.width, sheet.height, ATLAS_PADDING, cells)


def _drawn(name: str, sheet: Sheet, textures: Sequence[_Texture]) -> Array:
    """One map's sheet, in the form in which the first texture that has it is written."""
    pictures = {n: texture.read(name) for n, texture in enumerate(textures) if texture.has(name)}
    first = next(iter(pictures.values()))
    for number, picture in pictures.items():
        if (picture.dtype, picture.shape[2:]) != (first.dtype, first.shape[2:]):
            raise InputError(
                f"{name} of {textures[number].asked.object} is written in another way than its "
                "neighbours': paint their textures again, together."
            )
    channels = first.shape[2] if first.ndim == 3 else 1
    values = np.resize(np.array(_WITHOUT[name]), channels) * np.iinfo(first.dtype).max
    ground = np.rint(values).astype(first.dtype)
    return drawn(sheet, pictures, ground if first.ndim == 3 else ground[0])


def _open(path: Path) -> Image.Image:
    try:
        picture = Image.open(path)
        picture.load()
    except UNREADABLE as error:
        raise InputError(f"{path} cannot be read: {error}.") from error
    return picture


def _png(picture: Array) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "PNG", compress_level=4)
    return stream.getvalue()


def _tell(take: Take, atlases: Takes, job: Job, *, reused: bool) -> None:
    folder = atlases.project.relative(atlases.folder(take))
    files = atlases.files(take)
    job.send(TakeDone(job.number, "atlases", take.subject, take.number, folder, reused, files))
