"""Which pictures of which takes stand side by side, and what is said of them."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from ..errors import InputError
from ..library import atomic, judgements, picks
from ..library.project import Kind, Project, frame_file
from ..library.takes import Takes
from ..model.judgement import Verdict
from ..model.request import AtlasRequest
from ..model.shot import PassSet
from ..model.take import Take
from .comparison import Side, side_by_side, strip, wiped
from .frames import Told

MOST_TAKES = 24
_BASE = "basecolor.png"


@dataclass(frozen=True)
class Compared:
    """Takes of one subject, by number, and the frame to show; None: the first, middle and last."""

    kind: Kind
    subject: str
    takes: tuple[int, ...]
    frame: int | None = None


def _unheard(_done: float, _total: float, _text: str) -> None:
    """Nobody wants to know how far it is."""


def write_sheet(project: Project, asked: Compared, told: Told = _unheard) -> Path:
    """Write the takes side by side; the picture's path. ``told`` hears of it once all is there.

    Raises InputError for takes that are not there or have no frame in common.
    """
    records, frames = _gather(project, asked)
    told(0, 1, f"Comparing takes of {asked.subject}")
    sides = _sides(project, asked, records, frames)
    rows = [f"frame {frame}" for frame in frames if frame is not None]
    words = _common_words(records)
    subtitle = f"{len(records)} takes{f' · {words}' if words else ''}"
    sheet = side_by_side(sides, rows, asked.subject, subtitle)
    frame = "" if asked.frame is None else f" frame {asked.frame}"
    return _write(project.comparison(asked.kind, asked.subject, asked.takes, frame), sheet)


def write_wipe(project: Project, asked: Compared, share: float, told: Told = _unheard) -> Path:
    """Write one picture, parted between the takes; the middle frame where none is asked for."""
    records, frames = _gather(project, asked)
    told(0, 1, f"Comparing takes of {asked.subject}")
    frame = frames[len(frames) // 2]
    sides = _sides(project, asked, records, [frame])
    named = f" wipe {round(100 * share)}" if len(records) == 2 else " wipe"
    named += f" frame {frame}" if frame is not None else ""
    place = project.comparison(asked.kind, asked.subject, asked.takes, named)
    return _write(place, wiped(sides, share))


@dataclass(frozen=True)
class Laid:
    """Pictures in ``folder`` to encode into ``out``, as ``FramesLaidOut`` says it."""

    folder: Path
    out: Path
    count: int
    width: int
    height: int
    fps: int
    fps_base: float


def lay_out_video(project: Project, asked: Compared, told: Told) -> Laid:
    """Draw every frame that the takes share, side by side. Raises InputError for textures."""
    if asked.kind != "shots":
        raise InputError("Only the takes of a shot make a video: textures do not move.")
    records, _ = _gather(project, asked)
    common = sorted(set.intersection(*(_frames(record) for record in records)))
    out = project.comparison(asked.kind, asked.subject, asked.takes, suffix=".mp4")
    folder = out.with_name(f".frames-{out.stem}")
    atomic.remove(folder)
    size = (0, 0)
    for index, frame in enumerate(common):
        told(index, len(common), f"Laying out frame {frame}")
        sides = [
            Side(f"Take {take.number}", "", (_picture(project, asked.kind, take, frame),))
            for take in records
        ]
        row = strip(sides)
        size = row.size
        _write(folder / frame_file(index + 1), row)
    fps, fps_base = _rate(project, asked.subject)
    return Laid(folder, out, len(common), *size, fps, fps_base)


def _rate(project: Project, shot: str) -> tuple[int, float]:
    """Frames a second and their base, as the passes have it; 24 where those are gone."""
    path = project.pass_set(shot)
    if not path.is_file():
        return 24, 1.0
    passes = atomic.read_document(PassSet, path)
    return passes.fps, passes.fps_base


def _gather(project: Project, asked: Compared) -> tuple[tuple[Take, ...], tuple[int | None, ...]]:
    """The takes' records, and the frames to show of each: None for what has no frames."""
    if len(asked.takes) > MOST_TAKES:
        raise InputError(f"At most {MOST_TAKES} takes stand side by side, not {len(asked.takes)}.")
    takes = Takes(project, asked.kind)
    records = tuple(takes.load(asked.subject, number) for number in asked.takes)
    if asked.kind != "shots":
        return records, (None,)
    common = sorted(set.intersection(*(_frames(record) for record in records)))
    if not common:
        raise InputError(f"These takes of {asked.subject} have no frame in common.")
    if asked.frame is None:
        return records, tuple(dict.fromkeys((common[0], common[len(common) // 2], common[-1])))
    if asked.frame not in common:
        raise InputError(
            f"Not all of these takes of {asked.subject} have frame {asked.frame}; they share "
            f"{common[0]} to {common[-1]}."
        )
    return records, (asked.frame,)


def _frames(take: Take) -> set[int]:
    return {file.frame for file in take.files if file.frame is not None}


def _sides(
    project: Project, asked: Compared, records: Sequence[Take], frames: Sequence[int | None]
) -> list[Side]:
    picked = picks.number(picks.load(project), asked.kind, asked.subject)
    verdicts = judgements.verdicts(project, asked.kind, asked.subject)
    words = _common_words(records)
    return [
        Side(
            f"Take {take.number}",
            _mark(take.number == picked, verdicts.get(take.number, Verdict())),
            tuple(_picture(project, asked.kind, take, frame) for frame in frames),
            _facts(take, verdicts.get(take.number, Verdict()), words),
            tuple(f"{n.by}: {n.text}" for n in verdicts.get(take.number, Verdict()).notes),
        )
        for take in records
    ]


def _picture(project: Project, kind: Kind, take: Take, frame: int | None) -> Path:
    return Takes(project, kind).folder(take) / (_BASE if frame is None else frame_file(frame))


def _mark(picked: bool, verdict: Verdict) -> str:
    if verdict.rejected:
        return f"rejected by {verdict.rejected.by}"
    return "picked" if picked else ""


def _facts(take: Take, verdict: Verdict, common: str) -> tuple[str, ...]:
    """What tells a take from the others."""
    request = take.request
    if isinstance(request, AtlasRequest):
        return (f"{len(request.cells)} textures",)
    stars = f" · {verdict.mean:.2g} of 5 stars" if verdict.stars else ""
    manner = take.frame_request.manner if take.frame_request else ""
    how = " · ".join(filter(None, (f"seed {request.seed}", request.look.name, manner)))
    facts = (f"{how}{stars}",)
    return facts if common else (*facts, request.look.words)


def _common_words(records: Sequence[Take]) -> str:
    """The words of all takes, where they are the same."""
    words = {
        "" if isinstance(take.request, AtlasRequest) else take.request.look.words
        for take in records
    }
    return words.pop() if len(words) == 1 else ""


def _write(path: Path, picture: Image.Image) -> Path:
    stream = io.BytesIO()
    picture.save(stream, "PNG")
    atomic.write_bytes(path, stream.getvalue())
    return path
