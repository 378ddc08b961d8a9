"""What a reel's contact sheet shows of its takes, passes and credits."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

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
from .selection import Selected
from .sheet import Column, contact_sheet


def draw_overview(
    credits: Credits, selected: Sequence[Selected], parts: Sequence[ReelPart]
) -> Image.Image:
    """The contact sheet of a reel: what the cut shows of each take, apart from cards and black.

    Raises InputError for a shot without any passes left. Where they were all
    rendered anew since the take was painted, its blocking is left out.
    """
    shown = [_shown(one, parts) for one in selected]
    footer = [f"AI-assisted. {' '.join(credits.made)}"]
    if credits.people:
        footer.append(" · ".join(map(record.person_words, credits.people)))
    columns = [_column(one, frames) for one, frames in zip(selected, shown, strict=True)]
    film = sum(len(frames) for frames in shown)
    subtitle = _subtitle(len(selected), film, parts, selected[0].rate)
    return contact_sheet(columns, credits.title, subtitle, footer)


def _shown(one: Selected, parts: Sequence[ReelPart]) -> tuple[int, ...]:
    """The painted frame at each frame of the reel that shows this take, wherever it does."""
    take = "shot", one.take.subject, one.take.number
    return tuple(f for p in parts if (p.kind, p.name, p.take) == take for f in p.shown)


def _subtitle(shots: int, film: int, parts: Sequence[ReelPart], rate: Fraction) -> str:
    cards = sum(part.length for part in parts if part.kind != "shot")
    black = max((part.start + part.length for part in parts), default=0) - cards - film
    told = [
        record.counted(shots, "shot"),
        record.counted(film, "frame"),
        f"{_seconds(film, rate)} at {float(rate):g} fps",
        *([f"black {_seconds(black, rate)}"] if black else []),
        *([f"cards {_seconds(cards, rate)}"] if cards else []),
    ]
    return " · ".join(told)


def _seconds(frames: int, rate: Fraction) -> str:
    return f"{float(frames / rate):.1f} s"


def _column(one: Selected, shown: Sequence[int]) -> Column:
    """The middle frame that is shown, or the nearest one whose passes are those of its painting."""
    there = [f for f in one.passes.frames if (one.passes_folder / f.file).is_file()]
    if not there:
        raise InputError(f"The passes of {one.take.subject} are gone: render its passes again.")
    middle = shown[len(shown) // 2]
    painted = {(view.frame, view.passes) for view in one.request.views}
    same = [frame for frame in there if (frame.frame, frame.hash) in painted]
    nearest = min(same, key=lambda frame: abs(frame.frame - middle), default=None)
    number = nearest.frame if nearest else middle
    take, seed = f"take {folder_name(one.take.number)}", f"seed {one.request.seed}"
    return Column(
        shot=one.take.subject,
        length=f"{record.counted(len(shown), 'frame')} · {_seconds(len(shown), one.rate)}",
        blocking=_blocking(one, nearest) if nearest else None,
        painted=one.frame_path(number),
        words=one.request.look.words,
        facts=(
            " · ".join(filter(None, (take, f"frame {number}", seed, one.request.manner))),
            f"{record.engine_words(one.request.engine)}{_picked(one)}",
        ),
    )


def _blocking(one: Selected, frame: FramePasses) -> Floats:
    passes = read_passes(one.passes_folder / frame.file, NEEDS)
    return blocking_picture(passes, frame.camera_to_world)


def _picked(one: Selected) -> str:
    return f" · picked by {one.picked_by}" if one.picked_by else ""
