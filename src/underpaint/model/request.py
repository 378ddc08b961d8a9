"""Requests: everything that affects a picture, in one frozen, versioned, hashable value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .codec import UPGRADES, Plain, digest
from .look import Look

RECIPE = 7
"""How this Underpaint makes a picture of what a request names. Raise it by one with every change of
the code that changes pictures: of the controls, of the noise, of the baking, of keys and what lies
between. Otherwise a take that was painted the old way is taken for what the new way would paint.
``tests/unit/test_recipe.py`` notices most of it. 0: takes from before recipes were counted, which
no new request equals."""

SeedPer = Literal["shot", "frame"]

Mode = Literal["steady", "each", "anchored"]
"""How the frames of a shot come about: key frames are painted and the others gathered from them;
each is painted on its own; or as steady, with keys that start from the painted textures."""

Cadence = Literal["ones", "twos", "threes", "keys"]
"""For how many frames a drawing stays: one, two, three, or until the next key frame."""


@dataclass(frozen=True)
class EngineRef:
    """Which engine painted; ``fingerprint`` is the SHA-256 over its weights and settings."""

    name: str
    family: str
    licence: str
    fingerprint: str


@dataclass(frozen=True)
class ViewRef:
    """One picture to paint: a frame of a shot, with the hash of its passes.

    ``say``: how much it counts among the views of a texture.
    """

    shot: str
    frame: int
    passes: str
    say: float = 1.0


@dataclass(frozen=True)
class StandingRef:
    """A texture that stood while another was painted: whose, and the SHA-256 of its base colour.

    ``part``: it is an earlier take of the very object, which is kept beside what is painted anew.
    """

    object: str
    sha256: str
    part: bool = False


@dataclass(frozen=True)
class KeptFrame:
    """A frame of an earlier take that stays, because nothing in it changed: by its SHA-256."""

    frame: int
    sha256: str


@dataclass(frozen=True)
class FrameRequest:
    """Paint frames of one shot. ``seed_per`` "shot" gives every frame the same noise.

    ``batch``: how many frames are painted at once, which changes the last bits of a picture.
    ``kept``: frames that are not painted; those beside them go on from them. ``standing``: the
    textures that an anchored shot starts from, and ``repaint``, 0…1, how far it may leave them.
    ``phase``: where drawings stay for several frames, how many frames the first view comes after
    one that is drawn by the shot's own count; 0 where every frame is drawn, or between keys none.
    """

    FORMAT: ClassVar[str] = "underpaint/frame-request"
    VERSION: ClassVar[int] = 3

    engine: EngineRef
    look: Look
    seed: int
    seed_per: SeedPer
    width: int
    height: int
    views: tuple[ViewRef, ...]
    depth_range: tuple[float, float]
    batch: int = 1
    mode: Mode = "each"
    cadence: Cadence = "ones"
    kept: tuple[KeptFrame, ...] = ()
    standing: tuple[StandingRef, ...] = ()
    repaint: float = 1.0
    phase: int = 0
    recipe: int = RECIPE

    @property
    def manner(self) -> str:
        """In two or three words how its frames come about; empty for what nobody needs to be told:
        steady, with a drawing for every frame."""
        mode = {"steady": "", "each": "each", "anchored": f"anchored {self.repaint:.2g}"}[self.mode]
        on = {"ones": "", "keys": "keys only"}.get(self.cadence, f"on {self.cadence}")
        return ", ".join(filter(None, (mode, on)))

    @property
    def digest(self) -> str:
        """Equal requests give equal pictures on the same machine."""
        return digest(self)


@dataclass(frozen=True)
class TextureRequest:
    """Paint one object's texture from views of its shots' cameras.

    ``size`` is the most texels a side: an object that its views show small gets fewer.
    ``depth_ranges`` are those of the views' shots, in the views' order. ``uv_map`` names the map by
    which the texture lies on the object, ``standing`` what was seen in the views already.
    ``layout`` is a digest of that map, empty in requests from before it was kept.
    """

    FORMAT: ClassVar[str] = "underpaint/texture-request"
    VERSION: ClassVar[int] = 2

    engine: EngineRef
    look: Look
    seed: int
    size: int
    mesh: str
    views: tuple[ViewRef, ...]
    depth_ranges: tuple[tuple[float, float], ...] = ()
    uv_map: str = "Underpaint"
    standing: tuple[StandingRef, ...] = ()
    layout: str = ""
    recipe: int = RECIPE

    @property
    def digest(self) -> str:
        """Equal requests give equal textures on the same machine."""
        return digest(self)


Facing = Literal["ground", "wall"]
"""What a tile is for, which is what an engine is shown: a floor seen from above, or a wall."""


HEIGHT_TEXELS = 1.8
"""How many texels wide the way from black to white of a derived height map is."""


@dataclass(frozen=True)
class TileRequest:
    """Paint one square that repeats without a seam. ``size``: the most texels a side; ``metres``:
    the side of the square as it is laid; ``relief``: what is laid in it (``surface.relief``)."""

    FORMAT: ClassVar[str] = "underpaint/tile-request"
    VERSION: ClassVar[int] = 1

    engine: EngineRef
    look: Look
    seed: int
    size: int
    facing: Facing
    metres: float
    relief: str = "flat"
    recipe: int = RECIPE

    @property
    def digest(self) -> str:
        """Equal requests give equal tiles on the same machine."""
        return digest(self)


ATLAS_SIDE = 8192
"""Texels a side that a picture may have in every Blender and on every GPU."""
ATLAS_PADDING = 16
"""Texels around a texture in an atlas that repeat its edge, so that none bleeds into its neighbour,
nor into a smaller copy of the sheet as renderers make them, down to a sixteenth."""
MOST_IN_ATLAS = ATLAS_SIDE - 2 * ATLAS_PADDING
"""Texels a side of the largest texture that an atlas holds."""


@dataclass(frozen=True)
class AtlasCell:
    """Where an object's texture lies in an atlas, in texels from its upper left; ``sha256`` is that
    of the texture's base colour."""

    object: str
    take: int
    sha256: str
    left: int
    top: int
    side: int


@dataclass(frozen=True)
class AtlasRequest:
    """Pack textures that stand into one picture. Nothing is painted."""

    FORMAT: ClassVar[str] = "underpaint/atlas-request"
    VERSION: ClassVar[int] = 1

    width: int
    height: int
    padding: int
    cells: tuple[AtlasCell, ...]

    @property
    def digest(self) -> str:
        """Equal requests give equal atlases."""
        return digest(self)


Request = FrameRequest | TextureRequest | TileRequest | AtlasRequest
"""What a take is the result of."""


def count_recipes(plain: Plain) -> Plain:
    """A request of version 1 said nothing of the recipe."""
    return {**plain, "recipe": 0}


def paint_each(plain: Plain) -> Plain:
    """A request of version 2 knew one way: each frame on its own, which is the default."""
    return plain


UPGRADES[FrameRequest.FORMAT, 1] = count_recipes
UPGRADES[FrameRequest.FORMAT, 2] = paint_each
UPGRADES[TextureRequest.FORMAT, 1] = count_recipes
