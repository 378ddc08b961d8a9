"""A local change: one object or a part of it is painted anew, and what stands beside it stays."""

from __future__ import annotations

import json
from pathlib import Path

import bmesh
import bpy
import numpy as np
import pytest
from PIL import Image
from underpaint_addon import access
from underpaint_addon.bridge import materials, unwrap
from underpaint_addon.jobs import asking, stages, texturing

from underpaint.errors import InputError, JobError


def out() -> Path:
    return Path(bpy.data.filepath).parent / "underpaint"


def request(name: str, number: int) -> dict:
    record = json.loads((out() / f"textures/{name}/{number:03d}/take.json").read_text())
    return record["texture_request"]


def colours(name: str, number: int) -> np.ndarray:
    path = out() / f"textures/{name}/{number:03d}/basecolor.png"
    return np.asarray(Image.open(path).convert("RGB"), np.float32)


@pytest.fixture
def painted(saved):
    """The factory cube and a plane, each with a texture; the cube alone is selected."""
    bpy.ops.mesh.primitive_plane_add(size=8, location=(0, 0, -1))
    wishes = access.wishes(saved)
    wishes.texture_size, wishes.around = 64, False
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    bpy.ops.object.select_all(action="DESELECT")
    saved.objects["Cube"].select_set(True)
    wishes.targets = "SELECTED"
    return saved


def test_other_words_for_one_object_leave_its_neighbour_alone(painted):
    access.wishes(painted).words = "green glass"
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert materials.takes(painted.objects["Cube"]) == (1, 2)
    assert materials.takes(painted.objects["Plane"]) == (1,)
    (stood,) = request("Cube", 2)["standing"]
    assert stood["object"] == "Plane" and stood["part"] is False
    assert request("Cube", 1)["standing"] == []


def test_a_neighbour_that_shows_its_blocking_is_not_held(painted):
    materials.show(painted.objects["Plane"], "blocking")
    access.wishes(painted).words = "green glass"
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert request("Cube", 2)["standing"] == []


def test_only_what_the_vertex_group_weighs_changes(painted):
    cube = painted.objects["Cube"]
    group = cube.vertex_groups.new(name="change here")
    front = [v.index for v in cube.data.vertices if v.co.y < 0]
    group.add(front, 1.0, "REPLACE")
    wishes = access.wishes(painted)
    wishes.words, wishes.part = "green glass", "change here"
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    parts = {stood["object"]: stood["part"] for stood in request("Cube", 2)["standing"]}
    assert parts["Cube"] is True
    change = np.abs(colours("Cube", 2) - colours("Cube", 1)).sum(-1)
    assert (change <= 3).mean() > 0.15, "the back stays"
    assert (change > 30).mean() > 0.15, "the front does not"
    heights = [
        np.asarray(Image.open(out() / f"textures/Cube/{n:03d}/height.png"), int) for n in (1, 2)
    ]
    kept = np.abs(heights[1] - heights[0])[change == 0]
    assert (kept == 0).mean() > 0.2, "and keeps its height, but for what lies near the front"
    assert materials.shown_take(cube) == 2
    assert materials.takes(painted.objects["Plane"]) == (1,)


def test_a_part_that_is_nowhere_or_of_nothing_is_said(painted):
    wishes = access.wishes(painted)
    wishes.part = "nowhere"
    with pytest.raises(RuntimeError, match="no vertex group nowhere"):
        bpy.ops.underpaint.textures()
    wishes.targets = "VISIBLE"
    with pytest.raises(RuntimeError, match="No object has a vertex group nowhere"):
        bpy.ops.underpaint.textures()
    plane = painted.objects["Plane"]
    plane.vertex_groups.new(name="nowhere")
    materials_before = [slot.material for slot in plane.material_slots]
    del plane["underpaint_material"]
    with pytest.raises((RuntimeError, InputError), match="wears no painted texture"):
        bpy.ops.underpaint.textures()
    assert [slot.material for slot in plane.material_slots] == materials_before


def wish_a_part(scene: bpy.types.Scene) -> None:
    cube = scene.objects["Cube"]
    cube.vertex_groups.new(name="front").add(range(4), 1.0, "REPLACE")
    wishes = access.wishes(scene)
    wishes.words, wishes.part = "green glass", "front"


def uv_of(obj: bpy.types.Object) -> list[float]:
    layer = obj.data.uv_layers["Underpaint"]
    values = [0.0] * (2 * len(layer.uv))
    layer.uv.foreach_get("vector", values)
    return values


def test_no_part_stays_where_the_faces_changed_and_the_map_is_not_made_anew(painted):
    wish_a_part(painted)
    cube = painted.objects["Cube"]
    edited = bmesh.new()
    edited.from_mesh(cube.data)
    bmesh.ops.subdivide_edges(edited, edges=edited.edges[:], cuts=1, use_grid_fill=True)
    edited.to_mesh(cube.data)
    edited.free()
    before = uv_of(cube)
    with pytest.raises((RuntimeError, InputError), match="paint all of it first"):
        bpy.ops.underpaint.textures()
    assert uv_of(cube) == before and materials.takes(cube) == (1,)


@pytest.mark.parametrize("change", ["a modifier", "the map", "the choice of map"])
def test_no_part_stays_where_another_map_is_rendered(painted, change, monkeypatch):
    """And that is said before a pass is rendered for it."""
    cube = painted.objects["Cube"]
    if change == "the choice of map":
        access.wishes(painted).uv = "artist"
        assert bpy.ops.underpaint.textures() == {"FINISHED"}
    wish_a_part(painted)
    painted_takes = materials.takes(cube)
    if change == "a modifier":
        cube.modifiers.new("Array", "ARRAY")
    elif change == "the map":
        cube.data.uv_layers["Underpaint"].uv[0].vector = (0.5, 0.5)
    access.wishes(painted).uv = "own"
    for where, name in ((stages, "render_passes"), (texturing, "_look_around")):
        monkeypatch.setattr(where, name, lambda *_, **__: pytest.fail("rendered"))
    with pytest.raises((RuntimeError, InputError), match="paint all of it first"):
        bpy.ops.underpaint.textures()
    assert materials.takes(cube) == painted_takes
    assert [modifier.type for modifier in cube.modifiers if modifier.type == "NODES"] == []


def test_a_job_that_fails_leaves_the_map_that_the_texture_lies_by(painted, monkeypatch):
    """Faces changed, so painting makes the map anew: without new paint, the earlier one returns."""
    cube = painted.objects["Cube"]
    edited = bmesh.new()
    edited.from_mesh(cube.data)
    bmesh.ops.subdivide_edges(edited, edges=edited.edges[:], cuts=1, use_grid_fill=True)
    edited.to_mesh(cube.data)
    edited.free()
    cube.modifiers.new("Array", "ARRAY")
    before, digest = uv_of(cube), cube.data[unwrap.DIGEST]
    seen = []

    def fail(*_):
        seen.append((uv_of(cube), len(cube.modifiers)))
        raise JobError("The painter fell off the ladder.")

    monkeypatch.setattr(asking, "textures", fail)
    with pytest.raises((RuntimeError, JobError), match="ladder"):
        bpy.ops.underpaint.textures()
    assert seen[0][0] != before or seen[0][1] == 2, "the job had changed the map"
    assert uv_of(cube) == before and cube.data[unwrap.DIGEST] == digest
    assert [modifier.name for modifier in cube.modifiers] == ["Array"]


def test_a_part_may_change_where_points_only_moved(painted):
    wish_a_part(painted)
    cube = painted.objects["Cube"]
    cube.data.vertices[0].co *= 1.3  # its quads are cut into other triangles
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert materials.takes(cube) == (1, 2)
