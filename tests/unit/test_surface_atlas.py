"""Packing squares: none overlap, near ones share, and edges go on around them."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.model.request import ATLAS_PADDING as PADDING
from underpaint.surface.atlas import drawn, groups, packed


@pytest.mark.parametrize(
    "sides", [[64], [256, 64, 64, 128], [1024] * 5, list(range(64, 400, 7)), [8160], [4000, 8160]]
)
def test_squares_lie_apart_and_within(sides):
    sheet = packed(sides)
    if sheet is None:
        assert sides == [4000, 8160], "the only ones that no sheet holds"
        return
    assert sheet.width <= 8192 and sheet.height <= 8192
    taken = np.zeros((sheet.height // 4 + 1, sheet.width // 4 + 1), int)
    for number, side in enumerate(sides):
        left, top = sheet.places[number]
        assert left >= PADDING and top >= PADDING
        assert left + side + PADDING <= sheet.width and top + side + PADDING <= sheet.height
        box = [(v - PADDING) // 4 for v in (top, left)]
        far = [-(-(v + side + PADDING) // 4) for v in (top, left)]
        taken[box[0] : far[0] - 1, box[1] : far[1] - 1] += 1
    assert taken.max() == 1, "no two paddings overlap"


def test_little_is_wasted():
    sheet = packed([512] * 9 + [256] * 12 + [128] * 20)
    held = 9 * 512**2 + 12 * 256**2 + 20 * 128**2
    assert held / (sheet.width * sheet.height) > 0.6
    five = packed([512] * 5)
    assert max(five.width, five.height) <= 2 * min(five.width, five.height), "no strip"


def test_everything_shares_a_sheet_until_it_is_too_much():
    centres = [(x, 0.0, 0.0) for x in range(8)]
    assert groups(centres, [256] * 8) == (tuple(range(8)),)
    split = groups(centres, [4000] * 8)
    assert len(split) == 2 and sorted(i for group in split for i in group) == list(range(8))
    assert set(split) == {(0, 1, 2, 3), (4, 5, 6, 7)}, "neighbours stay together"


def test_groups_of_things_in_one_place_end_as_well():
    heap = groups([(0.0, 0.0, 0.0)] * 9, [4000] * 9)
    assert max(map(len, heap)) <= 4 and sorted(i for group in heap for i in group) == list(range(9))
    assert groups([], []) == ()


def test_edges_go_on_around_each_picture():
    rng = np.random.default_rng(1)
    pictures = {n: rng.integers(0, 255, (64, 64, 3), np.uint8) for n in range(3)}
    sheet = packed([64, 64, 64])
    whole = drawn(sheet, pictures, 7)
    for number, picture in pictures.items():
        left, top = sheet.places[number]
        wide = whole[top - PADDING : top + 64 + PADDING, left - PADDING : left + 64 + PADDING]
        assert np.array_equal(wide[PADDING:-PADDING, PADDING:-PADDING], picture)
        assert np.array_equal(wide, np.pad(picture, ((16, 16), (16, 16), (0, 0)), mode="edge"))
    assert whole.dtype == np.uint8 and (whole == 7).any()
    flat = drawn(sheet, {0: np.full((64, 64), 60000, np.uint16)}, 32768)
    assert flat.ndim == 2 and flat.dtype == np.uint16 and flat.max() == 60000
