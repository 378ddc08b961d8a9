"""What the sheets have in common: their colours, letters and measures."""

from __future__ import annotations

from PIL import Image, ImageDraw

from .lettering import Colour, Lettering

PAPER: Colour = (19, 19, 22)
BEHIND: Colour = (28, 28, 32)
RULE: Colour = (52, 52, 57)
BRIGHT: Colour = (238, 236, 231)
SOFT: Colour = (190, 187, 182)
MUTED: Colour = (140, 138, 136)
ACCENT: Colour = (230, 164, 84)

MARGIN, GUTTER, GAP, BAND_GAP = 72, 32, 12, 64
INNER = 1760
"""Pixels of a sheet's width within its margins, at the most."""
MOST_COLUMNS = 6
NARROWEST, MOST_ENLARGED = 280, 1.75
NAME_HEIGHT, LINE = 44, 29

TITLE = Lettering("semibold", 46)
SUBTITLE = Lettering("regular", 22)
NAME = Lettering("semibold", 26)
CAPTION = Lettering("regular", 20)
_SIDE = Lettering("semibold", 15)


def write_upward(
    sheet: Image.Image, text: str, bottom: int, colour: Colour = MUTED, most: int | None = None
) -> None:
    """Write what a row of pictures shows upward in the left margin, from ``bottom``; shortened to
    ``most`` pixels."""
    text = text if most is None else _SIDE.shorten(text, most)
    side = Image.new("RGB", (_SIDE.width(text) + 2, _SIDE.size + 6), PAPER)
    _SIDE.draw(ImageDraw.Draw(side), (0, _SIDE.size), text, colour)
    side = side.rotate(90, expand=True)
    sheet.paste(side, (MARGIN - 20 - side.width, bottom - side.height))
