"""Every module of the add-on imports, and registration is undone in exact reverse.

The API is the stubs': a name that Blender does not have is an AttributeError here.
"""

import importlib
from pathlib import Path

import bpy
import pytest

ADDON = Path(__file__).resolve().parents[2] / "addon"
MODULES = sorted(
    ".".join(("underpaint_addon", *path.relative_to(ADDON).with_suffix("").parts))
    for path in ADDON.rglob("*.py")
    if path.name != "__init__.py"
)

HANDLERS = ("load_pre", "load_post", "frame_change_post", "undo_post", "redo_post")
OWNERS = (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)


@pytest.fixture
def calls(monkeypatch):
    """What Blender is told, in order: ("register", "UnderpaintScene") and the like."""
    told = []

    def listen(owner, name, word, called):
        def call(item, *_, **__):
            told.append((word, called(item)))
            return item

        monkeypatch.setattr(owner, name, call)

    listen(bpy.utils, "register_class", "register", lambda cls: cls.__name__)
    listen(bpy.utils, "unregister_class", "unregister", lambda cls: cls.__name__)
    listen(bpy.utils, "register_cli_command", "register", str)
    listen(bpy.utils, "unregister_cli_command", "unregister", str)
    monkeypatch.setattr(bpy.app.timers, "is_registered", lambda _function: False)
    return told


@pytest.mark.parametrize("name", MODULES)
def test_module_imports(name):
    assert importlib.import_module(name).__doc__, "a module says what it is for"


def test_registration_is_undone_in_exact_reverse(addon, calls):
    addon.register()
    registered = [name for word, name in calls if word == "register"]
    assert len(registered) == len(set(registered)) > 15
    calls.clear()
    addon.unregister()
    assert calls == [("unregister", name) for name in reversed(registered)]


def test_properties_and_handlers_are_gone_after_unregister(addon, calls):
    before = {name: len(getattr(bpy.app.handlers, name)) for name in HANDLERS}
    addon.register()
    assert all(hasattr(owner, "underpaint") for owner in OWNERS)
    addon.unregister()
    assert not any(hasattr(owner, "underpaint") for owner in OWNERS)
    assert before == {name: len(getattr(bpy.app.handlers, name)) for name in before}


def test_a_failing_step_leaves_nothing_registered(addon, calls, monkeypatch):
    from underpaint_addon import panels

    def fail() -> None:
        raise RuntimeError("refused")

    registry = importlib.import_module("underpaint_addon.registry")
    steps = tuple(
        (fail, undo) if undo is panels.unregister else (do, undo) for do, undo in registry._STEPS
    )
    monkeypatch.setattr(registry, "_STEPS", steps)
    with pytest.raises(RuntimeError, match="refused"):
        addon.register()
    registered = [name for word, name in calls if word == "register"]
    unregistered = [name for word, name in calls if word == "unregister"]
    assert registered and unregistered == registered[::-1]
    assert not hasattr(bpy.types.Scene, "underpaint")


def test_every_property_and_operator_explains_itself(addon):
    """A tooltip for everything that a person can press or set."""
    from underpaint_addon import ops

    for cls in ops._CLASSES:
        tooltip = getattr(cls, "bl_description", "") or cls.__doc__
        assert tooltip and not tooltip.endswith("."), f"{cls.__name__} has no tooltip"
        assert cls.bl_idname.startswith("underpaint."), cls.__name__
