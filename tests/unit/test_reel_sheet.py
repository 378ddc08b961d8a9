"""The contact sheet shows every shot's pictures, in rows that fit."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from underpaint.errors import InputError
from underpaint.reel.sheet import Column, contact_sheet

FOOTER = ("AI-assisted. People made the blocking.", "Ana Reyes, direction")


def colour(index: int, painted: bool) -> tuple[int, int, int]:
    """A colour that no text and no other picture has."""
    return (255, 8 * index, 0) if painted else (0, 8 * index, 255)


def column(index: int, width: int, height: int, **values: str) -> Column:
    given = {"shot": f"shot {index}", "length": "24 frames", "words": "a street", **values}
    blocking, painted = (
        Image.new("RGB", (width, height), colour(index, is_painted)) for is_painted in (False, True)
    )
    return Column(blocking=blocking, painted=painted, facts=("take 001", "built-in"), **given)


def sheet(*columns: Column) -> Image.Image:
    return contact_sheet(columns, "Corner at dusk", "3 shots", FOOTER)


def box(picture: Image.Image, index: int, painted: bool) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what has the picture's colour."""
    pixels, wanted = np.asarray(picture), colour(index, painted)
    found = (pixels[..., 0] == wanted[0]) & (pixels[..., 1] == wanted[1])
    found &= pixels[..., 2] == wanted[2]
    rows, columns = np.flatnonzero(found.any(1)), np.flatnonzero(found.any(0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


@pytest.mark.parametrize(
    ("count", "size", "rows"),
    [
        (1, (640, 360), 1),
        (3, (512, 512), 1),
        (4, (1920, 1080), 1),
        (5, (640, 360), 2),
        (6, (360, 640), 1),
        (7, (360, 640), 2),
        (11, (64, 48), 3),
        (18, (640, 360), 3),
    ],
)
def test_blocking_stands_above_painted_in_even_rows(
    count: int, size: tuple[int, int], rows: int
) -> None:
    made = sheet(*(column(index, *size) for index in range(count)))
    tops = set()
    for index in range(count):
        blocking, painted = box(made, index, False), box(made, index, True)
        assert blocking[0] == painted[0] and blocking[2] == painted[2]
        assert 0 < painted[1] - blocking[3] < 30
        wide, high = painted[2] - painted[0], painted[3] - painted[1]
        assert abs(wide / high - size[0] / size[1]) < 0.02 * size[0] / size[1]
        assert painted[0] >= 60 and painted[2] <= made.width - 60
        tops.add(painted[1])
    assert len(tops) == rows
    assert made.width <= 2000


def test_columns_run_in_order_and_do_not_touch() -> None:
    made = sheet(*(column(index, 512, 512) for index in range(3)))
    boxes = [box(made, index, True) for index in range(3)]
    assert all(a[2] + 20 < b[0] for a, b in pairwise(boxes))


def test_shots_of_other_shapes_are_shown_whole() -> None:
    made = sheet(column(0, 640, 360), column(1, 360, 640), column(2, 512, 512))
    for index, shape in enumerate((640 / 360, 360 / 640, 1.0)):
        left, top, right, bottom = box(made, index, True)
        assert abs((right - left) / (bottom - top) - shape) < 0.03 * shape


def test_captions_are_written_below_their_picture() -> None:
    plain = np.asarray(sheet(column(0, 512, 512), column(1, 512, 512))).astype(int)
    told = sheet(column(0, 512, 512), column(1, 512, 512, words="other words"))
    _, _, _, bottom = box(told, 1, True)
    differs = np.argwhere(np.abs(np.asarray(told) - plain).max(-1) > 20)
    assert len(differs) and differs[:, 0].min() >= bottom
    assert differs[:, 1].min() >= box(told, 1, True)[0]


@pytest.mark.parametrize("name", ["", "x" * 300, "映画 مشهد हिन्दी 🎬", "a\nb", "\u202e"])
def test_odd_names_stay_inside_their_column(name: str) -> None:
    columns = [column(i, 256, 256, shot=name, words=name * 9, length=name[:20]) for i in range(2)]
    made = contact_sheet(columns, name, name, (name, name))
    left, right = box(made, 0, True)[2], box(made, 1, True)[0]
    top, bottom = box(made, 0, False)[1] - 44, box(made, 0, True)[3] + 80
    gutter = np.asarray(made)[top:bottom, left + 2 : right - 2]
    assert len(np.unique(gutter.reshape(-1, 3), axis=0)) == 1


def test_the_sheet_grows_with_its_footer() -> None:
    short = sheet(column(0, 512, 512))
    columns = [column(0, 512, 512)]
    long = contact_sheet(columns, "Corner", "1 shot", ("People made the blocking. " * 12,))
    assert long.height > short.height
    below = np.asarray(long)[-72:].reshape(-1, 3)
    assert len(np.unique(below, axis=0)) == 1, "the margin below stays empty"


def test_a_blocking_that_is_another_is_left_out_with_a_word() -> None:
    with_it, without = column(0, 512, 512), replace(column(1, 512, 512), blocking=None)
    made = sheet(with_it, without)
    assert box(made, 1, True)[1] == box(made, 0, True)[1]
    left, top, right, bottom = box(made, 0, False)
    shift = box(made, 1, True)[0] - box(made, 0, True)[0]
    cell = np.asarray(made.crop((left + shift, top, right + shift, bottom))).astype(int)
    written = np.argwhere(cell.max(-1) > 100)
    assert len(written) > 200, "it says why"
    assert abs(written.mean(0) - np.array(cell.shape[:2]) / 2).max() < 20


def test_arrays_and_files_are_pictures_too(tmp_path: Path) -> None:
    path = tmp_path / "painted.png"
    Image.new("RGB", (64, 64), colour(3, True)).save(path)
    array = np.zeros((64, 64, 3), np.float32) + np.array([0, 24 / 255, 1], np.float32)
    made = sheet(Column("dolly", "", array, path, "", ()))
    assert box(made, 3, False)[2] == box(made, 3, True)[2]
    path.write_bytes(b"")
    with pytest.raises(InputError, match=r"painted\.png is no picture"):
        sheet(Column("dolly", "", array, path, "", ()))
