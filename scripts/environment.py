"""Make or reuse the project's environments: ``.venv`` for everything, ``.venvs/NAME`` for the rest.

An environment carries a stamp, the digest of what it was made from: when nothing changed, nothing
is installed. Standard library only, since it runs before anything is there.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MAIN = ROOT / ".venv"
LOCK = ROOT / "requirements" / "lock.txt"
MAIN_PYTHON = "3.11"
STAMP = "underpaint-stamp"


class SetupError(SystemExit):
    """Nothing can go on: one sentence, exit code 3."""

    def __init__(self, message: str) -> None:
        print(message, file=sys.stderr)
        super().__init__(3)


def say(text: str) -> None:
    """Tell the person what happens now; standard output is the command's own."""
    print(f"» {text}", file=sys.stderr, flush=True)


def main_python() -> Path:
    """Python of ``.venv``, with torch, diffusers, bpy and the project itself installed."""
    wanted = ["-c", LOCK, "-e", f"{ROOT}[engine,blender,dev]"]
    sources = [ROOT / "pyproject.toml", LOCK]
    return environment(
        MAIN, MAIN_PYTHON, wanted, sources, "about 2 GB, a few minutes the first time"
    )


def named_python(name: str, version: str, packages: list[str]) -> Path:
    """Python of ``.venvs/NAME`` holding exactly ``packages`` and what they need."""
    return environment(ROOT / ".venvs" / name, version, packages, [], ", ".join(packages))


def environment(
    folder: Path, version: str, wanted: list[str | Path], sources: list[Path], what: str
) -> Path:
    """Make ``folder`` an environment of Python ``version``, unless its stamp says it stands."""
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    stamp = folder / STAMP
    mark = _digest(wanted, sources)
    if python.exists() and stamp.exists() and stamp.read_text() == mark:
        return python
    base = find_python(version)
    if base is None:
        variable = f"PYTHON{version.replace('.', '')}"
        raise SetupError(f"Python {version} was not found: install it, or name it in {variable}.")
    say(f"setting up {folder.relative_to(ROOT)} ({what})")
    if not _has_pip(python):  # not made yet, or broken off while it was made
        _make(base, folder)
    _pip(python, ["--upgrade", "pip>=25,<27"])
    _pip(python, [str(item) for item in wanted])
    stamp.write_text(mark)
    return python


def _has_pip(python: Path) -> bool:
    command = [str(python), "-m", "pip", "--version"]
    return python.exists() and not subprocess.run(command, capture_output=True).returncode


def _make(base: str, folder: Path) -> None:
    if subprocess.run([base, "-m", "venv", str(folder)]).returncode:
        raise SetupError(f"{base} could not make {folder}: delete that folder and run this again.")


def find_python(version: str) -> str | None:
    """A Python of that version: this one, the one named by PYTHON311, or one on the path."""
    running = f"{sys.version_info.major}.{sys.version_info.minor}"
    candidates = [os.environ.get(f"PYTHON{version.replace('.', '')}")]
    candidates += [getattr(sys, "_base_executable", sys.executable)] if running == version else []
    candidates += [shutil.which(f"python{version}"), *_pyenv_pythons(version)]
    return next((c for c in candidates if c and _answers(c, version)), None)


def _pyenv_pythons(version: str) -> list[str]:
    home = Path(os.environ.get("PYENV_ROOT", Path.home() / ".pyenv")) / "versions"
    return [str(p) for p in sorted(home.glob(f"{version}.*/bin/python{version}"), reverse=True)]


def _answers(python: str, version: str) -> bool:
    """Whether it runs and is that version (a pyenv shim is there even when its Python is not)."""
    code = "import sys, venv; print('%d.%d' % sys.version_info[:2])"
    try:
        done = subprocess.run([python, "-c", code], capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.stdout.strip() == version


def _pip(python: Path, arguments: list[str]) -> None:
    """Install, and tell every ten seconds that it goes on; pip's own words only if it fails."""
    command = [str(python), "-m", "pip", "install", "--disable-pip-version-check", "--no-color"]
    with tempfile.TemporaryFile() as words:
        process = subprocess.Popen(command + arguments, stdout=words, stderr=subprocess.STDOUT)
        started = time.monotonic()
        while (code := _ended(process, 10)) is None:
            say(f"still installing, {time.monotonic() - started:.0f} s")
        if code:
            words.seek(0)
            sys.stderr.write(words.read().decode(errors="replace"))
            raise SetupError(
                "Installing failed; pip's words are above. Mend that, then run this again."
            )


def _ended(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """Its exit code, or None if it still runs after that time."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def _digest(wanted: list[str | Path], sources: list[Path]) -> str:
    """Paths count: an editable install in a folder that was moved points to where it was."""
    text = "\n".join(str(item) for item in wanted)
    content = b"".join(path.read_bytes() for path in sources)
    return hashlib.sha256(text.encode() + content).hexdigest()
