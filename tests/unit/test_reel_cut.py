"""Reels of cuts: what their frames show, their cards, and the reel that stands already."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from underpaint.credits.record import counted
from underpaint.errors import InputError
from underpaint.library.atomic import read_document
from underpaint.model.credits import Credits, Person
from underpaint.model.cut import CutEntry, Dressing, ReelRecord, Sound
from underpaint.reel import cards, overview
from underpaint.reel import frames as frames_module
from underpaint.reel.burnin import reel_size
from underpaint.reel.cards import slate
from underpaint.reel.prepare import Prepared, finish, prepare
from underpaint.reel.sheet import contact_sheet

SIZE = (65, 47)
BARE = Dressing(burn_in=False, credits=False)


def made(stage, entries, dressing: Dressing = BARE, **values: object) -> Prepared:
    return prepare(stage.project, entries, title="Corner", latest=True, dressing=dressing, **values)  # type: ignore[arg-type]


def frames(prepared: Prepared) -> list[np.ndarray]:
    paths = sorted((prepared.folder / "frames").iterdir())
    assert [p.name for p in paths] == [f"frame_{n:04d}.png" for n in range(1, len(paths) + 1)]
    return [np.asarray(Image.open(path)) for path in paths]


def red(number: int) -> int:
    """The red of a painted frame of this number, as the stage paints it."""
    return 40 + number % 100


@pytest.fixture
def film(stage):
    stage.paint_shot("dolly", range(1, 7), size=SIZE)
    stage.paint_shot("pan", range(-2, 2), size=SIZE)
    return stage


def test_every_frame_of_the_video_is_the_one_that_the_cut_says(film) -> None:
    entries = (
        CutEntry("pan", head=2, first=-1, speed=(1, 2)),
        CutEntry("dolly", gap=3, speed=(2, 1), tail=1),
        CutEntry("pan", first=0, last=0),
    )
    prepared = made(film, entries)
    pictures = frames(prepared)
    reds = [int(picture[20, 30, 0]) for picture in pictures]
    pan = [red(n) for n in (-1, -1, -1, -1, 0, 0, 1, 1)]
    assert reds == [*pan, 0, 0, 0, red(1), red(3), red(5), red(5), red(0)]
    assert prepared.count == len(pictures) == 16
    assert {picture.shape for picture in pictures} == {(48, 66, 3)}
    assert (prepared.width, prepared.height) == (66, 48)


def test_slates_and_credits_stand_in_the_video_and_beside_it(film) -> None:
    entries = (CutEntry("dolly"), CutEntry("pan", gap=2, label="check"))
    prepared = made(film, entries, Dressing(slates=True), people=("Ana, direction",))
    parts = read_document(ReelRecord, prepared.folder / "reel.json").parts
    assert [part.kind for part in parts[:4]] == ["slate", "shot", "slate", "shot"]
    assert {part.kind for part in parts[4:]} == {"credits"}
    starts = [part.start for part in parts]
    assert starts[:4] == [0, 36, 44, 80]
    pictures = frames(prepared)
    assert {(picture.shape[1], picture.shape[0]) for picture in pictures} == {reel_size(*SIZE)}
    for part in (*parts[:1], *parts[2:3], *parts[4:]):
        card = np.asarray(Image.open(prepared.folder / part.file))
        for number in range(part.start, part.start + part.length):
            assert np.array_equal(pictures[number], card)
    assert not pictures[42].any() and not pictures[43].any() and pictures[44].any()


def test_the_sheet_says_of_each_take_what_the_cut_shows(
    film, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Trims, holds, speeds and repeats, apart from black and cards."""
    drawn = []
    monkeypatch.setattr(
        overview, "contact_sheet", lambda *words: drawn.append(words) or contact_sheet(*words)
    )
    entries = (
        CutEntry("dolly", first=2, last=3, tail=4),
        CutEntry("pan", first=0, speed=(1, 2), gap=12),
        CutEntry("dolly", first=6),
    )
    made(film, entries, Dressing(slates=True, credits=False))
    (dolly, pan), _, subtitle, _ = drawn[-1]
    assert dolly.length == "7 frames · 0.3 s" and dolly.painted.name == "frame_0003.png"
    assert pan.length == "4 frames · 0.2 s" and pan.painted.name == "frame_0001.png"
    assert subtitle == "2 shots · 11 frames · 0.5 s at 24 fps · black 0.5 s · cards 4.5 s"


def test_slate_and_sheet_say_how_a_take_came_about(stage, monkeypatch: pytest.MonkeyPatch) -> None:
    stage.render("dolly", range(1, 7), size=SIZE)
    request = stage.request("dolly", range(1, 7), size=SIZE)
    stage.paint(replace(request, mode="steady", cadence="twos"))
    slates, drawn = [], []
    monkeypatch.setattr(frames_module, "slate", lambda *a: slates.append(a[0]) or slate(*a))
    monkeypatch.setattr(
        overview, "contact_sheet", lambda *words: drawn.append(words) or contact_sheet(*words)
    )
    made(stage, (CutEntry("dolly"),), Dressing(slates=True, credits=False))
    assert ("how", "on twos") in slates[0].facts and ("frames", "1–6") in slates[0].facts
    made(stage, (CutEntry("dolly", first=3, last=3),), Dressing(slates=True, credits=False))
    assert ("frames", "3") in slates[1].facts
    (dolly,), *_ = drawn[0]
    assert dolly.facts[0] == "take 001 · frame 4 · seed 7 · on twos"


def test_a_take_that_is_shown_twice_is_credited_once(film) -> None:
    prepared = made(film, (CutEntry("dolly"), CutEntry("pan"), CutEntry("dolly", last=2)))
    credits = read_document(Credits, prepared.folder / "credits.json")
    assert [shot.shot for shot in credits.shots] == ["dolly", "pan"]
    assert len(credits.shots[0].frames) == 6


def finished(film, entries, dressing: Dressing = BARE, **values: object) -> Path:
    prepared = made(film, entries, dressing, **values)
    video = (b"ftyp", b"moov", b"mdat")
    data = b"".join((8).to_bytes(4, "big") + name for name in video)
    (prepared.folder / "reel.mp4").write_bytes(data)
    return finish(film.project, prepared.folder)


def test_the_same_reel_is_found_and_another_one_is_not(film, tmp_path: Path) -> None:
    cut = (CutEntry("dolly"), CutEntry("pan"))
    folder = finished(film, cut)
    again = made(film, cut)
    assert again.standing and again.folder == folder and again.count == 10
    assert [path.name for path in film.project.reels.glob(".part*")] == []
    noise = tmp_path / "a.wav"
    noise.write_bytes(b"one")
    sounding = Dressing(burn_in=False, credits=False, sound=Sound(str(noise), 1.0))
    finished(film, cut, sounding)
    assert made(film, cut, sounding).standing
    noise.write_bytes(b"two")
    for entries, dressing, people in (
        (cut[::-1], BARE, ()),
        ((CutEntry("dolly", tail=1), CutEntry("pan")), BARE, ()),
        (cut, Dressing(credits=False), ()),
        (cut, sounding, ()),
        (cut, BARE, ("Ana",)),
    ):
        assert not made(film, entries, dressing, people=people).standing


@pytest.mark.parametrize("harm", ["video", "frame", "gone"])
def test_a_reel_that_is_not_whole_does_not_stand(film, harm: str) -> None:
    cut = (CutEntry("dolly"),)
    folder = finished(film, cut)
    if harm == "video":
        (folder / "reel.mp4").write_bytes(b"edited")
    elif harm == "gone":
        (folder / "contact_sheet.png").unlink()
    else:
        frame = film.project.take("shots", "dolly", 1) / "frame_0002.png"
        frame.write_bytes(film.png(*SIZE, (1, 2, 3)))
    assert not made(film, cut).standing


def test_a_trim_that_leaves_nothing(film) -> None:
    with pytest.raises(InputError, match="frames 50 to 60 of dolly, and take 1 has 1 to 6"):
        made(film, (CutEntry("dolly", first=50, last=60),))


def test_a_reel_without_any_word_of_it_says_where_it_stands(film) -> None:
    assert any("credits.json" in note for note in made(film, (CutEntry("pan"),)).notes)
    burned = Dressing(credits=False)
    assert not any("credits.json" in n for n in made(film, (CutEntry("pan"),), burned).notes)


def credits_of(people: int) -> Credits:
    folk = tuple(Person(f"Person number {n}", "a rather long role") for n in range(people))
    sentences = ("People made it.", "An engine painted the frames.")
    return Credits("A film with a long title", "2026-01-02T03:04:05Z", "1", folk, sentences, ())


@pytest.mark.parametrize("size", [(160, 90), (320, 180), (1920, 1080), (270, 480)])
def test_many_people_take_several_cards_and_nothing_is_cut_off(size) -> None:
    few, many = (cards.credits_cards(credits_of(count), size) for count in (1, 60))
    assert len(many) > len(few) and {image.size for image, _ in many} == {size}
    for image, seconds in (*few, *many):
        pixels = np.asarray(image.convert("L")).astype(int)
        assert pixels.max() > 150 and seconds >= 2
        edges = (pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1])
        assert all(edge.max() < 40 for edge in edges), counted(len(many), "card")


def test_credits_are_as_long_as_is_read_and_no_longer_than_befits_the_film() -> None:
    """A film of three seconds had 16.5 seconds of cards."""
    to_read = (Fraction(29, 2), Fraction(2))
    assert cards.fitted(to_read, Fraction(600)) == to_read
    assert cards.fitted(to_read, Fraction(40)) == (Fraction(8), Fraction(2)), "a quarter"
    assert cards.fitted(to_read, Fraction(3)) == (Fraction(2), Fraction(2)), "still read"
    assert cards.fitted((), Fraction(3)) == ()


def test_the_credits_of_a_short_film_are_short(film) -> None:
    prepared = made(film, (CutEntry("pan"),), Dressing(), people=("Ana, direction", "Bo, camera"))
    parts = read_document(ReelRecord, prepared.folder / "reel.json").parts
    shown = [part.length for part in parts if part.kind == "credits"]
    assert shown == [round(2 * prepared.fps / prepared.fps_base)] * len(shown), "and not longer"


def test_what_goes_on_on_the_next_card_has_its_heading_again() -> None:
    blocks = list(cards._blocks(credits_of(60)))
    pages = cards._pages(blocks, cards._text((640, 384)), 300)
    people = [page for page in pages if any("Person" in line.text for line in page)]
    assert len(people) > 2 and pages[0] is people[0]
    assert all(page[0].text == "People" for page in people[1:])


@pytest.mark.parametrize(("size", "most"), [((640, 384), 3), ((432, 768), 3), ((160, 90), 1)])
def test_a_long_fact_of_a_slate_takes_the_lines_that_there_is_room_for(size, most: int) -> None:
    long = "wet cobblestones, oil paint with a palette knife, visible brush strokes " * 5

    def lines(fact: str) -> int:
        facts = (("take", "001"), ("look", fact), ("frames", "1–9"))
        ink = np.asarray(cards.slate(cards.SlateCard("", "", facts), size).convert("L"))
        lit = ink[size[1] // 3 :, size[0] // 2 :].max(axis=1) > 100
        return int(np.count_nonzero(lit[1:] & ~lit[:-1]))

    assert lines("") == 0 and lines(long) == most
