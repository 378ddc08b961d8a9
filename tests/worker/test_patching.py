"""Holes are painted in parts of a picture: these hold them all, and are as large as is wanted."""

from __future__ import annotations

import numpy as np
import pytest

from underpaint.worker.jobs.patching import Box, boxes_around

SHAPE = (300, 500)


def hole_at(*places: tuple[slice, slice]) -> np.ndarray:
    hole = np.zeros(SHAPE, bool)
    for place in places:
        hole[place] = True
    return hole


@pytest.mark.parametrize("least", [64, 128, 256])
@pytest.mark.parametrize(
    "place",
    [np.s_[0:5, 0:5], np.s_[295:300, 495:500], np.s_[150:151, 250:251], np.s_[:, 3:4]],
)
def test_a_box_holds_its_hole_and_is_large_enough(least: int, place: tuple[slice, slice]) -> None:
    hole = hole_at(place)
    (box,) = boxes_around(hole, least, 32)
    assert hole[box.cut].sum() == hole.sum()
    assert box.bottom <= SHAPE[0] and box.right <= SHAPE[1]
    assert box.top % 32 == box.left % 32 == 0
    assert min(box.bottom - box.top, box.right - box.left) >= min(least, *SHAPE) - 32


def test_holes_far_apart_have_boxes_of_their_own() -> None:
    hole = hole_at(np.s_[10:20, 10:20], np.s_[250:260, 450:460])
    boxes = boxes_around(hole, 64, 32)
    assert len(boxes) == 2 and not boxes[0].meets(boxes[1])
    assert sum(hole[box.cut].sum() for box in boxes) == hole.sum()


def test_boxes_that_meet_become_one() -> None:
    hole = hole_at(np.s_[10:20, 10:20], np.s_[10:20, 100:110])
    assert len(boxes_around(hole, 64, 32)) == 1


def test_where_most_is_unknown_all_is_painted() -> None:
    hole = hole_at(np.s_[20:280, 20:480])
    assert boxes_around(hole, 64, 32) == [Box(0, 0, *SHAPE)]


def test_nothing_is_painted_without_a_hole() -> None:
    assert boxes_around(hole_at(), 64, 32) == []
