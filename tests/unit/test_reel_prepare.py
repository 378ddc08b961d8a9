"""A reel: laid out, encoded by somebody else, finished; or not there at all."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import numpy as np
import opentimelineio as otio
import pytest
from PIL import Image

from underpaint.errors import Cancelled, InputError, JobError
from underpaint.library import picks
from underpaint.library.atomic import read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.takes import Takes
from underpaint.model.credits import DIGITAL_SOURCE_TYPE, Credits, Person
from underpaint.model.cut import CutEntry, Dressing
from underpaint.model.shot import PassSet
from underpaint.reel import overview
from underpaint.reel.burnin import reel_size
from underpaint.reel.exchange import LOSSES
from underpaint.reel.mp4 import is_whole_mp4
from underpaint.reel.prepare import Prepared, finish, prepare
from underpaint.reel.sheet import Column, contact_sheet

SIZE = (64, 48)


Asked = CutEntry
PLAIN = Dressing(credits=False)


def encode(prepared: Prepared) -> Path:
    """What Blender does between the two steps, done by FFmpeg."""
    path = prepared.folder / "reel.mp4"
    with av.open(str(path), "w") as video:
        stream = video.add_stream("mpeg4", rate=prepared.fps)
        stream.width, stream.height = prepared.width, prepared.height
        for number in range(1, prepared.count + 1):
            with Image.open(prepared.folder / "frames" / f"frame_{number:04d}.png") as picture:
                video.mux(stream.encode(av.VideoFrame.from_image(picture)))
        video.mux(stream.encode())
    return path


def make(stage, *shots: Asked, **values: object) -> Path:
    """Both steps and the encoding."""
    prepared = prepare(stage.project, shots, title="Corner", **{"dressing": PLAIN, **values})  # type: ignore[arg-type]
    encode(prepared)
    return finish(stage.project, prepared.folder)


def left(stage) -> list[str]:
    """Names in the reels' folder."""
    folder = stage.project.reels
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.fixture
def two(stage) -> tuple[Asked, ...]:
    """Two painted shots: one picked by Ben, of the other there is a picked older take."""
    stage.paint_shot("dolly", range(1, 4), size=SIZE)
    stage.paint_shot("映画 1/2", range(10, 12), size=SIZE)
    stage.paint(stage.request("映画 1/2", range(10, 12), size=SIZE, seed=8))
    picks.pick(stage.project, "dolly", 1, "Ben")
    picks.pick(stage.project, "映画 1/2", 1, "Ben")
    return Asked("dolly"), Asked("映画 1/2")


def test_prepared_frames_are_what_is_to_be_encoded(stage, two) -> None:
    told: list[tuple[float, float, str]] = []
    prepared = prepare(
        stage.project, two, title="Corner", dressing=PLAIN, told=lambda *words: told.append(words)
    )
    assert prepared.folder.parent == stage.project.reels and prepared.folder.name == ".part-001"
    assert (prepared.count, prepared.fps, prepared.fps_base) == (5, 24, 1.0)
    assert (prepared.width, prepared.height) == reel_size(*SIZE)
    frames = sorted((prepared.folder / "frames").iterdir())
    assert [path.name for path in frames] == [f"frame_{n:04d}.png" for n in range(1, 6)]
    painted = Takes(stage.project).folder(Takes(stage.project).load("映画 1/2", 1))
    with Image.open(frames[3]) as burned, Image.open(painted / "frame_0010.png") as original:
        assert burned.size == reel_size(*SIZE)
        assert burned.crop((0, 0, *SIZE)) == original.convert("RGB")
    drawn = [words for words in told if words[1] == 5]
    assert [words[:2] for words in drawn] == [(n, 5) for n in range(6)]
    assert "映画 1/2" in drawn[3][2]


def test_a_finished_reel_holds_its_four_files(stage, two) -> None:
    folder = make(stage, *two, people=("Ana Reyes, direction", "Ben Cruz", " "))
    assert folder == stage.project.reel(1) and left(stage) == [".numbers", "001"]
    files = {path.name for path in folder.iterdir()} - {"reel.edl", "reel.fcpxml", LOSSES}
    made = {"contact_sheet.png", "credits.json", "reel.json", "reel.mp4", "reel.otio"}
    assert files == made
    with av.open(str(folder / "reel.mp4")) as video:
        assert sum(1 for _ in video.decode(video=0)) == 5
    timeline = otio.adapters.read_from_file(str(folder / "reel.otio"))
    assert [clip.name for clip in timeline.find_clips()] == ["dolly", "映画 1/2"]
    assert timeline.duration() == otio.opentime.RationalTime(5, 24)
    with Image.open(folder / "contact_sheet.png") as sheet:
        assert sheet.width > 3 * SIZE[0] and sheet.height > 2 * SIZE[1]


def test_its_credits_name_people_engine_inputs_and_outputs(stage, two, tmp_path: Path) -> None:
    scene = tmp_path / "corner.blend"
    scene.write_bytes(b"BLENDER")
    folder = make(stage, *two, people=("Ana Reyes, direction", "Ben Cruz"), scene=scene)
    credits = read_document(Credits, folder / "credits.json")
    assert credits.people == (Person("Ana Reyes", "direction"), Person("Ben Cruz"))
    assert credits.title == "Corner" and credits.digital_source_type == DIGITAL_SOURCE_TYPE
    made = {"reel.mp4", "reel.otio", "contact_sheet.png", "reel.json"}
    assert made <= {file.file for file in credits.outputs}
    first, second = credits.shots
    assert (first.shot, first.take, first.seed, first.look.words) == (
        *("dolly", 1, 7),
        "a street at dusk",
    )
    assert first.pick.by == "Ben" and first.painted_by == "Ana Reyes"
    assert (first.engine.name, first.engine.licence) == ("built-in", "CC0-1.0")
    assert (second.start, second.end, len(second.frames)) == (10, 11, 2)
    files = [*credits.outputs, credits.scene, *first.frames, *second.frames]
    files += [*first.inputs, *second.inputs]
    assert len(files) == len(credits.outputs) + 1 + 5 + 5
    for file in files:
        assert sha256_of(folder / file.file) == file.sha256, file.file
    assert [cached.passes for cached in first.inputs] == [f"passes of {n}" for n in (1, 2, 3)]
    assert any("picked the takes" in sentence for sentence in credits.made)
    assert any("built-in (CC0-1.0) painted the frames" in text for text in credits.made)


def test_passes_rendered_anew_are_no_input(stage, two) -> None:
    passes = stage.project.pass_set("dolly")
    passes.write_text(passes.read_text().replace("passes of 2", "other passes"))
    credits = read_document(Credits, make(stage, *two) / "credits.json")
    assert [cached.file is None for cached in credits.shots[0].inputs] == [False, True, False]


def test_a_frame_that_a_person_changed_is_credited_to_people(stage, two) -> None:
    frame = stage.project.take("shots", "dolly", 1) / "frame_0002.png"
    frame.write_bytes(stage.png(*SIZE, (1, 2, 3)))
    folder = make(stage, *two)
    credits = read_document(Credits, folder / "credits.json")
    assert [file.changed for file in credits.shots[0].frames] == [False, True, False]
    assert credits.made[-1] == "Changed by hand after painting: 1 frame."
    assert sha256_of(frame) == credits.shots[0].frames[1].sha256


def test_reels_are_numbered_once(stage, two) -> None:
    make(stage, *two)
    assert make(stage, *two, people=("Ana",)) == stage.project.reel(2)
    shutil.rmtree(stage.project.reel(2))
    assert make(stage, *two, people=("Ana",)) == stage.project.reel(3)


def test_two_reels_at_once_do_not_mix(stage, two) -> None:
    one = prepare(stage.project, two, title="one", dressing=PLAIN)
    other = prepare(stage.project, two[:1], title="other", dressing=PLAIN)
    assert one.folder != other.folder
    encode(other)
    encode(one)
    assert finish(stage.project, other.folder) == stage.project.reel(1)
    assert finish(stage.project, one.folder) == stage.project.reel(2)
    assert read_document(Credits, stage.project.reel(1) / "credits.json").title == "other"


def test_shots_of_another_size_are_fitted_into_the_first(stage, two) -> None:
    stage.paint_shot("tall", (1, 2), size=(30, 60))
    prepared = prepare(
        stage.project, (*two, Asked("tall")), title="Corner", dressing=PLAIN, latest=True
    )
    sizes = set()
    for path in (prepared.folder / "frames").iterdir():
        with Image.open(path) as frame:
            sizes.add(frame.size)
    assert sizes == {reel_size(*SIZE)}
    with Image.open(prepared.folder / "frames" / "frame_0006.png") as frame:
        row = np.asarray(frame)[SIZE[1] // 2, :, 2] > 100
    assert np.flatnonzero(row)[[0, -1]].tolist() == [20, 43]


@pytest.mark.parametrize("at", [0, 3, 5])
def test_a_cancelled_reel_leaves_nothing(stage, two, at: int) -> None:
    def stop(done: float, total: float, text: str) -> None:
        if done == at:
            raise Cancelled("Cancelled.")

    with pytest.raises(Cancelled):
        prepare(stage.project, two, title="Corner", dressing=PLAIN, told=stop)
    assert left(stage) == []


def fails(stage, *shots: Asked, latest: bool = False) -> str:
    """The sentence that a reel of these shots ends with."""
    with pytest.raises(InputError) as caught:
        prepare(stage.project, shots, title="Corner", dressing=PLAIN, latest=latest)
    assert left(stage) == [] and "\n" not in str(caught.value)
    return str(caught.value)


def test_unpicked_shots_are_named(stage) -> None:
    for name in ("dolly", "crane", "close"):
        stage.paint_shot(name)
    picks.pick(stage.project, "crane", 1, "Ben")
    shots = Asked("dolly"), Asked("crane"), Asked("close")
    assert fails(stage, *shots) == (
        "No take is picked of: dolly, close. Pick one each, or say --latest for the newest."
    )
    assert make(stage, *shots, latest=True).is_dir()
    credits = read_document(Credits, stage.project.reel(1) / "credits.json")
    assert [shot.pick and shot.pick.by for shot in credits.shots] == [None, "Ben", None]
    assert [shot.chosen for shot in credits.shots] == ["newest", "picked", "newest"]
    assert "Nobody picked a take of dolly and close: the reel shows the newest." in credits.made


def test_unpainted_shots_are_named(stage) -> None:
    stage.paint_shot("dolly")
    words = fails(stage, Asked("dolly"), Asked("crane"), Asked("close"), latest=True)
    assert (
        words
        == "Not painted yet: crane, close. Paint their frames first, or choose others (--shot)."
    )
    assert "no shots" in fails(stage)


def test_the_picked_take_comes_before_the_newest(stage, two) -> None:
    make(stage, *two, latest=True)
    make(stage, two[0], Asked("映画 1/2", 2))
    takes = []
    for number in (1, 2):
        credits = read_document(Credits, stage.project.reel(number) / "credits.json")
        takes.append((credits.shots[1].take, credits.shots[1].chosen))
        assert credits.shots[1].pick.take == 1
    assert takes == [(1, "picked"), (2, "named")]
    assert credits.made[-2:] == (
        "The command that made the reel chose take 002 of 映画 1/2.",
        "People had picked take 001 of 映画 1/2 instead.",
    )


def test_a_named_take_that_is_the_pick_is_picked(stage, two) -> None:
    credits = read_document(Credits, make(stage, Asked("dolly", 1)) / "credits.json")
    assert credits.shots[0].chosen == "picked"
    assert "picked the takes" in credits.made[0]


def test_a_deleted_pick_is_told(stage, two) -> None:
    shutil.rmtree(stage.project.take("shots", "映画 1/2", 1))
    words = fails(stage, *two, latest=True)
    assert "picked take cannot be shown" in words and "has no take 1; it has 2" in words
    assert "has no take 9" in fails(stage, Asked("dolly", 9))


def test_missing_frames_are_told(stage, two) -> None:
    (stage.project.take("shots", "dolly", 1) / "frame_0002.png").unlink()
    words = fails(stage, *two)
    assert "Take 1 of dolly lacks its frames 2 in" in words


def test_frames_with_gaps_are_told(stage) -> None:
    stage.paint_shot("dolly", (1, 3, 4))
    words = fails(stage, Asked("dolly"), latest=True)
    assert "gaps between them (1, 3, 4)" in words


def test_broken_frames_are_told(stage, two) -> None:
    frame = stage.project.take("shots", "dolly", 1) / "frame_0002.png"
    frame.write_bytes(frame.read_bytes()[:60])
    with pytest.raises(InputError, match=r"frame_0002\.png is no picture or was cut off"):
        prepare(stage.project, two, title="Corner", dressing=PLAIN)
    assert left(stage) == []


def test_other_rates_are_told(stage, two) -> None:
    stage.paint_shot("ntsc", size=SIZE, fps_base=1.001)
    words = fails(stage, *two, Asked("ntsc"), latest=True)
    assert "ntsc runs at 23.976 frames a second and dolly at 24" in words


@pytest.mark.parametrize("gone", ["passes.json", "*.exr"])
def test_missing_passes_are_told(stage, two, gone: str) -> None:
    for path in stage.project.passes("dolly").glob(gone):
        path.unlink()
    with pytest.raises(InputError, match="The passes of dolly are gone: render"):
        prepare(stage.project, two, title="Corner", dressing=PLAIN)
    assert left(stage) == []


def test_the_sheet_takes_the_nearest_frame_that_has_passes(stage, two) -> None:
    (stage.project.passes("dolly") / "frame_0002.exr").unlink()
    assert prepare(stage.project, two, title="Corner", dressing=PLAIN).count == 5


@pytest.mark.parametrize("credits", [False, True])
def test_the_sheet_tells_cards_apart_from_the_film(
    stage, two, monkeypatch: pytest.MonkeyPatch, credits: bool
) -> None:
    said: list[str] = []

    def draw(columns: Sequence[Column], title: str, subtitle: str, *rest: Any) -> Image.Image:
        said.append(subtitle)
        return contact_sheet(columns, title, subtitle, *rest)

    monkeypatch.setattr(overview, "contact_sheet", draw)
    prepare(stage.project, two, title="Corner", dressing=replace(PLAIN, credits=credits))
    assert said[-1].startswith("2 shots · 5 frames · 0.2 s at 24 fps")
    assert (" · cards " in said[-1]) == credits


def test_the_sheet_shows_no_blocking_that_was_not_painted(
    stage, two, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[Sequence[Column]] = []

    def draw(columns: Sequence[Column], *words: object) -> Image.Image:
        drawn.append(columns)
        return contact_sheet(columns, *words)  # type: ignore[arg-type]

    monkeypatch.setattr(overview, "contact_sheet", draw)
    passes = stage.project.pass_set("dolly")
    before = passes.read_text()
    passes.write_text(before.replace("passes of 2", "another").replace("passes of 3", "another"))
    prepare(stage.project, two, title="Corner", dressing=PLAIN)
    dolly, other = drawn[-1]
    assert dolly.painted.name == "frame_0001.png" and dolly.blocking is not None
    passes.write_text(before.replace("passes of", "another of"))
    prepare(stage.project, two, title="Corner", dressing=PLAIN)
    dolly, other = drawn[-1]
    assert dolly.painted.name == "frame_0002.png" and dolly.blocking is None
    assert other.blocking is not None


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-30])


@pytest.mark.parametrize(
    "harm",
    [Path.unlink, cut, lambda path: path.write_bytes(b""), lambda path: path.write_text("x")],
)
def test_a_video_that_is_not_whole_makes_no_reel(
    stage, two, harm: Callable[[Path], object]
) -> None:
    prepared = prepare(stage.project, two, title="Corner", dressing=PLAIN)
    video = encode(prepared)
    assert is_whole_mp4(video)
    harm(video)
    with pytest.raises(JobError, match=r"reel\.mp4 is missing or was cut off"):
        finish(stage.project, prepared.folder)
    assert not stage.project.reel(1).exists()
    encode(prepared)
    assert finish(stage.project, prepared.folder) == stage.project.reel(1)


def test_only_a_prepared_folder_can_be_finished(stage, two) -> None:
    done = make(stage, *two)
    for folder in (
        stage.project.reels / ".part-009",
        stage.project.take("shots", "dolly", 1),
        done,
    ):
        with pytest.raises(InputError, match="is no prepared reel"):
            finish(stage.project, folder)
    assert done.is_dir()


def test_abandoned_reels_are_cleared_away(stage, two) -> None:
    abandoned = prepare(stage.project, two, title="Corner", dressing=PLAIN).folder
    for path in [*abandoned.rglob("*"), abandoned]:
        os.utime(path, (0, 0))
    assert prepare(stage.project, two, title="Corner", dressing=PLAIN).folder == abandoned
    assert left(stage) == [".part-001"]


def test_takes_that_are_not_of_this_scene_are_told(stage) -> None:
    stage.paint_shot("dolly")
    path = stage.project.pass_set("dolly")
    passes = read_document(PassSet, path)
    write_document(path, replace(passes, blend="film_v01.blend"))
    scene = stage.project.root.parent / "film_v02.blend"
    note, *_ = prepare(
        stage.project, [Asked("dolly")], title="t", dressing=PLAIN, latest=True, scene=scene
    ).notes
    assert "painted from film_v01.blend, not from film_v02.blend" in note
    anew = tuple(replace(frame, hash="another") for frame in passes.frames)
    write_document(path, replace(passes, frames=anew, blend="film_v02.blend"))
    note, *_ = prepare(
        stage.project, [Asked("dolly")], title="t", dressing=PLAIN, latest=True, scene=scene
    ).notes
    assert "before the scene's passes were rendered anew" in note
