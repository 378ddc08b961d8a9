"""Run as a file by a Blender program: ``blender -b --python in_blender.py -- ADDON WORD …``.

Loads Underpaint and its add-on from where they lie, by their paths: Blender's own Python does not
know the environment that this file belongs to, and must not search it for anything else.
"""

import importlib
import json
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

_TOO_OLD = {
    "event": "failed",
    "kind": "EngineError",
    "message": "This Blender is too old: Underpaint needs 4.2 or newer (--blender names another).",
    "exit": 3,
}


def _load(name: str, folder: Path) -> None:
    spec = spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)


if __name__ == "__main__":
    if sys.version_info < (3, 11):  # noqa: UP036  it is any Blender that a person pointed us at
        sys.exit("\x1e" + json.dumps(_TOO_OLD))
    addon, *words = sys.argv[sys.argv.index("--") + 1 :]
    _load("underpaint", Path(__file__).resolve().parent)
    _load("underpaint_addon", Path(addon))
    sys.exit(importlib.import_module("underpaint_addon.__main__").main(words))
