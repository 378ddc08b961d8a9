"""The cut of the reel's scene, read back from the sequencer after an editor has worked in it.

What stands on top is what counts, frame by frame. A strip's visible pictures are found again as
trims, speeds and holds, exactly; where no entry could show them, they become several.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import groupby, takewhile
from math import ceil, floor
from pathlib import Path

import bpy
from underpaint.errors import InputError
from underpaint.library.project import Project
from underpaint.model.cut import Cut, CutEntry

from . import compat
from .reel_scene import CUT, LABEL, SHOT, TAKE, is_untouched
from .strips import frame_number, frames_of

_SPEEDS = sorted(
    {Fraction(over, under) for over in range(1, 11) for under in range(1, 11)},
    key=lambda speed: (speed.numerator + speed.denominator, speed),
)
"""Tried from the plainest on: 1, 1/2, 2, 1/3 …"""


@dataclass(frozen=True)
class _Moves:
    """The start of a row of pictures: held, moving at a speed, held."""

    head: int
    moving: int
    tail: int
    speed: Fraction

    @property
    def length(self) -> int:
        """Pictures that it covers."""
        return self.head + self.moving + self.tail


def scene_of(cut: str) -> bpy.types.Scene:
    """The reel's scene: the one that is open, else the newest that somebody edited, else ours."""
    scenes = [scene for scene in bpy.data.scenes if scene.get(CUT) == cut]
    if not scenes:
        raise InputError(f"There is no scene of the reel's cut {cut}: make the reel first.")
    if bpy.context.scene in scenes:
        return bpy.context.scene
    edited = [scene for scene in scenes if not is_untouched(scene)]
    return (edited or scenes)[-1]


def read(scene: bpy.types.Scene, project: Project, before: Cut) -> tuple[Cut, tuple[str, ...]]:
    """The cut that a scene shows, and sentences for what a cut cannot hold.

    A shot that goes by its pick in ``before`` goes on doing so.
    """
    notes: list[str] = []
    named = {entry.shot for entry in before.entries if entry.take is not None}
    entries: list[CutEntry] = []
    gap = 0
    for strip, frames in _rows(scene, notes):
        if strip is None:
            gap += len(frames)
            continue
        if SHOT not in strip:
            continue
        take = frames_of(project.take("shots", strip[SHOT], int(strip[TAKE])))
        painted = range(min(take), max(take) + 1)
        bare = CutEntry(
            strip[SHOT],
            int(strip[TAKE]) if strip[SHOT] in named else None,
            label=str(strip.get(LABEL, "")),
        )
        for entry in _entries(bare, painted, [_picture(strip, frame) for frame in frames]):
            entries.append(replace(entry, gap=gap))
            gap = 0
    if not entries:
        raise InputError(f"The scene {scene.name!r} shows no shot of ours: there is no cut in it.")
    return Cut(tuple(entries)), tuple(dict.fromkeys(notes))


def _rows(
    scene: bpy.types.Scene, notes: list[str]
) -> Iterator[tuple[bpy.types.Strip | None, list[int]]]:
    """Each strip that is on top, with the scene's frames at which it is; None where it is black."""
    editor = scene.sequence_editor_create()
    strips = [
        strip
        for strip in compat.strips(editor)
        if not (strip.mute or editor.channels[strip.channel].mute)
    ]
    shown = sorted((s for s in strips if _is_ours(s, notes)), key=lambda strip: strip.channel)
    tops: list[bpy.types.Strip | None] = [None] * (scene.frame_end - scene.frame_start + 1)
    for strip in shown:
        first, after = compat.strip_span(strip)
        for frame in range(max(first, scene.frame_start), min(after, scene.frame_end + 1)):
            tops[frame - scene.frame_start] = strip
    frames = enumerate(tops, scene.frame_start)
    for _, row in groupby(frames, key=lambda pair: pair[1].name if pair[1] else ""):
        pairs = list(row)
        yield pairs[0][1], [frame for frame, _ in pairs]


def _is_ours(strip: bpy.types.Strip, notes: list[str]) -> bool:
    """Whether it is a shot or a card of the reel; of anything else that is seen a note is taken."""
    if strip.type == "SOUND":
        return False
    if strip.type == "IMAGE" and (SHOT in strip or Path(strip.directory).name == "cards"):
        if strip.use_reverse_frames:
            notes.append(f"{strip.name} plays backwards, which a reel cannot: it plays forwards.")
        if compat.is_retimed(strip):
            notes.append(
                f"The retiming of the strip {strip.name!r} is left out: give its entry a speed."
            )
        return True
    notes.append(f"The strip {strip.name!r} is left out: a cut holds our shots alone.")
    return False


def _picture(strip: bpy.types.Strip, frame: int) -> int:
    """The painted frame that a strip shows; beyond its ends it holds the first or the last."""
    index = min(max(frame - compat.content_start(strip), 0), len(strip.elements) - 1)
    return frame_number(strip.elements[index].filename)


def _entries(bare: CutEntry, painted: range, pictures: Sequence[int]) -> Iterator[CutEntry]:
    """Entries that show just these pictures, as few as may be."""
    left = list(pictures)
    while left:
        moves = max((_moves(left, speed) for speed in _SPEEDS), key=_likely)
        yield _entry(bare, painted, left[0], moves)
        del left[: moves.length]


def _likely(moves: _Moves) -> tuple[int, int]:
    """Of what reaches equally far, that which moves most at the plainest speed."""
    return moves.length, moves.moving - moves.speed.numerator - moves.speed.denominator


def _moves(pictures: Sequence[int], speed: Fraction) -> _Moves:
    """How far a row of pictures is one hold, one move at this speed, and one hold."""
    held = sum(1 for _ in takewhile(lambda picture: picture == pictures[0], pictures))
    if held == len(pictures):
        return _Moves(0, 1, held - 1, Fraction(1))
    head = max(0, held - ceil(1 / speed))
    rest = pictures[head:]
    steps = (pictures[0] + floor(k * speed) for k in range(len(rest)))
    pairs = zip(rest, steps, strict=True)
    moving = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    last = rest[moving - 1]
    tail = sum(1 for _ in takewhile(lambda picture: picture == last, rest[moving:]))
    return _Moves(head, moving, tail, speed)


def _entry(bare: CutEntry, painted: range, first: int, moves: _Moves) -> CutEntry:
    last, end = first + floor((moves.moving - 1) * moves.speed), painted.stop - 1
    if first == painted.start and ceil(len(painted) / moves.speed) == moves.moving:
        last = end
    natural = ceil((last - first + 1) / moves.speed)
    return replace(
        bare,
        first=None if first == painted.start else first,
        last=None if last == end else last,
        speed=(moves.speed.numerator, moves.speed.denominator),
        length=None if natural == moves.moving else moves.moving,
        head=moves.head,
        tail=moves.tail,
    )
