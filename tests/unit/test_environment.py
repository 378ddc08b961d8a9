"""The scripts' environments: made once, mended when broken off, noticed when they were moved."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import venv
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def load(root: Path):
    """scripts/environment.py of a checkout, as its scripts import it."""
    spec = spec_from_file_location("environment", root / "scripts" / "environment.py")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(tmp_path):
    """A checkout with as much in it as an environment is made from."""
    root = tmp_path / "here"
    for file in ("pyproject.toml", "requirements/lock.txt", "scripts/environment.py"):
        (root / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(REPOSITORY / file, root / file)
    return root


def watched(root: Path, monkeypatch):
    """The module, and what it would have pip install."""
    module, installed = load(root), []
    monkeypatch.setattr(module, "_pip", lambda python, words: installed.append(words))
    monkeypatch.setattr(module, "find_python", lambda version: sys.executable)
    return module, installed


def python_of(folder: Path) -> Path:
    return folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def test_one_that_was_broken_off_before_it_had_pip_is_mended(checkout, monkeypatch, capfd):
    environment, installed = watched(checkout, monkeypatch)
    venv.create(environment.MAIN, with_pip=False)
    python = environment.main_python()
    pip = subprocess.run([python, "-m", "pip", "--version"], capture_output=True, text=True)
    assert pip.returncode == 0 and str(environment.MAIN) in pip.stdout
    assert any(f"{checkout}[engine,blender,dev]" in words for words in installed)
    out, err = capfd.readouterr()
    assert out == "" and "setting up .venv" in err, "standard output is the command's own"
    installed.clear()
    assert environment.main_python() == python and not installed


def test_one_that_was_moved_with_its_checkout_is_installed_anew(checkout, monkeypatch):
    environment, installed = watched(checkout, monkeypatch)
    monkeypatch.setattr(environment, "_has_pip", lambda python: True)
    python_of(environment.MAIN).parent.mkdir(parents=True)
    python_of(environment.MAIN).write_text("")
    environment.main_python()
    assert installed
    there = checkout.rename(checkout.with_name("there"))
    environment, installed = watched(there, monkeypatch)
    monkeypatch.setattr(environment, "_has_pip", lambda python: True)
    assert environment.main_python() == python_of(there / ".venv")
    assert any(f"{there}[engine,blender,dev]" in words for words in installed)


def test_a_python_that_makes_no_environment_is_told(checkout, monkeypatch, capsys):
    environment, _installed = watched(checkout, monkeypatch)
    (checkout / ".venv").write_text("a file stands in the way")
    with pytest.raises(SystemExit) as end:
        environment.main_python()
    assert end.value.code == 3 and "delete that folder" in capsys.readouterr().err
