"""Key frames, holes, patches and steadiness of whole shots, ray-cast in numpy."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import pytest

from tests.unit.analytic import LENS, SIZE, Box, bodies_painted, look_from, moved, see, texture
from underpaint.motion import holes, keys, patches
from underpaint.motion.frame import NOBODY, Frame
from underpaint.motion.gather import Gathered, gather
from underpaint.motion.painted import Painted
from underpaint.motion.seen import shown
from underpaint.motion.steadiness import Steadiness, edge_f1
from underpaint.surface.sight import Sight


def pan(time: float, speed: float = 0.0, boxes: float = 0.0) -> Sight:
    """A camera that turns by ``speed`` degrees a frame, before boxes that slide by ``boxes``."""
    shapes = [Box(1, (60, 60, 0.1), moved(0, 0, -0.1)), Box(6, (30, 0.2, 5), moved(0, 12, 5))]
    rest = list(shapes)
    for number in range(4):
        x = 3 * number - 5
        rest.append(Box(10 + number, (0.6, 0.6, 1.2), moved(x, 2, 1.2)))
        shapes.append(Box(10 + number, (0.6, 0.6, 1.2), moved(x + boxes * time, 2, 1.2)))
    return see(look_from(moved(0, -6, 2, turn=-speed * time, tilt=84), LENS, SIZE), shapes, rest)


def crowd_that_deforms(time: float) -> Sight:
    """Half the picture is another body in every frame."""
    sight = pan(time)
    ids = sight.object_id.copy()
    ids[:, : SIZE[1] // 2] = 1000 + int(time)
    return replace(sight, object_id=ids)


def frames(sight_at: object, count: int, start: int = 0) -> Iterator[tuple[int, Sight]]:
    return ((t, sight_at(t)) for t in range(start, count))  # type: ignore[operator]


# --- key frames ---


def test_a_still_shot_has_a_key_every_ten_frames_and_its_last() -> None:
    assert list(keys.choose(frames(pan, 25))) == [0, 10, 20, 24]
    assert list(keys.choose(frames(pan, 1))) == [0]
    assert list(keys.choose(frames(pan, 2))) == [0, 1]
    assert list(keys.choose(iter(()))) == []


def newly_seen(sight: Sight, keys: Sequence[Sight]) -> float:
    """The share of a frame's picture that none of its keys shows, by few of its pixels."""
    frame = Frame(holes.coarse(sight))
    known = [shown(frame, Frame(holes.coarse(key))) for key in keys]
    return 1 - float(np.mean(np.logical_or.reduce(known))) if known else 1.0


def test_keys_stand_closer_where_more_is_newly_seen() -> None:
    def turning(t: float) -> Sight:
        return pan(t, speed=12.0)

    found = list(keys.choose(frames(turning, 24)))
    assert found[0] == 0 and found[-1] == 23
    gaps = np.diff(found)
    assert gaps.max() < 10
    for one, two in itertools.pairwise(found):
        for t in range(one + 1, two):
            new = newly_seen(turning(t), [turning(one), turning(two)])
            assert new <= keys.MOST_NEW + 1e-6
    wider = newly_seen(turning(5), [turning(0), turning(10)])
    assert wider > keys.MOST_NEW, "a gap of ten would show too much that is new"


def test_very_fast_and_deforming_things_make_every_frame_a_key() -> None:
    whip = list(keys.choose(frames(lambda t: pan(t, speed=70.0), 5)))
    assert whip == [0, 1, 2, 3, 4]
    assert list(keys.choose(frames(crowd_that_deforms, 5))) == [0, 1, 2, 3, 4]


def test_keys_are_the_same_read_on_from_any_of_them() -> None:
    def turning(t: float) -> Sight:
        return pan(t, speed=4.0 if t < 12 else 0.5, boxes=0.2)

    found = list(keys.choose(frames(turning, 30)))
    for at in range(len(found)):
        assert list(keys.choose(frames(turning, 30, start=found[at]))) == found[at:]


def test_no_more_than_a_gap_of_frames_is_read_ahead() -> None:
    read = []

    def told() -> Iterator[tuple[int, Sight]]:
        for number, sight in frames(pan, 60):
            read.append(number)
            yield number, sight

    for key in keys.choose(told()):
        assert len(read) <= key + 1 + keys.APART


def test_few_pixels_tell_how_much_no_key_shows() -> None:
    assert newly_seen(pan(0), [pan(0)]) == 0
    assert newly_seen(pan(0), []) == 1
    sight = pan(6, speed=2.0)
    full = ~gather(Frame(sight), 6, [key(pan(0), 0)]).known
    assert newly_seen(sight, [pan(0)]) == pytest.approx(full.mean(), abs=0.03)


# --- holes ---


def key(sight: Sight, time: float, picture: np.ndarray | None = None) -> Painted:
    return Painted(Frame(sight), bodies_painted(sight) if picture is None else picture, time)


def with_holes(sight: Sight, *cuts: tuple[slice, slice]) -> Gathered:
    known = np.ones(SIZE, bool)
    for cut in cuts:
        known[cut] = False
    picture = np.where(known[..., None], bodies_painted(sight), 0).astype(np.float32)
    return Gathered(picture, known, np.where(known, sight.object_id, NOBODY).astype(np.int32))


def test_specks_are_filled_from_their_own_body_and_holes_are_kept() -> None:
    sight = pan(0)
    frame = Frame(sight)
    edge = np.argmax(sight.object_id[60] == 10)
    speck, hole = np.s_[60:61, edge : edge + 2], np.s_[70:80, 100:112]
    got = holes.fill_specks(frame, with_holes(sight, speck, hole))
    assert got.known[speck].all() and not got.known[hole].any()
    assert np.allclose(got.picture[speck], bodies_painted(sight)[speck], atol=1e-5)
    assert (got.source_body[speck] == 10).all()


def test_small_holes_are_filled_from_the_same_body() -> None:
    sight = pan(0)
    edge = np.argmax(sight.object_id[60] == 10)
    hole = np.s_[58:64, edge - 3 : edge + 3]
    got = holes.fill_holes(Frame(sight), with_holes(sight, hole))
    assert got.known.all()
    assert np.allclose(got.picture, bodies_painted(sight), atol=1e-5)


def test_a_body_of_which_nothing_is_known_takes_what_is_beside() -> None:
    sight = pan(0)
    body = sight.object_id == 11
    gathered = with_holes(sight)
    gathered = replace(gathered, known=gathered.known & ~body)
    got = holes.fill_holes(Frame(sight), gathered)
    assert got.known.all() and np.isfinite(got.picture).all()


def test_a_body_of_which_nothing_is_known_takes_the_colour_that_its_keys_give_it() -> None:
    """A wheel turns to us what it hid in both keys: it took the colour of the road."""
    sight, key = pan(0), pan(1)
    body = sight.object_id == 11
    gathered = with_holes(sight)
    gathered = replace(gathered, known=gathered.known & ~body)
    keys = [Painted(Frame(key), bodies_painted(key), 1)]
    got = holes.fill_holes(Frame(sight), gathered, keys)
    assert got.known.all() and (got.source_body[body] == 11).all()
    assert np.allclose(got.picture, bodies_painted(sight), atol=1e-4)


def test_feathers_never_cross_an_outline() -> None:
    sight = pan(0)
    frame = Frame(sight)
    edge = np.argmax(sight.object_id[60] == 10)
    hole = np.zeros(SIZE, bool)
    hole[55:65, edge : edge + 4] = True
    alpha = holes.feather(frame, hole)
    assert (alpha[hole] == 1).all() and alpha[60, edge + 6] > 0.2
    assert (alpha[sight.object_id != 10] == 0).all()


def test_new_paint_takes_each_bodys_colour_within_bounds() -> None:
    sight = pan(0)
    frame = Frame(sight)
    gathered = with_holes(sight, np.s_[40:80, 20:60])
    darker = (bodies_painted(sight) * 0.85).astype(np.float32)
    matched = holes.match_colours(frame, darker, gathered)
    assert np.abs(matched - bodies_painted(sight)).max() < 0.02
    black = holes.match_colours(frame, np.full_like(darker, 0.01), gathered)
    assert black.max() < 0.03, "a gain is bounded"
    outlier = darker.copy()
    outlier[::7, ::7] = 1.0
    robust = holes.match_colours(frame, outlier, gathered)
    assert np.abs(robust - bodies_painted(sight))[1::7, 1::7].max() < 0.02


def test_new_paint_fills_the_hole_and_leaves_the_rest() -> None:
    sight = pan(0)
    gathered = with_holes(sight, np.s_[70:80, 100:112])
    alpha = holes.feather(Frame(sight), ~gathered.known)
    laid = holes.lay(gathered, np.ones((*SIZE, 3), np.float32), alpha)
    assert np.allclose(laid[~gathered.known], 1)
    assert np.array_equal(laid[alpha == 0], gathered.picture[alpha == 0])


# --- patches ---


def test_one_patch_serves_all_frames_that_show_the_same_hole() -> None:
    """The boxes slide; what they uncovered and cover again lies between the keys."""

    def slide(t: float) -> Sight:
        return pan(t if t <= 5 else 10 - t, boxes=0.35)

    between = {t: slide(t) for t in range(1, 10)}
    plan = patches.plan_gap(between, {0: slide(0), 10: slide(10)})
    new = {t: newly_seen(sight, [slide(0), slide(10)]) for t, sight in between.items()}
    assert 1 <= len(plan) <= 3 and len({t for t in new if new[t] > 0.004}) > 4
    assert new[plan[0]] == max(new.values())
    rest = [slide(0), slide(10), *(slide(t) for t in plan)]
    assert all(newly_seen(sight, rest) <= patches.LEAST for sight in between.values())


def test_nothing_is_patched_where_the_keys_show_all() -> None:
    assert patches.plan_gap({t: pan(t) for t in range(1, 4)}, {0: pan(0), 4: pan(4)}) == ()


def test_what_deforms_is_patched_in_every_frame() -> None:
    between = {t: crowd_that_deforms(t) for t in range(1, 4)}
    ends = {t: crowd_that_deforms(t) for t in (0, 4)}
    assert sorted(patches.plan_gap(between, ends)) == [1, 2, 3]


# --- steadiness ---


def measured(pictures: list[np.ndarray], speed: float = 1.0) -> Steadiness:
    figures = Steadiness()
    for time, picture in enumerate(pictures):
        figures.add(Frame(pan(time, speed, 0.1)), picture.astype(np.float32))
    return figures


def test_what_sticks_is_steady_and_what_boils_is_not() -> None:
    rng = np.random.default_rng(0)
    true = [texture(pan(t, 1.0, 0.1), wave=3.0) for t in range(8)]
    boiling = [picture + rng.normal(0, 0.1, (*SIZE, 3)) for picture in true]
    swimming = [true[0]] * 8
    steady, boils, swims = (measured(p) for p in (true, boiling, swimming))
    assert steady.warp_error < 0.02 and steady.spread < 0.02
    assert boils.spread == pytest.approx(0.08, rel=0.15)  # between pixels noise averages
    assert boils.warp_error == pytest.approx(0.1 * 2**0.5, rel=0.25)
    assert swims.warp_error > 3 * steady.warp_error and swims.spread > 3 * steady.spread
    assert boils.sharpness > 1.2 * steady.sharpness


def test_a_blur_is_told_by_its_sharpness_and_structure_by_the_edges() -> None:
    sight = pan(0)
    picture = bodies_painted(sight)
    assert edge_f1(sight, picture) > 0.8
    assert edge_f1(sight, np.roll(picture, 20, axis=0)) < 0.7 * edge_f1(sight, picture)
    fine = texture(sight, wave=1.0)
    blurred = np.mean([np.roll(fine, by, axis=1) for by in range(-2, 3)], axis=0)
    assert measured([blurred]).sharpness < 0.8 * measured([fine]).sharpness
