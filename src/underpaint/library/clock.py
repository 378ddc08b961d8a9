"""The time as records hold it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> str:
    """This moment: ISO 8601, UTC, whole seconds."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def exact_now() -> str:
    """This moment to the microsecond, as what must keep its order is recorded."""
    return datetime.now(UTC).isoformat(timespec="microseconds")
