"""The command ``cut``, as people type it."""

from __future__ import annotations

import json

import pytest

from underpaint import cli, commands
from underpaint.library import cuts, picks
from underpaint.model.cut import CutEntry


@pytest.fixture
def film(stage):
    """Two painted shots, and a file beside the project."""
    for name, frames in (("arrival", range(1, 7)), ("closer look", range(-2, 4))):
        stage.paint_shot(name, frames)
    picks.pick(stage.project, "arrival", 1, "Ben")
    scene = stage.project.root.parent / "street.blend"
    scene.write_bytes(b"BLENDER")
    return stage


def call(film, capsys, *words: str) -> tuple[int, list[dict]]:
    scene = film.project.root.parent / "street.blend"
    code = cli.main(["cut", str(scene), *words, "--json"])
    return code, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def entries(film, name: str = "main") -> tuple[CutEntry, ...]:
    return cuts.standing(film.project, name).entries


def test_a_cut_is_listed_without_being_written(film, capsys) -> None:
    code, events = call(film, capsys)
    assert code == 0 and not film.project.cut("main").exists()
    late, early = events[1], events[0]
    assert (early["shot"], early["place"], early["start"], early["length"]) == (
        "closer look",
        1,
        0,
        6,
    )
    assert (late["shot"], late["take"], late["start"]) == ("arrival", 1, 6)
    assert events[-1]["event"] == "done" and events[-1]["files"] == []


@pytest.mark.parametrize(
    ("words", "entry"),
    [
        (("hold", "arrival", "6"), {"tail": 6}),
        (("hold", "2", "3", "6"), {"head": 3, "tail": 6}),
        (("trim", "arrival", "2-4"), {"first": 2, "last": 4}),
        (("trim", "arrival", "2-"), {"first": 2}),
        (("trim", "arrival", "2", "4"), {"first": 2, "last": 4}),
        (("speed", "arrival", "1/2"), {"speed": (1, 2)}),
        (("speed", "arrival", "1.25"), {"speed": (125, 100)}),
        (("gap", "arrival", "12"), {"gap": 12}),
        (("take", "arrival", "1"), {"take": 1}),
        (("label", "arrival", "too", "slow"), {"label": "too slow"}),
    ],
)
def test_a_verb_changes_its_entry(film, capsys, words, entry) -> None:
    code, events = call(film, capsys, *words)
    assert code == 0 and events[-1]["files"] == ["cuts/main.json"]
    assert entries(film) == (CutEntry("closer look"), CutEntry("arrival", **entry))


def test_verbs_of_order_and_back(film, capsys) -> None:
    for words in (("swap", "1", "2"), ("add", "arrival", "1"), ("move", "3", "2"), ("remove", "1")):
        assert call(film, capsys, *words)[0] == 0
    assert [entry.shot for entry in entries(film)] == ["closer look", "arrival"]
    for _ in range(4):
        assert call(film, capsys, "undo")[0] == 0
    code, events = call(film, capsys, "undo")
    assert code == 2 and "nothing to undo" in events[-1]["message"]


def test_cuts_stand_side_by_side(film, capsys) -> None:
    assert call(film, capsys, "copy", "short")[0] == 0
    assert call(film, capsys, "trim", "arrival", "1-2", "--cut", "short")[0] == 0
    assert entries(film) == (CutEntry("closer look"), CutEntry("arrival"))
    assert entries(film, "short")[1].last == 2
    code, events = call(film, capsys, "copy", "short")
    assert code == 2 and "already" in events[-1]["message"]
    code, events = call(film, capsys, "--cut", "long")
    assert code == 2 and "there are: short" in events[-1]["message"]


def test_negative_frames(film, capsys) -> None:
    code, _ = call(film, capsys, "trim", "closer look", "-1", "2")
    assert code == 0
    assert (entries(film)[0].first, entries(film)[0].last) == (-1, 2)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("trim", "arrival", "40-50"), "nothing is left"),
        (("trim", "arrival", "x"), "5-20"),
        (("trim", "arrival", "1-999999999999"), "No scene has a frame beyond"),
        (("trim", "arrival", "8-3"), "before 8"),
        (("trim", "arrival"), "cut trim ENTRY A-B"),
        (("speed", "arrival", "fast"), "no speed"),
        (("speed", "arrival", "0"), "1/100 to 100"),
        (("speed", "arrival", "1/0"), "1/100 to 100"),
        (("hold", "arrival", "-3"), "no whole number"),
        (("take", "arrival", "9"), "no take 9"),
        (("add", "nobody"), "there are: closer look, arrival"),
        (("move", "1", "9"), "no place 9"),
        (("hold", "nobody", "3"), "no entry 'nobody'"),
        (("frobnicate",), "there is no verb"),
        (("undo", "3"), "cut undo"),
    ],
)
def test_what_cannot_be_is_one_sentence_and_changes_nothing(film, capsys, words, told) -> None:
    code, events = call(film, capsys, *words)
    assert code == 2 and told.casefold() in events[-1]["message"].casefold()
    assert "\n" not in events[-1]["message"] and not film.project.cut("main").exists()


def test_entries_of_a_shot_that_is_gone_are_listed_too(film, capsys) -> None:
    call(film, capsys, "hold", "1", "3")
    text = film.project.cut("main").read_text("utf-8").replace('"arrival"', '"gone"')
    film.project.cut("main").write_text(text, encoding="utf-8")
    code, events = call(film, capsys)
    assert code == 0 and events[1]["length"] == 0 and events[1]["text"] == "not painted yet"


def test_a_reels_options_and_their_defaults() -> None:
    plain = commands.parse(["reel", "a.blend"])
    assert (plain.slates, plain.burn_in, plain.credits, plain.sound) == (None,) * 4
    assert plain.cut == "main"
    words = ["--slates", "--no-burn-in", "--no-credits", "--sound", "a.wav", "--cut", "b"]
    given = commands.parse(["reel", "a.blend", *words])
    assert (given.slates, given.burn_in, given.credits, given.cut) == (True, False, False, "b")
    assert str(given.sound) == "a.wav"
    retime = commands.parse(["retime", "a.blend", "b.otio", "--cut", "c"])
    assert (str(retime.path), retime.cut) == ("b.otio", "c")


def test_undoing_the_making_of_a_copy_is_no_error(film, capsys) -> None:
    assert call(film, capsys, "copy", "short")[0] == 0
    code, events = call(film, capsys, "undo", "--cut", "short")
    assert code == 0 and not film.project.cut("short").exists()
    assert "no cut 'short'" in events[0]["text"] and events[-1]["files"] == []


def test_a_copy_never_goes_over_a_cut_whose_file_is_the_same_on_some_disks(film, capsys) -> None:
    assert call(film, capsys, "copy", "Short")[0] == 0
    code, events = call(film, capsys, "copy", "short")
    assert code == 2 and "already" in events[-1]["message"]


def test_a_number_of_thousands_of_digits_ends_in_a_sentence(film, capsys) -> None:
    code, events = call(film, capsys, "trim", "arrival", f"1-{'9' * 5000}")
    assert code == 2 and events[-1]["event"] == "failed"
