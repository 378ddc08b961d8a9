"""Shots that hold still: keys are painted together, the frames between are gathered from them.

Paint is carried by the true motion of every pixel, straight from the two keys around it. What no
key saw is painted anew, in as few frames and in as small a part of them as will do, and lent to the
frames beside. Everything is gathered from pictures as they are on disk, so that going on after a
crash gives the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from types import TracebackType
from typing import Self

from ...model.request import FrameRequest
from ...model.shot import FramePasses
from ...motion.frame import Frame
from ...motion.gather import Gathered, gather
from ...motion.holes import coarse, feather, fill_holes, fill_specks, lay, match_colours
from ...motion.painted import Painted
from ...motion.patches import LEAST, plan_gap, worth
from ...motion.tracks import Tracks
from ...surface.sight import Sight
from ..engine import Picture
from ..job import Job
from . import settings
from .anchored import Anchors
from .following import find_tracks
from .keyed import Gap, Plan, Window, apart_of, exposures, find_keys, held_keys, plan, runs
from .painting import Made, Piece, TakeWork, Turn
from .patching import Patcher
from .png import as_written, read_png
from .schedule import Unit
from .sources import Source
from .windows import KeyPainter

_AT_ONCE, _PIXELS = 8, 6 * 1024**2
"""Keys of a window, at the most, and their pixels."""
_THREADS = 2
_REMEMBERED = 3
"""Keys that stay in memory, with all that gathering has found out of them."""


class Steady:
    """Paints windows of keys, then what lies in the gaps between keys."""

    def __init__(
        self,
        source: Source,
        frames: Sequence[FramePasses],
        job: Job,
        anchors: Anchors | None = None,
    ) -> None:
        """``anchors``: the textures that keys start from."""
        self._source = source
        self._painter = KeyPainter(source, anchors)
        self._frames = tuple(frame.frame for frame in frames)
        self._job = job
        self._parts: dict[int, dict[str, Window | Gap]] = {}
        self._keys: dict[tuple[int, int], Painted] = {}
        self._pool = ThreadPoolExecutor(_THREADS, "gatherer")

    def units(self, work: TakeWork) -> Sequence[Unit]:
        """The windows, then the gaps."""
        made = self._plan(work.request)
        self._parts[work.request.seed] = {part.unit.name: part for part in made.parts}
        return made.units

    def expect(self, work: TakeWork, unit: Unit) -> None:
        """Nothing is read ahead."""

    def paint(self, piece: Piece, turn: Turn) -> Iterator[Made]:
        """See ``painting.Brushwork``."""
        match self._parts[piece.work.request.seed][piece.unit.name]:
            case Window() as window:
                self._forget()
                return self._painter.paint(window, piece, turn)
            case gap:
                return self._gap(gap, piece, turn)

    def _plan(self, request: FrameRequest) -> Plan:
        kept = {one.frame for one in request.kept}
        shown = exposures(self._frames, request.phase, request.cadence)
        if request.cadence == "keys":
            shown |= held_keys(request.kept)
        drawn = sorted(set(shown.values()))
        keys: set[int] = set()
        for run in runs(drawn, set(drawn) - kept):
            keys.update(self._find_keys(run, request))
        height, width = request.height, request.width
        at_once = max(2, min(_AT_ONCE, _PIXELS // (height * width)))
        return plan(self._frames, kept, shown, keys, cadence=request.cadence, at_once=at_once)

    def _find_keys(self, run: Sequence[int], request: FrameRequest) -> list[int]:
        text = f"{self._source.name}: looking for key frames"
        self._job.progress(0, 1, text)
        return find_keys(self._source, run, apart_of(request.cadence), self._job.check)

    def _sight(self, number: int) -> Sight:
        return self._source.sight(self._source.frame(number))

    # --- what lies between ---

    def _gap(self, gap: Gap, piece: Piece, turn: Turn) -> Iterator[Made]:
        work, missing = piece.work, piece.missing
        if gap.drawn and missing.intersection(gap.drawn):
            yield from self._drawn(gap, piece, turn)
        for frame, shown in gap.held.items():
            if frame in missing and shown not in missing:
                yield frame, read_png(work.path(shown))

    def _drawn(self, gap: Gap, piece: Piece, turn: Turn) -> Iterator[Made]:
        """Holes first, as they lend to the others; each drawing with those that show it again."""
        work, missing = piece.work, piece.missing
        keys = [self._key(work, number) for number in gap.ends]
        tracks = find_tracks(self._source, gap.ends)
        sights = {number: coarse(self._sight(number)) for number in gap.drawn}
        holed = plan_gap(sights, {int(key.time): key.frame.sight for key in keys}, tracks)
        patches: list[Painted] = []
        for done, number in enumerate(holed):
            self._job.check()
            frame, gathered = self._gathered(number, keys, patches, tracks)
            is_patch = worth(frame, ~gathered.known.reshape(-1)) > LEAST
            if number not in missing:
                picture = read_png(work.path(number))
            elif is_patch:
                painted = self._painted(number, frame, gathered, work, turn, done)
                picture = as_written(painted)
            else:
                picture = fill_holes(frame, gathered, keys).picture
            if number in missing:
                yield from _with_held(number, picture, gap, missing)
            if is_patch:
                alpha = feather(frame, ~gathered.known)
                patches.append(Painted(frame, picture, number, anew=alpha))
        rest = [number for number in gap.drawn if number not in holed and number in missing]
        make = partial(self._between, keys=keys, patches=patches, tracks=tracks)
        for done, (number, picture) in enumerate(self._pool.map(make, rest), len(holed) + 1):
            turn.tell(done, "between keys")
            yield from _with_held(number, picture, gap, missing)

    def _gathered(
        self,
        number: int,
        keys: Sequence[Painted],
        patches: Sequence[Painted],
        tracks: Tracks | None,
    ) -> tuple[Frame, Gathered]:
        frame = Frame(self._sight(number))
        return frame, fill_specks(frame, gather(frame, number, keys, patches, tracks))

    def _between(
        self,
        number: int,
        keys: Sequence[Painted],
        patches: Sequence[Painted],
        tracks: Tracks | None,
    ) -> Made:
        frame, gathered = self._gathered(number, keys, patches, tracks)
        return number, fill_holes(frame, gathered, keys).picture

    def _painted(
        self, number: int, frame: Frame, gathered: Gathered, work: TakeWork, turn: Turn, done: int
    ) -> Picture:
        """A frame with what no key saw painted anew, in the colours of its keys."""
        request = work.request
        patcher = Patcher(turn.engine(), settings.paint_settings(request.look), request.seed)
        controls = self._painter.view(number, request).controls
        painted = patcher.paint(frame, gathered, controls, turn.on_step(done, 1))
        alpha = feather(frame, ~gathered.known)
        return lay(gathered, match_colours(frame, painted, gathered), alpha)

    def _key(self, work: TakeWork, number: int) -> Painted:
        """A key as it is on disk, to be gathered from."""
        name = (work.request.seed, number)
        if name not in self._keys:
            self._keys = dict([*self._keys.items()][1 - _REMEMBERED :])
            picture = read_png(work.path(number))
            self._keys[name] = Painted(Frame(self._sight(number)), picture, number)
        return self._keys[name]

    def _forget(self) -> None:
        """A window takes memory, and what gaps hold is soon found again."""
        self._keys.clear()
        self._source.forget()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._keys.clear()
        self._pool.shutdown(wait=True, cancel_futures=True)


def _with_held(number: int, picture: Picture, gap: Gap, missing: frozenset[int]) -> Iterator[Made]:
    """A drawing, and the frames that show it once more."""
    yield number, picture
    for frame, shown in gap.held.items():
        if shown == number and frame in missing:
            yield frame, picture
