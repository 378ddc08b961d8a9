"""The contact sheet: a column a shot, its blocking above, its painted frame below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageDraw

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
    RULE,
    SOFT,
    SUBTITLE,
    TITLE,
    write_upward,
)
from .picture import Picture, fit, to_image

_FEW_SHOTS, _FEW_COLUMNS = 12, 4
"""Up to so many wide pictures stand four in a row; more of them, and tall ones, six."""
_TALLEST = 620
_WORDS_LINES = 3
_RENDERED_ANEW = "Rendered anew since it was painted."
_TITLE_LINE = 56


@dataclass(frozen=True)
class Column:
    """One shot on the sheet. ``facts`` are short lines below the look's words.

    ``blocking`` None: its passes were rendered anew since, so that it is not what was painted.
    """

    shot: str
    length: str
    blocking: Picture | None
    painted: Picture
    words: str
    facts: tuple[str, ...]


@dataclass(frozen=True)
class _Grid:
    """Pixels of the columns and of a picture's box."""

    columns: int
    rows: int
    width: int
    height: int

    @property
    def inner(self) -> int:
        return self.columns * self.width + (self.columns - 1) * GUTTER

    def left(self, column: int) -> int:
        return MARGIN + column * (self.width + GUTTER)


def contact_sheet(
    columns: Sequence[Column], title: str, subtitle: str, footer: Sequence[str]
) -> Image.Image:
    """The sheet of a reel; shots that do not fit into one row go on in the next.

    ``footer`` says who made what. Raises InputError for a picture that cannot be read.
    """
    grid = _grid([to_image(column.painted).size for column in columns])
    blocks = [_draw_column(column, grid) for column in columns]
    rows = [blocks[i : i + grid.columns] for i in range(0, len(blocks), grid.columns)]
    heights = [max(block.height for block in row) for row in rows]
    head = _draw_head(grid.inner, title, subtitle)
    foot = _draw_foot(grid.inner, footer)
    body = sum(heights) + (len(rows) - 1) * BAND_GAP
    size = grid.inner + 2 * MARGIN, 2 * MARGIN + head.height + body + foot.height
    sheet = Image.new("RGB", size, PAPER)
    sheet.paste(head, (MARGIN, MARGIN))
    top = MARGIN + head.height
    for row, height in zip(rows, heights, strict=True):
        for index, block in enumerate(row):
            sheet.paste(block, (grid.left(index), top))
        _write_sides(sheet, grid, top + NAME_HEIGHT)
        top += height + BAND_GAP
    sheet.paste(foot, (MARGIN, top - BAND_GAP))
    return sheet


def _grid(sizes: Sequence[tuple[int, int]]) -> _Grid:
    """Rows of even length; pictures as large as the sheet, their shape and their pixels allow."""
    width, height = max(sizes, key=lambda size: size[0] / size[1])
    few = width >= height and len(sizes) <= _FEW_SHOTS
    most = _FEW_COLUMNS if few else MOST_COLUMNS
    rows = ceil(len(sizes) / most)
    columns = ceil(len(sizes) / rows)
    room = (INNER - (columns - 1) * GUTTER) / columns
    wide = min(room, _TALLEST * width / height, MOST_ENLARGED * width)
    wide = max(round(wide), NARROWEST)
    tallest = max(h / w for w, h in sizes)
    return _Grid(columns, rows, wide, min(round(wide * tallest), max(_TALLEST, wide)))


def _draw_column(column: Column, grid: _Grid) -> Image.Image:
    """Name and length, blocking, painted, and the caption."""
    lines = CAPTION.wrap(column.words, grid.width, _WORDS_LINES)
    facts = [line for fact in column.facts for line in CAPTION.wrap(fact, grid.width, 2)]
    caption = NAME_HEIGHT + 2 * grid.height + GAP + 20
    height = caption + (len(lines) + len(facts)) * LINE + 8
    block = Image.new("RGB", (grid.width, height), PAPER)
    draw = ImageDraw.Draw(block)
    _write_name(draw, column, grid.width)
    for index, picture in enumerate((column.blocking, column.painted)):
        shown = _absent(grid) if picture is None else _fitted(picture, grid)
        block.paste(shown, (0, NAME_HEIGHT + index * (grid.height + GAP)))
    y = caption + CAPTION.ascent
    for line in lines:
        CAPTION.draw(draw, (0, y), line, SOFT)
        y += LINE
    for fact in facts:
        CAPTION.draw(draw, (0, y + 8), fact, MUTED)
        y += LINE
    return block


def _fitted(picture: Picture, grid: _Grid) -> Image.Image:
    return fit(to_image(picture), grid.width, grid.height, BEHIND)


def _absent(grid: _Grid) -> Image.Image:
    """What stands in place of a blocking that is not the one that was painted."""
    cell = Image.new("RGB", (grid.width, grid.height), BEHIND)
    lines = CAPTION.wrap(_RENDERED_ANEW, grid.width - 2 * GUTTER, 3)
    y = (grid.height - len(lines) * LINE) // 2 + CAPTION.ascent
    for line in lines:
        CAPTION.draw(ImageDraw.Draw(cell), ((grid.width - CAPTION.width(line)) / 2, y), line, MUTED)
        y += LINE
    return cell


def _write_name(draw: ImageDraw.ImageDraw, column: Column, width: int) -> None:
    """The shot's name, and how long it is where that leaves the name whole."""
    NAME.draw(draw, (0, 26), NAME.shorten(column.shot, width), BRIGHT)
    length = CAPTION.width(column.length)
    if NAME.width(column.shot) + 20 + length <= width:
        CAPTION.draw(draw, (width - length, 26), column.length, MUTED)


def _draw_head(width: int, title: str, subtitle: str) -> Image.Image:
    """The title, and what the reel is at the right of it."""
    subtitle = SUBTITLE.shorten(subtitle, width * 0.6)
    left = width - SUBTITLE.width(subtitle)
    lines = TITLE.wrap(title, left - GUTTER, 2)
    below = (len(lines) - 1) * _TITLE_LINE
    head = Image.new("RGB", (width, 116 + below), PAPER)
    draw = ImageDraw.Draw(head)
    SUBTITLE.draw(draw, (left, 52), subtitle, MUTED)  # room above for marks on capitals
    for index, line in enumerate(lines):
        TITLE.draw(draw, (-2, 52 + index * _TITLE_LINE), line, BRIGHT)
    return head


def _draw_foot(width: int, footer: Sequence[str]) -> Image.Image:
    """A rule, and who made what below it."""
    colours = (SOFT, *[MUTED] * len(footer))
    lines = [
        (line, colour)
        for text, colour in zip(footer, colours, strict=False)
        for line in CAPTION.wrap(text, width, 4)
    ]
    foot = Image.new("RGB", (width, 76 + len(lines) * LINE), PAPER)
    draw = ImageDraw.Draw(foot)
    draw.line((0, 48, width, 48), fill=RULE, width=2)
    for index, (line, colour) in enumerate(lines):
        y = 72 + CAPTION.ascent + index * LINE
        CAPTION.draw(draw, (0, y), line, colour)
    return foot


def _write_sides(sheet: Image.Image, grid: _Grid, top: int) -> None:
    """What the two rows of pictures are."""
    for index, (text, colour) in enumerate((("BLOCKING", MUTED), ("PAINTED", ACCENT))):
        bottom = top + index * (grid.height + GAP) + grid.height
        write_upward(sheet, "\u2009".join(text), bottom, colour)
