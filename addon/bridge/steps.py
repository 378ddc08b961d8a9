"""Work in steps: generators that yield how far they are and return what they made."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, TypeVar

T = TypeVar("T")


def finished(steps: Generator[Any, None, T]) -> T:
    """Go through all steps in one go; what they return in the end."""
    while True:
        try:
            next(steps)
        except StopIteration as end:
            made: T = end.value
            return made
