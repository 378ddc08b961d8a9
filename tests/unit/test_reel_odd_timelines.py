"""Timelines with odd contents: foreign metadata, odd addresses, shots called like a time."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from underpaint.errors import InputError
from underpaint.library import picks
from underpaint.model.cut import CutEntry, Dressing
from underpaint.reel import exchange
from underpaint.reel.prepare import prepare
from underpaint.reel.retime import read_cut

with_fcpxml = pytest.mark.skipif(not exchange.FCPXML.is_here, reason="needs otio-fcpx-xml-adapter")


def exported(stage, name: str = "dolly", fps_base: float = 1.0) -> Path:
    stage.paint(stage.request(name, range(1, 9)))
    stage.render(name, range(1, 9), fps=24, fps_base=fps_base)
    picks.pick(stage.project, name, 1, "Ben")
    dressing = Dressing(credits=False, burn_in=False)
    entries = (CutEntry(name),)
    return prepare(stage.project, entries, title="Corner", dressing=dressing).folder


def edited(folder: Path, tmp_path: Path, change) -> Path:
    timeline = otio.adapters.read_from_file(str(folder / "reel.otio"))
    change(next(iter(timeline.find_clips())))
    otio.adapters.write_to_file(timeline, str(tmp_path / "edited.otio"))
    return tmp_path / "edited.otio"


@pytest.mark.parametrize("ours", [5, "ours", ["card"], None])
def test_foreign_metadata_under_our_name_is_no_error(stage, tmp_path, ours) -> None:
    def change(clip) -> None:
        clip.metadata["underpaint"] = ours

    read = read_cut(stage.project, edited(exported(stage), tmp_path, change), "main")
    assert [entry.shot for entry in read.cut.entries] == ["dolly"]


@pytest.mark.parametrize("url", ["file://[disk/a.mov", "//[", "http://a:b]c/"])
def test_an_address_that_is_none_is_no_error(stage, tmp_path, url: str) -> None:
    def change(clip) -> None:
        del clip.metadata["underpaint"]
        clip.media_reference = otio.schema.ExternalReference(url)

    read = read_cut(stage.project, edited(exported(stage), tmp_path, change), "main")
    assert [entry.shot for entry in read.cut.entries] == ["dolly"]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_time_that_is_none_ends_in_a_sentence(stage, tmp_path, value: float) -> None:
    def change(clip) -> None:
        del clip.metadata["underpaint"]
        start = otio.opentime.RationalTime(value, 24)
        clip.media_reference.available_range = otio.opentime.TimeRange(
            start, otio.opentime.RationalTime(8, 24)
        )

    path = edited(exported(stage), tmp_path, change)
    try:
        read_cut(stage.project, path, "main")
    except InputError as error:
        assert "cannot be read" in str(error)


@with_fcpxml
def test_a_shot_called_like_a_time_keeps_its_name(stage) -> None:
    folder = exported(stage, "10s", 1.001)
    text = (folder / "reel.fcpxml").read_text("utf-8")
    assert 'name="10s"' in text and 'value="10s"' in text
    read = read_cut(stage.project, folder / "reel.fcpxml", "main")
    assert read.cut.entries == (CutEntry("10s"),)
