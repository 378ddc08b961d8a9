"""A timeline of any make as one row of pieces: clips and black, in frames of one rate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import opentimelineio as otio

_DEEPEST = 16


@dataclass(frozen=True)
class Piece:
    """A clip, or black where it is None, for ``length`` frames of the project's rate.

    ``start``: where its media start, in frames; None: at their own start.
    """

    clip: otio.schema.Clip | None
    length: int
    start: int | None = None
    speed: Fraction = Fraction(1)


@dataclass
class _Walk:
    rate: float
    notes: list[str]
    at: Fraction = Fraction(0)

    def note(self, text: str) -> None:
        if text not in self.notes:
            self.notes.append(text)

    def length(self, item: otio.core.Item) -> int:
        """Frames of an item: ends are rounded, not lengths, so that no error adds up."""
        begin = round(self.at)
        duration = item.trimmed_range().duration
        self.at += _frames(duration, self.rate)
        return round(self.at) - begin


def walk(timeline: otio.schema.Timeline, rate: Fraction) -> tuple[list[Piece], list[str]]:
    """The pieces of its picture tracks, and sentences for what has no place in a reel."""
    steps = _Walk(float(rate), [])
    tracks = [track for track in timeline.video_tracks() if len(track)]
    if len(tracks) > 1:
        steps.note(f"{len(tracks)} picture tracks lie above each other: the topmost shows.")
    if not tracks:
        return [], steps.notes
    track = tracks[0] if len(tracks) == 1 else otio.algorithms.flatten_stack(tracks)
    _note_rate(steps, track)
    pieces = [piece for piece in _of_track(track, steps, 0) if piece.length > 0]
    _note_sounds(timeline, steps)
    return pieces, steps.notes


def _note_rate(steps: _Walk, track: otio.schema.Track) -> None:
    rates = {item.duration().rate for item in track if isinstance(item, otio.core.Item)}
    for rate in sorted(rate for rate in rates if abs(rate - steps.rate) > 0.01):
        told = f"It runs at {rate:.6g} frames a second and the film at {steps.rate:.6g}"
        frames = "frames are taken one for one" if _counts_alike(rate, steps.rate) else ""
        steps.note(f"{told}: {frames or 'each place is moved to the nearest frame'}.")


def _of_track(track: otio.schema.Track, steps: _Walk, depth: int) -> Iterator[Piece]:
    for item in track:
        if isinstance(item, otio.schema.Transition):
            steps.note("Transitions are cuts here: each is cut where its two clips meet.")
        elif isinstance(item, otio.schema.Clip) and item.enabled:
            yield _of_clip(item, steps)
        elif isinstance(item, (otio.schema.Stack, otio.schema.Track)) and item.enabled:
            yield from _of_nest(item, steps, depth)
        elif isinstance(item, otio.core.Item):
            if isinstance(item, otio.schema.Clip):
                steps.note(f"{item.name or 'A clip'} is switched off there: black.")
            yield Piece(None, steps.length(item))


def _of_nest(item: otio.core.Item, steps: _Walk, depth: int) -> Iterator[Piece]:
    """A sequence inside the sequence, as if its clips stood there themselves."""
    if depth == _DEEPEST:
        steps.note(f"Sequences lie in each other more than {_DEEPEST} deep: the deepest is black.")
        yield Piece(None, steps.length(item))
        return
    if item.effects:
        steps.note(f"{item.name or 'A nested sequence'} has effects as a whole: left out.")
    inner = item.deepcopy()
    inner.source_range = None
    if isinstance(inner, otio.schema.Stack):
        inner = otio.algorithms.flatten_stack(inner)
    if item.source_range is not None:
        inner = otio.algorithms.track_trimmed_to_range(inner, item.source_range)
    yield from _of_track(inner, steps, depth + 1)


def _of_clip(clip: otio.schema.Clip, steps: _Walk) -> Piece:
    speed = Fraction(1)
    for effect in clip.effects:
        if isinstance(effect, otio.schema.LinearTimeWarp):
            speed *= Fraction(effect.time_scalar).limit_denominator(1000)
        else:
            kind = effect.effect_name or effect.name or effect.schema_name()
            steps.note(f"{clip.name or 'A clip'} has an effect {kind}: left out.")
    start = None
    if clip.source_range is not None:
        start = round(_frames(clip.source_range.start_time, steps.rate))
    return Piece(clip, steps.length(clip), start, speed)


def _note_sounds(timeline: otio.schema.Timeline, steps: _Walk) -> None:
    for track in timeline.audio_tracks():
        for clip in track.find_clips():
            if "underpaint" not in clip.metadata:
                steps.note("Its sound is left out: name the file with reel --sound.")


def _frames(time: otio.opentime.RationalTime, rate: float) -> Fraction:
    """A time as frames of the film; of the same rate, written a little otherwise, as they are."""
    value = Fraction(time.value)
    if _counts_alike(time.rate, rate):
        return value
    return value / Fraction(time.rate) * Fraction(rate)


def _counts_alike(one: float, other: float) -> bool:
    """Whether two rates number frames alike, as 24, 23.98 and 24000/1001 do."""
    return round(one) == round(other)
