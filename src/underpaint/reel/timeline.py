"""The reel as an OpenTimelineIO timeline: a clip a shot, linked to the frames of its take."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import quote

import opentimelineio as otio

from ..library.project import frame_file
from ..model.codec import to_plain
from ..model.cut import CutEntry, ReelPart, Sound
from ..model.take import Take

OURS = "underpaint"
"""The key of our metadata."""
_DIGITS = 4


def ours_of(item: otio.core.SerializableObjectWithMetadata) -> Mapping[str, Any]:
    """Our metadata of a clip; nothing where another program has something else by that name."""
    found = item.metadata.get(OURS)
    return found if isinstance(found, Mapping) else {}


@dataclass(frozen=True)
class Clip:
    """A part of the reel on the timeline; of a shot with its take.

    ``folder`` is the take's, relative to the .otio file. ``picked_by`` None: no person picked this
    take. ``others``: the takes of the shot that could stand in its place.
    """

    part: ReelPart
    take: Take | None = None
    folder: PurePosixPath | None = None
    picked_by: str | None = None
    others: tuple[int, ...] = ()


def timeline_text(
    title: str, clips: Sequence[Clip], rate: Fraction, video: str, sound: Sound | None = None
) -> str:
    """The text of an .otio file.

    Media start at their scene's frame number, so that times in the clips are scene frames. A hold
    is a clip of its own with a freeze frame, a speed a linear time warp, black a gap. ``video`` is
    the finished reel beside the file; it is named in the timeline's metadata, because a second
    picture track would show a player every shot twice. ``sound.file`` is relative to the file.
    """
    track = otio.schema.Track("Takes", kind=otio.schema.TrackKind.Video)
    now = 0
    for clip in clips:
        track.extend(_black(clip.part.start - now, rate))
        track.extend(_items(clip, rate))
        now = clip.part.start + clip.part.length
    timeline = otio.schema.Timeline(title, global_start_time=_time(0, rate))
    timeline.tracks.append(track)
    last = clips[-1].part
    length = last.start + last.length
    if sound is not None:
        timeline.tracks.append(_sound_track(sound, length, rate))
    timeline.metadata[OURS] = {
        "video": quote(video),
        "frames": length,
        "rate": f"{rate.numerator}/{rate.denominator}",
    }
    text: str = otio.adapters.write_to_string(timeline, "otio_json")
    return text


def _black(length: int, rate: Fraction) -> list[otio.schema.Gap]:
    return [otio.schema.Gap(source_range=_range(0, length, rate))] if length else []


def _items(clip: Clip, rate: Fraction) -> Iterator[otio.core.Composable]:
    """What stands on the track for one part: a hold, the moving frames, a hold."""
    entry = clip.part.entry
    if clip.take is None or entry is None:
        yield _card(clip.part, rate)
        return
    shown = clip.part.shown
    moving = shown[entry.head : len(shown) - entry.tail]
    first = entry.asked(range(clip.part.painted[0], clip.part.painted[1] + 1)).start
    if entry.head:
        yield _clip(clip, "head", moving[0], entry.head, rate)
    yield _clip(clip, "moving", first, len(moving), rate)
    if entry.tail:
        yield _clip(clip, "tail", moving[-1], entry.tail, rate)


def _clip(clip: Clip, kind: str, first: int, length: int, rate: Fraction) -> otio.schema.Clip:
    entry, take, folder = clip.part.entry, clip.take, clip.folder
    assert entry is not None and take is not None and folder is not None, "it is a shot's"
    whole = range(clip.part.painted[0], clip.part.painted[1] + 1)
    made = otio.schema.Clip(
        name=take.subject,
        media_reference=_frames(folder, whole, rate),
        source_range=_range(first, length, rate),
        metadata={OURS: {**_metadata(clip, take), "part": kind, "entry": to_plain(entry)}},
    )
    if kind != "moving":
        made.effects.append(otio.schema.FreezeFrame())
        return made
    if entry.rate != 1:
        made.effects.append(otio.schema.LinearTimeWarp(time_scalar=float(entry.rate)))
    made.markers.append(_marker(clip, entry, first, rate))
    return made


def _marker(clip: Clip, entry: CutEntry, first: int, rate: Fraction) -> otio.schema.Marker:
    """Where the shot begins to move, with the editor's note."""
    return otio.schema.Marker(
        name=clip.part.name,
        marked_range=_range(first, 1, rate),
        color=otio.schema.MarkerColor.ORANGE,
        metadata={OURS: {"shot": clip.part.name, "note": entry.label}},
        comment=entry.label,
    )


def _card(part: ReelPart, rate: Fraction) -> otio.schema.Clip:
    """A slate or a card of the credits: a picture that stands still."""
    whole = _range(0, part.length, rate)
    return otio.schema.Clip(
        name=f"{part.kind}: {part.name}" if part.kind == "slate" else part.name,
        media_reference=otio.schema.ExternalReference(quote(part.file), whole),
        source_range=whole,
        metadata={OURS: {"card": part.kind}},
    )


def _frames(folder: PurePosixPath, frames: range, rate: Fraction) -> otio.core.MediaReference:
    prefix, _, suffix = frame_file(0).partition("0" * _DIGITS)
    return otio.schema.ImageSequenceReference(
        target_url_base=quote(f"{folder.as_posix()}/"),
        name_prefix=prefix,
        name_suffix=suffix,
        start_frame=frames.start,
        frame_zero_padding=_DIGITS,
        rate=float(rate),
        available_range=_range(frames.start, len(frames), rate),
    )


def _sound_track(sound: Sound, length: int, rate: Fraction) -> otio.schema.Track:
    """The temp sound from the reel's first frame on, as far as both go."""
    there = max(1, ceil(Fraction(sound.seconds) * rate))
    track = otio.schema.Track("Sound", kind=otio.schema.TrackKind.Audio)
    media = otio.schema.ExternalReference(quote(sound.file), _range(0, there, rate))
    heard = _range(0, min(there, length), rate)
    name = PurePosixPath(sound.file).name
    track.append(otio.schema.Clip(name, media, heard, metadata={OURS: {"sound": True}}))
    if length > there:
        track.append(otio.schema.Gap(source_range=_range(0, length - there, rate)))
    return track


def _metadata(clip: Clip, take: Take) -> dict[str, Any]:
    request = take.frame_request
    assert request is not None, "a shot's take holds a frame request"
    return {
        "shot": take.subject,
        "take": take.number,
        "other_takes": list(clip.others),
        "painted": take.created,
        "painted_by": take.by,
        "picked_by": clip.picked_by,
        "engine": to_plain(request.engine),
        "look": to_plain(request.look),
        "words": request.look.words,
        "seed": request.seed,
        "seed_per": request.seed_per,
        "mode": request.mode,
        "cadence": request.cadence,
    }


def _range(first: int, length: int, rate: Fraction) -> otio.opentime.TimeRange:
    return otio.opentime.TimeRange(_time(first, rate), _time(length, rate))


def _time(frame: int, rate: Fraction) -> otio.opentime.RationalTime:
    return otio.opentime.RationalTime(frame, float(rate))
