"""The history of a machine: many write it, it stays short, and nothing about it stops work."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from underpaint.library import paces, user_folders

WHAT = ("built-in", "each")


@pytest.fixture(autouse=True)
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A history of the test's own."""
    monkeypatch.setenv("UNDERPAINT_DATA", str(tmp_path / "data ñ"))
    return tmp_path / "data ñ"


def test_what_was_remembered_is_recalled_in_order():
    assert paces.recall() == ()
    paces.remember("frames", WHAT, 640, 3, 7.5, 1200)
    paces.remember("passes", ("calle ñ.blend",), 640, 2, 1.0)
    first, second = paces.recall()
    assert (first.kind, first.what, first.pixels, first.units) == ("frames", WHAT, 640, 3)
    assert (first.seconds, first.bytes) == (7.5, 1200)
    assert second.what == ("calle ñ.blend",)


def test_what_was_no_work_is_not_remembered():
    paces.remember("frames", WHAT, 640, 0, 7.5)
    assert paces.recall() == ()


def test_it_stays_short_and_keeps_the_newest(monkeypatch):
    monkeypatch.setattr(paces, "MOST_BYTES", 2000)
    for seconds in range(100):
        paces.remember("frames", WHAT, 640, 1, float(seconds))
    kept = [pace.seconds for pace in paces.recall()]
    assert kept == [float(n) for n in range(100 - len(kept), 100)] and 8 <= len(kept) < 40
    assert sum(f.stat().st_size for f in paces.history().parent.iterdir()) < 2 * 2400


def test_writers_at_once_lose_no_line():
    write = (
        "import sys; from underpaint.library import paces\n"
        "for n in range(60): paces.remember('frames', (sys.argv[1],), 640, 1, float(n))"
    )
    words = [sys.executable, "-c", write]
    writers = [subprocess.Popen([*words, name]) for name in "abc"]
    assert [writer.wait(60) for writer in writers] == [0, 0, 0]
    found = [(pace.what[0], pace.seconds) for pace in paces.recall()]
    assert sorted(found) == [(name, float(n)) for name in "abc" for n in range(60)]


def test_a_torn_line_costs_only_itself():
    paces.remember("frames", WHAT, 640, 1, 1.0)
    with paces.history().open("ab") as stream:
        stream.write(b'{"format": "underpaint/pa\n\xff\xfe\n{"format": "underpaint/pace"}\n')
    paces.remember("frames", WHAT, 640, 1, 2.0)
    assert [pace.seconds for pace in paces.recall()] == [1.0, 2.0]


@pytest.mark.parametrize("foreign", [b"\x00\x01 not ours", b'{"format": "other"}\n', None])
def test_what_is_none_of_ours_is_set_aside_and_kept(foreign):
    path = paces.history()
    path.parent.mkdir(parents=True)
    if foreign is None:
        path.mkdir()
    else:
        path.write_bytes(foreign)
    paces.remember("frames", WHAT, 640, 1, 2.0)
    assert [pace.seconds for pace in paces.recall()] == [2.0]
    aside = [p for p in path.parent.iterdir() if p.name.endswith(".aside")]
    assert len(aside) == 1
    assert foreign is None or aside[0].read_bytes() == foreign


def test_a_folder_that_cannot_be_written_stops_nothing(data):
    data.parent.mkdir(exist_ok=True)
    data.write_text("a file where the folder would be")
    paces.remember("frames", WHAT, 640, 1, 2.0)
    assert paces.recall() == ()


@pytest.mark.parametrize(
    ("system", "variables", "data", "cache"),
    [
        ("linux", {}, ".local/share/underpaint", ".cache/underpaint"),
        (
            "linux",
            {"XDG_DATA_HOME": "/d", "XDG_CACHE_HOME": "/c"},
            "/d/underpaint",
            "/c/underpaint",
        ),
        (
            "darwin",
            {},
            "Library/Application Support/underpaint",
            "Library/Caches/underpaint",
        ),
        ("win32", {"LOCALAPPDATA": "/l"}, "/l/Underpaint/Data", "/l/Underpaint/Cache"),
    ],
)
def test_folders_are_where_the_system_has_them(
    system, variables, data, cache, monkeypatch, tmp_path
):
    for name in ("UNDERPAINT_DATA", "UNDERPAINT_CACHE", "XDG_DATA_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    assert user_folders.data_folder() == tmp_path / data
    assert user_folders.cache_folder() == tmp_path / cache
