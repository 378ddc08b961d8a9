"""EDLs: what OpenTimelineIO's adapter leaves out, held to CMX 3600 by their own text."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio
import pytest

from underpaint.library import picks
from underpaint.model.cut import CutEntry, Dressing
from underpaint.reel import edl, exchange
from underpaint.reel.opened import pieces_of
from underpaint.reel.prepare import prepare
from underpaint.reel.retime import read_cut

EVENT = re.compile(r"^\d+  (\S+) +V +C +(\S+) (\S+) (\S+) (\S+)$", re.MULTILINE)
pytestmark = pytest.mark.skipif(not exchange.EDL.is_here, reason="needs otio-cmx3600-adapter")


def written(stage, *entries: CutEntry) -> str:
    dressing = Dressing(slates=True, burn_in=False)
    folder = prepare(stage.project, entries, title="Corner", dressing=dressing, latest=True).folder
    return (folder / "reel.edl").read_text("utf-8")


def frames(code: str, rate: int = 24) -> int:
    hours, minutes, seconds, frame = (int(part) for part in re.split("[:;]", code))
    return ((hours * 60 + minutes) * 60 + seconds) * rate + frame


@pytest.mark.parametrize("speed", [(1, 2), (1, 3), (2, 1), (3, 2), (3, 7)])
def test_slowed_clips_take_as_many_frames_as_they_show(stage, speed: tuple[int, int]) -> None:
    stage.paint_shot("dolly", range(1, 25))
    entry = CutEntry("dolly", first=3, last=20, speed=speed, tail=4)
    text = written(stage, entry)
    events = {
        found[1]: [frames(code) for code in found.groups()[1:]] for found in EVENT.finditer(text)
    }
    shown = entry.moving(range(1, 25))
    moving = next(found for found in EVENT.finditer(text) if found[1] == "DOLLY001")
    first, stop, begin, end = (frames(code) for code in moving.groups()[1:])
    assert (first, stop) == (shown[0], shown[-1] + 1) and end - begin == len(shown)
    held = events["DOLLY001"]  # the last of this reel: the hold
    assert (held[0], held[1], held[3] - held[2]) == (shown[-1], shown[-1] + 1, 4)
    assert re.findall(r"^M2   (\S+) +(\S+) +(\S+)$", text, re.MULTILINE)[0][0] == "DOLLY001"


def test_every_source_is_a_reel_of_its_own(stage) -> None:
    shots = ("street corner", "street end", "映画", "映像")
    for shot in shots:
        stage.paint_shot(shot)
    stage.paint(stage.request("street end", range(1, 4), seed=5))
    text = written(stage, *map(CutEntry, shots), CutEntry("street end", 1), CutEntry("映画"))
    reels = [found[1] for found in EVENT.finditer(text)]
    takes = [reel for reel in reels if not reel.startswith("CARD")]
    assert takes[:3] == ["STREE001", "STREE002", "SHOT001"]
    assert len(set(takes)) == 5 and takes[-1] == takes[2]
    assert len({reel for reel in reels if reel.startswith("CARD")}) == len(reels) - len(takes)
    assert all(len(reel) <= 8 and reel.isascii() for reel in reels)


def test_drop_frames_are_counted_with_semicolons_and_after_their_mode() -> None:
    codes = ("00:01:00{}02", "00:10:00{}00", "01:00:00{}00")
    counted = [1800, 17982, 107892]
    semicolons = edl.without_drops("\n".join(code.format(";") for code in codes), 30)
    assert [frames(line, 30) for line in semicolons.splitlines()] == counted
    colons = "\n".join(code.format(":") for code in codes)
    drop = edl.without_drops(f"FCM: DROP FRAME\n{colons}", 30).splitlines()[1:]
    assert [frames(line, 30) for line in drop] == counted
    for plain in (f"FCM: NON-DROP FRAME\n{colons}", colons):
        assert edl.without_drops(plain, 30) == plain
    film = f"FCM: DROP FRAME\n{colons}"
    assert edl.without_drops(film, 24) == film


def test_a_drop_frame_edl_past_its_first_minute_is_read_to_the_frame(tmp_path: Path) -> None:
    path = tmp_path / "drop.edl"
    path.write_text(
        "TITLE: x\nFCM: DROP FRAME\n"
        "001  A V C 00:00:00:00 00:01:00:02 01:00:00:00 01:01:00:02\n* FROM CLIP NAME:  a\n"
        "002  B V C 00:00:10:00 00:00:20:00 01:01:00:02 01:01:10:02\n* FROM CLIP NAME:  b\n"
    )
    pieces, notes = pieces_of(path, Fraction(30000, 1001))
    assert [piece.length for piece in pieces] == [1800, 300] and notes == []


def test_a_dissolve_is_a_cut_and_is_told_of(stage, tmp_path: Path) -> None:
    for shot in ("a", "b"):
        stage.paint_shot(shot, range(24))
        picks.pick(stage.project, shot, 1, "Ben")
    path = tmp_path / "dissolve.edl"
    path.write_text(
        "TITLE: x\n"
        "001  A V C     00:00:00:00 00:00:00:12 01:00:00:00 01:00:00:12\n* FROM CLIP NAME:  a\n"
        "002  A V C     00:00:00:12 00:00:00:12 01:00:00:12 01:00:00:12\n"
        "002  B V D 006 00:00:00:00 00:00:01:00 01:00:00:12 01:00:01:12\n"
        "* FROM CLIP NAME:  a\n* TO CLIP NAME:  b\n"
    )
    read = read_cut(stage.project, path, "main")
    assert read.cut.entries == (CutEntry("a", last=11), CutEntry("b"))
    assert any("Transitions are cuts" in note for note in read.notes)


def test_the_adapter_still_reads_what_was_mended(stage) -> None:
    stage.paint_shot("dolly", range(1, 25))
    text = written(stage, CutEntry("dolly", speed=(1, 2)))
    back = otio.adapters.read_from_string(text, "cmx_3600", rate=24.0)
    (clip,) = [clip for clip in back.find_clips() if clip.name == "dolly"]
    assert clip.effects[0].time_scalar == 0.5 and clip.duration().value == 48
