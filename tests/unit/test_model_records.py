"""The nouns: requests hash what affects a picture, and what makes no sense is refused."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import pytest

from underpaint.errors import FormatError
from underpaint.model.codec import (
    document_text,
    dump_document,
    from_plain,
    load_document,
    parse_document,
)
from underpaint.model.look import Look
from underpaint.model.request import (
    RECIPE,
    EngineRef,
    FrameRequest,
    KeptFrame,
    StandingRef,
    TextureRequest,
    ViewRef,
)
from underpaint.model.shot import Shot
from underpaint.model.surface import SurfaceObject, SurfaceSet, SurfaceView
from underpaint.model.take import FileRecord, Pick, Picks, Take

ENGINE = EngineRef("built-in", "Stable Diffusion 1.5", "CC0-1.0", "f" * 64)
LOOK = Look("dusk", "a street at dusk", "fog", 6, 3.0, {"depth": 1.0})
FRAMES = FrameRequest(
    ENGINE, LOOK, 5, "shot", 512, 288, (ViewRef("s", 1, "a"), ViewRef("s", 2, "b")), (1.5, 20.0)
)
TEXTURE = TextureRequest(ENGINE, LOOK, 5, 1024, "m" * 64, (ViewRef("s", 1, "a"),))


@dataclass(frozen=True)
class Wrapped:
    shot: Shot


CHANGED: dict[str, Any] = {
    "engine": replace(ENGINE, fingerprint="0" * 64),
    "look": replace(LOOK, words="noon"),
    "seed": 6,
    "seed_per": "frame",
    "width": 513,
    "height": 289,
    "size": 2048,
    "mesh": "n" * 64,
    "views": (ViewRef("s", 1, "c"),),
    "depth_range": (1.5, 21.0),
    "depth_ranges": ((1.0, 9.0),),
    "batch": 2,
    "mode": "steady",
    "cadence": "twos",
    "kept": (KeptFrame(1, "0" * 64),),
    "repaint": 0.35,
    "phase": 1,
    "uv_map": "UVMap",
    "standing": (StandingRef("wall", "0" * 64),),
    "layout": "l" * 64,
    "recipe": RECIPE + 1,
}


@pytest.mark.parametrize("request_", [FRAMES, TEXTURE], ids=["frames", "texture"])
def test_whatever_changes_a_picture_changes_the_digest(
    request_: FrameRequest | TextureRequest,
) -> None:
    for field in fields(request_):
        other = replace(request_, **{field.name: CHANGED[field.name]})
        assert other.digest != request_.digest, field.name
    assert parse_document(type(request_), document_text(request_)).digest == request_.digest


@pytest.mark.parametrize("request_", [FRAMES, TEXTURE], ids=["frames", "texture"])
def test_a_request_from_before_recipes_loads_and_equals_no_new_one(
    request_: FrameRequest | TextureRequest,
) -> None:
    old = load_document(type(request_), first_version(dump_document(request_)))
    assert replace(old, recipe=RECIPE) == request_
    assert old.recipe == 0 and old.digest != request_.digest


def test_a_take_from_before_recipes_loads() -> None:
    record = (FileRecord("frame_0001.png", "0" * 64, 1),)
    take = Take("s", 1, "2026-01-01T00:00:00+00:00", "Ana", 2.5, record, frame_request=FRAMES)
    plain = {**dump_document(take), "version": 1}
    plain["frame_request"] = first_version(plain["frame_request"])
    old = load_document(Take, plain)
    assert old == replace(take, frame_request=replace(FRAMES, recipe=0))


def first_version(plain: dict[str, Any]) -> dict[str, Any]:
    """A request as version 1 wrote it."""
    old = {key: value for key, value in plain.items() if key not in ("batch", "recipe")}
    return {**old, "version": 1} if "version" in old else old


@pytest.mark.parametrize(
    ("manner", "words"),
    [
        ({"mode": "steady"}, ""),
        ({"mode": "each"}, "each"),
        ({"mode": "anchored", "repaint": 0.35}, "anchored 0.35"),
        ({"mode": "steady", "cadence": "keys"}, "keys only"),
        ({"mode": "each", "cadence": "threes"}, "each, on threes"),
        ({"mode": "anchored", "repaint": 0.5, "cadence": "twos"}, "anchored 0.5, on twos"),
    ],
)
def test_how_frames_came_about_is_told_where_it_is_not_the_usual(
    manner: dict[str, Any], words: str
) -> None:
    assert replace(FRAMES, **manner).manner == words


def test_frames_are_painted_in_an_order_that_counts() -> None:
    assert replace(FRAMES, views=FRAMES.views[::-1]).digest != FRAMES.digest


@pytest.mark.parametrize("end", [1, 24])
def test_a_shot_counts_both_its_ends(end: int) -> None:
    assert list(Shot("s", "Camera", 1, end).frames) == list(range(1, end + 1))


def test_a_shot_that_ends_before_it_starts() -> None:
    with pytest.raises(FormatError, match="ends at frame 3"):
        Shot("s", "Camera", 4, 3)
    with pytest.raises(FormatError, match=r"\$\.shot: shot 's' ends"):
        from_plain(Wrapped, {"shot": {"name": "s", "camera": "C", "start": 4, "end": 3}})


def test_a_take_holds_one_request() -> None:
    record = (FileRecord("frame_0001.png", "0" * 64, 1),)
    take = Take("s", 1, "2026-01-01T00:00:00+00:00", "Ana", 2.5, record, frame_request=FRAMES)
    assert take.request is FRAMES
    assert parse_document(Take, document_text(take)) == take
    assert replace(take, frame_request=None, texture_request=TEXTURE).request is TEXTURE
    with pytest.raises(FormatError):
        replace(take, frame_request=None)
    with pytest.raises(FormatError):
        replace(take, texture_request=TEXTURE)


def test_picks_come_back() -> None:
    picks = Picks({"s": Pick(1, "Ana", "now")}, {"vaca": Pick(2, "Ben", "later")})
    assert parse_document(Picks, document_text(picks)) == picks


def test_surfaces_of_the_first_version_open():
    """They named one UV map for all of their objects."""
    old = """{
     "format": "underpaint/surface", "version": 1, "uv_map": "Underpaint",
     "views": [{"index": 0, "shot": "a", "frame": 3}],
     "objects": [{"id": 7, "name": "wall", "mesh": ".surface/wall.npz", "sha256": "ab"}]
    }"""
    wall = SurfaceObject(7, "wall", ".surface/wall.npz", "ab", "Underpaint")
    assert parse_document(SurfaceSet, old) == SurfaceSet((SurfaceView(0, "a", 3),), (wall,))
    with pytest.raises(FormatError, match="version 1 is not whole"):
        parse_document(SurfaceSet, '{"format": "underpaint/surface", "version": 1}')
