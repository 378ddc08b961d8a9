"""What is burnt into a frame is legible, covers nothing and never crashes on a name."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, features

from underpaint.errors import InputError
from underpaint.reel.burnin import STRIP, Slate, burn_in, reel_size
from underpaint.reel.lettering import Lettering, clean
from underpaint.reel.picture import fit, to_image

SIZES = [(640, 360), (1920, 1080), (256, 256), (360, 640), (512, 512), (511, 333), (64, 48), (7, 5)]
LONG = "a shot whose name goes on and on and never ends " * 3
NAMES = {
    "Latin": "Nghĩa đèn ñandú",
    "Greek": "Ελλάδα",
    "Cyrillic": "Сцена ґ",
    "Arabic": "مشهد",
    "Hebrew": "סצנה",
    "Devanagari": "हिन्दी",
    "Bengali": "বাংলা",
    "Tamil": "தமிழ்",
    "Thai": "ภาษาไทย",
    "Ethiopic": "አማርኛ",
    "Khmer": "ខ្មែរ",
    "Han": "汉字漢字場面",
    "Kana": "ひらがなカナ",
    "Hangul": "한국어",
    "Georgian": "ქართული",
    "Armenian": "Հայերեն",
}
UNKNOWN = "\U00013000"
"""An Egyptian hieroglyph: no font of ours has it."""


def slate(shot: str = "dolly", engine: str = "built-in") -> Slate:
    return Slate(shot, 3, 1012, "00:00:12:03", engine)


def noise(width: int, height: int) -> Image.Image:
    pixels = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    return Image.fromarray(pixels, "RGB")


def ink(lettering: Lettering, text: str) -> np.ndarray:
    """The text, white on black, with room around it."""
    picture = Image.new("RGB", (lettering.width(text) + 40, 120))
    lettering.draw(ImageDraw.Draw(picture), (20, 80), text, (255, 255, 255))
    return np.asarray(picture)[..., 0]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("shot", ["dolly", LONG, "映画 مشهد 🎬", ""])
def test_the_picture_stays_as_it_is_above_an_even_strip(size: tuple[int, int], shot: str) -> None:
    picture = noise(*size)
    frame = burn_in(picture, slate(shot, LONG))
    assert frame.size == reel_size(*size)
    assert frame.width % 2 == frame.height % 2 == 0
    assert frame.crop((0, 0, *size)) == picture
    assert frame.height - size[1] <= 0.2 * max(256, size[1])


@pytest.mark.parametrize("size", SIZES[:6])
def test_the_strip_is_legible_and_keeps_its_margins(size: tuple[int, int]) -> None:
    strip = np.asarray(burn_in(noise(*size), slate()).crop((0, size[1], *reel_size(*size))))
    strip = strip[:, : size[0]].astype(int)
    brightest = strip.max() / 255
    contrast = (brightest**2.2 + 0.05) / ((STRIP[0] / 255) ** 2.2 + 0.05)
    assert contrast > 7, "WCAG's strictest bound"
    written = np.abs(strip - STRIP).max(-1) > 30
    columns = np.flatnonzero(written.any(0))
    rows = np.flatnonzero(written.any(1))
    assert columns[0] >= 4 and columns[-1] < size[0] - 4
    assert rows[0] >= 2 and rows[-1] < strip.shape[0] - 2
    assert rows[-1] - rows[0] >= 7


def test_every_word_of_the_slate_is_there() -> None:
    def strip(**values: str) -> np.ndarray:
        given = {"shot": "dolly", "timecode": "00:00:12:03", "engine": "built-in", **values}
        frame = burn_in(noise(640, 360), Slate(take=3, frame=1012, **given))
        return np.asarray(frame.crop((0, 360, *frame.size)))

    first = strip()
    for values in ({"shot": "crane"}, {"timecode": "00:00:12:04"}, {"engine": "other"}):
        assert (strip(**values) != first).any(), values
    assert (strip(timecode="00:00:12:04") != first).any(0).any(-1).sum() < 12, "one digit differs"


@pytest.mark.parametrize(("size", "rows", "gaps"), [((640, 360), 1, 3), ((256, 256), 2, 1)])
def test_long_names_leave_gaps_between_the_parts(
    size: tuple[int, int], rows: int, gaps: int
) -> None:
    frame = burn_in(noise(*size), slate(LONG, LONG))
    strip = np.asarray(frame.crop((0, size[1], *frame.size))).astype(int)
    for row in np.array_split(np.abs(strip - STRIP).max(-1) > 30, rows):
        written = np.flatnonzero(row.any(0))
        assert (np.diff(written) >= 8).sum() >= gaps


def test_another_shape_is_fitted_whole() -> None:
    red = Image.new("RGB", (100, 100), (255, 0, 0))
    frame = np.asarray(burn_in(red, slate(), (640, 360)))
    assert frame.shape[1::-1] == reel_size(640, 360)
    reds = np.argwhere(frame[:360, :, 0] > 200)
    assert reds.min(0).tolist() == [0, 140] and reds.max(0).tolist() == [359, 499]


def test_an_odd_picture_is_continued_by_its_own_edge() -> None:
    picture = noise(511, 333)
    frame = np.asarray(burn_in(picture, slate()))
    assert (frame[:333, 511] == np.asarray(picture)[:, 510]).all()


def test_fitting_what_fits_changes_nothing() -> None:
    picture = noise(40, 30)
    assert fit(picture, 40, 30, (0, 0, 0)) is picture


@pytest.mark.parametrize("script", NAMES)
def test_names_are_written_in_their_script(script: str) -> None:
    lettering = Lettering("regular", 40)
    letters = [c for c in NAMES[script] if unicodedata.category(c)[0] == "L"]
    tofu = ink(lettering, UNKNOWN)
    for letter in letters:
        drawn = ink(lettering, letter)
        assert drawn.max() > 200, letter
        assert drawn.shape != tofu.shape or (drawn != tofu).any(), f"no font has {letter}"


def test_a_letter_that_no_font_has_is_seen() -> None:
    lettering = Lettering("semibold", 40)
    assert ink(lettering, UNKNOWN).max() > 200
    assert lettering.width(f"a{UNKNOWN}b") > lettering.width("ab")


@pytest.mark.skipif(not features.check("raqm"), reason="this Pillow does not shape text")
def test_running_numbers_stand_still() -> None:
    running = Lettering("semibold", 24, tabular=True)
    assert len({running.width(f"00:00:{digit}{digit}") for digit in range(10)}) == 1


@pytest.mark.parametrize(
    "text", [LONG, "漢字" * 60, "مشهد " * 30, "هندسة", "e\u0301" * 90, "x" * 200]
)
@pytest.mark.parametrize("width", [40, 200, 333])
def test_shortened_and_wrapped_text_fits(text: str, width: int) -> None:
    lettering = Lettering("regular", 20)
    short = lettering.shorten(text, width)
    assert lettering.width(short) <= width
    assert short == clean(text) or short.endswith("…")
    lines = lettering.wrap(text, width, 3)
    assert 1 <= len(lines) <= 3
    assert all(0 < lettering.width(line) <= width for line in lines)


def test_wrapping_breaks_at_spaces_and_loses_no_word() -> None:
    text = "a street corner at dusk, gouache, warm windows"
    lines = Lettering("regular", 20).wrap(text, 180, 9)
    assert len(lines) > 2 and " ".join(lines) == text
    assert Lettering("regular", 20).wrap("", 180, 3) == []


def test_marks_stay_with_their_letter_when_text_is_cut() -> None:
    lettering = Lettering("regular", 20)
    text = "का" * 40  # a letter and a vowel sign that takes room of its own
    for width in range(30, 120, 3):
        kept = lettering.shorten(text, width).rstrip("…")
        assert len(kept) % 2 == 0


def test_control_characters_are_not_written() -> None:
    assert clean(" a\nb\tc\x00d\u202ee ") == "a b cde"
    assert clean("e\u0301") == "é"


def test_pictures_come_as_files_arrays_or_images(tmp_path: Path) -> None:
    array = np.zeros((4, 6, 3), np.float32)
    array[..., 0], array[..., 1] = 1.7, 0.5
    assert np.asarray(to_image(array))[0, 0].tolist() == [255, 128, 0]
    path = tmp_path / "映画.png"
    to_image(array).save(path)
    assert to_image(path) == to_image(array) == to_image(to_image(array))


def test_a_picture_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"a\.png does not exist"):
        to_image(tmp_path / "a.png")
    whole = tmp_path / "b.png"
    noise(64, 64).save(whole)
    for content in (whole.read_bytes()[:-2000], b"", b"not a picture"):
        (tmp_path / "c.png").write_bytes(content)
        with pytest.raises(InputError, match=r"c\.png is no picture or was cut off"):
            to_image(tmp_path / "c.png")
