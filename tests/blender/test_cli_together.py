"""The same command on several machines over one folder: each frame once, and one whole take."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SHOT = "första"
FRAMES = 16
WORDS = ("--shot", SHOT, "--frames", f"1-{FRAMES}", "--size", "48x32", "--takes", "2", "--json")
STAND_IN = ("--engine", "stand-in?seconds=0.05", "--words", "stone and moss")


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    return {**os.environ, "UNDERPAINT_CACHE": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="module")
def scene(tmp_path_factory):
    path = tmp_path_factory.mktemp("película") / "film.blend"
    subprocess.run([sys.executable, HERE / "small_scene.py", path], check=True, capture_output=True)
    longer = (
        "import bpy, sys; bpy.ops.wm.open_mainfile(filepath=sys.argv[1]); s = bpy.context.scene;"
        f"[setattr(m, 'frame', {FRAMES + 1}) for m in s.timeline_markers if m.frame > 1];"
        f"s.frame_end = {FRAMES + 3}; bpy.ops.wm.save_mainfile()"
    )
    subprocess.run([sys.executable, "-c", longer, path], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module", params=["each", "steady"])
def mode(request):
    """In which the frames are painted."""
    return request.param


class Command:
    """One of several, in a process group of its own: a machine can be unplugged."""

    def __init__(self, scene: Path, out: Path, environment: dict[str, str], mode: str) -> None:
        self.log = out.parent / f"{time.monotonic_ns()}.log"
        words = [sys.executable, "-m", "underpaint", "frames", scene, *WORDS, *STAND_IN]
        words += ["--mode", mode]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*map(str, words), "--out", str(out)],
                stdout=log,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )

    def events(self, name: str) -> list[dict]:
        lines = self.log.read_bytes().split(b"\n")[:-1]
        told = [json.loads(line) for line in lines if line.startswith(b"{")]
        return [event for event in told if event["event"] == name]

    def pictures(self) -> list[str]:
        """take/frame of all that it painted."""
        return ["/".join(Path(e["file"]).parts[-2:]) for e in self.events("picture")]

    def said(self) -> list[str]:
        """What it said, and how it ended."""
        notes = [event["text"] for event in self.events("note")]
        return notes + [event["message"] for event in self.events("failed")]

    def unplug(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)

    def wait(self) -> int:
        return self.process.wait(120)


@pytest.fixture
def start(scene, environment, mode):
    started = []

    def start(count: int, out: Path) -> list[Command]:
        new = [Command(scene, out, environment, mode) for _ in range(count)]
        started.extend(new)
        return new

    yield start
    for command in started:
        if command.process.poll() is None:
            command.unplug()
            command.process.wait()


def digests(out: Path) -> dict[int, dict[str, str]]:
    """Seed → frame → SHA-256 of the takes, whose records hold."""
    found = {}
    for record in (out / "takes" / SHOT).glob("0*/take.json"):
        take = json.loads(record.read_text())
        frames = {}
        for file in take["files"]:
            data = (record.parent / file["file"]).read_bytes()
            assert hashlib.sha256(data).hexdigest() == file["sha256"]
            frames[file["file"]] = file["sha256"]
        found[take["frame_request"]["seed"]] = frames
    return found


@pytest.fixture(scope="module")
def alone(scene, environment, mode, tmp_path_factory):
    out = tmp_path_factory.mktemp("alone") / "underpaint"
    command = Command(scene, out, environment, mode)
    assert command.wait() == 0
    made = digests(out)
    assert [len(frames) for frames in made.values()] == [FRAMES] * 2
    return made


def test_four_at_once_of_which_two_are_killed(start, alone, mode, tmp_path) -> None:
    out = tmp_path / "shared" / "underpaint"
    out.parent.mkdir()
    commands = start(4, out)
    for victim, painted in ((commands[0], 4), (commands[2], 10)):
        until = time.monotonic() + 100
        while sum(len(command.pictures()) for command in commands) < painted:
            assert time.monotonic() < until
            time.sleep(0.01)
        victim.unplug()
    assert [command.wait() for command in (commands[1], commands[3])] == [0, 0]
    assert digests(out) == alone
    times = Counter(name for command in commands for name in command.pictures())
    assert set(times.values()) == {1}, "no frame was painted twice"
    if mode == "each":  # between steady keys frames come faster than they are told of
        assert len(times) >= 2 * FRAMES - 4, "of the killed, a last word may be missing"
    made = [{e["number"] for e in commands[i].events("take")} for i in (1, 3)]
    assert made == [{1, 2}, {1, 2}]
    shot = out / "takes" / SHOT
    assert sorted(path.name for path in shot.iterdir()) == ["001", "002"]


@pytest.mark.parametrize("after", [0, 3, 11])
def test_killed_it_goes_on_to_the_same_bytes(start, alone, tmp_path, after) -> None:
    out = tmp_path / "killed" / "underpaint"
    out.parent.mkdir()
    (first,) = start(1, out)
    while len(first.pictures()) < after or not first.events("progress"):
        assert first.process.poll() is None
        time.sleep(0.01)
    first.unplug()
    first.wait()
    kept = {path.name for path in out.glob(f"takes/{SHOT}/.part-*/frame_*.png")}
    (again,) = start(1, out)
    assert again.wait() == 0
    assert digests(out) == alone
    assert not set(first.pictures()) & set(again.pictures())
    assert len(kept) > 2 or after == 0


def test_one_that_was_stopped_says_so_and_ends_as_cancelled(scene, start, tmp_path) -> None:
    """A script that goes on with `&&` does not: no take was made of one of the seeds."""
    out = tmp_path / "stopped" / "underpaint"
    out.parent.mkdir()
    (command,) = start(1, out)
    while not command.pictures():
        assert command.process.poll() is None
        time.sleep(0.01)
    stop = [sys.executable, "-m", "underpaint", "stop", scene, SHOT, "--seed", "0", "--out", out]
    assert subprocess.run(stop, check=False).returncode == 0
    assert command.wait() == 130
    said = f"{SHOT}: the take with seed 0 was stopped; "
    assert command.said()[-1].startswith(said) and f"of its {FRAMES} frames" in command.said()[-1]
    assert command.events("failed")[0]["kind"] == "Cancelled"
    assert list(digests(out)) == [1], "the other take was painted all the same"
