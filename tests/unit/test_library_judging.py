"""What people say of takes is kept whole, whoever writes at once, and a rejection counts."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

from underpaint.errors import FormatError, InputError
from underpaint.library import judgements, picks
from underpaint.library.atomic import write_text
from underpaint.library.judging import judge
from underpaint.library.takes import Takes
from underpaint.model.codec import parse_document
from underpaint.model.cut import CutEntry
from underpaint.model.judgement import Judgements
from underpaint.reel.selection import select

ODD_NAMES = ["", "..", "a/b", "CON", "映画 一", "مشهد", "🎬", "x" * 300, "deleted"]


@pytest.fixture
def painted(stage):
    """Two takes of a shot."""
    for seed in (1, 2):
        stage.paint(stage.request(seed=seed))
    return stage.project


def words(project, subject="dolly"):
    return [(w.take, w.by, w.said) for w in judgements.history(project, "shots", subject)]


def test_everything_that_was_said_stays(painted):
    judge(painted, "shots", "dolly", 1, "Ana", stars=4, note="the light is right")
    judge(painted, "shots", "dolly", 1, "Ana", stars=2)
    judge(painted, "shots", "dolly", 2, "Ben", rejected=True, note="  smears\nat the door ")
    verdict = judge(painted, "shots", "dolly", 1, "Ben", stars=5, note="yes")
    assert verdict.stars == {"Ana": 2, "Ben": 5} and verdict.mean == 3.5
    assert [(n.by, n.text) for n in verdict.notes] == [
        ("Ana", "the light is right"),
        ("Ben", "yes"),
    ]
    second = judgements.verdict(painted, "shots", "dolly", 2)
    assert second.rejected.by == "Ben" and second.notes[0].text == "smears\nat the door"
    said = words(painted)
    assert sorted(said) == sorted(
        [
            *[(1, "Ana", "stars"), (1, "Ana", "noted"), (1, "Ana", "stars")],
            *[(2, "Ben", "rejected"), (2, "Ben", "noted"), (1, "Ben", "stars")],
            (1, "Ben", "noted"),
        ]
    )
    assert all(w.when.endswith("+00:00") for w in judgements.history(painted, "shots", "dolly"))
    assert judge(painted, "shots", "dolly", 1, "Ana", stars=0).stars == {"Ben": 5}


def test_the_last_word_on_a_rejection_counts_whoever_says_it(painted, monkeypatch):
    """Also when another machine's clock was ahead, or both spoke at once."""
    times = iter([*["2026-11-23T10:00:00.000000+00:00"] * 3, "2026-11-23T09:00:00.000000+00:00"])
    monkeypatch.setattr(judgements, "exact_now", lambda: next(times))
    judge(painted, "shots", "dolly", 1, "Zoe", rejected=True)
    assert judgements.rejected(painted, "shots", "dolly") == {1}
    assert judge(painted, "shots", "dolly", 1, "Ana", rejected=False).rejected is None
    assert judge(painted, "shots", "dolly", 1, "Ana", rejected=True).rejected.by == "Ana"
    assert judge(painted, "shots", "dolly", 1, "Zoe", rejected=False).rejected is None


def test_pick_and_reject_exclude_each_other(painted):
    picks.pick(painted, "dolly", 1, "Ana")
    with pytest.raises(InputError, match="Take 1 of dolly is picked: pick another one"):
        judge(painted, "shots", "dolly", 1, "Ben", rejected=True, note="never written")
    judge(painted, "shots", "dolly", 2, "Ben", rejected=True)
    with pytest.raises(InputError, match="Take 2 of dolly was rejected by Ben: take that back"):
        picks.pick(painted, "dolly", 2, "Ana")
    assert picks.load(painted).shots["dolly"].take == 1
    judge(painted, "shots", "dolly", 2, "Ana", rejected=False)
    picks.pick(painted, "dolly", 2, "Ana")
    assert words(painted).count((2, "Ana", "picked")) == 1
    assert not judgements.verdict(painted, "shots", "dolly", 1).notes


def test_latest_leaves_rejected_takes_out(painted):
    judge(painted, "shots", "dolly", 2, "Ana", rejected=True)
    takes = Takes(painted)
    assert takes.latest("dolly", judgements.rejected(painted, "shots", "dolly")).number == 1
    assert takes.latest("dolly").number == 2 and takes.numbers("dolly") == (1, 2)
    assert takes.latest("dolly", (1, 2)) is None


@pytest.mark.parametrize("bad", [{"stars": 6}, {"stars": -1}, {"stars": 3, "take": 9}])
def test_what_cannot_be_is_refused_before_anything_is_written(painted, bad):
    with pytest.raises(InputError, match=r"0 to 5 stars|has no take 9; it has 1, 2"):
        judge(painted, "shots", "dolly", bad.pop("take", 1), "Ana", **bad)
    assert words(painted) == []


@pytest.mark.parametrize("name", ODD_NAMES)
def test_any_name_of_a_shot_and_of_a_person(stage, name, monkeypatch):
    monkeypatch.setattr("underpaint.library.judging.account", lambda: "")
    stage.paint(stage.request(name))
    verdict = judge(stage.project, "shots", name, 1, name, stars=3, note=f"{name} ñ \u2028 \0")
    assert verdict.stars == {name: 3}
    assert [w[1] for w in words(stage.project, name)] == [name, name]


def test_somebody_without_a_name_is_the_account_they_work_under(painted, monkeypatch):
    monkeypatch.setenv("LOGNAME", "ana")
    judge(painted, "shots", "dolly", 1, "", stars=3)
    assert words(painted) == [(1, "ana", "stars")]


def test_a_damaged_file_is_named_and_nothing_in_it_or_beside_it_is_lost(painted):
    judge(painted, "shots", "dolly", 1, "Ana", note="kept")
    judge(painted, "shots", "dolly", 1, "Ben", stars=2)
    path = painted.judgements_by("shots", "dolly", "Ana")
    half = path.read_text()[:-30]
    write_text(path, half)
    with pytest.raises(FormatError, match=r"Ana\.json: This is no JSON that can be read"):
        judgements.history(painted, "shots", "dolly")
    ben = painted.judgements_by("shots", "dolly", "Ben").read_text()
    for by in ("Ana", "Ben"):
        with pytest.raises(FormatError, match=r"Ana\.json"):
            judge(painted, "shots", "dolly", 1, by, stars=5)
    with pytest.raises(FormatError, match=r"Ana\.json"):
        picks.pick(painted, "dolly", 1, "Ben")
    assert path.read_text() == half and not painted.picks.exists()
    assert painted.judgements_by("shots", "dolly", "Ben").read_text() == ben
    path.rename(path.with_suffix(".damaged"))
    assert judge(painted, "shots", "dolly", 1, "Ana", stars=5).stars == {"Ana": 5, "Ben": 2}


def test_a_document_of_another_hand_is_checked(painted):
    text = '{"format": "underpaint/judgements", "version": 1, "subject": "dolly", "said": [%s]}'
    word = (
        '{"take": 1, "by": "Ana", "when": "2026-01-31T12:00:00+00:00", "said": "%s", "stars": %d}'
    )
    assert parse_document(Judgements, text % (word % ("stars", 5))).said[0].stars == 5
    for said, stars in (("stars", 6), ("praised", 0)):
        with pytest.raises(FormatError, match=r"\$\.said\[0\]"):
            parse_document(Judgements, text % (word % (said, stars)))
    for when in ("2026", "soon", "2026-01-31T12:00:00"):
        with pytest.raises(FormatError, match="is no moment"):
            noted = word % ("noted", 0)
            parse_document(Judgements, text % noted.replace("2026-01-31T12:00:00+00:00", when))


WRITES = """
import sys
from pathlib import Path
from underpaint.library.judging import judge
from underpaint.library.project import Project
for number in range(25):
    note = f"{sys.argv[3]} {number}"
    judge(Project(Path(sys.argv[1])), "shots", "dolly", 1, sys.argv[2], note=note)
"""


def test_three_processes_that_write_at_once_lose_no_word(painted):
    """Two of them under one name."""
    writers = (("Ana", "first"), ("Ana", "second"), ("Ben", "third"))
    command = [sys.executable, "-c", WRITES, str(painted.root)]
    running = [subprocess.Popen([*command, *writer]) for writer in writers]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    said = judgements.history(painted, "shots", "dolly")
    for by, of in writers:
        mine = [w.text for w in said if w.by == by and w.text.startswith(of)]
        assert mine == [f"{of} {number}" for number in range(25)]
    assert len(said) == 75


def test_two_thousand_judged_takes_are_read_within_a_blink(painted):
    """Forty times as many takes as a busy shot has, each judged by two people."""
    word = (
        '{"take": %d, "by": "%s", "when": "2026-11-23T10:00:00+00:00", "said": "stars", "stars": 3}'
    )
    for by in ("Ana", "Ben"):
        said = ", ".join(word % (take, by) for take in range(1, 2001))
        head = '{"format": "underpaint/judgements", "version": 1, "subject": "dolly", "said": ['
        write_text(painted.judgements_by("shots", "dolly", by), f"{head}{said}]}}")
    began = time.perf_counter()
    found = judgements.verdicts(painted, "shots", "dolly")
    took = time.perf_counter() - began
    assert len(found) == 2000 and found[2000].stars == {"Ana": 3, "Ben": 3}
    assert took < 1.0, f"{took:.2f} s"


Asked = CutEntry


def test_the_newest_of_a_reel_is_not_a_rejected_one(stage):
    stage.paint_shot("dolly")
    stage.paint(stage.request(seed=8))
    judge(stage.project, "shots", "dolly", 2, "Ana", rejected=True)
    (one,) = select(stage.project, [Asked("dolly")], latest=True)
    assert (one.take.number, one.chosen) == (1, "newest")
    assert select(stage.project, [Asked("dolly", 2)], latest=True)[0].take.number == 2
    judge(stage.project, "shots", "dolly", 1, "Ana", rejected=True)
    with pytest.raises(InputError, match="Every take of dolly is rejected: take one rejection"):
        select(stage.project, [Asked("dolly")], latest=True)
