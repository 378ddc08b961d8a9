"""A real diffusers pipeline in a real worker process."""

from __future__ import annotations

import hashlib
import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pytest

from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.wire.launch import start_worker
from underpaint.wire.messages import (
    Cancel,
    Done,
    FramePainted,
    Note,
    PaintFrames,
    Preview,
    Progress,
    Stopped,
)

pytestmark = pytest.mark.skipif(find_spec("diffusers") is None, reason="diffusers is not installed")

LOOK = Look("", "a wet street", steps=3)


@pytest.fixture(scope="session")
def engine(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a tiny engine that knows four words."""
    path = Path(__file__).parents[1] / "torch" / "tiny_models.py"
    spec = spec_from_file_location("tiny_models", path)
    assert spec is not None and spec.loader is not None
    tiny_models = module_from_spec(spec)
    spec.loader.exec_module(tiny_models)
    folder = tmp_path_factory.mktemp("engines") / "a tiny ñ engine"
    tiny_models.save_sd(folder)
    tiny_models.write_own(folder, controls=["depth", "normal"], steps=3, vocabulary="words.txt")
    (folder / "words.txt").write_text("a\nwet\nstreet\nrain\n")
    return str(folder)


@pytest.fixture(scope="module", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny models are faster so."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OMP_NUM_THREADS", "1")
        yield


@pytest.fixture(scope="module")
def painter(
    one_thread: None, person_with: Any, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """Somebody whose worker has torch loaded from test to test; jobs are counted on."""
    worker = start_worker(Path(sys.executable), log=tmp_path_factory.mktemp("log") / "log")
    yield person_with(worker)
    worker.kill()


def digests(folder: Path) -> dict[str, str]:
    return {
        path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.glob("*.png")
    }


def test_it_paints_and_says_what_it_did_not_understand(
    painter: Any, project: Project, job: Callable[..., PaintFrames], engine: str
) -> None:
    look = replace(LOOK, words="a wett street in the rain")
    assert painter.ask(job(1, engine=engine, look=look, previews=True)) == Done(1)
    assert any(m.text.startswith("Reading the engine") for m in painter.of(Progress))
    assert any('"wett" (wet?)' in note.text for note in painter.of(Note))
    assert painter.of(Preview)
    request = Takes(project).load("plano 1", 1).frame_request
    assert request is not None and len(request.engine.fingerprint) == 64
    assert (request.engine.family, request.look.guidance) == ("Stable Diffusion 1.5", 7.0)


def test_seeds_of_the_shot_and_of_each_frame(
    painter: Any, project: Project, job: Callable[..., PaintFrames], engine: str
) -> None:
    for number, (per, seed) in enumerate((("shot", 0), ("frame", 0), ("shot", 1)), 1):
        painter.ask(job(10 + number, engine=engine, look=LOOK, seed_per=per, seed=seed))
    first, second, third = (
        digests(project.root / f"takes/plano 1/00{number}") for number in (1, 2, 3)
    )
    assert not first.items() & second.items()
    assert not first.items() & third.items()


def test_cancelled_within_one_step(
    painter: Any, job: Callable[..., PaintFrames], engine: str
) -> None:
    painter.ask(job(20, engine=engine, look=LOOK, frames=(1,)))
    painter.worker.send(job(21, engine=engine, look=replace(LOOK, steps=900)))
    painter.wait_for(lambda m: isinstance(m, Progress) and m.job == 21 and "step" in m.text)
    asked = time.monotonic()
    painter.worker.send(Cancel(21))
    assert painter.outcome(21) == Stopped(21)
    assert time.monotonic() - asked < 1


def test_killed_in_the_middle_of_a_batch_it_ends_with_the_same_bytes(
    start: Callable[..., Any],
    project: Project,
    job: Callable[..., PaintFrames],
    write_shot: Callable[..., None],
    engine: str,
) -> None:
    write_shot(project, "long", range(1, 7))
    asked = job(1, engine=engine, look=LOOK, shot="long", batch=2)
    first = start()
    first.worker.send(asked)
    first.wait_for(lambda m: isinstance(m, FramePainted) and m.frame == 3)
    os.kill(first.worker.process.pid, signal.SIGKILL)
    second = start()
    assert isinstance(second.ask(asked), Done)
    assert 0 < len(second.of(FramePainted)) < 6
    whole = Project(project.root.with_name("whole"))
    whole.root.mkdir()
    (whole.root / "passes").symlink_to(project.root / "passes")
    second.ask(replace(asked, job=2, project=str(whole.root)))
    name = "takes/long/001"
    assert digests(whole.root / name) == digests(project.root / name)


def test_an_engine_that_cannot_be_used_is_told_without_waiting_for_torch(
    person: Any, job: Callable[..., PaintFrames], engine: str, tmp_path: Path
) -> None:
    (tmp_path / "model.ckpt").write_bytes(b"")
    failed = person.ask(job(1, engine=str(tmp_path / "model.ckpt")))
    assert failed.kind == "EngineError" and "pickled" in failed.message
