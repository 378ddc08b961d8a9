"""Text in any script on a picture: the right font for each letter, and cutting text to a width."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import resources
from itertools import groupby
from pathlib import Path
from typing import Literal

from PIL import ImageDraw, ImageFont, features

Weight = Literal["regular", "semibold"]
Colour = tuple[int, int, int]

_WEIGHTS: dict[Weight, str] = {"regular": "Inter-Regular.otf", "semibold": "Inter-SemiBold.otf"}
_NOTO = (
    *("Devanagari", "Bengali", "Gurmukhi", "Gujarati", "Oriya", "Tamil", "Telugu", "Kannada"),
    *("Malayalam", "Sinhala", "Thai", "Khmer", "Myanmar", "Ethiopic"),
)
_FALLBACKS = (
    "DejaVuSans.ttf",
    *(f"NotoSans{script}-Regular.ttf" for script in _NOTO),
    "DroidSansFallback.ttf",
)
_UNKNOWN = "\u25af"
"""▯ stands for a letter that no font has."""
_NO_LETTER = "\U0010ffff"
_PROBE_SIZE = 16
_JOINERS = "\u200c\u200d"


@dataclass(frozen=True)
class Lettering:
    """A weight and a size in pixels. Positions are of the left end of the baseline.

    ``tabular`` digits have one width, so that running numbers stand still; they need a Pillow that
    shapes text, as its wheels do.
    """

    weight: Weight
    size: int
    tabular: bool = False

    @cached_property
    def ascent(self) -> int:
        """Pixels from the baseline to the top of a capital letter."""
        return -round(_font(_WEIGHTS[self.weight], self.size).getbbox("H", anchor="ls")[1])

    def width(self, text: str) -> int:
        """Pixels that a line of text takes."""
        return round(
            sum(font.getlength(part, features=self._features) for font, part in self._runs(text))
        )

    def draw(
        self, draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, fill: Colour
    ) -> None:
        """Write one line."""
        x, y = at
        for font, part in self._runs(text):
            draw.text((x, y), part, font=font, fill=fill, anchor="ls", features=self._features)
            x += font.getlength(part, features=self._features)

    def shorten(self, text: str, width: float) -> str:
        """The text, or as much of it as fits with an ellipsis."""
        text = clean(text)
        if self.width(text) <= width:
            return text
        clusters = list(_clusters(text))
        kept = self._fitting(clusters, width, "…")
        return "".join(clusters[:kept]).rstrip() + "…" if kept > 0 else ""

    def wrap(self, text: str, width: float, most_lines: int) -> list[str]:
        """Lines no wider than ``width``; what does not fit into them ends in an ellipsis."""
        lines: list[str] = []
        rest = clean(text)
        while rest and len(lines) < most_lines - 1:
            line, rest = self._split(rest, width)
            lines.append(line)
        return [*lines, self.shorten(rest, width)] if rest else lines

    @cached_property
    def _features(self) -> list[str] | None:
        return ["tnum"] if self.tabular and features.check("raqm") else None

    def _split(self, text: str, width: float) -> tuple[str, str]:
        """One line's worth, broken at a space where there is one, and the rest."""
        if self.width(text) <= width:
            return text, ""
        clusters = list(_clusters(text))
        fitting = "".join(clusters[: max(1, self._fitting(clusters, width))])
        space = fitting.rfind(" ")
        cut = space if space > 0 and text[len(fitting)] != " " else len(fitting)
        return text[:cut].rstrip(), text[cut:].lstrip()

    def _fitting(self, clusters: list[str], width: float, tail: str = "") -> int:
        """How many of the first clusters fit with ``tail`` after them; −1 if not even that does."""

        def wide(count: int) -> int:
            return self.width("".join(clusters[:count]).rstrip() + tail)

        return bisect_right(range(len(clusters) + 1), width, key=wide) - 1

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        """Stretches of the text that one font can write."""
        first = _WEIGHTS[self.weight]
        marked: list[tuple[str, str]] = []
        for cluster in _clusters(clean(text)):
            name = _font_for(cluster, first)
            if cluster.isspace() and marked:
                name = marked[-1][0]  # a space does not break a run
            marked.append((name or _FALLBACKS[0], cluster if name else _UNKNOWN))
        for name, group in groupby(marked, key=lambda pair: pair[0]):
            yield _font(name, self.size), "".join(cluster for _, cluster in group)


def clean(text: str) -> str:
    """One line of composed letters, without control characters."""
    kept = (
        char
        for char in unicodedata.normalize("NFC", re.sub(r"\s+", " ", text))
        if unicodedata.category(char) not in ("Cc", "Cf", "Cs") or char in _JOINERS
    )
    return "".join(kept).strip()


def _clusters(text: str) -> Iterator[str]:
    """Letters with the marks and joiners that belong to them."""
    cluster = ""
    for char in text:
        joined = (
            char in _JOINERS or cluster[-1:] in _JOINERS or unicodedata.category(char)[0] == "M"
        )
        if cluster and not joined:
            yield cluster
            cluster = ""
        cluster += char
    if cluster:
        yield cluster


@cache
def _font_for(cluster: str, first: str) -> str | None:
    """The first font that has all of a cluster's letters."""
    letters = [char for char in cluster if char not in _JOINERS]
    return next((n for n in (first, *_FALLBACKS) if all(_has(n, char) for char in letters)), None)


@cache
def _has(name: str, char: str) -> bool:
    """Whether the font draws this letter otherwise than a letter that no font has."""
    return char.isspace() or _drawn(name, char) != _drawn(name, _NO_LETTER)


def _drawn(name: str, char: str) -> tuple[tuple[int, int], bytes]:
    mask = _font(name, _PROBE_SIZE, ImageFont.Layout.BASIC).getmask(char)
    return mask.size, bytes(mask)


@cache
def _font(name: str, size: int, layout: ImageFont.Layout | None = None) -> ImageFont.FreeTypeFont:
    """A font that we ship; ``layout`` None shapes text as well as this machine's Pillow can."""
    path = Path(str(resources.files("underpaint"))) / "assets" / "fonts" / name
    return ImageFont.truetype(str(path), size, layout_engine=layout)
