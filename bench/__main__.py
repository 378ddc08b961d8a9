"""``python -m bench SUITE [--quick] [--json]``: print a suite's figures."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import sys
from collections.abc import Iterable
from typing import Any


def main() -> int:
    parser = argparse.ArgumentParser(prog="scripts/bench")
    parser.add_argument("suite")
    parser.add_argument("--quick", action="store_true", help="a short version for a change at hand")
    parser.add_argument("--json", action="store_true", help="one object a line instead of a table")
    arguments = parser.parse_args()
    figures = importlib.import_module(f"bench.{arguments.suite}").run(quick=arguments.quick)
    return _print_json(figures) if arguments.json else _print_table(arguments.suite, figures)


def _print_json(figures: Iterable[dict[str, Any]]) -> int:
    held = True
    for figure in figures:
        print(json.dumps(figure), flush=True)
        held &= figure["ok"]
    return 0 if held else 1


def _print_table(suite: str, figures: Iterable[dict[str, Any]]) -> int:
    print(f"{suite} on {_machine()}\n")
    held = True
    for figure in figures:
        mark = "ok  " if figure["ok"] else "MISS"
        beside = ", ".join(f"{k} {_short(v)}" for k, v in figure["beside"].items())
        bound = figure["bound"] or "for information"
        print(
            f"{mark} {figure['figure']:58} {_short(figure['value']):>8}  {bound:16} {beside}",
            flush=True,
        )
        held &= figure["ok"]
    return 0 if held else 1


def _short(value: object) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def _machine() -> str:
    python = f"Python {platform.python_version()}"
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, {python}"


if __name__ == "__main__":
    sys.exit(main())
