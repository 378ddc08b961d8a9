"""The frames of a reel's video, drawn one after the other into a folder."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..library.numbers import folder_name
from ..library.project import frame_file
from ..model.cut import Dressing, ReelPart
from .burnin import Slate, burn_in, plain_size, reel_size, without_strip
from .cards import SlateCard, slate
from .picture import to_image
from .selection import Selected
from .timecode import timecode

_QUICK_PNG = 1
"""Compression of frames that live until the video is encoded."""

Told = Callable[[float, float, str], None]
"""Is told (done, total, text) between frames; it may raise to stop the work."""


@dataclass(frozen=True)
class Reel:
    """What is drawn: the parts in order, and for each shot among them its take."""

    title: str
    parts: tuple[ReelPart, ...]
    shots: tuple[Selected, ...]
    dressing: Dressing

    @property
    def length(self) -> int:
        """Its frames."""
        last = self.parts[-1]
        return last.start + last.length

    @property
    def picture(self) -> tuple[int, int]:
        """The size of the painted pictures: the first shot's."""
        return self.shots[0].request.width, self.shots[0].request.height

    @property
    def size(self) -> tuple[int, int]:
        """The size of the video's frames."""
        return frame_size(self.picture, self.dressing)

    def taken(self) -> dict[int, Selected]:
        """Index of a part that is a shot → its take."""
        places = [i for i, part in enumerate(self.parts) if part.kind == "shot"]
        return dict(zip(places, self.shots, strict=True))


def frame_size(picture: tuple[int, int], dressing: Dressing) -> tuple[int, int]:
    """The size of the video's frames for pictures of that size."""
    return reel_size(*picture) if dressing.burn_in else plain_size(*picture)


def draw_frames(folder: Path, reel: Reel, told: Told) -> None:
    """Write ``frames/frame_0001.png`` …, and the cards beside them into ``cards/``."""
    (folder / "frames").mkdir()
    if reel.dressing.slates:
        (folder / "cards").mkdir(exist_ok=True)
    taken, now = reel.taken(), 0
    for index, part in enumerate(reel.parts):
        _draw_gap(folder, reel, now, part.start - now)
        now = part.start + part.length
        if part.kind == "slate":
            _draw_slate(folder / part.file, reel, taken[index + 1], reel.parts[index + 1])
        if part.kind == "shot":
            _draw_shot(folder, reel, part, taken[index], told)
        else:
            told(part.start, reel.length, part.name)
            _copies(folder, folder / part.file, range(part.start, now))
    told(reel.length, reel.length, "timeline, contact sheet and credits")


def _draw_gap(folder: Path, reel: Reel, start: int, length: int) -> None:
    if length:
        first = _path(folder, start)
        Image.new("RGB", reel.size, (0, 0, 0)).save(first, compress_level=_QUICK_PNG)
        _copies(folder, first, range(start + 1, start + length))


def _draw_slate(path: Path, reel: Reel, one: Selected, part: ReelPart) -> None:
    entry, look = part.entry, one.request.look
    assert entry is not None, "a slate stands before a shot"
    facts = (
        ("take", folder_name(one.take.number)),
        ("look", " · ".join(filter(None, (look.name, look.words)))),
        ("how", one.request.manner),
        ("note", entry.label),
        ("frames", "–".join(map(str, sorted({min(part.shown), max(part.shown)})))),
        ("painted", one.take.created[:10]),
    )
    slate(SlateCard(reel.title, one.take.subject, facts), reel.size).save(path, optimize=True)


def _draw_shot(folder: Path, reel: Reel, part: ReelPart, one: Selected, told: Told) -> None:
    """A held frame is drawn anew only where its strip tells another time."""
    drawn: dict[int, Path] = {}
    opened: tuple[int, Image.Image] | None = None
    for number, frame in enumerate(part.shown, part.start):
        told(number, reel.length, f"{one.take.subject}: frame {frame}")
        path = _path(folder, number)
        if not reel.dressing.burn_in and frame in drawn:
            shutil.copyfile(drawn[frame], path)
            continue
        if opened is None or opened[0] != frame:
            opened = frame, to_image(one.frame_path(frame))
        _dressed(opened[1], reel, one, frame, number).save(path, compress_level=_QUICK_PNG)
        drawn[frame] = path


def _dressed(
    picture: Image.Image, reel: Reel, one: Selected, frame: int, number: int
) -> Image.Image:
    if not reel.dressing.burn_in:
        return without_strip(picture, reel.picture)
    code = timecode(number, one.rate)
    words = Slate(one.take.subject, one.take.number, frame, code, one.request.engine.name)
    return burn_in(picture, words, reel.picture)


def _copies(folder: Path, picture: Path, numbers: Sequence[int]) -> None:
    for number in numbers:
        shutil.copyfile(picture, _path(folder, number))


def _path(folder: Path, number: int) -> Path:
    """Where the frame that counts ``number`` from 0 lies."""
    return folder / "frames" / frame_file(number + 1)
