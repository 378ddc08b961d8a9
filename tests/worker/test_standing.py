"""Painting one thing beside others that stand: held in the views, and kept where it is in part."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from underpaint.errors import InputError
from underpaint.library.atomic import read_document, write_document
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView
from underpaint.surface.footprints import Pose
from underpaint.surface.shown import Shown
from underpaint.surface.view import View
from underpaint.wire.messages import Done, Note, PaintTextures, StandingTexture, TakeDone, ViewOf
from underpaint.worker.jobs.sources import Source
from underpaint.worker.jobs.standing import Standing
from underpaint.worker.jobs.views import PlannedView, look_at

LOOK = Look("dusk", "a street at dusk", steps=1)
OTHER = Look("noon", "bright noon over a green field", steps=1)
UV = np.array([[[0, 0], [1, 0], [1, 1]], [[0, 0], [1, 1], [0, 1]]], np.float32)
FRAMES = (1, 3)
SIZE = 64


def quad(x: tuple[float, float], y: tuple[float, float], z: float) -> np.ndarray:
    a, b, c, d = ((x[0], y[0], z), (x[1], y[0], z), (x[1], y[1], z), (x[0], y[1], z))
    return np.array([[a, b, c], [a, c, d]], np.float32)


@pytest.fixture
def street(project: Project, write_shot: Callable[..., None]) -> Project:
    """A wall behind a ball; the wall is weighed to be painted anew toward its right."""
    write_shot(project, "plano 1", range(1, 4), (96, 80))
    folder = project.surface_cache
    folder.mkdir(parents=True)
    wall = quad((-3, 3), (-2.5, 2.5), -6)
    ball = quad((-0.2, 0.6), (-0.4, 0.4), -3.65)
    for name, corners in (("wall", wall), ("ball", ball)):
        normals = np.broadcast_to(np.array([0, 0, 1], np.float32), corners.shape)
        np.savez(folder / f"{name}.npz", uv=UV, positions=corners, normals=normals)
    write_surface(project)
    return project


def write_surface(project: Project, layout: str = "as it was") -> None:
    objects = tuple(
        SurfaceObject(
            number,
            name,
            f".surface/{name}.npz",
            sha256_of(project.surface_cache / f"{name}.npz"),
            "U",
            layout,
        )
        for number, name in ((1, "wall"), (2, "ball"))
    )
    views = tuple(SurfaceView(index, "plano 1", frame) for index, frame in enumerate(FRAMES))
    write_document(project.surface_set, SurfaceSet(views, objects))


def weigh_toward_the_right(project: Project) -> None:
    path = project.surface_cache / "wall.npz"
    with np.load(path) as arrays:
        kept = dict(arrays)
    np.savez(path, **kept, mask=(kept["uv"][..., 0] > 0.5).astype(np.float32))
    write_surface(project)


def job(project: Project, number: int, **values: Any) -> PaintTextures:
    views = tuple(ViewOf("plano 1", frame) for frame in FRAMES)
    asked = {"views": views, "objects": ("wall",), "look": LOOK, "seed": 5, "size": SIZE, **values}
    return PaintTextures(number, str(project.root), engine="stand-in", by="Ana", **asked)


def texture(project: Project, name: str, number: int) -> np.ndarray:
    path = project.root / "textures" / name / f"{number:03d}" / "basecolor.png"
    return np.asarray(Image.open(path).convert("RGB"), np.float32)


def test_a_neighbour_stands_and_is_recorded(person: Any, street: Project) -> None:
    person.ask(job(street, 1))
    asked = job(street, 2, objects=("ball",), look=OTHER, standing=(StandingTexture("wall", 1),))
    assert person.ask(asked) == Done(2)
    assert [m.subject for m in person.of(TakeDone)] == ["wall", "ball"]
    request = Takes(street, "textures").load("ball", 1).texture_request
    assert request is not None
    (stood,) = request.standing
    assert (stood.object, stood.part) == ("wall", False)
    assert stood.sha256 == sha256_of(street.root / "textures/wall/001/basecolor.png")
    person.ask(job(street, 3, objects=("ball",), look=OTHER))
    assert person.of(TakeDone)[-1].number == 2, "without the neighbour it is another texture"


def test_a_neighbour_that_somebody_retouched_is_recorded_as_it_is(
    person: Any, street: Project
) -> None:
    """What was painted beside it before was found again."""
    person.ask(job(street, 1))
    asked = {"objects": ("ball",), "look": OTHER, "standing": (StandingTexture("wall", 1),)}
    person.ask(job(street, 2, **asked))
    path = street.root / "textures/wall/001/basecolor.png"
    Image.new("RGB", (SIZE, SIZE), "red").save(path)
    assert person.ask(job(street, 3, **asked)) == Done(3)
    request = Takes(street, "textures").load("ball", 2).texture_request
    assert request is not None and request.standing[0].sha256 == sha256_of(path)


def test_views_show_the_textures_that_stand(person: Any, street: Project) -> None:
    person.ask(job(street, 1))
    brighter_below = np.linspace(60, 200, SIZE).astype(np.uint8)[:, None, None]
    picture = Image.fromarray(np.broadcast_to(brighter_below, (SIZE, SIZE, 3)))
    picture.save(street.root / "textures/wall/001/basecolor.png")
    surface = read_document(SurfaceSet, street.surface_set)
    stands = Standing(
        [StandingTexture("wall", 1)],
        Takes(street, "textures"),
        surface,
        street.surface_set.parent,
    )
    source = Source(street, "plano 1")
    seen = look_at(PlannedView(source, source.frame(1), 0))
    held = stands.held(seen)
    assert held is not None
    wall = seen.passes.object_id == 1
    assert (held.mask[~wall] == 0).all() and held.mask[wall].mean() > 0.8
    colours = texture(street, "wall", 1) / 255
    shown = held.picture[wall & (held.mask > 0)]
    assert shown.min() >= colours.min() - 0.01 and shown.max() <= colours.max() + 0.01
    rows = np.nonzero(wall & (held.mask > 0))[0]
    assert np.corrcoef(shown.mean(1), rows)[0, 1] > 0.9, "up is up"
    stands.only([])
    assert stands.held(seen) is None


def test_only_the_weighed_part_changes(person: Any, street: Project) -> None:
    person.ask(job(street, 1))
    weigh_toward_the_right(street)
    asked = job(street, 2, look=OTHER, standing=(StandingTexture("wall", 1, part=True),))
    assert person.ask(asked) == Done(2)
    before, after = texture(street, "wall", 1), texture(street, "wall", 2)
    change = np.abs(after - before).mean((0, 2))
    assert change[0] < 1 and change[-8:].mean() > 20
    assert np.corrcoef(change, np.arange(SIZE))[0, 1] > 0.9, "as the weight rises from edge to edge"
    names = {path.name for path in (street.root / "textures/wall/002").iterdir()}
    assert names >= {"basecolor.png", "mask.png", "normal.png"}


def test_no_part_of_a_texture_stays_on_a_map_that_was_made_anew(
    person: Any, street: Project
) -> None:
    person.ask(job(street, 1))
    weigh_toward_the_right(street)
    write_surface(street, "made anew")
    asked = job(street, 2, look=OTHER, standing=(StandingTexture("wall", 1, part=True),))
    failed = person.ask(asked)
    assert failed.kind == "InputError" and "paint all of it first" in failed.message
    assert len(Takes(street, "textures").list("wall")) == 1
    assert person.ask(job(street, 3, look=OTHER)) == Done(3), "all of it may be painted"


def test_a_neighbour_whose_map_was_made_anew_is_not_held(person: Any, street: Project) -> None:
    person.ask(job(street, 1))
    write_surface(street, "made anew")
    asked = job(street, 2, objects=("ball",), standing=(StandingTexture("wall", 1),))
    assert person.ask(asked) == Done(2)
    request = Takes(street, "textures").load("ball", 1).texture_request
    assert request is not None and request.standing == ()
    assert any("texture of wall" in note.text for note in person.of(Note))


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (StandingTexture("fence", 1), "its mesh was not written"),
        (StandingTexture("ball", 7), "has no take 7"),
        (StandingTexture("wall", 1, part=True), "name a vertex group"),
    ],
)
def test_what_does_not_stand_is_said_in_a_sentence(
    person: Any, street: Project, standing: StandingTexture, words: str
) -> None:
    person.ask(job(street, 1))
    failed = person.ask(job(street, 2, look=OTHER, standing=(standing,)))
    assert failed.kind == "InputError" and words in failed.message
    assert len(Takes(street, "textures").list("wall")) == 1


def test_a_texture_that_was_removed_by_hand(person: Any, street: Project) -> None:
    person.ask(job(street, 1))
    (street.root / "textures/wall/001/basecolor.png").unlink()
    surface = read_document(SurfaceSet, street.surface_set)
    with pytest.raises(InputError, match="is not there"):
        Standing([StandingTexture("wall", 1)], Takes(street, "textures"), surface, Path("unused"))


def test_a_texture_that_somebody_painted_over_stands_as_it_is_now(
    person: Any, street: Project
) -> None:
    person.ask(job(street, 1))
    path = street.root / "textures/wall/001/basecolor.png"
    asked = {"objects": ("ball",), "look": OTHER, "standing": (StandingTexture("wall", 1),)}
    person.ask(job(street, 2, **asked))
    Image.new("RGB", (SIZE, SIZE), (255, 0, 0)).save(path)
    person.ask(job(street, 3, **asked))
    request = Takes(street, "textures").load("ball", 2).texture_request
    assert request is not None and request.standing[0].sha256 == sha256_of(path)
    Image.new("RGB", (SIZE, SIZE // 2)).save(path)
    failed = person.ask(job(street, 4, **asked))
    assert failed.kind == "InputError" and "64 × 32" in failed.message


def test_texels_come_back_to_the_pixels_that_show_them() -> None:
    """A red and green chequer on a wall that fills the picture, seen as it is laid."""
    side = 32
    matrix = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 1.0, 0, 0, 0, 1.0)
    lens = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
    view = View(
        np.zeros((side, side, 3), np.uint8),
        np.ones((side, side), np.float32),
        np.full((side, side), 4, np.int32),
        matrix,
        lens,
    )
    wall = quad((-1, 1), (-1, 1), 0)
    normals = np.broadcast_to(np.array([0, 0, 1], np.float32), wall.shape).copy()
    chequer = (np.indices((64, 64)).sum(0) // 16 % 2).astype(np.float32)
    colours = np.stack([chequer, 1 - chequer, chequer * 0], -1)
    shown = Shown.nothing(view)
    left = np.zeros((64, 64), bool)
    left[:, :32] = True
    shown.add(4, UV, [Pose(view, wall, normals)], colours, left)
    picture, mask = shown.picture(view)
    assert (mask[:, : side // 2] == 1).all() and (mask[:, side // 2 + 4 :] == 0).all()
    middles = [(row, column) for row in (4, 12, 20, 28) for column in (4, 12)]
    for row, column in middles:
        assert picture[row, column] == pytest.approx(colours[row * 2, column * 2], abs=0.02)
