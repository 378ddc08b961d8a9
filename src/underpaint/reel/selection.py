"""Which takes go into a reel, and whether they can."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import MappingProxyType

from ..errors import InputError
from ..library import cuts, judgements, picks
from ..library.atomic import read_document
from ..library.project import Project, frame_file
from ..library.takes import Takes
from ..model.credits import Chosen
from ..model.cut import CutEntry
from ..model.request import FrameRequest
from ..model.shot import PassSet
from ..model.take import Pick, Take
from .timecode import exact_rate

NONE_PAINTED: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True)
class Selected:
    """A shot of the reel: its take in ``folder``, why it is this one, and its passes.

    ``pick`` is that of the shot, which may be of another take.
    """

    take: Take
    chosen: Chosen
    pick: Pick | None
    folder: Path
    passes: PassSet
    passes_folder: Path

    @property
    def picked_by(self) -> str | None:
        """Who picked this very take; empty where the pick names nobody, None where nobody did."""
        return self.pick.by if self.pick and self.chosen == "picked" else None

    @property
    def request(self) -> FrameRequest:
        """What its frames were painted from."""
        request = self.take.frame_request
        assert request is not None, "a shot's take holds a frame request"
        return request

    @property
    def frames(self) -> range:
        """Its frame numbers in order."""
        numbers = [view.frame for view in self.request.views]
        return range(min(numbers), max(numbers) + 1)

    @property
    def rate(self) -> Fraction:
        """Frames a second."""
        return exact_rate(self.passes.fps, self.passes.fps_base)

    def frame_path(self, frame: int) -> Path:
        """A painted frame."""
        return self.folder / frame_file(frame)


def select(
    project: Project,
    shots: Sequence[CutEntry],
    latest: bool,
    painted: Mapping[str, int] = NONE_PAINTED,
) -> tuple[Selected, ...]:
    """The take of each entry of a cut, in its order.

    An entry that names none shows the one of ``painted``, shot → take, else the one that is picked.

    Raises InputError that says which shots have no take, none picked, only rejected ones, one with
    missing frames, or another frame rate than the first.
    """
    if not shots:
        raise InputError("There are no shots to make a reel of: name at least one.")
    chosen = picks.load(project)
    takes = Takes(project)
    cuts.require_takes(project, shots, latest=latest, painted=painted)
    selected = tuple(
        _select(project, takes, shot, painted.get(shot.shot), chosen.shots.get(shot.shot))
        for shot in shots
    )
    for entry, one in zip(shots, selected, strict=True):
        _check_frames(one)
        _check_trim(entry, one)
    _check_rates(selected)
    return selected


def _select(
    project: Project, takes: Takes, shot: CutEntry, painted: int | None, pick: Pick | None
) -> Selected:
    named = shot.take or painted
    number = named or (pick.take if pick else None)
    take = _newest(takes, shot) if number is None else _load(takes, shot, number)
    return Selected(
        take,
        _chosen(take, named, pick),
        pick,
        takes.folder(take),
        _passes(project, shot.shot),
        project.passes(shot.shot),
    )


def _chosen(take: Take, named: int | None, pick: Pick | None) -> Chosen:
    if pick is not None and pick.take == take.number:
        return "picked"
    return "newest" if named is None else "named"


def _newest(takes: Takes, shot: CutEntry) -> Take:
    rejected = judgements.rejected(takes.project, "shots", shot.shot)
    take = takes.latest(shot.shot, rejected)
    if take is None:
        raise InputError(
            f"Every take of {shot.shot} is rejected: take one rejection back, or paint it again."
        )
    return take


def _load(takes: Takes, shot: CutEntry, number: int) -> Take:
    try:
        return takes.load(shot.shot, number)
    except InputError as error:
        if shot.take is not None:
            raise
        raise InputError(f"The picked take cannot be shown: {error} Pick another one.") from error


def _passes(project: Project, shot: str) -> PassSet:
    path = project.pass_set(shot)
    if not path.is_file():
        raise InputError(f"The passes of {shot} are gone: render its passes again.")
    return read_document(PassSet, path)


def _check_frames(one: Selected) -> None:
    """All frames are there, in a row."""
    name = f"Take {one.take.number} of {one.take.subject}"
    painted = sorted(view.frame for view in one.request.views)
    if painted != list(one.frames):
        raise InputError(
            f"{name} has frames with gaps between them ({_listed(painted)}): "
            "a reel needs frames in a row. Paint the whole shot, or choose another take."
        )
    missing = [frame for frame in one.frames if not one.frame_path(frame).is_file()]
    if missing:
        raise InputError(
            f"{name} lacks its frames {_listed(missing)} in {one.folder}: "
            "put them back, paint again or choose another take."
        )


def _check_trim(entry: CutEntry, one: Selected) -> None:
    """Something is left of it."""
    asked = entry.asked(one.frames)
    if not entry.is_in(one.frames):
        raise InputError(
            f"The cut shows frames {asked.start} to {asked.stop - 1} of {entry.shot}, and take "
            f"{one.take.number} has {one.frames.start} to {one.frames[-1]}: trim it otherwise, or "
            "paint those frames."
        )


def _check_rates(selected: Sequence[Selected]) -> None:
    first = selected[0]
    for one in selected:
        if one.rate != first.rate:
            raise InputError(
                f"{one.take.subject} runs at {float(one.rate):g} frames a second and "
                f"{first.take.subject} at {float(first.rate):g}: a reel has one rate. "
                "Render the passes of both at the same rate."
            )


def _listed(frames: Sequence[int]) -> str:
    shown = ", ".join(str(frame) for frame in frames[:8])
    return f"{shown} … {frames[-1]}" if len(frames) > 8 else shown
