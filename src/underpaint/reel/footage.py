"""What is painted of each shot, for a timeline that comes back: its takes' frames, its pick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from ..errors import InputError
from ..library import cuts, picks
from ..library.atomic import read_document
from ..library.project import Project
from ..library.takes import Takes
from ..model.shot import PassSet
from ..model.take import Take
from .timecode import exact_rate


@dataclass(frozen=True)
class Footage:
    """A shot as it stands. ``takes``: number → the frames that it has; ``rate``: frames a second.

    ``picked`` None: nobody picked one that is there.
    """

    takes: Mapping[int, range]
    rate: Fraction
    picked: int | None

    def frames(self, take: int | None = None) -> range:
        """The frames of a take; of None those of the picked one, else of the newest."""
        return self.takes[take or self.picked or max(self.takes)]


def footage(project: Project) -> dict[str, Footage]:
    """Every painted shot, in the order of the scene's time. Raises InputError where none is."""
    names = cuts.painted_shots(project)
    if not names:
        raise InputError("No shot is painted yet: paint frames before re-timing them.")
    chosen = picks.load(project)
    found = {}
    for name in names:
        passes = read_document(PassSet, project.pass_set(name))
        takes = {take.number: _span(take) for take in Takes(project).list(name)}
        pick = chosen.shots.get(name)
        picked = pick.take if pick and pick.take in takes else None
        found[name] = Footage(takes, exact_rate(passes.fps, passes.fps_base), picked)
    return found


def _span(take: Take) -> range:
    assert take.frame_request is not None, "a shot's take holds a frame request"
    numbers = [view.frame for view in take.frame_request.views]
    return range(min(numbers), max(numbers) + 1)
