"""The atlases job through a real worker process."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest
from PIL import Image

from underpaint.credits.verify import verify
from underpaint.library.hashes import sha256_of
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import EngineRef, TextureRequest, TileRequest, ViewRef
from underpaint.wire.messages import AtlasTexture, Done, Failed, PackAtlases, TakeDone

ENGINE = EngineRef("e", "numpy", "GPL-3.0-or-later", "0" * 64)


def png(pixels: np.ndarray) -> bytes:
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def paint(project: Project, name: str, side: int, seed: int, **maps: np.ndarray) -> np.ndarray:
    """A texture take with a base colour of noise; its pixels."""
    request = TextureRequest(ENGINE, Look("l", "w"), seed, side, name, (ViewRef("s", 1, "p"),))
    pixels = np.random.default_rng(seed).integers(0, 255, (side, side, 3), np.uint8)
    with Takes(project, "textures").begin(request, name) as unfinished:
        for file, content in {"basecolor": pixels, **maps}.items():
            unfinished.add_file(f"{file}.png", png(content))
        unfinished.finish("Ana", 1.0)
    return pixels


def atlas_job(project: Project, number: int, *names: str) -> PackAtlases:
    textures = tuple(AtlasTexture(name, 1, (float(i), 0.0, 0.0)) for i, name in enumerate(names))
    return PackAtlases(number, str(project.root), textures, "Ana")


def read(project: Project, name: str, number: int = 1) -> np.ndarray:
    return np.asarray(Image.open(project.root / "atlases/Atlas 01" / f"{number:03d}" / name))


def test_textures_share_a_picture_and_its_record_says_where(person: Any, project: Project) -> None:
    rough = np.full((64, 64), 77, np.uint8)
    steep = np.full((128, 128), 50000, np.uint16)
    wall = paint(project, "wall", 128, 1, height=steep)
    jar = paint(project, "jar ñ", 64, 2, roughness=rough)
    assert person.ask(atlas_job(project, 1, "wall", "jar ñ")) == Done(1)
    (done,) = person.of(TakeDone)
    assert (done.kind, done.subject, done.number) == ("atlases", "Atlas 01", 1)
    take = Takes(project, "atlases").load("Atlas 01", 1)
    assert take.atlas_request is not None
    cells = {cell.object: cell for cell in take.atlas_request.cells}
    for name, pixels in (("wall", wall), ("jar ñ", jar)):
        cell = cells[name]
        rows, columns = (slice(at, at + cell.side) for at in (cell.top, cell.left))
        assert np.array_equal(read(project, "basecolor.png")[rows, columns], pixels)
    jar_cell, wall_cell = cells["jar ñ"], cells["wall"]
    roughness, height = read(project, "roughness.png"), read(project, "height.png")
    assert roughness[jar_cell.top, jar_cell.left] == 77
    assert roughness[wall_cell.top, wall_cell.left] == 255, "where a texture has none: matt"
    assert height[wall_cell.top, wall_cell.left] == 50000
    assert height[jar_cell.top, jar_cell.left] == pytest.approx(32768, abs=1)
    said = verify(project.take("atlases", "Atlas 01", 1))
    assert all(statement.ok for statement in said) and "an atlas packed" in said[0].text
    assert "wall" in said[1].text and "jar ñ" in said[1].text


def test_the_same_again_is_not_packed_again_and_other_ones_are_a_new_take(
    person: Any, project: Project
) -> None:
    for seed, name in enumerate(("a", "b", "c")):
        paint(project, name, 64, seed)
    for number, names in enumerate((("a", "b"), ("a", "b"), ("a", "b", "c")), 1):
        person.ask(atlas_job(project, number, *names))
    assert [(d.number, d.reused) for d in person.of(TakeDone)] == [
        (1, False),
        (1, True),
        (2, False),
    ]


def test_what_somebody_painted_over_is_packed_as_it_is(person: Any, project: Project) -> None:
    paint(project, "wall", 64, 1)
    person.ask(atlas_job(project, 1, "wall"))
    over = project.take("textures", "wall", 1) / "basecolor.png"
    over.write_bytes(png(np.full((64, 64, 3), 9, np.uint8)))
    person.ask(atlas_job(project, 2, "wall"))
    request = Takes(project, "atlases").load("Atlas 01", 2).atlas_request
    assert request is not None and request.cells[0].sha256 == sha256_of(over)
    cell = request.cells[0]
    assert (read(project, "basecolor.png", 2)[cell.top : cell.top + 64, cell.left] == 9).all()


def test_what_no_atlas_can_hold(person: Any, project: Project) -> None:
    tile = TileRequest(ENGINE, Look("l", "w"), 1, 64, "wall", 2.0)
    with Takes(project, "textures").begin(tile, "lawn") as unfinished:
        unfinished.add_file("basecolor.png", png(np.zeros((64, 64, 3), np.uint8)))
        unfinished.finish("Ana", 1.0)
    failed = person.ask(atlas_job(project, 1, "lawn"))
    assert isinstance(failed, Failed) and "lawn wears a tile" in failed.message
    nothing = person.ask(atlas_job(project, 2))
    assert isinstance(nothing, Failed) and "no texture to pack" in nothing.message
    gone = person.ask(atlas_job(project, 3, "gone"))
    assert isinstance(gone, Failed) and "gone has no take 1" in gone.message
    assert not (project.root / "atlases").exists()


def test_a_picture_that_was_spoiled_is_named(person: Any, project: Project) -> None:
    paint(project, "wall", 64, 1)
    path = project.take("textures", "wall", 1) / "basecolor.png"
    path.write_bytes(path.read_bytes()[:200])
    failed = person.ask(atlas_job(project, 1, "wall"))
    assert isinstance(failed, Failed) and "basecolor.png cannot be read" in failed.message
