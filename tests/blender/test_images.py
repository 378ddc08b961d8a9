"""Images are loaded once, with the colour space of their meaning."""

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import images

from underpaint.errors import InputError

from .pictures import chart, write_png


@pytest.fixture
def picture(scene, tmp_path):
    return write_png(tmp_path / "tütü" / "basecolor.png", chart(12, 6))


def files() -> list[bpy.types.Image]:
    return [image for image in bpy.data.images if image.source == "FILE"]


def pixel(image: bpy.types.Image) -> list[int]:
    values = np.empty(len(image.pixels), dtype=np.float32)
    image.pixels.foreach_get(values)
    return np.rint(values[:3] * 255).astype(int).tolist()


def test_meaning_gives_the_colour_space(picture):
    assert images.load(picture).colorspace_settings.name == "sRGB"
    data = images.load(picture, "data")
    assert data.colorspace_settings.name == "Non-Color"
    assert len(files()) == 2


def test_same_file_is_read_anew_not_loaded_twice(picture):
    first = images.load(picture)
    assert pixel(first) == [200, 120, 40]
    write_png(picture, chart(12, 6, [(10, 20, 30)]))
    again = images.load(picture.parent / ".." / picture.parent.name / picture.name)
    assert again == first and files() == [first]
    assert pixel(again) == [10, 20, 30]


def test_artists_setting_is_left_alone(picture):
    theirs = bpy.data.images.load(str(picture))
    theirs.colorspace_settings.name = "Linear Rec.709"
    ours = images.load(picture)
    assert ours != theirs
    assert theirs.colorspace_settings.name == "Linear Rec.709"


def test_path_is_relative_once_the_file_is_saved(picture, tmp_path):
    assert images.load(picture).filepath == str(picture)
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    image = images.load(picture)
    assert image.filepath == "//tütü/basecolor.png"
    assert images.load(picture) == image


def test_missing_picture(scene, tmp_path):
    with pytest.raises(InputError, match="is not there"):
        images.load(tmp_path / "none.png")
    assert files() == []


def test_sequence_is_loaded_once(scene, tmp_path):
    first = write_png(tmp_path / "frame_0001.png", chart(12, 6))
    write_png(tmp_path / "frame_0002.png", chart(12, 6))
    image = images.load_sequence(first, "dolly")
    assert (image.source, image.name) == ("SEQUENCE", "dolly")
    assert images.load_sequence(first, "dolly") == image
    assert images.load(first) != image, "a still of it is something else"


def test_path_through_a_link_is_kept_as_it_is(picture, tmp_path):
    link = tmp_path / "film" / "textures"
    link.parent.mkdir()
    link.symlink_to(picture.parent)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "scene.blend"))
    image = images.load(link / picture.name)
    assert image.filepath == "//textures/basecolor.png"
    assert images.load(link / picture.name) == image and files() == [image]
