"""Atlases in Blender: objects read their textures from cells of one picture, and show the same."""

from __future__ import annotations

from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon import access
from underpaint_addon.bridge import images, materials
from underpaint_addon.jobs import order

from underpaint.errors import InputError
from underpaint.library.project import Project
from underpaint.library.takes import Takes
from underpaint.model.request import MOST_IN_ATLAS
from underpaint.surface.atlas import packed

from .pictures import render


@pytest.fixture
def set_of_two(saved):
    """The factory cube beside a sphere, in front of the camera."""
    bpy.ops.mesh.primitive_uv_sphere_add(segments=16, ring_count=8, location=(-2, 2, 0))
    saved.render.engine, saved.cycles.samples = "CYCLES", 4
    saved.cycles.use_denoising = False
    saved.render.use_sequencer = False
    wishes = access.wishes(saved)
    wishes.texture_size, wishes.around = 128, False
    return saved


def out() -> Path:
    return Path(bpy.data.filepath).parent / "underpaint"


def sources(scene) -> set[str]:
    meshes = [obj for obj in scene.objects if obj.type == "MESH"]
    return {Path(i.filepath).parent.parent.name for o in meshes for i in materials.pictures(o)}


def depths(scene) -> dict[str, float]:
    """How deep each object's height map is taken to be."""
    meshes = [obj for obj in scene.objects if obj.type == "MESH"]
    groups = {o.name: o["underpaint_material"].node_tree.nodes["Painted"] for o in meshes}
    return {
        name: next(n["underpaint_depth"] for n in node.node_tree.nodes if "height" in n.name)
        for name, node in groups.items()
    }


def recorded_depth(name: str) -> float:
    take = Takes(Project(out()), "textures").load(name, 1)
    return next(file.metres for file in take.files if file.file == "height.png")


def uv_maps(scene) -> dict[str, list[tuple[str, float]]]:
    """The UV maps of each mesh, with the sum of their coordinates."""
    meshes = [obj for obj in scene.objects if obj.type == "MESH"]
    return {
        obj.name: [(m.name, sum(sum(uv.vector) for uv in m.uv)) for m in obj.data.uv_layers]
        for obj in meshes
    }


def test_the_atlas_shows_what_the_textures_show(set_of_two, tmp_path):
    wishes = access.wishes(set_of_two)
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert sources(set_of_two) == {"Cube", "Sphere"}
    alone = render(set_of_two, tmp_path / "alone.png")
    before = uv_maps(set_of_two)
    deep = depths(set_of_two)
    assert deep == {n: pytest.approx(recorded_depth(n)) for n in ("Cube", "Sphere")}
    assert all(0.01 < depth < 0.5 for depth in deep.values())
    wishes.atlas = True
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    assert sources(set_of_two) == {"Atlas 01"}
    assert (out() / "atlases/Atlas 01/001/basecolor.png").is_file()
    shared = {i for o in set_of_two.objects for i in materials.pictures(o)}
    assert len(shared) == 4, "one picture, and its maps"
    together = render(set_of_two, tmp_path / "together.png")
    assert alone.std() > 5 and np.abs(together - alone).max() <= 2
    assert depths(set_of_two) == deep
    assert uv_maps(set_of_two) == before, "the artist's maps are as they were"


def test_takes_in_an_atlas_and_beside_it_are_switched_and_packed(set_of_two):
    wishes = access.wishes(set_of_two)
    wishes.atlas, wishes.takes, wishes.pack = True, 2, True
    assert bpy.ops.underpaint.textures() == {"FINISHED"}
    cube = set_of_two.objects["Cube"]
    assert materials.takes(cube) == (1, 2)
    assert len(list((out() / "atlases/Atlas 01").glob("0*"))) == 2
    pictures = {i for o in set_of_two.objects for i in materials.pictures(o)}
    assert len(pictures) == 8 and all(map(images.is_packed, pictures))
    bpy.ops.underpaint.show_textures(which="NUMBER", number=1)
    assert materials.shown_take(cube) == 1 and sources(set_of_two) == {"Atlas 01"}
    wishes.atlas, wishes.pack = False, False
    bpy.ops.underpaint.textures()
    assert sources(set_of_two) == {"Cube", "Sphere"}
    group = cube["underpaint_material"].node_tree.nodes["Painted"].node_tree
    assert not [node for node in group.nodes if "cell" in node.name]
    wishes.show = "blocking"
    assert cube.material_slots[0].material.name == "Material"


def test_textures_that_no_atlas_holds_are_refused_before_they_are_painted(set_of_two):
    wishes = access.wishes(set_of_two)
    wishes.atlas, wishes.texture_size = True, 8192
    with pytest.raises(InputError, match="up to 8160 texels a side"):
        order.of_scene(set_of_two, "textures", gently=False)
    wishes.texture_size = MOST_IN_ATLAS
    assert order.of_scene(set_of_two, "textures", gently=False).atlas


def test_the_largest_texture_and_its_padding_fill_an_atlas():
    assert packed([MOST_IN_ATLAS]) == (8192, 8192, {0: (16, 16)})
    assert packed([MOST_IN_ATLAS + 1]) is None
