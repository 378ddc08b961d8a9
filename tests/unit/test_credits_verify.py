"""What credits say of a file, and whether it still holds."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from underpaint.credits.record import credits as credits_of
from underpaint.credits.record import made, person, relative, shot_credit, with_outputs
from underpaint.credits.verify import Statement, verify
from underpaint.errors import FormatError, InputError
from underpaint.library.atomic import read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.takes import Takes
from underpaint.model.credits import CreditedFile, CreditedPass, Credits, Person
from underpaint.model.request import StandingRef
from underpaint.model.take import Pick


@pytest.fixture
def take(stage) -> Path:
    """The folder of a take of three frames."""
    return Takes(stage.project).folder(stage.paint(stage.request()))


@pytest.fixture
def reel(stage, take: Path) -> Path:
    """The folder of a reel of that take, its video faked by a few bytes."""
    folder = stage.project.reel(1)
    folder.mkdir(parents=True)
    for name in ("reel.mp4", "contact_sheet.png"):
        (folder / name).write_bytes(name.encode())
    painted = Takes(stage.project).load("dolly", 1)
    frames = tuple(CreditedFile(f"../../takes/dolly/001/{f.file}", f.sha256) for f in painted.files)
    inputs = (
        CreditedPass(1, "p1", "../../passes/dolly/frame_0001.exr", "00"),
        CreditedPass(2, "p"),
    )
    shot = shot_credit(painted, "picked", Pick(1, "Ben", "today"), frames, inputs)
    credits = credits_of("Corner", ["Ana Reyes, direction"], (shot,), None)
    credits = with_outputs(credits, folder, ("reel.mp4", "contact_sheet.png"))
    write_document(folder / "credits.json", credits)
    return folder


def broken(statements: tuple[Statement, ...]) -> list[tuple[str, str]]:
    return [(s.subject, s.text) for s in statements if not s.ok]


def said(statements: tuple[Statement, ...]) -> str:
    return "\n".join(f"{s.subject}: {s.text}" for s in statements)


def test_a_take_says_how_it_was_made(take: Path) -> None:
    for path in (take, take / "take.json"):
        statements = verify(path)
        assert broken(statements) == []
        text = said(statements)
        assert "take 001 of dolly: frames painted 20" in text and "for Ana Reyes" in text
        assert "AI-assisted: by the engine built-in (CC0-1.0), fingerprint abab" in text
        assert "seed 7, words: a street at dusk" in text
        assert text.count("SHA-256 holds") == 3


def test_a_frame_is_judged_alone(take: Path) -> None:
    (take / "frame_0003.png").unlink()
    text = said(verify(take / "frame_0002.png"))
    assert "frame_0002.png: as it was painted: its SHA-256 holds" in text
    assert "frame_0001" not in text and "frame_0003" not in text


def test_a_changed_and_a_missing_frame_are_told(take: Path) -> None:
    data = bytearray((take / "frame_0002.png").read_bytes())
    data[-1] ^= 1
    (take / "frame_0002.png").write_bytes(data)
    (take / "frame_0003.png").unlink()
    assert broken(verify(take)) == [
        ("frame_0002.png", "was changed since: its SHA-256 is another"),
        ("frame_0003.png", "is not there any more"),
    ]
    assert len(broken(verify(take / "frame_0002.png"))) == 1
    assert broken(verify(take / "frame_0001.png")) == []


def test_a_texture_is_judged_by_its_take(stage) -> None:
    with Takes(stage.project, "textures").begin(stage.texture_request(), "wall") as unfinished:
        unfinished.add_file("basecolor.png", stage.png(8, 8))
        take = unfinished.finish("Ana", 1.0)
    path = Takes(stage.project, "textures").folder(take) / "basecolor.png"
    assert "take 001 of wall: textures painted" in said(verify(path))
    path.write_bytes(b"")
    assert [subject for subject, _ in broken(verify(path))] == ["basecolor.png"]


def test_a_reel_says_who_made_it_and_holds(reel: Path) -> None:
    for path in (reel, reel / "credits.json"):
        statements = verify(path)
        assert broken(statements) == []
        text = said(statements)
        assert "people: Ana Reyes, direction" in text
        assert "made: People made the blocking" in text
        assert "compositeWithTrainedAlgorithmicMedia" in text
        assert "take 001 of dolly: painted 20" in text and "picked by Ben today" in text
        assert "frames: 3 unchanged" in text
        assert "passes, a cache that may change: 1 gone, 1 not kept" in text
        assert "reel.mp4: as it was made" in text and "contact_sheet.png" in text


def test_a_file_of_a_reel_is_judged_alone(reel: Path) -> None:
    (reel / "contact_sheet.png").write_bytes(b"retouched")
    assert broken(verify(reel / "reel.mp4")) == []
    assert "contact_sheet" not in said(verify(reel / "reel.mp4"))
    assert broken(verify(reel / "contact_sheet.png")) == [
        ("contact_sheet.png", "was changed since: its SHA-256 is another")
    ]


def test_a_reel_whose_frames_changed_says_how_many(reel: Path, take: Path) -> None:
    (take / "frame_0001.png").write_bytes(b"")
    (take / "frame_0003.png").unlink()
    assert broken(verify(reel)) == [
        ("take 001 of dolly", "frames: 1 unchanged, 1 changed since, 1 gone")
    ]


def test_a_reel_can_be_checked_away_from_its_project(reel: Path, tmp_path: Path) -> None:
    copied = shutil.copytree(reel, tmp_path / "sent to the festival")
    assert broken(verify(copied)) == []
    assert "frames: 3 gone" in said(verify(copied))


def test_a_scene_that_was_worked_on_contradicts_nothing(reel: Path, tmp_path: Path) -> None:
    scene = tmp_path / "corner.blend"
    scene.write_bytes(b"BLENDER")
    credits = read_document(Credits, reel / "credits.json")
    file = CreditedFile(relative(scene, reel), sha256_of(scene))
    write_document(reel / "credits.json", replace(credits, scene=file))
    assert "scene: ../../../../corner.blend: unchanged" in said(verify(reel))
    scene.write_bytes(b"BLENDER, later")
    assert broken(verify(reel)) == []
    assert "corner.blend: changed since" in said(verify(reel))


def test_what_is_not_from_here_is_one_sentence(take: Path, tmp_path: Path) -> None:
    (tmp_path / "holiday.png").write_bytes(b"")
    shutil.copy(take / "frame_0001.png", take / "copy.png")
    for path, words in (
        (tmp_path / "holiday.png", "has no credits: no take.json or credits.json"),
        (tmp_path, "has no credits"),
        (tmp_path / "nothing.png", "does not exist"),
        (take / "copy.png", "is in no record"),
    ):
        with pytest.raises(InputError, match=words) as caught:
            verify(path)
        assert "\n" not in str(caught.value)


def test_a_broken_record_names_its_field(take: Path, reel: Path) -> None:
    for path, old, new in (
        (take / "take.json", '"seed": 7', '"seed": "7"'),
        (reel / "credits.json", '"seed": 7', '"seed": "7"'),
    ):
        path.write_text(path.read_text().replace(old, new))
        with pytest.raises(FormatError, match=r"json: \$.*\.seed: expected int"):
            verify(path.parent)


def test_people_are_a_name_and_a_role() -> None:
    assert person("Ana Reyes, direction, edit") == Person("Ana Reyes", "direction, edit")
    assert person("  映画 太郎 ") == Person("映画 太郎")


def test_several_engines_are_each_credited_for_their_shots(stage) -> None:
    first = shot_credit(stage.paint(stage.request("a")), "picked", Pick(1, "B", "t"), (), ())
    other = replace(first.engine, name="my-sdxl", family="sdxl", licence="OpenRAIL++-M")
    last = replace(first, shot="c", engine=other, chosen="newest", pick=None)
    shots = [first, replace(first, shot="b"), last]
    assert made(shots) == (
        "People made the blocking, the cameras and the movement, and chose the look.",
        "The engine built-in (CC0-1.0) painted the frames of a and b "
        "from passes of the blocking and from the words.",
        "The engine my-sdxl (sdxl, OpenRAIL++-M) painted the frames of c "
        "from passes of the blocking and from the words.",
        "Nobody picked a take of c: the reel shows the newest.",
    )


def test_what_carries_paint_and_what_starts_from_textures_is_said(stage) -> None:
    shown = shot_credit(stage.paint(stage.request("a")), "picked", Pick(1, "B", "t"), (), ())
    steady = replace(shown, shot="b", mode="steady")
    wall = StandingRef("wall", "0" * 64)
    request = replace(
        stage.request("c"), mode="anchored", cadence="twos", standing=(wall,), repaint=0.25
    )
    anchored = shot_credit(stage.paint(request), "picked", Pick(1, "B", "t"), (), ())
    how = (anchored.mode, anchored.cadence, anchored.textures, anchored.repaint)
    assert how == ("anchored", "twos", (wall,), 0.25)
    assert made([shown, steady, anchored])[2:] == (
        "Of b and c only key frames were painted whole; the frames between carry their paint.",
        "The key frames of c were painted over the objects' textures.",
        "Of c each drawing stays for two frames (on twos).",
    )
    assert made([anchored])[2:] == (
        "Only key frames were painted whole; the frames between carry their paint.",
        "The key frames were painted over the objects' textures.",
        "Each drawing stays for two frames (on twos).",
    )
    keys = replace(steady, shot="d", cadence="keys")
    assert made([shown, keys])[2:] == (
        "Of d only key frames were painted, and each stays until the next (on keys).",
    )


def test_a_take_that_a_command_named_is_not_said_to_be_unpicked(stage) -> None:
    """``run`` shows the takes that it just painted, whatever was picked before."""
    shown = shot_credit(stage.paint(stage.request("a")), "named", Pick(3, "Ben", "t"), (), ())
    never_picked = replace(shown, shot="b", pick=None)
    said = made([shown, never_picked])
    assert said[2:] == (
        "The command that made the reel chose take 001 of a and take 001 of b.",
        "People had picked take 003 of a instead.",
    )
    assert "picked the takes" not in said[0]


@pytest.mark.parametrize(
    ("chosen", "pick", "words"),
    [
        ("picked", Pick(1, "", "t"), "picked by a person t"),
        ("newest", None, "picked by nobody: it was the newest"),
        ("named", None, "chosen by the command that made the reel"),
        (
            "named",
            Pick(3, "Ben", "t"),
            "chosen by the command that made the reel, where take 3 was picked by Ben t",
        ),
    ],
)
def test_verify_says_how_a_take_was_chosen(reel: Path, chosen, pick, words) -> None:
    credits = read_document(Credits, reel / "credits.json")
    shot = replace(credits.shots[0], chosen=chosen, pick=pick)
    write_document(reel / "credits.json", replace(credits, shots=(shot,)))
    (told,) = (s for s in verify(reel) if "painted 20" in s.text)
    assert told.ok and told.text.endswith(words)


@pytest.mark.parametrize(
    ("pick", "words"),
    [
        ({"take": 1, "by": "Ben", "when": "today"}, "picked by Ben today"),
        (None, "not picked; its credits do not say how it was chosen"),
    ],
)
def test_credits_of_the_first_version_still_verify(reel: Path, pick, words) -> None:
    old = json.loads((reel / "credits.json").read_text())
    old["version"] = 1
    for shot in old["shots"]:
        del shot["chosen"]
        shot["pick"] = pick
    (reel / "credits.json").write_text(json.dumps(old))
    assert broken(verify(reel)) == []
    assert words in said(verify(reel))
    del old["shots"][0]["pick"]
    (reel / "credits.json").write_text(json.dumps(old))
    with pytest.raises(FormatError, match=r"credits\.json: .* of version 1 is not whole"):
        verify(reel)


def test_credits_come_back_from_disk(reel: Path) -> None:
    credits = read_document(Credits, reel / "credits.json")
    assert credits.outputs[0] == CreditedFile("reel.mp4", sha256_of(reel / "reel.mp4"))
    write_document(reel / "again.json", credits)
    assert (reel / "again.json").read_bytes() == (reel / "credits.json").read_bytes()
