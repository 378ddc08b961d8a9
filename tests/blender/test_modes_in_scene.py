"""The scene's wishes for modes and drawings, and the textures that an anchored shot starts from."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import bpy
import pytest
from underpaint_addon import access, session
from underpaint_addon.jobs import asking, order, standing

from underpaint.commands import Command
from underpaint.library import judgements, picks
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import EngineRef, StandingRef, TextureRequest, TileRequest, ViewRef
from underpaint.wire.messages import StandingTexture

ENGINE = EngineRef("stand-in", "numpy", "GPL-3.0-or-later", "f" * 64)
LOOK = Look("plain", "stone")
TEXTURE = TextureRequest(ENGINE, LOOK, 1, 64, "mesh", (ViewRef("Camera", 1, "p"),))
TILE = TileRequest(ENGINE, LOOK, 1, 64, "wall", 2.0)


@pytest.fixture
def project(tmp_path):
    """One that has no takes yet."""
    return Project(tmp_path / "underpaint")


def keep(project, name, request=TEXTURE):
    """A take of an object's texture; each is of a seed of its own."""
    takes = Takes(project, "textures")
    request = replace(request, seed=len(takes.numbers(name)))
    with takes.begin(request, name) as unfinished:
        unfinished.add_file("basecolor.png", b"paint")
        return unfinished.finish("Ana", 1.0).number


def made_requests(scene):
    folder = Path(bpy.data.filepath).parent / "underpaint" / "takes"
    records = sorted(folder.glob("*/*/take.json"))
    return [json.loads(record.read_text())["frame_request"] for record in records]


def test_frames_come_about_as_the_scene_wishes(saved):
    wishes = access.wishes(saved)
    assert (wishes.mode, wishes.cadence) == ("steady", "ones")
    wishes.seed_per = "frame"  # says nothing where frames are carried
    assert bpy.ops.underpaint.frames() == {"FINISHED"}
    wishes.mode, wishes.cadence = "each", "twos"
    assert bpy.ops.underpaint.frames() == {"FINISHED"}
    how = [(r["mode"], r["cadence"], r["seed_per"]) for r in made_requests(saved)]
    assert how == [("steady", "ones", "shot"), ("each", "twos", "frame")]
    session.refresh(saved)
    told = [take.told for take in access.session().takes]
    assert [" · ".join(line.split(" · ")[2:]) for line in told] == [
        "2 frames",
        "2 frames · each, on twos",
    ]


def test_undo_takes_a_mode_back(saved):
    bpy.ops.ed.undo_push(message="before")
    access.wishes(saved).mode = "anchored"
    access.wishes(saved).repaint = 0.8
    bpy.ops.ed.undo_push(message="changed")
    bpy.ops.ed.undo()
    wishes = access.wishes(bpy.context.scene)
    assert wishes.mode == "steady" and wishes.repaint == pytest.approx(0.35)


def test_anchored_without_textures_is_refused_before_anything_is_rendered(saved):
    access.wishes(saved).mode = "anchored"
    with pytest.raises(RuntimeError, match="paint textures first, or choose the mode steady"):
        bpy.ops.underpaint.frames()
    assert not (Path(bpy.data.filepath).parent / "underpaint" / "passes").exists()


def test_keys_alone_need_keys(saved):
    access.wishes(saved).mode, access.wishes(saved).cadence = "each", "keys"
    with pytest.raises(RuntimeError, match="has no key frames to show alone"):
        bpy.ops.underpaint.frames()


def test_a_command_overrules_the_scene(saved):
    access.wishes(saved).mode = "each"
    access.wishes(saved).repaint = 0.8
    command = Command("frames", mode="anchored", cadence="threes", repaint=0.0)
    wanted = order.of_command(saved, command, apply=False)
    textures = (StandingTexture("Cube", 3),)
    asked = asking.frames(wanted, wanted.shots[0], textures)
    assert (asked.mode, asked.cadence, asked.repaint) == ("anchored", "threes", 0.0)
    assert asked.textures == textures
    command = Command("frames", mode="anchored")
    assert order.of_command(saved, command, apply=False).repaint == pytest.approx(0.8)


def test_an_anchored_shot_starts_from_what_was_picked_made_or_painted_last(scene, project):
    def chosen(made=None):
        found = standing.painted(scene, project, made or {})
        assert all(one == StandingTexture("Cube", one.take) for one in found)
        return [one.take for one in found]

    assert chosen() == []
    keep(project, "Cube", TILE)
    assert chosen() == [], "a tile lies by no map"
    assert [keep(project, "Cube") for _ in range(3)] == [2, 3, 4]
    keep(project, "gone from the scene")
    assert chosen() == [4]
    judgements.say(project, "textures", "Cube", 4, "Ana", "rejected")
    assert chosen() == [3]
    assert chosen({"Cube": 2}) == [2], "what this job has painted"
    picks.pick(project, "Cube", 3, "Ana", "textures")
    assert chosen({"Cube": 2}) == [3]


def test_textures_are_found_again_by_their_bytes(project):
    assert [keep(project, "Cube") for _ in range(2)] == [1, 2]
    sha256 = Takes(project, "textures").load("Cube", 2).files[0].sha256
    assert standing.again(project, [StandingRef("Cube", sha256)]) == (StandingTexture("Cube", 1),)
