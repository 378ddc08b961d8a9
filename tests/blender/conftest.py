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


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """Blender's factory scene, fresh: cube, camera, light."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield bpy.context.scene
