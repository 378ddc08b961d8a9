"""Passes that cannot be rendered: one clear sentence, and nothing half-written."""

from __future__ import annotations

import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import addon_utils
import bpy
import pytest
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.errors import EngineError, InputError, JobError, UnderpaintError
from underpaint.library.atomic import read_document
from underpaint.model.shot import PassSet
from underpaint.passes.exr import read_passes


@pytest.fixture
def stage(scene):
    """The factory cube, small, for three frames."""
    scene.render.resolution_x, scene.render.resolution_y = 96, 64
    scene.frame_start, scene.frame_end = 1, 3
    return scene


def passes(scene, folder: Path, **settings):
    return render_passes(scene, list_shots(scene)[0], folder, **settings)


def in_words(error: UnderpaintError) -> str:
    """The message, which is one sentence (or two), on one line, that ends in a full stop."""
    message = str(error)
    assert message.endswith(".") and "\n" not in message and "Traceback" not in message
    return message


# --- linked libraries -----------------------------------------------------------------------------


@pytest.fixture
def library(stage, tmp_path) -> Path:
    """A library of a cone, linked into the saved scene."""
    file = tmp_path / "the set.blend"
    bpy.ops.mesh.primitive_cone_add(location=(0, 0, 2))
    cone = bpy.context.object
    cone.pass_index = 5
    bpy.data.libraries.write(str(file), {cone})
    bpy.data.objects.remove(cone)
    with bpy.data.libraries.load(str(file), link=True) as (_, wanted):
        wanted.objects = ["Cone"]
    stage.collection.objects.link(wanted.objects[0])
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "shot.blend"))
    return file


def reopen(tmp_path: Path) -> bpy.types.Scene:
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "shot.blend"))
    return bpy.context.scene


def test_a_linked_object_has_an_id_and_keeps_its_own_index(library, tmp_path):
    scene = reopen(tmp_path)
    list(passes(scene, tmp_path / "out", frames=[1]))
    document = read_document(PassSet, tmp_path / "out" / "passes.json")
    names = {o.id: o.name for o in document.objects}
    ids = read_passes(tmp_path / "out" / "frame_0001.exr").object_id
    assert {names[i] for i in set(ids.ravel().tolist()) - {0}} == {"Cone [the set.blend]", "Cube"}
    assert scene.objects["Cone"].pass_index == 5


def test_a_missing_library_is_named(library, tmp_path):
    library.unlink()
    scene = reopen(tmp_path)
    with pytest.raises(InputError) as caught:
        passes(scene, tmp_path / "out")
    assert in_words(caught.value).startswith(f"The linked library {library} is missing: put")
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="Blender 4 packs no linked data")
def test_a_library_that_is_packed_need_not_be_there(scene, library, tmp_path):
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with bpy.data.libraries.load(str(library), link=True, pack=True) as (_, into):
        into.objects = ["Cone"]
    bpy.context.scene.collection.objects.link(into.objects[0])
    bpy.context.scene.frame_end = 1
    library.unlink()
    assert len(list(passes(bpy.context.scene, tmp_path / "out"))) == 1


def test_a_missing_library_that_nothing_shows_is_no_matter(library, tmp_path):
    scene = reopen(tmp_path)
    for data in (scene.objects["Cone"], bpy.data.meshes["Cone"]):
        getattr(bpy.data, "objects" if data.name in bpy.data.objects else "meshes").remove(data)
    library.unlink()
    assert len(list(passes(scene, tmp_path / "out"))) == 3


@pytest.mark.skipif(bpy.app.version < (5, 0), reason="Blender 4 does not tell")
def test_a_library_that_lost_the_object_is_named(library, tmp_path):
    bpy.ops.wm.open_mainfile(filepath=str(library))
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.data.libraries.write(str(library), {bpy.context.scene.camera})
    scene = reopen(tmp_path)
    with pytest.raises(InputError) as caught:
        passes(scene, tmp_path / "out")
    assert in_words(caught.value).startswith(
        f"The linked library {library} has no object 'Cone' any more"
    )


# --- disks ----------------------------------------------------------------------------------------


@contextmanager
def no_file_longer_than(size: int) -> Iterator[None]:
    """Writing beyond fails, as it does on a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def test_a_frame_that_cannot_be_written_is_no_frame(stage, tmp_path):
    run = passes(stage, tmp_path)
    next(run)
    size = (tmp_path / "frame_0001.exr").stat().st_size
    with no_file_longer_than(size // 2), pytest.raises(JobError) as caught:
        next(run)
    in_words(caught.value)
    there = ["frame_0001.exr", "passes.json", "poses_0001.npz"]
    assert sorted(p.name for p in tmp_path.iterdir()) == there
    assert [p.rendered for p in passes(stage, tmp_path)] == [False, True, True]


def test_a_folder_that_cannot_be_is_said_before_anything_is_rendered(stage, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(InputError) as caught:
        passes(stage, tmp_path / "file" / "out")
    assert str(tmp_path / "file") in in_words(caught.value)


def test_a_blender_without_cycles_is_told_apart(stage, tmp_path):
    addon_utils.disable("cycles")
    try:
        with pytest.raises(EngineError) as caught:
            passes(stage, tmp_path)
    finally:
        addon_utils.enable("cycles")
    assert in_words(caught.value).startswith("Cycles renders the passes and is switched off")


def test_an_object_that_is_switched_on_later_is_something_to_render(stage, tmp_path):
    cube = stage.objects["Cube"]
    for frame, hidden in ((1, True), (3, False)):
        cube.hide_render = hidden
        cube.keyframe_insert("hide_render", frame=frame)
    stage.frame_set(1)
    assert cube.hide_render
    list(passes(stage, tmp_path))
    shown = [read_passes(tmp_path / f"frame_000{i}.exr").object_id.any() for i in (1, 2, 3)]
    assert shown == [False, False, True]


# --- sizes ----------------------------------------------------------------------------------------


def test_a_picture_of_no_pixels_is_said(stage, tmp_path):
    stage.render.resolution_x, stage.render.resolution_percentage = 20, 1
    with pytest.raises(InputError, match=r"^The picture would be 0 × 0 pixels: raise"):
        passes(stage, tmp_path)


def test_more_objects_than_ids_are_said(stage, tmp_path, monkeypatch):
    monkeypatch.setattr("underpaint_addon.bridge.object_ids.MOST_IDS", 2)
    mesh = stage.objects["Cube"].data
    for i in range(2):
        stage.collection.objects.link(bpy.data.objects.new(f"more {i}", mesh))
    with pytest.raises(InputError) as caught:
        passes(stage, tmp_path)
    assert "has 3 objects with surfaces, and object ids end at 2" in in_words(caught.value)


def test_more_instanced_objects_than_ids_are_said(stage, tmp_path, monkeypatch):
    monkeypatch.setattr("underpaint_addon.bridge.object_ids.MOST_IDS", 1)
    collection = bpy.data.collections.new("elsewhere")
    collection.objects.link(bpy.data.objects.new("more", stage.objects["Cube"].data))
    instance = bpy.data.objects.new("instance", None)
    instance.instance_type, instance.instance_collection = "COLLECTION", collection
    stage.collection.objects.link(instance)
    with pytest.raises(InputError, match="renders more than"):
        list(passes(stage, tmp_path))
    assert not list(tmp_path.glob("*.exr"))
