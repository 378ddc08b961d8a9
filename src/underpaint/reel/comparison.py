"""Takes side by side: a column a take and a row a frame; or one picture, parted between them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import ceil

from PIL import Image, ImageDraw

from .lettering import Colour, Lettering
from .picture import Picture, fit, to_image

_PAPER: Colour = (19, 19, 22)
_BEHIND: Colour = (28, 28, 32)
_BRIGHT: Colour = (238, 236, 231)
_SOFT: Colour = (190, 187, 182)
_MUTED: Colour = (140, 138, 136)
_ACCENT: Colour = (230, 164, 84)
_DARK: Colour = (12, 12, 14)

_MARGIN, _GUTTER, _GAP, _BAND_GAP = 72, 32, 12, 64
_INNER = 1760
_MOST_COLUMNS = 6
_NARROWEST, _MOST_ENLARGED = 280, 1.75
_NAME_HEIGHT, _LINE = 44, 29
_MOST_NOTES = 3
_WIDEST = 3840
"""Pixels of a video's width; wider ones many players refuse."""

_TITLE = Lettering("semibold", 46)
_SUBTITLE = Lettering("regular", 22)
_NAME = Lettering("semibold", 26)
_CAPTION = Lettering("regular", 20)
_SIDE = Lettering("semibold", 15)


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
    inner = columns * width + (columns - 1) * _GUTTER
    blocks = [_draw_side(side, width, height) for side in sides]
    bands = [blocks[i : i + columns] for i in range(0, len(blocks), columns)]
    heights = [max(block.height for block in band) for band in bands]
    head = _draw_head(inner, title, subtitle)
    tall = 2 * _MARGIN + head.height + sum(heights) + (len(bands) - 1) * _BAND_GAP
    sheet = Image.new("RGB", (inner + 2 * _MARGIN, tall), _PAPER)
    sheet.paste(head, (_MARGIN, _MARGIN))
    top = _MARGIN + head.height
    for band, tallest in zip(bands, heights, strict=True):
        for index, block in enumerate(band):
            sheet.paste(block, (_MARGIN + index * (width + _GUTTER), top))
        _write_rows(sheet, rows, top + _NAME_HEIGHT, height)
        top += tallest + _BAND_GAP
    return sheet


def wiped(sides: Sequence[Side], share: float) -> Image.Image:
    """One picture of the first's size, its first ``share`` from the first side, the rest from the
    second; three or more have equal parts. Every side gives its first picture."""
    pictures = [to_image(side.pictures[0]) for side in sides]
    width, height = pictures[0].size
    count = len(sides)
    cuts = [share] if count == 2 else [index / count for index in range(1, count)]
    edges = [0, *(round(cut * width) for cut in cuts), width]
    result = Image.new("RGB", (width, height), _BEHIND)
    for picture, (left, right) in zip(pictures, pairwise(edges), strict=True):
        shown = fit(picture, width, height, _BEHIND)
        result.paste(shown.crop((left, 0, right, height)), (left, 0))
    line = max(1, round(width / 960))
    draw = ImageDraw.Draw(result)
    for edge in (edge for edge in edges[1:-1] if 0 < edge < width):
        draw.rectangle((edge - line, 0, edge + 2 * line - 1, height), fill=_DARK)
        draw.rectangle((edge, 0, edge + line - 1, height), fill=_BRIGHT)
    for side, (left, right) in zip(sides, pairwise(edges), strict=True):
        _write_label(draw, side, left, right, height)
    return result


def strip(sides: Sequence[Side]) -> Image.Image:
    """The first pictures of all sides in a row, each with its name: a frame of a video."""
    pictures = [to_image(side.pictures[0]) for side in sides]
    scale = min(1.0, _WIDEST / (len(sides) * pictures[0].width))
    width, height = (max(2, round(length * scale)) for length in pictures[0].size)
    row = Image.new("RGB", (width * len(sides), height), _BEHIND)
    for index, (side, picture) in enumerate(zip(sides, pictures, strict=True)):
        row.paste(fit(picture, width, height, _BEHIND), (index * width, 0))
        _write_label(ImageDraw.Draw(row), side, index * width, (index + 1) * width, height)
    return row


def _cell(sides: Sequence[Side]) -> tuple[int, int, int]:
    """Width and height of a picture's box, and how many sides stand beside each other."""
    sizes = [to_image(side.pictures[0]).size for side in sides]
    bands = ceil(len(sides) / _MOST_COLUMNS)
    columns = ceil(len(sides) / bands)
    room = (_INNER - (columns - 1) * _GUTTER) / columns
    wide = max(w for w, _ in sizes)
    width = max(round(min(room, _MOST_ENLARGED * wide)), _NARROWEST)
    return width, min(round(width * max(h / w for w, h in sizes)), 2 * width), columns


def _draw_side(side: Side, width: int, height: int) -> Image.Image:
    facts = [line for fact in side.facts for line in _CAPTION.wrap(fact, width, 3)]
    notes = [line for note in side.notes[-_MOST_NOTES:] for line in _CAPTION.wrap(note, width, 3)]
    pictures = len(side.pictures) * (height + _GAP)
    lines = len(facts) + len(notes)
    block = Image.new("RGB", (width, _NAME_HEIGHT + pictures + lines * _LINE + 16), _PAPER)
    draw = ImageDraw.Draw(block)
    _NAME.draw(draw, (0, 26), side.name, _BRIGHT)
    left = _NAME.width(side.name) + 16
    mark = _CAPTION.shorten(side.mark, width - left)
    colour = _ACCENT if side.mark.startswith("picked") else _MUTED
    _CAPTION.draw(draw, (width - _CAPTION.width(mark), 26), mark, colour)
    for index, picture in enumerate(side.pictures):
        shown = fit(to_image(picture), width, height, _BEHIND)
        block.paste(shown, (0, _NAME_HEIGHT + index * (height + _GAP)))
    y = _NAME_HEIGHT + pictures + 8 + _CAPTION.ascent
    for index, line in enumerate((*facts, *notes)):
        _CAPTION.draw(draw, (0, y + index * _LINE), line, _MUTED if index < len(facts) else _SOFT)
    return block


def _draw_head(width: int, title: str, subtitle: str) -> Image.Image:
    lines = _SUBTITLE.wrap(subtitle, width, 2)
    head = Image.new("RGB", (width, 96 + 32 * len(lines)), _PAPER)
    draw = ImageDraw.Draw(head)
    _TITLE.draw(draw, (-2, 46), _TITLE.shorten(title, width), _BRIGHT)
    for index, line in enumerate(lines):
        _SUBTITLE.draw(draw, (0, 90 + 32 * index), line, _MUTED)
    return head


def _write_rows(sheet: Image.Image, rows: Sequence[str], top: int, height: int) -> None:
    """What each row of pictures shows, upward in the margin."""
    for index, row in enumerate(rows):
        text = _SIDE.shorten(row.upper(), height)
        side = Image.new("RGB", (_SIDE.width(text) + 2, _SIDE.size + 6), _PAPER)
        _SIDE.draw(ImageDraw.Draw(side), (0, _SIDE.size), text, _MUTED)
        side = side.rotate(90, expand=True)
        bottom = top + index * (height + _GAP) + height
        sheet.paste(side, (_MARGIN - 20 - side.width, bottom - side.height))


def _write_label(draw: ImageDraw.ImageDraw, side: Side, left: int, right: int, height: int) -> None:
    """The take's name in the lower left of its part, where that has room for it."""
    lettering = Lettering("semibold", max(11, round(height / 40)))
    pad = lettering.size // 2
    width = lettering.width(side.name) + 2 * pad
    if width + 2 * pad > right - left:
        return
    x, y = left + pad, height - pad
    draw.rectangle((x, y - lettering.size - pad, x + width, y), fill=_DARK)
    lettering.draw(draw, (x + pad, y - pad), side.name, _BRIGHT)
