"""What people say of takes, and what all that was said of one amounts to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import ClassVar, Literal

from ..errors import FormatError

MOST_STARS = 5
"""Five, and not a flag: among fifty takes of a shot "good" is a dozen, and people rank them."""

Said = Literal["stars", "rejected", "accepted", "noted", "picked", "deleted"]


@dataclass(frozen=True)
class Judgement:
    """One thing that somebody said of a take; it is never changed, only followed by another.

    ``stars`` 0…5 with "stars", 0 takes them back; "accepted" takes a rejection back. ``text`` is
    the note's; of a deleted take, what it was painted with. ``when``: ISO 8601 in UTC, later than
    every word before it.
    """

    take: int
    by: str
    when: str
    said: Said
    stars: int = 0
    text: str = ""

    def __post_init__(self) -> None:
        if not 0 <= self.stars <= MOST_STARS:
            raise FormatError(f"a take has 0 to {MOST_STARS} stars, not {self.stars}.")
        try:
            aware = datetime.fromisoformat(self.when).tzinfo is not None
        except ValueError:
            aware = False
        if not aware:
            raise FormatError(f"{self.when!r} is no moment, as in 2026-01-31T12:00:00+00:00.")


@dataclass(frozen=True)
class Judgements:
    """``judgements/…/PERSON.json``: all that one person said of a subject's takes, in order."""

    FORMAT: ClassVar[str] = "underpaint/judgements"
    VERSION: ClassVar[int] = 1

    subject: str
    said: tuple[Judgement, ...] = ()


@dataclass(frozen=True)
class Verdict:
    """What stands of all that was said of one take.

    ``stars``: person → their last word, those who gave any. ``rejected``: the one who rejected it,
    None where nobody did or it was taken back since: the last word of anybody counts.
    """

    stars: dict[str, int] = field(default_factory=dict)
    rejected: Judgement | None = None
    notes: tuple[Judgement, ...] = ()

    @property
    def mean(self) -> float:
        """The mean of everybody's stars; 0 where nobody gave any."""
        return sum(self.stars.values()) / len(self.stars) if self.stars else 0.0


def verdict(said: Iterable[Judgement]) -> Verdict:
    """What stands of these words on one take, the oldest first."""
    stars: dict[str, int] = {}
    rejected: Judgement | None = None
    notes = []
    for word in said:
        match word.said:
            case "stars":
                stars[word.by] = word.stars
            case "rejected":
                rejected = word
            case "accepted":
                rejected = None
            case "noted":
                notes.append(word)
    return Verdict({by: n for by, n in stars.items() if n}, rejected, tuple(notes))


def verdicts(history: Iterable[Judgement]) -> dict[int, Verdict]:
    """Number → verdict, of every take that anything was said of."""
    of: defaultdict[int, list[Judgement]] = defaultdict(list)
    for word in history:
        of[word.take].append(word)
    return {number: verdict(said) for number, said in of.items()}
