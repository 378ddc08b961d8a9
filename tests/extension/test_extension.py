"""The extension is built, found valid by Blender's own tool, installed and run in three Blenders.

Which Pythons are those Blenders is told by UNDERPAINT_BPY42_PYTHON, …45… and …52…, set by
``scripts/test``.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SMALL_SCENE = ROOT / "tests" / "blender" / "small_scene.py"
BLENDERS = {
    "4.2": "UNDERPAINT_BPY42_PYTHON",
    "4.5": "UNDERPAINT_BPY45_PYTHON",
    "5.2": "UNDERPAINT_BPY52_PYTHON",
}


def build(out):
    script = ROOT / "scripts" / "build_extension"
    command = [sys.executable, str(script), "--out", str(out)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return Path(done.stdout.splitlines()[-1])


@pytest.fixture(scope="session")
def archive(tmp_path_factory):
    return build(tmp_path_factory.mktemp("dist"))


@pytest.fixture(scope="session")
def manifest(archive):
    with zipfile.ZipFile(archive) as opened:
        return tomllib.loads(opened.read("blender_manifest.toml").decode())


@pytest.fixture(scope="session")
def wheel_names(archive, manifest):
    with zipfile.ZipFile(archive) as opened, opened.open(manifest["wheels"][0][2:]) as wheel:
        return zipfile.ZipFile(wheel).namelist()


def wheel_digest(archive):
    with zipfile.ZipFile(archive) as opened:
        (name,) = (name for name in opened.namelist() if name.endswith(".whl"))
        return hashlib.sha256(opened.read(name)).hexdigest()


def test_building_twice_gives_the_same_wheel(archive):
    assert wheel_digest(build(archive.parent)) == wheel_digest(archive)
    assert [path.name for path in archive.parent.iterdir()] == [archive.name]


def test_manifest_keeps_to_the_platforms_rules(manifest, archive):
    assert (
        manifest["id"] == "underpaint" and archive.name == f"underpaint-{manifest['version']}.zip"
    )
    assert len(manifest["tagline"]) <= 64 and not manifest["tagline"].endswith(".")
    assert manifest["license"] == ["SPDX:GPL-3.0-or-later"]
    assert set(manifest["permissions"]) == {"files", "network"}
    for text in manifest["permissions"].values():
        assert len(text) <= 64 and not text.endswith("."), text


def test_wheel_is_pure_and_holds_what_runs(wheel_names, manifest):
    assert manifest["wheels"][0].endswith("-py3-none-any.whl")
    held = set(wheel_names)
    assert {"underpaint/worker/boot.py", "underpaint/py.typed", "underpaint/commands.py"} <= held
    assert [name for name in held if name.startswith("underpaint/assets/looks/")]
    assert [name for name in held if name.endswith(".safetensors")], "the built-in model"
    assert not [name for name in held if "/training/" in name or name.endswith((".so", ".pyd"))]


def test_archive_holds_only_the_add_on(archive):
    with zipfile.ZipFile(archive) as opened:
        names = [name for name in opened.namelist() if not name.startswith("wheels/")]
    others = [name for name in names if not name.endswith(".py")]
    assert sorted(others) == ["LICENSE", "blender_manifest.toml"]
    assert {"__init__.py", "registry.py", "bridge/passes.py"} <= set(names)


# --- in Blender -------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def installed(archive, tmp_path_factory):
    """Blender version → a function that runs a step of ``in_blender.py`` in it, installed once."""
    runners = {}

    def in_blender(version):
        python = os.environ.get(BLENDERS[version])
        if not python:
            pytest.skip(
                f"no Blender {version} here: {BLENDERS[version]} names the Python that has it"
            )
        if version not in runners:
            runners[version] = _runner(python, tmp_path_factory.mktemp(f"user {version}"))
            runners[version].first = runners[version]("install", archive)
        return runners[version]

    return in_blender


class _runner:  # noqa: N801
    """Runs steps in one Blender, with a user folder of its own."""

    def __init__(self, python, user):
        self.python, self.user = python, user
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith("PYTHON")},
            "BLENDER_USER_RESOURCES": str(user),
            "UNDERPAINT_CACHE": str(user / "cache"),
        }

    def __call__(self, *words):
        command = [self.python, str(HERE / "in_blender.py"), *map(str, words)]
        done = subprocess.run(
            command, capture_output=True, text=True, encoding="utf-8", env=self.environment
        )
        lines = [line for line in done.stdout.splitlines() if line.startswith("@")]
        assert done.returncode == 0 and lines, done.stdout + done.stderr
        assert "Traceback" not in done.stderr, done.stderr
        return json.loads(lines[-1][1:])

    def make_scene(self, path):
        subprocess.run([self.python, SMALL_SCENE, path], check=True, capture_output=True)


@pytest.mark.parametrize("version", BLENDERS)
def test_installs_and_switches_on(installed, version):
    seen = installed(version).first
    assert seen["version"] == [int(part) for part in version.split(".")]
    assert seen["enabled"] and seen["registered"]
    assert "extensions" in seen["package"], "the wheel's package, not a checkout's"


@pytest.mark.parametrize("version", BLENDERS)
def test_passes_frames_and_reel(installed, version, tmp_path):
    run = installed(version)
    scene = tmp_path / "escena ñ.blend"
    run.make_scene(scene)
    seen = run("paint", scene, sys.executable)
    assert seen["results"] == [["FINISHED"], ["FINISHED"]] and seen["code"] == 0
    assert seen["complete"], "the Blender that encodes has left our package alone"
    assert seen["strips"] == ["första take 001", "wide shot take 001"]
    out = tmp_path / "underpaint"
    assert len(list(out.glob("takes/*/001/frame_*.png"))) == 6
    assert (out / "reel" / "001" / "reel.mp4").stat().st_size > 1000
    take = json.loads((out / "takes" / "första" / "001" / "take.json").read_text(encoding="utf-8"))
    assert take["by"] == "Ana"


def test_a_scene_of_the_oldest_opens_in_the_newest(installed, tmp_path):
    oldest, newest = installed("4.2"), installed("5.2")
    scene = tmp_path / "old.blend"
    oldest.make_scene(scene)
    assert newest("paint", scene, sys.executable)["code"] == 0


@pytest.mark.parametrize("version", BLENDERS)
def test_switching_off_and_removing_leaves_nothing(installed, version):
    run = installed(version)
    seen = run("off")
    assert not seen["enabled"] and not seen["registered"]
    run("remove")
    assert not list(run.user.rglob("underpaint/__init__.py")), "neither add-on nor wheel stays"
