"""Frames between keys: right places, nothing from the wrong thing, sharp, and no jump at a key."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.analytic import (
    FLAT,
    LENS,
    SIZE,
    Ball,
    Box,
    Shape,
    bodies_painted,
    look_from,
    moved,
    see,
    texture,
)
from underpaint.motion.frame import NOBODY, Frame
from underpaint.motion.gather import Gathered, gather
from underpaint.motion.painted import Painted
from underpaint.surface.sight import Sight

LENSES = pytest.mark.parametrize("lens", [LENS, FLAT], ids=["perspective", "orthographic"])


def street(time: float, lens: tuple[float, ...] = LENS, pan: float = 3.0) -> Sight:
    """Ten frames of a ground, a wall, boxes, a ball that rolls and a wire that crosses them."""
    cam = look_from(
        moved(0.08 * time - 0.3, -9, 2.2 + 0.02 * time, turn=pan * time / 10, tilt=82), lens, SIZE
    )
    return see(cam, _things(time), _things(0))


def _things(time: float) -> list[Shape]:
    f = time / 10
    return [
        Box(1, (30, 30, 0.1), moved(0, 0, -0.1)),
        Box(2, (1, 1, 1), moved(-2 + 1.5 * f, 1, 1, turn=30 * f)),
        Box(3, (0.8, 0.8, 0.8), moved(2, -1 - f, 0.8, turn=20)),
        Ball(4, 1.0, moved(0.5, 3.0, 1.0, turn=40 * f)),
        Box(5, (0.04, 0.04, 2.0), moved(-0.5 + 0.4 * f, -2, 1.5)),
        Box(6, (8, 0.2, 2), moved(0, 8, 2)),
    ]


def painted(sight: Sight, time: float, picture: np.ndarray | None = None) -> Painted:
    return Painted(Frame(sight), texture(sight) if picture is None else picture, time)


def psnr(one: np.ndarray, other: np.ndarray, where: np.ndarray) -> float:
    return float(-10 * np.log10(np.square(one - other)[where].mean()))


def soft(picture: np.ndarray) -> np.ndarray:
    """As painted: outlines run over a pixel."""
    padded = np.pad(picture, ((1, 1), (1, 1), (0, 0)), mode="edge")
    height, width = picture.shape[:2]
    taps = itertools.product((0, 1, 2), repeat=2)
    return np.mean([padded[y : y + height, x : x + width] for y, x in taps], axis=0)


@LENSES
def test_in_betweens_show_the_solid_texture_wherever_a_key_saw_it(lens: tuple[float, ...]) -> None:
    keys = [painted(street(time, lens), time) for time in (0, 10)]
    for time in (2, 5, 9):
        sight = street(time, lens)
        got = gather(Frame(sight), time, keys)
        near = sight.depth < 12  # farther waves are finer than pixels
        assert got.known.mean() > 0.99
        assert psnr(got.picture, texture(sight), got.known & near) > 33


@LENSES
def test_nothing_is_taken_from_the_wrong_object(lens: tuple[float, ...]) -> None:
    sights = [street(time, lens) for time in (0, 10)]
    keys = [
        painted(sight, time, bodies_painted(sight))
        for sight, time in zip(sights, (0, 10), strict=True)
    ]
    for time in (1, 5, 8):
        sight = street(time, lens)
        got = gather(Frame(sight), time, keys)
        assert (got.source_body[got.known] == sight.object_id[got.known]).all()
        assert (got.source_body[~got.known] == NOBODY).all()
        off = np.abs(got.picture - bodies_painted(sight)).max(-1)
        assert off[got.known].max() < 1e-3, "every body was painted in one colour of its own"


def test_a_wire_one_pixel_wide_is_gathered() -> None:
    keys = [painted(street(time), time) for time in (0, 10)]
    for time in (3, 5, 7):
        sight = street(time)
        wire = sight.object_id == 5
        across = np.count_nonzero(wire.any(0))
        assert 1 <= across <= 2
        got = gather(Frame(sight), time, keys)
        assert got.known[wire].mean() > 0.97
        assert psnr(got.picture, texture(sight), wire & got.known) > 24


def test_a_key_is_returned_as_it_was_painted_and_frames_near_it_hardly_differ() -> None:
    keys = [painted(street(0), 0), painted(street(10), 10, texture(street(10)) * 0.6)]
    at_key = gather(Frame(street(0)), 0, keys)
    assert at_key.known.all() and np.abs(at_key.picture - keys[0].picture).max() < 1e-4
    beside = gather(Frame(street(0.05)), 0.05, keys)
    assert np.abs(beside.picture - keys[0].picture)[beside.known].mean() < 0.01


def test_keys_are_faded_into_each_other_evenly() -> None:
    sight = street(0)
    keys = [
        painted(sight, 0, np.full((*SIZE, 3), 0.2)),
        painted(sight, 10, np.full((*SIZE, 3), 0.6)),
    ]
    tones = [gather(Frame(sight), t, keys).picture.mean() for t in range(11)]
    assert tones == sorted(tones) and max(np.diff(tones)) < 0.1
    assert tones[0] == pytest.approx(0.2, abs=1e-4) and tones[-1] == pytest.approx(0.6, abs=1e-4)


def test_what_is_hidden_in_one_key_comes_from_the_other_at_any_time() -> None:
    dark, light = street(0), street(10)
    keys = [
        painted(dark, 0, np.full((*SIZE, 3), 0.2)),
        painted(light, 10, np.full((*SIZE, 3), 0.6)),
    ]
    sight = street(1)
    only_last = gather(Frame(sight), 1, keys[1:]).known & ~gather(Frame(sight), 1, keys[:1]).known
    assert only_last.any()
    got = gather(Frame(sight), 1, keys)
    assert np.allclose(got.picture[only_last], 0.6, atol=1e-3)


def test_strokes_that_differ_keep_their_contrast_halfway() -> None:
    sight = street(0)
    rng = np.random.default_rng(0)
    keys = [
        painted(sight, time, soft(rng.random((*SIZE, 3))).astype(np.float32)) for time in (0, 10)
    ]
    got = gather(Frame(sight), 5, keys).picture.mean(-1)
    plain = (keys[0].picture + keys[1].picture).mean(-1) / 2
    assert got.std() > 1.2 * plain.std()
    assert got.std() < 1.1 * keys[0].picture.mean(-1).std()


def test_soft_outlines_leave_no_ghost_where_they_were() -> None:
    """The box moves; the wall and the ground behind its former outline stay theirs."""
    sights = {time: street(time) for time in (0, 5, 10)}
    keys = [painted(sights[t], t, soft(bodies_painted(sights[t]))) for t in (0, 10)]
    frame = Frame(sights[5])
    got = gather(frame, 5, keys)
    inside = (frame.outlines.clearance >= 3) & got.known
    off = np.abs(got.picture - bodies_painted(sights[5])).max(-1)
    assert off[inside].max() < 0.06 and np.mean(off[inside] > 0.02) < 1e-3


def test_a_drawn_outline_goes_away_with_what_it_was_drawn_around() -> None:
    """Four pixels beside a box the wall shows no line, where a key painted it beside the box."""

    def slide(time: float) -> Sight:
        things = [
            Box(1, (9, 0.2, 9), moved(0, 3, 0)),
            Box(2, (1, 1, 1), moved(0.06 * time - 0.3, 0, 0)),
        ]
        return see(look_from(moved(0, -9, 0, tilt=90), LENS, SIZE), things, things)

    def drawn(time: float) -> Painted:
        frame = Frame(slide(time))
        line = (frame.behind.reshape(SIZE) <= 2) & (frame.sight.object_id == 1)
        return painted(frame.sight, time, np.where(line[..., None], 0.0, np.full((*SIZE, 3), 0.7)))

    ends = [drawn(0), drawn(10)]
    for time in (3, 5, 7):
        frame = Frame(slide(time))
        got = gather(frame, time, ends)
        away = (frame.behind.reshape(SIZE) >= 6) & (frame.sight.object_id == 1) & got.known
        assert got.picture[away].min() > 0.69


def test_the_sky_turns_with_the_camera() -> None:
    keys = [painted(see(look_from(moved(turn=turn, tilt=90), LENS), []), t)
            for t, turn in ((0, 0), (10, 20))]  # fmt: skip
    sight = see(look_from(moved(x=50, turn=8, tilt=90), LENS), [])
    got = gather(Frame(sight), 4, keys)
    assert got.known.mean() > 0.95
    assert psnr(got.picture, texture(sight), got.known) > 40


def test_another_body_the_back_of_a_sheet_and_what_lies_behind_are_not_taken() -> None:
    sight = see(look_from(moved(y=-5, tilt=90)), [Box(1, (3, 0.5, 3), moved())])
    key = painted(sight, 0)
    assert gather(Frame(sight), 1, [key]).known.all()
    box = sight.object_id == 1
    others = (
        replace(sight, object_id=sight.object_id + 7),
        replace(sight, normal=-sight.normal),
        replace(sight, depth=sight.depth - np.float32(0.4)),
        replace(sight, motion={1: None}),
    )
    for other in others:
        assert not gather(Frame(other), 1, [key]).known[box].any()


def test_a_wall_seen_flatly_is_gathered() -> None:
    """Its pixels are sixty times as long as wide."""
    wall = [Box(1, (40, 1, 1.5), moved(0, 0, 0))]
    sights = [
        see(look_from(moved(x=-1 + t * 0.1, y=-1.08, turn=-78, tilt=90)), wall) for t in (0, 5, 10)
    ]
    keys = [painted(sights[0], 0), painted(sights[2], 10)]
    got = gather(Frame(sights[1]), 5, keys)
    assert got.known[sights[1].object_id == 1].mean() > 0.98


def test_a_patch_is_laid_over_what_the_keys_say_and_serves_others() -> None:
    keys = [painted(street(t), t, np.full((*SIZE, 3), 0.3)) for t in (0, 10)]
    first = street(5)
    bare = gather(Frame(first), 5, keys)
    hole = ~bare.known
    assert hole.any()
    patch = Painted(Frame(first), np.full((*SIZE, 3), 0.9), 5, hole.astype(np.float32))
    other = street(5.4)
    before = gather(Frame(other), 5.4, keys)
    after = gather(Frame(other), 5.4, keys, [patch])
    fresh = after.known & ~before.known
    assert fresh.sum() > 0.5 * (~before.known).sum()
    assert np.allclose(after.picture[fresh], 0.9, atol=1e-3)
    assert (after.source_body[fresh] == other.object_id[fresh]).all()


def test_far_from_the_origin_nothing_is_lost() -> None:
    def far(time: float) -> Sight:
        cam = look_from(moved(5e4 + 0.05 * time, 5e4 - 9, 2.2, tilt=82))
        return see(cam, [Box(1, (30, 30, 0.1), moved(5e4, 5e4, -0.1))])

    keys = [painted(far(t), t, bodies_painted(far(t))) for t in (0, 10)]
    got: Gathered = gather(Frame(far(5)), 5, keys)
    assert got.known[far(5).object_id == 1].mean() > 0.99


def rolling(shape: type[Ball] | type[Box], x: float, turn: float, tilt: float = 0) -> Sight:
    """A ball or a box before a wall that moves to the right, and turns in the picture's plane;
    ``tilt``: to and from us."""
    size = 1.0 if shape is Ball else (0.9, 0.7, 0.8)
    at, rest = moved(x=x, turn=turn, tilt=tilt), np.eye(4)
    back = Box(2, (9, 9, 0.1), moved(z=-3))
    things = [shape(7, size, at), back]  # type: ignore[arg-type]
    stills = [shape(7, size, rest), back]  # type: ignore[arg-type]
    return see(look_from(moved(z=6)), things, stills)


def lit_from_above(sight: Sight) -> np.ndarray:
    """H×W×3: what faces up is light."""
    return np.repeat(0.5 + 0.4 * sight.normal[..., 1:2].astype(np.float32), 3, 2)


def test_what_rolls_keeps_the_light_that_was_painted_on_it() -> None:
    """A car's wheels wore their shadows around and around."""
    sights = [rolling(Ball, 0.1 * time, 0, 80 * time) for time in range(3)]
    keys = [painted(sights[time], time, lit_from_above(sights[time])) for time in (0, 2)]
    got = gather(Frame(sights[1]), 1, keys)
    ball = (sights[1].object_id == 7) & got.known
    assert ball.sum() > 0.95 * (sights[1].object_id == 7).sum()
    off = np.abs(got.picture - lit_from_above(sights[1]))[ball]
    assert np.median(off) < 0.01 and off.mean() < 0.06, "but where it shows that it turns"


def test_what_turns_slowly_or_looks_otherwise_then_carries_its_paint_along() -> None:
    for shape, turn, tilt in ((Ball, 8.0, 0.0), (Box, 40.0, 0.0), (Box, 0.0, 40.0)):
        sights = [rolling(shape, 0.1 * t, turn * t, tilt * t) for t in range(2)]
        got = gather(Frame(sights[1]), 1, [painted(sights[0], 0)])
        thing = (sights[1].object_id == 7) & got.known
        assert thing.any() and psnr(got.picture, texture(sights[1]), thing) > 30, shape
