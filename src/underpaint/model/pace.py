"""What work took on this machine, and what more of it will take."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal

from .look import Look
from .request import Cadence, Mode

Kind = Literal["passes", "engine", "frames", "views", "textures", "tiles", "reel"]
"""What a unit is: a frame's passes, an engine loaded, a frame painted, a view painted for textures,
an object's texture (its files; the time is its views'), a tile, a frame of a reel."""


@dataclass(frozen=True)
class Pace:
    """One piece of work that was measured: ``units`` of it took ``seconds`` and wrote ``bytes``.

    ``what`` tells what decides its pace, the weightiest first: the file whose passes were rendered;
    the engine, the mode, how many steps. ``pixels``: of one unit's picture, 0 where it has none.
    ``when``: ISO 8601, UTC.
    """

    FORMAT: ClassVar[str] = "underpaint/pace"
    VERSION: ClassVar[int] = 1

    when: str
    kind: Kind
    what: tuple[str, ...]
    pixels: int
    units: int
    seconds: float
    bytes: int = 0
    underpaint: str = ""


@dataclass(frozen=True)
class Work:
    """``units`` of one kind that are wanted, of which ``standing`` are there already."""

    kind: Kind
    what: tuple[str, ...]
    pixels: int
    units: int
    standing: int = 0


@dataclass(frozen=True)
class WorkEstimate:
    """What a piece of work will take: seconds from ``least`` to ``most``, and bytes of disk.

    ``guessed``: this machine has never done the like.
    """

    kind: Kind
    units: int
    standing: int
    least: float
    most: float
    bytes: int
    guessed: bool

    @property
    def seconds(self) -> float:
        """The likeliest."""
        return math.sqrt(self.least * self.most)


def painting_what(
    engine: str, look: Look, batch: int = 1, mode: Mode = "each", cadence: Cadence = "ones"
) -> tuple[str, ...]:
    """What decides the pace of painting; ``engine`` and ``look`` as they are asked for."""
    steps = "its own" if look.steps is None else str(look.steps)
    manner = mode if cadence == "ones" else f"{mode} on {cadence}"
    return engine, manner, f"{steps} steps", f"{batch} at once"
