"""The command line by itself: what it writes where, which Python and which Blender it takes."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from underpaint import blender_process, cli, direct
from underpaint.blender_process import find_blender
from underpaint.console import Console
from underpaint.errors import EngineError, InputError
from underpaint.library import picks
from underpaint.library.takes import Takes

BEYOND_CP1252 = "映画 été"


def run(*words, **environment):
    """``underpaint`` in a process of its own; what comes out is bytes."""
    command = [sys.executable, "-m", "underpaint", *map(str, words)]
    return subprocess.run(
        command, capture_output=True, env={**os.environ, **environment}, timeout=60
    )


def test_json_is_utf_8_on_a_windows_code_page(stage):
    """A redirected standard output has the system's code page there."""
    stage.paint_shot(BEYOND_CP1252)
    folder = stage.project.takes("shots", BEYOND_CP1252) / "001"
    done = run("verify", folder, "--json", PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0, done.stderr.decode()
    events = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines()]
    assert events[-1]["event"] == "done"
    summary = {"event": "finding", "subject": str(folder), "ok": True, "text": "its credits hold"}
    assert events[-2] == summary
    assert any(BEYOND_CP1252 in event.get("subject", "") for event in events)


def test_people_read_what_a_code_page_can_write(stage):
    stage.paint_shot(BEYOND_CP1252)
    folder = stage.project.takes("shots", BEYOND_CP1252) / "001"
    done = run("verify", folder, PYTHONIOENCODING="cp1252", PYTHONUTF8="0")
    assert done.returncode == 0 and b"Traceback" not in done.stderr
    assert "take 001 of ?? été".encode("cp1252") in done.stdout


@pytest.mark.parametrize("words", [("frames",), ("takes",), ("pick", "dolly", "1")])
def test_a_file_is_no_folder_for_results(tmp_path, monkeypatch, capsys, words):
    """Seen at once: no Blender is started."""
    monkeypatch.setattr(cli, "run_in_blender", lambda *_: pytest.fail("started"))
    (tmp_path / "afile").write_text("mine")
    for out in (tmp_path / "afile", tmp_path / "afile" / "sub" / "more"):
        name, *rest = words
        assert cli.main([name, "x.blend", *rest, "--out", str(out)]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"{tmp_path / 'afile'}: a file stands where a folder is needed")


@pytest.mark.skipif(os.name == "nt", reason="names are letters there")
def test_a_path_that_is_no_letters_ends_in_a_sentence(tmp_path):
    done = run("verify", os.fsdecode(os.fsencode(tmp_path) + b"/\xff.png"), "--json")
    assert done.returncode == 2, done.stderr.decode()
    assert json.loads(done.stdout)["message"].endswith("\udcff.png does not exist.")


@pytest.mark.parametrize(
    ("words", "variable", "python"),
    [
        (["--python", "/a/python"], "/b/python", "/a/python"),
        ([], "/b/python", "/b/python"),
        ([], None, sys.executable),
    ],
)
def test_doctor_takes_the_python_that_the_other_commands_take(monkeypatch, words, variable, python):
    asked = []
    monkeypatch.delenv("UNDERPAINT_PYTHON", raising=False)
    if variable:
        monkeypatch.setenv("UNDERPAINT_PYTHON", variable)
    monkeypatch.setattr(direct, "examine", lambda path, *rest: asked.append(path) or ())
    cli.main(["doctor", "--engine", "stand-in", "--json", *words])
    assert asked == [Path(python)]


@pytest.fixture
def no_blender(monkeypatch, tmp_path):
    """No program of that name, and only those of these packages that a test puts back."""
    there = {}
    monkeypatch.delenv("UNDERPAINT_BLENDER", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delitem(sys.modules, "bpy", raising=False)
    monkeypatch.setattr(blender_process, "find_spec", there.get)
    return there


def found_by_doctor():
    return direct._look_for_blender()


def test_doctor_sees_the_blender_that_a_command_would_start(no_blender, tmp_path):
    with pytest.raises(EngineError, match=r'pip install "\.\[blender\]"'):
        find_blender()
    assert not found_by_doctor().ok and "There is no Blender" in found_by_doctor().text
    no_blender["bpy"] = find_spec("json")
    assert not found_by_doctor().ok, "bpy without the add-on can do nothing"
    no_blender["underpaint_addon"] = find_spec("json")
    assert found_by_doctor().ok and "bpy package" in found_by_doctor().text
    assert find_blender().words == (sys.executable, "-P", "-m", "underpaint_addon")


def test_a_blender_on_the_path_needs_the_add_on_too(no_blender, tmp_path):
    program = tmp_path / ("blender.exe" if os.name == "nt" else "blender")
    program.write_text("")
    program.chmod(0o755)
    with pytest.raises(EngineError, match="add-on is not installed"):
        find_blender()
    no_blender["underpaint_addon"] = find_spec("json")
    assert find_blender().words[0] == found_by_doctor().text == str(program)


def test_a_named_blender_that_is_no_program(no_blender, monkeypatch):
    with pytest.raises(InputError, match="--blender names"):
        find_blender(Path("nowhere"))
    monkeypatch.setenv("UNDERPAINT_BLENDER", "nowhere")
    with pytest.raises(InputError, match="UNDERPAINT_BLENDER must name"):
        find_blender()
    assert not found_by_doctor().ok


def test_pick_lists_those_that_have_takes_and_not_the_unfinished(stage):
    stage.paint_shot("dolly")
    long = "läng " * 40
    stage.paint_shot(long)
    with Takes(stage.project).begin(stage.request("crane")) as unfinished:
        unfinished.add(1, stage.png())
    out, err = io.StringIO(), io.StringIO()

    def pick(subject):
        command = cli.commands.parse(["pick", "x.blend", subject, "1"])
        return direct.pick(stage.project, command, "Ana", Console(out, err))

    with pytest.raises(
        InputError, match=r"No shot or object 'crane' has takes. These have: shots dolly, läng"
    ):
        pick("crane")
    assert pick("dolly") == 0 and pick(long) == 0


def test_pick_takes_an_objects_name_as_well(stage):
    stage.paint_shot("wall")
    for name in ("wall", "jar ñ"):
        with Takes(stage.project, "textures").begin(stage.texture_request(), name) as unfinished:
            unfinished.add_file("basecolor.png", stage.png(8, 8))
            unfinished.finish("Ana", 1.0)
    told = io.StringIO()

    def pick(*words):
        command = cli.commands.parse(["pick", "x.blend", *words])
        assert direct.pick(stage.project, command, "Ana", Console(io.StringIO(), told)) == 0
        return picks.load(stage.project)

    assert pick("jar ñ", "1").textures["jar ñ"].take == 1
    chosen = pick("wall", "1")
    assert "wall" in chosen.shots and "wall" not in chosen.textures, "a shot comes first"
    assert "for its texture --texture" in told.getvalue()
    assert "wall" in pick("wall", "1", "--texture").textures
    with pytest.raises(InputError, match=r"'crane' has takes\. These have: objects jar ñ"):
        pick("crane", "1", "--texture")
    with pytest.raises(InputError, match="has no take 4; it has 1"):
        pick("jar ñ", "4")


def test_picking_a_texture_of_another_layout_is_warned_of(stage):
    for layout in ("a", "b", "b"):
        request = dataclasses.replace(stage.texture_request(), layout=layout, seed=len(layout))
        with Takes(stage.project, "textures").begin(request, "jar") as unfinished:
            unfinished.add_file("basecolor.png", stage.png(8, 8))
            unfinished.finish("Ana", 1.0)

    def told_of(number):
        told = io.StringIO()
        command = cli.commands.parse(["pick", "x.blend", "jar", str(number)])
        assert direct.pick(stage.project, command, "Ana", Console(io.StringIO(), told)) == 0
        return told.getvalue()

    assert "Take 1 of jar was painted for another UV map than take 3" in told_of(1)
    assert "another UV map" not in told_of(2) + told_of(3)
