"""Tiny engines, saved once a session, and views to paint."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="torch is not installed")
pytest.importorskip("diffusers", reason="diffusers is not installed")

from underpaint.worker.engine import View  # noqa: E402

_spec = spec_from_file_location("tiny_models", Path(__file__).with_name("tiny_models.py"))
assert _spec is not None and _spec.loader is not None
tiny_models = module_from_spec(_spec)
_spec.loader.exec_module(tiny_models)


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    """Tiny models are faster so, above all while something else computes."""
    torch.set_num_threads(1)


@pytest.fixture(scope="session", autouse=True)
def exact() -> None:
    """Everywhere in float32, whatever this machine multiplies faster: pictures are compared to a
    thousandth. What paints in bfloat16 says so."""
    pytest.MonkeyPatch().setattr(torch.cpu, "get_capabilities", dict)


@pytest.fixture(scope="session", autouse=True)
def cache(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Fingerprints are remembered in a folder of the session's own."""
    patch = pytest.MonkeyPatch()
    patch.setenv("UNDERPAINT_CACHE", str(tmp_path_factory.mktemp("cache")))


@pytest.fixture(scope="session")
def sd_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stable Diffusion 1.5's classes with a depth and a normal ControlNet."""
    return Path(tiny_models.save_sd(tmp_path_factory.mktemp("engines") / "sd"))


@pytest.fixture(scope="session")
def sdxl_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Stable Diffusion XL's classes with one depth ControlNet and a full autoencoder."""
    return Path(tiny_models.save_sdxl(tmp_path_factory.mktemp("engines") / "sdxl"))


@pytest.fixture
def copy_of(tmp_path: Path) -> Callable[[Path], Path]:
    """A copy of an engine's folder, to be damaged."""
    return lambda folder: Path(shutil.copytree(folder, tmp_path / "an engine"))


@pytest.fixture
def view() -> Callable[..., View]:
    """A view of a ramp that leans, of any size."""

    def make(seed: int = 1, width: int = 64, height: int = 64) -> View:
        ramp = np.linspace(0, 1, width, dtype=np.float32)[None, :, None]
        depth = np.broadcast_to(ramp, (height, width, 3)).copy()
        return View({"depth": depth, "normal": 1 - depth}, seed)

    return make
