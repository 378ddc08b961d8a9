"""A shot in every mode and cadence, as a person asks for it; the stand-in paints."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

from underpaint.library.hashes import sha256_of

HERE = Path(__file__).parent
SHOT = "första"
FRAMES = 14
STAND_IN = ("--engine", "stand-in", "--words", "stone and moss")


@pytest.fixture(scope="module")
def film(tmp_path_factory):
    """The scene, and a project beside it that has its passes."""
    path = tmp_path_factory.mktemp("film") / "rolling.blend"
    maker = [sys.executable, HERE / "small_scene.py", path, "moving"]
    subprocess.run(maker, check=True, capture_output=True)
    os.environ["UNDERPAINT_CACHE"] = str(path.with_name("cache"))
    assert call("passes", path)[-1]["event"] == "done"
    return path


@pytest.fixture
def project(film, tmp_path):
    """A project of the test's own."""
    shutil.copytree(film.with_name("underpaint"), tmp_path / "underpaint")
    return tmp_path / "underpaint"


@pytest.fixture(scope="module")
def textured(film):
    """The project of ``run`` in the mode anchored, and what was told meanwhile."""
    out = film.with_name("textured")
    sizes = ("--size", "64", "--frames", "1-3", "--views", "shots", "--on", "twos")
    events = call("run", film, *STAND_IN, "--mode", "anchored", *sizes, "--out", out)
    assert events[-1]["event"] == "done", events[-1]
    return out, events


def call(*words):
    """The events of a command."""
    command = [sys.executable, "-m", "underpaint", *map(str, words), "--json"]
    done = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=300)
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return [json.loads(line) for line in done.stdout.splitlines()]


def paint(film, out, *words):
    """The request of the take that ``frames`` makes, and the SHA-256 of its pictures in order."""
    events = call("frames", film, *STAND_IN, "--out", out, *words)
    assert events[-1]["event"] == "done", events[-1]
    (made,) = [event for event in events if event["event"] == "take"]
    folder = out / made["folder"]
    take = json.loads((folder / "take.json").read_text())
    pictures = [sha256_of(folder / file["file"]) for file in take["files"]]
    return take["frame_request"], pictures


def drawings(pictures):
    """For how many frames each drawing stays."""
    lengths = [1]
    for before, after in pairwise(pictures):
        lengths = [*lengths[:-1], lengths[-1] + 1] if before == after else [*lengths, 1]
    return lengths


@pytest.mark.parametrize(
    ("words", "mode", "cadence", "lengths", "told"),
    [
        ((), "steady", "ones", [1] * 14, ""),
        (("--on", "threes"), "steady", "threes", [3, 3, 3, 3, 2], "on threes"),
        (("--on", "keys"), "steady", "keys", [10, 3, 1], "keys only"),
        (("--mode", "each", "--on", "twos"), "each", "twos", [2] * 7, "each, on twos"),
    ],
)
def test_modes_and_cadences(film, project, words, mode, cadence, lengths, told):
    request, pictures = paint(film, project, *words)
    assert (request["mode"], request["cadence"]) == (mode, cadence)
    assert len(pictures) == FRAMES and drawings(pictures) == lengths
    (listed,) = [event for event in call("takes", film, "--out", project) if "manner" in event]
    assert listed["manner"] == told


def test_an_anchored_run_paints_textures_first(textured):
    out, events = textured
    stages = [event["stage"] for event in events if event["event"] == "progress"]
    assert list(dict.fromkeys(stages)) == ["engine", "passes", "textures", "frames", "reel"]
    take = json.loads((out / "takes" / SHOT / "001" / "take.json").read_text())
    request = take["frame_request"]
    manner = (request["mode"], request["cadence"])
    assert manner == ("anchored", "twos")
    (credited,) = json.loads((out / "reel" / "001" / "credits.json").read_text())["shots"]
    assert (credited["mode"], credited["cadence"]) == manner
    assert credited["textures"] == request["standing"] != []


def test_anchored_frames_start_from_textures_on_disk(film, textured):
    out, _ = textured
    request, pictures = paint(film, out, "--mode", "anchored", "--frames", "1-2")
    assert request["mode"] == "anchored" and drawings(pictures) == [1, 1]
    assert request["standing"] and request["repaint"] == pytest.approx(0.35)
    _, free = paint(film, out, "--mode", "steady", "--frames", "1-2")
    assert pictures[0] != free[0], "what is painted shows"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--mode", "anchored"), "paint textures first, or choose the mode steady"),
        (("--mode", "each", "--on", "keys"), "has no key frames to show alone"),
        (("--seed-per", "frame"), "changes nothing in the mode steady: leave it out"),
        (("--batch", "2"), "or add --mode each"),
        (("--repaint", "0.5"), "or add --mode anchored"),
    ],
)
def test_what_does_not_go_together_is_said_before_anything_is_rendered(film, tmp_path, words, said):
    failed = call("frames", film, *STAND_IN, "--out", tmp_path / "new", *words)[-1]
    assert (failed["event"], failed["exit"]) == ("failed", 2) and said in failed["message"]
    assert not (tmp_path / "new" / "passes").exists()


def test_passes_of_an_older_version_heal_themselves(film, project):
    """They say nothing of poses, which steady needs: nothing is rendered anew for that."""
    folder = project / "passes" / SHOT
    record = json.loads((folder / "passes.json").read_text())
    for frame in record["frames"]:
        (folder / frame.pop("poses")).unlink()
    (folder / "passes.json").write_text(json.dumps(record))
    rendered = {path: path.stat().st_mtime_ns for path in folder.glob("*.exr")}
    request, pictures = paint(film, project, "--frames", "1-4")
    assert request["mode"] == "steady" and len(set(pictures)) == 4
    assert rendered == {path: path.stat().st_mtime_ns for path in folder.glob("*.exr")}


def moved(film, folder, change):
    """The film with its camera ``c`` changed."""
    path = folder / "moved.blend"
    script = (
        "import bpy, sys; bpy.ops.wm.open_mainfile(filepath=sys.argv[1]);"
        f"c = bpy.context.scene.timeline_markers[0].camera; {change};"
        "bpy.ops.wm.save_as_mainfile(filepath=sys.argv[2])"
    )
    words = [sys.executable, "-c", script, str(film), str(path)]
    subprocess.run(words, check=True, capture_output=True)
    return path


def test_a_changed_camera_makes_another_take(film, project, tmp_path):
    _, before = paint(film, project)
    _, after = paint(moved(film, tmp_path, "c.location.x += 0.2"), project)
    assert len(after) == FRAMES and not set(before) & set(after)
    kept = sorted((project / "takes" / SHOT / "001").glob("*.png"))
    assert [sha256_of(path) for path in kept] == before


def test_what_a_camera_that_moves_late_does_not_change_stays(film, project, tmp_path):
    change = (
        "c.keyframe_insert('location', frame=9); c.location.x += 0.2;"
        "c.keyframe_insert('location', frame=14)"
    )
    _, before = paint(film, project, "--on", "twos")
    request, after = paint(moved(film, tmp_path, change), project, "--on", "twos")
    assert [one["frame"] for one in request["kept"]] == list(range(1, 9))
    assert after[:8] == before[:8] and not set(before) & set(after[8:])
    assert drawings(after) == [2] * 7
