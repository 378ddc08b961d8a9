"""Views that are painted together: in groups, kept until they are not needed, one after another."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest

from underpaint.library.project import Project
from underpaint.model.look import Look
from underpaint.model.request import EngineRef, ViewRef
from underpaint.worker.engine import Held, OnStep, PaintSettings, Picture, Together, View
from underpaint.worker.engines.stand_in import StandIn
from underpaint.worker.jobs import views
from underpaint.worker.jobs.sources import Source
from underpaint.worker.jobs.views import Gallery, Painting, PlannedView, Seen, look_at

FRAMES = 5


class Counting(StandIn):
    """The stand-in, which notes what it is asked to paint."""

    def __init__(self) -> None:
        super().__init__()
        self.calls: list[tuple[int, int]] = []

    def paint(
        self,
        views: Sequence[View],
        settings: PaintSettings,
        on_step: OnStep,
        together: Together | None = None,
    ) -> list[Picture]:
        assert together is not None and len(together.held) == len(views)
        self.calls.append((len(views), len(together.finished)))
        return super().paint(views, settings, on_step, together)


@pytest.fixture(autouse=True)
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "TOGETHER", 2)


@pytest.fixture
def seen(tmp_path: Path, write_shot: Callable[..., None]) -> Iterator[list[Seen]]:
    project = Project(tmp_path / "underpaint")
    write_shot(project, "a", range(1, FRAMES + 1))
    source = Source(project, "a")
    yield [
        look_at(PlannedView(source, source.frame(frame), frame - 1))
        for frame in range(1, FRAMES + 1)
    ]


def gallery(tmp_path: Path, seen: list[Seen], seed: int = 1) -> Gallery:
    refs = tuple(view.plan.ref for view in seen)
    look = Look("dusk", "dusk", steps=2, guidance=1.0, control_scales={"depth": 1.0, "normal": 1.0})
    painting = Painting(
        EngineRef("stand-in", "numpy", "", "f"), look, seed, refs, ((1.0, 9.0),) * len(refs)
    )
    return Gallery(Project(tmp_path / "underpaint"), painting, seen)


def paint(
    pictures: Gallery,
    engine: Counting,
    found: dict[ViewRef, Picture],
    held: Callable[[Seen], Held | None] = lambda _: None,
) -> Iterator[dict[ViewRef, Picture]]:
    return pictures.paint(engine, found, lambda _: {}, held, lambda _: lambda *_: None)


def whole(pictures: Gallery, engine: Counting, **more: object) -> dict[ViewRef, Picture]:
    found = pictures.found()
    for group in paint(pictures, engine, found, **more):  # type: ignore[arg-type]
        found |= group
    return found


def test_groups_are_about_as_large_and_later_ones_know_of_earlier_ones(
    tmp_path: Path, seen: list[Seen]
) -> None:
    engine = Counting()
    pictures = whole(gallery(tmp_path, seen), engine)
    assert engine.calls == [(1, 0), (2, 1), (2, 3)]
    assert set(pictures) == {view.plan.ref for view in seen}


def test_stopped_midway_it_goes_on_with_the_group_that_it_was_at(
    tmp_path: Path, seen: list[Seen]
) -> None:
    unbroken = whole(gallery(tmp_path / "unbroken", seen), Counting())
    first = paint(gallery(tmp_path, seen), Counting(), {})
    next(first)
    next(first)
    first.close()  # type: ignore[attr-defined]
    engine = Counting()
    again = gallery(tmp_path, seen)
    assert len(again.found()) == 3
    pictures = whole(again, engine)
    assert engine.calls == [(2, 3)]
    assert all(np.array_equal(unbroken[ref], pictures[ref]) for ref in unbroken)
    again.forget()
    assert not list(tmp_path.glob("underpaint/textures/.views/*"))


def test_a_kept_group_counts_for_its_own_settings_only_and_while_it_is_whole(
    tmp_path: Path, seen: list[Seen]
) -> None:
    pictures = gallery(tmp_path, seen)
    whole(pictures, Counting())
    assert gallery(tmp_path, seen, seed=2).found() == {}
    damaged = sorted(tmp_path.glob("underpaint/textures/.views/*"))[1]
    damaged.write_bytes(damaged.read_bytes()[:-20])
    assert len(pictures.found()) == FRAMES - 2
    engine = Counting()
    whole(pictures, engine)
    assert engine.calls == [(2, 1)]


def test_what_is_held_stays(tmp_path: Path, seen: list[Seen]) -> None:
    height, width = seen[0].passes.depth.shape
    mask = np.zeros((height, width), np.float32)
    mask[:, : width // 2] = 1
    red = np.zeros((height, width, 3), np.float32)
    red[..., 0] = 1
    pictures = whole(gallery(tmp_path, seen), Counting(), held=lambda _: Held(red, mask))
    for picture in pictures.values():
        assert np.array_equal(picture[:, : width // 2], red[:, : width // 2])
        assert not (picture[:, width // 2 :] == (1, 0, 0)).all(-1).any()


def test_all_groups_agree_at_the_end(tmp_path: Path, seen: list[Seen]) -> None:
    """The wall stands still and so does the camera: every view shows it alike, whatever its group;
    painted alone, grain apart, they would be alike as well, so one view is made another."""
    pictures = gallery(tmp_path, seen)
    apart = whole(pictures, Counting())
    refs = [view.plan.ref for view in seen]
    apart[refs[0]] = np.ones_like(apart[refs[0]])
    joined = pictures.agreed(apart, lambda _: {})
    wall = np.stack([view.passes.object_id == 1 for view in seen]).all(0)
    wall[:3] = wall[-3:] = wall[:, :3] = wall[:, -3:] = False
    before, after = (
        np.abs(some[refs[0]] - some[refs[-1]])[wall].mean() for some in (apart, joined)
    )
    assert before > 0.1 and after < before / 2
