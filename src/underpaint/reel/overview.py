"""What a reel's contact sheet shows of its takes, passes and credits."""

from __future__ import annotations

from collections.abc import Sequence

from PIL import Image

from ..credits import record
from ..errors import InputError
from ..library.numbers import folder_name
from ..model.credits import Credits
from ..model.cut import ReelPart
from ..model.shot import FramePasses
from ..passes.arrays import Floats
from ..passes.blocking import NEEDS, blocking_picture
from ..passes.exr import read_passes
from .programme import film_frames
from .selection import Selected
from .sheet import Column, contact_sheet


def draw_overview(
    credits: Credits, selected: Sequence[Selected], parts: Sequence[ReelPart]
) -> Image.Image:
    """The contact sheet of a reel: slates and credits are told apart from the film.

    Raises InputError for a shot without any passes left. Where they were all
    rendered anew since the take was painted, its blocking is left out.
    """
    rate = selected[0].rate
    cards = sum(part.length for part in parts if part.kind != "shot")
    film = film_frames(parts)
    subtitle = (
        f"{record.counted(len(selected), 'shot')} · {record.counted(film, 'frame')} · "
        f"{float(film / rate):.1f} s at {float(rate):g} fps"
    )
    if cards:
        subtitle += f" · cards {float(cards / rate):.1f} s"
    people = " · ".join(map(record.person_words, credits.people))
    footer = [f"AI-assisted. {' '.join(credits.made)}", *([people] if people else [])]
    return contact_sheet([_column(one) for one in selected], credits.title, subtitle, footer)


def _column(one: Selected) -> Column:
    """The frame in the middle, or the nearest one whose passes are those that it was painted of."""
    there = [f for f in one.passes.frames if (one.passes_folder / f.file).is_file()]
    if not there:
        raise InputError(f"The passes of {one.take.subject} are gone: render its passes again.")
    middle = one.frames[len(one.frames) // 2]
    shown = {(view.frame, view.passes) for view in one.request.views}
    same = [frame for frame in there if (frame.frame, frame.hash) in shown]
    nearest = min(same, key=lambda frame: abs(frame.frame - middle), default=None)
    number = nearest.frame if nearest else middle
    length = record.counted(len(one.frames), "frame")
    return Column(
        shot=one.take.subject,
        length=f"{length} · {float(len(one.frames) / one.rate):.1f} s",
        blocking=_blocking(one, nearest) if nearest else None,
        painted=one.frame_path(number),
        words=one.request.look.words,
        facts=(
            f"take {folder_name(one.take.number)} · frame {number} · seed {one.request.seed}",
            f"{record.engine_words(one.request.engine)}{_picked(one)}",
        ),
    )


def _blocking(one: Selected, frame: FramePasses) -> Floats:
    passes = read_passes(one.passes_folder / frame.file, NEEDS)
    return blocking_picture(passes, frame.camera_to_world)


def _picked(one: Selected) -> str:
    return f" · picked by {one.picked_by}" if one.picked_by else ""
