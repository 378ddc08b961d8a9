"""Takes side by side and parted: the right pictures in the right places."""

from __future__ import annotations

import io
import json
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from underpaint import cli
from underpaint.errors import InputError
from underpaint.library import picks
from underpaint.library.judging import judge
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.reel.compare import Compared, lay_out_video, write_sheet, write_wipe

RED, GREEN, BLUE = (200, 0, 0), (0, 200, 0), (0, 0, 200)
SIZE = (320, 180)


@pytest.fixture
def painted(stage):
    """Three takes of a shot with a name that is no file name, each of one colour."""
    for seed, colour in enumerate((RED, GREEN, BLUE)):
        frames = range(1, 6) if seed < 2 else range(3, 6)
        request = stage.request("映画 1/2", frames, size=SIZE, seed=seed)
        with Takes(stage.project).begin(request) as unfinished:
            for frame in unfinished.missing:
                unfinished.add(frame, stage.png(*SIZE, (*colour[:2], colour[2] + frame)))
            unfinished.finish("Ana", 1.0)
    return stage.project


def pixels(path):
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB")).astype(int)


def patches(sheet, colour):
    """How many pixels have a colour, and where the first of them is."""
    found = np.argwhere((sheet == np.array(colour)).all(axis=-1))
    return len(found), tuple(found.min(axis=0)) if len(found) else None


def test_each_take_is_a_column_and_each_common_frame_a_row(painted):
    path = write_sheet(painted, Compared("shots", "映画 1/2", (2, 1)))
    assert path == painted.root / "compare" / "takes" / "映画 1%2F2" / "002+001.png"
    sheet = pixels(path)
    tops = {}
    for frame in (1, 3, 5):
        green, at_green = patches(sheet, (0, 200, frame))
        red, at_red = patches(sheet, (200, 0, frame))
        assert green == red > 5 * SIZE[0] * SIZE[1] // 2 and at_green[0] == at_red[0]
        assert at_green[1] < at_red[1], "in the order that was asked for"
        tops[frame] = at_green[0]
    assert tops[1] < tops[3] < tops[5]
    assert patches(sheet, (0, 200, 2))[0] == patches(sheet, (0, 200, 4))[0] == 0


def test_frames_that_not_all_have_are_not_shown(painted):
    sheet = pixels(write_sheet(painted, Compared("shots", "映画 1/2", (1, 3))))
    assert patches(sheet, (0, 0, 203))[0] == patches(sheet, (0, 0, 205))[0] > 0
    one = write_sheet(painted, Compared("shots", "映画 1/2", (1, 3), frame=4))
    assert one.name == "001+003 frame 4.png" and pixels(one).shape[0] < sheet.shape[0]
    with pytest.raises(InputError, match=r"have frame 2; they share 3 to 5"):
        write_sheet(painted, Compared("shots", "映画 1/2", (1, 3), frame=2))
    with pytest.raises(InputError, match=r"has no take 9; it has 1, 2, 3"):
        write_sheet(painted, Compared("shots", "映画 1/2", (1, 9)))
    with pytest.raises(InputError, match="At most 24 takes"):
        write_sheet(painted, Compared("shots", "映画 1/2", tuple(range(1, 26))))


def test_takes_without_a_common_frame(painted, stage):
    stage.paint(stage.request("映画 1/2", (9,), size=SIZE))
    with pytest.raises(InputError, match="no frame in common"):
        write_sheet(painted, Compared("shots", "映画 1/2", (1, 4)))


def test_what_was_said_changes_the_sheet(painted):
    asked = Compared("shots", "映画 1/2", (1, 2))
    before = pixels(write_sheet(painted, asked))
    picks.pick(painted, "映画 1/2", 1, "Ana")
    picked = pixels(write_sheet(painted, asked))
    judge(painted, "shots", "映画 1/2", 2, "Ben", rejected=True, note="a note " * 30)
    judged = pixels(write_sheet(painted, asked))
    assert not np.array_equal(before, picked)
    assert judged.shape[0] > picked.shape[0], "notes stand below"


def test_other_words_stand_below_each_take_and_the_same_once(stage):
    first = stage.request(size=SIZE)
    stage.paint(first)
    stage.paint(replace(first, seed=8))
    stage.paint(replace(first, look=Look("noon", "a very long way of saying noon " * 4)))
    alike = pixels(write_sheet(stage.project, Compared("shots", "dolly", (1, 2))))
    unlike = pixels(write_sheet(stage.project, Compared("shots", "dolly", (1, 3))))
    assert unlike.shape[0] > alike.shape[0]


def test_many_takes_go_on_in_the_next_band(painted):
    few = pixels(write_sheet(painted, Compared("shots", "映画 1/2", (1, 2, 1, 2, 1, 2), 3)))
    many = pixels(write_sheet(painted, Compared("shots", "映画 1/2", (1, 2, 1, 2, 1, 2, 1), 3)))
    assert many.shape[0] > 1.5 * few.shape[0] - 200 and many.shape[1] <= few.shape[1] * 1.1


@pytest.mark.parametrize("share", [0.0, 0.25, 1.0])
def test_a_wipe_parts_the_picture_where_it_is_told(painted, share):
    path = write_wipe(painted, Compared("shots", "映画 1/2", (1, 2), 3), share)
    assert path.name == f"001+002 wipe {round(100 * share)} frame 3.png"
    row = pixels(path)[5]
    assert row.shape == (SIZE[0], 3)
    at = round(share * SIZE[0])
    assert (row[: max(0, at - 1)] == (200, 0, 3)).all() and (row[at + 2 :] == (0, 200, 3)).all()
    if 0 < share < 1:
        assert row[at].min() > 200, "a bright line between them"


def test_three_takes_have_equal_parts_and_the_middle_frame(painted):
    path = write_wipe(painted, Compared("shots", "映画 1/2", (1, 2, 3)), 0.9)
    row = pixels(path)[5]
    middles = [tuple(row[SIZE[0] * part // 6]) for part in (1, 3, 5)]
    assert middles == [(200, 0, 4), (0, 200, 4), (0, 0, 204)]


def test_textures_are_compared_by_their_base_colours(stage):
    for size, colour in ((64, RED), (32, GREEN)):
        request = stage.texture_request(size)
        with Takes(stage.project, "textures").begin(request, "wall") as unfinished:
            unfinished.add_file("basecolor.png", stage.png(size, size, colour))
            unfinished.add_file("height.png", stage.png(size, size, BLUE))
            unfinished.finish("Ana", 1.0)
    sheet = pixels(write_sheet(stage.project, Compared("textures", "wall", (1, 2))))
    assert patches(sheet, RED)[0] == patches(sheet, GREEN)[0] > 0 == patches(sheet, BLUE)[0]
    wipe = pixels(write_wipe(stage.project, Compared("textures", "wall", (1, 2)), 0.5))
    assert wipe.shape[:2] == (64, 64)


def test_a_picture_that_is_cut_short_is_named(painted):
    path = painted.take("shots", "映画 1/2", 1) / "frame_0003.png"
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"frame_0003\.png is no picture or was cut off"):
        write_sheet(painted, Compared("shots", "映画 1/2", (1, 2)))


def test_the_program_has_its_worker_draw(painted, capsys):
    words = ["compare", "x.blend", "映画 1/2", "1", "2", "--out", str(painted.root), "--json"]
    assert cli.main([*words, "--wipe", "30"]) == 0
    done = json.loads(capsys.readouterr().out.splitlines()[-1])
    (file,) = done["files"]
    assert Image.open(io.BytesIO((painted.root / file).read_bytes())).size == SIZE
    assert cli.main([*words, "--frame", "77"]) == 2
    (failed,) = capsys.readouterr().out.splitlines()
    assert "frame 77" in json.loads(failed)["message"], "and nothing before that"
    words[4] = "9"
    assert cli.main(words) == 2
    (failed,) = capsys.readouterr().out.splitlines()
    assert "has no take 9" in json.loads(failed)["message"]
    assert cli.main(["compare", "x.blend", "映画 1/2", "1", "1"]) == 2


def test_a_video_has_every_common_frame_of_each_take(painted):
    told = []
    asked = Compared("shots", "映画 1/2", (1, 3))
    laid = lay_out_video(painted, asked, lambda *words: told.append(words))
    assert (laid.count, laid.width, laid.height, laid.fps) == (3, 2 * SIZE[0], SIZE[1], 24)
    assert laid.out.name == "001+003.mp4" and len(told) == 3
    last = pixels(laid.folder / "frame_0003.png")
    assert tuple(last[5, 5]) == (200, 0, 5) and tuple(last[5, SIZE[0] + 5]) == (0, 0, 205)
    with pytest.raises(InputError, match="textures do not move"):
        lay_out_video(painted, Compared("textures", "wall", (1, 2)), lambda *_: None)
