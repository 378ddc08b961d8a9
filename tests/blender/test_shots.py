"""How markers cut a scene into shots."""

from __future__ import annotations

import bpy
import pytest
from underpaint_addon.bridge.shots import list_shots, shot_camera

from underpaint.errors import InputError
from underpaint.model.shot import Shot


@pytest.fixture
def stage(scene):
    """A scene of the frames 1 to 72 with the cameras A, B and C."""
    scene.frame_start, scene.frame_end = 1, 72
    for name in "ABC":
        camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        scene.collection.objects.link(camera)
    return scene


def mark(scene, frame: int, camera: str | None, name: str = "") -> None:
    """A marker bound to the camera of that name."""
    marker = scene.timeline_markers.new(name, frame=frame)
    marker.camera = bpy.data.objects[camera] if camera else None


def cut(scene) -> list[tuple[str, str, int, int]]:
    return [(s.name, s.camera, s.start, s.end) for s in list_shots(scene)]


def blenders_camera(scene, frame: int) -> str:
    """The camera that Blender itself switches to at a frame."""
    scene.frame_set(frame)
    return scene.camera.name


def test_without_markers_there_is_one_shot_of_the_scenes_camera(stage):
    stage.camera.name = "Hauptkamera"
    assert list_shots(stage) == (Shot("Hauptkamera", "Hauptkamera", 1, 72),)


def test_a_marker_without_a_camera_is_no_shot(stage):
    mark(stage, 10, None, "beat")
    assert cut(stage) == [("Camera", "Camera", 1, 72)]


def test_markers_cut_the_range_whatever_order_they_were_made_in(stage):
    mark(stage, 49, "C", "low")
    mark(stage, 1, "A", "dolly")
    mark(stage, 25, "B", "two shot")
    assert cut(stage) == [("dolly", "A", 1, 24), ("two shot", "B", 25, 48), ("low", "C", 49, 72)]


CASES = {
    "first marker late": [(10, "A"), (30, "B")],
    "markers before the start": [(-20, "A"), (-5, "B"), (40, "C")],
    "marker after the end": [(1, "A"), (100, "B")],
    "all markers after the end": [(90, "B"), (80, "A")],
    "all markers before the start": [(-9, "B"), (-3, "A")],
    "two markers at one frame": [(1, "A"), (30, "B"), (30, "C")],
    "two markers at the first frame": [(1, "B"), (1, "A")],
    "marker at the last frame": [(1, "A"), (72, "B")],
}


@pytest.mark.parametrize("markers", CASES.values(), ids=CASES.keys())
def test_every_frame_has_the_camera_that_blender_switches_to(stage, markers):
    for i, (frame, camera) in enumerate(markers):
        mark(stage, frame, camera, f"m{i}")
    shots = list_shots(stage)
    assert [s.start for s in shots[1:]] == [s.end + 1 for s in shots[:-1]]
    assert (shots[0].start, shots[-1].end) == (1, 72)
    for shot in shots:
        assert {blenders_camera(stage, f) for f in shot.frames} == {shot.camera}


def test_a_camera_that_does_not_render_is_passed_over_as_blender_does(stage):
    mark(stage, 1, "A", "a")
    mark(stage, 30, "B", "b")
    bpy.data.objects["B"].hide_render = True
    assert cut(stage) == [("a", "A", 1, 72)]
    assert blenders_camera(stage, 40) == "A"


def test_names_are_told_apart(stage):
    frames = iter(range(1, 72, 10))
    for name in ("wide", "wide", "wide (2)", "Wide", "", "émile"):
        mark(stage, next(frames), "A", name)
    names = [shot.name for shot in list_shots(stage)]
    assert names == ["wide", "wide (3)", "wide (2)", "Wide (4)", "A", "émile"]


def test_the_same_letters_composed_otherwise_are_the_same_name(stage):
    mark(stage, 1, "A", "e\u0301mile")
    mark(stage, 9, "B", "\u00e9mile")
    first, second = (shot.name for shot in list_shots(stage))
    assert (first, second) == ("e\u0301mile", "\u00e9mile (2)")


def test_no_camera_is_said(stage):
    stage.camera = None
    with pytest.raises(InputError, match=r"^The scene 'Scene' has no camera: add one .*\.$"):
        list_shots(stage)


def test_a_light_is_no_camera(stage):
    stage.camera = bpy.data.objects["Light"]
    with pytest.raises(InputError, match=r"looks through 'Light', which is no camera"):
        list_shots(stage)
    mark(stage, 5, "Light", "glow")
    with pytest.raises(InputError, match=r"The marker 'glow' at frame 5 is bound to 'Light'"):
        list_shots(stage)


def test_an_empty_range_is_said():
    class Backwards:
        """Blender keeps a person from setting this; a damaged file or an add-on does not."""

        name, frame_start, frame_end = "Scene", 9, 3

    with pytest.raises(InputError, match=r"^The scene 'Scene' has no frames: .* 9 .* 3\. Set"):
        list_shots(Backwards())


def test_a_shot_finds_its_camera_even_out_of_the_scene(stage):
    mark(stage, 1, "A", "a")
    stage.collection.objects.unlink(bpy.data.objects["A"])
    (shot,) = list_shots(stage)
    assert shot_camera(stage, shot) == bpy.data.objects["A"]
    with pytest.raises(InputError, match=r"^The shot 'gone' has lost its camera 'X': bind an"):
        shot_camera(stage, Shot("gone", "X", 1, 2))


def test_a_local_and_a_linked_camera_of_one_name(scene, tmp_path):
    library = tmp_path / "cameras.blend"
    bpy.data.libraries.write(str(library), {scene.camera})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = ["Camera"]
    local, linked = scene.camera, into.objects[0]
    scene.collection.objects.link(linked)
    scene.timeline_markers.new("a", frame=1).camera = local
    scene.timeline_markers.new("b", frame=10).camera = linked
    assert local.name == linked.name
    assert [shot_camera(scene, shot) for shot in list_shots(scene)] == [local, linked]
