"""Frames between keys: every pixel finds its place in the two nearest keys, directly.

Nothing is chained, so nothing adds up. What both keys show is cross-faded by the time to either and
by how well either sees it. Where their strokes differ a plain mean would be flatter than both, so
its contrast is brought back to theirs (as the variance is in E. Heitz and F. Neyret,
"High-performance by-example noise using a histogram-preserving blending operator", 2018). At a
key's own time only the key counts, so nothing pops there; and what one key alone shows comes from
it at any time.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ..passes.arrays import Bools, Floats, Ints
from ..passes.colour import to_srgb
from .frame import BRUSHED, NOBODY, Frame
from .painted import Painted, sample_amid, sample_beside, spread
from .places import Places, find_places
from .seen import Amid, Beside, look
from .tracks import Track, Tracks, places_of

_STAINED = 0.02
"""What a pixel counts whose outline may have left paint of something else in it."""
_LEFT = np.array([1, 1, 0.25, 0.05, 0.01, 1e-3, 1e-4], np.float32)
"""What a pixel counts that lay beside something with its outline, by how many pixels that has moved
away since."""
_LEAST = np.float32(1e-6)
_BOLDEST, _FLAT = 1.42, np.float32(1e-6)
_AROUND = 3
"""Pixels to either side over which contrast is measured."""
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)


@dataclass(frozen=True)
class Gathered:
    """``picture`` H×W×3 sRGB, 0 where nothing is ``known`` (H×W); ``source_body`` H×W: the body
    that the paint was taken from, NOBODY where there is none."""

    picture: Floats
    known: Bools
    source_body: Ints


@dataclass(frozen=True)
class _Word:
    """What one source says of all N pixels: linear ``light`` (3×N), how much it counts (0: not at
    all), and the ``body`` it took that from."""

    light: Floats
    weight: Floats
    body: Ints


def gather(
    frame: Frame,
    time: float,
    keys: Sequence[Painted],
    patches: Sequence[Painted] = (),
    tracks: Tracks | None = None,
) -> Gathered:
    """The frame at ``time`` as its ``keys`` show it (one, or two around it in time).

    ``patches`` lay over it what was painted anew in frames beside it, as softly as it was laid
    there; where no key knows, it is what they say. ``tracks`` of what deforms; times are numbers of
    frames then.
    """
    words = [_asked(frame, key, _places(frame, time, key, tracks)) for key in keys]
    times = _fade(time, keys)
    weights = [word.weight * share for word, share in zip(words, times, strict=True)]
    picture = _mixed(frame.shape, words, weights)
    known = np.add.reduce(weights) > 0
    body = np.full(len(known), NOBODY, np.int32)
    for word, weight in zip(words, weights, strict=True):
        best = (weight > 0) & (weight >= np.maximum.reduce(weights))
        body[best] = word.body[best]
    for patch in patches:
        word = _asked(frame, patch, _places(frame, time, patch, tracks))
        _lay(picture, known, body, word)
    picture[:, ~known] = 0
    shaped = np.moveaxis(picture.reshape(3, *frame.shape), 0, -1)
    return Gathered(
        np.ascontiguousarray(shaped), known.reshape(frame.shape), body.reshape(frame.shape)
    )


def _fade(time: float, keys: Sequence[Painted]) -> list[float]:
    """How much each key counts by its distance in time; the key of that very time alone."""
    away = np.array([abs(time - key.time) for key in keys], np.float64)
    if (away == 0).any():
        return [float(a == 0) for a in away]
    return list((1 / away) / (1 / away).sum())


def _places(frame: Frame, time: float, source: Painted, tracks: Tracks | None) -> Places:
    """Where what a frame shows lies in a key or a patch."""
    if tracks is None:
        return find_places(frame, source.frame)
    here, there = int(time), int(source.time)
    followed = _followed(frame, source.frame, tracks.follow(here, there))
    return find_places(frame, source.frame, followed, tracks.remade(here, there))


def _followed(frame: Frame, source: Frame, track: Track | None) -> Places | None:
    """Where what has another shape by now lies."""
    if track is None:
        return None
    rigid = [*source.sight.motion]
    return places_of(track.some(~np.isin(frame.ids[track.pixel], rigid)), source)


def _asked(frame: Frame, source: Painted, places: Places) -> _Word:
    """What a key or a patch says of a frame."""
    if source.anew is not None:
        places = places.within(*source.bounds)
    amid, beside = look(frame, source.frame, places)
    light = spread(amid, beside, *_lights(source, amid, beside), len(frame.ids))
    body = np.full(len(frame.ids), NOBODY, np.int32)
    body[amid.pixel] = source.frame.bodies[amid.corner]
    body[beside.pixel] = source.frame.bodies[beside.main]
    if source.anew is not None:
        planes = source.frame.bordered(source.anew)[None]
        parts = sample_amid(planes, source.frame.stride, amid), sample_beside(planes, beside)
        return _Word(light, spread(amid, beside, *parts, len(frame.ids))[0], body)
    return _Word(light, _weight(frame, source.frame, amid, beside), body)


def _lights(source: Painted, amid: Amid, beside: Beside) -> tuple[Floats, Floats]:
    edges = sample_beside(source.light, beside)
    if beside.stained.any():
        some = np.flatnonzero(beside.stained)
        edges[:, some] = sample_beside(source.inner, beside.some(some))
    return sample_amid(source.light, source.frame.stride, amid), edges


def _weight(frame: Frame, source: Frame, amid: Amid, beside: Beside) -> Floats:
    """How well a key sees places: by how many of its pixels show one of the frame's, up to one, and
    less beside its outlines and its border."""
    pixel = np.concatenate([amid.pixel, beside.pixel])
    tap = np.concatenate([amid.corner, beside.main])
    weight = np.zeros(len(frame.ids), np.float32)
    finer = np.minimum(source.around.density.take(tap) / frame.density[pixel], 1)
    weight[pixel] = finer * source.around.clarity.take(tap) + _LEAST
    weight[beside.pixel[beside.stained]] *= np.float32(_STAINED)
    was = source.around.behind.take(tap)
    away = np.where(was < BRUSHED, frame.behind[pixel].astype(np.int8) - was.astype(np.int8), 0)
    weight[pixel] *= _LEFT[np.clip(away, 0, len(_LEFT) - 1)]
    return weight


def _mixed(shape: tuple[int, int], words: Sequence[_Word], weights: Sequence[Floats]) -> Floats:
    """3×N sRGB: the words by their weights, as bold as they are."""
    total = np.maximum(np.add.reduce(weights), np.float32(1e-20))
    light = np.add.reduce(
        [word.light * (weight / total) for word, weight in zip(words, weights, strict=True)]
    )
    picture = to_srgb(light)
    if len(words) == 2 and all(weight.any() for weight in weights):
        first = weights[0] / total
        picture += _boldness(shape, words, first * (1 - first), light)
        np.clip(picture, 0, 1, out=picture)
    return picture


def _boldness(
    shape: tuple[int, int], words: Sequence[_Word], both: Floats, light: Floats
) -> Floats:
    """N: what to add to every channel, so that the mean of two varies as much as they do.

    The variance of a mean by shares a and 1 − a lacks a·(1 − a) times that of their difference.
    """
    one, two, mean = (np.sqrt(_LUMA @ values) for values in (words[0].light, words[1].light, light))
    off = np.where(both > 0, one - two, 0)
    lacking = both * _variance(off.reshape(shape)).reshape(-1)
    around = _box(mean.reshape(shape))
    variance = np.maximum(_box(np.square(mean).reshape(shape)) - np.square(around), _FLAT)
    gain = np.sqrt(1 + lacking / variance.reshape(-1))
    more = np.minimum(gain, np.float32(_BOLDEST)) - 1
    bolder: Floats = more * (mean - around.reshape(-1))
    return bolder


def _variance(values: Floats) -> Floats:
    return np.maximum(_box(np.square(values)) - np.square(_box(values)), 0)


def _box(values: Floats) -> Floats:
    """Means over squares of 2·_AROUND + 1 pixels, the border repeated."""
    side = 2 * _AROUND + 1
    padded = np.pad(values, _AROUND, mode="edge")
    for axis in (0, 1):
        lines = padded.swapaxes(0, axis)
        length = len(lines) - 2 * _AROUND
        total = lines[:length].copy()
        for start in range(1, side):
            total += lines[start : start + length]
        padded = total.swapaxes(0, axis)
    return padded / np.float32(side * side)


def _lay(picture: Floats, known: Bools, body: Ints, word: _Word) -> None:
    """A patch over what is known, in place."""
    some = np.flatnonzero(word.weight > 0)
    share = np.where(known[some], word.weight[some], np.float32(1))
    picture[:, some] += (to_srgb(word.light[:, some]) - picture[:, some]) * share
    fresh = some[~known[some]]
    known[fresh], body[fresh] = True, word.body[fresh]
