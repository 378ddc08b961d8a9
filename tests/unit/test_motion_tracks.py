"""Following what deforms: places by chained motion, and tracks that are lost rather than wrong."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tests.unit.analytic import SIZE, Ball, Box, look_from, moved, see
from underpaint.motion import keys, patches
from underpaint.motion.frame import Frame
from underpaint.motion.gather import gather
from underpaint.motion.painted import Painted
from underpaint.motion.tracks import Moment, Tracks
from underpaint.surface.sight import Sight

HEIGHT, WIDTH = SIZE
ROW, COLUMN = np.indices(SIZE).astype(np.float64)
THING = 7
FRAMES = range(11)


def cloth(frame: int, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where places of a cloth that waves are in a frame, from where they hang at rest."""
    swing = 5 * np.sin(frame / 6 + row / 17)
    return column + swing + 0.3 * frame, row + 2 * np.sin(frame / 9 + column / 23)


def at_rest(frame: int, column: np.ndarray, row: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The inverse, by iteration."""
    x, y = column.copy(), row.copy()
    for _ in range(40):
        to_x, to_y = cloth(frame, x, y)
        x, y = x + column - to_x, y + row - to_y
    return x, y


def motion_of(frame: int) -> np.ndarray:
    """H×W×4 as Cycles writes it."""
    rest = at_rest(frame, COLUMN, ROW)
    before, after = cloth(frame - 1, *rest), cloth(frame + 1, *rest)
    planes = before[0] - COLUMN, ROW - before[1], COLUMN - after[0], after[1] - ROW
    return np.stack(planes, -1).astype(np.float32)


def moments(object_id: np.ndarray | None = None, things: tuple[int, ...] = (THING,)) -> Tracks:
    ids = np.full(SIZE, THING, np.int32) if object_id is None else object_id
    return Tracks({n: Moment.of(ids, motion_of(n), things) for n in FRAMES})


def test_places_of_a_waving_cloth_are_found_ten_frames_on_and_back() -> None:
    tracks = moments()
    for here, there in ((0, 10), (10, 0), (4, 3)):
        track = tracks.follow(here, there)
        assert track is not None
        row, column = np.divmod(track.pixel, WIDTH)
        should = cloth(there, *at_rest(here, column.astype(float), row.astype(float)))
        off = np.hypot(track.column - should[0], track.row - should[1])
        assert np.median(off) < 0.02 and np.percentile(off, 99) < 0.2
        inside = cloth(there, *at_rest(here, COLUMN, ROW))
        stays = (
            (inside[0] > 8) & (inside[0] < WIDTH - 9) & (inside[1] > 8) & (inside[1] < HEIGHT - 9)
        )
        known = tracks.known(here, there)
        assert known is not None and known[8:-8, 8:-8][stays[8:-8, 8:-8]].mean() > 0.98


def test_what_leaves_the_picture_is_lost() -> None:
    motion = np.zeros((*SIZE, 4), np.float32)
    motion[..., 2] = -9  # now − after: nine pixels to the right
    motion[..., 0] = -9
    ids = np.full(SIZE, THING, np.int32)
    track = Tracks({n: Moment.of(ids, motion, [THING]) for n in (0, 1, 2)}).follow(0, 2)
    assert track is not None
    assert track.column.max() < WIDTH and len(track.pixel) == (WIDTH - 18) * HEIGHT
    assert (track.column - track.pixel % WIDTH == 18).all()


def test_an_arm_that_comes_before_its_chest_hides_it() -> None:
    """Both are one thing; the arm, ten columns wide, moves four pixels a frame over the chest."""
    places = {n: (20 + 4 * n <= COLUMN) & (30 + 4 * n > COLUMN) for n in range(4)}

    def moment(n: int) -> Moment:
        motion = np.zeros((*SIZE, 4), np.float32)
        motion[places[n]] = (-4, 0, -4, 0)
        return Moment.of(np.full(SIZE, THING, np.int32), motion, [THING])

    tracks = Tracks({n: moment(n) for n in range(4)})
    known = tracks.known(0, 3)
    assert known is not None
    row = known[HEIGHT // 2]
    assert row[21:29].all(), "the arm is followed"
    assert not row[31:41].any(), "it hides what it comes over"
    assert row[45:60].all() and row[2:18].all()


def test_nothing_is_followed_past_a_frame_of_which_nothing_is_known_or_onto_another_thing() -> None:
    ids = np.where(COLUMN < WIDTH // 2, THING, 8).astype(np.int32)
    still = np.zeros((*SIZE, 4), np.float32)
    swapped = np.where(ids == 8, THING, 8).astype(np.int32)
    tracks = Tracks(
        {n: Moment.of(i, still, [THING, 8]) for n, i in ((0, ids), (1, swapped), (3, ids))}
    )
    assert tracks.follow(0, 3) is None and tracks.follow(0, 0) is None
    track = tracks.follow(0, 1)
    assert track is not None and not len(track.pixel)


def breathing(frame: int) -> Sight:
    """A ball before a wall that grows: another body in each frame, by its number."""
    camera = look_from(moved(0, -9, 1.2, tilt=88), size=SIZE)
    things = [Box(1, (8, 0.2, 6), moved(0, 4, 2)), Ball(2, radius(frame), moved(0, 0, 1.2))]
    sight = see(camera, things)
    ids = np.where(sight.object_id == 2, 100 + frame, sight.object_id)
    motion = {
        **{n: m for n, m in sight.motion.items() if n != 2},
        1: np.eye(4),
        100 + frame: np.eye(4),
    }
    return replace(sight, object_id=ids, motion=motion, things={1: 1, 100 + frame: 2})


def radius(frame: float) -> float:
    return 0.9 + 0.05 * frame


def grown(frame: int) -> Moment:
    """Places of the ball move away from its middle, and on its sphere."""
    sight = breathing(frame)
    ball = sight.object_id == 100 + frame
    points = sight.level(1).points(np.arange(ball.size)).reshape(*SIZE, 3)[ball]
    middle = np.array([0, 0, 1.2])
    motion = np.zeros((*SIZE, 4), np.float32)
    camera = sight.camera
    row, column = np.nonzero(ball)
    for other, sign, first in ((frame - 1, 1, 0), (frame + 1, -1, 2)):
        there = (points - middle) * (radius(other) / radius(frame)) + middle
        x, y = camera.pixels(camera.to_camera(there.astype(np.float32)))
        motion[ball, first : first + 2] = np.stack([sign * (x - column), -sign * (y - row)], -1)
    return Moment.of(np.where(ball, 2, 1).astype(np.int32), motion, [2])


def spots(frame: int) -> np.ndarray:
    """H×W×3: a texture that the ball carries along as it grows."""
    sight = breathing(frame)
    points = sight.level(1).points(np.arange(sight.depth.size)).reshape(*SIZE, 3)
    on = (points - [0, 0, 1.2]) / radius(frame)
    waves = 0.5 + 0.4 * np.sin(on * [9.0, 7.0, 8.0])
    return np.where((sight.object_id == 100 + frame)[..., None], waves, 0.5).astype(np.float32)


def test_the_paint_of_what_deforms_is_carried_along() -> None:
    ends = [Painted(Frame(breathing(n)), spots(n), n) for n in (0, 10)]
    tracks = Tracks({n: grown(n) for n in FRAMES})
    for number in (2, 5, 9):
        frame = Frame(breathing(number))
        ball = frame.sight.object_id == 100 + number
        assert not gather(frame, number, ends).known[ball].any()
        got = gather(frame, number, ends, tracks=tracks)
        assert got.known[ball].mean() > 0.95
        facing = frame.normals.reshape(3, *SIZE)[1] < -0.6  # its rim has finer waves than pixels
        off = np.square(got.picture - spots(number))[got.known & ball & facing]
        assert -10 * np.log10(off.mean()) > 40
        assert set(np.unique(got.source_body[got.known & ball])) <= {100, 110}


def test_what_is_followed_asks_for_no_keys_and_no_patches() -> None:
    sights = {n: breathing(n) for n in FRAMES}
    assert list(keys.choose(sights.items())) == [0, 10]
    between = {n: sights[n] for n in range(1, 10)}
    ends = {n: sights[n] for n in (0, 10)}
    assert len(patches.plan_gap(between, ends)) == 9
    assert patches.plan_gap(between, ends, Tracks({n: grown(n) for n in FRAMES})) == ()


def remade(sights: dict[int, Sight], points: Callable[[int], int]) -> Tracks:
    """Of things 2 that have other points in each frame, and of which no motion is measured."""
    still = np.zeros((*SIZE, 4), np.float32)
    ids = {
        n: np.vectorize(lambda body, of=sight.things: of.get(body, 0))(sight.object_id)
        for n, sight in sights.items()
    }
    told = {n: {2: frozenset({points(n)})} for n in sights}
    return Tracks({n: Moment.of(ids[n].astype(np.int32), still, [2], told[n]) for n in sights})


def test_what_is_made_anew_in_each_frame_is_followed_no_further() -> None:
    """A ball that swells was carried along as though it stood still: its paint was smeared."""
    sights = {n: breathing(n) for n in FRAMES}
    ends = [Painted(Frame(sights[n]), spots(n), n) for n in (0, 10)]
    frame, ball = Frame(sights[5]), sights[5].object_id == 105
    smeared = gather(frame, 5, ends, tracks=remade(sights, lambda _: 600))
    assert smeared.known[ball].mean() > 0.9, "nothing else tells"
    tracks = remade(sights, lambda n: 600 + n)
    assert gather(frame, 5, ends, tracks=tracks).known[ball].mean() < 0.1
    track = tracks.follow(5, 6)
    assert track is not None and not len(track.pixel)
    between = {n: sights[n] for n in range(1, 10)}
    holed = patches.plan_gap(between, {n: sights[n] for n in (0, 10)}, tracks)
    assert len(holed) > 1, "it is painted anew, and lent to where it is the same to a pixel"


def cut_into(frame: int) -> Sight:
    """A wall that stands still and is another body in each frame, as a hole in it has moved on."""
    sight = see(
        look_from(moved(0, -9, 1.2, tilt=88), size=SIZE), [Box(1, (8, 0.2, 6), moved(0, 4, 2))]
    )
    ids = np.where(sight.object_id == 1, 100 + frame, sight.object_id)
    return replace(sight, object_id=ids, motion={100 + frame: np.eye(4)}, things={100 + frame: 2})


def test_what_is_made_anew_and_yet_stays_keeps_its_paint() -> None:
    sights = {n: cut_into(n) for n in FRAMES}
    paint = np.random.default_rng(1).random((*SIZE, 3), np.float32)
    ends = [Painted(Frame(sights[n]), paint, n) for n in (0, 10)]
    tracks = remade(sights, lambda n: 8 + n)
    got = gather(Frame(sights[5]), 5, ends, tracks=tracks)
    wall = sights[5].object_id == 105
    assert got.known[wall].mean() > 0.98
    assert np.abs(got.picture - paint)[got.known & wall].mean() < 0.01
    assert patches.plan_gap({5: sights[5]}, {n: sights[n] for n in (0, 10)}, tracks) == ()


def test_more_placements_are_no_other_points() -> None:
    def told(*points: int) -> Moment:
        ids, still = np.full(SIZE, THING, np.int32), np.zeros((*SIZE, 4), np.float32)
        return Moment.of(ids, still, [THING], {THING: frozenset(points)} if points else {})

    one, two, other, unknown = told(100), told(100, 50), told(120), told()
    assert not one.remade(two) and not two.remade(one) and not one.remade(unknown)
    assert one.remade(other) == {THING} == other.remade(two)
    assert Tracks({1: one, 2: other, 3: one}).remade(3, 1) == {THING}, "and back again"
