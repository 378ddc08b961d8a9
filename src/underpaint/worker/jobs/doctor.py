"""The doctor: what is here, what is missing, what to do; the model itself is not loaded."""

from __future__ import annotations

import os
import platform
import re
import shutil
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from ...errors import EngineError
from ...wire.messages import Doctor, Finding, Findings
from ..engines import describe_engine, needs_torch
from ..engines.device import choose_device
from ..job import Job
from ..studio import Studio

PACKAGES = {
    "numpy": ">=1.26,<3",
    "Pillow": ">=11,<14",
    "OpenEXR": ">=3.5,<3.6",
    "OpenTimelineIO": ">=0.18,<0.19",
    "otio-cmx3600-adapter": ">=1.0,<2",
    "otio-fcpx-xml-adapter": ">=1.0,<2",
}
TORCH_PACKAGES = {
    "torch": "==2.13.0",
    "diffusers": ">=0.42,<0.43",
    "transformers": ">=5.23,<5.24",
    "accelerate": ">=1.15,<2",
    "safetensors": ">=0.6,<1",
}
"""Package → the versions that will do, oldest first; ``pyproject.toml`` says the same to pip."""

_LITTLE_MEMORY = 4 << 30
_LEAST_DISK = 1 << 30


def examine(asked: Doctor, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Send ``Findings``; what is wrong is a finding, not an error."""
    findings = [_python()]
    packages = {**PACKAGES, **(TORCH_PACKAGES if needs_torch(asked.engine) else {})}
    findings += [_package(name, versions) for name, versions in packages.items()]
    findings.append(_engine(asked.engine, job))
    if needs_torch(asked.engine):
        findings.append(_device())
    findings.append(_memory())
    if asked.project is not None:
        findings.append(_disk(Path(asked.project)))
    job.send(Findings(job.number, tuple(findings)))
    return ()


def _python() -> Finding:
    return Finding("Python", True, f"{platform.python_version()} at {sys.executable}")


def _package(name: str, versions: str) -> Finding:
    """A newer version than those that we know is not held against it."""
    remedy = f'"{sys.executable}" -m pip install "{name}{versions}"'
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, f"is missing: {remedy}")
    if _numbers(found) < _numbers(versions.partition(",")[0]):
        return Finding(name, False, f"{found} is too old: {remedy}")
    return Finding(name, True, found)


def _numbers(text: str) -> tuple[int, ...]:
    """``2.13.0+cpu`` → (2, 13), as ``==2.13`` is."""
    release = re.sub(r"(\.0)+$", "", text.partition("+")[0])
    return tuple(int(number) for number in re.findall(r"\d+", release))


def _engine(name: str, job: Job) -> Finding:
    try:
        info = describe_engine(name, job.reading_engine)
    except EngineError as error:
        return Finding("engine", False, str(error))
    except ImportError as error:
        return Finding("engine", False, f"cannot be looked at yet: {error}")
    ref = info.ref
    reads = " and ".join(info.controls)
    return Finding(
        "engine", True, f"{ref.name}: {ref.family}, licence {ref.licence}, reads {reads}"
    )


def _device() -> Finding:
    try:
        return Finding("device", True, choose_device().text)
    except (ImportError, OSError, RuntimeError) as error:
        first = str(error).partition("\n")[0]
        return Finding("device", False, f"torch does not start: {first}. Install it again.")


def _memory() -> Finding:
    """A fact and no fault: nobody can mend it, and small models paint with little."""
    total = _total_memory()
    if total is None:
        return Finding("memory", True, "this system does not tell")
    words = f"{total / (1 << 30):.1f} GiB"
    if total < _LITTLE_MEMORY:
        words += ": little for a large model; small pictures, one at a time, need the least"
    return Finding("memory", True, words)


def _total_memory() -> int | None:
    """Bytes of main memory, where the system has a POSIX way to say so."""
    if not hasattr(os, "sysconf"):
        return None
    try:
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (ValueError, OSError):
        return None


def _disk(project: Path) -> Finding:
    """Whether the project's folder, or the nearest one above it that is there, takes files."""
    folder = next((path for path in (project, *project.parents) if path.exists()), None)
    if folder is None:
        return Finding("disk", False, f"{project} cannot be written: there is no {project.anchor}")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", False, f"{folder} cannot be written: {error.strerror or error}")
    words = f"{free / (1 << 30):.1f} GiB free at {folder}"
    return Finding("disk", free >= _LEAST_DISK, words if free >= _LEAST_DISK else f"only {words}")
