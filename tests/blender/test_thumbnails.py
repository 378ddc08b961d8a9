"""A picture of the work going on: its pixels go into one icon, the right way up."""

import bpy.utils.previews
import numpy as np
import pytest
from underpaint_addon import thumbnails


def test_pixels_of_a_preview_begin_at_the_bottom(tmp_path):
    picture = np.zeros((2, 3, 3), dtype=np.uint8)
    picture[0] = (250, 100, 50)  # the upper row
    np.save(tmp_path / "p.npy", picture)
    collection = bpy.utils.previews.new()
    icon = collection.new("newest")
    thumbnails._fill(icon, tmp_path / "p.npy")
    assert tuple(icon.image_size) == (3, 2)
    pixels = np.array(icon.image_pixels, dtype=np.int32).view(np.uint8).reshape(2, 3, 4)
    assert pixels[1, 0].tolist() == [250, 100, 50, 255] and pixels[0, 0].tolist() == [0, 0, 0, 255]
    (tmp_path / "cut.npy").write_bytes((tmp_path / "p.npy").read_bytes()[:60])
    for gone in ("cut.npy", "gone.npy"):
        with pytest.raises((OSError, ValueError, EOFError)):
            thumbnails._fill(icon, tmp_path / gone)
    bpy.utils.previews.remove(collection)
