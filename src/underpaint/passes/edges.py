"""The edge control: white lines on black where surfaces part, fold, or become another object.

Every pair of neighbouring pixels gets a strength in 0…1, and the nearer one carries the line.
"""

from __future__ import annotations

import numpy as np

from .arrays import Bools, Floats, Ints

_DEPTH_STEP = (0.012, 0.04)  # relative depth that the surface's own slope does not explain
_CREASE = (0.3, 0.65)  # chord between unit normals: 17° to 38°
_NEARER = 1.005  # by how much the second pixel of a pair is nearer before it takes the line
_FAR = 1e9


def edge_control(depth: Floats, normal: Floats, object_id: Ints) -> Floats:
    """H×W×3: silhouettes, creases and the borders between objects, one pixel wide, in 0…1.

    ``normal`` may be in any space. A plane gives no edges, however grazing it is seen.
    """
    lines = np.zeros(depth.shape, np.float32)
    inverse, bounded = _measures(depth)
    for transposed in (False, True):
        if transposed:
            _draw(lines.T, inverse.T, bounded.T, normal.swapaxes(0, 1), object_id.T)
        else:
            _draw(lines, inverse, bounded, normal, object_id)
    return np.repeat(lines[..., None], 3, axis=2)


def depth_parts(depth: Floats, object_id: Ints) -> tuple[Bools, Bools]:
    """Where a pixel and its right (H×W−1), and its lower (H−1×W) neighbour show two surfaces."""
    inverse, bounded = _measures(depth)
    right = _parted(inverse, bounded, object_id)
    below = _parted(inverse.T, bounded.T, object_id.T).T
    return right, below


def _measures(depth: Floats) -> tuple[Floats, Floats]:
    """Inverse depth and depth, both finite."""
    return 1.0 / np.maximum(depth, np.float32(1e-6)), np.minimum(depth, np.float32(_FAR))


def _parted(inverse: Floats, bounded: Floats, object_id: Ints) -> Bools:
    step = _depth_step(inverse, bounded) > _DEPTH_STEP[0]
    return step | (object_id[:, :-1] != object_id[:, 1:])


def _draw(lines: Floats, inverse: Floats, bounded: Floats, normal: Floats, object_id: Ints) -> None:
    """Raise ``lines`` to the strengths of the pairs along the second axis."""
    strength = np.maximum(
        _smoothstep(_depth_step(inverse, bounded), *_DEPTH_STEP),
        _smoothstep(_crease(normal), *_CREASE),
    )
    strength[object_id[:, :-1] != object_id[:, 1:]] = 1.0
    second = inverse[:, 1:] > inverse[:, :-1] * np.float32(_NEARER)
    np.maximum(lines[:, :-1], np.where(second, 0, strength), out=lines[:, :-1])
    np.maximum(lines[:, 1:], np.where(second, strength, 0), out=lines[:, 1:])


def _depth_step(inverse: Floats, bounded: Floats) -> Floats:
    """H×W−1: relative depth by which two neighbours miss the surface that goes on from either side.

    A plane's inverse depth is affine in the picture of a perspective camera, its depth in that
    of an orthographic one, so the smaller of both misses is zero on a plane in either.
    """
    near = np.maximum(inverse[:, :-1], inverse[:, 1:])
    perspective = _miss(inverse) / np.maximum(near, np.float32(1 / _FAR))
    return np.minimum(perspective, _miss(bounded) * near)


def _miss(values: Floats) -> Floats:
    """For each pair: the smaller of the errors of extending the left and the right side over it."""
    slope = values[:, 1:] - values[:, :-1]
    left = np.abs(slope[:, 1:] - slope[:, :-1])  # of pair i + 1, extended from its left
    miss = np.zeros_like(slope)
    if slope.shape[1] > 2:
        miss[:, 1:-1] = np.minimum(left[:, :-1], left[:, 1:])
    if slope.shape[1] > 1:
        miss[:, 0], miss[:, -1] = left[:, 0], left[:, -1]
    return miss


def _crease(normal: Floats) -> Floats:
    """H×W−1: the chord between neighbouring normals beyond that of the smoother pair beside."""
    step = normal[:, 1:] - normal[:, :-1]
    chord = np.sqrt(np.einsum("hwc,hwc->hw", step, step))
    if chord.shape[1] < 2:
        return chord
    before, after = np.roll(chord, 1, axis=1), np.roll(chord, -1, axis=1)
    before[:, 0], after[:, -1] = after[:, 0], before[:, -1]
    return chord - np.minimum(before, after)


def _smoothstep(values: Floats, low: float, high: float) -> Floats:
    t = np.clip((values - low) / (high - low), 0, 1).astype(np.float32, copy=False)
    return t * t * (3 - 2 * t)
