"""Seams and mixing on textures of whole objects: sides agree, exposures leave no patches."""

from __future__ import annotations

import numpy as np

from underpaint.surface.bake import SEEN, bake_object
from underpaint.surface.gains import find_gains
from underpaint.surface.seams import join_seams
from underpaint.surface.texels import rasterise

from .test_surface import RING, cube, pose_of, solid

SIZE = 64
HALF = np.array([[[0, 0], [0.4, 0], [0.4, 1]], [[0, 0], [0.4, 1], [0, 1]]], np.float32)


def halves(fold: float) -> tuple[np.ndarray, np.ndarray]:
    """uv and corners of two rectangles that meet at x = 1, and lie apart in the texture; the second
    is bent away by ``fold`` (metres down at its far end)."""
    uv = np.concatenate([HALF, HALF + np.float32([0.55, 0])])
    one = np.concatenate([HALF * [2.5, 1], np.zeros((2, 3, 1))], -1)
    two = one + np.array([1, 0, 0])
    two[..., 2] = -(two[..., 0] - 1) * fold
    return uv.astype(np.float32), np.concatenate([one, two]).astype(np.float32)


def joined(fold: float, light) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Colours before and after, and the places of the texels."""
    uv, corners = halves(fold)
    texels = rasterise(uv, SIZE)
    place = texels.at(corners)
    before = light(place, texels.triangle >= 2).astype(np.float32)
    return before, join_seams(before, texels, uv, corners, place), place


def two_tones(_place: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.where(second, 0.6, 0.2)[:, None].repeat(3, 1)


def test_two_tones_meet_halfway_and_fade_inward():
    before, after, place = joined(0.0, two_tones)
    left, right = (after[np.abs(place[:, 0] - x) < 0.02] for x in (0.98, 1.02))
    assert np.abs(left - 0.4).max() < 0.01 and np.abs(right - 0.4).max() < 0.01
    far = np.abs(place[:, 0] - 1) > 17 / (0.4 * SIZE)
    assert far.any() and (after[far] == before[far]).all()
    line = after[np.abs(place[:, 1] - 0.5) < 0.01, 0]
    order = np.argsort(place[np.abs(place[:, 1] - 0.5) < 0.01, 0], kind="stable")
    assert (np.diff(line[order]) > -1e-6).all() and np.diff(line[order]).max() < 0.04


def test_at_a_crease_the_sides_meet_at_once():
    before, after, place = joined(2.0, two_tones)
    aside = np.abs(place[:, 0] - 1)
    assert np.abs(after[aside < 0.02] - 0.4).max() < 0.01
    assert (after[aside > 0.2] == before[aside > 0.2]).all()


def test_what_goes_on_smoothly_is_left_as_it_is():
    """A ramp across the seam: its sides differ by no more than neighbours do."""
    before, after, _ = joined(0.0, lambda place, _second: place[:, :1].repeat(3, 1) / 4 + 0.2)
    assert np.abs(after - before).max() < 0.002


def test_what_lies_beyond_the_square_is_no_side_of_a_seam():
    """A triangle that reaches into two squares is there twice, and each half ends outside of one
    of them; what lies at the square's border has nothing to do with that."""
    corners = np.array([[0, 0.1, 0], [0.8, 0.1, 0], [0.8, 0.9, 0]], np.float32)
    first = corners[:, :2] + np.float32([0.6, 0])
    uv, places = np.stack([first, first - np.float32([1, 0])]), np.stack([corners, corners])
    texels = rasterise(uv, SIZE)
    place = texels.at(places)
    before = np.where(place[:, :1] < 0.5, 0.2, 0.7).repeat(3, 1).astype(np.float32)
    assert (join_seams(before, texels, uv, places, place) == before).all()


def test_views_of_other_exposures_leave_no_patches():
    """A cube seen by eight cameras, each exposed its own way: as even as from equal exposures."""
    uv, positions, normals = cube()
    rng = np.random.default_rng(4)
    factors = rng.uniform(0.6, 0.95, (len(RING), 3))

    def exposed(factor):
        return lambda points: 1.055 * (_light(points) * factor) ** (1 / 2.4) - 0.055

    poses = [
        pose_of({7: positions}, 7, normals, camera, exposed(factor))
        for camera, factor in zip(RING, factors, strict=True)
    ]
    gains = find_gains([pose.view for pose in poses])
    spread = np.ptp(np.log(gains * factors), axis=0)
    assert spread.mean() < 0.2 * np.ptp(np.log(factors), axis=0).mean()
    texels = rasterise(uv, 96)
    truth = _light(texels.at(positions))
    errors = []
    for matched in (None, gains):
        baked = bake_object(7, uv, poses, 96, matched)
        light = ((baked.basecolor + 0.055) / 1.055) ** 2.4
        seen = baked.mask.reshape(-1)[texels.index] == SEEN
        ratio = np.log(light.reshape(-1, 3)[texels.index] / truth)[seen]
        errors.append((ratio - ratio.mean(0)).std())
    assert errors[1] < 0.6 * errors[0]


def _light(points: np.ndarray) -> np.ndarray:
    return ((solid(points) + 0.055) / 1.055) ** 2.4
