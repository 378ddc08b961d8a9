"""Instances show the same texels as their original, wherever they stand."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from mathutils import Matrix, Vector
from mathutils.bvhtree import BVHTree
from underpaint_addon import choices
from underpaint_addon.bridge.instanced import find_object, shown_objects
from underpaint_addon.bridge.meshes import export_surface
from underpaint_addon.bridge.passes import render_passes
from underpaint_addon.bridge.shots import list_shots

from underpaint.library.project import Project
from underpaint.wire.messages import ViewOf
from underpaint.worker.jobs.mesh import Mesh

from .rendering import add, empty, read
from .surfaces import mesh_of


@pytest.fixture
def stage(scene) -> bpy.types.Scene:
    """A floor, seen by a camera."""
    empty(scene)
    add("plane", "floor", size=20)
    scene.camera.location = (0, -9, 4)
    scene.camera.rotation_euler = (math.radians(66), 0, 0)
    return scene


def ball(name: str) -> bpy.types.Object:
    """An object that no scene holds."""
    add("uv_sphere", name, segments=24, ring_count=12, radius=0.5)
    obj = bpy.data.objects[name]
    for collection in obj.users_collection:
        collection.objects.unlink(obj)
    return obj


def link(obj: bpy.types.Object) -> bpy.types.Object:
    bpy.context.scene.collection.objects.link(obj)
    return obj


def by_collection(leaf: bpy.types.Object) -> int:
    """Collection instances, one of them mirrored, one inside another."""
    inner, outer = (bpy.data.collections.new(name) for name in ("inner", "outer"))
    inner.objects.link(leaf)
    nested = bpy.data.objects.new("nested", None)
    nested.instance_type, nested.instance_collection = "COLLECTION", inner
    nested.location = (0, 2, 0)
    outer.objects.link(nested)
    for number, collection in enumerate((inner, inner, outer)):
        placed = link(bpy.data.objects.new(f"place {number}", None))
        placed.instance_type, placed.instance_collection = "COLLECTION", collection
        placed.location = (2.0 * number - 2, 0, 0.5)
        placed.scale = (-1 if number else 1, 1.4, 1)
    return 3


def by_vertices(leaf: bpy.types.Object) -> int:
    """A child on every vertex of its parent."""
    parent = add("plane", "parent", size=4, location=(0, 0, 0.5))
    leaf.parent, parent.instance_type = parent, "VERTS"
    link(leaf)
    return 4


def by_nodes(leaf: bpy.types.Object) -> int:
    """Geometry nodes that name the object."""
    group = bpy.data.node_groups.new("scatter", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    info = group.nodes.new("GeometryNodeObjectInfo")
    info.inputs["Object"].default_value = leaf
    info.inputs["As Instance"].default_value = True
    scatter = group.nodes.new("GeometryNodeInstanceOnPoints")
    wires = group.links.new
    wires(group.nodes.new("NodeGroupInput").outputs[0], scatter.inputs["Points"])
    wires(info.outputs["Geometry"], scatter.inputs["Instance"])
    wires(scatter.outputs[0], group.nodes.new("NodeGroupOutput").inputs[0])
    ground = add("plane", "ground", size=4, location=(0, 0, 0.5))
    ground.modifiers.new("scatter", "NODES").node_group = group
    return 4


def by_particles(leaf: bpy.types.Object) -> int:
    """Hair particles that show the object."""
    ground = add("plane", "ground", size=5, location=(0, 0, 0.5))
    settings = ground.modifiers.new("particles", "PARTICLE_SYSTEM").particle_system.settings
    settings.type, settings.count, settings.use_advanced_hair = "HAIR", 5, True
    settings.render_type, settings.instance_object = "OBJECT", leaf
    settings.particle_size = 1.0
    return 5


WAYS = (by_collection, by_vertices, by_nodes, by_particles)


def export(scene, folder: Path) -> tuple[Project, Mesh, int]:
    """Render the one frame; the leaf's mesh and its number."""
    project = Project(folder / "underpaint")
    (shot,) = list_shots(scene)
    list(render_passes(scene, shot, project.passes(shot.name)))
    assert "leaf" in choices.objects(scene, ())
    leaf = find_object(scene, "leaf")
    exported = export_surface(scene, [leaf], [ViewOf(shot.name, 1)], project.root)
    assert exported.skipped == ()
    (item,) = exported.surface.objects
    return project, mesh_of(project, exported.surface, "leaf"), item.id


@pytest.mark.parametrize("instance", WAYS)
def test_every_pixel_of_an_instance_lies_on_one_of_its_placements(stage, tmp_path, instance):
    """Cycles gives instances their original's number, and what it shows is where we say it is."""
    count = instance(ball("leaf"))
    project, mesh, number = export(stage, tmp_path)
    placed = mesh.placed(0)
    assert len(placed) == count
    (shot,) = list_shots(stage)
    frame = read(project.passes(shot.name))
    assert frame.names[number] == "leaf"
    points = frame.passes.position[frame.passes.object_id == number]
    assert len(points) > 100
    corners = np.concatenate([place.positions for place in placed])
    order = np.arange(3 * len(corners)).reshape(-1, 3).tolist()
    tree = BVHTree.FromPolygons(corners.reshape(-1, 3).tolist(), order)
    found = [tree.find_nearest(Vector(point)) for point in points.tolist()]
    assert max(distance for *_, distance in found) < 1e-3
    hit = {face // len(mesh.uv) for _, _, face, _ in found}
    assert len(hit) >= count - 1, "nearly all of them are in the picture"


@pytest.mark.parametrize("instance", WAYS)
def test_normals_of_placements_point_outward(stage, tmp_path, instance):
    instance(ball("leaf"))
    _, mesh, _ = export(stage, tmp_path)
    for placed in mesh.placed(0):
        outward = placed.positions - placed.positions.mean(axis=(0, 1))
        assert (np.einsum("tkc,tkc->tk", outward, placed.normals) > 0).all()
        assert np.linalg.norm(placed.normals, axis=2) == pytest.approx(1.0, abs=1e-5)


def test_many_placements_cost_their_matrices_only(stage, tmp_path):
    leaf = ball("leaf")
    by_collection(leaf)
    few = _size_on_disk(export(stage, tmp_path)[0])
    for number in range(200):
        placed = link(bpy.data.objects.new(f"more {number}", None))
        placed.instance_type = "COLLECTION"
        placed.instance_collection = bpy.data.collections["inner"]
        placed.matrix_world = Matrix.Translation((number % 20 - 10, number // 20 + 3, 0))
    project, mesh, _ = export(stage, tmp_path)
    assert len(mesh.matrices[0]) == 203
    assert _size_on_disk(project) - few == 200 * 16 * 8


def _size_on_disk(project: Project) -> int:
    return (project.surface_cache / "leaf.npz").stat().st_size


def test_the_scenes_own_object_comes_first(stage, tmp_path):
    leaf = ball("leaf")
    by_collection(leaf)
    link(leaf).location = (0, 3, 0.5)
    _, mesh, _ = export(stage, tmp_path)
    assert mesh.matrices[0].shape == (4, 4, 4)
    assert mesh.matrices[0][0][:3, 3] == pytest.approx((0, 3, 0.5))


def test_hidden_originals_are_not_offered(stage):
    leaf = ball("leaf")
    by_collection(leaf)
    bpy.context.view_layer.update()
    assert find_object(stage, "leaf") == leaf
    leaf.hide_render = True
    assert "leaf" not in shown_objects(stage)
    assert "leaf" not in choices.objects(stage, ())


def test_meshes_that_nodes_instance_themselves_are_not_the_object(stage, tmp_path):
    """They bear the number of the object whose nodes make them, and are not its mesh."""
    group = bpy.data.node_groups.new("blocks", "GeometryNodeTree")
    for way in ("INPUT", "OUTPUT"):
        group.interface.new_socket("Geometry", in_out=way, socket_type="NodeSocketGeometry")
    scatter, block = map(group.nodes.new, ("GeometryNodeInstanceOnPoints", "GeometryNodeMeshCube"))
    joined = group.nodes.new("GeometryNodeJoinGeometry")
    given, made = map(group.nodes.new, ("NodeGroupInput", "NodeGroupOutput"))
    for source, target in (
        (given.outputs[0], scatter.inputs["Points"]),
        (block.outputs[0], scatter.inputs["Instance"]),
        (scatter.outputs[0], joined.inputs[0]),
        (given.outputs[0], joined.inputs[0]),
        (joined.outputs[0], made.inputs[0]),
    ):
        group.links.new(source, target)
    leaf = add("plane", "leaf", size=4, location=(0, 0, 0.5))
    leaf.modifiers.new("blocks", "NODES").node_group = group
    _, mesh, _ = export(stage, tmp_path)
    assert len(mesh.uv) == 2 and len(mesh.placed(0)) == 1
