"""Several Blenders render one shot's passes into one folder, and what changes is rendered anew."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import bpy
import pytest
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.atomic import read_document
from underpaint.library.claims import Claims
from underpaint.library.hashes import sha256_of
from underpaint.model.shot import PassSet

from .rendering import key, linear

RENDERS = """
import sys
from pathlib import Path
import bpy
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots
bpy.ops.wm.open_mainfile(filepath=sys.argv[1])
scene = bpy.context.scene
print("ready", flush=True)
sys.stdin.readline()
for step in render_passes(scene, list_shots(scene)[0], Path(sys.argv[2]), beauty=len(sys.argv) > 3):
    if not step.waiting_for:
        print("rendered" if step.rendered else "stands", flush=True)
"""


@pytest.fixture
def scene():
    """A cube before a camera, twelve small frames."""
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 12
    scene.render.resolution_x, scene.render.resolution_y = 48, 32
    scene.render.engine = "CYCLES"
    scene.cycles.samples = scene.cycles.preview_samples = 1
    return scene


@pytest.fixture
def start(scene, tmp_path):
    """Start Blenders that have the scene open and wait for the word."""
    blend = tmp_path / "film.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(blend))
    started = []

    def start(count: int, folder: Path, *more: str) -> list[subprocess.Popen]:
        words = [sys.executable, "-c", RENDERS, str(blend), str(folder), *more]
        pipe = subprocess.PIPE
        new = [subprocess.Popen(words, stdin=pipe, stdout=pipe, text=True) for _ in range(count)]
        started.extend(new)
        for process in new:
            while process.stdout.readline() != "ready\n":
                assert process.poll() is None
        return new

    yield start
    for process in started:
        process.kill()
        process.wait()


def go(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.stdin.write("go\n")
        process.stdin.flush()


def told(process: subprocess.Popen) -> list[str]:
    out, _ = process.communicate(timeout=60)
    return [line for line in out.splitlines() if line in ("rendered", "stands")]


def files(folder: Path) -> dict[str, str]:
    """SHA-256 by name, as passes.json has them; each holds."""
    document = read_document(PassSet, folder / "passes.json")
    for record in document.frames:
        assert sha256_of(folder / record.file) == record.sha256
    return {record.file: record.hash for record in document.frames}


def test_three_share_the_frames_and_render_none_twice(start, tmp_path) -> None:
    processes = start(3, tmp_path / "passes")
    go(processes)
    words = [told(process) for process in processes]
    assert [len(said) for said in words] == [12] * 3
    assert sum(said.count("rendered") for said in words) == 12
    assert sum("rendered" in said for said in words) > 1, "they shared"
    assert len(files(tmp_path / "passes")) == 12
    hidden = [p.name for p in (tmp_path / "passes").iterdir() if p.name.startswith(".")]
    assert hidden == []


def test_beauty_and_passes_of_several_are_merged(start, scene, tmp_path) -> None:
    processes = start(2, tmp_path / "passes", "beauty")
    go(processes)
    words = [told(process) for process in processes]
    assert sum(said.count("rendered") for said in words) == 24
    document = read_document(PassSet, tmp_path / "passes" / "passes.json")
    assert all(record.beauty_hash for record in document.frames)
    assert len(list((tmp_path / "passes").glob("beauty_*.exr"))) == 12


def test_what_the_killed_had_begun_is_taken_over(start, scene, tmp_path) -> None:
    one, other = start(2, tmp_path / "passes")
    go([one])
    while one.stdout.readline() != "rendered\n":
        pass
    os.kill(one.pid, signal.SIGKILL)
    go([other])
    assert len(told(other)) == 12
    assert other.returncode == 0
    whole = files(tmp_path / "passes")
    list(render_passes(scene, list_shots(scene)[0], tmp_path / "alone"))
    assert whole == files(tmp_path / "alone")


def test_whoever_waits_is_told_for_whom_and_holds_nothing(scene, tmp_path) -> None:
    other = Claims(tmp_path / ".claims")
    path = tmp_path / ".claims" / "frame 5.1"
    path.parent.mkdir()
    path.write_text('{"machine": "elsewhere 1", "pid": 7, "token": "t"}\n')
    steps = render_passes(scene, list_shots(scene)[0], tmp_path)
    done = []
    for step in steps:
        if step.waiting_for:
            break
        done.append(step.done)
    assert done == list(range(1, 12)) and step.waiting_for == "process 7 on elsewhere"
    assert other.claim("frame 4") is not None, "what is written down is let go of"
    other.leave()
    path.unlink()
    assert [step.rendered for step in steps if not step.waiting_for] == [True]


def test_another_scene_in_the_same_folder_renders_its_own(start, scene, tmp_path) -> None:
    """Both end, and the last word is a whole one."""
    one, other = start(2, tmp_path / "passes")
    scene.objects["Cube"].location.x = 1
    go([one, other])
    ours = list(render_passes(scene, list_shots(scene)[0], tmp_path / "passes"))
    assert ours[-1].done == 12
    assert len(told(one)) == len(told(other)) == 12
    assert len(files(tmp_path / "passes")) == 12


def rendered(scene, folder: Path) -> list[int]:
    """The frames that were rendered anew."""
    before = times(folder)
    for _ in render_passes(scene, list_shots(scene)[0], folder):
        pass
    after = times(folder)
    return sorted(int(n[6:10]) for n in after if after[n] != before.get(n))


def times(folder: Path) -> dict[str, int]:
    return {path.name: path.stat().st_mtime_ns for path in folder.glob("frame_*.exr")}


def test_what_moves_for_a_while_is_rendered_for_that_while(scene, tmp_path) -> None:
    """A key changes the frames that it moves, and one on each side for their motion."""
    cube = scene.objects["Cube"]
    scene.frame_end = 30
    for frame, x in ((10, 0.0), (15, 0.0), (20, 0.0)):
        key(cube, frame, location=(x, 0, 0))
    linear(cube)
    assert rendered(scene, tmp_path) == list(range(1, 31))
    time.sleep(0.01)
    key(cube, 15, location=(0.5, 0, 0))
    linear(cube)
    assert rendered(scene, tmp_path) == list(range(10, 21)), "10 and 20 see 11 and 19 move"
    scene.frame_end = 33
    assert rendered(scene, tmp_path) == [31, 32, 33]
    scene.frame_start = 3
    assert rendered(scene, tmp_path) == []
    scene.camera.location.x += 0.1
    assert rendered(scene, tmp_path) == list(range(3, 34))
