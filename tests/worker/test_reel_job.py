"""The reel's two jobs through a real worker process; the video between them by PyAV."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from underpaint.library.project import Project
from underpaint.model.cut import CutEntry, Dressing
from underpaint.wire.messages import (
    Done,
    Failed,
    FinishReel,
    PaintFrames,
    PrepareReel,
    ReelPrepared,
)


def encode(prepared: ReelPrepared, root: Path) -> None:
    av = pytest.importorskip("av")
    with av.open(str(root / prepared.folder / "reel.mp4"), "w") as video:
        stream = video.add_stream("mpeg4", rate=prepared.fps)
        stream.width, stream.height = prepared.width, prepared.height
        for number in range(1, prepared.count + 1):
            with av.open(str(root / prepared.folder / f"frames/frame_{number:04d}.png")) as source:
                for frame in source.decode(video=0):
                    picture = frame.reformat(format="yuv420p")
                    picture.pts = number - 1
                    video.mux(stream.encode(picture))
        video.mux(stream.encode())


def test_a_reel_from_frames_to_credits(
    person: Any,
    project: Project,
    job: Callable[..., PaintFrames],
    write_shot: Callable[..., None],
    tmp_path: Path,
) -> None:
    write_shot(project, "plano 1", size=(64, 48))
    scene = tmp_path / "street.blend"
    scene.write_bytes(b"BLENDER")
    person.ask(job(1))
    asked = PrepareReel(
        2, str(project.root), "Title", (CutEntry("plano 1"),), ("Ana, direction",),
        latest=True, scene=str(scene), dressing=Dressing(credits=False),
    )  # fmt: skip
    assert person.ask(asked) == Done(2)
    (prepared,) = person.of(ReelPrepared)
    assert (prepared.count, prepared.fps, prepared.fps_base) == (3, 24, 1.0)
    assert len(list((project.root / prepared.folder / "frames").glob("*.png"))) == 3
    encode(prepared, project.root)
    done = person.ask(FinishReel(3, str(project.root), prepared.folder))
    names = {"contact_sheet.png", "credits.json", "reel.json", "reel.mp4", "reel.otio"}
    assert isinstance(done, Done) and {f"reel/001/{name}" for name in names} <= set(done.files)
    again = person.ask(replace(asked, job=4))
    assert again == Done(4, done.files) and person.of(ReelPrepared)[-1].standing
    assert "street.blend" in (project.root / "reel/001/credits.json").read_text()


@pytest.mark.skipif(sys.platform != "linux", reason="names are letters elsewhere")
def test_a_last_word_that_cannot_be_said_becomes_one_that_can(
    person: Any, project: Project, job: Callable[..., PaintFrames]
) -> None:
    person.ask(job(1))
    asked = PrepareReel(
        2, str(project.root), "", (CutEntry("plano 1"),), (),
        latest=True, dressing=Dressing(credits=False),
    )  # fmt: skip
    person.ask(asked)
    (prepared,) = person.of(ReelPrepared)
    encode(prepared, project.root)
    (project.root / prepared.folder / "mine \udcff").touch()
    failed = person.ask(FinishReel(3, str(project.root), prepared.folder))
    assert failed.kind == "FormatError" and "no letters" in failed.message
    assert person.ask(job(4)) == Done(4)


def test_a_shot_that_is_not_painted_yet(person: Any, project: Project) -> None:
    asked = PrepareReel(1, str(project.root), "Title", (CutEntry("plano 1"),), (), latest=True)
    failed = person.ask(asked)
    assert isinstance(failed, Failed) and failed.kind == "InputError"
    assert "plano 1" in failed.message


@pytest.mark.parametrize("folder", ["../elsewhere", "takes", "reel/.part-009"])
def test_a_folder_that_is_no_prepared_reel(person: Any, project: Project, folder: str) -> None:
    failed = person.ask(FinishReel(1, str(project.root), folder))
    assert failed.kind == "InputError" and "\n" not in failed.message
