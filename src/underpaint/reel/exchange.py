"""Poorer copies of the timeline for other editors, EDL (CMX 3600) and FCPXML, and what they lose.

Both are written by OpenTimelineIO's adapters from the very .otio, then read back by the same
adapters: what does not come back is what was lost, and ``reel.losses.txt`` says it.
"""

from __future__ import annotations

import importlib.util
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from ..credits.record import counted
from ..library import atomic
from . import edl
from .timeline import OURS

LOSSES = "reel.losses.txt"
_TIMES = re.compile(
    r"((?:\b(?:start|offset|duration|frameDuration|tcStart|audioStart|audioDuration|time)"
    r'|<timept [^<>]*?\bvalue))="(-?\d+(?:/\d+)?)s"'
)
"""Attributes that hold a time; ``value`` is one at a point of a time map, and a marker's name."""
_REFUSED = (otio.exceptions.OTIOError, ValueError, TypeError, KeyError, AttributeError, IndexError)
"""What the adapters raise for timelines that they cannot write."""


@dataclass(frozen=True)
class Copy:
    """A format: its file, OpenTimelineIO's adapter, and the package that brings this."""

    file: str
    title: str
    adapter: str
    package: str

    @property
    def is_here(self) -> bool:
        """Whether the adapter is installed."""
        return importlib.util.find_spec(self.package.replace("-", "_")) is not None


EDL = Copy("reel.edl", "EDL (CMX 3600)", "cmx_3600", "otio-cmx3600-adapter")
FCPXML = Copy("reel.fcpxml", "FCPXML 1.8", "fcpx_xml", "otio-fcpx-xml-adapter")


def write_copies(folder: Path, text: str, rate: Fraction) -> tuple[str, ...]:
    """Write both copies of an .otio's text and what each loses; a sentence for one that failed."""
    notes, told = [], []
    for copy in (EDL, FCPXML):
        if not copy.is_here:
            notes.append(f"No {copy.file}: the engine's Python lacks the package {copy.package}.")
            continue
        try:
            written = write(copy, text, rate)
            lost = losses(copy, text, written, rate)
        except _REFUSED as error:
            notes.append(f"No {copy.file}: its adapter cannot write this cut ({error}).")
            continue
        atomic.write_text(folder / copy.file, written, durable=True)
        told.append(_paragraph(copy, lost))
    if told:
        atomic.write_text(folder / LOSSES, "\n".join(told), durable=True)
    return tuple(notes)


def write(copy: Copy, text: str, rate: Fraction) -> str:
    """The text of a copy. Raises what the adapter raises for a cut that it cannot write."""
    timeline = _simplified(otio.adapters.read_from_string(text, "otio_json"), rate)
    whole = float(round(rate))
    if copy is EDL:
        timeline.tracks[:] = [track for track in timeline.tracks if track.kind == "Video"]
        edl.name_reels(_pictures(timeline))
        written = str(otio.adapters.write_to_string(timeline, EDL.adapter, rate=whole))
        return edl.mend(written, round(rate))
    written = str(otio.adapters.write_to_string(timeline, FCPXML.adapter))
    return _stretched(written, round(rate) / rate)


class NoTimelineError(ValueError):
    """The file can be read, and there is no timeline in it."""


def read(copy: Copy, text: str, rate: Fraction) -> otio.schema.Timeline:
    """The timeline of a copy at the whole rate that ``write`` writes it at: frames are frames."""
    whole = float(round(rate))
    if copy is EDL:
        counted_on = edl.without_drops(text, round(rate))
        return otio.adapters.read_from_string(counted_on, EDL.adapter, rate=whole)
    root = otio.adapters.read_from_string(_stretched(text, rate / round(rate)), FCPXML.adapter)
    if isinstance(root, otio.schema.Timeline):
        return root
    found = list(root.find_children(descended_from_type=otio.schema.Timeline)) if root else []
    if not found:
        raise NoTimelineError
    return found[0]


def losses(copy: Copy, text: str, written: str, rate: Fraction) -> tuple[str, ...]:
    """Sentences for what a copy does not bring back."""
    asked = _simplified(otio.adapters.read_from_string(text, "otio_json"), rate)
    whole = otio.adapters.read_from_string(text, "otio_json")
    return tuple(_differences(whole, asked, read(copy, written, rate), rate))


def _differences(
    whole: otio.schema.Timeline,
    asked: otio.schema.Timeline,
    back: otio.schema.Timeline,
    rate: Fraction,
) -> Iterator[str]:
    wanted, got = _pictures(asked), _pictures(back)
    pairs = list(zip(wanted, got, strict=False))
    if len(wanted) != len(got):
        yield f"{counted(abs(len(wanted) - len(got)), 'clip')} of {len(wanted)}."
    for what, of in _OF_CLIPS.items():
        lost = [one.name for one, other in pairs if of(one) != of(other)]
        if lost:
            yield f"{what} of {counted(len(lost), 'clip')} ({_listed(lost)})."
    metadata = [one.name for one, other in pairs if OURS not in other.metadata]
    if metadata:
        yield (
            f"our notes on {counted(len(metadata), 'clip')}: take, engine, look, words, seed and "
            "other takes. When it comes back, shots are found by their media's paths and names."
        )
    sounds = len(_sounds(whole)) - len(_sounds(back))
    if sounds > 0:
        yield "the sound."
    sequences = [clip for clip in whole.find_clips() if _is_sequence(clip)]
    if sequences:
        yield (
            f"that the media of {counted(len(sequences), 'clip')} are picture sequences: each "
            "names its first picture, link it to the sequence again."
        )
    moved = {c.name for c in sequences if c.media_reference.available_range.start_time.value < 0}
    if moved:
        yield f"scene frames before 0: {_listed(sorted(moved))} is counted from its first frame."
    if rate.denominator != 1 and not _same_rate(back, rate):
        yield f"the rate of {float(rate):.3f} frames a second: it has none; say it when you import."


def _speed(clip: otio.schema.Clip) -> float:
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            return float(round(effect.time_scalar, 3))
    return 1.0


def _place(clip: otio.schema.Clip) -> tuple[int, int]:
    where = clip.range_in_parent()
    return round(where.start_time.value), round(where.duration.value)


_OF_CLIPS: dict[str, Callable[[otio.schema.Clip], object]] = {
    "the name": lambda clip: clip.name,
    "the place in the reel": _place,
    "where it starts in its take": lambda clip: round(clip.source_range.start_time.value),
    "the speed or the hold": _speed,
    "the marker": lambda clip: len(clip.markers),
    "the marker's name": lambda clip: [marker.name for marker in clip.markers],
    "the marker's note": lambda clip: [marker.comment for marker in clip.markers],
}


def _pictures(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return [clip for track in timeline.video_tracks() for clip in track.find_clips()]


def _sounds(timeline: otio.schema.Timeline) -> list[otio.schema.Clip]:
    return [clip for track in timeline.audio_tracks() for clip in track.find_clips()]


def _is_sequence(clip: otio.schema.Clip) -> bool:
    return isinstance(clip.media_reference, otio.schema.ImageSequenceReference)


def _same_rate(timeline: otio.schema.Timeline, rate: Fraction) -> bool:
    return any(abs(clip.source_range.start_time.rate - float(rate)) < 1e-6
               for clip in timeline.find_clips())  # fmt: skip


def _simplified(timeline: otio.schema.Timeline, rate: Fraction) -> otio.schema.Timeline:
    """The same with single files for media, times from 0 and a whole rate, as the adapters want."""
    whole = float(round(rate))
    timeline.global_start_time = otio.opentime.RationalTime(0, whole)
    for item in timeline.find_children():
        if not isinstance(item, otio.core.Item) or item.source_range is None:
            continue
        shift = 0
        if isinstance(item, otio.schema.Clip):
            media = item.media_reference
            there = media.available_range
            shift = max(0, -round(there.start_time.value))
            if _is_sequence(item):
                url = media.target_url_for_image_number(0)
                item.media_reference = otio.schema.ExternalReference(url)
            item.media_reference.available_range = _at(there, whole, shift)
            for marker in item.markers:
                marker.marked_range = _at(marker.marked_range, whole, shift)
        item.source_range = _at(item.source_range, whole, shift)
    return timeline


def _at(span: otio.opentime.TimeRange, rate: float, shift: int) -> otio.opentime.TimeRange:
    """The same frames at another rate."""
    return otio.opentime.TimeRange(
        otio.opentime.RationalTime(span.start_time.value + shift, rate),
        otio.opentime.RationalTime(span.duration.value, rate),
    )


def _stretched(text: str, factor: Fraction) -> str:
    """FCPXML with all its times, ``N/Ds`` and ``Ns``, multiplied; a name that reads like a time, as
    a shot called ``10s``, is none.

    The adapter fails at rates that are no whole numbers, while FCPXML's own times are exact.
    """
    if factor == 1:
        return text

    def times(found: re.Match[str]) -> str:
        seconds = Fraction(found[2]) * factor
        return f'{found[1]}="{seconds.numerator}/{seconds.denominator}s"'

    return _TIMES.sub(times, text)


def _paragraph(copy: Copy, lost: tuple[str, ...]) -> str:
    head = f"{copy.file}, {copy.title}"
    if not lost:
        return f"{head}: nothing is lost.\n"
    return f"{head}, loses against reel.otio:\n" + "".join(f"  – {each}\n" for each in lost)


def _listed(names: list[str]) -> str:
    several = list(dict.fromkeys(names))
    return ", ".join(several[:6]) + (f" and {len(several) - 6} more" if len(several) > 6 else "")
