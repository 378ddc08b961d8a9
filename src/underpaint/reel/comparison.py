"""Takes side by side: a column a take and a row a frame; or one picture, parted between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from PIL import Image, ImageDraw

from .lettering import Colour, Lettering
from .page import (
    ACCENT,
    BAND_GAP,
    BEHIND,
    BRIGHT,
    CAPTION,
    GAP,
    GUTTER,
    INNER,
    LINE,
    MARGIN,
    MOST_COLUMNS,
    MOST_ENLARGED,
    MUTED,
    NAME,
    NAME_HEIGHT,
    NARROWEST,
    PAPER,
    SOFT,
    SUBTITLE,
    TITLE,
    write_upward,
)
from .picture import Picture, fit, to_image

_DARK: Colour = (12, 12, 14)
_MOST_NOTES = 3
_WIDEST = 3840
"""Pixels of a video's width; wider ones many players refuse."""


@dataclass(frozen=True)
class Side:
    """One take: its pictures from top to bottom, and what is said of it.

    ``mark``: "picked" or "rejected", or empty. ``facts`` and ``notes`` are lines below it.
    """

    name: str
    mark: str
    pictures: tuple[Picture, ...]
    facts: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()


def side_by_side(
    sides: Sequence[Side], rows: Sequence[str], title: str, subtitle: str
) -> Image.Image:
    """The sheet; more takes than fit beside each other go on in the next band.

    ``rows`` name each side's pictures, as "frame 1". Raises InputError for what is no picture.
    """
    width, height, columns = _cell(sides)
    inner = columns * width + (columns - 1) * GUTTER
    blocks = [_draw_side(side, width, height) for side in sides]
    bands = [blocks[i : i + columns] for i in range(0, len(blocks), columns)]
    heights = [max(block.height for block in band) for band in bands]
    head = _draw_head(inner, title, subtitle)
    tall = 2 * MARGIN + head.height + sum(heights) + (len(bands) - 1) * BAND_GAP
    sheet = Image.new("RGB", (inner + 2 * MARGIN, tall), PAPER)
    sheet.paste(head, (MARGIN, MARGIN))
    top = MARGIN + head.height
    for band, tallest in zip(bands, heights, strict=True):
        for index, block in enumerate(band):
            sheet.paste(block, (MARGIN + index * (width + GUTTER), top))
        _write_rows(sheet, rows, top + NAME_HEIGHT, height)
        top += tallest + BAND_GAP
    return sheet


def wiped(sides: Sequence[Side], share: float) -> Image.Image:
    """One picture of the first's size, its first ``share`` from the first side, the rest from the
    second; three or more have equal parts. Every side gives its first picture."""
    pictures = [to_image(side.pictures[0]) for side in sides]
    width, height = pictures[0].size
    count = len(sides)
    cuts = [share] if count == 2 else [index / count for index in range(1, count)]
    edges = [0, *(round(cut * width) for cut in cuts), width]
    result = Image.new("RGB", (width, height), BEHIND)
    for picture, (left, right) in zip(pictures, pairwise(edges), strict=True):
        shown = fit(picture, width, height, BEHIND)
        result.paste(shown.crop((left, 0, right, height)), (left, 0))
    line = max(1, round(width / 960))
    draw = ImageDraw.Draw(result)
    for edge in (edge for edge in edges[1:-1] if 0 < edge < width):
        draw.rectangle((edge - line, 0, edge + 2 * line - 1, height), fill=_DARK)
        draw.rectangle((edge, 0, edge + line - 1, height), fill=BRIGHT)
    for side, (left, right) in zip(sides, pairwise(edges), strict=True):
        _write_label(draw, side, left, right, height)
    return result


def strip(sides: Sequence[Side]) -> Image.Image:
    """The first pictures of all sides in a row, each with its name: a frame of a video."""
    pictures = [to_image(side.pictures[0]) for side in sides]
    scale = min(1.0, _WIDEST / (len(sides) * pictures[0].width))
    width, height = (max(2, round(length * scale)) for length in pictures[0].size)
    row = Image.new("RGB", (width * len(sides), height), BEHIND)
    for index, (side, picture) in enumerate(zip(sides, pictures, strict=True)):
        row.paste(fit(picture, width, height, BEHIND), (index * width, 0))
        _write_label(ImageDraw.Draw(row), side, index * width, (index + 1) * width, height)
    return row


def _cell(sides: Sequence[Side]) -> tuple[int, int, int]:
    """Width and height of a picture's box, and how many sides stand beside each other."""
    sizes = [to_image(side.pictures[0]).size for side in sides]
    bands = ceil(len(sides) / MOST_COLUMNS)
    columns = ceil(len(sides) / bands)
    room = (INNER - (columns - 1) * GUTTER) / columns
    wide = max(w for w, _ in sizes)
    width = max(round(min(room, MOST_ENLARGED * wide)), NARROWEST)
    return width, min(round(width * max(h / w for w, h in sizes)), 2 * width), columns


def _draw_side(side: Side, width: int, height: int) -> Image.Image:
    facts = [line for fact in side.facts for line in CAPTION.wrap(fact, width, 3)]
    notes = [line for note in side.notes[-_MOST_NOTES:] for line in CAPTION.wrap(note, width, 3)]
    pictures = len(side.pictures) * (height + GAP)
    lines = len(facts) + len(notes)
    block = Image.new("RGB", (width, NAME_HEIGHT + pictures + lines * LINE + 16), PAPER)
    draw = ImageDraw.Draw(block)
    NAME.draw(draw, (0, 26), side.name, BRIGHT)
    left = NAME.width(side.name) + 16
    mark = CAPTION.shorten(side.mark, width - left)
    colour = ACCENT if side.mark.startswith("picked") else MUTED
    CAPTION.draw(draw, (width - CAPTION.width(mark), 26), mark, colour)
    for index, picture in enumerate(side.pictures):
        shown = fit(to_image(picture), width, height, BEHIND)
        block.paste(shown, (0, NAME_HEIGHT + index * (height + GAP)))
    y = NAME_HEIGHT + pictures + 8 + CAPTION.ascent
    for index, line in enumerate((*facts, *notes)):
        CAPTION.draw(draw, (0, y + index * LINE), line, MUTED if index < len(facts) else SOFT)
    return block


def _draw_head(width: int, title: str, subtitle: str) -> Image.Image:
    lines = SUBTITLE.wrap(subtitle, width, 2)
    head = Image.new("RGB", (width, 96 + 32 * len(lines)), PAPER)
    draw = ImageDraw.Draw(head)
    TITLE.draw(draw, (-2, 46), TITLE.shorten(title, width), BRIGHT)
    for index, line in enumerate(lines):
        SUBTITLE.draw(draw, (0, 90 + 32 * index), line, MUTED)
    return head


def _write_rows(sheet: Image.Image, rows: Sequence[str], top: int, height: int) -> None:
    """What each row of pictures shows."""
    for index, row in enumerate(rows):
        write_upward(sheet, row.upper(), top + index * (height + GAP) + height, most=height)


def _write_label(draw: ImageDraw.ImageDraw, side: Side, left: int, right: int, height: int) -> None:
    """The take's name in the lower left of its part, where that has room for it."""
    lettering = Lettering("semibold", max(11, round(height / 40)))
    pad = lettering.size // 2
    width = lettering.width(side.name) + 2 * pad
    if width + 2 * pad > right - left:
        return
    x, y = left + pad, height - pad
    draw.rectangle((x, y - lettering.size - pad, x + width, y), fill=_DARK)
    lettering.draw(draw, (x + pad, y - pad), side.name, BRIGHT)
