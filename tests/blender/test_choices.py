"""Which of a scene's objects a person may choose."""

from __future__ import annotations

import bpy
import pytest
from underpaint_addon import choices

from underpaint.errors import InputError

from .rendering import add, move


@pytest.fixture
def stage(scene):
    """Three meshes: one that renders, one in an excluded collection, one that is switched off."""
    collection = bpy.data.collections.new("old takes of the set")
    scene.collection.children.link(collection)
    move(add("cone", "Excluded"), collection)
    scene.view_layers[0].layer_collection.children[collection.name].exclude = True
    add("cone", "Off").hide_render = True
    return scene


def test_every_mesh_that_renders(stage):
    assert choices.objects(stage, ()) == ("Cube",)


def test_one_that_another_view_layer_renders_counts(stage):
    layer = stage.view_layers.new("second")
    assert choices.objects(stage, ()) == ("Cube", "Excluded")
    layer.use = False
    assert choices.objects(stage, ()) == ("Cube",)


def test_a_chosen_one_that_does_not_render_is_told(stage):
    for name in ("Excluded", "Off", "Camera"):
        with pytest.raises(InputError, match=f"{name}.* is no mesh that renders.*: Cube"):
            choices.objects(stage, [name])
    with pytest.raises(InputError, match="'Ghost' is not in this scene"):
        choices.objects(stage, ["Ghost"])
