"""What paints, seen from the jobs: a protocol, and the values that go in and out.

Nothing of numpy is loaded here: the doctor must work in a Python that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from ..model.request import EngineRef

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

Picture: TypeAlias = "npt.NDArray[np.float32]"
"""height × width × 3, sRGB, 0…1, row 0 on top."""

CONTROLS = ("depth", "normal", "edges", "segments")
"""The control images that passes can be made into."""


@dataclass(frozen=True)
class EngineInfo:
    """What an engine is and wants. ``vocabulary`` None: it has heard of every word.

    ``least``: pixels a side below which it does not paint well, so that a part of a picture is
    painted with as much around it. ``attends``: views that it paints together can look at the first
    of them.
    """

    ref: EngineRef
    controls: tuple[str, ...]
    multiple: int
    steps: int
    guidance: float
    vocabulary: frozenset[str] | None = None
    least: int = 512
    attends: bool = False


@dataclass(frozen=True)
class View:
    """One picture to paint: its control images, H×W×3 each, by kind, the seed of its noise, and the
    picture that it is painted over, if there is one."""

    controls: Mapping[str, Picture]
    seed: int
    start: Picture | None = None


@dataclass(frozen=True)
class PaintSettings:
    """How to paint. Guidance 1 is none; a control left out of the scales has scale 1.

    ``seamless``: every picture's right edge goes on at its left one, and its lower at its upper, as
    far as the engine can; controls must do so themselves. ``strength``: how much of the views'
    ``start`` is painted anew, from 0, nothing, to 1, everything; below 1 all views need one.
    ``attend``: how much views that are painted together look at the first of them, from 0, not at
    all, to 1, as at themselves; engines that do not ``attend`` pass over it.
    """

    words: str
    avoid: str = ""
    steps: int = 20
    guidance: float = 5.0
    control_scales: Mapping[str, float] = field(default_factory=dict)
    seamless: bool = False
    strength: float = 1.0
    attend: float = 0.0


Preview: TypeAlias = "Callable[[], Picture]"
"""Decodes the first view as it stands, small and cheap; costs nothing unless called."""

OnStep: TypeAlias = "Callable[[int, int, Preview], None]"
"""Called as (step, steps, preview) after every denoising step; what it raises ends the painting."""


@dataclass(frozen=True)
class Held:
    """What stands in a view already: ``picture`` H×W×3, and where, ``mask`` H×W: 1 stays, 0 does
    not."""

    picture: Picture
    mask: Picture


class Together(Protocol):
    """What makes views agree that are painted together. All arrays are h×w×C, one a view, where
    h and w are those of the pictures divided by ``step``: 1 for pictures, else latents."""

    @property
    def held(self) -> Sequence[Held | None]:
        """What stands already, for each of the views to be painted."""

    @property
    def finished(self) -> Sequence[Picture]:
        """Pictures H×W×3 that were painted before: they have a say, and stay as they are."""

    def noise(self, step: int, channels: int, number: int) -> list[Picture]:
        """Unit Gaussian noise for latents that sticks to what the views show; ``number`` tells
        that which painting starts from, 0, from that which a scheduler adds later."""

    def agree(self, values: Sequence[Picture], step: int, sharpness: float) -> list[Picture]:
        """The views' values, where each place has the mean over the views that show it, weighted by
        how well they do, raised to ``sharpness``; ``values`` are those of the views, then those of
        the finished ones."""


class Engine(Protocol):
    """An engine that is loaded. One thread uses it."""

    @property
    def info(self) -> EngineInfo:
        """What it is and wants."""

    @property
    def made_with(self) -> Mapping[str, str]:
        """On what its pictures depend besides its files: versions of libraries, and the device."""

    def paint(
        self,
        views: Sequence[View],
        settings: PaintSettings,
        on_step: OnStep,
        together: Together | None = None,
    ) -> list[Picture]:
        """Paint these views as one batch; with ``together``, so that they agree on what they show.

        All are of one size, a multiple of ``info.multiple``. The same views, settings and seeds
        give the same pictures. Raises EngineError when it cannot, such as for lack of memory,
        and whatever ``on_step`` raises.
        """

    def unread(self, words: str) -> str:
        """The end of the words that it has no room for; empty where it reads them all."""

    def close(self) -> None:
        """Free its memory."""
