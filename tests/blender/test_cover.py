"""Where to look from: a box, a room from inside, a thing behind a wall."""

from __future__ import annotations

import math

import numpy as np
import pytest
from underpaint_addon.bridge.cover import (
    Cover,
    Eye,
    Samples,
    before_the_rest,
    candidates,
    may_see,
)


class _Open:
    """Nothing is in the way, but beyond a wall at ``wall`` (y), where nobody stands."""

    def __init__(self, wall: float = math.inf) -> None:
        self.wall = wall

    def free(self, point: np.ndarray, way: np.ndarray, far: float) -> float:
        return min(far, (self.wall - point[1]) / way[1]) if way[1] > 0 else far

    def may_stand(self, place: tuple[float, float, float]) -> bool:
        return place[1] < self.wall


def _box(outward: float = 1.0, size: float = 2.0, texel: float = 0.02) -> Samples:
    """Points on the six sides of a box about the origin; ``outward`` −1 makes it a room."""
    points, normals = [], []
    grid = (np.arange(8) + 0.5) / 8 - 0.5
    for axis in range(3):
        for sign in (-1.0, 1.0):
            for u in grid:
                for v in grid:
                    point = np.insert([u, v], axis, 0.5 * sign) * size
                    points.append(point)
                    normals.append(outward * sign * np.eye(3)[axis])
    count = len(points)
    ones = np.ones(count, np.float32)
    return Samples(np.array(points, np.float32), np.array(normals, np.float32), ones, ones * texel)


def _sees(samples: Samples) -> np.ndarray:
    eyes = candidates(samples, _Open())
    return np.stack([may_see(eye.camera(1.0), samples, 512) for eye in eyes])


def _choose(sees: np.ndarray, area: np.ndarray, before: np.ndarray, hidden=None) -> list[int]:
    cover = Cover(area, before)
    cover.add(sees)
    look = (lambda row, which: which) if hidden is None else (lambda row, which: ~hidden[row])
    for _ in cover.choose(look, 16):
        pass
    return cover.chosen


def test_an_eye_sees_what_faces_it_within_its_field():
    samples = _box()
    eye = Eye((0.0, -6.0, 0.0), (0.0, 0.0, 0.0), math.radians(45))
    seen = may_see(eye.camera(16 / 9), samples, 910)
    assert (samples.normals[seen] == (0, -1, 0)).all() and seen.sum() == 64
    narrow = Eye(eye.place, eye.aim, math.radians(8))
    assert 0 < may_see(narrow.camera(1.0), samples, 512).sum() < 64
    assert not may_see(eye.camera(1.0), _box(texel=1e-5), 512).any(), (
        "texels far smaller than pixels"
    )
    behind = Eye(eye.place, (0.0, -12.0, 0.0), math.radians(45))
    assert not may_see(behind.camera(1.0), samples, 512).any()


def test_an_eye_that_looks_straight_down_has_axes():
    for z in (4.0, -4.0):
        axes = Eye((0.0, 0.0, z), (0.0, 0.0, 0.0), 1.0).camera(1.0).camera_to_world[:3, :3]
        assert np.allclose(axes @ axes.T, np.eye(3)) and np.linalg.det(axes) == pytest.approx(1)


def test_a_box_is_covered_by_a_few_views_from_outside():
    samples = _box()
    sees = _sees(samples)
    chosen = _choose(sees, samples.weight, np.zeros(len(samples.weight), bool))
    assert sees.any(0).mean() > 0.9
    assert sees[chosen].any(0).sum() >= 0.97 * sees.any(0).sum()
    assert 2 <= len(chosen) <= 12


def test_no_view_from_outside_looks_steeply_down():
    """Ground from above looks like a wall from the front, to those who paint it, too."""
    for eye in candidates(_box(), _Open()):
        back = eye.camera(1.0).camera_to_world[:3, 2]
        assert abs(back[2]) < 0.8


def test_a_room_is_covered_from_inside():
    """Its walls hide it from whoever stands outside."""
    samples = _box(outward=-1.0, size=5.0)
    sees = _sees(samples)
    outside = np.array([np.abs(eye.place).max() > 2.5 for eye in candidates(samples, _Open())])
    hidden = np.broadcast_to(outside[:, None], sees.shape)
    chosen = _choose(sees, samples.weight, np.zeros(len(samples.weight), bool), hidden)
    assert not outside[chosen].any()
    assert sees[chosen].any(0).mean() >= 0.95
    assert len(chosen) <= 16


def test_what_the_shots_see_is_not_looked_at_again():
    samples = _box()
    sees, front = _sees(samples), samples.normals[:, 1] < 0
    with_shots = _choose(sees, samples.weight, front)
    assert len(with_shots) <= len(_choose(sees, samples.weight, np.zeros_like(front)))
    assert _choose(sees, samples.weight, np.ones_like(front)) == []


def test_the_best_comes_first_and_there_are_not_too_many():
    sees = np.eye(40, dtype=bool)
    sees[7] = np.arange(40) < 20
    area, none = np.ones(40, np.float32), np.zeros(40, bool)
    chosen = _choose(sees, area, none)
    assert chosen[0] == 7 and len(chosen) == 16
    assert _choose(np.zeros((0, 40), bool), area, none) == []
    assert _choose(np.zeros((3, 40), bool), area, none) == []


def test_few_are_looked_through_and_what_hides_counts():
    """The most promising camera sees nothing after all: another one is taken."""
    sees = np.zeros((30, 60), bool)
    for row in range(30):
        sees[row, 2 * row : 2 * row + 2] = True
    sees[0], sees[1, 10:60] = True, True
    hidden = np.zeros_like(sees)
    hidden[0] = True
    asked = []

    def look(row: int, which: np.ndarray) -> np.ndarray:
        asked.append(row)
        return which & ~hidden[row]

    cover = Cover(np.ones(60, np.float32), np.zeros(60, bool))
    cover.add(sees)
    steps = list(cover.choose(look, 16))
    assert steps[0] == 0 and asked[:2] == [0, 1] and len(asked) == len(steps) < 10


def test_more_cameras_are_added_to_those_that_were_chosen():
    cover = Cover(np.ones(4, np.float32), np.zeros(4, bool))
    asked = []

    def look(row: int, which: np.ndarray) -> np.ndarray:
        asked.append((row, which.tolist()))
        return which

    cover.add(np.array([[True, True, False, False]]))
    assert list(cover.choose(look, 1)) == [0] and cover.chosen == [0]
    cover.add(np.array([[False, True, True, True]]))
    assert list(cover.choose(look, 2)) == [1] and cover.chosen == [0, 1] and cover.seen.all()
    assert asked == [(0, [True, True, False, False]), (1, [False, False, True, True])], (
        "only what is unseen is looked for"
    )


def test_what_is_left_over_is_looked_at_from_the_room_before_it():
    """In a lane a metre wide, and from right below."""
    samples = _box(size=20.0)
    behind = samples.normals[:, 1] > 0
    lane = _Open(wall=11.0)
    eyes = list(before_the_rest(samples, behind, lane, np.random.default_rng(0)))
    assert len(eyes) > 60
    for eye in eyes:
        back = np.subtract(eye.place, eye.aim)
        assert 10 < eye.place[1] < 11 and abs(back[2]) < 0.85 * np.linalg.norm(back)
    assert any(may_see(eye.camera(1.0), samples, 512)[behind].any() for eye in eyes)
    assert not list(before_the_rest(samples, behind & False, lane, np.random.default_rng(0)))
    below = samples.normals[:, 2] < 0
    for eye in before_the_rest(samples, below, _Open(), np.random.default_rng(0)):
        back = np.subtract(eye.place, eye.aim)
        assert eye.place[2] < -10 and -back[2] < 0.85 * np.linalg.norm(back)


def test_a_narrow_place_gets_a_wide_lens():
    samples = _box(size=20.0)
    eyes = {wall: list(candidates(samples, _Open(wall))) for wall in (14.0, math.inf)}
    field = {
        wall: max(eye.field for eye in some if eye.place[1] > 10) for wall, some in eyes.items()
    }
    assert field[14.0] > field[math.inf] == pytest.approx(math.radians(45))
