"""Switching the add-on on and off again and again leaves Blender as it was."""

from __future__ import annotations

import importlib

import bpy
import pytest
from underpaint_addon import watch
from underpaint_addon.jobs import window


def traces():
    """Everything of ours that Blender knows."""
    classes = {name for name in dir(bpy.types) if name.lower().startswith("underpaint")}
    handlers = {
        name: ours
        for name in dir(bpy.app.handlers)
        if isinstance(functions := getattr(bpy.app.handlers, name), list)
        and (ours := [f for f in functions if f.__module__.startswith("underpaint_addon")])
    }
    timers = [f for f in (watch.look, window._tick) if bpy.app.timers.is_registered(f)]
    properties = [
        owner.__name__
        for owner in (bpy.types.Scene, bpy.types.Object, bpy.types.WindowManager)
        if hasattr(owner, "underpaint")
    ]
    operators = [name for name in dir(bpy.ops.underpaint) if not name.startswith("_")]
    return classes, (handlers, timers), properties, operators


@pytest.fixture
def addon():
    addon = importlib.import_module("underpaint_addon")
    addon.unregister()
    yield addon
    addon.unregister()


def test_register_unregister_register(addon):
    before = traces()
    assert not before[0] and before[1] == ({}, []) and not before[2] and not before[3]
    seen = []
    for _ in range(2):
        addon.register()
        seen.append(traces())
        addon.unregister()
        assert traces() == before
    assert seen[0] == seen[1]
    classes, (handlers, _), properties, operators = seen[0]
    assert {"load_pre", "load_post", "frame_change_post"} <= set(handlers)
    assert {"UNDERPAINT_PT_shots", "UNDERPAINT_OT_run", "UNDERPAINT_UL_takes"} <= classes
    assert properties == ["Scene", "Object", "WindowManager"]
    assert set(operators) >= {"passes", "frames", "textures", "reel", "run", "cancel", "pick"}


def test_what_was_saved_in_a_scene_survives_switching_off(addon, tmp_path):
    path = str(tmp_path / "words.blend")
    addon.register()
    bpy.context.scene.underpaint.words = "rain on tin roofs"
    bpy.ops.wm.save_as_mainfile(filepath=path)
    addon.unregister()
    bpy.ops.wm.open_mainfile(filepath=path)
    addon.register()
    assert bpy.context.scene.underpaint.words == "rain on tin roofs"


def test_every_property_explains_itself(addon):
    addon.register()
    for name, item in bpy.types.Scene.bl_rna.properties["underpaint"].fixed_type.properties.items():
        if name not in {"rna_type", "name"}:
            assert item.description, name
