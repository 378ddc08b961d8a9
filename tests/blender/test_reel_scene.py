"""The reel in Blender's sequencer, its sound, and markers that follow a re-timed timeline."""

import struct
import wave
from pathlib import Path

import bpy
import pytest
from underpaint_addon.bridge import compat, reel_cut, reel_scene, retimed, sounds

from underpaint.errors import InputError
from underpaint.library.project import Project, frame_file
from underpaint.model.cut import Cut, CutEntry, Dressing, ReelPart, ReelRecord, Sound

heard = pytest.mark.skipif(
    not bpy.app.build_options.audaspace, reason="this Blender was built without sound"
)


def picture(path: Path, colour: tuple[float, ...]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    image = bpy.data.images.new("p", 16, 8)
    image.pixels = [*colour, 1.0] * (16 * 8)
    image.filepath_raw, image.file_format = str(path), "PNG"
    image.save()
    bpy.data.images.remove(image)


def tone(path: Path, seconds: float) -> Path:
    with wave.open(str(path), "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        frames = round(8000 * seconds)
        sound.writeframes(b"".join(struct.pack("<h", i % 64 * 300) for i in range(frames)))
    return path


@pytest.fixture
def project(tmp_path: Path) -> Project:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    project = Project(tmp_path / "a film" / "underpaint")
    for shot, frames in (("wide", range(-1, 3)), ("映画", range(0, 3))):
        for frame in frames:
            picture(project.take("shots", shot, 1) / frame_file(frame), (frame / 4 + 0.3, 0, 0))
    picture(project.reel(1) / "cards/slate_001.png", (0, 0, 1))
    picture(project.reel(1) / "cards/credits_001.png", (0, 1, 0))
    return project


def record(sound: Sound | None = None) -> ReelRecord:
    slow = CutEntry("wide", first=0, speed=(1, 2), head=2)
    parts = (
        ReelPart("slate", "wide", 0, 6, "cards/slate_001.png"),
        ReelPart("shot", "wide", 6, 8, "", slow, 1, (-1, 2)),
        ReelPart("shot", "映画", 17, 3, "", CutEntry("映画", gap=3, label="dusk"), 1, (0, 2)),
        ReelPart("credits", "Credits", 20, 12, "cards/credits_001.png"),
    )
    return ReelRecord("d", "Corner", "main", 25, 1.0, 16, 8, parts, Dressing(sound=sound))


def show(project: Project, sound: Sound | None = None, cut: str = "main"):
    return reel_scene.show(record(sound), project.reel(1), project, cut)


def spans(scene: bpy.types.Scene) -> dict[str, tuple[int, int]]:
    return {s.name: compat.strip_span(s) for s in compat.strips(scene.sequence_editor)}


@heard
def test_strips_markers_and_sound_stand_where_the_reel_has_them(project, tmp_path) -> None:
    sound = sounds.look_at(tone(tmp_path / "temp é.wav", 0.4))
    assert sound.seconds == pytest.approx(0.4, abs=0.01)
    scene, told = show(project, sound)
    assert (scene.name, told) == ("Underpaint Reel", "new")
    assert (scene.frame_start, scene.frame_end, scene.render.fps) == (1, 32, 25)
    assert (scene.render.resolution_x, scene.render.resolution_y) == (16, 8)
    placed = spans(scene)
    assert placed["wide slate"] == (1, 7) and placed["wide take 001"] == (7, 15)
    assert placed["映画 take 001 – dusk"] == (18, 21) and placed["Credits 004"] == (21, 33)
    assert placed["Sound"] == (1, 11)
    strip = compat.strips(scene.sequence_editor)["wide take 001"]
    names = [element.filename for element in strip.elements]
    assert names == [frame_file(n) for n in (0, 0, 0, 0, 1, 1, 2, 2)]
    assert Path(bpy.path.abspath(strip.directory)).resolve() == project.take("shots", "wide", 1)
    assert [(m.frame, m.name) for m in scene.timeline_markers] == [(7, "wide"), (18, "映画")]


@heard
def test_a_long_sound_ends_with_the_reel(project, tmp_path) -> None:
    sound = sounds.look_at(tone(tmp_path / "long.wav", 5.0))
    scene, _ = show(project, sound)
    assert spans(scene)["Sound"] == (1, 33)


def test_ours_is_brought_up_to_date_and_an_editors_is_left_alone(project) -> None:
    scene, _ = show(project)
    again, told = show(project)
    assert again == scene and told == "brought up to date" and len(spans(again)) == 4
    compat.strips(scene.sequence_editor)["wide take 001"].mute = True
    kept = reel_scene.fingerprint(scene)
    other, told = show(project)
    assert other != scene and "edited" in told and reel_scene.fingerprint(scene) == kept
    assert show(project)[0] == other
    long, _ = show(project, cut="long")
    assert long not in (scene, other) and long.name == "Underpaint Reel long"


@pytest.mark.parametrize(
    "edit", ["move", "trim", "marker", "add", "range", "slip", "reverse", "channel"]
)
def test_every_edit_counts(project, edit: str) -> None:
    scene, _ = show(project)
    strips = compat.strips(scene.sequence_editor)
    strip = strips["wide take 001"]
    start, _ = compat.strip_span(strip)
    if edit == "move":
        strip.channel = 7
    elif edit == "trim":
        compat.end_strip(strip, start + 3)
    elif edit == "slip":  # other pictures, between the same ends
        strip.frame_start -= 2
        strip.frame_offset_start += 2
        strip.frame_offset_end -= 2
        assert compat.strip_span(strip)[0] == start
    elif edit == "reverse":
        strip.use_reverse_frames = True
    elif edit == "channel":
        scene.sequence_editor.channels[strip.channel].mute = True
    elif edit == "marker":
        scene.timeline_markers[0].frame = 9
    elif edit == "add":
        strips.new_effect(name="black", type="COLOR", channel=9, frame_start=1, **_length(4))
    else:
        scene.frame_end = 99
    assert not reel_scene.is_untouched(scene)


def test_a_muted_channel_shows_nothing_and_a_reversed_strip_is_told_of(project) -> None:
    scene, _ = show(project)
    strips = compat.strips(scene.sequence_editor)
    strips["映画 take 001 – dusk"].use_reverse_frames = True
    _, notes = reel_cut.read(scene, project, Cut())
    assert len(notes) == 1 and "backwards" in notes[0]
    strips["wide take 001"].channel = 5
    scene.sequence_editor.channels[5].mute = True
    cut, _ = reel_cut.read(scene, project, Cut())
    assert [entry.shot for entry in cut.entries] == ["映画"]


def _length(frames: int) -> dict[str, int]:
    return {"length": frames} if compat.BLENDER_5 else {"frame_end": 1 + frames}


def test_it_is_still_ours_in_the_saved_file(project, tmp_path) -> None:
    show(project)
    path = tmp_path / "saved.blend"
    bpy.ops.wm.save_as_mainfile(filepath=str(path), copy=True)
    bpy.ops.wm.open_mainfile(filepath=str(path), load_ui=False)
    assert reel_scene.is_untouched(bpy.data.scenes["Underpaint Reel"])


@heard
@pytest.mark.parametrize("data", [b"", b"no sound at all" * 99])
def test_no_sound(tmp_path, data: bytes) -> None:
    path = tmp_path / "bad.wav"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        sounds.look_at(path)
    assert "\n" not in str(caught.value) and "bad.wav" in str(caught.value)
    with pytest.raises(InputError, match="does not exist"):
        sounds.look_at(tmp_path / "none.wav")


def test_a_scene_that_nobody_edited_gives_its_cut_back(project) -> None:
    scene, _ = show(project)
    cut, notes = reel_cut.read(scene, project, Cut())
    assert (cut, notes) == (record().cut, ())
    named, _ = reel_cut.read(scene, project, Cut((CutEntry("wide", 1),)))
    assert [entry.take for entry in named.entries] == [1, None]


def test_what_an_editor_did_in_the_sequencer_becomes_the_cut(project) -> None:
    scene, _ = show(project)
    strips = compat.strips(scene.sequence_editor)
    strips["wide take 001"].split(11, "SOFT")
    later = max((s for s in strips if s.name.startswith("wide take")), key=compat.content_start)
    halves = sorted((s for s in strips if s.name.startswith("wide take")), key=compat.strip_span)
    assert later in halves and len(halves) == 2
    halves[0].channel = 5
    compat.end_strip(strips["映画 take 001 – dusk"], 24)
    strips.new_effect(name="title", type="COLOR", channel=9, frame_start=2, **_length(2))
    cut, (note,) = reel_cut.read(scene, project, Cut())
    assert "'title'" in note
    first, second, dusk = cut.entries
    assert first == CutEntry("wide", first=0, last=0, tail=3)
    assert second == CutEntry("wide", first=1, speed=(1, 2))
    assert dusk.label == "dusk" and (dusk.gap, dusk.tail) == (3, 3)
    strips["映画 take 001 – dusk"].mute = True
    assert len(reel_cut.read(scene, project, Cut())[0].entries) == 2
    for strip in strips:
        strip.mute = True
    with pytest.raises(InputError, match="no cut in it"):
        reel_cut.read(scene, project, Cut())


PATTERNS = [
    CutEntry("wide", head=3, speed=(1, 3)),
    CutEntry("wide", last=1, speed=(1, 2), tail=4),
    CutEntry("wide", speed=(2, 1)),
    CutEntry("wide", speed=(3, 2), head=1, tail=1),
    CutEntry("wide", first=1, last=1, tail=5),
    CutEntry("wide", first=0, head=2, tail=2),
]


@pytest.mark.parametrize("entry", PATTERNS)
def test_every_row_of_pictures_is_found_again_frame_by_frame(project, entry) -> None:
    frames = range(-1, 3)
    shown = entry.shown(frames)
    part = ReelPart("shot", "wide", 0, len(shown), "", entry, 1, (-1, 2))
    scene, _ = reel_scene.show(
        ReelRecord("d", "t", "main", 24, 1.0, 16, 8, (part,), Dressing()),
        *(project.reel(1), project, "main"),
    )
    cut, _ = reel_cut.read(scene, project, Cut())
    assert [n for found in cut.entries for n in found.shown(frames)] == list(shown)
    assert len(cut.entries) == 1


def test_no_scene_of_the_reel() -> None:
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with pytest.raises(InputError, match="make the reel first"):
        reel_cut.scene_of("main")


@pytest.fixture
def cut_scene() -> bpy.types.Scene:
    """Three shots: a 1–24, b 25–48, c 49–60."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    scene = bpy.context.scene
    scene.frame_start, scene.frame_end = 1, 60
    for name, frame in (("a", 1), ("b", 25), ("c", 49)):
        camera = bpy.data.objects.new(name, bpy.data.cameras.new(name))
        scene.collection.objects.link(camera)
        scene.timeline_markers.new(name, frame=frame).camera = camera
    return scene


def frames_of(scene: bpy.types.Scene) -> dict[str, int]:
    return {marker.name: marker.frame for marker in scene.timeline_markers}


def test_markers_stay_where_what_is_asked_for_is_theirs(cut_scene) -> None:
    asked = {"a": (3, 20), "b": (25, 48), "c": (55, 60)}
    assert retimed.move_markers(cut_scene, asked) == ()
    assert frames_of(cut_scene) == {"a": 1, "b": 25, "c": 49}


def test_a_boundary_that_was_rolled_moves_its_marker(cut_scene) -> None:
    notes = retimed.move_markers(cut_scene, {"a": (1, 30), "b": (31, 40), "c": (41, 60)})
    assert frames_of(cut_scene) == {"a": 1, "b": 31, "c": 41}
    assert notes == (
        "b begins at frame 31 of the scene now, not at 25.",
        "c begins at frame 41 of the scene now, not at 49.",
    )


def test_ends_that_grew_grow_the_scene(cut_scene) -> None:
    cut_scene.frame_start = cut_scene.timeline_markers["a"].frame = 6
    notes = retimed.move_markers(cut_scene, {"a": (-5, 24), "c": (49, 72)})
    assert (cut_scene.frame_start, cut_scene.frame_end) == (0, 72)
    assert frames_of(cut_scene) == {"a": 0, "b": 25, "c": 49} and len(notes) == 2


def test_two_shots_that_ask_for_the_same_frames_are_told_of(cut_scene) -> None:
    (note,) = retimed.move_markers(cut_scene, {"a": (1, 30), "b": (20, 48)})
    assert "20 to 30" in note and frames_of(cut_scene) == {"a": 1, "b": 25, "c": 49}
