"""The doctor says what is here and what is missing, and never fails over it."""

from __future__ import annotations

import sys
import tomllib
import venv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from underpaint.library.project import Project
from underpaint.wire.messages import Doctor, Done, Finding, Findings, PaintFrames
from underpaint.worker.jobs import doctor


def examine(person: Any, engine: str, project: Path | None = None) -> dict[str, Finding]:
    asked = Doctor(1, engine, project=None if project is None else str(project))
    assert person.ask(asked) == Done(1)
    (findings,) = person.of(Findings)
    return {finding.subject: finding for finding in findings.findings}


def test_all_is_well_with_the_stand_in(person: Any, project: Project) -> None:
    found = examine(person, "stand-in", project.root)
    assert all(finding.ok for finding in found.values()), found
    assert list(found) == [
        "Python", "numpy", "Pillow", "OpenEXR", "OpenTimelineIO", "otio-cmx3600-adapter",
        "otio-fcpx-xml-adapter", "engine", "memory", "disk",
    ]  # fmt: skip
    assert sys.executable in found["Python"].text
    assert "GPL-3.0-or-later" in found["engine"].text and "depth and normal" in found["engine"].text
    assert "GiB" in found["memory"].text


def test_an_engine_that_is_missing_is_a_finding(person: Any, tmp_path: Path) -> None:
    found = examine(person, str(tmp_path / "none"))
    assert not found["engine"].ok and "There is no engine folder" in found["engine"].text
    assert {"torch", "diffusers", "device"} <= found.keys()


def test_it_looks_at_the_device_without_loading_a_model(person: Any, tmp_path: Path) -> None:
    pytest.importorskip("torch")
    found = examine(person, str(tmp_path / "none"))
    assert found["device"].ok and found["device"].text.startswith(("CPU", "NVIDIA", "Apple"))
    assert found["torch"].ok


def test_a_project_folder_that_is_a_file(person: Any, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    found = examine(person, "stand-in", tmp_path / "file")
    assert not found["disk"].ok and "cannot be written" in found["disk"].text


def test_a_project_that_is_not_there_yet(person: Any, tmp_path: Path) -> None:
    found = examine(person, "stand-in", tmp_path / "new" / "underpaint")
    assert found["disk"].ok and str(tmp_path) in found["disk"].text
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("found", "versions", "ok"),
    [
        ("2.13.0+cpu", "==2.13.0", True),
        ("2.13+cpu", "==2.13.0", True),
        ("2.14.1", "==2.13.0", True),
        ("2.8", ">=2.8,<3", True),
        ("2.8.0rc1", ">=2.8,<3", True),
        ("2.7.1", ">=2.8,<3", False),
        ("10.0", ">=11,<14", False),
    ],
)
def test_versions_are_compared_as_numbers(
    monkeypatch: pytest.MonkeyPatch, found: str, versions: str, ok: bool
) -> None:
    monkeypatch.setattr(doctor, "version", lambda _: found)
    finding = doctor._package("torch", versions)
    assert finding.ok is ok
    assert ok or f'pip install "torch{versions}"' in finding.text


def test_it_wants_what_the_package_itself_wants() -> None:
    path = Path(__file__).parents[2] / "pyproject.toml"
    project = tomllib.loads(path.read_text("utf-8"))["project"]
    for table, wanted in (
        (doctor.PACKAGES, project["dependencies"]),
        (doctor.TORCH_PACKAGES, project["optional-dependencies"]["engine"]),
    ):
        assert {f"{name}{versions}" for name, versions in table.items()} == set(wanted)


def test_a_small_machine_is_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(doctor, "_total_memory", lambda: 3 << 30)
    finding = doctor._memory()
    assert finding.ok and finding.text.startswith("3.0 GiB: little")


def test_a_drive_that_is_not_there(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Path, "exists", lambda _: False)
    finding = doctor._disk(Path("/gone/underpaint"))
    assert not finding.ok and "there is no /" in finding.text


def test_a_package_that_is_missing_is_named_with_the_command_that_brings_it() -> None:
    finding = doctor._package("no-such-package-at-all", ">=1")
    assert not finding.ok
    assert f'"{sys.executable}" -m pip install' in finding.text


def test_a_torch_that_does_not_start(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("libtorch_cpu.so: cannot open shared object file\nmore\nlines")

    monkeypatch.setattr(doctor, "choose_device", broken)
    finding = doctor._device()
    assert not finding.ok and "libtorch_cpu.so" in finding.text and "\n" not in finding.text


def test_a_python_without_any_package_is_told_what_it_lacks(
    start: Callable[..., Any], job: Callable[..., PaintFrames], tmp_path: Path
) -> None:
    venv.create(tmp_path / "bare", with_pip=False)
    scripts = "Scripts" if sys.platform == "win32" else "bin"
    person = start(python=tmp_path / "bare" / scripts / "python")
    found = examine(person, "built-in")
    missing = {name for name, finding in found.items() if not finding.ok}
    assert missing >= {"numpy", "Pillow", "OpenEXR", "torch", "diffusers", "device"}
    assert 'pip install "numpy' in found["numpy"].text
    failed = person.ask(job(2))
    assert failed.kind == "EngineError" and "pip install" in failed.message
