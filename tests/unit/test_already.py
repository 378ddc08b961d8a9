"""What stands already is counted from the records alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from underpaint.library import already
from underpaint.library.already import Wanted
from underpaint.library.atomic import write_document
from underpaint.library.project import frame_file
from underpaint.library.takes import Takes
from underpaint.model.look import Look

ASKED = Wanted(
    "dolly", (1, 2, 3), (8, 6), Look("dusk", "a street at dusk"), "built-in", {"seed_per": "shot"}
)


@pytest.fixture
def painted(stage):
    stage.render("dolly", (1, 2, 3))
    look = Look("dusk", "a street at dusk", steps=4, guidance=1.0, control_scales={"depth": 1.0})
    stage.paint(replace(stage.request("dolly", (1, 2)), look=look))
    return stage


def test_passes_of_the_size_whose_files_are_there(stage):
    assert already.passes(stage.project, "dolly", (1, 2, 3), (8, 6)) == 0
    stage.render("dolly", (1, 2, 3))
    assert already.passes(stage.project, "dolly", (1, 2, 9), (8, 6)) == 2
    assert already.passes(stage.project, "dolly", (1, 2, 3), (16, 12)) == 0
    (stage.project.passes("dolly") / frame_file(2, ".exr")).unlink()
    assert already.passes(stage.project, "dolly", (1, 2, 3), (8, 6)) == 2


def test_frames_of_takes_whose_engine_filled_in_the_look(painted):
    assert already.frames(painted.project, ASKED, 7) == 2
    assert already.frames(painted.project, ASKED, 8) == 0


@pytest.mark.parametrize(
    "other",
    [
        replace(ASKED, look=Look("dusk", "a street at noon")),
        replace(ASKED, look=replace(ASKED.look, steps=9)),
        replace(ASKED, engine="stand-in"),
        replace(ASKED, size=(16, 12)),
        replace(ASKED, settings={"seed_per": "frame"}),
        replace(ASKED, shot="pan"),
    ],
)
def test_what_is_asked_for_otherwise_does_not_stand(painted, other):
    assert already.frames(painted.project, other, 7) == 0


def test_frames_whose_passes_have_changed_do_not_stand(painted):
    passes = painted.render("dolly", (1, 2, 3))
    changed = replace(passes.frames[0], hash="moved")
    write_document(
        painted.project.pass_set("dolly"), replace(passes, frames=(changed, *passes.frames[1:]))
    )
    assert already.frames(painted.project, ASKED, 7) == 1


def test_frames_of_an_unfinished_take_count(painted):
    request = replace(painted.request("dolly", (1, 2, 3), seed=9))
    with Takes(painted.project).begin(request) as unfinished:
        unfinished.add(3, painted.png())
    assert already.frames(painted.project, ASKED, 9) == 1
