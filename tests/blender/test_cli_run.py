"""``underpaint`` as a person calls it: a real process, a real Blender, the stand-in engine."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHOTS = ("första", "wide shot")
STAND_IN = ("--engine", "stand-in", "--words", "stone and moss")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """Fingerprints are remembered in a folder of the test's own."""
    cache = tmp_path_factory.mktemp("cache")
    return {**os.environ, "UNDERPAINT_CACHE": str(cache), "COLUMNS": "100"}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    """A scene at a path that has spaces and letters of other scripts."""
    path = tmp_path_factory.mktemp("mi película ñ") / "escena 実写.blend"
    subprocess.run([sys.executable, HERE / "small_scene.py", path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def call(environment):
    """Call ``underpaint`` with words; what it printed and how it ended."""

    def call(*words):
        command = [sys.executable, "-m", "underpaint", *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env=environment, timeout=300
        )
        assert "Traceback" not in done.stdout + done.stderr, done.stderr
        return done

    return call


def told(done):
    """The events of a ``--json`` run: every line of standard output is one."""
    events = [json.loads(line) for line in done.stdout.splitlines()]
    assert events, done.stderr
    return events


@pytest.fixture(scope="module")
def whole_run(call, scene):
    """``run`` with everything saved, once for several tests."""
    saved = scene.with_name("painted ñ.blend")
    done = call("run", scene, *STAND_IN, "--size", 128, "--save", saved, "--by", "Ana", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    return told(done), scene.parent / "underpaint", saved


def test_run_makes_everything_that_it_names(whole_run):
    events, out, saved = whole_run
    done = events[-1]
    assert done["event"] == "done" and Path(done["out"]) == out
    for name in done["files"]:
        assert (out / name).is_file(), name
    assert (out / done["files"][-1]).resolve() == saved.resolve()
    reel = out / "reel" / "001"
    assert {"reel.mp4", "reel.otio", "contact_sheet.png", "credits.json"} <= {
        path.name for path in reel.iterdir()
    }
    for shot in SHOTS:
        assert len(list((out / "takes" / shot / "001").glob("frame_*.png"))) == 3
    assert list((out / "textures").glob("*/001/basecolor.png"))


def test_it_runs_in_the_films_own_folder_where_its_results_lie(whole_run, scene, environment):
    """That folder holds one named ``underpaint``, which Python would take for a package."""
    assert (scene.parent / "underpaint").is_dir()
    command = [sys.executable, "-P", "-m", "underpaint", "passes", scene.name, "--frames", "1-1"]
    done = subprocess.run(
        command, capture_output=True, text=True, env=environment, cwd=scene.parent, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_textures_look_from_all_around_unless_the_shots_are_asked_for(call, whole_run, scene):
    """Every side is seen; asked for the shots' views alone, another take is painted from those."""
    _, out, _ = whole_run
    added = {path.name for path in (out / "passes").glob("around *")}
    assert added
    done = call("textures", scene, *STAND_IN, "--size", 128, "--views", "shots", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    takes = [
        [
            json.loads((folder / "take.json").read_text())["texture_request"]
            for folder in sorted(numbers)
        ]
        for numbers in (list(item.glob("0*")) for item in (out / "textures").iterdir())
        if len(numbers) == 2
    ]
    assert takes
    for first, second in takes:
        views = [{view["shot"] for view in request["views"]} for request in (first, second)]
        assert added <= views[0] and not added & views[1]


def test_progress_rises_to_the_end_of_every_stage(whole_run):
    events, _, _ = whole_run
    moved = [event for event in events if event["event"] == "progress"]
    fractions = [event["fraction"] for event in moved]
    assert fractions == sorted(fractions) and 0.9 < fractions[-1] <= 1.0
    stages = list(dict.fromkeys(event["stage"] for event in moved))
    assert stages == ["engine", "passes", "frames", "textures", "reel"]


def test_saved_scene_holds_the_results_and_finds_its_pictures(whole_run):
    _, _, saved = whole_run
    script = (
        "import bpy, json, os, sys\n"
        "bpy.ops.wm.open_mainfile(filepath=sys.argv[-1])\n"
        "scene = bpy.context.scene\n"
        "strips = getattr(scene.sequence_editor, 'strips', None)\n"
        "painted = [o.name for o in scene.objects if 'underpaint_slots' in o]\n"
        "lost = [i.filepath for i in bpy.data.images if i.source == 'FILE'\n"
        "        and not os.path.isfile(bpy.path.abspath(i.filepath))]\n"
        "backgrounds = [o.name for o in scene.objects\n"
        "               if o.type == 'CAMERA' and len(o.data.background_images)]\n"
        "print('@' + json.dumps([len(strips), painted, lost, backgrounds,\n"
        "      list(scene.render.resolution_x.__index__() for _ in 'x')]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script, str(saved)], capture_output=True, text=True, check=True
    )
    line = next(line for line in done.stdout.splitlines() if line.startswith("@"))
    strips, painted, lost, backgrounds, width = json.loads(line[1:])
    assert strips == 2 and len(backgrounds) == 2
    assert {"Cube", "Sphere", "Plane"} <= set(painted)
    assert lost == [] and width == [96]


def test_the_input_is_not_touched(call, scene, tmp_path):
    before = scene.read_bytes()
    done = call("passes", scene, "--out", tmp_path, "--frames", "1")
    assert done.returncode == 0 and scene.read_bytes() == before


def test_again_paints_nothing_again(call, whole_run, scene):
    done = call("frames", scene, *STAND_IN, "--json")
    takes = [event for event in told(done) if event["event"] == "take"]
    assert done.returncode == 0 and len(takes) == 2
    assert all(take["reused"] and take["number"] == 1 for take in takes)


def test_retime_lists_the_cut_that_it_read(call, whole_run, scene):
    """As ``cut`` does."""
    _, out, _ = whole_run
    timeline = out / "reel" / "001" / "reel.otio"
    done = call("retime", scene, timeline, "--cut", "read", "--json")
    assert done.returncode == 0, done.stdout + done.stderr
    listed = [event for event in told(done) if event["event"] == "entry"]
    assert [event["shot"] for event in listed] == list(SHOTS)
    assert listed == [e for e in told(call("cut", scene, "--cut", "read", "--json")) if "shot" in e]


def test_pick_and_verify_and_their_refusals(call, whole_run, scene):
    _, out, _ = whole_run
    assert call("pick", scene, SHOTS[0], 1, "--by", "Ana").returncode == 0
    assert json.loads((out / "picks.json").read_text())["shots"][SHOTS[0]]["by"] == "Ana"
    refused = call("pick", scene, SHOTS[0], 9)
    assert refused.returncode == 2 and "has no take 9" in refused.stderr
    unknown = call("pick", scene, "nobody", 1)
    assert unknown.returncode == 2 and SHOTS[1] in unknown.stderr
    verified = call("verify", out / "reel" / "001" / "reel.mp4")
    assert verified.returncode == 0, verified.stdout + verified.stderr
    assert "SHA-256 holds" in verified.stdout


def test_verify_notices_a_changed_picture(call, scene, tmp_path):
    call("frames", scene, *STAND_IN, "--out", tmp_path, "--frames", "1-2")
    picture = tmp_path / "takes" / SHOTS[0] / "001" / "frame_0001.png"
    picture.write_bytes(picture.read_bytes() + b"\0")
    done = call("verify", picture)
    assert done.returncode == 2 and "NOT OK" in done.stdout


def test_one_shot_some_frames_another_size(call, scene, tmp_path):
    done = call(
        "frames", scene, *STAND_IN, "--shot", SHOTS[1], "--frames", "5-9", "--size", "40x24",
        "--takes", 2, "--seed", 5, "--out", tmp_path / "elsewhere ü", "--json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    takes = [event for event in told(done) if event["event"] == "take"]
    assert [(take["subject"], take["number"]) for take in takes] == [(SHOTS[1], 1), (SHOTS[1], 2)]
    folder = tmp_path / "elsewhere ü" / "takes" / SHOTS[1] / "002"
    record = json.loads((folder / "take.json").read_text())["frame_request"]
    assert (record["width"], record["height"], record["seed"]) == (40, 24, 6)
    assert sorted(path.name for path in folder.glob("*.png")) == [
        "frame_0005.png",
        "frame_0006.png",
    ]


def test_people_see_words_and_paths(call, whole_run, scene):
    done = call("reel", scene, "--latest")
    assert done.returncode == 0
    assert any(line.endswith("reel.mp4") for line in done.stdout.splitlines())
    assert "Results go to" in done.stderr and "{" not in done.stdout


def test_doctor_tells_what_is_here(call):
    done = call("doctor", "--engine", "stand-in", "--json")
    findings = [event for event in told(done) if event["event"] == "finding"]
    assert done.returncode == 0 and {"Blender"} <= {finding["subject"] for finding in findings}


def test_the_scene_may_be_saved_in_a_results_folder_that_is_not_there_yet(call, scene, tmp_path):
    out = tmp_path / "new"
    done = call("passes", scene, "--frames", "1", "--out", out, "--save", out / "s.blend")
    assert done.returncode == 0, done.stderr
    assert (out / "s.blend").is_file()


def test_python_of_a_file_stays_off_and_a_note_says_so(call, tmp_path):
    path = tmp_path / "rig.blend"
    maker = [sys.executable, HERE / "small_scene.py", path, "python driver"]
    subprocess.run(maker, check=True, capture_output=True)
    done = call("passes", path, "--frames", "1", "--out", tmp_path / "out", "--json")
    notes = [event["text"] for event in told(done) if event["event"] == "note"]
    assert done.returncode == 0 and any("--enable-autoexec" in note for note in notes)


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_cancels_and_the_same_command_goes_on(how, scene, environment, tmp_path):
    words = ["frames", scene, *STAND_IN, "--takes", "40", "--out", tmp_path, "--json"]
    command = [sys.executable, "-m", "underpaint", *map(str, words)]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, encoding="utf-8", env=environment
    ) as process:
        events = []
        for line in process.stdout:
            events.append(json.loads(line))
            if events[-1]["event"] == "take":
                process.send_signal(how)
                break
        asked = time.monotonic()
        events += [json.loads(line) for line in process.stdout]
        assert process.wait() == 130
    assert time.monotonic() - asked < 20
    assert events[-1] == {**events[-1], "event": "failed", "kind": "Cancelled", "exit": 130}
    kept = sorted((tmp_path / "takes" / SHOTS[0]).glob("0*"))
    assert kept and all((folder / "take.json").is_file() for folder in kept)
    assert len(kept) < 40, "it was cancelled before the end"
    first = kept[0].stat().st_mtime_ns
    again = subprocess.run(
        [*command[:3], "frames", str(scene), *STAND_IN, "--takes", "1", "--out", str(tmp_path)],
        capture_output=True,
        env=environment,
    )
    assert again.returncode == 0 and kept[0].stat().st_mtime_ns == first
