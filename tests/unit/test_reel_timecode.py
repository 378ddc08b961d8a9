"""Rates are exact, and timecode is what OpenTimelineIO makes of the same frame."""

from __future__ import annotations

import struct
from fractions import Fraction

import opentimelineio as otio
import pytest

from underpaint.reel.timecode import drops_frames, exact_rate, timecode

NTSC = struct.unpack("f", struct.pack("f", 1.001))[0]
"""1.001 as Blender holds it, in 32 bits."""


@pytest.mark.parametrize(
    ("fps", "base", "rate"),
    [
        (24, 1.0, Fraction(24)),
        (24, NTSC, Fraction(24_000, 1001)),
        (30, NTSC, Fraction(30_000, 1001)),
        (60, 1.001, Fraction(60_000, 1001)),
        (25, 2.0, Fraction(25, 2)),
        (1, 3.0, Fraction(1, 3)),
    ],
)
def test_rates_are_exact(fps: int, base: float, rate: Fraction) -> None:
    assert exact_rate(fps, base) == rate


FRAMES = [
    *range(0, 130),
    *range(1_780, 1_820),
    *range(17_970, 18_000),
    *range(35_950, 36_000),
    *range(107_880, 107_900),
    *range(0, 300_000, 997),
]


@pytest.mark.parametrize(
    ("fps", "base"),
    [(24, 1), (25, 1), (30, 1), (48, 1), (50, 1), (60, 1), (24, NTSC), (30, NTSC), (60, NTSC)],
)
def test_timecode_agrees_with_opentimelineio(fps: int, base: float) -> None:
    rate = exact_rate(fps, base)
    for frame in FRAMES:
        time = otio.opentime.RationalTime(frame, float(rate))
        theirs = otio.opentime.to_timecode(time, float(rate), drop_frame=drops_frames(rate))
        assert timecode(frame, rate) == theirs, frame


def test_rates_that_smpte_does_not_know() -> None:
    assert timecode(12 * 61 + 5, Fraction(12)) == "00:01:01:05"
    assert timecode(121, Fraction(120)) == "00:00:01:001"
    assert timecode(5, Fraction(1, 3)) == "00:00:05:00"
