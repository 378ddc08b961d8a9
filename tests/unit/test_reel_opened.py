"""Files that are no timeline, or a broken one: each is one sentence."""

from __future__ import annotations

from pathlib import Path

import pytest

from underpaint.errors import InputError
from underpaint.reel import exchange
from underpaint.reel.retime import read_cut

here = [copy for copy in (exchange.EDL, exchange.FCPXML) if copy.is_here]
with_fcpxml = pytest.mark.skipif(not exchange.FCPXML.is_here, reason="needs otio-fcpx-xml-adapter")
with_copies = pytest.mark.skipif(len(here) < 2, reason="needs both of OpenTimelineIO's adapters")


def paint(stage) -> None:
    stage.paint_shot("dolly")


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.otio", b"{"), ("b.otio", b"\x00\xff" * 30), ("c.otio", b'{"a": 1}'), ("d.otio", b""),
        ("e.otio", b'{"OTIO_SCHEMA": "Clip.2", "name": "x"}'), ("f.mov", b"x"),
        ("g.otio", b'{"OTIO_SCHEMA": "Timeline.1"}'), ("h.otio", b"[" * 9000),
    ],
)  # fmt: skip
def test_broken_and_foreign_files_are_one_sentence(stage, tmp_path: Path, name, data) -> None:
    paint(stage)
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_cut(stage.project, path, "main")
    assert "\n" not in str(caught.value) and name in str(caught.value)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.otio", b'{"OTIO_SCHEMA": "Timeline.1",\n"metadata": {"a'),
        ("b.fcpxml", b"<fcpxml><a>"),
    ],
)
@with_copies
def test_a_file_that_was_cut_off_is_told_in_our_words(stage, tmp_path: Path, name, data) -> None:
    """And not in those of a parser."""
    paint(stage)
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_cut(stage.project, path, "main")
    assert str(caught.value) == (
        f"{path} cannot be read as a timeline: it is damaged, cut off or of an unknown version. "
        "Export it again."
    )


@pytest.mark.parametrize("name", ["a.edl", "b.fcpxml"])
@with_copies
@pytest.mark.parametrize("data", [b"", b"nonsense", b"<fcpxml><a>", b"001  AX V C 99:99:99:99 1"])
def test_broken_copies_are_one_sentence(stage, tmp_path: Path, name, data) -> None:
    paint(stage)
    path = tmp_path / name
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_cut(stage.project, path, "main")
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(stage, tmp_path: Path) -> None:
    paint(stage)
    with pytest.raises(InputError, match="does not exist"):
        read_cut(stage.project, tmp_path / "no.otio", "main")


@pytest.mark.parametrize("name", ["a.otio", "b.edl", "c.fcpxml", "d.fcpxmld"])
def test_a_folder_and_an_empty_file_are_named_as_such(stage, tmp_path: Path, name: str) -> None:
    paint(stage)
    (tmp_path / name).mkdir()
    with pytest.raises(InputError, match="in it"):
        read_cut(stage.project, tmp_path / name, "main")
    (tmp_path / "empty.otio").write_text("  \n")
    with pytest.raises(InputError, match="is empty"):
        read_cut(stage.project, tmp_path / "empty.otio", "main")


@with_fcpxml
@pytest.mark.parametrize("data", ["<html/>", '<?xml version="1.0"?><fcpxml version="1.8"/>'])
def test_xml_without_a_timeline_says_so(stage, tmp_path: Path, data: str) -> None:
    paint(stage)
    (tmp_path / "other.fcpxml").write_text(data)
    with pytest.raises(InputError, match="holds no timeline: export the sequence"):
        read_cut(stage.project, tmp_path / "other.fcpxml", "main")
