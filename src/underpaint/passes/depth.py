"""The depth control: inverse depth, white near, scaled once a shot so that it does not flicker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from ..errors import InputError
from .arrays import Floats

_PERCENTILES = (0.5, 99.5)
_MOST_SAMPLES = 1 << 18
_LEAST_RATIO = 1.001
_NOTHING_SEEN = (1.0, 2.0)


def depth_range(depths: Iterable[Floats]) -> tuple[float, float]:
    """(near, far): the 0.5 % and 99.5 % percentiles of all finite depths of a shot's frames.

    ``near < far`` always holds, for a flat wall and for an empty sky, too. Frames of more than
    2¹⁸ pixels are sampled evenly, which keeps a long shot's memory in bounds.
    """
    seen = [_samples(depth) for depth in depths]
    finite = np.concatenate(seen) if seen else np.zeros(0, np.float32)
    if not finite.size:
        return _NOTHING_SEEN
    near, far = (float(value) for value in np.percentile(finite, _PERCENTILES))
    return near, max(far, near * _LEAST_RATIO)


def depth_control(depth: Floats, near: float, far: float) -> Floats:
    """H×W×3 of ``clip((1/d − 1/far) / (1/near − 1/far), 0, 1)``; 0 where nothing is hit."""
    if not 0 < near < far:
        raise InputError(f"The depth range {near} to {far} m is empty: render the passes again.")
    with np.errstate(divide="ignore"):
        inverse = 1.0 / depth
    scaled = np.clip((inverse - 1.0 / far) / (1.0 / near - 1.0 / far), 0.0, 1.0)
    return np.repeat(scaled.astype(np.float32, copy=False)[..., None], 3, axis=2)


def _samples(depth: Floats) -> Floats:
    """Finite positive depths; the odd stride keeps big frames from being sampled in columns."""
    stride = -(-depth.size // _MOST_SAMPLES) | 1
    values = depth.reshape(-1)[::stride]
    return values[np.isfinite(values) & (values > 0)]
