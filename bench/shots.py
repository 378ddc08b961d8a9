"""Frames between keys, held against the truth: a solid texture that every body carries along.

``films`` renders the shots and ``measured`` tells how still any pictures of them hold; what the
worker paints of them is in ``painted_shots``.
"""

from __future__ import annotations

import itertools
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from underpaint.motion import keys, patches
from underpaint.motion.frame import Frame
from underpaint.motion.gather import gather
from underpaint.motion.painted import Painted
from underpaint.surface.sight import Sight
from underpaint.worker.jobs.following import find_tracks

from .figures import Figure, at_least, at_most, told
from .films import Film, filmed, measured
from .oracle import solid
from .painted_shots import killed, memory, painted, slower
from .shot_sets import FRAMES, SETS

_WAVE, _WORST_WAVE, _NEARLY_ALL = 24.0, 8.0, 95
"""Pixels that a wave is long at the median depth, and where a body is seen nearly worst, and what
per cent of its pixels that is: no key can hold what is finer than its pixels."""
_STEP = 1 / 255

Floats = npt.NDArray[np.float32]
Waves = dict[int, float]


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        for name in ("crowd",) if quick else SETS:
            for film in filmed(name, Path(folder), 12 if quick else FRAMES):
                yield from oracle(film)
                yield from painted(film)
                if film.name in ("dolly", "crowd") and not quick:
                    yield slower(film)
                if name == "crowd" and not quick:
                    yield memory(film)
                    yield killed(film)


def oracle(film: Film) -> Iterator[Figure]:
    """Gather a film from keys whose every pixel is known."""
    chosen = list(keys.choose(film.sights()))
    waves = _waves(film, chosen)
    told_ = _Told()
    gathered = [
        (number, got)
        for one, two in itertools.pairwise(chosen)
        for number, got in _gap(film, (one, two), waves, told_)
    ]
    keys_and_patches = {"keys": len(chosen), "patched": told_.patched}
    if not told_.pixels:
        yield told(f"{film.name}: all frames are keys", len(chosen))
        return
    yield at_least(
        f"{film.name}: oracle, PSNR of in-betweens where a key saw it",
        -10 * float(np.log10(told_.square / told_.pixels / 3)),
        34,
        seen=told_.pixels / told_.all,
        followed=told_.followed / told_.all,
        **keys_and_patches,
    )
    yield at_most(
        f"{film.name}: smears, pixels from a wrong object",
        told_.wrong + told_.coloured,
        0,
        by_record=told_.wrong,
        by_colour=told_.coloured,
    )
    yield told(f"{film.name}: ms to gather a frame", 1e3 * float(np.median(told_.seconds)))
    yield _steady(film, gathered, waves)


@dataclass
class _Told:
    """Sums over the frames of a film."""

    square: float = 0.0
    pixels: int = 0
    all: int = 0
    wrong: int = 0
    coloured: int = 0
    followed: int = 0
    patched: int = 0
    seconds: list[float] = field(default_factory=list)


def _gap(
    film: Film, ends: tuple[int, int], waves: Waves, told_: _Told
) -> Iterator[tuple[int, Floats]]:
    """A key, and the frames from it to the next, gathered; what no key saw is as it should be, so
    that only what was gathered counts."""
    frames = {number: Frame(film.sight(number)) for number in ends}
    true = {number: texture(frame.sight, waves) for number, frame in frames.items()}
    painted = [Painted(frames[number], true[number], number) for number in ends]
    flat = [Painted(frames[n], _flat(film.object_ids(n)), n) for n in ends]
    between = {number: film.sight(number) for number in range(ends[0] + 1, ends[1])}
    tracks = find_tracks(film.source, ends)
    sights = {number: frame.sight for number, frame in frames.items()}
    told_.patched += len(patches.plan_gap(between, sights, tracks))
    things = {
        body: thing for frame in frames.values() for body, thing in frame.sight.things.items()
    }
    yield ends[0], true[ends[0]]
    for number, sight in between.items():
        frame = Frame(sight)
        start = time.perf_counter()
        got = gather(frame, number, painted, tracks=tracks)
        told_.seconds.append(time.perf_counter() - start)
        should = texture(sight, waves)
        known = got.known & (got.source_body == sight.object_id)  # what deforms has no one texture
        told_.square += float(np.square(got.picture - should)[known].sum())
        told_.pixels += int(known.sum())
        told_.all += known.size
        ids = film.object_ids(number)
        told_.followed += int((got.known & ~known).sum())
        told_.wrong += int((_things(got.source_body, things) != ids)[got.known].sum())
        colours = gather(frame, number, flat, tracks=tracks).picture - _flat(ids)
        told_.coloured += int((np.abs(colours).max(-1) > _STEP)[got.known].sum())
        yield number, np.where(known[..., None], got.picture, should)


def _steady(film: Film, gathered: list[tuple[int, Floats]], waves: Waves) -> Figure:
    """What gathering costs in sharpness, and how still it holds, beside the truth."""
    numbers = [number for number, _ in gathered]
    own = measured(film, gathered)
    true = measured(film, ((number, texture(film.sight(number), waves)) for number in numbers))
    return told(
        f"{film.name}: sharpness, gathered ÷ true",
        own.sharpness / true.sharpness,
        warp_error=own.warp_error,
        true_warp_error=true.warp_error,
        spread=own.spread,
        true_spread=true.spread,
        structure=own.structure / max(true.structure, 1e-9),
    )


def texture(sight: Sight, waves: Waves) -> Floats:
    """H×W×3 sRGB: what the oracle paints of a frame; the sky by its direction."""
    level = sight.level(1)
    which = np.arange(sight.depth.size)
    ids, rest = sight.object_id.reshape(-1), level.rest(which)[0].astype(np.float64)
    picture = np.zeros((len(which), 3), np.float32)
    for body in np.unique(ids).tolist():
        some = np.flatnonzero(ids == body)
        points = rest[some] if body else _directions(sight, some)
        picture[some] = solid(points, waves.get(body, waves[0]))
    return picture.reshape(*sight.depth.shape, 3)


def _directions(sight: Sight, which: npt.NDArray[np.intp]) -> npt.NDArray[np.float64]:
    camera = sight.camera
    row, column = np.divmod(which.astype(np.int32), np.int32(sight.depth.shape[1]))
    way = camera.points(column, row, np.ones(len(which), np.float32)) @ camera.world[:3, :3].T
    return way / np.linalg.norm(way, axis=1, keepdims=True)


def _waves(film: Film, chosen: list[int]) -> Waves:
    """Metres that a wave is long on each body, from how its keys see it; 0: of the sky's sphere."""
    widths, longest = defaultdict(list), defaultdict(list)
    for number in chosen:
        frame = Frame(film.sight(number))
        width = frame.sight.camera.pixel_width(frame.depth)
        along = 1 / (frame.density * width)  # a pixel's length on the surface
        for body, pixels in frame.pixels.items():
            widths[body].append(float(np.median(width[pixels])))
            longest[body].append(float(np.percentile(along[pixels], _NEARLY_ALL)))
    waves = {
        body: max(_WAVE * max(widths[body]), _WORST_WAVE * max(longest[body])) for body in widths
    }
    angle = float(frame.sight.camera.pixel_width(np.ones(1, np.float32))[0])
    return {**waves, 0: _WAVE * angle}


def _things(body: npt.NDArray[np.int32], things: Mapping[int, int]) -> npt.NDArray[np.int32]:
    """H×W: the objects that bodies are; the sky is 0."""
    there, which = np.unique(body, return_inverse=True)
    found = np.array([things.get(number, number) for number in there.tolist()], np.int32)
    return found[which.reshape(body.shape)]


def _flat(ids: npt.NDArray[np.int32]) -> Floats:
    """H×W×3: a colour of its own for every object, by the renderer's ids and not by bodies."""
    number = np.arange(int(ids.max(initial=0)) + 1)[:, None]
    return ((number * np.array([0.618, 0.755, 0.57]) + 0.1) % 1).astype(np.float32)[ids]
