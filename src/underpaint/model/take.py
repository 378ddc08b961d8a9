"""Takes, picks and reels as they are recorded on disk."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from ..errors import FormatError
from .codec import UPGRADES, Plain
from .request import (
    AtlasRequest,
    FrameRequest,
    Request,
    TextureRequest,
    TileRequest,
    count_recipes,
    paint_each,
)


@dataclass(frozen=True)
class FileRecord:
    """A file beside its record, with the SHA-256 of its bytes. ``frame`` is None for textures.

    ``taken_from``: the number of the take of the same subject that the picture was painted for.
    ``metres``: of a height map, how far apart its black and its white lie.
    """

    file: str
    sha256: str
    frame: int | None = None
    taken_from: int | None = None
    metres: float | None = None


@dataclass(frozen=True)
class Take:
    """``take.json``: one immutable result of one request.

    ``made_with``: versions of the engine's libraries, and its device, where it was finished; empty
    where nothing was painted there.
    """

    FORMAT: ClassVar[str] = "underpaint/take"
    VERSION: ClassVar[int] = 3

    subject: str
    number: int
    created: str
    by: str
    seconds: float
    files: tuple[FileRecord, ...]
    frame_request: FrameRequest | None = None
    texture_request: TextureRequest | None = None
    underpaint: str = ""
    tile_request: TileRequest | None = None
    atlas_request: AtlasRequest | None = None
    made_with: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self._requests) != 1:
            raise FormatError("a take holds one request: for frames, textures, a tile or an atlas.")

    @property
    def request(self) -> Request:
        """The request it is the result of."""
        return self._requests[0]

    @property
    def _requests(self) -> tuple[Request, ...]:
        held = (
            self.frame_request,
            self.texture_request,
            self.tile_request,
            self.atlas_request,
        )
        return tuple(request for request in held if request is not None)


@dataclass(frozen=True)
class Pick:
    """A person's choice of a take."""

    take: int
    by: str
    when: str


@dataclass(frozen=True)
class Picks:
    """``picks.json``: shot name → pick, object name → pick."""

    FORMAT: ClassVar[str] = "underpaint/picks"
    VERSION: ClassVar[int] = 1

    shots: dict[str, Pick] = field(default_factory=dict)
    textures: dict[str, Pick] = field(default_factory=dict)


def _count_recipes(plain: Plain) -> Plain:
    """A take holds its request without a version of its own."""
    requests = {key: plain.get(key) for key in ("frame_request", "texture_request")}
    return {**plain, **{key: count_recipes(item) for key, item in requests.items() if item}}


UPGRADES[Take.FORMAT, 1] = _count_recipes
UPGRADES[Take.FORMAT, 2] = paint_each
