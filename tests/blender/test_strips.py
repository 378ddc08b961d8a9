"""Takes in the sequencer and behind the camera: at their frames, in their own colours."""

import wave
from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon import watch
from underpaint_addon.bridge import backgrounds, compat, strips

from underpaint.errors import InputError
from underpaint.model.shot import Shot

from .pictures import CHART, chart, render, write_png

SHOT = Shot("två/2", "Camera", 25, 28)


@pytest.fixture
def take(tmp_path: Path) -> Path:
    """Frames 25 to 28, each of its own grey."""
    folder = tmp_path / "två%2F2" / "001"
    for frame in SHOT.frames:
        write_png(folder / f"frame_{frame:04d}.png", chart(32, 18, [(frame * 5,) * 3]))
    return folder


@pytest.fixture(autouse=True)
def small(scene):
    scene.render.resolution_x, scene.render.resolution_y = 32, 18
    scene.render.resolution_percentage = 100


def shown(scene: bpy.types.Scene, frame: int, path: Path) -> np.ndarray:
    """What the sequencer renders at a frame."""
    scene.frame_set(frame)
    scene.render.use_sequencer = True
    return render(scene, path)


def test_strip_lies_at_its_frames(scene, take):
    strip = strips.add_take(scene, SHOT, take, 1)
    assert strip.name == "två/2 take 001"
    assert compat.strip_span(strip) == (25, 29)
    assert [e.filename for e in strip.elements] == [f"frame_{f:04d}.png" for f in SHOT.frames]


def test_each_frame_shows_its_own_picture(scene, take, tmp_path):
    scene.view_settings.view_transform = "Standard"
    strips.add_take(scene, SHOT, take, 1)
    for frame in (25, 26, 28):
        assert np.abs(shown(scene, frame, tmp_path / "seen.png") - frame * 5).max() <= 1
    assert shown(scene, 29, tmp_path / "after.png").max() == 0


@pytest.mark.parametrize(("transform", "levels"), [("Standard", 0), ("AgX", 4), ("Filmic", 2)])
def test_colours_are_the_paintings(scene, tmp_path, transform, levels):
    write_png(tmp_path / "001" / "frame_0001.png", chart(32, 18))
    scene.view_settings.view_transform = transform
    strips.add_take(scene, Shot("a", "Camera", 1, 1), tmp_path / "001", 1)
    seen = shown(scene, 1, tmp_path / "seen.png")
    assert np.abs(seen[9, 2::5][:6] - np.array(CHART)).max() <= levels


def test_a_channel_each_above_what_is_there(scene, take):
    theirs = compat.strips(scene.sequence_editor_create()).new_image(
        "theirs", str(take / "frame_0025.png"), 3, 20
    )
    for name in ("frame_0026.png",) * 20:
        theirs.elements.append(name)
    first = strips.add_take(scene, SHOT, take, 1)
    second = strips.add_take(scene, SHOT, take, 2)
    later = strips.add_take(scene, Shot("later", "Camera", 25, 28), take, 1)
    assert [s.channel for s in (theirs, first, second, later)] == [3, 4, 5, 6]
    assert compat.strip_span(theirs)[0] == 20


def test_shots_that_do_not_meet_share_channels(scene, take, tmp_path):
    other = tmp_path / "other" / "001"
    for frame in range(29, 32):
        write_png(other / f"frame_{frame:04d}.png", chart(32, 18))
    first = strips.add_take(scene, SHOT, take, 1)
    second = strips.add_take(scene, Shot("other", "Camera", 29, 31), other, 1)
    assert first.channel == second.channel == 1
    assert compat.strip_span(second) == (29, 32)


def test_added_again_it_replaces_itself_only(scene, take):
    for number in (1, 2):
        strips.add_take(scene, SHOT, take, number)
    strips.add_take(scene, Shot("another", "Camera", 25, 28), take, 1)
    again = strips.add_take(scene, SHOT, take, 1)
    there = compat.strips(scene.sequence_editor)
    assert again.channel == 1 and again.name == "två/2 take 001"
    assert sorted(s.name for s in there) == ["another take 001", "två/2 take 001", "två/2 take 002"]


def test_missing_frames_hold_the_one_before(scene, take):
    (take / "frame_0026.png").unlink()
    strip = strips.add_take(scene, SHOT, take, 1)
    assert compat.strip_span(strip) == (25, 29)
    assert [int(e.filename[6:10]) for e in strip.elements] == [25, 25, 27, 28]


def test_rendering_stays_what_it_was(scene, take):
    assert scene.render.use_sequencer, "Blender's default"
    strips.add_take(scene, SHOT, take, 1)
    assert not scene.render.use_sequencer, "F12 shows the scene, as before"
    scene.render.use_sequencer = True
    strips.add_take(scene, SHOT, take, 2)
    assert scene.render.use_sequencer, "from now on it is the artist's"


def test_rendering_stays_what_it_was_beside_sound_and_muted_strips(scene, take, tmp_path):
    with wave.open(str(tmp_path / "dialogue.wav"), "wb") as sound:
        sound.setparams((1, 2, 8000, 0, "NONE", ""))
        sound.writeframes(bytes(16000))
    there = compat.strips(scene.sequence_editor_create())
    there.new_sound("dialogue", str(tmp_path / "dialogue.wav"), 1, 1)
    there.new_image("off", str(take / "frame_0025.png"), 2, 25).mute = True
    there.new_image("channel off", str(take / "frame_0025.png"), 3, 25)
    scene.sequence_editor.channels[3].mute = True
    strips.add_take(scene, SHOT, take, 1)
    assert not scene.render.use_sequencer
    scene.render.use_sequencer = True
    strips.add_take(scene, SHOT, take, 2)
    assert scene.render.use_sequencer


def test_full_sequencer(scene, take):
    compat.strips(scene.sequence_editor_create()).new_image(
        "top", str(take / "frame_0025.png"), 128, 25
    )
    with pytest.raises(InputError, match="no free channel"):
        strips.add_take(scene, SHOT, take, 1)


def test_no_frames(scene, tmp_path):
    with pytest.raises(InputError, match="no painted frames"):
        strips.add_take(scene, SHOT, tmp_path, 1)
    assert scene.render.use_sequencer and not len(compat.strips(scene.sequence_editor_create()))


def test_paths_are_relative_in_a_saved_file(scene, take, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    strip = strips.add_take(scene, SHOT, take, 1)
    background = backgrounds.set_camera_background(scene.camera, SHOT, take)
    assert strip.directory == "//två%2F2/001/"
    assert background.image.filepath == "//två%2F2/001/frame_0025.png"


def test_background_goes_with_the_frames(scene, take):
    background = backgrounds.set_camera_background(scene.camera, SHOT, take)
    data = scene.camera.data
    assert data.show_background_images and list(data.background_images) == [background]
    assert background.display_depth == "BACK" and background.alpha == 1.0
    for frame, expected in ((25, 25), (27, 27), (28, 28), (40, 28)):
        scene.frame_set(frame)
        bpy.context.evaluated_depsgraph_get()
        path = background.image.filepath_from_user(image_user=background.image_user)
        assert Path(path) == take / f"frame_{expected:04d}.png"


def test_background_replaces_ours_only(scene, take, tmp_path):
    data = scene.camera.data
    theirs = data.background_images.new()
    theirs.image = bpy.data.images.new("reference", 4, 4)
    backgrounds.set_camera_background(scene.camera, SHOT, take)
    second = tmp_path / "002"
    write_png(second / "frame_0025.png", chart(32, 18))
    backgrounds.set_camera_background(scene.camera, SHOT, second)
    reference, ours = data.background_images
    assert reference.image.name == "reference"
    assert Path(ours.image.filepath) == second / "frame_0025.png"


def test_each_shot_of_a_camera_shows_its_own_take(scene, take, tmp_path):
    later = tmp_path / "later"
    write_png(later / "frame_0029.png", chart(32, 18))
    first = backgrounds.set_camera_background(scene.camera, SHOT, take)
    second = backgrounds.set_camera_background(scene.camera, Shot("b", "Camera", 29, 32), later)
    data = scene.camera.data
    assert list(data.background_images) == [first, second]
    for frame, seen in ((25, [True, False]), (28, [True, False]), (31, [False, True])):
        backgrounds.show_at(frame)
        assert [b.show_background_image for b in data.background_images] == seen
    backgrounds.show_at(90)
    assert not any(b.show_background_image for b in data.background_images)


def test_the_add_on_follows_the_current_frame(scene, take, tmp_path):
    write_png(tmp_path / "later" / "frame_0029.png", chart(32, 18))
    theirs = scene.camera.data.background_images.new()
    theirs.image = bpy.data.images.new("reference", 4, 4)
    first = backgrounds.set_camera_background(scene.camera, SHOT, take)
    later = Shot("b", "Camera", 29, 32)
    second = backgrounds.set_camera_background(scene.camera, later, tmp_path / "later")
    watch.register()
    try:
        scene.frame_set(26)
        assert (first.show_background_image, second.show_background_image) == (True, False)
        scene.frame_set(31)
        assert (first.show_background_image, second.show_background_image) == (False, True)
        assert theirs.show_background_image
    finally:
        watch.unregister()
    scene.frame_set(26)
    assert second.show_background_image, "nobody looks any more"


def test_a_take_can_lie_over_the_blocking(scene, take):
    ours = backgrounds.set_camera_background(scene.camera, SHOT, take, over=0.4)
    theirs = scene.camera.data.background_images.new()
    theirs.image = bpy.data.images.new("reference", 4, 4)
    assert (ours.display_depth, ours.alpha) == ("FRONT", pytest.approx(0.4))
    backgrounds.fade(scene, 0.0)
    assert (ours.display_depth, ours.alpha) == ("BACK", 1.0)
    backgrounds.fade(scene, 0.7)
    assert (theirs.display_depth, theirs.alpha) == ("BACK", pytest.approx(0.5)), "the artist's"


def test_a_project_behind_a_link_stays_relative(scene, take, tmp_path):
    (tmp_path / "film").mkdir()
    (tmp_path / "film" / "underpaint").symlink_to(take.parent)
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "film" / "s.blend"))
    linked = tmp_path / "film" / "underpaint" / "001"
    background = backgrounds.set_camera_background(scene.camera, SHOT, linked)
    assert background.image.filepath == "//underpaint/001/frame_0025.png"
    assert strips.add_take(scene, SHOT, linked, 1).directory == "//underpaint/001/"
    again = backgrounds.set_camera_background(scene.camera, SHOT, linked)
    assert again.image.filepath == "//underpaint/001/frame_0025.png"
    assert len([i for i in bpy.data.images if "frame_0025" in i.filepath]) == 1


def test_linked_camera(scene, take, tmp_path):
    library = tmp_path / "cameras.blend"
    bpy.data.libraries.write(str(library), {scene.camera})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Camera"]
    with pytest.raises(InputError, match="linked from a library"):
        backgrounds.set_camera_background(into.objects[0], SHOT, take)
