"""What OpenTimelineIO's adapter leaves out of an EDL (CMX 3600): reels, slowed sources, drops."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from fractions import Fraction
from itertools import count
from math import floor

import opentimelineio as otio

from .timeline import ours_of

_CODE = r"\d\d:\d\d:\d\d:\d\d"
_TIMED = re.compile(
    rf"^(?P<event>\d+  (?P<reel>\S+).*?)(?P<start>{_CODE}) {_CODE} (?P<begin>{_CODE}) "
    rf"(?P<end>{_CODE})\nM2   .*\t\t(?P<speed>-?[\d.]+)\t\t\t(?P<at>{_CODE})$",
    re.MULTILINE,
)


def name_reels(clips: Sequence[otio.schema.Clip]) -> None:
    """Give each take, and each card, a reel of its own: an EDL tells sources apart by this name.

    ``ARRIV002`` is take 2 of arrival. The adapter would call them all by their first picture.
    """
    reels: dict[str, tuple[str, str]] = {}
    for clip in clips:
        ours = ours_of(clip)
        shot, number = str(ours.get("shot", "card")), str(ours.get("take", ""))
        source = (shot, number or clip.media_reference.target_url)
        reel = next(name for name in _names(shot, number) if reels.get(name, source) == source)
        reels[reel] = source
        clip.metadata["cmx_3600"] = {"reel": reel}


def _names(shot: str, number: str) -> Iterator[str]:
    """Eight letters and digits for a source, and others in case that another one has them."""
    letters = re.sub(r"[^A-Z0-9]", "", shot.upper()) or "SHOT"
    if number:
        yield f"{letters[:5]}{int(number) % 1000:03d}"
    yield from (f"{letters[:4]}{index:0{8 - len(letters[:4])}d}" for index in count(1))


def mend(text: str, whole: int) -> str:
    """An EDL as the adapter writes it, with the frames that slowed and held clips really take.

    It divides by the speed where it should multiply, and calls the clip where it should the reel.
    """

    def mended(found: re.Match[str]) -> str:
        speed = Fraction(float(found["speed"]) / whole).limit_denominator(1000)
        length = _frames(found["end"], whole) - _frames(found["begin"], whole)
        start = _frames(found["start"], whole)
        stop = _code(start + floor((length - 1) * speed) + 1, whole)
        return (
            f"{found['event']}{found['start']} {stop} {found['begin']} {found['end']}\n"
            f"M2   {found['reel']:<8}       {found['speed']:<12}         {found['at']}"
        )

    return _TIMED.sub(mended, text)


def without_drops(text: str, whole: int) -> str:
    """An EDL whose drop-frame timecodes are counted without drops: the adapter reads no others.

    They are those with a semicolon, and at 30 and 60 frames a second all that follow ``FCM: DROP
    FRAME``. Every minute drops two numbers (of 30), but every tenth.
    """
    lines, drops = [], False
    for line in text.splitlines():
        if line.startswith("FCM"):
            drops = "DROP" in line.upper() and "NON" not in line.upper()
        mark = "[:;]" if drops and whole % 30 == 0 else ";"
        lines.append(
            re.sub(rf"\b\d\d:\d\d:\d\d{mark}\d\d\b", lambda code: _undropped(code[0], whole), line)
        )
    return "\n".join(lines)


def _undropped(code: str, whole: int) -> str:
    frames = _frames(code, whole)
    minutes = frames // (60 * whole)
    dropped = whole // 15 * (minutes - minutes // 10) if whole % 30 == 0 else 0
    return _code(frames - dropped, whole)


def _frames(code: str, whole: int) -> int:
    hours, minutes, seconds, frames = (int(part) for part in re.split("[:;]", code))
    return ((hours * 60 + minutes) * 60 + seconds) * whole + frames


def _code(frames: int, whole: int) -> str:
    seconds, frame = divmod(frames, whole)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}:{frame:02d}"
