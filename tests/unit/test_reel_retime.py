"""Timelines out and back in: by OpenTimelineIO and its adapters, as other editors have them."""

from __future__ import annotations

from pathlib import Path

import opentimelineio as otio
import pytest

from underpaint.errors import InputError
from underpaint.library import cuts, picks
from underpaint.library.atomic import read_document
from underpaint.library.takes import Takes
from underpaint.model.cut import CutEntry, Dressing, ReelRecord, Sound
from underpaint.reel import exchange
from underpaint.reel.prepare import prepare
from underpaint.reel.retime import read_cut

RATES = [(24, 1.0), (24, 1.001), (25, 1.0), (30, 1.001)]
RANGES = {"dolly": range(1, 25), "two shot": range(0, 12), "映画/一 100%": range(-3, 9)}
EDIT = (
    CutEntry("two shot", head=3, tail=6, label="slower?"),
    CutEntry("dolly", first=5, last=16, speed=(1, 2)),
    CutEntry("映画/一 100%", gap=10, first=-1, last=5),
    CutEntry("dolly", 1, speed=(2, 1)),
    CutEntry("dolly", last=1, tail=5),
)
here = [copy for copy in (exchange.EDL, exchange.FCPXML) if copy.is_here]
with_edl = pytest.mark.skipif(not exchange.EDL.is_here, reason="needs otio-cmx3600-adapter")
with_fcpxml = pytest.mark.skipif(not exchange.FCPXML.is_here, reason="needs otio-fcpx-xml-adapter")
with_copies = pytest.mark.skipif(len(here) < 2, reason="needs both of OpenTimelineIO's adapters")


def paint(stage, fps: int = 24, fps_base: float = 1.0) -> None:
    start = 0
    for name, frames in RANGES.items():
        stage.paint(stage.request(name, frames))
        stage.render(name, frames, fps=fps, fps_base=fps_base)
        picks.pick(stage.project, name, 1, "Ben")
        start += len(frames)


def exported(stage, entries=EDIT, **dressing: object) -> Path:
    values = {"credits": False, "burn_in": False, **dressing}
    return prepare(stage.project, entries, title="Corner", dressing=Dressing(**values)).folder


def timeline_of(folder: Path) -> otio.schema.Timeline:
    return otio.adapters.read_from_file(str(folder / "reel.otio"))


def written(tmp_path: Path, timeline: otio.schema.Timeline) -> Path:
    path = tmp_path / "edited.otio"
    otio.adapters.write_to_file(timeline, str(path))
    return path


def clips(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return list(timeline.video_tracks()[0].find_clips())


@pytest.mark.parametrize(("fps", "base"), RATES)
def test_a_cut_comes_back_from_its_timeline(stage, fps: int, base: float) -> None:
    paint(stage, fps, base)
    folder = exported(stage, slates=True, credits=True)
    read = read_cut(stage.project, folder / "reel.otio", "main")
    assert read.cut.entries == EDIT
    assert [note for note in read.notes if "left the reel" not in note] == []


def test_the_timeline_is_as_long_as_the_reel_and_says_what_is_held(stage) -> None:
    paint(stage)
    folder = exported(stage)
    timeline = timeline_of(folder)
    prepared_length = sum(len(e.shown(RANGES[e.shot])) + e.gap for e in EDIT)
    assert timeline.duration().value == prepared_length
    made = clips(timeline)
    kinds = [clip.metadata["underpaint"]["part"] for clip in made]
    assert kinds == ["head", "moving", "tail", "moving", "moving", "moving", "moving", "tail"]
    freezes = [
        isinstance(clip.effects[0], otio.schema.FreezeFrame) for clip in made if clip.effects
    ]
    assert freezes == [True, True, False, False, True]
    warps = [
        e.time_scalar for c in made for e in c.effects if not isinstance(e, otio.schema.FreezeFrame)
    ]
    assert warps == [0.5, 2.0]
    (marker,) = made[1].markers
    assert (marker.name, marker.comment) == ("two shot", "slower?")
    assert list(made[1].metadata["underpaint"]["other_takes"]) == []


def test_the_timeline_stands_frame_by_frame_where_the_video_does(stage) -> None:
    paint(stage)
    folder = exported(stage, slates=True, credits=True)
    parts = read_document(ReelRecord, folder / "reel.json").parts
    timeline = timeline_of(folder)
    starts = [clip.range_in_parent().start_time.value for clip in clips(timeline)]
    assert {part.start for part in parts} <= set(starts)
    last = parts[-1]
    assert timeline.duration().value == last.start + last.length


def test_other_takes_and_sound_are_on_the_timeline(stage, tmp_path: Path) -> None:
    paint(stage)
    stage.paint(stage.request("dolly", RANGES["dolly"], seed=9))
    noise = tmp_path / "temp é.wav"
    noise.write_bytes(b"not read here")
    folder = exported(stage, (CutEntry("dolly"),), sound=Sound(str(noise), 0.5))
    timeline = timeline_of(folder)
    assert list(clips(timeline)[0].metadata["underpaint"]["other_takes"]) == [2]
    (track,) = timeline.audio_tracks()
    heard, silence = track
    assert heard.duration().value == 12 and isinstance(silence, otio.schema.Gap)
    assert track.duration() == timeline.video_tracks()[0].duration()
    path = folder / otio.url_utils.filepath_from_url(heard.media_reference.target_url)
    assert path.resolve() == noise.resolve()


def test_trimmed_slowed_reordered_and_doubled_elsewhere(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, cuts.standing(stage.project, "main").entries))
    track = timeline.video_tracks()[0]
    names = [clip.name for clip in track]
    assert names == ["映画/一 100%", "two shot", "dolly"]
    dolly = track[2].deepcopy()
    dolly.source_range = otio.opentime.TimeRange(at(4), at(10))
    dolly.effects.append(otio.schema.LinearTimeWarp(time_scalar=0.25))
    dolly.markers[0].comment = "hold longer"
    del track[0]
    track.insert(0, dolly)
    track.append(otio.schema.Gap(duration=at(5)))
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (
        CutEntry("dolly", first=4, last=6, speed=(1, 4), length=10, label="hold longer"),
        CutEntry("two shot"),
        CutEntry("dolly"),
    )
    assert "映画/一 100%" in read.notes[0] and "left the reel" in read.notes[0]
    assert "5 black frames at the end" in read.notes[1]
    assert read.asked["dolly"] == (1, 24)


def at(frame: float, rate: float = 24) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, rate)


def test_what_became_longer_has_to_be_painted(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    clips(timeline)[0].source_range = otio.opentime.TimeRange(at(-1), at(30))
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    (entry,) = read.cut.entries
    assert (entry.first, entry.last) == (-1, 28) and read.asked == {"dolly": (-1, 28)}
    assert any("its frames -1-0 and 25-28 hold" in note for note in read.notes)
    assert any("--frames=-1-28" in note for note in read.notes)
    assert len(entry.shown(RANGES["dolly"])) == 30


def test_a_sequence_at_another_rate_keeps_its_seconds(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"), CutEntry("two shot"))))
    for clip in clips(timeline):
        span = clip.source_range
        clip.source_range = otio.opentime.TimeRange(
            span.start_time.rescaled_to(50), span.duration.rescaled_to(50)
        )
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (CutEntry("dolly"), CutEntry("two shot"))
    assert any("50 frames a second" in note for note in read.notes)


def test_nested_stacked_renamed_and_foreign(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"), CutEntry("two shot"))))
    track = timeline.video_tracks()[0]
    first, second = (clip.deepcopy() for clip in track)
    del track[:]
    first.name = "renamed"
    second.metadata.clear()
    second.name = "also renamed"
    inner = otio.schema.Track("nest", children=[first])
    track.append(otio.schema.Stack("nest", [inner], otio.opentime.TimeRange(at(2), at(6))))
    track.append(otio.schema.Transition(in_offset=at(2), out_offset=at(2)))
    track.append(second)
    stranger = otio.schema.Clip("drone", source_range=otio.opentime.TimeRange(at(0), at(7)))
    by_name = otio.schema.Clip("Two Shot.mov", source_range=otio.opentime.TimeRange(at(3), at(4)))
    off = first.deepcopy()
    off.enabled = False
    track.extend([stranger, off, by_name])
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (
        CutEntry("dolly", first=3, last=8),
        CutEntry("two shot"),
        CutEntry("two shot", first=3, last=6, gap=31),
    )
    told = " ".join(read.notes)
    for words in ("Transitions are cuts", "drone is none of our shots", "switched off"):
        assert words in told


def test_upper_tracks_cover_lower_ones(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    over = timeline_of(exported(stage, (CutEntry("two shot"),))).video_tracks()[0].deepcopy()
    over.insert(0, otio.schema.Gap(duration=at(6)))
    timeline.tracks.append(over)
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (
        CutEntry("dolly", last=6),
        CutEntry("two shot"),
        CutEntry("dolly", first=19),
    )
    assert "2 picture tracks" in read.notes[0]


def test_media_relinked_to_another_take_show_that_take(stage, tmp_path: Path) -> None:
    paint(stage)
    take = stage.paint(stage.request("dolly", RANGES["dolly"], seed=9))
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    folder = Takes(stage.project).folder(take).as_posix()
    clips(timeline)[0].media_reference.target_url_base = f"file://{folder}/"
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (CutEntry("dolly", 2),)


def test_backwards_and_strange_effects_are_told_of(stage, tmp_path: Path) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    (clip,) = clips(timeline)
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=-1.0))
    clip.effects.append(otio.schema.Effect(effect_name="Glow"))
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (CutEntry("dolly"),)
    assert "plays backwards" in " ".join(read.notes) and "Glow" in " ".join(read.notes)


def test_nobody_elses_timeline_is_taken_for_ours(stage, tmp_path: Path) -> None:
    paint(stage)
    track = otio.schema.Track(kind="Video")
    track.append(otio.schema.Clip("x", source_range=otio.opentime.TimeRange(at(0), at(7))))
    timeline = otio.schema.Timeline("other", tracks=[track])
    with pytest.raises(InputError, match="none of this project's shots"):
        read_cut(stage.project, written(tmp_path, timeline), "main")


@with_edl
@pytest.mark.parametrize(("fps", "base"), RATES)
def test_an_edl_brings_the_cut_back(stage, fps: int, base: float) -> None:
    paint(stage, fps, base)
    folder = exported(stage)
    read = read_cut(stage.project, folder / "reel.edl", "main")
    assert not any("frames a second" in note for note in read.notes)
    bare = [e.__class__(**{**vars(e), "label": "", "take": None}) for e in EDIT]
    assert [e.__class__(**{**vars(e), "label": ""}) for e in read.cut.entries] == bare


@with_fcpxml
@pytest.mark.parametrize(("fps", "base"), RATES)
def test_an_fcpxml_brings_places_and_trims_back(stage, fps: int, base: float) -> None:
    paint(stage, fps, base)
    entries = (CutEntry("dolly", first=5, last=16), CutEntry("映画/一 100%", gap=10, first=-1))
    folder = exported(stage, (*entries, CutEntry("two shot")))
    read = read_cut(stage.project, folder / "reel.fcpxml", "main")
    assert read.cut.entries == (*entries, CutEntry("two shot"))
    assert not any("frames a second" in note for note in read.notes)


@with_copies
def test_losses_are_those_that_happened(stage) -> None:
    paint(stage)
    told = (exported(stage) / exchange.LOSSES).read_text("utf-8")
    edl, fcpxml = told.split("reel.fcpxml")
    assert "speed or the hold" in fcpxml and "speed or the hold" not in edl
    assert "scene frames before 0: 映画/一 100%" in edl
    plain = (exported(stage, (CutEntry("dolly"),)) / exchange.LOSSES).read_text("utf-8")
    assert "speed" not in plain and "before 0" not in plain


@with_copies
def test_a_film_at_an_odd_rate_says_so_in_fcpxml(stage) -> None:
    paint(stage, 24, 1.001)
    text = (exported(stage) / "reel.fcpxml").read_text("utf-8")
    assert 'frameDuration="1001/24000s"' in text


def test_an_entry_without_a_take_goes_by_the_pick_of_the_day(stage) -> None:
    paint(stage)
    folder = exported(stage, (CutEntry("dolly"), CutEntry("two shot", 1)))
    for shot in ("dolly", "two shot"):
        stage.paint(stage.request(shot, RANGES[shot], seed=9))
        picks.pick(stage.project, shot, 2, "Ben")
    read = read_cut(stage.project, folder / "reel.otio", "main")
    assert read.cut.entries == (CutEntry("dolly"), CutEntry("two shot", 1))


def test_takes_that_the_command_had_just_painted_are_not_pinned(stage) -> None:
    stage.paint_shot("dolly")
    stage.paint(stage.request("dolly", (1, 2, 3), seed=4))
    picks.pick(stage.project, "dolly", 1, "Ben")
    prepared = prepare(
        stage.project, (CutEntry("dolly"),), title="x", painted={"dolly": 2}, dressing=Dressing()
    )
    record = read_document(ReelRecord, prepared.folder / "reel.json")
    assert (record.parts[0].take, record.cut.entries) == (2, (CutEntry("dolly"),))
    read = read_cut(stage.project, prepared.folder / "reel.otio", "main")
    assert read.cut.entries == (CutEntry("dolly"),)


@pytest.mark.parametrize("odd", [98, -2, 0, True, "3"])
def test_a_take_that_is_not_there_is_told_of_and_not_kept(stage, tmp_path: Path, odd) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    clips(timeline)[0].metadata["underpaint"]["entry"]["take"] = odd
    read = read_cut(stage.project, written(tmp_path, timeline), "main")
    assert read.cut.entries == (CutEntry("dolly"),)
    assert ("dolly has no take 98" in " ".join(read.notes)) == (odd == 98)


@pytest.mark.parametrize(
    ("start", "length", "speed"),
    [
        (1, 1e12, 1.0), (1, 200_000, 1.0), (1e12, 5, 1.0), (float("nan"), 4, 1.0),
        (1, float("inf"), 1.0), (1, 4, float("inf")), (1, 4, float("nan")), (1, 200_000, 0.0),
    ],
)  # fmt: skip
def test_numbers_that_no_reel_has_are_one_sentence(stage, tmp_path, start, length, speed) -> None:
    paint(stage)
    timeline = timeline_of(exported(stage, (CutEntry("dolly"),)))
    (clip,) = clips(timeline)
    clip.source_range = otio.opentime.TimeRange(at(start), at(length))
    clip.effects.append(otio.schema.LinearTimeWarp(time_scalar=speed))
    with pytest.raises(InputError) as caught:
        read_cut(stage.project, written(tmp_path, timeline), "main")
    assert "\n" not in str(caught.value) and "edited.otio" in str(caught.value)


def test_a_timeline_can_come_back_as_another_cut(stage) -> None:
    paint(stage)
    folder = exported(stage, (CutEntry("dolly"),))
    read = read_cut(stage.project, folder / "reel.otio", "Ben's")
    assert read.cut.entries == (CutEntry("dolly"),)


def test_frames_are_those_of_the_take_that_is_shown(stage, tmp_path: Path) -> None:
    paint(stage)
    stage.paint(stage.request("dolly", range(-5, 31)))
    picks.pick(stage.project, "dolly", 2, "Ben")
    folder = exported(stage, (CutEntry("dolly", 1),))
    read = read_cut(stage.project, folder / "reel.otio", "main")
    assert read.cut.entries == (CutEntry("dolly", 1),)
