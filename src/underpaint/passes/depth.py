"""The depth control: inverse depth, white near, scaled once a shot so that it does not flicker."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import numpy.typing as npt

from ..errors import InputError
from .arrays import Floats

_SHARES = (0.005, 0.995)
_SHIFT = 12
"""Bits of a float32's mantissa that a bin of the histogram leaves out; 11 of its 23 stay."""
_BINS = 0x7F800000 >> _SHIFT
_LEAST_RATIO = 1.001
_NOTHING_SEEN = (1.0, 2.0)
_FARTHEST = np.float32(0.06)
"""Of what is farthest: only where nothing is hit is the control black, or else a model paints the
end of a street, and a wall behind which there is nothing, as sky."""


def depth_range(depths: Iterable[Floats]) -> tuple[float, float]:
    """(near, far): the 0.5 % and 99.5 % percentiles of all finite depths of a shot's frames.

    ``near < far`` always holds, for a flat wall and for an empty sky, too. Every pixel is counted,
    in a histogram of 4 MiB however long the shot is: its bins are 1/2048 of the depth wide at the
    most, so each result lies within 0.05 % of its pixels' depth.
    """
    counts, least, most = np.zeros(_BINS, np.int64), np.inf, 0.0
    for depth in depths:
        seen = depth[np.isfinite(depth) & (depth > 0)].astype(np.float32, copy=False)
        if seen.size:
            # positive floats are in the order of their bits, which are a logarithm in small steps
            counts += np.bincount(seen.view(np.int32) >> _SHIFT, minlength=_BINS)
            least, most = min(least, float(seen.min())), max(most, float(seen.max()))
    if not most:
        return _NOTHING_SEEN
    near, far = (min(max(_quantile(counts, share), least), most) for share in _SHARES)
    return near, max(far, near * _LEAST_RATIO)


def depth_control(depth: Floats, near: float, far: float) -> Floats:
    """H×W×3: with s = ``clip((1/d − 1/far) / (1/near − 1/far), 0, 1)``, f + (1 − f)·s where f is
    0.06; 0 where nothing is hit."""
    if not 0 < near < far:
        raise InputError(f"The depth range {near} to {far} m is empty: render the passes again.")
    with np.errstate(divide="ignore"):
        inverse = 1.0 / depth
    scaled = np.clip((inverse - 1.0 / far) / (1.0 / near - 1.0 / far), 0.0, 1.0)
    raised = np.where(np.isfinite(depth), _FARTHEST + (1 - _FARTHEST) * scaled, 0)
    return np.repeat(raised.astype(np.float32, copy=False)[..., None], 3, axis=2)


def _quantile(counts: npt.NDArray[np.int64], share: float) -> float:
    """The depth below which a share of the histogram lies, linear within its bin."""
    up_to = np.cumsum(counts)
    rank = share * float(up_to[-1] - 1)
    place = int(np.searchsorted(up_to, rank, side="right"))
    into = (rank - float(up_to[place] - counts[place]) + 0.5) / float(counts[place])
    low, high = (np.array([place, place + 1], np.int32) << _SHIFT).view(np.float32).tolist()
    return float(low + (high - low) * min(into, 1.0))
