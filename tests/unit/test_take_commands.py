"""takes, judge and delete as people type them: what they list, refuse and ask."""

from __future__ import annotations

import io
import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from underpaint import cli, direct, direct_stop, direct_takes
from underpaint.console import Console, JsonSink
from underpaint.errors import Cancelled, FormatError, InputError
from underpaint.library import judgements, picks
from underpaint.library.deletion import delete
from underpaint.library.judging import judge
from underpaint.library.looks import built_in
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.library.unfinished import UnfinishedTake
from underpaint.model.look import Look

LONG = "läng " * 40


class Typed:
    """A command line over one project, and what it printed."""

    def __init__(self, project) -> None:
        self.project = project
        self.out, self.err = io.StringIO(), io.StringIO()

    def __call__(self, *words: str, by: str = "Ana") -> int:
        self.out, self.err = io.StringIO(), io.StringIO()
        command = cli.commands.parse([words[0], "x.blend", *words[1:]])
        sink = JsonSink(self.out) if command.json else Console(self.out, self.err)
        match words[0]:
            case "takes":
                return direct_takes.takes(self.project, command, sink)
            case "pick":
                return direct.pick(self.project, command, by, sink)
            case "judge":
                return direct_takes.judge(self.project, command, by, sink)
            case "stop":
                return direct_stop.stop(self.project, command, sink)
        return direct_takes.delete(self.project, command, by, sink)

    @property
    def lines(self) -> list[str]:
        return self.out.getvalue().splitlines()

    def listed(self, *words: str) -> list[dict]:
        assert self("takes", *words, "--json") == 0
        events = [json.loads(line) for line in self.lines]
        assert events[-1]["event"] == "done"
        return [event for event in events if event["event"] == "listed"]


@pytest.fixture
def typed(stage):
    """Three takes of one shot, one of another with a long name, one texture of a wall."""
    for seed, mode, cadence in ((1, "each", "ones"), (2, "steady", "twos"), (3, "steady", "ones")):
        stage.paint(replace(stage.request(seed=seed), mode=mode, cadence=cadence))
    stage.paint(stage.request(LONG))
    with Takes(stage.project, "textures").begin(stage.texture_request(), "wall") as unfinished:
        unfinished.add_file("basecolor.png", stage.png(8, 8))
        unfinished.finish("Ana", 100.0)
    return Typed(stage.project)


def test_the_table_tells_what_was_said(typed):
    typed("judge", "dolly", "1", "--stars", "4", "--note", "the light\nis right")
    typed("judge", "dolly", "1", "--stars", "5", by="Ben")
    typed("judge", "dolly", "2", "--reject", by="Ben")
    typed("pick", "dolly", "3")
    delete(typed.project, "shots", LONG, 1, "Ben")
    assert typed("takes") == 0
    assert typed.lines == [
        "dolly",
        f"          take  stars        seed  {'look':22}        took  words",
        f"             1    4.5           1  {'dusk':22}         2 s  each · a street at dusk",
        "           Ana 4, Ben 5",
        "           Ana: the light is right",
        f"rejected     2                  2  {'dusk':22}         2 s  on twos · a street at dusk",
        "           rejected by Ben",
        f"picked       3                  3  {'dusk':22}         2 s  a street at dusk",
    ]
    assert typed.err.getvalue() == (
        "wall has textures: list them with --texture, or name an object.\n"
    )
    assert typed("takes", "--texture") == 0
    assert typed.lines == [
        "Textures of wall",
        f"          take  stars        seed  {'look':22}        took  words",
        f"             1                  7  {'dusk':22}       100 s  a wall",
    ]
    assert typed("takes", LONG) == 0
    assert typed.lines[2].startswith("deleted      1") and "deleted by Ben" in typed.lines[3]


@pytest.mark.parametrize("look", sorted(built_in()))
def test_the_table_has_room_for_every_look_with_words_of_ones_own(typed, stage, look):
    request = replace(stage.request("crane"), look=Look(f"{look}, own words", "rain"))
    stage.paint(request)
    assert typed("takes", "crane") == 0
    assert f"  {look}, own words  " in typed.lines[2]


def test_every_take_is_a_line_of_json(typed):
    typed("judge", "dolly", "2", "--stars", "3", "--note", "ñ")
    typed("judge", "dolly", "3", "--reject", by="Ben")
    delete(typed.project, "shots", "dolly", 1, "Ben")
    first, second, third = typed.listed("dolly")
    assert (first["deleted"], first["folder"], first["seed"]) == ("Ben", "", 1)
    assert (second["stars"], second["starred"], second["deleted"]) == (3.0, {"Ana": 3}, None)
    assert second["folder"] == "takes/dolly/002" and second["notes"][0]["text"] == "ñ"
    assert third["rejected"] == "Ben" and third["words"] == "a street at dusk"
    assert [event["subject"] for event in typed.listed()] == [*["dolly"] * 3, LONG]
    assert [event["kind"] for event in typed.listed("wall")] == ["textures"]


def test_a_word_too_many_or_too_few(typed):
    with pytest.raises(InputError, match="judge wants to know what you think"):
        typed("judge", "dolly", "1", "--note", " ")
    with pytest.raises(InputError, match="not allowed with"):
        typed("judge", "dolly", "1", "--reject", "--accept")
    with pytest.raises(InputError, match="whole number from 0 to 5"):
        typed("judge", "dolly", "1", "--stars", "6")
    with pytest.raises(InputError, match=r"Nothing called 'crane' has takes\. These have: dolly"):
        typed("takes", "crane")
    with pytest.raises(InputError, match=r"No shot or object 'crane' has takes\."):
        typed("judge", "crane", "1", "--reject")


def test_a_rejection_is_taken_back(typed):
    typed("judge", "dolly", "1", "--reject")
    with pytest.raises(InputError, match="rejected by Ana"):
        typed("pick", "dolly", "1")
    typed("judge", "dolly", "1", "--accept", by="Ben")
    typed("pick", "dolly", "1")
    assert picks.load(typed.project).shots["dolly"].take == 1


def test_a_damaged_file_is_one_sentence_and_the_takes_are_listed(typed):
    judge(typed.project, "shots", "dolly", 1, "Ana", stars=4)
    path = typed.project.judgements_by("shots", "dolly", "Ana")
    path.write_text("{")
    assert typed("takes", "dolly") == 0
    assert len(typed.lines) == 2 + 3 and typed.err.getvalue().count("\n") == 1
    assert "Ana.json: This is no JSON" in typed.err.getvalue()
    assert "Mend the file, put an earlier copy in its place" in typed.err.getvalue()
    with pytest.raises(FormatError, match=r"Ana\.json"):
        typed("judge", "dolly", "2", "--stars", "1")
    assert path.read_text() == "{"


class Terminal(io.StringIO):
    """Somebody who answers."""

    def isatty(self) -> bool:
        return True


def test_delete_says_what_goes_and_asks(typed, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    with pytest.raises(InputError, match="Nobody is here to be asked: say --yes"):
        typed("delete", "dolly", "2")
    assert "Take 2 of dolly (seed 2 · a street at dusk) goes for good: 3 files" in (
        typed.err.getvalue()
    )
    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    with pytest.raises(Cancelled, match="Nothing was deleted"):
        typed("delete", "dolly", "2")
    assert [take.number for take in Takes(typed.project).list("dolly")] == [1, 2, 3]
    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    with pytest.raises(InputError, match="Nobody is here"):
        typed("delete", "dolly", "2", "--json")
    assert typed("delete", "dolly", "2") == 0
    assert [take.number for take in Takes(typed.project).list("dolly")] == [1, 3]
    assert typed.lines == ["judgements/takes/dolly/deleted/002.json"]
    assert typed("delete", "dolly", "3", "--yes") == 0


def test_what_is_used_goes_only_when_that_is_said(typed):
    typed("pick", "dolly", "3")
    with pytest.raises(InputError, match=r"is in use: It is picked\. Say --although-used"):
        typed("delete", "dolly", "3", "--yes")
    assert typed("delete", "dolly", "3", "--yes", "--although-used") == 0
    assert "dolly" not in picks.load(typed.project).shots
    assert judgements.history(typed.project, "shots", "dolly")[-1].said == "deleted"


def test_the_program_finds_the_folder_beside_the_file(stage, capsys):
    stage.paint_shot("dolly")
    scene = stage.project.root.parent / "film ñ.blend"
    scene.write_bytes(b"")
    assert cli.main(["judge", str(scene), "dolly", "1", "--stars", "5", "--by", "Ana"]) == 0
    assert "5" in capsys.readouterr().out
    assert cli.main(["takes", str(scene), "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[0])["starred"] == {"Ana": 5}
    assert cli.main(["takes", str(Path("nowhere.blend"))]) == 2
    assert "nowhere.blend does not exist" in capsys.readouterr().err
    assert cli.main(["takes", str(scene.parent)]) == 2
    assert capsys.readouterr().err == f"{scene.parent} is a folder, not a .blend file.\n"


def begin(stage, request) -> UnfinishedTake:
    """A take with one frame."""
    unfinished = Takes(stage.project).begin(request)
    unfinished.add(2, stage.png())
    return unfinished


def test_unfinished_takes_are_told_of(typed, stage):
    """Also where a shot has none that is finished."""
    with begin(stage, stage.request("crane", seed=5)), begin(stage, stage.request(seed=9)):
        assert typed("takes", "crane") == 0 and not typed.lines
        now = "crane: an unfinished take (seed 5, dusk), 1 of its 3 frames are there, and it is "
        assert typed.err.getvalue() == f"{now}being painted now.\n"
    assert typed("takes") == 0
    told = [line for line in typed.err.getvalue().splitlines() if "unfinished" in line]
    assert [line.split(":")[0] for line in told] == ["crane", "dolly"]
    assert told[1].endswith(
        "(seed 9, dusk), 1 of its 3 frames are there, and the same command goes on from there."
    )


def test_what_somebody_died_before_painting_is_no_unfinished_take(typed, stage):
    with Takes(stage.project).begin(stage.request("crane")) as unfinished:
        shutil.copytree(unfinished.folder, kept := stage.project.root / "kept")
    kept.rename(unfinished.folder)
    with pytest.raises(InputError, match="Nothing called 'crane' has takes"):
        typed("takes", "crane")
    assert typed("takes") == 0 and "crane" not in typed.err.getvalue()


def test_stop_says_what_is_true_of_frames_in_the_making(typed, stage):
    with begin(stage, stage.request(seed=9)) as unfinished:
        assert typed("stop", "dolly", "--seed", "9") == 0
        assert "ends after what is being painted now. 1 of its 3 frames were there before that" in (
            typed.err.getvalue()
        )
        assert unfinished.stopped


def test_stop_names_the_shots_that_there_are(typed, stage):
    stage.render("around 01")
    stage.render("wide shot")
    with pytest.raises(InputError, match=r"There is no shot 'doly' .*did you mean dolly\?\)") as no:
        typed("stop", "doly")
    assert "There are: dolly, " in str(no.value) and "wide shot." in str(no.value)
    assert "around" not in str(no.value)
    with pytest.raises(InputError, match="Nobody paints any take of 'wide shot'"):
        typed("stop", "wide shot")
    with pytest.raises(InputError, match="Nobody paints a take with seed 4 of 'dolly'"):
        typed("stop", "dolly", "--seed", "4")
    typed.project = Project(typed.project.root / "nothing")
    with pytest.raises(InputError, match=r"Nothing was rendered or painted in .* yet"):
        typed("stop", "dolly")
