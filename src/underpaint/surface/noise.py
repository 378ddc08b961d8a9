"""Noise that sticks to surfaces: two views that show one place start from the same chance there.

Space is cut into cells half as wide as a latent pixel; each holds Gaussian numbers that only its
place, its object and the seed decide. The noise of a latent pixel is the sum over the cells that
its block of pixels shows, divided by the root of their number, so it is white and of variance one
in each view, and as like in two views as their blocks overlap on the surface (P. Chang et al., "How
I Warped Your Noise", 2024, whose noise is carried from frame to frame; ours is looked up).
"""

from __future__ import annotations

import statistics
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from ..passes.arrays import Floats, Ints
from .moved import Motion
from .sight import Level, Sight

_Hashes = npt.NDArray[np.uint64]

_TABLE = np.array(
    [statistics.NormalDist().inv_cdf((n + 0.5) / 65536) for n in range(65536)], np.float32
)
"""Gaussian quantiles: sixteen random bits make a number."""
_CELL = 0.5
"""Width of a cell in latent pixels. Measured on the corner example, latents of 4 pixels: at a half,
neighbours are alike by 0.06 and views of the same place by 0.57; at a quarter by 0.01 and 0.40, at
one by 0.18 and 0.72.
"""
_A_HASH = 4
"""Numbers that a hash gives."""
_STEPS = 4
"""In which the size of what grows is followed, an octave: in between, its noise grows along."""


def anchored_noise(sight: Sight, step: int, channels: int, seed: int) -> Floats:
    """Unit Gaussian noise h×w×``channels`` for latents of which each stands for ``step`` × ``step``
    pixels; a part of a block at the right and the bottom is one, too. The background gets noise
    that only the seed and the place in the picture decide."""
    level = sight.level(1)
    pixels = np.flatnonzero(_anchored(level))
    block, shape = _blocks(level, step)
    noise = np.random.default_rng(seed).standard_normal((*shape, channels), np.float32)
    if not len(pixels):
        return noise
    flat = noise.reshape(-1, channels)
    mine = block[pixels]
    anchored = _summed(mine, *_cells(level, pixels, step, seed), channels, len(flat))
    most = np.bincount(mine, minlength=len(flat)) * 2 > np.bincount(block, minlength=len(flat))
    flat[most] = anchored[most]
    return noise


def _anchored(level: Level) -> npt.NDArray[np.bool_]:
    """N: pixels that show an object of which it is known where it stands."""
    with np.errstate(invalid="ignore"):
        places = level.rest(np.arange(level.depth.size))[0]
    return (level.object_id.reshape(-1) > 0) & np.isfinite(places).all(1)


def _blocks(level: Level, step: int) -> tuple[npt.NDArray[np.int64], tuple[int, int]]:
    """N: the block of each pixel; and how many there are, down and across."""
    height, width = level.shape
    shape = (-(-height // step), -(-width // step))
    row, column = np.indices((height, width)).reshape(2, -1) // step
    return row * shape[1] + column, shape


def _cells(
    level: Level, pixels: npt.NDArray[np.int64], step: int, seed: int
) -> tuple[_Hashes, Floats]:
    """2×M hashes of the cells that pixels show, of the two sizes around a pixel's own, and 2×M how
    much of each: squares sum to one, so that views from a little nearer differ a little."""
    ids = level.object_id.reshape(-1)[pixels]
    points = level.rest(pixels)[0].astype(np.float64) * _sizes(ids, level.sight.motion)
    ids = _things(ids, level.sight.things)
    width = level.widths(pixels) * np.float32(step * _CELL)
    size = np.log2(np.maximum(width, np.float32(1e-9)))
    octave = np.floor(size)
    hashes = [_hash(points, ids, octave + more, seed) for more in (0, 1)]
    return np.stack(hashes), np.sqrt(np.stack([octave + 1 - size, size - octave]))


def _things(ids: Ints, things: Mapping[int, int]) -> Ints:
    """M: the objects that bodies are; what deforms stays near its place in its own space, and is
    one object though another body in each frame."""
    there, which = np.unique(ids, return_inverse=True)
    found = [things.get(number, number) for number in there.tolist()]
    return np.array(found, ids.dtype)[which.reshape(-1)]


def _sizes(ids: Ints, motion: Motion) -> npt.NDArray[np.float64]:
    """M×3: how much larger objects are in the world than at rest, along their axes, in steps that
    rounding does not cross: cells are as wide as the world's pixels, whatever rest is."""
    there, which = np.unique(ids, return_inverse=True)
    sizes = np.ones((len(there), 3))
    for row, number in enumerate(there.tolist()):
        matrix = motion.get(number)
        if matrix is not None:
            length = np.maximum(np.linalg.norm(matrix[:3, :3], axis=0), 1e-30)
            sizes[row] = np.exp2(np.rint(np.log2(length) * _STEPS) / _STEPS)
    return sizes[which.reshape(-1)]


def _hash(points: npt.NDArray[np.float64], ids: Ints, octave: Floats, seed: int) -> _Hashes:
    cell = np.floor(points / np.exp2(octave.astype(np.float64))[:, None]).astype(np.int64)
    value = _mixed(np.full(len(ids), seed & (2**64 - 1), np.uint64))
    for part in (*cell.T, ids.astype(np.int64), octave.astype(np.int64)):
        value = _mixed(value ^ part.astype(np.uint64))
    return value


def _mixed(value: _Hashes) -> _Hashes:
    """One step of SplitMix64 (G. Steele et al., "Fast splittable pseudorandom number generators",
    2014)."""
    with np.errstate(over="ignore"):
        value = value + np.uint64(0x9E3779B97F4A7C15)
        value = (value ^ (value >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        value = (value ^ (value >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return value ^ (value >> np.uint64(31))


def _summed(
    block: npt.NDArray[np.int64], hashes: _Hashes, shares: Floats, channels: int, count: int
) -> Floats:
    """count×channels: the numbers of the cells in each block, summed to variance one. A cell that
    several pixels of a block show is one number, however often it is met."""
    block, hashes, shares = np.tile(block, 2), hashes.reshape(-1), shares.reshape(-1)
    _, first, group = np.unique(
        _mixed(hashes ^ _mixed(block.astype(np.uint64))), return_index=True, return_inverse=True
    )
    power = np.bincount(group.reshape(-1), shares)
    owner, numbers = block[first], hashes[first]
    variance = np.bincount(owner, power * power, count)
    total = np.empty((count, channels), np.float32)
    for channel in range(channels):
        if channel % _A_HASH == 0 and channel:
            numbers = _mixed(numbers)
        bits = (numbers >> np.uint64(16 * (channel % _A_HASH))) & np.uint64(0xFFFF)
        total[:, channel] = np.bincount(owner, power * _TABLE[bits.astype(np.int64)], count)
    scale: Floats = np.sqrt(np.maximum(variance, 1e-12)).astype(np.float32)
    return total / scale[:, None]
