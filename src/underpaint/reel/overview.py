"""What a reel's contact sheet shows of its takes, passes and credits."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from ..credits import record
from ..errors import InputError
from ..library.numbers import folder_name
from ..model.credits import Credits
from ..passes.blocking import NEEDS, blocking_picture
from ..passes.exr import read_passes
from .selection import Selected
from .sheet import Column, contact_sheet


def draw_overview(credits: Credits, selected: Sequence[Selected]) -> Image.Image:
    """The contact sheet of a reel. Raises InputError for a shot without any passes left."""
    rate = selected[0].rate
    frames = sum(len(one.frames) for one in selected)
    seconds = float(frames / rate)
    subtitle = (
        f"{record.counted(len(selected), 'shot')} · {record.counted(frames, 'frame')} · "
        f"{seconds:.1f} s at {float(rate):g} fps"
    )
    people = " · ".join(map(record.person_words, credits.people))
    footer = [f"AI-assisted. {' '.join(credits.made)}", *([people] if people else [])]
    return contact_sheet([_column(one) for one in selected], credits.title, subtitle, footer)


def _column(one: Selected) -> Column:
    """The frame in the middle of the shot, or the nearest one whose passes are still there."""
    files = {frame.frame: frame for frame in one.passes.frames}
    there = [f for f in one.frames if f in files and (one.passes_folder / files[f].file).is_file()]
    if not there:
        raise InputError(f"The passes of {one.take.subject} are gone: render its passes again.")
    middle = one.frames[len(one.frames) // 2]
    frame = files[min(there, key=lambda number: abs(number - middle))]
    passes = read_passes(one.passes_folder / frame.file, NEEDS)
    length = record.counted(len(one.frames), "frame")
    return Column(
        shot=one.take.subject,
        length=f"{length} · {float(len(one.frames) / one.rate):.1f} s",
        blocking=blocking_picture(passes, frame.camera_to_world),
        painted=one.frame_path(frame.frame),
        words=one.request.look.words,
        facts=(
            f"take {folder_name(one.take.number)} · frame {frame.frame} · seed {one.request.seed}",
            f"{record.engine_words(one.request.engine)}{_picked(one)}",
        ),
    )


def _picked(one: Selected) -> str:
    return f" · picked by {one.pick.by}" if one.pick and one.pick.by else ""
