"""A look: what the pictures should look like, in a file that can be shared."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar


@dataclass(frozen=True)
class Look:
    """Words and settings. ``None`` leaves a setting to the engine's own default."""

    FORMAT: ClassVar[str] = "underpaint/look"
    VERSION: ClassVar[int] = 1

    name: str
    words: str
    avoid: str = ""
    steps: int | None = None
    guidance: float | None = None
    control_scales: dict[str, float] = field(default_factory=dict)
