"""Words, seeds and settings on their way to the engine; pictures of any size."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from underpaint.errors import Cancelled, InputError
from underpaint.model.look import Look
from underpaint.model.request import EngineRef
from underpaint.wire.messages import Message, Note, Progress
from underpaint.worker import studio as studio_module
from underpaint.worker.engine import EngineInfo, OnStep, PaintSettings, Picture, View
from underpaint.worker.engines.stand_in import StandIn
from underpaint.worker.job import Job
from underpaint.worker.jobs import settings
from underpaint.worker.jobs.brush import Ahead, Behind, paint_any_size
from underpaint.worker.studio import Studio
from underpaint.worker.vocabulary import UnknownWord, unknown_words, words_of

KNOWN = frozenset(["a", "street", "at", "dusk", "rain", "rainy", "night", "gouache", "watercolour"])
INFO = EngineInfo(EngineRef("e", "f", "l", "x"), ("depth", "normal"), 32, 5, 1.0, KNOWN)


def notes(look: Look, info: EngineInfo = INFO) -> list[str]:
    said: list[Message] = []
    settings.check_words(settings.explicit_look(look, info), info, Job(1, said.append, bool))
    return [message.text for message in said if isinstance(message, Note)]


def test_words_are_cut_as_a_small_vocabularys_tokenizer_cuts_them() -> None:
    assert words_of("Rainy, rainy-night; the film's 2nd end: Ñandú") == [
        "rainy", "night", "the", "film", "nd", "end", "ñandú",
    ]  # fmt: skip


def test_unknown_words_are_named_with_the_nearest_known() -> None:
    assert unknown_words("a raini street at dusk, zebra", KNOWN) == [
        UnknownWord("raini", ("rain", "rainy")),
        UnknownWord("zebra", ()),
    ]
    (note,) = notes(Look("", "a watercolor zebra"))
    assert '"watercolor" (watercolour?)' in note and '"zebra"' in note
    assert note.endswith("as if they were not there.")
    assert notes(Look("", "zebra"))[0].endswith("as if it was not there.")
    assert notes(Look("", "A rainy street at dusk")) == []
    assert notes(Look("", "zebra"), replace(INFO, vocabulary=None)) == []


def test_what_to_avoid_counts_only_with_guidance() -> None:
    (note,) = notes(Look("", "dusk", avoid="zebra"))
    assert "guidance" in note
    (note,) = notes(Look("", "dusk", avoid="zebra", guidance=2.0))
    assert "zebra" in note


def test_a_look_is_made_explicit() -> None:
    look = settings.explicit_look(Look("n", "w", control_scales={"edges": 2.0, "depth": 0.5}), INFO)
    assert (look.steps, look.guidance) == (5, 1.0)
    assert look.control_scales == {"depth": 0.5, "normal": 1.0}
    assert settings.explicit_look(look, INFO) == look
    assert settings.explicit_look(Look("n", "w", guidance=0.0), INFO).guidance == 0


@pytest.mark.parametrize(
    "values",
    [{"steps": -1}, {"steps": 10**6}, {"guidance": 1e9}, {"control_scales": {"depth": -1.0}}],
)
def test_settings_that_make_no_sense(values: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="look"):
        settings.explicit_look(Look("n", "w", **values), INFO)


def test_a_seed_for_the_shot_or_for_each_frame() -> None:
    assert {settings.view_seed(5, "shot", frame) for frame in range(50)} == {5}
    seeds = [settings.view_seed(seed, "frame", frame) for seed in (5, 6) for frame in range(-9, 50)]
    assert len(set(seeds)) == len(seeds)
    assert all(0 <= seed < settings.SEED_END for seed in seeds)
    assert settings.view_seed(5, "frame", 1) == 2704533768000368680


class Watching(StandIn):
    """Keeps what it is shown; wants sizes that are a multiple of 32."""

    def __init__(self) -> None:
        super().__init__()
        self.info = replace(self.info, multiple=32)
        self.shown: list[View] = []

    def paint(
        self, views: Sequence[View], settings: PaintSettings, on_step: OnStep
    ) -> list[Picture]:
        self.shown += views
        return super().paint(views, settings, on_step)


def test_pictures_are_padded_at_the_right_and_below_with_their_edge() -> None:
    rng = np.random.default_rng(0)
    controls = {kind: rng.random((20, 33, 3), np.float32) for kind in ("depth", "normal")}
    engine = Watching()
    (picture,) = paint_any_size(engine, [View(controls, 1)], PaintSettings("w", steps=1), _quiet)
    assert picture.shape == (20, 33, 3)
    shown = engine.shown[0].controls["depth"]
    assert shown.shape == (32, 64, 3)
    assert np.array_equal(shown[:20, :33], controls["depth"])
    assert np.array_equal(shown[25, 40], controls["depth"][-1, -1])
    assert np.array_equal(shown[7, 60], controls["depth"][7, -1])
    fitting = {kind: np.zeros((32, 64, 3), np.float32) for kind in ("depth", "normal")}
    paint_any_size(engine, [View(fitting, 1)], PaintSettings("w", steps=1), _quiet)
    assert engine.shown[1].controls["depth"] is fitting["depth"]


def test_what_is_guessed_is_read_ahead_and_once() -> None:
    read: list[int] = []

    def views(batch: int) -> list[View]:
        read.append(batch)
        return [View({}, batch)]

    with Ahead(views) as ahead:
        ahead.guess(3)
        time.sleep(0.1)
        assert read == [3]
        assert ahead.views(3)[0].seed == 3 and read == [3]
        ahead.guess(4)
        assert ahead.views(7)[0].seed == 7, "somebody else had that one"
        assert ahead.views(4)[0].seed == 4


def test_what_cannot_be_read_ahead_is_raised_where_it_is_needed() -> None:
    def views(batch: int) -> list[View]:
        if batch == 1:
            raise InputError("broken")
        return [View({}, batch)]

    with Ahead(views) as ahead:
        ahead.guess(1)
        assert ahead.views(0)[0].seed == 0
        ahead.guess(1)
        with pytest.raises(InputError, match="broken"):
            ahead.views(1)


def test_work_behind_is_done_in_order_and_waited_for() -> None:
    done: list[int] = []

    def slow(number: int) -> None:
        time.sleep(0.02)
        done.append(number)

    with Behind() as behind:
        for number in range(6):
            behind.submit(lambda n=number: slow(n))
            assert number - len(done) <= 3
    assert done == list(range(6))


def test_work_behind_that_fails_is_heard_of_and_later_work_is_not_begun_for_nothing() -> None:
    def fail() -> None:
        raise InputError("no room")

    with pytest.raises(InputError, match="no room"), Behind() as behind:
        for _ in range(100):
            behind.submit(fail)
    with pytest.raises(InputError, match="no room"), Behind() as behind:
        behind.submit(fail)
    with Behind() as behind:
        behind.submit(fail)
        with pytest.raises(InputError, match="no room"):
            behind.settle()


def test_work_behind_is_finished_even_when_the_painting_is_stopped() -> None:
    done: list[int] = []
    with pytest.raises(KeyError), Behind() as behind:
        behind.submit(lambda: (time.sleep(0.05), done.append(1))[1])
        raise KeyError
    assert done == [1]


def test_progress_is_calm_but_never_leaves_out_the_ends() -> None:
    said: list[Message] = []
    job = Job(1, said.append, bool)
    for done in range(1001):
        job.progress(done, 1000, "")
    steps = [message.done for message in said if isinstance(message, Progress)]
    assert steps[0] == 0 and steps[-1] == 1000 and len(steps) < 20


def test_reading_an_engine_is_told_by_the_percent_and_stops_when_it_is_cancelled() -> None:
    said: list[Message] = []
    cancelled = [False]
    job = Job(1, said.append, lambda: cancelled[0])
    for done in range(0, 7_000_000_001, 7_000_000):
        job.reading_engine(done, 7_000_000_000)
    assert len(said) == 101
    told = said[50]
    assert isinstance(told, Progress) and (told.done, told.total) == (0, 1)
    assert told.text == "Reading the engine, once: 50 % of 7.0 GB"
    cancelled[0] = True
    with pytest.raises(Cancelled):
        job.reading_engine(1, 2)


def test_the_engine_stays_loaded_until_another_is_wanted_or_it_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    closed: list[object] = []
    monkeypatch.setattr(StandIn, "close", lambda engine: closed.append(engine))  # noqa: PLW0108
    studio = Studio()
    first = studio.engine("stand-in")
    assert studio.engine("stand-in") is first
    second = studio.engine("stand-in?seconds=0.1")
    assert second is not first and closed == [first]
    info = studio.describe("stand-in?seconds=0.1")
    changed = replace(info, ref=replace(info.ref, fingerprint="other"))
    monkeypatch.setattr(studio_module, "describe_engine", lambda *_: changed)
    assert studio.engine("stand-in?seconds=0.1") is not second
    studio.close()
    assert len(closed) == 3


def test_png_bytes_round_and_clip(tmp_path: Path) -> None:
    from PIL import Image

    from underpaint.worker.jobs.png import png_bytes

    picture = np.array([[[-1, 0.5, 2], [0.2, 0.0019, 0.998]]], np.float32)
    (tmp_path / "a.png").write_bytes(png_bytes(picture))
    read = np.asarray(Image.open(tmp_path / "a.png"))
    assert read.tolist() == [[[0, 128, 255], [51, 0, 254]]]


def _quiet(*_: Any) -> None:
    """Nobody watches."""
