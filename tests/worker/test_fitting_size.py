"""How large a texture is made."""

from __future__ import annotations

import pytest

from underpaint.worker.jobs.baking import fitting_size


@pytest.mark.parametrize(
    ("pixels", "most", "size"),
    [(1, 1024, 64), (300, 1024, 64), (2_500, 1024, 256), (40_000, 1024, 1024), (10**6, 1024, 1024)],
)
def test_a_texture_is_as_large_as_the_views_can_fill(pixels, most, size):
    assert fitting_size(pixels, most) == size


def test_no_texture_is_larger_than_asked():
    assert fitting_size(10**6, 48) == 48
