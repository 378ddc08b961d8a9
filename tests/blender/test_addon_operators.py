"""The buttons, pressed by a script in a Blender without a window: they return when all is done."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import bpy
import pytest
from underpaint_addon import access, choices, reactions, session
from underpaint_addon.bridge import compat
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.atomic import read_document
from underpaint.model.cut import Cut, CutEntry, ReelRecord

SHOT = "Camera"


def out():
    return Path(bpy.data.filepath).parent / "underpaint"


def cut_of_main():
    return read_document(Cut, out() / "cuts" / "main.json").entries


def test_frames_follow_the_panels_settings(saved):
    wishes = access.wishes(saved)
    wishes.takes, wishes.seed = 2, 40
    assert bpy.ops.underpaint.frames() == {"FINISHED"}
    records = sorted(out().glob("takes/*/*/take.json"))
    requests = [json.loads(record.read_text())["frame_request"] for record in records]
    assert [request["seed"] for request in requests] == [40, 41]
    assert {request["look"]["words"] for request in requests} == {"stone"}


def test_textures_of_the_selection_and_back_to_the_blocking(saved):
    cube = saved.objects["Cube"]
    own = cube.data.materials[0]
    wishes = access.wishes(saved)
    wishes.targets, wishes.texture_size = "SELECTED", 64
    for obj in saved.objects:
        obj.select_set(False)
    with pytest.raises(RuntimeError, match="No mesh is selected"):
        bpy.ops.underpaint.textures()
    cube.select_set(True)
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert wishes.show == "painted" and cube.material_slots[0].material is not own
    wishes.show = "blocking"
    assert cube.material_slots[0].material is own


def test_what_no_view_shows_is_left_as_it_was(saved):
    """It gets no texture, and so neither a UV map nor a modifier of ours stays."""
    behind = saved.objects["Cube"].copy()
    behind.name, behind.data = "Behind", behind.data.copy()
    behind.location = (40, -40, 30)  # behind the camera
    behind.modifiers.new("Array", "ARRAY")
    saved.collection.objects.link(behind)
    wishes = access.wishes(saved)
    wishes.texture_size, wishes.around = 64, False
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert saved.objects["Cube"].material_slots[0].material.name.startswith("Underpaint")
    assert "Underpaint" in saved.objects["Cube"].data.uv_layers
    assert [layer.name for layer in behind.data.uv_layers] == ["UVMap"]
    assert [modifier.name for modifier in behind.modifiers] == ["Array"]


def test_a_mesh_keeps_the_map_that_another_object_is_painted_by(saved):
    """Of two that share it, only one is in the picture."""
    behind = saved.objects["Cube"].copy()
    behind.name, behind.location = "Behind", (40, -40, 30)
    saved.collection.objects.link(behind)
    wishes = access.wishes(saved)
    wishes.texture_size, wishes.around = 64, False
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert "Underpaint" in saved.objects["Cube"].data.uv_layers


def test_an_instanced_object_is_painted_through_its_original(saved):
    """The cube stands in no scene, and is mirrored besides: both halves get texels of their own."""
    cube = saved.objects["Cube"]
    store = bpy.data.collections.new("store")
    store.objects.link(cube)
    saved.collection.children[0].objects.unlink(cube)
    for vertex in cube.data.vertices:
        vertex.co.x += 1.2
    cube.modifiers.new("Mirror", "MIRROR")
    for number in range(2):
        place = bpy.data.objects.new(f"place {number}", None)
        place.instance_type, place.instance_collection = "COLLECTION", store
        place.location.y = 3 * number
        saved.collection.objects.link(place)
    access.wishes(saved).texture_size = 64
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    (folder,) = (out() / "textures").glob("Cube/001")
    assert (folder / "basecolor.png").is_file()
    assert cube.material_slots[0].material.name == "Underpaint Cube"
    assert cube.modifiers[-1].name == "Underpaint UV"
    assert not cube.users_scene


@pytest.mark.parametrize("uv_map", ["Underpaint", "UVMap"])
def test_the_uv_map_is_a_wish(saved, uv_map):
    wishes = access.wishes(saved)
    wishes.texture_size = 64
    wishes.uv = "own" if uv_map == "Underpaint" else "artist"
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    surface = json.loads((out() / "textures" / "surface.json").read_text())
    assert [item["uv_map"] for item in surface["objects"]] == [uv_map]
    maps = [layer.name for layer in saved.objects["Cube"].data.uv_layers]
    assert ("Underpaint" in maps) == (uv_map == "Underpaint")


def test_the_panel_lists_shots_and_takes_and_picks_one(saved):
    access.wishes(saved).takes = 2
    bpy.ops.underpaint.frames()
    bpy.ops.underpaint.refresh()
    lists = access.session()
    assert [(shot.name, shot.start, shot.end, shot.takes) for shot in lists.shots] == [
        (SHOT, 1, 2, 2)
    ]
    assert [take.number for take in lists.takes] == [1, 2]
    lists.take_index = 0
    assert bpy.ops.underpaint.pick() == {"FINISHED"}
    assert json.loads((out() / "picks.json").read_text())["shots"][SHOT]["take"] == 1
    assert [take.picked for take in lists.takes] == [True, False] and lists.shots[0].picked == 1
    assert lists.take_index == 0, "the choice stays where it was"


def test_pick_without_a_take_says_what_to_do(saved):
    bpy.ops.underpaint.refresh()
    with pytest.raises(RuntimeError, match="paint one"):
        bpy.ops.underpaint.pick()


def test_an_unsaved_file_is_told_to_save_first(saved):
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    with pytest.raises(RuntimeError, match="file first: results go"):
        bpy.ops.underpaint.passes()
    session.refresh(bpy.context.scene)
    assert "Save the .blend file first" in access.session().missing


def test_an_unsaved_file_with_a_folder_of_its_own_works(saved, tmp_path):
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    scene = bpy.context.scene
    scene.render.resolution_x, scene.render.resolution_y, scene.frame_end = 32, 32, 1
    access.wishes(scene).folder = str(tmp_path / "elsewhere")
    assert bpy.ops.underpaint.passes() == {"FINISHED"}
    assert (tmp_path / "elsewhere" / "passes" / SHOT / "passes.json").is_file()


def test_what_is_missing_is_said_in_words(saved):
    saved.camera = None
    bpy.data.objects.remove(saved.objects["Cube"])
    session.refresh(saved)
    missing = access.session().missing
    assert "no camera" in missing and "no mesh" in missing


def test_a_missing_engine_is_told_before_any_pass_is_rendered(saved, monkeypatch, tmp_path):
    access.wishes(saved).engine = str(tmp_path / "no engine here")
    with pytest.raises(RuntimeError, match="no engine here"):
        bpy.ops.underpaint.frames()
    monkeypatch.setenv("UNDERPAINT_PYTHON", "/nowhere/bin/python")
    with pytest.raises(RuntimeError, match=r"/nowhere/bin/python is not there"):
        bpy.ops.underpaint.frames()
    assert not (out() / "passes").exists()


def test_the_chosen_take_stays_chosen_when_something_else_changes(saved):
    access.wishes(saved).takes = 3
    bpy.ops.underpaint.frames()
    session.refresh(saved)
    lists = access.session()
    assert lists.take_index == 2, "the newest at first"
    lists.take_index = 0
    session.refresh(saved)
    assert lists.take_index == 0


def test_pick_of_a_linked_camera_picks_and_says_what_it_cannot_show(saved, tmp_path):
    library = tmp_path / "cameras.blend"
    bpy.data.libraries.write(str(library), {saved.camera})
    with bpy.data.libraries.load(str(library), link=True) as (_, into):
        into.objects = [saved.camera.name]
    saved.collection.objects.link(into.objects[0])
    saved.camera = into.objects[0]
    bpy.ops.underpaint.frames()
    bpy.ops.underpaint.refresh()
    assert bpy.ops.underpaint.pick() == {"FINISHED"}
    lists = access.session()
    assert lists.shots[0].picked == 1 and lists.takes[0].picked


def test_new_textures_follow_the_light_that_the_scene_asks_for(saved):
    wishes = access.wishes(saved)
    wishes.unlit, wishes.texture_size = 0.25, 64
    bpy.ops.underpaint.textures()
    (material,) = {slot.material for slot in saved.objects["Cube"].material_slots}
    group = material.node_tree.nodes["Painted"].node_tree
    assert group.nodes["Unlit"].outputs[0].default_value == 0.25


def test_a_folder_without_slashes_lies_beside_the_file(saved, tmp_path):
    access.wishes(saved).folder = "renders/up"
    assert choices.out_folder(saved) == Path(bpy.data.filepath).parent / "renders" / "up"


def test_a_python_that_lacks_what_the_engine_needs(saved, monkeypatch, tmp_path):
    """The check finds it, in words, whatever that Python is."""
    monkeypatch.setenv("UNDERPAINT_PYTHON", sys.executable)
    assert bpy.ops.underpaint.check_engine() == {"FINISHED"}
    assert access.session().findings
    assert all(finding.told and ":" in finding.told for finding in access.session().findings)


def test_errors_of_the_worker_reach_the_report(saved, tmp_path):
    access.wishes(saved).engine = str(tmp_path / "no engine here")
    with pytest.raises(RuntimeError, match="no engine here"):
        bpy.ops.underpaint.frames()


def test_results_of_the_reel(saved):
    bpy.ops.underpaint.frames()
    access.wishes(saved).latest = False
    with pytest.raises(RuntimeError, match=SHOT):
        bpy.ops.underpaint.reel()
    access.wishes(saved).latest = True
    assert bpy.ops.underpaint.reel() == {"FINISHED"}
    assert (out() / "reel" / "001" / "reel.mp4").is_file()


def test_the_cut_is_edited_and_a_timeline_comes_back(saved):
    bpy.ops.underpaint.frames()
    session = access.session()
    assert [cue.name for cue in session.cues] == [SHOT]
    frames = list_shots(saved)[0].frames
    bpy.ops.underpaint.cut_change(what="TWICE")
    assert len(session.cues) == 2 and session.cue_index == 1
    bpy.ops.underpaint.cut_entry(first=frames[0], last=frames[-1], under=2, tail=3, label="slow")
    bpy.ops.underpaint.cut_entry(first=frames[0], last=frames[-1], over=617, under=500)
    exact = read_document(Cut, out() / "cuts" / "main.json").entries[1]
    assert exact.speed == (617, 500), "as a timeline of another editor may have it"
    bpy.ops.underpaint.cut_undo()
    bpy.ops.underpaint.cut_move(by=-1)
    assert session.cue_index == 0 and "1/2" in session.cues[0].told
    entries = read_document(Cut, out() / "cuts" / "main.json").entries
    slow = CutEntry(SHOT, speed=(1, 2), tail=3, label="slow")
    assert entries == (slow, CutEntry(SHOT))
    access.wishes(saved).credits = False
    assert bpy.ops.underpaint.reel() == {"FINISHED"}
    reel = out() / "reel" / "001"
    assert read_document(ReelRecord, reel / "reel.json").length == 3 * len(frames) + 3
    scene = bpy.data.scenes["Underpaint Reel"]
    assert len(compat.all_strips(scene.sequence_editor)) == 2
    assert bpy.context.scene == saved
    assert bpy.ops.underpaint.reel() == {"FINISHED"}
    assert not (out() / "reel" / "002").exists()
    bpy.ops.underpaint.cut_change(what="REMOVE")
    bpy.ops.underpaint.cut_undo()
    bpy.ops.underpaint.cut_change(what="ALL")
    assert len(session.cues) == 1
    assert bpy.ops.underpaint.retime(filepath=str(reel / "reel.otio")) == {"FINISHED"}
    assert read_document(Cut, out() / "cuts" / "main.json").entries == (slow, CutEntry(SHOT))
    assert len(session.cues) == 2
    with pytest.raises(RuntimeError, match="is no timeline"):
        bpy.ops.underpaint.retime(filepath=bpy.data.filepath)
    with pytest.raises(RuntimeError, match="nothing is left"):
        bpy.ops.underpaint.cut_entry(first=900, last=901)


def test_an_entry_keeps_its_trim_and_no_more_when_only_its_take_changes(saved):
    """Both ends were pinned to what the take before had, and another take was cut off or held."""
    first, last = 1, 3
    saved.frame_end = last
    bpy.ops.underpaint.frames()
    saved.frame_end = last - 1
    bpy.ops.underpaint.frames()
    whole = {"first": first, "last": last}
    bpy.ops.underpaint.cut_entry(take=1, **whole)
    assert cut_of_main() == (CutEntry(SHOT, take=1),)
    bpy.ops.underpaint.cut_entry(take=2, **whole)
    assert cut_of_main() == (CutEntry(SHOT, take=2),), "as far as that take goes"
    bpy.ops.underpaint.cut_entry(take=1, first=first, last=last - 1)
    assert cut_of_main() == (CutEntry(SHOT, take=1),)
    bpy.ops.underpaint.cut_entry(take=1, first=first + 1, last=last)
    bpy.ops.underpaint.cut_entry(take=2, first=first + 1, last=last)
    assert cut_of_main() == (CutEntry(SHOT, take=2, first=first + 1),), "and what is trimmed stays"


def test_reels_stand_side_by_side(saved):
    bpy.ops.underpaint.frames()
    session, wishes = access.session(), access.wishes(saved)
    assert bpy.ops.underpaint.cut_copy(to="slow") == {"FINISHED"}
    assert wishes.cut == "slow"
    first = list_shots(saved)[0].frames[0]
    bpy.ops.underpaint.cut_entry(first=first, last=first, tail=5)
    assert "held 5" in session.cues[0].told
    wishes.cut = ""
    assert "held" not in session.cues[0].told
    assert reactions.cut_names(wishes, bpy.context, "SL") == ("slow",)
    assert reactions.cut_names(wishes, bpy.context, "main") == ()
    with pytest.raises(RuntimeError, match="a cut slow already"):
        bpy.ops.underpaint.cut_copy(to="slow")
    with pytest.raises(RuntimeError, match="needs a name"):
        bpy.ops.underpaint.cut_copy(to=" ")
    wishes.credits, wishes.latest = False, True
    for name, cut in ("Underpaint Reel", ""), ("Underpaint Reel slow", "slow"):
        wishes.cut = cut
        assert bpy.ops.underpaint.reel() == {"FINISHED"} and name in bpy.data.scenes
    takes = [path.name for path in (out() / "takes" / SHOT).iterdir()]
    assert sorted(takes) == ["001"]


def test_nothing_to_cut_yet(saved):
    with pytest.raises(RuntimeError, match="paint frames first"):
        bpy.ops.underpaint.cut_move(by=1)
