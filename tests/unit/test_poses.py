"""Where things stand, what moves as one, and how a file of it fails."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from underpaint.errors import InputError
from underpaint.passes.poses import (
    Poses,
    bodies,
    points_of,
    read_poses,
)


def poses(*rows: tuple[int, int, np.ndarray]) -> Poses:
    """Of (id, shape, matrix)."""
    ids, shapes, matrices = zip(*rows, strict=True)
    return Poses(np.array(ids, np.int32), np.array(matrices), np.array(shapes, np.uint64))


def at(x: float, scale: float = 1.0) -> np.ndarray:
    matrix = np.diag([scale, scale, scale, 1.0])
    matrix[0, 3] = x
    return matrix


def test_a_body_is_an_id_with_a_shape_wherever_it_stands() -> None:
    here, there = poses((3, 77, at(0)), (9, 5, at(1))), poses((9, 5, at(4)), (3, 77, at(2, 0.5)))
    assert bodies(here).numbers == bodies(there).numbers
    body = bodies(here).numbers[3]
    moved = bodies(there).matrices[body] @ np.linalg.inv(bodies(here).matrices[body])
    assert np.array_equal(moved, at(2, 0.5))
    assert bodies(poses((3, 78, at(0)))).numbers[3] != body, "it deformed"
    assert bodies(poses((4, 77, at(0)))).numbers[4] != body, "another object of that shape"


def test_placements_are_one_body_while_all_of_them_stand_still() -> None:
    rows = [(3, 77, at(0)), (3, 77, at(1)), (3, 8, at(1))]
    still = bodies(poses(*rows))
    (body,) = still.numbers.values()
    assert still.numbers == bodies(poses(*rows[::-1])).numbers
    assert np.array_equal(still.matrices[body], np.eye(4))
    for other in (
        [*rows[:2], (3, 8, at(1.001))],
        [*rows[:2], (3, 9, at(1))],
        [(3, 77, at(1)), (3, 77, at(0)), (3, 8, at(0))],
        rows[:2],
        rows[:1],
        [*rows, rows[0]],
    ):
        assert bodies(poses(*other)).numbers[3] != body


def test_no_way_leads_back_from_what_is_flat() -> None:
    flat = np.diag([1.0, 1.0, 0.0, 1.0])
    lost = at(np.nan)
    found = bodies(poses((1, 7, at(0, 0)), (2, 7, flat), (3, 7, at(3, 1e-5)), (4, 7, lost)))
    usable = {id_: found.matrices[body] is not None for id_, body in found.numbers.items()}
    assert usable == {1: False, 2: False, 3: True, 4: False}


def test_numbers_fit_the_picture_and_are_the_same_in_every_process() -> None:
    many = poses(*((n, n * 7919, at(n)) for n in range(1, 2001)))
    numbers = list(bodies(many).numbers.values())
    assert len(set(numbers)) == 2000 and min(numbers) > 0 and max(numbers) < 2**31
    assert bodies(poses((3, 77, at(0)))).numbers == {3: 88952804}
    code = (
        "import numpy as np; from underpaint.passes.poses import *;"
        "print(bodies(Poses(np.array([3], np.int32), np.eye(4)[None],"
        "np.array([77], np.uint64))).numbers)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "{3: 88952804}"


def test_two_bodies_of_a_frame_never_share_a_number(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("underpaint.passes.poses._LARGEST", 3)
    found = bodies(poses((1, 7, at(0)), (2, 7, at(1)), (3, 7, at(2))))
    assert sorted(found.numbers.values()) == [1, 2, 3]
    assert {n: found.matrices[body][0, 3] for n, body in found.numbers.items()} == {
        1: 0,
        2: 1,
        3: 2,
    }


def test_an_id_pass_becomes_one_of_bodies() -> None:
    there = poses((3, 77, at(0)), (300, 5, at(1)))
    numbers = bodies(there).numbers
    image = bodies(there).image(np.array([[0, 3], [300, 7], [32767, 3]], np.int32))
    assert image.dtype == np.int32
    assert image.tolist() == [[0, numbers[3]], [numbers[300], 0], [0, numbers[3]]]
    nothing = Poses(np.empty(0, np.int32), np.empty((0, 4, 4)), np.empty(0, np.uint64))
    assert not bodies(nothing).image(np.array([[0, 3]], np.int32)).any()
    assert bodies(nothing).numbers == {}


def _save(path: Path, **other: np.ndarray | None) -> Path:
    arrays = {
        "ids": np.array([1], np.int32),
        "matrices": np.eye(4)[None],
        "shapes": np.array([9], "u8"),
    }
    np.savez(
        path, **{name: array for name, array in {**arrays, **other}.items() if array is not None}
    )
    return path


def test_a_file_is_read_back(tmp_path: Path) -> None:
    found = read_poses(_save(tmp_path / "poses_0001.npz"))
    assert found.ids.tolist() == [1] and found.shapes.tolist() == [9]
    assert np.array_equal(found.matrices, np.eye(4)[None])


def test_points_are_told_where_they_are_known_and_matter(tmp_path: Path) -> None:
    assert points_of(read_poses(_save(tmp_path / "poses_0001.npz"))) == {}, "an older file"
    placed = poses((3, 1, at(0)), (3, 1, at(1)), (5, 2, at(0)), (6, 3, at(0)))
    told = replace(placed, points=np.array([8, 9, 0, 7], np.int32))
    assert points_of(told) == {3: {8, 9}, 6: {7}}


@pytest.mark.parametrize(
    "other",
    [
        {"shapes": None},
        {"shapes": np.array([1, 2], np.uint64)},
        {"shapes": np.array([1], np.int64)},
        {"matrices": np.eye(4)},
        {"matrices": np.eye(4, dtype=np.float32)[None]},
        {"ids": np.array([0], np.int32)},
        {"ids": np.array(5, np.int32)},
        {"ids": np.array([None], object)},
        {"points": np.array([8, 9], np.int32)},
        {"points": np.array([8], np.int64)},
    ],
)
def test_a_file_of_something_else_is_refused(
    tmp_path: Path, other: dict[str, np.ndarray | None]
) -> None:
    with pytest.raises(InputError, match="holds no poses: render the passes again"):
        read_poses(_save(tmp_path / "poses_0001.npz", **other))


def test_one_array_is_no_file_of_poses(tmp_path: Path) -> None:
    with (tmp_path / "poses_0001.npz").open("wb") as stream:
        np.save(stream, np.eye(4))
    with pytest.raises(InputError, match="holds no poses"):
        read_poses(tmp_path / "poses_0001.npz")


def test_a_file_that_is_cut_off_changed_or_gone_is_told_in_a_sentence(tmp_path: Path) -> None:
    path = _save(tmp_path / "poses_0001.npz")
    whole = path.read_bytes()
    inside = whole.index(np.eye(4).tobytes())
    for spoilt in (whole[:-30], b"", b"PK", whole[:inside] + b"\1" + whole[inside + 1 :]):
        path.write_bytes(spoilt)
        with pytest.raises(InputError, match="is damaged"):
            read_poses(path)
    path.unlink()
    with pytest.raises(InputError, match="is missing: render the passes again"):
        read_poses(path)
