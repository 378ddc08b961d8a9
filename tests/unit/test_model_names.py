"""Names of shots and objects as file names: any script, back and forth, on every system."""

from __future__ import annotations

import itertools

import pytest

from underpaint.model.names import from_file_name, same_file, to_file_name

NAMES = [
    "shot 1", "ñandú", "場面", "قصة", "a/b", "a\\b", "..", ".", ".hidden", "CON", "con", "com1.txt",
    "aux.", "ends in space ", "ends in dot.", "100%", "%41", "A", "a:b*c?d\"e<f>g|h", "tab\there",
    "new\nline", "", "\0", "%", "%00", "\x7f", "🎬", "LPT9", "LPT10", "NUL",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_a_name_comes_back(name: str) -> None:
    assert from_file_name(to_file_name(name)) == name


@pytest.mark.parametrize("name", NAMES)
def test_every_system_takes_it(name: str) -> None:
    file = to_file_name(name)
    assert file and file not in (".", "..")
    assert not set(file) & set('<>:"/\\|?*') and file.isprintable()
    assert file[0] != "." and file[-1] not in ". "
    reserved = {"CON", "PRN", "AUX", "NUL", "COM1", "LPT9"}
    assert file.split(".")[0].upper() not in reserved
    assert len(file.encode()) <= 120


def test_different_names_give_different_files() -> None:
    long = "ж" * 300
    names = [*NAMES, long, long + "a", "x" * 121, "x" * 122, "%" * 100, "%" * 101]
    for one, other in itertools.combinations(names, 2):
        assert to_file_name(one) != to_file_name(other), (one, other)


@pytest.mark.parametrize("letter", ["x", "ж", "場", "🎬", "%", "/"])
@pytest.mark.parametrize("length", range(100, 130))
def test_a_long_name_is_cut_at_a_whole_letter(letter: str, length: int) -> None:
    file = to_file_name(letter * length)
    assert len(file.encode()) <= 120
    assert set(from_file_name(file).partition("~")[0]) <= {letter}


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Wide", "wide", True),
        ("caf\u00e9", "cafe\u0301", True),
        ("CAF\u00c9", "cafe\u0301", True),
        ("Straße", "STRASSE", True),
        ("x" * 300, "X" * 300, False),  # cut, and marked with what they were
        ("", "\0", False),
        ("Wide", "Wide.", False),
        ("a/b", "a\\b", False),
        ("Cube", "Cube.001", False),
    ],
)
def test_names_that_some_disk_takes_for_one(one: str, other: str, same: bool) -> None:
    assert same_file(one, other) is same and same_file(other, one) is same
    assert to_file_name(one) != to_file_name(other)


def test_any_script_stays_readable() -> None:
    for name in ("plano 1", "場面 二", "сцена"):
        assert to_file_name(name) == name
