"""Paint views with an engine, at any size, reading ahead and handing over behind.

While the engine paints a batch, one thread reads the next one's passes and makes its controls, and
another writes what is finished, so that the engine waits for neither.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from types import TracebackType
from typing import Generic, Self, TypeVar

import numpy as np

from ..engine import Engine, OnStep, PaintSettings, Picture, View

K = TypeVar("K")


class Ahead(Generic[K]):
    """Reads views for the painter; what will likely be painted next, in a thread, meanwhile."""

    def __init__(self, read: Callable[[K], list[View]]) -> None:
        self._read = read
        self._pool = ThreadPoolExecutor(1, "reader")
        self._guesses: dict[K, Future[list[View]]] = {}

    def views(self, key: K) -> list[View]:
        """The views of this one. Raises what reading them raises."""
        guess = self._guesses.pop(key, None)
        return self._read(key) if guess is None else guess.result()

    def guess(self, key: K) -> None:
        """Begin to read it. What goes wrong is told only where it is asked for; of older guesses
        the last one is remembered."""
        if key not in self._guesses:
            self._guesses = dict([*self._guesses.items()][-1:])
            self._guesses[key] = self._pool.submit(self._read, key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)


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
        replace(
            view,
            controls={
                kind: np.pad(image, pad, mode="edge") for kind, image in view.controls.items()
            },
            start=None if view.start is None else np.pad(view.start, pad, mode="edge"),
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

    def settle(self) -> None:
        """Wait until all of it is done; raises what it raised."""
        while self._pending:
            self._pending.pop(0).result()

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
