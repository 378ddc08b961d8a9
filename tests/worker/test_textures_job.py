"""The textures job through a real worker process: a wall, half hidden by a ball."""

from __future__ import annotations

import math
import os
import signal
import time
import weakref
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from underpaint.library.atomic import write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import HEIGHT_TEXELS
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView
from underpaint.wire.messages import (
    Cancel,
    Done,
    Note,
    PaintFrames,
    PaintTextures,
    Progress,
    Stopped,
    TakeDone,
    ViewOf,
)
from underpaint.worker.jobs import baking
from underpaint.worker.jobs.baking import TextureFiles
from underpaint.worker.jobs.settings import surface_look

VIEWS = (ViewOf("plano 1", 1), ViewOf("plano 1", 3))
LOOK = Look("dusk", "a street at dusk", steps=2)


@pytest.fixture
def surface(project: Project) -> Project:
    """A wall as the passes show it, a ball that moves, and something behind the camera."""
    folder = project.surface_cache
    folder.mkdir(parents=True)
    wall = _quad((-3, 3), (-2.5, 2.5), -6)
    _save(folder / "wall.npz", uv=_UV, positions=wall, normals=_facing(wall))
    ball = {
        index: _quad((x - 0.3, x + 0.3), (-0.3, 0.3), -3.65) for index, x in ((0, 0.2), (1, 0.6))
    }
    moving = {f"positions_{i}": b for i, b in ball.items()}
    moving |= {f"normals_{i}": _facing(b) for i, b in ball.items()}
    _save(folder / "ball.npz", uv=_UV, **moving)
    away = _quad((-1, 1), (-1, 1), 5)
    _save(folder / "away.npz", uv=_UV, positions=away, normals=_facing(away))
    files = (("wall", 1, "wall.npz"), ("ball ñ", 2, "ball.npz"), ("away", 9, "away.npz"))
    objects = tuple(
        SurfaceObject(number, name, f".surface/{file}", sha256_of(folder / file), "Underpaint")
        for name, number, file in files
    )
    views = (SurfaceView(0, "plano 1", 1), SurfaceView(1, "plano 1", 3))
    write_document(project.surface_set, SurfaceSet(views, objects))
    return project


_UV = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)


def _quad(x: tuple[float, float], y: tuple[float, float], z: float) -> np.ndarray:
    a, b, c, d = ((x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z))
    return np.array([[a, b, c], [a, c, d]], np.float32)


def _facing(quad: np.ndarray) -> np.ndarray:
    return np.broadcast_to(np.array([0, 0, 1], np.float32), quad.shape).copy()


def _save(path: Path, **arrays: np.ndarray) -> None:
    np.savez(path, **arrays)


def textures_job(project: Project, number: int = 1, **values: Any) -> PaintTextures:
    asked = {
        "views": VIEWS,
        "objects": ("wall",),
        "look": LOOK,
        "engine": "stand-in",
        "by": "Ana",
        "seed": 5,
        "size": 64,
        **values,
    }
    return PaintTextures(number, str(project.root), **asked)


def pixels(project: Project, name: str) -> np.ndarray:
    return np.asarray(Image.open(project.root / name), np.float32)


def other_project(surface: Project) -> Project:
    """A project with the same passes and meshes, of which nothing is painted yet."""
    other = Project(surface.root.with_name("other"))
    other.root.mkdir()
    for name in ("passes", "textures/surface.json", "textures/.surface"):
        (other.root / name).parent.mkdir(exist_ok=True)
        (other.root / name).symlink_to(surface.root / name)
    return other


def test_a_texture_appears_with_its_record(person: Any, surface: Project) -> None:
    done = person.ask(textures_job(surface))
    folder = "textures/wall/001"
    names = ("basecolor", "height", "mask", "normal", "roughness")
    files = (*(f"{folder}/{name}.png" for name in names), f"{folder}/take.json")
    assert done == Done(1)
    assert person.of(TakeDone) == [TakeDone(1, "textures", "wall", 1, folder, False, files)]
    takes = Takes(surface, "textures")
    take = takes.load("wall", 1)
    assert all(sha256_of(surface.root / folder / f.file) == f.sha256 for f in take.files)
    request = take.texture_request
    assert request is not None and request.size == 64
    assert [view.frame for view in request.views] == [1, 3]
    assert len(request.depth_ranges) == 2
    assert pixels(surface, f"{folder}/basecolor.png").shape == (64, 64, 3)
    with Image.open(surface.root / folder / "height.png") as height:
        assert height.mode == "I;16" and height.size == (64, 64)
    deep = {file.file: file.metres for file in take.files if file.metres is not None}
    texel = math.sqrt(6 * 5) / 64
    assert deep == {"height.png": pytest.approx(HEIGHT_TEXELS * texel)}, "the wall is 6 × 5 m"
    assert not list((surface.root / folder).glob(".*"))


def test_the_wall_is_painted_where_it_is_seen_and_not_with_the_ball_before_it(
    person: Any, surface: Project, job: Callable[..., PaintFrames]
) -> None:
    person.ask(job(1, look=surface_look(LOOK)))
    person.ask(textures_job(surface, 2))
    frame = pixels(surface, "takes/plano 1/001/frame_0001.png")
    texture = pixels(surface, "textures/wall/001/basecolor.png")
    mask = pixels(surface, "textures/wall/001/mask.png")
    assert set(np.unique(mask)) == {128, 255}
    wall, ball = np.median(frame[:, :3], axis=(0, 1)), frame[8:12, 11:15].mean((0, 1))
    assert np.abs(np.median(texture, axis=(0, 1)) - wall).max() < 6
    off = np.abs(texture - np.median(texture, axis=1, keepdims=True)).sum(-1)
    assert (off > np.abs(ball - wall).sum() / 2).mean() < 0.02
    assert 0.2 < (mask == 255).mean() < 0.98


def test_a_moving_mesh_is_read_at_each_views_own_frame(person: Any, surface: Project) -> None:
    """Were it read at one frame for both, one of the views would not show it there."""
    person.ask(textures_job(surface, objects=("ball ñ",)))
    both = (pixels(surface, "textures/ball ñ/001/mask.png") == 255).mean()
    person.ask(textures_job(surface, 2, objects=("ball ñ",), views=VIEWS[1:]))
    second = (pixels(surface, "textures/ball ñ/002/mask.png") == 255).mean()
    assert both > 0.5 and second > 0.5


def test_what_no_view_shows_gets_no_texture_but_a_note(person: Any, surface: Project) -> None:
    person.ask(textures_job(surface, objects=("away", "wall")))
    assert [message.subject for message in person.of(TakeDone)] == ["wall"]
    (note,) = person.of(Note)
    assert "away" in note.text
    assert not surface.takes("textures", "away").exists()


def test_no_object_named_means_all(person: Any, surface: Project) -> None:
    person.ask(textures_job(surface, objects=()))
    assert [message.subject for message in person.of(TakeDone)] == ["wall", "ball ñ"]


def test_the_same_texture_is_not_painted_twice(person: Any, surface: Project) -> None:
    person.ask(textures_job(surface, 1))
    person.ask(textures_job(surface, 2, objects=("wall", "ball ñ")))
    assert [message.reused for message in person.of(TakeDone)] == [False, True, False]
    assert all(len(message.files) == 6 for message in person.of(TakeDone))
    person.ask(textures_job(surface, 3, seed=6))
    assert person.of(TakeDone)[-1].number == 2


def test_killed_midway_it_starts_again_and_ends_as_if_it_had_not_been(
    start: Callable[[], Any], surface: Project
) -> None:
    slow = textures_job(surface, engine="stand-in?seconds=0.2")
    first = start()
    first.worker.send(slow)
    first.wait_for(lambda m: isinstance(m, Progress) and "together" in m.text)
    os.kill(first.worker.process.pid, signal.SIGKILL)
    assert not surface.takes("textures", "wall").exists()
    second = start()
    assert second.ask(slow) == Done(1)
    assert not surface.view_cache.exists()
    whole = other_project(surface)
    second.ask(replace(slow, job=2, project=str(whole.root)))
    for name in ("basecolor.png", "mask.png"):
        file = f"textures/wall/001/{name}"
        assert (surface.root / file).read_bytes() == (whole.root / file).read_bytes()


def test_progress_counts_what_is_to_be_done_and_grows_to_its_end(
    person: Any, surface: Project
) -> None:
    """The wall stands already and nothing shows what is behind the camera."""
    person.ask(textures_job(surface, 1))
    person.ask(textures_job(surface, 2, objects=("wall", "ball ñ", "away")))
    told = [(m.done, m.total) for m in person.of(Progress) if m.job == 2][1:]
    assert {total for _, total in told} == {2.5}
    assert told == sorted(told) and told[-1] == (2.5, 2.5)


def test_textures_are_not_baked_far_ahead_of_being_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    baked: list[weakref.ref[TextureFiles]] = []

    def bake(item: SurfaceObject, **_: Any) -> TextureFiles:
        texture = TextureFiles({"basecolor.png": bytes([item.id])})
        baked.append(weakref.ref(texture))
        return texture

    monkeypatch.setattr(baking, "_bake", bake)
    objects = [SurfaceObject(number, f"{number}", "", "", "Underpaint") for number in range(40)]
    most = min(os.cpu_count() or 1, baking._MOST_THREADS) + baking._AHEAD
    for count, (item, texture) in enumerate(baking.bake_all(objects, Path(), [], {}, 64), 1):
        assert item is objects[count - 1] and texture.files["basecolor.png"] == bytes([item.id])
        time.sleep(0.01)
        assert len(baked) <= count + most
        assert sum(one() is not None for one in baked) <= most + 1
    assert len(baked) == 40


def test_cancelled_it_stops_and_leaves_nothing(person: Any, surface: Project) -> None:
    slow = textures_job(surface, engine="stand-in?seconds=0.3")
    person.worker.send(slow)
    person.wait_for(lambda m: isinstance(m, Progress) and "together" in m.text)
    person.worker.send(Cancel(1))
    assert person.outcome(1) == Stopped(1)
    assert not surface.takes("textures", "wall").exists()


@pytest.mark.parametrize(
    ("values", "kind", "words"),
    [
        ({"objects": ("Walls",)}, "InputError", '"Walls" to texture: there are away'),
        ({"views": (ViewOf("plano 1", 2),)}, "InputError", "frame 2"),
        ({"views": (ViewOf("Plan 9", 1),)}, "InputError", "Plan 9"),
        ({"views": ()}, "InputError", "view"),
        ({"size": 8}, "InputError", "8 texels"),
        ({"size": 100_000}, "InputError", "100000 texels"),
        ({"seed": -1}, "InputError", "seed"),
        ({"engine": "none"}, "EngineError", "none"),
    ],
)
def test_each_mistake_ends_in_one_sentence(
    person: Any, surface: Project, values: dict[str, Any], kind: str, words: str
) -> None:
    failed = person.ask(textures_job(surface, **values))
    assert failed.kind == kind and words in failed.message and "\n" not in failed.message
    assert not surface.takes("textures", "wall").exists()


def test_without_the_meshes_it_says_where_they_come_from(person: Any, project: Project) -> None:
    failed = person.ask(textures_job(project))
    assert failed.kind == "InputError" and "from Blender" in failed.message


@pytest.mark.parametrize("damage", ["gone", "cut", "changed", "lacking", "odd", "pickled"])
def test_a_mesh_file_that_is_broken(person: Any, surface: Project, damage: str) -> None:
    path = surface.surface_cache / "wall.npz"
    quad = _quad((-3, 3), (-2, 2), -6)
    if damage == "gone":
        path.unlink()
    elif damage == "cut":
        path.write_bytes(path.read_bytes()[:200])
    elif damage == "lacking":
        _save(path, uv=_UV, positions_0=quad, normals_0=quad)
    elif damage == "odd":
        _save(path, uv=_UV, positions=quad[:1], normals=quad)
    elif damage == "pickled":
        np.savez(path, uv=np.array([{}], object))
    if damage == "changed":
        path.write_bytes(path.read_bytes() + b" ")
    elif damage != "gone":
        _resign(surface, path)
    failed = person.ask(textures_job(surface))
    assert failed.kind == "InputError" and "wall" in failed.message
    assert "\n" not in failed.message


def _resign(project: Project, path: Path) -> None:
    """Note the file's SHA-256 as it is now."""
    from underpaint.library.atomic import read_document

    document = read_document(SurfaceSet, project.surface_set)
    first = replace(document.objects[0], sha256=sha256_of(path))
    write_document(project.surface_set, replace(document, objects=(first, *document.objects[1:])))
