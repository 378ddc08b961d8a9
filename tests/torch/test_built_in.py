"""The built-in model as it ships: loads offline, follows the scene, changes with the words."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from underpaint.training import pool
from underpaint.training.scenes import random_picture
from underpaint.worker.engine import PaintSettings, View
from underpaint.worker.engines import open_engine


def quiet(*_) -> None:
    """Nobody watches."""


def view(seed: int) -> View:
    _name, buffers, _camera = random_picture(seed, 128, 192)
    depth, normal = pool.controls(pool.to_planes(pool.packed(buffers)))
    controls = {"depth": depth, "normal": normal}
    return View({k: v.permute(1, 2, 0).contiguous().numpy() for k, v in controls.items()}, 1)


@pytest.fixture(scope="module")
def engine():
    opened = open_engine("built-in")
    yield opened
    opened.close()


def settings(engine, words: str) -> PaintSettings:
    info = engine.info
    return PaintSettings(words, "", info.steps, info.guidance, {"depth": 1.0, "normal": 1.0})


def paint(engine, seed: int, words: str) -> np.ndarray:
    (picture,) = engine.paint([view(seed)], settings(engine, words), quiet)
    return picture


def edges(plane: np.ndarray) -> np.ndarray:
    return np.hypot(np.diff(plane, axis=0)[:, :-1], np.diff(plane, axis=1)[:-1])


def test_pictures_follow_their_own_scene(engine):
    """Edges of a picture go with the normals' edges of its scene, and not with another's."""
    normals = {seed: view(seed).controls["normal"].mean(-1) for seed in (21, 22)}
    for own, other in ((21, 22), (22, 21)):
        lines = edges(paint(engine, own, "clay render").mean(-1)).ravel()
        near = np.corrcoef(lines, edges(normals[own]).ravel())[0, 1]
        far = np.corrcoef(lines, edges(normals[other]).ravel())[0, 1]
        assert near > 0.12 and near > far + 0.08


def test_words_change_the_picture(engine):
    noir, dusk, blue = (
        paint(engine, 21, words) for words in ("film noir", "cinematic dusk", "blueprint")
    )
    assert np.abs(noir[..., 0] - noir[..., 2]).mean() < 0.06  # noir is grey
    assert dusk[..., 0].mean() > dusk[..., 2].mean() + 0.05  # dusk is warm
    assert blue[..., 2].mean() > blue[..., 0].mean() + 0.15


def test_the_same_request_gives_the_same_bytes(engine):
    assert (paint(engine, 21, "gouache") == paint(engine, 21, "gouache")).all()


def test_it_paints_over_a_picture_by_as_much_as_it_is_told(engine):
    """Its one step starts from less noise, and below the least it knows goes part of the way."""
    start = paint(engine, 21, "golden hour, oil")
    told = settings(engine, "watercolour")
    away = [
        float(np.abs(engine.paint([replace(view(21), start=start)], how, quiet)[0] - start).mean())
        for how in (replace(told, strength=s) for s in (0.0, 0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0))
    ]
    assert away == sorted(set(away))
    assert away[0] < 0.01 and away[2] < 0.3 * away[-1]
    assert away[-1] == np.abs(paint(engine, 21, "watercolour") - start).mean()
