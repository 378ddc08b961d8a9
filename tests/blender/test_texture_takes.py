"""Several takes of one object's texture: listed, switched and picked with one press."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import bmesh
import bpy
import pytest
from underpaint_addon import access, session
from underpaint_addon.bridge import materials


def out() -> Path:
    return Path(bpy.data.filepath).parent / "underpaint"


@pytest.fixture
def painted(saved):
    """The factory cube and a plane, with two texture takes each; the cube is active."""
    bpy.ops.mesh.primitive_plane_add(size=8, location=(0, 0, -1))
    wishes = access.wishes(saved)
    wishes.texture_size, wishes.takes, wishes.seed, wishes.around = 64, 2, 40, False
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    bpy.context.view_layer.objects.active = saved.objects["Cube"]
    session.refresh(saved)
    return saved


def shown(scene) -> dict[str, tuple[str, int | None]]:
    names = ("Cube", "Plane")
    objects = [scene.objects[name] for name in names]
    return {o.name: (materials.shown(o), materials.shown_take(o)) for o in objects}


def test_takes_count_up_seeds_and_are_listed(painted):
    records = [json.loads((out() / f"textures/Cube/{n:03d}/take.json").read_text()) for n in (1, 2)]
    assert [record["texture_request"]["seed"] for record in records] == [40, 41]
    lists = access.session()
    assert lists.textures_of == "Cube"
    assert [(t.number, t.shown, t.picked) for t in lists.textures] == [
        (1, False, False),
        (2, True, False),
    ]
    assert lists.textures[0].told.startswith("seed 40 · ")
    assert shown(painted) == {"Cube": ("painted", 2), "Plane": ("painted", 2)}


def test_one_press_switches_and_undo_switches_back(painted):
    bpy.ops.ed.undo_push(message="before")
    assert bpy.ops.underpaint.show_texture(number=1) == {"FINISHED"}
    assert shown(painted) == {"Cube": ("painted", 1), "Plane": ("painted", 2)}
    assert [t.shown for t in access.session().textures] == [True, False]
    bpy.ops.ed.undo_push(message="switched")
    bpy.ops.ed.undo()
    assert shown(bpy.context.scene)["Cube"] == ("painted", 2)


def test_a_star_picks_and_shows(painted):
    assert bpy.ops.underpaint.pick_texture(number=1) == {"FINISHED"}
    assert json.loads((out() / "picks.json").read_text())["textures"]["Cube"]["take"] == 1
    assert [(t.picked, t.shown) for t in access.session().textures] == [
        (True, True),
        (False, False),
    ]
    with pytest.raises(RuntimeError, match="has no take 7; it has 1, 2"):
        bpy.ops.underpaint.pick_texture(number=7)


def test_everywhere(painted):
    show = bpy.ops.underpaint.show_textures
    show(which="NUMBER", number=1)
    assert shown(painted) == {"Cube": ("painted", 1), "Plane": ("painted", 1)}
    show(which="NEWEST")
    assert shown(painted) == {"Cube": ("painted", 2), "Plane": ("painted", 2)}
    with pytest.raises(RuntimeError, match="No texture is picked yet"):
        show(which="PICKED")
    bpy.ops.underpaint.pick_texture(number=1)
    show(which="NEWEST")
    access.wishes(painted).show = "blocking"
    show(which="PICKED")
    assert shown(painted) == {"Cube": ("painted", 1), "Plane": ("painted", 2)}
    with pytest.raises(RuntimeError, match="No object has a texture take 9"):
        show(which="NUMBER", number=9)


def test_a_take_that_another_painted_is_shown_from_the_disk(painted):
    """As by the command line without --save: the material of this .blend does not know it."""
    cube = painted.objects["Cube"]
    bpy.data.materials.remove(cube["underpaint_material"])
    assert materials.takes(cube) == ()
    bpy.ops.underpaint.show_texture(number=1)
    assert materials.takes(cube) == (1,) and shown(painted)["Cube"] == ("painted", 1)


def test_without_the_projects_folder(painted):
    access.wishes(painted).show = "blocking"
    shutil.rmtree(out())
    session.refresh(painted)
    assert [t.told for t in access.session().textures] == ["its record is not here"] * 2
    with pytest.raises(RuntimeError, match=r"basecolor\.png is not there"):
        bpy.ops.underpaint.show_texture(number=1)
    access.wishes(painted).show = "painted"
    left_out = access.session().left_out
    assert left_out.startswith("2 objects stay as they are (Cube, Plane).")
    assert shown(painted)["Cube"][0] == "blocking"


def test_the_objects_own_switch(painted):
    own = access.own(painted.objects["Cube"])
    assert own.show == "painted" and own.mix == 0.5 and not own.own_mix
    own.show = "mixed"
    assert shown(painted) == {"Cube": ("mixed", 2), "Plane": ("painted", 2)}
    own.mix = 0.75
    assert own.own_mix
    access.wishes(painted).mix = 0.25
    assert own.mix == 0.75
    own.own_mix = False
    assert own.mix == 0.25
    camera = access.own(painted.camera)
    assert camera.show == "blocking"
    camera.show = "painted"
    assert "has no painted texture" in access.session().left_out


def test_a_new_take_joins_the_mix_and_is_packed(painted):
    wishes = access.wishes(painted)
    wishes.show, wishes.mix, wishes.pack = "mixed", 0.25, True
    assert access.session().left_out.startswith("16 of 16 textures lie in the .blend")
    wishes.takes, wishes.seed = 1, 42
    bpy.ops.underpaint.textures()
    assert shown(painted) == {"Cube": ("mixed", 3), "Plane": ("mixed", 3)}
    assert all(i.packed_file for o in painted.objects for i in materials.pictures(o))
    wishes.pack = False
    assert access.session().left_out == "24 textures lie beside the .blend."


def move_the_map(obj: bpy.types.Object) -> None:
    obj.data.uv_layers["Underpaint"].uv[0].vector = (0.5, 0.5)


def test_a_take_of_another_uv_map_is_shown_with_a_warning(painted):
    assert bpy.ops.underpaint.show_texture(number=1) == {"FINISHED"}
    assert not access.session().left_out
    move_the_map(painted.objects["Cube"])
    for press in (bpy.ops.underpaint.show_texture, bpy.ops.underpaint.pick_texture):
        access.session().left_out = ""
        assert press(number=1) == {"FINISHED"}
        assert "Take 1 of Cube was painted for another UV map" in access.session().left_out
    assert bpy.ops.underpaint.show_textures(which="NUMBER", number=1) == {"FINISHED"}
    assert access.session().left_out.count("Cube (take 1)") == 1
    assert "Plane" not in access.session().left_out


def test_only_takes_from_before_the_faces_changed_are_warned_of(painted):
    cube = painted.objects["Cube"]
    edited = bmesh.new()
    edited.from_mesh(cube.data)
    bmesh.ops.subdivide_edges(edited, edges=edited.edges[:], cuts=1, use_grid_fill=True)
    edited.to_mesh(cube.data)
    edited.free()
    access.wishes(painted).takes = 1
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert bpy.ops.underpaint.show_texture(number=3) == {"FINISHED"}
    assert not access.session().left_out
    assert bpy.ops.underpaint.show_texture(number=2) == {"FINISHED"}
    assert "Take 2 of Cube" in access.session().left_out


@pytest.mark.parametrize("kind", ["SUBSURF", "ARRAY"])
def test_modifiers_alone_make_no_take_wrong(painted, kind):
    """What the renderer subdivides further than the viewport, and what the map was made for."""
    cube = painted.objects["Cube"]
    modifier = cube.modifiers.new("More", kind)
    if kind == "SUBSURF":
        modifier.levels, modifier.render_levels = 0, 2
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    for number in (3, 4):
        assert bpy.ops.underpaint.show_texture(number=number) == {"FINISHED"}
        assert not access.session().left_out
    assert bpy.ops.underpaint.show_texture(number=1) == {"FINISHED"}
    assert ("another UV map" in access.session().left_out) == (kind == "ARRAY")
