"""Cuts: what a frame of the reel shows, the verbs of an editor, and the file that keeps them."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from underpaint.errors import FormatError, InputError
from underpaint.library import cuts
from underpaint.library.atomic import read_document
from underpaint.model import editing
from underpaint.model.codec import document_text, parse_document
from underpaint.model.cut import MOST_HELD, Cut, CutEntry

FRAMES = range(1, 9)
ABC = editing.of_shots(["a", "b", "c"])


@pytest.mark.parametrize(
    ("entry", "shown"),
    [
        (CutEntry("a"), (1, 2, 3, 4, 5, 6, 7, 8)),
        (CutEntry("a", first=3, last=5), (3, 4, 5)),
        (CutEntry("a", first=3, last=4, speed=(1, 2)), (3, 3, 4, 4)),
        (CutEntry("a", speed=(2, 1)), (1, 3, 5, 7)),
        (CutEntry("a", speed=(3, 2)), (1, 2, 4, 5, 7, 8)),
        (CutEntry("a", speed=(2, 3), last=3), (1, 1, 2, 3, 3)),
        (CutEntry("a", first=3, last=4, speed=(1, 2), length=3), (3, 3, 4)),
        (CutEntry("a", first=2, last=2, head=2, tail=1), (2, 2, 2, 2)),
        (CutEntry("a", first=7, last=10), (7, 8, 8, 8)),
        (CutEntry("a", first=-1, last=2), (1, 1, 1, 2)),
    ],
)
def test_a_frame_of_the_reel_shows_a_frame_that_was_painted(entry, shown) -> None:
    assert entry.shown(FRAMES) == shown


@pytest.mark.parametrize("frames", [range(0, 5), range(-3, 2), range(99_998, 100_003)])
@pytest.mark.parametrize("speed", [(1, 3), (2, 3), (1, 1), (5, 4), (7, 2)])
def test_a_retime_begins_with_the_first_frame_and_never_leaves_the_take(frames, speed) -> None:
    shown = CutEntry("a", speed=speed).shown(frames)
    assert shown[0] == frames.start and shown[-1] in frames
    assert list(shown) == sorted(shown) and set(shown) <= set(frames)
    length = Fraction(len(frames)) / Fraction(*speed)
    assert length <= len(shown) < length + 1
    if Fraction(*speed) <= 1:
        assert set(shown) == set(frames)


@pytest.mark.parametrize(
    "values",
    [
        {"speed": (0, 1)}, {"speed": (-1, 2)}, {"speed": (1, 0)}, {"speed": (101, 1)},
        {"head": -1}, {"tail": 10**9}, {"gap": -5}, {"length": 0}, {"take": 0},
        {"first": 5, "last": 4}, {"last": 10**12}, {"first": -(10**7)},
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(values) -> None:
    with pytest.raises(FormatError):
        CutEntry("a", **values)


def test_the_longest_row_ends() -> None:
    entry = CutEntry("a", first=-(10**6), speed=(1, 100))
    assert len(entry.moving(FRAMES)) == MOST_HELD


def shots(cut: Cut) -> str:
    return "".join(entry.shot for entry in cut.entries)


def test_verbs_move_swap_add_and_remove() -> None:
    assert shots(editing.move(ABC, 1, 3)) == "bca"
    assert shots(editing.move(ABC, 3, 1)) == "cab"
    assert shots(editing.swap(ABC, 1, 3)) == "cba"
    assert shots(editing.add(ABC, "a")) == "abca"
    assert shots(editing.add(ABC, "c", 1)) == "cabc"
    assert shots(editing.remove(ABC, 2)) == "ac"
    assert shots(ABC) == "abc"


def test_verbs_change_one_entry_alone() -> None:
    cut = editing.retime(editing.trim(editing.change(ABC, 2, tail=6), 2, 3, 5), 2, 1, 2)
    assert cut.entries[1] == CutEntry("b", None, 3, 5, (1, 2), tail=6)
    assert cut.entries[::2] == ABC.entries[::2]
    assert editing.restore(cut, 2) == ABC
    assert editing.entry_words(cut.entries[1], FRAMES) == (
        "the pick, frames 3–5, at 1/2 speed, held 6 at its end: 12 frames"
    )
    still = editing.trim(ABC, 1, 4, 4).entries[0]
    assert editing.entry_words(still, FRAMES) == "the pick, frame 4: 1 frame"


def test_an_entry_is_found_by_number_or_by_the_name_of_a_shot_that_comes_once() -> None:
    twice = editing.add(editing.add(ABC, "a"), "2")
    assert editing.find(twice, "b") == 2 and editing.find(twice, "4") == 4
    assert editing.find(twice, "2") == 2
    for words, told in (("a", "1, 4"), ("x", "1 a, 2 b"), ("9", "no entry"), ("0", "no entry")):
        with pytest.raises(InputError, match=told):
            editing.find(twice, words)


@pytest.mark.parametrize("place", [0, 4, -1])
def test_a_place_that_is_not_there(place: int) -> None:
    for verb in (editing.remove, editing.restore):
        with pytest.raises(InputError, match="no place"):
            verb(ABC, place)
    with pytest.raises(InputError, match="no place"):
        editing.move(ABC, 1, place)


def test_a_reel_keeps_one_entry() -> None:
    with pytest.raises(InputError, match="stays"):
        editing.remove(Cut((CutEntry("a"),)), 1)


def test_a_cut_comes_back_from_its_file(stage) -> None:
    cut = Cut((CutEntry("映画/一", 3, -2, 5, (1, 2), 9, 1, 2, 3, "a note"), CutEntry("b")))
    path = cuts.save(stage.project, "Langfassung: 1/2", cut)
    assert read_document(Cut, path) == cut == cuts.load(stage.project, "Langfassung: 1/2")
    assert json.loads(path.read_text("utf-8"))["format"] == "underpaint/cut"
    assert cuts.names(stage.project) == ("Langfassung: 1/2",)
    assert parse_document(Cut, document_text(cut)) == cut


def test_the_default_cut_is_the_painted_shots_in_the_order_of_the_scene(stage) -> None:
    for name, frames in (("late", range(20, 22)), ("early", range(-3, 0)), ("bare", range(5, 7))):
        stage.render(name, frames)
        if name != "bare":
            stage.paint(stage.request(name, frames))
    assert shots(cuts.standing(stage.project, "main")) == "earlylate"
    with pytest.raises(InputError, match="no cut 'long'; there are: none yet"):
        cuts.standing(stage.project, "long")


def test_every_change_of_a_cut_can_be_taken_back(stage) -> None:
    states = [editing.of_shots(names) for names in ("a", "ab", "abc")]
    for cut in states:
        cuts.save(stage.project, "main", cut)
    assert cuts.undo(stage.project, "main") == states[1] == cuts.load(stage.project, "main")
    cuts.save(stage.project, "main", states[2])
    assert cuts.undo(stage.project, "main") == states[1]
    assert cuts.undo(stage.project, "main") == states[0]
    assert cuts.undo(stage.project, "main") is None and cuts.names(stage.project) == ()
    with pytest.raises(InputError, match="nothing to undo"):
        cuts.undo(stage.project, "main")


def test_a_cut_that_is_no_cut(stage) -> None:
    path = stage.project.root / "cuts" / "main.json"
    path.parent.mkdir(parents=True)
    path.write_text('{"format": "underpaint/cut", "version": 1, "entries": [{"shot": 3}]}')
    with pytest.raises(FormatError, match=r"entries\[0\]\.shot"):
        cuts.load(stage.project, "main")
