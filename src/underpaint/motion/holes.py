"""What no key saw: how much that is, what of it must be painted, and how that is laid in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from ..passes.arrays import Bools, Floats
from ..passes.colour import to_linear, to_srgb
from ..surface.outlines import FAR, count_steps
from ..surface.sight import Sight
from .frame import Frame
from .gather import Gathered
from .painted import Painted

_COARSE = 96
"""Pixels along the longer side of a picture, at the most, where only shares of it are asked for."""
_SPECK = 3
"""Holes that nowhere hold a square of so many pixels a side are specks."""
_ROUNDS = 3
FEATHER = 10
"""Pixels over which new paint fades out into what is known."""
_NEAR = 24
_ENOUGH = 64
"""How far from a hole, and of how many pixels, a body's colour is told."""
_MOST = 1.6
"""The largest gain, and the inverse of the smallest."""
_DARK = 1e-3


def coarse(sight: Sight) -> Sight:
    """So few pixels of a sight that looking through it costs next to nothing."""
    return sight.thinned(_coarse_step(sight.depth.shape))


def coarsened(mask: Bools) -> Bools:
    """A mask of a picture at the pixels that ``coarse`` leaves of it."""
    step = _coarse_step(mask.shape)
    return mask[step // 2 :: step, step // 2 :: step]


def _coarse_step(shape: tuple[int, ...]) -> int:
    return max(1, -(-max(shape) // _COARSE))


def fill_specks(frame: Frame, gathered: Gathered) -> Gathered:
    """Specks are filled from pixels beside them that show the same; real holes stay."""
    unknown = ~gathered.known
    if not unknown.any():
        return gathered
    return _grown(frame, gathered, unknown & ~_opened(unknown), _ROUNDS)


def fill_holes(frame: Frame, gathered: Gathered, keys: Sequence[Painted] = ()) -> Gathered:
    """All that is unknown is filled: from the same surface where any of it is known beside, else
    with the colour that ``keys`` give the object (a wheel shows what has turned away in them), else
    from whatever is beside. For holes too small to be painted."""
    unknown = ~gathered.known
    if not unknown.any() or unknown.all():
        return gathered
    filled = _toned(frame, _grown(frame, gathered, unknown, max(frame.shape)), keys)
    return _grown(None, filled, ~filled.known, max(frame.shape))


def feather(frame: Frame, hole: Bools, width: int = FEATHER) -> Floats:
    """H×W in 0…1: 1 in a hole, less over ``width`` pixels around it, never beyond an outline."""
    away = _steps(frame, hole)
    t = np.clip(1 - (away.astype(np.float32) - 1) / np.float32(width), 0, 1)
    return t * t * (3 - 2 * t)


def match_colours(frame: Frame, painted: Floats, gathered: Gathered) -> Floats:
    """``painted`` (H×W×3 sRGB: the whole frame, painted anew) with each body's colour as its keys
    show it: one gain a channel in linear light, from medians of where both are known, nearest the
    holes. What is known nowhere keeps its colour."""
    light, known_light = to_linear(painted), to_linear(gathered.picture)
    near = gathered.known & (_steps(frame, ~gathered.known) <= _NEAR)
    flat, keys = light.reshape(-1, 3), known_light.reshape(-1, 3)
    for pixels in frame.pixels.values():
        for some in (near.reshape(-1)[pixels], gathered.known.reshape(-1)[pixels]):
            if np.count_nonzero(some) >= _ENOUGH:
                flat[pixels] *= _gain(flat[pixels[some]], keys[pixels[some]])
                break
    return to_srgb(light)


def lay(gathered: Gathered, painted: Floats, alpha: Floats) -> Floats:
    """H×W×3 sRGB: new paint over what was gathered, by ``alpha`` (H×W) in linear light."""
    share = np.where(gathered.known, alpha, np.float32(1))[..., None]
    below, above = to_linear(gathered.picture), to_linear(painted)
    mixed = to_srgb(below + (above - below) * share)
    return np.where(share > 0, mixed, gathered.picture)


def _gain(mine: Floats, theirs: Floats) -> Floats:
    """3: what brings one set of colours (M×3) to the other, within bounds."""
    ratio = (np.median(theirs, 0) + _DARK) / (np.median(mine, 0) + _DARK)
    return np.clip(ratio, 1 / _MOST, _MOST).astype(np.float32)


def _toned(frame: Frame, gathered: Gathered, keys: Sequence[Painted]) -> Gathered:
    """What is unknown, in its object's mean colour of those keys that show it."""
    left = np.flatnonzero(~gathered.known)
    if not len(left) or not keys:
        return gathered
    light, known = to_linear(gathered.picture).reshape(-1, 3), gathered.known.reshape(-1).copy()
    body = gathered.source_body.reshape(-1).copy()
    for number in np.unique(frame.ids[left]).tolist():
        thing = frame.sight.things.get(number, number)
        tones = [key.tones[thing] for key in keys if thing in key.tones]
        if tones:
            some = left[frame.ids[left] == number]
            light[some], known[some], body[some] = np.mean(tones, 0), True, number
    fresh = (known & ~gathered.known.reshape(-1)).reshape(gathered.known.shape)
    picture = to_srgb(light).reshape(gathered.picture.shape)
    return replace(
        gathered,
        picture=np.where(fresh[..., None], picture, gathered.picture),
        known=known.reshape(fresh.shape),
        source_body=body.reshape(fresh.shape),
    )


def _steps(frame: Frame, hole: Bools) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """H×W: 1 in a hole, and one more for each step from it, up to ``FAR``; over no outline."""
    away = np.where(hole, 1, FAR).astype(np.uint8)
    count_steps(away, FAR, frame.joined)
    return away


def _opened(unknown: Bools) -> Bools:
    """What holds squares of ``_SPECK`` pixels a side."""
    height, width = unknown.shape
    reach = _SPECK // 2
    # beyond the picture nobody knows either
    padded = np.pad(unknown, reach, constant_values=True)
    middle = np.ones_like(unknown)
    for row, column in np.ndindex(_SPECK, _SPECK):
        middle &= padded[row : row + height, column : column + width]
    padded = np.pad(middle, reach)
    opened = np.zeros_like(unknown)
    for row, column in np.ndindex(_SPECK, _SPECK):
        opened |= padded[row : row + height, column : column + width]
    return opened & unknown


def _grown(frame: Frame | None, gathered: Gathered, wanted: Bools, rounds: int) -> Gathered:
    """Wanted pixels take the mean of known neighbours that show the same (with a frame) or any,
    round by round."""
    height, width = wanted.shape
    light = to_linear(gathered.picture).reshape(-1, 3)
    known, body = gathered.known.reshape(-1).copy(), gathered.source_body.reshape(-1).copy()
    left = np.flatnonzero(wanted)
    for _ in range(rounds):
        if not len(left):
            break
        total, count = np.zeros((len(left), 3), np.float32), np.zeros(len(left), np.float32)
        lender = np.zeros(len(left), np.intp)
        for beside, open_ in _neighbours(frame, left, height, width):
            share = open_ & known[beside]
            total += light[beside] * share[:, None]
            count += share
            lender = np.where(share, beside, lender)
        got = count > 0
        if not got.any():
            break
        some = left[got]
        light[some], body[some] = total[got] / count[got, None], body[lender[got]]
        known[some] = True
        left = left[~got]
    shape = (height, width)
    fresh = (known & ~gathered.known.reshape(-1)).reshape(shape)
    picture = np.where(fresh[..., None], to_srgb(light).reshape(*shape, 3), gathered.picture)
    return replace(
        gathered, picture=picture, known=known.reshape(shape), source_body=body.reshape(shape)
    )


def _neighbours(
    frame: Frame | None, pixels: np.ndarray[tuple[int], np.dtype[np.intp]], height: int, width: int
) -> list[tuple[np.ndarray[tuple[int], np.dtype[np.intp]], Bools]]:
    """The four neighbours of pixels, and whether each is one that lends to it."""
    row, column = np.divmod(pixels, width)
    found = []
    for down, across in ((0, 1), (0, -1), (1, 0), (-1, 0)):
        y, x = row + down, column + across
        inside = (y >= 0) & (y < height) & (x >= 0) & (x < width)
        y, x = np.clip(y, 0, height - 1), np.clip(x, 0, width - 1)
        if frame is not None:
            pair = frame.joined[abs(down)]
            inside &= pair[
                np.minimum(np.minimum(row, y), pair.shape[0] - 1),
                np.minimum(np.minimum(column, x), pair.shape[1] - 1),
            ]
        found.append((y * width + x, inside))
    return found
