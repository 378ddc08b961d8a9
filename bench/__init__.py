"""Benches: each suite is a module whose ``run(quick)`` yields figures measured within one run.

A figure is ``{"figure": str, "value": float, "bound": "<= 1.15" | ">= 0.9" | "", "ok": bool,
"beside": {…}}``; an empty bound is for information.
"""
