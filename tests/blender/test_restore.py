"""After passes the scene is as it was, to the last property, however they ended."""

from __future__ import annotations

import math
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import pytest
from PIL import Image
from underpaint_addon.bridge import compat, frame_run
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.restore import restored
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import InputError, JobError

Snapshot = dict[str, Any]


# --- everything that Blender tells of a scene -----------------------------------------------------


def snapshot() -> Snapshot:
    """Path → value of every RNA property of all that passes touch, and of much that they do not.

    Whether a property is stored at all counts: Cycles' settings are stored once they were set.
    """
    values: Snapshot = {}
    seen: set[Any] = set()
    for kind in ("scenes", "cameras", "worlds", "objects", "materials", "lights", "meshes"):
        for data in getattr(bpy.data, kind):
            _collect(data, f"{kind}[{data.name_full}]", values, seen)
            values[f"{kind}[{data.name_full}] own"] = {k: str(v) for k, v in data.items()}
    for kind in bpy.data.bl_rna.properties:
        if kind.type == "COLLECTION" and kind.identifier != "all_ids":
            there = getattr(bpy.data, kind.identifier)
            values[kind.identifier] = sorted(data.name_full for data in there)
    for name in dir(bpy.app.handlers):
        if isinstance(getattr(bpy.app.handlers, name), list):
            values[f"handlers.{name}"] = list(getattr(bpy.app.handlers, name))
    values["engines"] = sorted(c.__name__ for c in bpy.types.RenderEngine.__subclasses__()
                               if getattr(bpy.types, c.__name__, None))  # fmt: skip
    values["active"] = bpy.context.view_layer.objects.active
    values["selected"] = sorted(o.name for o in bpy.context.selected_objects)
    values["mode"] = bpy.context.mode
    return values


_LEFT_OUT = compat.DEPRECATED | {"rna_type", "depsgraph", "original", "session_uid", "tag"}


def _collect(struct, path: str, values: Snapshot, seen: set[Any]) -> None:
    if (struct.as_pointer(), struct.bl_rna.identifier) in seen:
        return
    seen.add((struct.as_pointer(), struct.bl_rna.identifier))
    for prop in struct.bl_rna.properties:
        if prop.identifier in _LEFT_OUT:
            continue
        here = f"{path}.{prop.identifier}"
        value = getattr(struct, prop.identifier)
        if prop.type == "POINTER":
            _collect_pointed(value, here, values, seen)
        elif prop.type == "COLLECTION":
            for i, item in enumerate(value):
                _collect_pointed(item, f"{here}[{i}]", values, seen)
        else:
            values[here] = _plain(value)
            values[here + "?"] = struct.is_property_set(prop.identifier)


_WORTH = ("Scene", "Render", "Image", "Color", "View", "Cycles", "Timeline", "Camera", "World",
          "Object", "Pose", "Layer", "Material", "Sequence", "Strip", "Marker", "Keying", "Unit",
          "Tool", "Cursor", "FFmpeg", "Stereo", "Bake", "Freestyle", "Display")  # fmt: skip


def _collect_pointed(value, here: str, values: Snapshot, seen: set[Any]) -> None:
    if value is None or (isinstance(value, bpy.types.ID) and not value.is_embedded_data):
        values[here] = value and value.name_full
    elif any(word in value.bl_rna.identifier for word in _WORTH):
        _collect(value, here, values, seen)


def _plain(value: Any) -> Any:
    if hasattr(value, "__len__") and not isinstance(value, (str, set)):
        return [_plain(item) for item in value]
    return value


def differences(before: Snapshot, after: Snapshot) -> dict[str, tuple[Any, Any]]:
    return {
        path: (before.get(path), after.get(path))
        for path in sorted(before.keys() | after.keys())
        if before.get(path) != after.get(path)
    }


# --- a scene in which every setting is somebody's -------------------------------------------------


@pytest.fixture
def lived_in(scene, tmp_path) -> Iterator[bpy.types.Scene]:
    _people_work_here(scene, tmp_path)
    bpy.context.view_layer.update()
    yield scene


def _people_work_here(scene, tmp_path: Path) -> None:
    scene.frame_start, scene.frame_end, scene.frame_step = 1, 4, 2
    scene.use_preview_range, scene.frame_preview_start, scene.frame_preview_end = True, 2, 3
    scene.frame_set(3, subframe=0.25)
    _set_output(scene, tmp_path)
    _set_layers(scene)
    _set_camera(scene)
    _leave_a_pose_unkeyed(scene)
    scene.view_settings.view_transform, scene.view_settings.exposure = "Filmic", 0.5
    scene.cycles.samples, scene.cycles.filter_width = 77, 1.25
    scene.eevee.taa_render_samples = 5
    scene.objects["Cube"].pass_index = 7
    scene.objects["Light"].select_set(True)
    bpy.context.view_layer.objects.active = scene.objects["Light"]
    editor = scene.sequence_editor_create()
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences
    span = {"length": 4} if bpy.app.version >= (5, 0) else {"frame_end": 5}
    strips.new_effect("red", type="COLOR", channel=1, frame_start=1, **span)


def _set_output(scene, tmp_path: Path) -> None:
    render = scene.render
    render.engine = "BLENDER_WORKBENCH"
    render.resolution_x, render.resolution_y, render.resolution_percentage = 64, 48, 50
    render.filepath, render.use_file_extension = str(tmp_path / "my film" / "shot_"), False
    render.image_settings.file_format, render.image_settings.quality = "JPEG", 61
    render.use_border, render.use_crop_to_border, render.border_min_x = True, True, 0.3
    render.use_multiview, render.film_transparent, render.filter_size = True, True, 2.5
    render.use_motion_blur, render.use_freestyle, render.use_overwrite = True, True, False
    render.use_stamp, render.use_stamp_note, render.dither_intensity = True, True, 1.5


def _set_layers(scene) -> None:
    scene.view_layers[0].use_pass_mist = True
    scene.view_layers[0].use_pass_cryptomatte_object = True
    scene.view_layers[0].use_volumes = True
    second = scene.view_layers.new("second")
    second.use, second.use_pass_z, second.cycles.denoising_store_passes = True, True, True
    second.material_override = bpy.data.materials.new("clay")


def _set_camera(scene) -> None:
    camera = scene.camera
    camera.data.dof.use_dof, camera.data.dof.aperture_fstop = True, 0.4
    other = bpy.data.objects.new("other", bpy.data.cameras.new("other"))
    scene.collection.objects.link(other)
    for frame, bound in ((1, camera), (4, other), (9, None)):
        scene.timeline_markers.new(f"m{frame}", frame=frame).camera = bound


def _leave_a_pose_unkeyed(scene) -> None:
    """Animated things, all moved since without a key: an object, a bone, a driver's target."""
    cube, light, camera = (scene.objects[name] for name in ("Cube", "Light", "Camera"))
    for frame, x in ((1, 0.0), (4, 1.0)):
        cube.location.x = x
        cube.keyframe_insert("location", frame=frame)
        camera.keyframe_insert("rotation_euler", frame=frame)
    arm = bpy.data.objects.new("arm", bpy.data.armatures.new("arm"))
    scene.collection.objects.link(arm)
    bpy.context.view_layer.objects.active = arm
    bpy.ops.object.mode_set(mode="EDIT")
    arm.data.edit_bones.new("bone.001").tail = (0, 0, 1)
    bpy.ops.object.mode_set(mode="OBJECT")
    bone = arm.pose.bones["bone.001"]
    bone.keyframe_insert("rotation_quaternion", frame=1)
    cube["a.b"] = 1.0
    cube.keyframe_insert('["a.b"]', frame=1)
    light.data.driver_add("energy").driver.expression = "frame * 10"
    scene.frame_set(3, subframe=0.25)
    cube.location, cube["a.b"] = (5, 6, 7), 4.5
    camera.rotation_euler.x = 0.123
    bone.rotation_quaternion = (0.6, 0.8, 0, 0)


def shots_passes(scene, folder: Path, **settings):
    return render_passes(scene, list_shots(scene)[0], folder, **settings)


# --- the ends -------------------------------------------------------------------------------------


def _to_the_end(scene, folder: Path, monkeypatch) -> None:
    assert len(list(shots_passes(scene, folder))) == 3


def _twice(scene, folder: Path, monkeypatch) -> None:
    list(shots_passes(scene, folder))
    assert not any(p.rendered for p in shots_passes(scene, folder))


def _with_beauty(scene, folder: Path, monkeypatch) -> None:
    with restored() as changes:
        changes.set(scene.render, {"engine": "CYCLES", "resolution_percentage": 25})
        changes.set(scene.cycles, {"samples": 1, "use_denoising": False})
        assert len(list(shots_passes(scene, folder, beauty=True))) == 6


def _closed_midway(scene, folder: Path, monkeypatch) -> None:
    run = shots_passes(scene, folder)
    next(run)
    assert scene.render.engine == "CYCLES"
    run.close()


def _closed_while_checking(scene, folder: Path, monkeypatch) -> None:
    list(shots_passes(scene, folder))
    run = shots_passes(scene, folder)
    next(run)
    run.close()


def _never_started(scene, folder: Path, monkeypatch) -> None:
    shots_passes(scene, folder).close()


def _dropped(scene, folder: Path, monkeypatch) -> None:
    next(shots_passes(scene, folder))


def _interrupted(scene, folder: Path, monkeypatch) -> None:
    run = shots_passes(scene, folder)
    next(run)
    with pytest.raises(KeyboardInterrupt):
        run.throw(KeyboardInterrupt())


def _the_disk_goes_away(scene, folder: Path, monkeypatch) -> None:
    run = shots_passes(scene, folder)
    next(run)
    shutil.rmtree(folder)
    folder.touch()
    with pytest.raises(InputError, match="a file stands where a folder is needed"):
        list(run)


def _a_bug_of_ours(scene, folder: Path, monkeypatch) -> None:
    def broken(*_: object) -> str:
        raise ZeroDivisionError

    monkeypatch.setattr(frame_run.FrameRun, "_hash", broken)
    with pytest.raises(ZeroDivisionError):
        list(shots_passes(scene, folder))


ENDS = (
    _to_the_end, _twice, _with_beauty, _closed_midway, _closed_while_checking, _never_started,
    _dropped, _interrupted, _the_disk_goes_away, _a_bug_of_ours,
)  # fmt: skip


@pytest.mark.parametrize("end", ENDS)
def test_every_property_is_as_it_was(lived_in, tmp_path, monkeypatch, end):
    before = snapshot()
    end(lived_in, tmp_path / "passes", monkeypatch)
    bpy.context.view_layer.update()
    assert differences(before, snapshot()) == {}


def test_the_snapshot_sees_what_it_should(lived_in):
    """Guards the guard: a change anywhere in its reach is a difference."""
    before = snapshot()
    assert len(before) > 3000
    lived_in.render.image_settings.quality += 1
    lived_in.cycles.max_bounces = lived_in.cycles.max_bounces
    lived_in.view_layers[1].pass_alpha_threshold = 0.25
    lived_in.timeline_markers[0].camera = None
    lived_in.camera.data.dof.focus_distance += 1
    lived_in.world.color = (1, 0, 0)
    lived_in.objects["arm"].pose.bones[0].location.x += 1
    lived_in.objects["Cube"]["a.b"] = 3.0
    found = differences(before, snapshot())
    ends = ("quality", "max_bounces?", "pass_alpha_threshold", "markers[0].camera",
            "focus_distance", ".color", "bones[0].location", "own")  # fmt: skip
    assert all(any(path.endswith(end) for path in found) for end in ends), found


def test_the_folder_of_the_artists_own_renders_is_left_alone(lived_in, tmp_path):
    list(shots_passes(lived_in, tmp_path / "passes"))
    assert [p.name for p in tmp_path.iterdir()] == ["passes"]


def test_the_picture_rendered_last_is_still_there(scene, tmp_path):
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.render.resolution_x, scene.render.resolution_y = 32, 24
    scene.frame_end = 2
    bpy.ops.render.render()
    picture = bpy.data.images["Render Result"]
    picture.save_render(str(tmp_path / "before.png"))
    list(shots_passes(scene, tmp_path / "passes"))
    picture.save_render(str(tmp_path / "after.png"))
    list(shots_passes(scene, tmp_path / "again"))
    before, after = (np.asarray(Image.open(tmp_path / f"{n}.png")) for n in ("before", "after"))
    assert before.shape == (24, 32, 4)
    assert np.array_equal(before, after)
    assert [slot.name for slot in picture.render_slots].count("Underpaint") == 1


# --- restored -------------------------------------------------------------------------------------


def test_restored_puts_back_after_an_error(scene):
    before = snapshot()
    with pytest.raises(ZeroDivisionError), restored() as changes:
        changes.set(scene.render, {"resolution_x": 5, "engine": "CYCLES"})
        changes.set(scene.render, {"resolution_x": 6})
        changes.set(scene.cycles, {"samples": 3})
        assert (scene.render.resolution_x, scene.cycles.samples) == (6, 3)
        _ = 1 / 0
    assert differences(before, snapshot()) == {}


def test_restored_refuses_what_does_not_exist_and_changes_nothing(scene):
    before = snapshot()
    with pytest.raises(AttributeError), restored() as changes:
        changes.set(scene.render, {"resolution_x": 5, "resolution_w": 5})
    with pytest.raises(TypeError), restored() as changes:
        changes.set(scene.render, {"resolution_x": 5, "engine": "CRAYONS"})
    assert differences(before, snapshot()) == {}


def test_restored_passes_over_what_is_gone(scene):
    camera = bpy.data.cameras.new("gone")
    with restored() as changes:
        changes.set(scene.render, {"resolution_x": 5})
        changes.set(camera, {"lens": math.pi})
        changes.set(scene, {"world": None, "frame_step": 3})
        bpy.data.cameras.remove(camera)
        bpy.data.worlds.remove(bpy.data.worlds[0])
    assert (scene.render.resolution_x, scene.frame_step, scene.world) == (1920, 1, None)


def test_restored_undoes_the_rest_when_an_undo_fails(scene):
    def stubborn() -> None:
        raise JobError("No.")

    with pytest.raises(JobError), restored() as changes:
        changes.set(scene.render, {"resolution_x": 5})
        changes.undo(stubborn)
        changes.set(scene.render, {"resolution_y": 5})
    assert (scene.render.resolution_x, scene.render.resolution_y) == (1920, 1080)


def test_a_curve_whose_index_does_not_fit_is_passed_over(scene):
    cube = scene.objects["Cube"]
    cube.keyframe_insert("location", frame=1)
    curves = compat.animation_curves(cube.animation_data)
    for curve in curves:
        curve.array_index += 1
    with restored() as changes:
        changes.keep_unkeyed()
        cube.location.y = 5.0
    assert cube.location.y == 0.0
