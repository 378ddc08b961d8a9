"""The reel as an OpenTimelineIO timeline: a clip a shot, linked to the frames of its take."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import opentimelineio as otio

from ..library.project import frame_file
from ..model.codec import to_plain
from ..model.take import Take

_DIGITS = 4


@dataclass(frozen=True)
class Clip:
    """A shot's take on the timeline. ``folder`` is the take's, relative to the .otio file.

    ``picked_by`` None: no person picked this take.
    """

    take: Take
    folder: PurePosixPath
    start: int
    end: int
    picked_by: str | None


def timeline_text(title: str, clips: Sequence[Clip], rate: Fraction, video: str) -> str:
    """The text of an .otio file.

    Media start at their scene's frame number, so that times in the clips are scene frames.
    ``video`` is the burned-in reel beside the file; it is named in the timeline's metadata, because
    a second picture track would show a player every shot twice.
    """
    track = otio.schema.Track("Takes", kind=otio.schema.TrackKind.Video)
    track.extend(_clip(clip, rate) for clip in clips)
    timeline = otio.schema.Timeline(title, global_start_time=_time(0, rate))
    timeline.tracks.append(track)
    length = sum(clip.end - clip.start + 1 for clip in clips)
    timeline.metadata["underpaint"] = {
        "video": quote(video),
        "frames": length,
        "rate": f"{rate.numerator}/{rate.denominator}",
    }
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return text


def _clip(clip: Clip, rate: Fraction) -> otio.schema.Clip:
    whole = otio.opentime.TimeRange(_time(clip.start, rate), _time(clip.end - clip.start + 1, rate))
    prefix, _, suffix = frame_file(0).partition("0" * _DIGITS)
    media = otio.schema.ImageSequenceReference(
        target_url_base=quote(f"{clip.folder.as_posix()}/"),
        name_prefix=prefix,
        name_suffix=suffix,
        start_frame=clip.start,
        frame_zero_padding=_DIGITS,
        rate=float(rate),
        available_range=whole,
    )
    return otio.schema.Clip(
        name=clip.take.subject,
        media_reference=media,
        source_range=whole,
        metadata={"underpaint": _metadata(clip)},
    )


def _metadata(clip: Clip) -> dict[str, Any]:
    request = clip.take.frame_request
    assert request is not None, "a shot's take holds a frame request"
    return {
        "shot": clip.take.subject,
        "take": clip.take.number,
        "painted": clip.take.created,
        "painted_by": clip.take.by,
        "picked_by": clip.picked_by,
        "engine": to_plain(request.engine),
        "look": to_plain(request.look),
        "words": request.look.words,
        "seed": request.seed,
        "seed_per": request.seed_per,
    }


def _time(frame: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, float(rate))
