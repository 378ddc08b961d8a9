"""The model's bench can be passed, by one who paints as the teacher does, and can be failed."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from bench import model, warm
from underpaint.training import pool
from underpaint.training.data import start_noise
from underpaint.training.painter import paint
from underpaint.training.scenes import random_picture
from underpaint.training.styles import Brief
from underpaint.training.words import LIGHT_WORDS, LOOK_WORDS
from underpaint.worker.engine import PaintSettings, View

LOOKS = ("dusk", "noir", "overcast", "ink", "cel", "blueprint")


def _planes(seed: int) -> dict[str, torch.Tensor]:
    _name, buffers, _camera = random_picture(seed, 144, 256)
    return pool.to_planes(pool.packed(buffers))


SCENES = [(f"scene {seed}", _planes(seed)) for seed in (3, 8, 12)]


class Teacher:
    """Paints what it is asked for from the scene whose depth it is shown."""

    def paint(self, views: Sequence[View], settings: PaintSettings, _on_step) -> list[np.ndarray]:
        return [self._one(view, settings).permute(1, 2, 0).numpy() for view in views]

    def _one(self, view: View, settings: PaintSettings) -> torch.Tensor:
        near = torch.from_numpy(view.controls["depth"][..., 0])
        planes = next(p for _, p in SCENES if torch.equal(p["near_ness"], near))
        words = settings.words.split(", ")
        look = next(k for k, phrases in LOOK_WORDS.items() if words[0] == phrases[0])
        light = next((k for k, p in LIGHT_WORDS.items() if words[-1] == p[0]), None)
        return paint(planes, Brief(look, light=light), start_noise(*near.shape, view.seed))


class Grey(Teacher):
    """Paints nothing."""

    def _one(self, view: View, settings: PaintSettings) -> torch.Tensor:
        return torch.full((3, *view.controls["depth"].shape[:2]), 0.5)


class Flat(Teacher):
    """Paints the look's mean colour, whatever there is."""

    def _one(self, view: View, settings: PaintSettings) -> torch.Tensor:
        return super()._one(view, settings).mean((1, 2), keepdim=True).expand(3, 144, 256)


def _figures(engine: Teacher) -> dict[str, dict]:
    return {figure["figure"]: figure for figure in model.painted(engine, SCENES, LOOKS)}


def test_the_teacher_passes_its_own_exam():
    figures = _figures(Teacher())
    assert all(figure["ok"] for figure in figures.values()), figures
    assert figures["look recall"]["value"] == 1
    assert figures["structure: edge F1, times the teacher's"]["value"] == pytest.approx(1)


@pytest.mark.parametrize("engine", [Grey(), Flat()])
def test_who_paints_nothing_fails(engine):
    figures = _figures(engine)
    missed = {name for name, figure in figures.items() if not figure["ok"]}
    assert {
        "structure: edge F1, times the teacher's",
        "depth alone: structure ratio",
        "normal alone: structure ratio",
        "light direction obeyed",
        "seeds differ: standard deviation a pixel",
    } <= missed


def test_cost_is_of_everything_and_memory_is_the_workers(monkeypatch):
    """Two TFLOP a second are ten times too slow for a machine of twenty."""
    monkeypatch.setattr(model, "_operations", lambda _engine: int(2e12))
    monkeypatch.setattr(model, "_matrix_rate", lambda _kind: 20e12)
    measured = warm.Measured(1.0, {"unet": 0.5}, int(2e9))
    monkeypatch.setattr(model, "measure", lambda _frames: measured)
    time, rate, memory = model._cost(SimpleNamespace(), 1)
    assert (time["value"], time["ok"]) == (1.0, True)
    assert rate["value"] == pytest.approx(0.1) and not rate["ok"]
    assert rate["beside"]["of_float32_in_the_model"] == pytest.approx(0.2)
    assert memory["value"] == 2.0 and not memory["ok"]


def test_memory_is_counted_of_the_worker_alone():
    """Not of the bench that started it, which may hold gigabytes of pictures."""
    code = (
        "import runpy; print(runpy.run_path("
        f"{str(warm._TIMED_WORKER)!r}, run_name='timed')['peak_bytes']())"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    alone = int(done.stdout)
    ballast = np.ones(1_500_000_000, np.uint8)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < alone + 500e6 and ballast[0]
