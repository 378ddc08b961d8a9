"""Every frame on its own: for those who want the boil, and for engines and shots that need it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import TracebackType
from typing import Self

from ..engine import View
from . import settings
from .brush import Ahead, paint_any_size
from .painting import Made, Piece, TakeWork, Turn
from .png import read_png
from .schedule import Unit, batches
from .sources import Source

_Place = tuple[int, tuple[int, ...]]
"""A seed, and the frames of a batch."""


class EachFrame:
    """Paints frames in batches; while one is painted, the next one's passes are read."""

    def __init__(self, source: Source, shown: Mapping[int, int], batch: int) -> None:
        """``shown``: frame → the one whose drawing it shows."""
        self._source = source
        self._batch = batch
        self._shown = shown
        self._ahead = Ahead(self._views)
        self._works: dict[int, TakeWork] = {}

    def units(self, work: TakeWork) -> Sequence[Unit]:
        """Batches of drawings, then what shows them once more."""
        self._works[work.request.seed] = work
        drawn = sorted(set(self._shown.values()))
        held = {frame: shown for frame, shown in self._shown.items() if frame != shown}
        again = (
            Unit(f"again {frame}", (frame,), frozenset({shown})) for frame, shown in held.items()
        )
        return (*batches(drawn, self._batch), *again)

    def expect(self, work: TakeWork, unit: Unit) -> None:
        """Begin to read its passes."""
        if not unit.needs:
            self._ahead.guess((work.request.seed, unit.frames))

    def paint(self, piece: Piece, turn: Turn) -> Iterator[Made]:
        """All of a batch at once."""
        frames = piece.unit.frames
        if piece.unit.needs:
            yield frames[0], read_png(piece.work.path(self._shown[frames[0]]))
            return
        engine = turn.engine()
        views = self._ahead.views((piece.work.request.seed, frames))
        look = settings.paint_settings(piece.work.request.look)
        on_step = turn.on_step(0, len(piece.missing))
        pictures = paint_any_size(engine, views, look, on_step)
        for frame, picture in zip(frames, pictures, strict=True):
            if frame in piece.missing:
                yield frame, picture

    def _views(self, place: _Place) -> list[View]:
        seed, frames = place
        request = self._works[seed].request
        kinds = tuple(request.look.control_scales)
        return [
            View(
                self._source.controls(self._source.frame(number), kinds, *request.depth_range),
                settings.view_seed(seed, request.seed_per, number),
            )
            for number in frames
        ]

    def __enter__(self) -> Self:
        self._ahead.__enter__()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._ahead.__exit__(kind, error, trace)
