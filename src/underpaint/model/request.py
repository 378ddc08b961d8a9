"""Requests: everything that affects a picture, in one frozen, versioned, hashable value."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from .codec import digest
from .look import Look

SeedPer = Literal["shot", "frame"]


@dataclass(frozen=True)
class EngineRef:
    """Which engine painted; ``fingerprint`` is the SHA-256 over its weights and settings."""

    name: str
    family: str
    licence: str
    fingerprint: str


@dataclass(frozen=True)
class ViewRef:
    """One picture to paint: a frame of a shot, with the hash of its passes."""

    shot: str
    frame: int
    passes: str


@dataclass(frozen=True)
class FrameRequest:
    """Paint frames of one shot. ``seed_per`` "shot" gives every frame the same noise."""

    FORMAT: ClassVar[str] = "underpaint/frame-request"
    VERSION: ClassVar[int] = 1

    engine: EngineRef
    look: Look
    seed: int
    seed_per: SeedPer
    width: int
    height: int
    views: tuple[ViewRef, ...]
    depth_range: tuple[float, float]

    @property
    def digest(self) -> str:
        """Equal requests give equal pictures on the same machine."""
        return digest(self)


@dataclass(frozen=True)
class TextureRequest:
    """Paint one object's texture from views of its shots' cameras. ``size`` is texels a side.

    ``depth_ranges`` are those of the views' shots, in the views' order.
    """

    FORMAT: ClassVar[str] = "underpaint/texture-request"
    VERSION: ClassVar[int] = 1

    engine: EngineRef
    look: Look
    seed: int
    size: int
    mesh: str
    views: tuple[ViewRef, ...]
    depth_ranges: tuple[tuple[float, float], ...] = ()

    @property
    def digest(self) -> str:
        """Equal requests give equal textures on the same machine."""
        return digest(self)
