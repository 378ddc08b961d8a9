"""Damaged pictures end in a sentence, whatever of them is damaged."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from underpaint.errors import InputError
from underpaint.worker.jobs.png import png_bytes, read_png

WHOLE = png_bytes(np.random.default_rng(0).random((6, 5, 3), np.float32))


def test_what_is_written_is_read_back(tmp_path: Path) -> None:
    path = tmp_path / "whole.png"
    path.write_bytes(WHOLE)
    assert read_png(path).shape == (6, 5, 3)


@pytest.mark.parametrize("seed", range(4))
def test_a_damaged_picture_is_read_or_told_of(tmp_path: Path, seed: int) -> None:
    rng, path, told = random.Random(seed), tmp_path / "damaged.png", 0
    for _ in range(400):
        data = bytearray(WHOLE[: rng.randrange(len(WHOLE))] if rng.random() < 0.3 else WHOLE)
        for _ in range(rng.randrange(3) if data else 0):
            data[rng.randrange(min(len(data), 40))] = rng.randrange(256)
        path.write_bytes(data)
        try:
            read_png(path)
        except InputError as error:
            assert "cannot be read" in str(error)
            told += 1
    assert told > 100


def test_a_header_that_is_too_short(tmp_path: Path) -> None:
    """Pillow says that by a ValueError."""
    path = tmp_path / "short.png"
    path.write_bytes(WHOLE[:8] + (5).to_bytes(4, "big") + WHOLE[12:])
    with pytest.raises(InputError, match="cannot be read"):
        read_png(path)
