"""The timeline, as OpenTimelineIO reads it back."""

from __future__ import annotations

import struct
from fractions import Fraction
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

import opentimelineio as otio
import pytest

from underpaint.credits.record import relative
from underpaint.library.takes import Takes
from underpaint.model.cut import CutEntry, ReelPart
from underpaint.reel.timecode import exact_rate
from underpaint.reel.timeline import Clip, timeline_text

NTSC = struct.unpack("f", struct.pack("f", 1.001))[0]
NAMES = ["dolly", "two shot", "映画/一 100%", "مشهد #2?"]
RANGES = [range(1, 4), range(101, 103), range(-2, 3), range(99_998, 100_003)]


def write(stage, rate: Fraction = Fraction(24)) -> Path:
    """A timeline of four shots in a reel's folder."""
    file = stage.project.reel(1) / "reel.otio"
    clips, start = [], 0
    for name, frames in zip(NAMES, RANGES, strict=True):
        take = stage.paint(stage.request(name, frames))
        folder = PurePosixPath(relative(Takes(stage.project).folder(take), file.parent))
        picked_by = "Ben" if name == "dolly" else None
        entry = CutEntry(name)
        span = frames.start, frames[-1]
        part = ReelPart("shot", name, start, len(frames), "", entry, 1, span)
        clips.append(Clip(part, take, folder, picked_by))
        start += len(frames)
    file.parent.mkdir(parents=True)
    file.write_text(timeline_text("Corner — dusk", clips, rate, "reel.mp4"), encoding="utf-8")
    return file


def test_a_clip_a_shot_in_order(stage) -> None:
    timeline = otio.adapters.read_from_file(str(write(stage)))
    assert timeline.name == "Corner — dusk"
    assert timeline.global_start_time == otio.opentime.RationalTime(0, 24)
    assert [track.kind for track in timeline.tracks] == ["Video"]
    clips = timeline.find_clips()
    assert [clip.name for clip in clips] == NAMES
    starts = [clip.range_in_parent().start_time.value for clip in clips]
    assert starts == [0, 3, 5, 10]
    assert timeline.duration() == otio.opentime.RationalTime(15, 24)


def test_every_frame_is_found_from_the_file(stage) -> None:
    file = write(stage)
    timeline = otio.adapters.read_from_file(str(file))
    for clip, frames in zip(timeline.find_clips(), RANGES, strict=True):
        media = clip.media_reference
        assert isinstance(media, otio.schema.ImageSequenceReference)
        assert media.number_of_images_in_sequence() == len(frames)
        assert (media.start_frame, media.end_frame()) == (frames.start, frames[-1])
        for index, frame in enumerate(frames):
            url = media.target_url_for_image_number(index)
            assert (file.parent / unquote(url)).is_file(), url
            if "%" not in unquote(url):  # OpenTimelineIO's own helper decodes twice
                assert (file.parent / otio.url_utils.filepath_from_url(url)).is_file()
            assert not url.startswith(("/", "file:"))
            time = otio.opentime.RationalTime(frame, media.rate)
            assert media.frame_for_time(time) == frame
        assert clip.source_range == clip.available_range()


@pytest.mark.parametrize(
    ("fps", "base", "exact"),
    [(24, 1.0, 24.0), (24, NTSC, 24000 / 1001), (30, NTSC, 30000 / 1001), (25, 1.0, 25.0)],
)
def test_the_rate_is_exact(stage, fps: int, base: float, exact: float) -> None:
    timeline = otio.adapters.read_from_file(str(write(stage, exact_rate(fps, base))))
    times = [timeline.global_start_time, timeline.duration()]
    for clip in timeline.find_clips():
        times += [clip.source_range.duration, clip.media_reference.available_range.start_time]
        assert clip.media_reference.rate == exact
    assert {time.rate for time in times} == {exact}
    assert otio.opentime.RationalTime.is_smpte_timecode_rate(exact)
    numerator, denominator = map(int, timeline.metadata["underpaint"]["rate"].split("/"))
    assert numerator / denominator == exact


def test_clips_say_how_they_were_made(stage) -> None:
    timeline = otio.adapters.read_from_file(str(write(stage)))
    first, second, *_ = (clip.metadata["underpaint"] for clip in timeline.find_clips())
    assert first["shot"] == "dolly" and first["take"] == 1 and first["seed"] == 7
    assert (first["mode"], first["cadence"]) == ("each", "ones")
    assert first["words"] == "a street at dusk" and first["look"]["name"] == "dusk"
    assert first["engine"]["name"] == "built-in" and first["engine"]["licence"] == "CC0-1.0"
    assert (first["picked_by"], second["picked_by"]) == ("Ben", None)
    assert first["painted_by"] == "Ana Reyes"
    assert timeline.metadata["underpaint"]["video"] == "reel.mp4"
    assert timeline.metadata["underpaint"]["frames"] == 15
