"""Fixtures over the real bpy."""

from collections.abc import Iterator

import bpy
import pytest


@pytest.fixture
def scene() -> Iterator[bpy.types.Scene]:
    """Blender's factory scene, fresh: cube, camera, light."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    yield bpy.context.scene
