"""Paint views with an engine, at any size, reading ahead and handing over behind.

While the engine paints a batch, one thread reads the next one's passes and makes its controls, and
another writes what is finished, so that the engine waits for neither.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from types import TracebackType
from typing import Self, TypeVar

import numpy as np

from ..engine import Engine, OnStep, PaintSettings, Picture, View

T = TypeVar("T")


def paint_ahead(
    engine: Engine,
    settings: PaintSettings,
    batches: Sequence[T],
    read: Callable[[T], list[View]],
    on_step: OnStep,
) -> Generator[tuple[T, list[Picture]], None, None]:
    """Paint batch after batch; ``read`` runs one batch ahead, in a thread of its own."""
    if not batches:
        return
    with ThreadPoolExecutor(1, "reader") as reader:
        ahead = reader.submit(read, batches[0])
        for index, batch in enumerate(batches):
            views = ahead.result()
            if index + 1 < len(batches):
                ahead = reader.submit(read, batches[index + 1])
            yield batch, paint_any_size(engine, views, settings, on_step)


def paint_any_size(
    engine: Engine, views: Sequence[View], settings: PaintSettings, on_step: OnStep
) -> list[Picture]:
    """Meet the engine's multiple by padding right and bottom with the edge's pixels, then crop."""
    height, width = next(iter(views[0].controls.values())).shape[:2]
    pictures = engine.paint(padded(views, engine.info.multiple), settings, on_step)
    return [np.ascontiguousarray(picture[:height, :width]) for picture in pictures]


def padded(views: Sequence[View], multiple: int) -> list[View]:
    """Views of one size, with their edges repeated right and bottom to a multiple of pixels."""
    height, width = next(iter(views[0].controls.values())).shape[:2]
    pad = ((0, -height % multiple), (0, -width % multiple), (0, 0))
    if not any(after for _, after in pad):
        return list(views)
    return [
        View(
            {kind: np.pad(image, pad, mode="edge") for kind, image in view.controls.items()},
            view.seed,
        )
        for view in views
    ]


class Behind:
    """Does things in order in a thread; what one raises, a later ``submit`` or the end raises."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "writer")
        self._pending: list[Future[None]] = []

    def submit(self, do: Callable[[], None]) -> None:
        """Have it done soon. At most two wait: whoever writes too slowly holds the painter up."""
        while len(self._pending) > 1:
            self._pending.pop(0).result()
        self._pending.append(self._pool.submit(do))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True)
        if error is None:
            for future in self._pending:
                future.result()
