"""The contact sheet: a column a shot, its blocking above, its painted frame below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil

from PIL import Image, ImageDraw

from .lettering import Colour, Lettering
from .picture import Picture, fit, to_image

_PAPER: Colour = (19, 19, 22)
_BEHIND: Colour = (28, 28, 32)
_RULE: Colour = (52, 52, 57)
_BRIGHT: Colour = (238, 236, 231)
_SOFT: Colour = (190, 187, 182)
_MUTED: Colour = (140, 138, 136)
_ACCENT: Colour = (230, 164, 84)

_MARGIN, _GUTTER, _GAP, _ROW_GAP = 72, 32, 12, 64
_INNER = 1760
_FEW_SHOTS, _FEW_COLUMNS, _MOST_COLUMNS = 12, 4, 6
"""Up to so many wide pictures stand four in a row; more of them, and tall ones, six."""
_TALLEST, _NARROWEST, _MOST_ENLARGED = 620, 280, 1.75
_WORDS_LINES = 3
_RENDERED_ANEW = "Rendered anew since it was painted."

_TITLE = Lettering("semibold", 46)
_SUBTITLE = Lettering("regular", 22)
_NAME = Lettering("semibold", 26)
_CAPTION = Lettering("regular", 20)
_SIDE = Lettering("semibold", 15)
_NAME_HEIGHT, _LINE, _TITLE_LINE = 44, 29, 56


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
        return self.columns * self.width + (self.columns - 1) * _GUTTER

    def left(self, column: int) -> int:
        return _MARGIN + column * (self.width + _GUTTER)


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
    body = sum(heights) + (len(rows) - 1) * _ROW_GAP
    size = grid.inner + 2 * _MARGIN, 2 * _MARGIN + head.height + body + foot.height
    sheet = Image.new("RGB", size, _PAPER)
    sheet.paste(head, (_MARGIN, _MARGIN))
    top = _MARGIN + head.height
    for row, height in zip(rows, heights, strict=True):
        for index, block in enumerate(row):
            sheet.paste(block, (grid.left(index), top))
        _write_sides(sheet, grid, top + _NAME_HEIGHT)
        top += height + _ROW_GAP
    sheet.paste(foot, (_MARGIN, top - _ROW_GAP))
    return sheet


def _grid(sizes: Sequence[tuple[int, int]]) -> _Grid:
    """Rows of even length; pictures as large as the sheet, their shape and their pixels allow."""
    width, height = max(sizes, key=lambda size: size[0] / size[1])
    few = width >= height and len(sizes) <= _FEW_SHOTS
    most = _FEW_COLUMNS if few else _MOST_COLUMNS
    rows = ceil(len(sizes) / most)
    columns = ceil(len(sizes) / rows)
    room = (_INNER - (columns - 1) * _GUTTER) / columns
    wide = min(room, _TALLEST * width / height, _MOST_ENLARGED * width)
    wide = max(round(wide), _NARROWEST)
    tallest = max(h / w for w, h in sizes)
    return _Grid(columns, rows, wide, min(round(wide * tallest), max(_TALLEST, wide)))


def _draw_column(column: Column, grid: _Grid) -> Image.Image:
    """Name and length, blocking, painted, and the caption."""
    lines = _CAPTION.wrap(column.words, grid.width, _WORDS_LINES)
    facts = [line for fact in column.facts for line in _CAPTION.wrap(fact, grid.width, 2)]
    caption = _NAME_HEIGHT + 2 * grid.height + _GAP + 20
    height = caption + (len(lines) + len(facts)) * _LINE + 8
    block = Image.new("RGB", (grid.width, height), _PAPER)
    draw = ImageDraw.Draw(block)
    _write_name(draw, column, grid.width)
    for index, picture in enumerate((column.blocking, column.painted)):
        shown = _absent(grid) if picture is None else _fitted(picture, grid)
        block.paste(shown, (0, _NAME_HEIGHT + index * (grid.height + _GAP)))
    y = caption + _CAPTION.ascent
    for line in lines:
        _CAPTION.draw(draw, (0, y), line, _SOFT)
        y += _LINE
    for fact in facts:
        _CAPTION.draw(draw, (0, y + 8), fact, _MUTED)
        y += _LINE
    return block


def _fitted(picture: Picture, grid: _Grid) -> Image.Image:
    return fit(to_image(picture), grid.width, grid.height, _BEHIND)


def _absent(grid: _Grid) -> Image.Image:
    """What stands in place of a blocking that is not the one that was painted."""
    cell = Image.new("RGB", (grid.width, grid.height), _BEHIND)
    lines = _CAPTION.wrap(_RENDERED_ANEW, grid.width - 2 * _GUTTER, 3)
    y = (grid.height - len(lines) * _LINE) // 2 + _CAPTION.ascent
    for line in lines:
        _CAPTION.draw(
            ImageDraw.Draw(cell), ((grid.width - _CAPTION.width(line)) / 2, y), line, _MUTED
        )
        y += _LINE
    return cell


def _write_name(draw: ImageDraw.ImageDraw, column: Column, width: int) -> None:
    """The shot's name, and how long it is where that leaves the name whole."""
    _NAME.draw(draw, (0, 26), _NAME.shorten(column.shot, width), _BRIGHT)
    length = _CAPTION.width(column.length)
    if _NAME.width(column.shot) + 20 + length <= width:
        _CAPTION.draw(draw, (width - length, 26), column.length, _MUTED)


def _draw_head(width: int, title: str, subtitle: str) -> Image.Image:
    """The title, and what the reel is at the right of it."""
    subtitle = _SUBTITLE.shorten(subtitle, width * 0.6)
    left = width - _SUBTITLE.width(subtitle)
    lines = _TITLE.wrap(title, left - _GUTTER, 2)
    below = (len(lines) - 1) * _TITLE_LINE
    head = Image.new("RGB", (width, 116 + below), _PAPER)
    draw = ImageDraw.Draw(head)
    _SUBTITLE.draw(draw, (left, 52), subtitle, _MUTED)  # room above for marks on capitals
    for index, line in enumerate(lines):
        _TITLE.draw(draw, (-2, 52 + index * _TITLE_LINE), line, _BRIGHT)
    return head


def _draw_foot(width: int, footer: Sequence[str]) -> Image.Image:
    """A rule, and who made what below it."""
    colours = (_SOFT, *[_MUTED] * len(footer))
    lines = [
        (line, colour)
        for text, colour in zip(footer, colours, strict=False)
        for line in _CAPTION.wrap(text, width, 4)
    ]
    foot = Image.new("RGB", (width, 76 + len(lines) * _LINE), _PAPER)
    draw = ImageDraw.Draw(foot)
    draw.line((0, 48, width, 48), fill=_RULE, width=2)
    for index, (line, colour) in enumerate(lines):
        y = 72 + _CAPTION.ascent + index * _LINE
        _CAPTION.draw(draw, (0, y), line, colour)
    return foot


def _write_sides(sheet: Image.Image, grid: _Grid, top: int) -> None:
    """What the two rows of pictures are, upward in the margin."""
    for index, (text, colour) in enumerate((("BLOCKING", _MUTED), ("PAINTED", _ACCENT))):
        spaced = "\u2009".join(text)
        side = Image.new("RGB", (_SIDE.width(spaced) + 2, _SIDE.size + 6), _PAPER)
        _SIDE.draw(ImageDraw.Draw(side), (0, _SIDE.size), spaced, colour)
        side = side.rotate(90, expand=True)
        bottom = top + index * (grid.height + _GAP) + grid.height
        sheet.paste(side, (_MARGIN - 20 - side.width, bottom - side.height))
