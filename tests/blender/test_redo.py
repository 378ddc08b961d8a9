"""A take is painted once more from its record: the same bytes, or it is said what differs."""

from __future__ import annotations

import json

import bpy
import pytest
from underpaint_addon import access, session
from underpaint_addon.carry_out import execute

from underpaint.commands import Command
from underpaint.errors import InputError
from underpaint.events import Noted
from underpaint.library.project import Project
from underpaint.library.takes import Takes


class Kept(list):
    """A sink."""

    show = list.append

    @property
    def told(self):
        """All notes."""
        return " ".join(event.text for event in self if isinstance(event, Noted))


@pytest.fixture
def painted(saved, tmp_path):
    """One take with settings that are not the scene's."""
    how = {"seed": 11, "mode": "each", "seed_per": "frame"}
    command = Command("frames", words="moss", out=tmp_path / "out", **how)
    assert execute(command, saved, Kept()) == 0
    return Takes(Project(tmp_path / "out"))


def redo(scene, takes, number=1):
    said = Kept()
    command = Command("redo", subject="Camera", take=number, out=takes.project.root)
    assert execute(command, scene, said) == 0
    return said.told


def test_the_same_bytes_come_of_the_same_record(saved, painted):
    told = redo(saved, painted)
    assert "all 2 files are the same, byte for byte" in told
    first, second = painted.list("Camera")
    assert second.request == first.request and second.number == 2
    assert [f.sha256 for f in second.files] == [f.sha256 for f in first.files]
    assert all(f.taken_from is None for f in second.files), "painted, and not copied"


def test_drawings_on_twos_are_redone_on_twos(saved, tmp_path):
    command = Command("frames", cadence="twos", out=tmp_path / "out")
    assert execute(command, saved, Kept()) == 0
    takes = Takes(Project(tmp_path / "out"))
    assert "byte for byte" in redo(saved, takes)
    first, second = takes.list("Camera")
    assert (second.request.mode, second.request.cadence) == ("steady", "twos")
    assert second.request == first.request


def test_drawings_are_redone_as_the_shot_counted_them(saved, tmp_path):
    """Frames 2 and 3 were drawn each; of a shot that begins at 2 they share a drawing."""
    saved.frame_end = 3
    command = Command("frames", cadence="twos", frames=(2, 3), out=tmp_path / "out")
    assert execute(command, saved, Kept()) == 0
    saved.frame_start = 2
    takes = Takes(Project(tmp_path / "out"))
    assert "all 2 files are the same, byte for byte" in redo(saved, takes)
    first, second = takes.list("Camera")
    assert second.request == first.request and first.request.phase == 1


def test_a_texture_that_the_take_started_from_must_be_there(saved, painted):
    path = painted.folder(painted.load("Camera", 1)) / "take.json"
    record = json.loads(path.read_text("utf-8"))
    record["frame_request"]["standing"] = [{"object": "Cube", "sha256": "0" * 64}]
    path.write_text(json.dumps(record), "utf-8")
    with pytest.raises(InputError, match="texture of Cube that the take started from is gone"):
        redo(saved, painted)


def test_pictures_that_differ_are_named(saved, painted):
    path = painted.folder(painted.load("Camera", 1)) / "take.json"
    record = json.loads(path.read_text("utf-8"))
    record["files"][1]["sha256"] = "0" * 64
    record["underpaint"] = "0.0.1"
    record["made_with"]["numpy"] = "1.0"
    assert record["made_with"]["numpy"], "what the stand-in depends on"
    record["made_with"]["numpy"] = "1.0"
    path.write_text(json.dumps(record), "utf-8")
    told = redo(saved, painted)
    assert "numpy, 1.0 to " in told
    assert "1 of 2 files are the same, frames 2 are not" in told
    assert "Underpaint, 0.0.1 to" in told and "numpy, 1.0 to" in told


def test_a_changed_scene_is_refused_with_its_frames(saved, painted):
    cube = bpy.data.objects["Cube"]
    cube.location.x = 1.0
    with pytest.raises(InputError, match=r"has changed since take 1 of Camera .* frames 1, 2:"):
        redo(saved, painted)
    assert painted.numbers("Camera") == (1,)
    cube.location.x = 0.0
    assert "byte for byte" in redo(saved, painted)


def test_frames_that_the_shot_has_lost_are_named(saved, painted):
    saved.frame_end = 1
    with pytest.raises(InputError, match="no frames 2 any more"):
        redo(saved, painted)


def test_takes_and_shots_that_are_not_there(saved, painted):
    with pytest.raises(InputError, match="has no take 9; it has 1"):
        redo(saved, painted, 9)


def test_the_panels_button_paints_the_chosen_take_once_more(saved):
    assert bpy.ops.underpaint.frames() == {"FINISHED"}
    session.refresh(saved)
    assert bpy.ops.underpaint.redo_take() == {"FINISHED"}
    assert "byte for byte" in access.session().told
    assert [take.number for take in access.session().takes] == [1, 2]
