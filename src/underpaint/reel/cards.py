"""Cards: a slate before a shot, and the credits at the end. Drawn to be read on a small screen."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import sqrt

from PIL import Image, ImageDraw

from ..credits import record
from ..model.credits import Credits
from .lettering import Colour, Lettering, Weight

_GROUND: Colour = (17, 17, 19)
_BRIGHT: Colour = (238, 236, 232)
_SOFT: Colour = (196, 193, 188)
_MUTED: Colour = (140, 138, 136)
_ACCENT: Colour = (230, 164, 84)
_TEXT_SHARE, _LEAST_TEXT = 0.034, 9
_MARGIN_SHARE = 0.085
_LEAST_SECONDS = Fraction(2)
"""Of a card, however short the film: names are read, and who wants more stops the video."""
_FILM_SHARE = Fraction(1, 4)
"""Of the film's length, which its credits take at the most, but for what is least."""
_MOST_FACT_LINES = 3


@dataclass(frozen=True)
class SlateCard:
    """What stands on a slate. ``facts``: pairs of a word and what it is."""

    title: str
    shot: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class _Style:
    weight: Weight
    scale: float
    colour: Colour
    leading: float = 1.45


_TITLE = _Style("semibold", 2.0, _BRIGHT, 1.25)
_HEAD = _Style("semibold", 0.8, _ACCENT, 1.7)
_NAME = _Style("semibold", 1.15, _BRIGHT)
_BODY = _Style("regular", 1.0, _SOFT)
_COLOPHON = _Style("regular", 0.9, _SOFT)
_SPACE = _Style("regular", 0.5, _GROUND, 1.6)


@dataclass(frozen=True)
class _Line:
    text: str
    style: _Style

    def lettering(self, text: int) -> Lettering:
        """Its font at the card's size of text."""
        return Lettering(self.style.weight, max(_LEAST_TEXT, round(text * self.style.scale)))

    def height(self, text: int) -> int:
        """Pixels from this line to the next."""
        return round(self.lettering(text).size * self.style.leading)


def slate(card: SlateCard, size: tuple[int, int]) -> Image.Image:
    """A slate of ``size``: the film above a rule, the shot large, its facts in two columns."""
    width, text, margin = size[0], _text(size), _margin(size)
    image = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(image)
    film = Lettering("regular", text)
    y = margin + film.ascent
    film.draw(draw, (margin, y), film.shorten(card.title, width - 2 * margin), _MUTED)
    y += round(0.8 * text)
    draw.line((margin, y, width - margin, y), fill=_ACCENT, width=max(1, text // 10))
    name = Lettering("semibold", round(2.6 * text))
    shown = name.wrap(card.shot, width - 2 * margin, 2)
    y += round(1.1 * text) + name.ascent
    for line in shown:
        name.draw(draw, (margin, y), line, _BRIGHT)
        y += round(1.2 * name.size)
    _draw_facts(draw, [(word, fact) for word, fact in card.facts if fact], size, y)
    return image


def _draw_facts(
    draw: ImageDraw.ImageDraw, facts: Sequence[tuple[str, str]], size: tuple[int, int], top: int
) -> None:
    """Words and what they are, up from the lower margin: in as many lines as there is room for."""
    text, margin = _text(size), _margin(size)
    label, value = Lettering("semibold", text), Lettering("regular", text)
    left = margin + max((label.width(word) for word, _ in facts), default=0) + text
    pitch, room = round(1.5 * text), size[0] - margin - left
    for most in range(_MOST_FACT_LINES, 0, -1):
        rows = [
            (word if index == 0 else "", line)
            for word, fact in facts
            for index, line in enumerate(value.wrap(fact, room, most))
        ]
        y = size[1] - margin - (len(rows) - 1) * pitch
        if y >= top:
            break
    y = max(y, top)
    for word, line in rows:
        if y > size[1] - margin // 3:
            break
        label.draw(draw, (margin, y), word, _MUTED)
        value.draw(draw, (left, y), line, _BRIGHT)
        y += pitch


def credits_cards(
    credits: Credits, size: tuple[int, int]
) -> tuple[tuple[Image.Image, Fraction], ...]:
    """The credits on as many cards as they need: title and people, engines, what was painted.

    Each with the seconds that it takes to read it.
    """
    text = _text(size)
    room = size[1] - 2 * _margin(size)
    blocks = [
        [line for part in block for line in _wrapped(part, size)] for block in _blocks(credits)
    ]
    return tuple((_page(page, size), _seconds(page)) for page in _pages(blocks, text, room))


def _seconds(lines: Sequence[_Line]) -> Fraction:
    """Long enough for people to read it: four words a second."""
    words = sum(len(line.text.split()) for line in lines)
    return max(_LEAST_SECONDS, Fraction(words, 4))


def fitted(seconds: Sequence[Fraction], film: Fraction) -> tuple[Fraction, ...]:
    """How long cards stand after a film of so many seconds; ``seconds``: to read each in peace.

    All are shortened alike, from their least on.
    """
    more = [one - _LEAST_SECONDS for one in seconds]
    room = max(Fraction(0), film * _FILM_SHARE - _LEAST_SECONDS * len(more))
    share = min(Fraction(1), room / sum(more)) if any(more) else Fraction(1)
    return tuple(_LEAST_SECONDS + one * share for one in more)


def _blocks(credits: Credits) -> Iterator[list[_Line]]:
    """What belongs together: a heading with what stands below it."""
    yield [_Line(credits.title, _TITLE)]
    for index, person in enumerate(credits.people):
        head = [] if index else [_Line("People", _HEAD)]
        role = f" · {person.role}" if person.role else ""
        yield [*head, _Line(f"{person.name}{role}", _NAME)]
    engines = dict.fromkeys(shot.engine for shot in credits.shots)
    for index, engine in enumerate(engines):
        head = [] if index else [_Line("Painted by", _HEAD)]
        yield [*head, _Line(record.engine_words(engine), _NAME)]
    for index, sentence in enumerate(credits.made):
        head = [] if index else [_Line("AI-assisted", _HEAD)]
        yield [*head, _Line(sentence, _BODY)]
    made = f"Underpaint {credits.underpaint} · {credits.created[:10]}"
    yield [_Line(made, _COLOPHON)]


def _wrapped(line: _Line, size: tuple[int, int]) -> list[_Line]:
    width = size[0] - 2 * _margin(size)
    shown = line.lettering(_text(size)).wrap(line.text, width, 40)
    return [_Line(text, line.style) for text in shown]


def _pages(blocks: Sequence[list[_Line]], text: int, room: int) -> list[list[_Line]]:
    """Blocks on pages that have room for them; a block longer than a page is broken.

    What goes on on the next page has its heading there again.
    """
    pages: list[list[_Line]] = [[]]
    heading: list[_Line] = []
    for block in blocks:
        apart = block[0].style in (_HEAD, _BODY, _COLOPHON)
        lines = [_Line("", _SPACE), *block] if pages[-1] and apart else block
        goes_on = block[0].style in (_BODY, _NAME)
        heading = heading if goes_on else [line for line in block if line.style is _HEAD]
        if pages[-1] and _height([*pages[-1], *lines], text) > room:
            pages.append([])
            lines = [*heading, *block] if goes_on else block
        for line in lines:
            if pages[-1] and _height([*pages[-1], line], text) > room:
                pages.append([])
            pages[-1].append(line)
    return pages


def _height(lines: Sequence[_Line], text: int) -> int:
    return sum(line.height(text) for line in lines)


def _page(lines: Sequence[_Line], size: tuple[int, int]) -> Image.Image:
    """Lines from the left margin, the whole of them in the middle of the height."""
    text = _text(size)
    image = Image.new("RGB", size, _GROUND)
    draw = ImageDraw.Draw(image)
    y = float((size[1] - _height(lines, text)) // 2)
    for line in lines:
        lettering = line.lettering(text)
        y += line.height(text)
        at = _margin(size), y - (line.height(text) - lettering.ascent) / 2
        lettering.draw(draw, at, line.text, line.style.colour)
    return image


def _text(size: tuple[int, int]) -> int:
    return max(_LEAST_TEXT, round(_TEXT_SHARE * sqrt(size[0] * size[1])))


def _margin(size: tuple[int, int]) -> int:
    return round(_MARGIN_SHARE * min(size))
