"""The credits document: who and what made each picture of a reel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from .codec import UPGRADES, Plain
from .look import Look
from .request import Cadence, EngineRef, Mode, SeedPer, StandingRef
from .take import Pick

DIGITAL_SOURCE_TYPE = (
    "http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia"
)
"""IPTC's word for a picture that a trained model made out of one that people made."""

Chosen = Literal["picked", "named", "newest"]
"""Why a reel shows this take: a person picked it; the command that made the reel named it or had
just painted it; or nobody picked one of the shot, and it was the newest."""


@dataclass(frozen=True)
class Person:
    """Somebody who made the film, and what they did."""

    name: str
    role: str = ""


@dataclass(frozen=True)
class CreditedFile:
    """A file with the SHA-256 of its bytes. ``changed``: not as it was painted, a person edited it.

    Paths in credits are relative to the folder that credits.json lies in, with forward slashes.
    """

    file: str
    sha256: str
    changed: bool = False


@dataclass(frozen=True)
class CreditedPass:
    """What the engine was shown for a frame: the hash in its request, and the file while it lasts.

    ``file`` and ``sha256`` are None when the cached passes were gone or rendered anew since.
    """

    frame: int
    passes: str
    file: str | None = None
    sha256: str | None = None


@dataclass(frozen=True)
class ShotCredit:
    """One shot: what was asked of which engine, by whom, from what, and what came of it.

    ``blend`` is the file, without its folder, that the cached passes were rendered from.
    ``pick`` is the one that stood when the reel was made: of this take, or of the take that the
    reel shows another one in place of. ``chosen`` None: credits of version 1, which did not say.
    ``textures``: what an anchored shot started from, and ``repaint`` how far it could leave them.
    ``made_with``: libraries and device, as the take's record has them.
    """

    shot: str
    take: int
    painted: str
    painted_by: str
    engine: EngineRef
    look: Look
    seed: int
    seed_per: SeedPer
    width: int
    height: int
    start: int
    end: int
    pick: Pick | None
    chosen: Chosen | None
    inputs: tuple[CreditedPass, ...]
    frames: tuple[CreditedFile, ...]
    blend: str = ""
    mode: Mode = "each"
    cadence: Cadence = "ones"
    textures: tuple[StandingRef, ...] = ()
    repaint: float = 1.0
    made_with: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Credits:
    """``credits.json``. ``made`` says in sentences what people did and what the engine did."""

    FORMAT: ClassVar[str] = "underpaint/credits"
    VERSION: ClassVar[int] = 3

    title: str
    created: str
    underpaint: str
    people: tuple[Person, ...]
    made: tuple[str, ...]
    shots: tuple[ShotCredit, ...]
    outputs: tuple[CreditedFile, ...] = ()
    scene: CreditedFile | None = None
    digital_source_type: str = DIGITAL_SOURCE_TYPE


def _say_how_chosen(plain: Plain) -> Plain:
    """Version 1 left the pick out where another take was shown, for whatever reason."""
    shots = [{**s, "chosen": "picked" if s["pick"] else None} for s in plain["shots"]]
    return {**plain, "shots": shots}


def _painted_each(plain: Plain) -> Plain:
    """In the days of version 2 each frame was painted on its own, which is the fields' default."""
    return plain


UPGRADES[Credits.FORMAT, 1] = _say_how_chosen
UPGRADES[Credits.FORMAT, 2] = _painted_each
