"""Which words of a look an engine does not know, and which it knows that are near."""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection
from dataclasses import dataclass

_WORD = re.compile(r"[^\W\d_]{2,}")
"""What is no letter parts words; a lone letter, as after an apostrophe, is none."""


@dataclass(frozen=True)
class UnknownWord:
    """A word and the nearest ones that are known, best first; often there are none."""

    word: str
    nearest: tuple[str, ...]


def words_of(text: str) -> list[str]:
    """The words of a text, lower case, in order, each once.

    >>> words_of("A Rainy street, a STREET at the film's end")
    ['rainy', 'street', 'at', 'the', 'film', 'end']
    """
    return list(dict.fromkeys(_WORD.findall(text.lower())))


def unknown_words(text: str, vocabulary: Collection[str]) -> list[UnknownWord]:
    """The words of ``text`` that are not in ``vocabulary``, in order."""
    unknown = [word for word in words_of(text) if word not in vocabulary]
    return [
        UnknownWord(word, tuple(difflib.get_close_matches(word, vocabulary, n=2, cutoff=0.75)))
        for word in unknown
    ]


def unknown_words_note(unknown: Collection[UnknownWord]) -> str:
    """One sentence for the person who wrote the words."""
    told = [
        f'"{item.word}" ({" or ".join(item.nearest)}?)' if item.nearest else f'"{item.word}"'
        for item in unknown
    ]
    there = "it was" if len(told) == 1 else "they were"
    return f"The engine does not know {', '.join(told)}: it paints as if {there} not there."
