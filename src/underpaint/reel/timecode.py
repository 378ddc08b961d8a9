"""Rates as exact fractions, and SMPTE timecode."""

from __future__ import annotations

from fractions import Fraction


def exact_rate(fps: int, fps_base: float) -> Fraction:
    """Frames a second as Blender means it: 24 over a 32-bit float 1.001 is 24000/1001."""
    return Fraction(fps) / Fraction(fps_base).limit_denominator(10_000)


def drops_frames(rate: Fraction) -> bool:
    """Whether timecode at this rate skips numbers to keep up with the clock (29.97 and 59.94)."""
    return rate in (Fraction(30_000, 1001), Fraction(60_000, 1001))


def timecode(frame: int, rate: Fraction) -> str:
    """Timecode of a frame counted from 0; drop-frame (with a semicolon) where that is usual.

    Drop-frame as in SMPTE ST 12-1: at 29.97 the numbers 0 and 1 are skipped in every minute, except
    in every tenth; twice as many at 59.94.
    """
    whole = max(1, round(rate))
    drop = drops_frames(rate)
    if drop:
        frame += _skipped_before(frame, whole)
    seconds, frames = divmod(frame, whole)
    minutes, second = divmod(seconds, 60)
    hours, minute = divmod(minutes, 60)
    width = len(str(max(whole - 1, 10)))
    return f"{hours:02d}:{minute:02d}:{second:02d}{';' if drop else ':'}{frames:0{width}d}"


def _skipped_before(frame: int, whole: int) -> int:
    """How many timecode numbers were skipped before this frame."""
    each = whole // 15
    a_minute = whole * 60 - each
    ten_minutes = a_minute * 10 + each
    tens, rest = divmod(frame, ten_minutes)
    return tens * 9 * each + max(0, (rest - each) // a_minute) * each
