"""A take goes only when somebody asks for it: whole, never its number, and its record stays."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from dataclasses import replace

import pytest

from underpaint.errors import InputError
from underpaint.library import atomic, judgements, picks
from underpaint.library.deletion import delete, deleted, look
from underpaint.library.judging import judge
from underpaint.library.takes import Takes
from underpaint.model.request import AtlasCell, AtlasRequest, StandingRef


@pytest.fixture
def painted(stage):
    """Three takes of a shot."""
    for seed in (1, 2, 3):
        stage.paint(stage.request(seed=seed))
    return stage


def texture(stage, subject, colour, **values):
    request = replace(stage.texture_request(), **values)
    with Takes(stage.project, "textures").begin(request, subject) as unfinished:
        unfinished.add_file("basecolor.png", stage.png(8, 8, colour))
        return unfinished.finish("Ana", 1.0)


def numbers(project):
    return [take.number for take in Takes(project).list("dolly")]


def test_a_deleted_take_can_be_painted_again_from_its_record(painted):
    project = painted.project
    before = Takes(project).load("dolly", 2)
    judge(project, "shots", "dolly", 2, "Ana", note="dull")
    going = delete(project, "shots", "dolly", 2, "Ben")
    assert going.take == before and going.bytes > 100 and going.used == ()
    assert numbers(project) == [1, 3] and not project.take("shots", "dolly", 2).exists()
    (record,) = deleted(project, "shots", "dolly")
    assert record == before
    last = judgements.history(project, "shots", "dolly")[-1]
    assert (last.by, last.said, last.text) == ("Ben", "deleted", "seed 2 · a street at dusk")
    assert judgements.verdict(project, "shots", "dolly", 2).notes[0].text == "dull"
    again = painted.paint(record.request)
    assert again.number == 4 and [f.sha256 for f in again.files] == [f.sha256 for f in before.files]


def test_a_number_is_never_given_again_though_the_mark_was_lost(painted):
    project = painted.project
    project.mark("shots", "dolly").unlink()
    delete(project, "shots", "dolly", 3, "Ana")
    assert painted.paint(painted.request(seed=9)).number == 4


def test_what_is_not_there(painted):
    with pytest.raises(InputError, match="dolly has no take 7; it has 1, 2, 3"):
        delete(painted.project, "shots", "dolly", 7, "Ana")
    assert deleted(painted.project, "shots", "dolly") == ()


def test_a_picked_take_stays_until_that_is_known(painted):
    project = painted.project
    picks.pick(project, "dolly", 2, "Ana")
    with pytest.raises(InputError, match=r"Take 2 of dolly is in use: It is picked\."):
        delete(project, "shots", "dolly", 2, "Ana")
    assert numbers(project) == [1, 2, 3] and deleted(project, "shots", "dolly") == ()
    delete(project, "shots", "dolly", 2, "Ana", although_used=True)
    assert picks.load(project).shots == {} and numbers(project) == [1, 3]


def test_a_take_in_a_reel_stays(painted):
    project = painted.project
    folder = project.reel(1)
    folder.mkdir(parents=True)
    credited = (
        '{"format": "underpaint/credits", "version": 2, "title": "t", "created": "", '
        '"underpaint": "", "people": [], "made": [], "shots": [{"shot": "dolly", "take": 2, '
        '"painted": "", "painted_by": "", "engine": {"name": "e", "family": "f", "licence": "l", '
        '"fingerprint": ""}, "look": {"name": "n", "words": "w"}, "seed": 1, "seed_per": "shot", '
        '"width": 8, "height": 6, "start": 1, "end": 3, "pick": null, "chosen": "newest", '
        '"inputs": [], "frames": []}]}'
    )
    (folder / "credits.json").write_text(credited)
    assert look(project, "shots", "dolly", 1).used == ()
    with pytest.raises(InputError, match=r"in use: Reel 001 shows it\."):
        delete(project, "shots", "dolly", 2, "Ana")
    (folder / "credits.json").write_text("{")
    with pytest.raises(InputError, match="Reel 001 may show it: its credits cannot be read"):
        delete(project, "shots", "dolly", 1, "Ana")


def test_a_texture_that_another_take_was_painted_beside_stays(stage):
    project = stage.project
    wall = texture(stage, "wall", (200, 0, 0))
    alike = texture(stage, "wall", (200, 0, 0), seed=8)
    assert alike.files == wall.files
    assert look(project, "textures", "wall", 1).used == (), "equal pixels are no use of each other"
    sha256 = wall.files[0].sha256
    texture(stage, "door", (0, 200, 0), standing=(StandingRef("wall", sha256),))
    cells = (AtlasCell("wall", 1, sha256, 0, 0, 8),)
    with Takes(project, "atlases").begin(AtlasRequest(16, 16, 2, cells), "set") as unfinished:
        unfinished.add_file("basecolor.png", stage.png(16, 16))
        unfinished.finish("Ana", 1.0)
    told = "It was seen or packed in textures/door/001, atlases/set/001."
    assert look(project, "textures", "wall", 1).used == (told,)
    with pytest.raises(InputError, match="seen or packed in"):
        delete(project, "textures", "wall", 1, "Ana")
    assert delete(project, "textures", "door", 1, "Ana").used == ()
    assert (
        look(project, "textures", "wall", 1, ["The object wall shows it."])
        .used[1]
        .endswith("shows it.")
    )


def test_a_texture_that_a_shot_started_from_stays(stage):
    project = stage.project
    sha256 = texture(stage, "wall", (200, 0, 0)).files[0].sha256
    request = replace(stage.request(), mode="anchored", standing=(StandingRef("wall", sha256),))
    stage.paint(request)
    told = "It was seen or packed in takes/dolly/001."
    assert look(project, "textures", "wall", 1).used == (told,)


STOPS = """
import os, signal, sys
from pathlib import Path
from underpaint.library import atomic, deletion, judgements
from underpaint.library.project import Project
module, name = {"record": (atomic, "discard"), "aside": (atomic, "remove")}[sys.argv[2]]
setattr(module, name, lambda *_: os.kill(os.getpid(), signal.SIGKILL))
deletion.delete(Project(Path(sys.argv[1])), "shots", "dolly", 2, "Ana")
"""


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL")
@pytest.mark.parametrize(("when", "left"), [("record", [1, 2, 3]), ("aside", [1, 3])])
def test_killed_halfway_it_stands_whole_or_is_gone(painted, when, left):
    project = painted.project
    words = [sys.executable, "-c", STOPS, str(project.root), when]
    assert subprocess.run(words, timeout=60, check=False).returncode == -signal.SIGKILL
    scan = Takes(project).scan("dolly")
    assert [take.number for take in scan.takes] == left and scan.notes == ()
    assert [take.number for take in deleted(project, "shots", "dolly")] == sorted(
        {1, 2, 3} - {*left}
    )
    if when == "record":
        delete(project, "shots", "dolly", 2, "Ana")
        assert numbers(project) == [1, 3]
    folder = project.takes("shots", "dolly")
    hidden = list(folder.glob(f"{atomic.TEMP_PREFIX}*"))
    assert len(hidden) == (when == "aside")
    for path in (p for aside in hidden for p in (*aside.iterdir(), aside)):
        os.utime(path, (0, 0))
    assert painted.paint(painted.request(seed=9)).number == 4
    assert not list(folder.glob(f"{atomic.TEMP_PREFIX}*")), "the next take sweeps up"
