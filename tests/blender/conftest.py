"""Fixtures over the real bpy, which has a user folder of its own: not the one of whoever tests.

Blender's factory settings switch extensions off, which removes their wheels from that folder.
"""

import os
import tempfile
from collections.abc import Iterator

import pytest

_USER = tempfile.TemporaryDirectory(prefix="underpaint-tests-")
os.environ["BLENDER_USER_RESOURCES"] = _USER.name

import bpy  # noqa: E402  it reads the variable
import underpaint_addon  # noqa: E402
from underpaint_addon import access  # noqa: E402


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """Blender's factory scene, fresh: cube, camera, light."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield bpy.context.scene


@pytest.fixture
def saved(tmp_path, monkeypatch):
    """The factory scene, small, saved, with the add-on on and the stand-in as its engine."""
    monkeypatch.setenv("UNDERPAINT_CACHE", str(tmp_path / "cache"))
    underpaint_addon.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    underpaint_addon.register()
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y = 64, 48
    scene.frame_start, scene.frame_end = 1, 2
    wishes = access.wishes(scene)
    wishes.engine, wishes.words = "stand-in", "stone"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "cena ã.blend"))
    yield bpy.context.scene
    underpaint_addon.unregister()
    bpy.ops.wm.read_homefile(use_factory_startup=True)
