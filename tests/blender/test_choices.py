"""Which of a scene's objects a person may choose."""

from __future__ import annotations

import re

import bpy
import pytest
from underpaint_addon import choices
from underpaint_addon.jobs import blocking, order, stages

from underpaint.commands import Command
from underpaint.errors import InputError
from underpaint.events import Noted
from underpaint.model.shot import Shot

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


SHOTS = (Shot("dolly", "Camera", -2, 9), Shot("two shot", "Camera", 10, 24))


@pytest.mark.parametrize(
    ("wanted", "kept", "said"),
    [
        ((5, None), {"dolly": (5, 9), "two shot": (10, 24)}, ""),
        ((3, 12), {"dolly": (3, 9), "two shot": (10, 12)}, ""),
        (
            (-5, 12),
            {"dolly": (-2, 9), "two shot": (10, 12)},
            "Of the frames -5 to 12 the chosen shots have: dolly -2 to 9, two shot 10-12.",
        ),
        ((11, 99), {"two shot": (11, 24)}, "Of the frames 11-99 the chosen shots have: two shot "),
    ],
)
def test_frames_that_no_shot_has_are_told_of(wanted, kept, said):
    found = choices.frames(SHOTS, wanted)
    assert {shot.name: (frames[0], frames[-1]) for shot, frames in found.items()} == kept
    told = choices.fewer(found, wanted)
    assert told.startswith(said) and bool(told) == bool(said)


@pytest.mark.parametrize(
    ("wanted", "said"),
    [
        ((-3, -3), "Frame -3 is in no chosen shot. There are: dolly -2 to 9, two shot 10-24."),
        ((-8, -3), "The frames -8 to -3 are in no chosen shot."),
        ((50, None), "The frames from 50 on are in no chosen shot."),
        ((50, 60), "The frames 50-60 are in no chosen shot."),
    ],
)
def test_frames_of_no_shot_are_refused(wanted, said):
    with pytest.raises(InputError, match=re.escape(said)):
        choices.frames(SHOTS, wanted)


def test_an_order_says_which_of_the_frames_there_are(saved):
    told = order.of_command(saved, Command("passes", frames=(0, 99)), apply=False).notes
    assert told == ("Of the frames 0-99 the chosen shots have: Camera 1-2.",)
    assert not order.of_command(saved, Command("passes", frames=(1, None)), apply=False).notes
    sink = []
    job = stages.job_of(order.of_command(saved, Command("passes", frames=(0, 1)), apply=False))
    blocking.run(job, sink.append)
    assert [event.text for event in sink if isinstance(event, Noted)] == [
        "Of the frames 0-1 the chosen shots have: Camera 1."
    ]
