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

_PACKAGES = {"numpy": "1.26", "pillow": "11", "OpenEXR": "3.3", "OpenTimelineIO": "0.18"}
_TORCH_PACKAGES = {
    "torch": "2.8",
    "diffusers": "0.42",
    "transformers": "5.0",
    "safetensors": "0.6",
    "accelerate": "1.0",
}
"""Package → the oldest version that will do."""

_LEAST_MEMORY = 4 << 30
_LEAST_DISK = 1 << 30


def examine(asked: Doctor, job: Job, _studio: Studio) -> tuple[str, ...]:
    """Send ``Findings``; what is wrong is a finding, not an error."""
    findings = [_python()]
    packages = {**_PACKAGES, **(_TORCH_PACKAGES if needs_torch(asked.engine) else {})}
    findings += [_package(name, least) for name, least in packages.items()]
    findings.append(_engine(asked.engine))
    if needs_torch(asked.engine):
        findings.append(_device())
    findings.append(_memory())
    if asked.project is not None:
        findings.append(_disk(Path(asked.project)))
    job.send(Findings(job.number, tuple(findings)))
    return ()


def _python() -> Finding:
    return Finding("Python", True, f"{platform.python_version()} at {sys.executable}")


def _package(name: str, least: str) -> Finding:
    remedy = f'"{sys.executable}" -m pip install "{name}>={least}"'
    try:
        found = version(name)
    except PackageNotFoundError:
        return Finding(name, False, f"is missing: {remedy}")
    if _numbers(found) < _numbers(least):
        return Finding(name, False, f"{found} is too old: {remedy}")
    return Finding(name, True, found)


def _numbers(text: str) -> tuple[int, ...]:
    """``2.13.0+cpu`` → (2, 13, 0)."""
    return tuple(int(number) for number in re.findall(r"\d+", text.partition("+")[0]))


def _engine(name: str) -> Finding:
    try:
        info = describe_engine(name)
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
    total = _total_memory()
    if total is None:
        return Finding("memory", True, "this system does not tell")
    words = f"{total / (1 << 30):.1f} GiB"
    if total < _LEAST_MEMORY:
        return Finding("memory", False, f"{words}: little; close other programs, paint small")
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
    folder = next(path for path in (project, *project.parents) if path.exists())
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
        free = shutil.disk_usage(folder).free
    except OSError as error:
        return Finding("disk", False, f"{folder} cannot be written: {error.strerror or error}")
    words = f"{free / (1 << 30):.1f} GiB free at {folder}"
    return Finding("disk", free >= _LEAST_DISK, words if free >= _LEAST_DISK else f"only {words}")
