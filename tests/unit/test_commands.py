"""The command line's words: what they mean, and what is said of those that mean nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.commands import PAINTING, parse, parser
from underpaint.errors import InputError


def test_everything_that_run_takes():
    words = (
        "run scene.blend --shot A --shot ñandú --frames 3-9 --look dusk --words rain --avoid sun "
        "--seed 7 --takes 2 --objects Door,Roof --size 512 --size 320x180 --title T --people Ana "
        "--views shots --uv artist --by Ben --out o --engine e --json --save s.blend "
        "--blender b --python p"
    )
    command = parse(words.split())
    assert (command.name, command.file) == ("run", Path("scene.blend"))
    assert command.shots == ("A", "ñandú") and command.frames == (3, 9)
    assert (command.look, command.words, command.avoid) == ("dusk", "rain", "sun")
    assert (command.seed, command.takes, command.objects) == (7, 2, ("Door", "Roof"))
    assert (command.texture_size, command.picture_size) == (512, (320, 180))
    assert command.around is False and command.uv == "artist"
    around = parse(["textures", "x.blend", "--views", "around"])
    assert (around.around, around.most_added) == (True, 0)
    few = parse(["textures", "x.blend", "--views", "12"])
    assert (few.around, few.most_added) == (True, 12)
    with pytest.raises(InputError, match="neither around, shots nor 1 to 999"):
        parse(["textures", "x.blend", "--views", "0"])
    assert (command.title, command.people, command.by) == ("T", ("Ana",), "Ben")
    assert (command.out, command.save) == (Path("o"), Path("s.blend"))
    assert (command.engine, command.json) == ("e", True)
    assert (command.blender, command.python) == (Path("b"), Path("p"))


def test_frame_ranges_may_be_open_as_those_of_a_trim():
    def frames(text):
        return parse(["passes", "x.blend", f"--frames={text}"]).frames

    assert [frames(text) for text in ("12", "5-", "-8-8", "-8--3", "-3", "-3-")] == [
        *[(12, 12), (5, None), (-8, 8), (-8, -3), (-3, -3), (-3, None)]
    ]


def test_how_frames_come_about():
    command = parse(["frames", "x.blend", "--mode", "anchored", "--on", "twos", "--repaint", ".5"])
    assert (command.mode, command.cadence, command.repaint) == ("anchored", "twos", 0.5)
    assert parse(["run", "x.blend", "--mode", "each", "--on", "keys"]).cadence == "keys"
    assert parse(["run", "x.blend", "--repaint", "0"]).repaint == 0.0


def test_what_is_not_given_is_left_to_the_scene():
    command = parse(["run", "scene.blend"])
    given = (
        "frames",
        "look",
        "words",
        "avoid",
        "seed",
        "mode",
        "cadence",
        "repaint",
        "seed_per",
        "takes",
        "engine",
        "by",
        "around",
        "most_added",
        "uv",
    )
    for name in given:
        assert getattr(command, name) is None, name
    assert command.shots == command.objects == command.people == ()


@pytest.mark.parametrize(
    ("text", "frames"),
    [("12", (12, 12)), ("1-24", (1, 24)), ("-8--3", (-8, -3)), ("-8-3", (-8, 3)), ("0-0", (0, 0))],
)
def test_frame_ranges(text, frames):
    assert parse(["passes", "x.blend", f"--frames={text}"]).frames == frames


@pytest.mark.parametrize("name", PAINTING)
def test_blender_names_the_file_itself(name):
    words = [name, "shot one", "3"] if name == "redo" else [name]
    assert parse(words, with_file=False).file is None
    with pytest.raises(InputError, match="FILE"):
        parse([name])


def test_redo_reads_shot_and_take():
    command = parse(["redo", "x.blend", "shot one", "3", "--engine", "e", "--estimate"])
    assert (command.subject, command.take, command.engine) == ("shot one", 3, "e")
    assert command.estimate


def test_pick_reads_shot_and_take():
    command = parse(["pick", "x.blend", "shot one", "3", "--texture"])
    assert (command.subject, command.take, command.texture) == ("shot one", 3, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("", "COMMAND"),
        ("paint x.blend", "passes, frames"),
        ("frames x.blend --seed -1", "whole number from 0"),
        ("frames x.blend --seed 1e3", "whole number from 0"),
        ("frames x.blend --takes 0", "whole number from 1"),
        ("frames x.blend --frames 9-3", "ends before it begins"),
        ("frames x.blend --frames abc", "write it as 1-24"),
        ("frames x.blend --size 512", "512x512"),
        ("textures x.blend --size 10", "64 and 8192"),
        ("textures x.blend --size 0x10", "16 and 16384"),
        ("textures x.blend --size big", "write 1024"),
        ("textures x.blend --objects ,", "at least one object"),
        ("run x.blend --save painted.png", r"must end in \.blend"),
        ("pick x.blend shot one", "whole number from 1"),
        ("frames x.blend --sed 7", "did you mean --seed?"),
        ("fames x.blend", "did you mean frames?"),
        ("reel x.blend --zzz 3", "does not take --zzz, 3"),
        ("frames x.blend --seed-per scene", "there are: shot, frame"),
        ("frames x.blend --mode anchor", "did you mean anchored?"),
        ("frames x.blend --on fours", "there are: ones, twos, threes, keys"),
        ("frames x.blend --repaint 1.5", "not within 0 and 1"),
        ("frames x.blend --repaint nan", "not within 0 and 1"),
        ("textures x.blend --mode each", "does not take --mode"),
    ],
)
def test_words_that_make_no_command(words, said):
    with pytest.raises(InputError, match=said):
        parse(words.split())


def test_help_names_every_command_and_ends_well(capsys):
    with pytest.raises(SystemExit) as end:
        parse(["--help"])
    assert end.value.code == 0
    out = capsys.readouterr().out
    for name in (*PAINTING, "pick", "verify", "doctor", "exit codes"):
        assert name in out


@pytest.mark.parametrize("with_file", [True, False])
def test_every_option_has_help(with_file):
    (commands,) = (a for a in parser(with_file=with_file)._actions if a.dest == "name")
    for name, sub in commands.choices.items():
        for action in sub._actions:
            assert action.help, f"{name} {action.option_strings or action.dest}"


def test_tiles_packing_atlases_and_takes_of_textures():
    command = parse(["textures", "x.blend", "--objects", "Ground", "--tile", "--takes", "3"])
    assert (command.tile, command.takes, command.pack, command.atlas) == (2.0, 3, False, False)
    command = parse(["textures", "x.blend", "--tile", "0.5", "--objects", "Ground", "--pack"])
    assert (command.tile, command.pack) == (0.5, True)
    assert parse(["run", "x.blend", "--atlas", "--pack"]).atlas
    for wrong, said in (
        (["--tile"], "--tile wants to know what is laid with it"),
        (["--tile", "0", "--objects", "A"], "'0' is no tile's side"),
        (["--tile", "-1", "--objects", "A"], "--tile"),
        (["--tile", "2", "--objects", "A", "--atlas"], "do not go together"),
    ):
        with pytest.raises(InputError, match=said):
            parse(["textures", "x.blend", *wrong])
