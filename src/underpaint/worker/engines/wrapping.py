"""Set an attribute of a part of a pipeline for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


@contextmanager
def set_for_now(thing: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute of a part of the pipeline, set for a while."""
    own = name in vars(thing)
    before = getattr(thing, name)
    setattr(thing, name, value)
    try:
        yield
    finally:
        if own or name == "scheduler":
            setattr(thing, name, before)
        else:
            delattr(thing, name)
