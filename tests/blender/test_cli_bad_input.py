"""Whatever is wrong ends in one clear sentence and its exit code, with nothing written."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
STAND_IN = ("--engine", "stand-in", "--words", "stone")


@pytest.fixture(scope="module")
def scenes(tmp_path_factory):
    """Variant → a scene that is spoilt in that way, made when first asked for."""
    folder = tmp_path_factory.mktemp("scenes")

    def scene(variant):
        path = folder / f"{variant}.blend"
        if not path.exists():
            maker = [sys.executable, HERE / "small_scene.py", path, variant]
            subprocess.run(maker, check=True, capture_output=True)
        return path

    return scene


def refused(*words, code=2, said="", environment=None, alone=False):
    """Run it, and see that it ends with that code and one sentence; ``alone``: nothing before."""
    command = [sys.executable, "-m", "underpaint", *map(str, words), "--json"]
    done = subprocess.run(
        command,
        capture_output=True,
        text=True,
        encoding="utf-8",
        env={**os.environ, **(environment or {})},
        timeout=120,
    )
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    assert not alone or len(done.stdout.splitlines()) == 1, done.stdout
    last = json.loads(done.stdout.splitlines()[-1])
    assert last["event"] == "failed" and last["exit"] == code
    assert said in last["message"], last["message"]
    assert last["message"].endswith(".") and "\n" not in last["message"]
    return last["message"]


@pytest.mark.parametrize(
    ("variant", "command", "said"),
    [
        ("no camera", "passes", "camera"),
        ("no objects", "textures", "mesh"),
        ("missing library", "passes", "set library.blend"),
    ],
)
def test_scenes_that_cannot_be_worked_on(scenes, tmp_path, variant, command, said):
    words = STAND_IN if command == "textures" else ()
    refused(command, scenes(variant), "--out", tmp_path / "out", *words, said=said)
    assert not list(tmp_path.glob("out/*/*"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("passes", "--shot", "closeup"), "första, wide shot"),
        (("passes", "--frames", "50-60"), "wide shot 4-6"),
        (("textures", "--objects", "Cube,Door", *STAND_IN), "Plane"),
        (("textures", "--objects", "cam wide shot", *STAND_IN), "no mesh"),
        (("frames", "--look", "no such look", *STAND_IN[:2]), "There are:"),
        (("frames", "--look", "missing.json", *STAND_IN[:2]), "missing.json"),
        (("reel",), "wide shot"),
    ],
)
def test_names_that_are_not_there_list_what_is(scenes, tmp_path, words, said):
    command, *rest = words
    refused(command, scenes("whole"), "--out", tmp_path / "out", *rest, said=said)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (None, "does not exist"),
        (b"", "no .blend file"),
        (b"%PDF-1.7 nothing of ours", "no .blend file"),
        (b"BLENDER-v500" + b"\0" * 400, "cannot be opened"),
        (b"\x28\xb5\x2f\xfd" + b"\xff" * 400, "cannot be opened"),
    ],
)
def test_files_that_are_no_scenes(tmp_path, content, said):
    path = tmp_path / "ruína 1.blend"
    if content is not None:
        path.write_bytes(content)
    refused("passes", path, said=said)
    assert not (tmp_path / "underpaint").exists()


def test_a_scene_that_was_cut_short(scenes, tmp_path):
    path = tmp_path / "cut.blend"
    path.write_bytes(scenes("whole").read_bytes()[:-2000])
    said = refused("passes", path, said="it is damaged or cut off")
    assert said.count("cut.blend") == 1 and "DNA" not in said


def test_a_folder_is_no_scene(tmp_path):
    refused("passes", tmp_path, said="folder")


def test_results_cannot_go_into_a_file(scenes, tmp_path):
    (tmp_path / "out").write_text("mine")
    for out in (tmp_path / "out", tmp_path / "out" / "sub"):
        words = ("frames", scenes("whole"), "--out", out, *STAND_IN)
        said = refused(*words, said="a file stands where a folder is needed", alone=True)
        assert said.startswith(f"{tmp_path / 'out'}: ")
    beside = tmp_path / "beside" / "film.blend"
    beside.parent.mkdir()
    beside.write_bytes(scenes("whole").read_bytes())
    beside.with_name("underpaint").write_text("mine")
    refused("passes", beside, said="a file stands where a folder is needed", alone=True)
    assert (tmp_path / "out").read_text() == "mine"


def test_save_into_a_folder_that_is_not_there(scenes, tmp_path):
    target = tmp_path / "nowhere" / "s.blend"
    words = ("--frames", "1", "--out", tmp_path / "out", "--save", target)
    said = refused("passes", scenes("whole"), *words, said="s.blend")
    assert "there is no folder" in said and ".underpaint-" not in said
    assert not (tmp_path / "out").exists(), "nothing is rendered for a result that cannot be kept"


def test_engines_that_are_not_there(scenes, tmp_path):
    words = ("--words", "stone", "--out", tmp_path / "out", "--frames", "1")
    engine = tmp_path / "engine"
    refused("frames", scenes("whole"), *words, "--engine", engine, code=3, said=str(engine))
    engine.mkdir()
    refused("frames", scenes("whole"), *words, "--engine", engine, code=3, said="engine")


def test_the_engines_python_is_not_there(scenes, tmp_path):
    python = tmp_path / "bin" / "python"
    words = ("--out", tmp_path / "out", "--frames", "1", "--python", python)
    refused("frames", scenes("whole"), *STAND_IN, *words, code=3, said=str(python))


def test_the_named_blender_is_no_program(scenes, tmp_path):
    words = ("passes", scenes("whole"), "--blender", tmp_path / "blender")
    refused(*words, said="no program")


def test_a_program_that_is_not_blender(scenes):
    words = ("passes", scenes("whole"), "--blender", "/bin/echo")
    refused(*words, code=3, said="is it a Blender?")


def test_no_blender_at_all(scenes, tmp_path):
    """A Python without the bpy package, and an empty search path."""
    (tmp_path / "site").mkdir()
    source = Path(__file__).resolve().parents[2] / "src"
    command = [sys.executable, "-S", "-m", "underpaint", "passes", scenes("whole"), "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, env={"PYTHONPATH": str(source), "PATH": ""}
    )
    assert done.returncode == 3, done.stderr
    assert "There is no Blender here" in json.loads(done.stdout)["message"]
