"""Views of one surface: what they share, what they do not, their mean, and noise that sticks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tests.unit import analytic
from tests.unit.analytic import SIZE, Box, look_from, see
from underpaint.surface.agreement import Agreement, meeting
from underpaint.surface.camera import Camera
from underpaint.surface.noise import anchored_noise
from underpaint.surface.sight import GRAZING, Sight

SIDE = 48
LENS = (2.0, 0, 0, 0, 0, 2.0, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
FLAT = (0.25, 0, 0, 0, 0, 0.25, 0, 0, 0, 0, -0.1, -1.0, 0, 0, 0, 1.0)


def camera(
    x: float = 0.0, z: float = 5.0, lens: tuple[float, ...] = LENS, side: int = SIDE
) -> Camera:
    """Looks down −Z from (x, 0, z)."""
    matrix = (1.0, 0, 0, x, 0, 1.0, 0, 0, 0, 0, 1.0, z, 0, 0, 0, 1.0)
    return Camera(matrix, lens, side, side)  # type: ignore[arg-type]


def wall(
    x: float = 0.0,
    z: float = 5.0,
    lens: tuple[float, ...] = LENS,
    normal: float = 1.0,
    side: int = SIDE,
    **more: object,
) -> Sight:
    """The plane z = 0, of object 1, seen from (x, 0, z)."""
    normals = np.zeros((side, side, 3), np.float32)
    normals[..., 2] = normal
    depth, ids = np.full((side, side), z, np.float32), np.ones((side, side), np.int32)
    return Sight(depth, ids, normals, camera(x, z, lens, side), **more)  # type: ignore[arg-type]


def places(sight: Sight) -> np.ndarray:
    """H×W×3: the world's coordinates that a sight's pixels show."""
    level = sight.level(1)
    points = level.points(np.arange(level.depth.size))
    return points.reshape(*level.shape, 3)


@pytest.mark.parametrize("lens", [LENS, FLAT], ids=["perspective", "orthographic"])
def test_a_camera_goes_there_and_back(lens: tuple[float, ...]) -> None:
    eye = camera(1.5, 7.0, lens)
    column, row = np.array([0, 20, 47], np.int32), np.array([3, 31, 40], np.int32)
    points = eye.points(column, row, np.array([2.0, 5.0, 9.0], np.float32))
    back = eye.pixels(points)
    assert np.allclose(back[0], column, atol=1e-4) and np.allclose(back[1], row, atol=1e-4)
    world = points @ eye.world[:3, :3].T + eye.world[:3, 3]
    assert np.allclose(eye.to_camera(world.astype(np.float32)), points, atol=1e-5)


@pytest.mark.parametrize("lens", [LENS, FLAT], ids=["perspective", "orthographic"])
def test_what_two_views_share_is_found_to_a_part_of_a_pixel(lens: tuple[float, ...]) -> None:
    one, two = wall(0.0, 5.0, lens), wall(0.7, 6.0, lens)
    found = two.level(1).sources(one.level(1).places())
    assert len(found.target) > SIDE * SIDE / 3
    shown = places(two).reshape(-1, 3)
    there = np.einsum("mt,mtc->mc", found.shares, shown[found.taps])
    here = places(one).reshape(-1, 3)[found.target]
    inner = np.abs(there - here).max(1)
    assert np.median(inner) < 1e-4 and np.allclose(found.shares.sum(1), 1, atol=1e-5)


def test_the_back_of_a_wall_another_plane_and_another_object_are_not_shared() -> None:
    one = wall()
    assert len(one.level(1).sources(one.level(1).places()).target)
    behind = wall(normal=-1.0)
    nearer = wall(z=5.0)
    nearer = Sight(nearer.depth - 0.5, nearer.object_id, nearer.normal, nearer.camera)
    other = Sight(one.depth, one.object_id + 1, one.normal, one.camera)
    for sight in (behind, nearer, other):
        assert not len(sight.level(1).sources(one.level(1).places()).target)


def test_what_is_hidden_in_a_view_is_not_taken_from_it() -> None:
    """A box of another object stands before the middle of the wall, in the second view."""
    one, two = wall(), wall(0.4)
    depth, ids = two.depth.copy(), two.object_id.copy()
    depth[15:30, 15:30], ids[15:30, 15:30] = 3.0, 2
    two = Sight(depth, ids, two.normal, two.camera)
    found = two.level(1).sources(one.level(1).places())
    near = found.taps[found.shares > 0]
    assert len(near) and (ids.reshape(-1)[near] == 1).all()
    rows, columns = np.divmod(near, SIDE)
    inside = (rows >= 16) & (rows < 29) & (columns >= 14) & (columns < 31)
    assert not inside.any(), "nor from beside its outline"


def test_views_agree_where_they_show_the_same_and_keep_what_they_alone_see() -> None:
    sights = [wall(0.0), wall(1.0), wall(9.0)]
    values = [np.full((SIDE, SIDE, 2), v, np.float32) for v in (0.0, 1.0, 5.0)]
    agreed = Agreement(sights, 1).agree(values, 1.0)
    both = (places(sights[0])[..., 0] > -1.4) & (places(sights[0])[..., 0] < 2.3)
    shared = agreed[0][24, 14:44]
    assert both.any() and (shared > 0.3).all() and (shared < 0.7).all()
    assert (agreed[0][24, :5] < 0.05).all(), "the second does not see that far to the left"
    assert (agreed[2] == 5).all()


def test_all_views_of_a_place_get_the_same_value() -> None:
    rng = np.random.default_rng(0)
    sights = [wall(0.0), wall(0.0, 6.0), wall(0.5)]
    values = [rng.random((SIDE, SIDE, 3), np.float32) for _ in sights]
    smooth = [
        np.stack([places(s)[..., 0] * k for k in (1, 2, 3)], -1) + n for n, s in enumerate(sights)
    ]
    before = differences(sights, smooth)
    after = differences(sights, Agreement(sights, 1).agree(smooth, 3.0))
    assert after < before / 40
    assert (
        differences(sights, Agreement(sights, 1).agree(values, 6.0))
        < differences(sights, values) / 2
    )


def differences(sights: list[Sight], values: list[np.ndarray]) -> float:
    total = weight = 0.0
    for off, share in Agreement(sights, 1).differences(values):
        total += float((off * share).sum())
        weight += float(share.sum())
    return total / weight


def test_the_sharper_the_mean_the_more_the_best_view_decides() -> None:
    near, far = wall(0.0, 2.0), wall(0.0, 6.0)
    values = [np.zeros((SIDE, SIDE, 1), np.float32), np.ones((SIDE, SIDE, 1), np.float32)]
    middle = [
        float(Agreement([near, far], 1).agree(values, sharpness)[1][24, 24, 0])
        for sharpness in (1.0, 3.0, 6.0)
    ]
    assert middle[0] == pytest.approx(0.25, abs=0.02) and middle[0] > middle[1] > middle[2]
    assert middle[2] < 0.01
    shy = wall(0.0, 2.0, say=0.1)
    assert float(Agreement([shy, far], 1).agree(values, 1.0)[1][24, 24, 0]) > 0.7


def test_what_one_view_alone_shows_changes_in_tone_with_what_lies_beside_it() -> None:
    one, other = wall(), wall()
    other.depth[:, 24:], other.object_id[:, 24:] = 2, 2  # something hides half of it
    grain = np.indices((SIDE, SIDE, 1)).sum(0) % 2 * np.float32(0.1)
    row = Agreement([one, other], 1).agree([grain, grain + 1], 1.0)[0][24, :, 0]
    tone = (row[:-1] + row[1:]) / 2
    assert tone[5] > 0.5 and tone[-8:].max() < 0.1, "far from there it stays"
    assert np.abs(np.diff(tone)).max() < 0.12, "and no step shows where the other's view ends"
    assert np.ptp(row[24:] - tone[23:]) > 0.05, "its grain is its own"


def post_before_a_wall(x: float, at: int) -> Sight:
    """A wall from (x, 0, 5), four columns of which are hidden by a post of object 2."""
    seen = wall(x)
    seen.depth[:, at : at + 4], seen.object_id[:, at : at + 4] = 2, 2
    return replace(seen, aloof=4)


def test_the_outline_of_what_moved_on_stays_without_a_step() -> None:
    posts = (post_before_a_wall(0, at) for at in (20, 40))
    one, other = (replace(post, movers=frozenset({2})) for post in posts)
    values = [np.full((SIDE, SIDE, 3), value, np.float32) for value in (0.0, 1.0)]
    row = Agreement([one, other], 1).agree(values, 6)[0][SIDE // 2, :, 0]
    assert row[24] < 0.1, "beside the post the view's own paint stays"
    assert row[30] > 0.6, "and further on it is what sees more"
    assert 0 < np.abs(np.diff(row[24:40])).max() < 0.25


def test_views_agree_beside_outlines_that_all_of_them_see() -> None:
    sights = [post_before_a_wall(0, 20), post_before_a_wall(0, 20)]
    values = [np.full((SIDE, SIDE, 3), value, np.float32) for value in (0.2, 0.6)]
    for agreed in Agreement(sights, 1).agree(values, 6):
        np.testing.assert_allclose(agreed, 0.4, atol=1e-4)


def test_one_pixel_that_finds_no_other_leaves_no_speck_beside_an_outline() -> None:
    one, other = post_before_a_wall(0, 20), post_before_a_wall(0, 20)
    other.depth[20, 25] = 4.5  # in another plane, still the same thing
    values = [np.full((SIDE, SIDE, 3), value, np.float32) for value in (0.2, 0.6)]
    agreed = Agreement([one, other], 1).agree(values, 6)[0][..., 0]
    assert agreed[20, 26] > 0.35 and np.ptp(agreed[18:23, 24:28]) < 0.07


def test_finished_views_have_a_say_and_stay() -> None:
    sights = [wall(0.0), wall(0.0)]
    values = [np.zeros((SIDE, SIDE, 1), np.float32), np.ones((SIDE, SIDE, 1), np.float32)]
    agreed = Agreement(sights, 1, finished=1).agree(values, 1.0)
    assert len(agreed) == 1 and float(agreed[0][24, 24, 0]) == pytest.approx(0.5)
    assert (values[1] == 1).all()


def moved(x: float) -> Mapping[int, np.ndarray]:
    matrix = np.eye(4)
    matrix[0, 3] = x
    return {1: matrix}


def test_what_moved_is_the_same_place_still() -> None:
    """The wall and the camera go a metre to the right together: pixel for pixel the same."""
    one, two = wall(0.0), wall(1.0, motion=moved(1.0))
    found = two.level(1).sources(one.level(1).places())
    nearest = found.taps[np.arange(len(found.taps)), found.shares.argmax(1)]
    assert len(found.target) > SIDE * SIDE * 0.9 and (nearest == found.target).all()
    deforms = wall(0.0, motion={1: None})
    assert not len(deforms.level(1).sources(one.level(1).places()).target)
    assert not len(one.level(1).sources(deforms.level(1).places()).target)


def test_latents_agree_by_whole_blocks() -> None:
    sight = wall()
    ids = sight.object_id.copy()
    ids[:, 21:] = 2
    sight = Sight(sight.depth, ids, sight.normal, sight.camera)
    level = sight.level(4)
    assert level.shape == (12, 12)
    assert not level.usable[:, 5].any() and level.usable[:, :5].all() and level.usable[:, 6:].all()
    odd = wall(side=50).level(4)
    assert odd.shape == (12, 12)
    assert odd.usable[:12, :12].all() and not odd.usable[12:].any()


def test_which_views_meet() -> None:
    meet = meeting([wall(0.0), wall(1.0), wall(40.0)])
    assert meet.tolist() == [[False, True, False], [True, False, False], [False, False, False]]


# --- noise ---------------------------------------------------------------------------------------


def big(x: float = 0.0, z: float = 5.0, **more: object) -> Sight:
    return wall(x, z, side=192, **more)


@pytest.mark.parametrize("step", [4, 8])
def test_anchored_noise_is_white_and_of_variance_one(step: int) -> None:
    noise = anchored_noise(big(0.3, 4.4), step, 6, seed=1)
    assert noise.shape == (192 // step, 192 // step, 6)
    assert abs(float(noise.mean())) < 0.06 and float(noise.std()) == pytest.approx(1, abs=0.05)
    for axis in (0, 1):
        pairs = noise.take(range(1, noise.shape[axis]), axis) * noise.take(
            range(noise.shape[axis] - 1), axis
        )
        assert abs(float(pairs.mean())) < 0.25
    channels = np.corrcoef(noise.reshape(-1, 6).T) - np.eye(6)
    assert np.abs(channels).max() < 0.12


def test_it_sticks_to_the_surface_and_not_to_the_picture() -> None:
    step, pixel = 4, 5 * 2 / 2 / 192
    still = anchored_noise(big(), step, 8, seed=1)
    assert np.array_equal(still, anchored_noise(big(), step, 8, seed=1))
    assert abs(float((still * anchored_noise(big(), step, 8, seed=2)).mean())) < 0.05
    shifted = anchored_noise(big(3 * step * pixel), step, 8, seed=1)
    assert float((shifted[:, :-3] * still[:, 3:]).mean()) > 0.95
    assert abs(float((shifted * still).mean())) < 0.1
    half = anchored_noise(big(2.5 * step * pixel), step, 8, seed=1)
    assert float((half[:, :-3] * still[:, 3:]).mean()) > 0.35
    rides = anchored_noise(big(1.0, motion=moved(1.0)), step, 8, seed=1)
    assert float((rides * still).mean()) > 0.9


def own_space(*sizes: float, x: float = 0.0) -> Mapping[int, np.ndarray]:
    """The wall from a space of its own, in which it has another size, to (x, 0, 0)."""
    matrix = np.diag([*sizes, 1.0])
    matrix[0, 3] = x
    return {1: matrix}


@pytest.mark.parametrize("sizes", [(40.0, 40.0, 40.0), (8.0, 0.05, 1.0), (0.01, 0.01, 0.01)])
def test_noise_is_as_fine_as_the_world_whatever_the_size_at_rest(sizes: tuple[float, ...]) -> None:
    still = anchored_noise(big(motion=own_space(*sizes)), 4, 8, seed=1)
    assert float(still.std()) == pytest.approx(1, abs=0.05)
    for axis in (0, 1):
        ahead, behind = (still.take(range(n, 47 + n), axis) for n in (1, 0))
        assert abs(float((ahead * behind).mean())) < 0.25
    rides = anchored_noise(big(1.0, motion=own_space(*sizes, x=1.0)), 4, 8, seed=1)
    assert float((rides * still).mean()) > 0.9
    rounded = own_space(*(size * (1 + 1e-7) for size in sizes))
    assert float((anchored_noise(big(motion=rounded), 4, 8, seed=1) * still).mean()) > 0.95


def test_many_things_move_each_its_own_way() -> None:
    """Strips of the wall slide down, each by as many pixels as it is strips from the left."""
    ids = np.repeat(np.arange(1, 9, dtype=np.int32) * 90_000_001, 6)[None].repeat(SIDE, 0)
    one, two = wall(), wall()
    down = {}
    for number in np.unique(ids).tolist():
        down[number] = np.eye(4)
        down[number][1, 3] = -5 / SIDE * (number // 90_000_001)
    still = Sight(one.depth, ids, one.normal, one.camera)
    slid = Sight(two.depth, ids, two.normal, two.camera, down)
    found = slid.level(1).sources(still.level(1).places())
    nearest = found.taps[np.arange(len(found.taps)), found.shares.argmax(1)]
    rows = nearest // SIDE - found.target // SIDE
    assert set(zip(ids.reshape(-1)[found.target].tolist(), rows.tolist(), strict=True)) == {
        (n * 90_000_001, n) for n in range(1, 9)
    }


def test_the_background_and_what_deforms_have_noise_too() -> None:
    sight = big()
    ids = sight.object_id.copy()
    ids[:96] = 0
    depth = np.where(ids > 0, sight.depth, np.inf).astype(np.float32)
    noise = anchored_noise(Sight(depth, ids, sight.normal, sight.camera), 4, 4, seed=1)
    assert np.isfinite(noise).all() and float(noise[:24].std()) == pytest.approx(1, abs=0.06)
    assert np.isfinite(anchored_noise(big(motion={1: None}), 4, 4, seed=1)).all()
    assert anchored_noise(wall(side=50), 4, 4, seed=1).shape == (13, 13, 4)


def test_frames_agree_on_a_street_that_they_see_flatly() -> None:
    """Eight degrees above the ground; views for textures lend nothing from there."""

    def street(x: float, **more: Any) -> Sight:
        shapes = [Box(1, (60, 60, 0.1), analytic.moved(0, 0, -0.1))]
        sight = see(look_from(analytic.moved(x, -6, 1, tilt=82), analytic.LENS, SIZE), shapes)
        return replace(sight.cropped(np.s_[SIZE[0] // 2 : SIZE[0] * 3 // 4], np.s_[:]), **more)

    rng = np.random.default_rng(0)
    shares = []
    for more in ({}, {"steepest": GRAZING}):
        sights = [street(0.0, **more), street(0.2, **more)]
        values = [rng.random((*sight.depth.shape, 3), np.float32) for sight in sights]
        agreed = Agreement(sights, 1).agree(values, 6.0)
        shares.append(float(np.mean(agreed[0] != values[0])))
    assert shares[0] < 0.1 and shares[1] > 0.9


def test_what_deforms_has_the_chance_of_its_object_and_not_of_its_shape() -> None:
    one, other = (
        replace(big(), object_id=np.where(big().object_id > 0, body, 0).astype(np.int32))
        for body in (101, 202)
    )
    apart = [anchored_noise(sight, 4, 2, 7) for sight in (one, other)]
    assert np.abs(np.corrcoef(apart[0].ravel(), apart[1].ravel())[0, 1]) < 0.1
    same = [
        anchored_noise(replace(sight, things={body: 3}), 4, 2, 7)
        for sight, body in ((one, 101), (other, 202))
    ]
    np.testing.assert_array_equal(*same)
