"""A figure, as the benches print it: a value, its bound, and what stands beside it."""

from __future__ import annotations

from typing import Any

Figure = dict[str, Any]


def at_least(name: str, value: float, least: float, **beside: Any) -> Figure:
    """Holds where the value is at least the bound."""
    return _figure(name, value, f">= {least:g}", value >= least, beside)


def at_most(name: str, value: float, most: float, **beside: Any) -> Figure:
    """Holds where the value is at most the bound."""
    return _figure(name, value, f"<= {most:g}", value <= most, beside)


def told(name: str, value: float, **beside: Any) -> Figure:
    """For information: nothing is asked of it."""
    return _figure(name, value, "", True, beside)


def _figure(name: str, value: float, bound: str, ok: bool, beside: dict[str, Any]) -> Figure:
    return {"figure": name, "value": float(value), "bound": bound, "ok": bool(ok), "beside": beside}
