"""Burn-in: a dark strip below the picture that says what it is and who made it.

The strip lies below and covers nothing, so it reads alike under dark and bright pictures. Its size
depends on the picture's size alone: all frames of a reel have one size, even both ways, as H.264
wants it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from math import sqrt

from PIL import Image, ImageDraw

from .lettering import Colour, Lettering
from .picture import fit

STRIP: Colour = (17, 17, 19)
_BRIGHT: Colour = (238, 236, 232)
_MUTED: Colour = (152, 150, 148)
_SMALLEST_TEXT = 11
_TEXT_SHARE = 0.0165
_ONE_ROW_EMS = 41


@dataclass(frozen=True)
class Slate:
    """What is burnt into a frame. ``timecode`` is the reel's, ``frame`` the scene's."""

    shot: str
    take: int
    frame: int
    timecode: str
    engine: str


@dataclass(frozen=True)
class _Layout:
    """Pixels of the strip below a picture of a given size."""

    text: int
    rows: int
    row: int
    pad: int

    @property
    def height(self) -> int:
        return self.rows * self.row + (self.row // 2 if self.rows > 1 else 0)


def reel_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of a burned-in frame of a picture of this size, both even."""
    tall = height + _layout(width, height).height
    return width + width % 2, tall + tall % 2


def plain_size(width: int, height: int) -> tuple[int, int]:
    """Width and height of a frame of the reel without a strip, both even."""
    return width + width % 2, height + height % 2


def without_strip(picture: Image.Image, size: tuple[int, int]) -> Image.Image:
    """The picture, fitted into ``size``, as a frame of ``plain_size(*size)``; an odd side repeats
    its last line."""
    picture = fit(picture, *size, STRIP)
    width, height = plain_size(*size)
    frame = Image.new("RGB", (width, height), STRIP)
    for at in ((width - size[0], height - size[1]), (width - size[0], 0), (0, height - size[1])):
        frame.paste(picture, at)
    frame.paste(picture, (0, 0))
    return frame


def burn_in(picture: Image.Image, slate: Slate, size: tuple[int, int] | None = None) -> Image.Image:
    """The picture, fitted into ``size`` (its own, when None), above its strip.

    The result is of ``reel_size(*size)``.
    """
    width, height = size or picture.size
    frame = Image.new("RGB", reel_size(width, height), STRIP)
    picture = fit(picture, width, height, STRIP)
    if frame.width > width:
        frame.paste(picture.crop((width - 1, 0, width, height)), (width, 0))
    frame.paste(picture, (0, 0))
    _write(ImageDraw.Draw(frame), slate, _layout(width, height), width, (height, frame.height))
    return frame


@cache
def _layout(width: int, height: int) -> _Layout:
    text = max(_SMALLEST_TEXT, round(_TEXT_SHARE * sqrt(width * height)))
    rows = 1 if width >= _ONE_ROW_EMS * text else 2
    return _Layout(text, rows, round(text * (2.2 if rows == 1 else 1.5)), round(text * 0.9))


@dataclass(frozen=True)
class _Pen:
    """Writes the parts of a slate onto a strip."""

    draw: ImageDraw.ImageDraw
    plain: Lettering
    bold: Lettering
    running: Lettering

    def name(self, at: tuple[float, float], shot: str, most: float) -> float:
        """The shot's name; returns where it ends."""
        text = self.bold.shorten(shot, most)
        self.bold.draw(self.draw, at, text, _BRIGHT)
        return at[0] + self.bold.width(text)

    def what(self, at: tuple[float, float], slate: Slate, most: float) -> float:
        """Take and frame; returns where they end."""
        text = self.plain.shorten(_what(slate), most)
        self.plain.draw(self.draw, at, text, _MUTED)
        return at[0] + self.plain.width(text)

    def label(self, right: float, y: float, engine: str, most: float) -> float:
        """Who painted, up to ``right``; returns where it starts."""
        text = self.plain.shorten(f"AI-assisted: {engine}", most)
        left = right - self.plain.width(text)
        self.plain.draw(self.draw, (left, y), text, _MUTED)
        return left

    def code(self, at: tuple[float, float], timecode: str) -> None:
        """The timecode, its digits standing still."""
        self.running.draw(self.draw, at, timecode, _BRIGHT)


def _write(
    draw: ImageDraw.ImageDraw, slate: Slate, layout: _Layout, width: int, strip: tuple[int, int]
) -> None:
    pen = _Pen(
        draw,
        Lettering("regular", layout.text),
        Lettering("semibold", layout.text),
        Lettering("semibold", layout.text, tabular=True),
    )
    rows = _baselines(layout, pen.plain.ascent, *strip)
    (_write_one_row if layout.rows == 1 else _write_two_rows)(pen, slate, layout, width, rows)


def _write_one_row(pen: _Pen, slate: Slate, layout: _Layout, width: int, rows: list[float]) -> None:
    """Shot, take and frame from the left, the label at the right, the timecode in the middle."""
    left, right, gap = layout.pad, width - layout.pad, layout.text
    code = pen.running.width(slate.timecode)
    end = pen.label(right, rows[0], slate.engine, 0.36 * width) - gap - code
    most = end - left - 2 * gap - pen.plain.width(_what(slate))
    after = pen.name((left, rows[0]), slate.shot, most) + gap
    after = pen.what((after, rows[0]), slate, end - after) + gap
    pen.code((min(max(after, (width - code) / 2), end), rows[0]), slate.timecode)


def _write_two_rows(
    pen: _Pen, slate: Slate, layout: _Layout, width: int, rows: list[float]
) -> None:
    """Shot and timecode above; take, frame and label below."""
    left, right, gap = layout.pad, width - layout.pad, layout.text
    code = right - pen.running.width(slate.timecode)
    pen.name((left, rows[0]), slate.shot, code - gap - left)
    pen.code((code, rows[0]), slate.timecode)
    beside = right - left - gap - pen.plain.width(_what(slate))
    least = pen.plain.width("AI-assisted:…")
    end = pen.label(right, rows[1], slate.engine, max(beside, least))
    pen.what((left, rows[1]), slate, end - gap - left)


def _what(slate: Slate) -> str:
    return f"take {slate.take:03d} · frame {slate.frame:04d}"


def _baselines(layout: _Layout, ascent: int, top: int, bottom: int) -> list[float]:
    """Baselines that centre the rows in the strip."""
    first = (top + bottom - (layout.rows - 1) * layout.row + ascent) / 2
    return [round(first + row * layout.row) for row in range(layout.rows)]
