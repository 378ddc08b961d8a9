"""The tiles job through a real worker process, and with engines whose edges do not meet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from underpaint.credits.verify import verify
from underpaint.errors import Cancelled, InputError
from underpaint.library import picks
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import HEIGHT_TEXELS, EngineRef, TileRequest
from underpaint.surface.tile import MOST_STEP, seam, steps
from underpaint.wire.messages import Done, Failed, Message, Note, PaintTiles, Progress, TakeDone
from underpaint.worker.engine import EngineInfo
from underpaint.worker.job import Job
from underpaint.worker.jobs.tiles import controls_of, paint_tiles

LOOK = Look("dusk", "mossy stone", steps=2)


def tiles_job(project: Project, number: int = 1, **values: Any) -> PaintTiles:
    asked = {"grounds": ("lawn",), "walls": ("wall ñ", "gable"), "look": LOOK, **values}
    asked = {"engine": "stand-in", "by": "Ana", "seed": 5, "size": 64, "metres": 2.5, **asked}
    return PaintTiles(number, str(project.root), **asked)


def picture(project: Project, name: str, number: int = 1) -> np.ndarray:
    path = project.take("textures", name, number) / "basecolor.png"
    return np.asarray(Image.open(path), np.float32) / 255


def test_every_object_gets_a_take_with_its_record(person: Any, project: Project) -> None:
    assert person.ask(tiles_job(project)) == Done(1)
    takes = Takes(project, "textures")
    assert [done.subject for done in person.of(TakeDone)] == ["lawn", "wall ñ", "gable"]
    request = takes.load("gable", 1).tile_request
    assert isinstance(request, TileRequest)
    assert (request.facing, request.metres, request.size, request.seed) == ("wall", 2.5, 64, 5)
    assert takes.load("lawn", 1).tile_request.facing == "ground"  # type: ignore[union-attr]
    for name in ("lawn", "gable"):
        assert picture(project, name).shape == (64, 64, 3)
        assert seam(picture(project, name)) <= MOST_STEP
    assert np.array_equal(picture(project, "gable"), picture(project, "wall ñ"))
    assert not np.array_equal(picture(project, "gable"), picture(project, "lawn"))


def test_a_tile_has_maps_that_repeat_with_it(person: Any, project: Project) -> None:
    person.ask(tiles_job(project))
    folder = project.take("textures", "lawn", 1)
    files = {f.file: f.metres for f in Takes(project, "textures").load("lawn", 1).files}
    assert files.keys() == {"basecolor.png", "roughness.png", "height.png", "normal.png"}
    assert files["height.png"] == pytest.approx(HEIGHT_TEXELS * 2.5 / 64)
    height = np.asarray(Image.open(folder / "height.png"))
    assert height.dtype == np.uint16 and height.shape == (64, 64)
    for name in ("roughness", "height", "normal"):
        values = np.asarray(Image.open(folder / f"{name}.png"), np.float32).reshape(64, 64, -1)
        assert not any(steps(values, axis).stands_out for axis in (0, 1))
    gable, wall = (project.take("textures", name, 1) for name in ("gable", "wall ñ"))
    assert (gable / "normal.png").read_bytes() == (wall / "normal.png").read_bytes()


def test_credits_and_picks_know_a_tile(person: Any, project: Project) -> None:
    person.ask(tiles_job(project))
    said = verify(project.take("textures", "lawn", 1))
    assert all(statement.ok for statement in said)
    assert said[0].text.startswith("a tile painted") and "Ana" in said[0].text
    chosen = picks.pick(project, "lawn", 1, "Ben", "textures")
    assert chosen.textures["lawn"].take == 1


def test_the_same_again_is_not_painted_again(person: Any, project: Project) -> None:
    person.ask(tiles_job(project))
    person.heard.clear()
    person.ask(tiles_job(project, 2, walls=("gable", "shed")))
    done = {said.subject: said.reused for said in person.of(TakeDone)}
    assert done == {"lawn": True, "gable": True, "shed": False}
    assert not [said for said in person.of(Progress) if "step" in said.text]
    assert np.array_equal(picture(project, "shed"), picture(project, "gable"))
    person.ask(tiles_job(project, 3, metres=4.0))
    assert Takes(project, "textures").load("gable", 2).tile_request.metres == 4.0  # type: ignore[union-attr]


@pytest.mark.parametrize("edited", [b"cut off", None])
def test_a_tile_that_somebody_changed_on_disk_is_not_given_to_others(
    person: Any, project: Project, edited: bytes | None
) -> None:
    person.ask(tiles_job(project, grounds=()))
    painted = picture(project, "gable")
    for name in ("gable", "wall ñ"):
        path = project.take("textures", name, 1) / "basecolor.png"
        if edited is None:
            Image.new("RGB", (64, 64), "red").save(path)
        else:
            path.write_bytes(edited)
    assert person.ask(tiles_job(project, 2, grounds=(), walls=("gable", "shed"))) == Done(2)
    assert np.array_equal(picture(project, "shed"), painted)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"grounds": (), "walls": ()}, "no object to lay a tile on"),
        ({"size": 8}, "A tile of 8 texels"),
        ({"metres": 0.0}, "A tile of 0 m"),
        ({"seed": -1}, "The seed is -1"),
    ],
)
def test_bad_orders_end_in_a_sentence(
    person: Any, project: Project, wrong: dict[str, Any], said: str
) -> None:
    failed = person.ask(tiles_job(project, **wrong))
    assert isinstance(failed, Failed) and said in failed.message
    assert not project.root.joinpath("textures").exists()


class _Torn:
    """An engine whose pictures do not go on at their edges: a slope of two colours."""

    info = EngineInfo(
        EngineRef("torn", "numpy", "GPL-3.0-or-later", "0" * 64), ("depth",), 32, 1, 1
    )

    def paint(self, views: Any, settings: Any, on_step: Any) -> list[np.ndarray]:
        assert settings.seamless
        on_step(1, 1, None)
        side = views[0].controls["depth"].shape[0]
        slope = np.linspace(0.2, 0.8, side, dtype=np.float32)[:, None, None]
        grain = np.random.default_rng(1).random((side, side, 3), np.float32) * 0.05
        return [slope * np.float32([1, 0.5, 0.2]) + slope.transpose(1, 0, 2) * 0.2 + grain]

    def unread(self, words: str) -> str:
        return ""


class _Studio:
    made_with: Mapping[str, str] = {}

    def describe(self, name: str, told: Any) -> EngineInfo:
        return _Torn.info

    def engine(self, name: str, told: Any) -> _Torn:
        return _Torn()


def test_a_tile_that_somebody_painted_over_is_not_given_to_others(
    person: Any, project: Project
) -> None:
    person.ask(tiles_job(project, walls=("gable",)))
    before = picture(project, "gable")
    over = project.take("textures", "gable", 1) / "basecolor.png"
    Image.new("RGB", (64, 64), (255, 0, 0)).save(over)
    person.ask(tiles_job(project, 2, walls=("gable", "wall ñ")))
    assert np.array_equal(picture(project, "wall ñ"), before)


def test_an_engine_whose_edges_do_not_meet_is_mended(project: Project) -> None:
    said: list[Message] = []
    job = Job(1, said.append, lambda: False)
    paint_tiles(tiles_job(project, size=100), job, _Studio())  # type: ignore[arg-type]
    assert any(isinstance(m, Note) and "cut and joined" in m.text for m in said)
    tile = picture(project, "gable")
    assert tile.shape == (96, 96, 3), "the engine's multiple, and not more than was asked"
    assert seam(tile) <= MOST_STEP


def test_cancelling_leaves_nothing(project: Project) -> None:
    job = Job(1, lambda _: None, lambda: True)
    with pytest.raises(Cancelled):
        paint_tiles(tiles_job(project), job, _Studio())  # type: ignore[arg-type]
    assert not list(project.root.glob("textures/*/0*"))


def request(facing: str = "wall", relief: str = "flat") -> TileRequest:
    return TileRequest(_Torn.info.ref, LOOK, 3, 64, facing, 2.0, relief)  # type: ignore[arg-type]


ALL = EngineInfo(_Torn.info.ref, ("depth", "normal", "edges", "segments"), 8, 1, 1)


@pytest.mark.parametrize(("facing", "up"), [("ground", 0.9), ("wall", 0.0)])
def test_flat_controls_are_the_same_everywhere(facing: str, up: float) -> None:
    controls = controls_of(ALL, request(facing), 16)
    assert set(controls) == set(ALL.controls)
    for control in controls.values():
        assert control.shape == (16, 16, 3) and control.dtype == np.float32
        assert (control == control[:1, :1]).all() and 0 <= control.min() <= control.max() <= 1
    normal = controls["normal"][0, 0] * 2 - 1
    assert np.linalg.norm(normal) == pytest.approx(1, abs=1e-6)
    assert normal[1] == pytest.approx(up, abs=0.01)


def test_controls_of_bricks_show_bricks_and_go_on_at_their_edges() -> None:
    controls = controls_of(ALL, request(relief="bricks"), 256)
    for kind in ("depth", "normal", "edges"):
        assert controls[kind].std() > 0.01
        assert not any(steps(controls[kind], axis).stands_out for axis in (0, 1))
    deep = controls["depth"] < controls["depth"].max() - 0.05
    assert np.array_equal(deep, controls["edges"] > 0.5)
    lengths = np.linalg.norm(controls["normal"] * 2 - 1, axis=-1)
    assert lengths == pytest.approx(np.ones((256, 256)), abs=1e-5)
    with pytest.raises(InputError, match="no relief 'straw'"):
        controls_of(ALL, request(relief="straw"), 64)


def test_the_words_choose_what_is_laid(person: Any, project: Project) -> None:
    person.ask(tiles_job(project, look=Look("dusk", "a red brick wall", steps=2), grounds=()))
    take = Takes(project, "textures").load("gable", 1)
    assert take.tile_request is not None and take.tile_request.relief == "bricks"
    assert seam(picture(project, "gable")) <= MOST_STEP


def test_a_project_that_cannot_be_written(person: Any, project: Project) -> None:
    folder = project.takes("textures", "lawn")
    folder.parent.mkdir(parents=True)
    Path(folder).write_text("in the way")
    failed = person.ask(tiles_job(project))
    assert isinstance(failed, Failed) and "lawn" in failed.message


def test_a_look_that_makes_no_sense(project: Project) -> None:
    with pytest.raises(InputError, match="1000"):
        paint_tiles(
            tiles_job(project, look=Look("dusk", "stone", steps=0)),
            Job(1, lambda _: None, lambda: False),
            _Studio(),  # type: ignore[arg-type]
        )
