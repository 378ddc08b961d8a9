"""The add-on and the package, imported from their folders, over the stubs of Blender's API."""

import sys
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(Path(__file__).parent))

from stubs import StubFinder  # noqa: E402

sys.meta_path.insert(0, StubFinder())

import bpy  # noqa: E402
from bpy.app import handlers  # noqa: E402


def _identity(function: Callable[..., object]) -> Callable[..., object]:
    return function


# constants, which stubs declare without values: those that are read while importing or registering
bpy.app.version = (5, 0, 1)
bpy.app.background = False
bpy.app.module = False
bpy.context = SimpleNamespace(scene=None)
handlers.persistent = _identity
bpy.types.ID.bl_rna = bpy.types.Node.bl_rna = SimpleNamespace(properties={})
for name in ("load_pre", "load_post", "frame_change_post", "undo_post", "redo_post"):
    setattr(handlers, name, [])


def _load(name: str, folder: Path) -> ModuleType:
    spec = spec_from_file_location(name, folder / "__init__.py")
    assert spec is not None and spec.loader is not None
    sys.modules[name] = module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_load("underpaint", ROOT / "src" / "underpaint")
_ADDON = _load("underpaint_addon", ROOT / "addon")


@pytest.fixture
def addon() -> ModuleType:
    """The add-on's package."""
    return _ADDON
