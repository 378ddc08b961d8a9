"""A normal map bends the light by the slopes that it holds, however its object is scaled and its
UV map lies."""

from __future__ import annotations

import math
from pathlib import Path

import bpy
import numpy as np
import pytest
from underpaint_addon.bridge import materials, painted_nodes, slots
from underpaint_addon.bridge.laid import Laid

from .pictures import render, write_png

SLOPES = np.array([-0.3, 0.2])
"""Of the map's normals, along u and v."""
CORNERS = np.array([(-1, 0, -1), (1, 0, -1), (1, 0, 1), (-1, 0, 1)], float)


def wall(scene, scale, degrees: float, mirrored: bool) -> bpy.types.Object:
    """Looks along −y; its UV map is turned and perhaps mirrored in the world, where it is as wide
    as high."""
    mesh = bpy.data.meshes.new("Wall")
    mesh.from_pydata(CORNERS.tolist(), [], [(0, 1, 2, 3)])
    turn = np.array(uv_axes(degrees, mirrored))[:, [0, 2]]
    places = (CORNERS * scale)[:, [0, 2]] @ turn.T * 0.05 + 0.5
    mesh.uv_layers.new(name="By hand").uv.foreach_set("vector", places.ravel())
    obj = bpy.data.objects.new("Wall", mesh)
    scene.collection.objects.link(obj)
    obj.scale = scale
    return obj


def uv_axes(degrees: float, mirrored: bool) -> tuple[tuple[float, float, float], ...]:
    """Where u and v grow in the world."""
    c, s = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return (c, 0, s), ((s, 0, -c) if mirrored else (-s, 0, c))


def shown_normal(scene, obj: bpy.types.Object, folder: Path) -> np.ndarray:
    """What Cycles bends the surface's normal to, in the world."""
    tree = painted_nodes.tree_of(slots.painted_of(obj))
    packed = tree.nodes.new("ShaderNodeVectorMath")
    packed.operation = "MULTIPLY_ADD"
    packed.inputs[1].default_value = packed.inputs[2].default_value = (0.5,) * 3
    bent = tree.nodes[painted_nodes.LIT].inputs["Normal"].links[0].from_socket
    tree.links.new(bent, packed.inputs[0])
    tree.links.new(packed.outputs[0], tree.nodes[painted_nodes.LIGHT].inputs["Color"])
    normal = render(scene, folder / "normal.png")[4, 4] / 255 * 2 - 1
    return normal / np.linalg.norm(normal)


def looking_north(scene) -> None:
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    scene.camera.location, scene.camera.rotation_euler = (0, -9, 0), (math.pi / 2, 0, 0)
    scene.render.engine, scene.cycles.samples, scene.cycles.use_denoising = "CYCLES", 1, False
    scene.render.resolution_x = scene.render.resolution_y = 8
    scene.render.resolution_percentage = 100
    scene.view_settings.view_transform = "Raw"


@pytest.mark.parametrize(
    ("scale", "degrees", "mirrored"),
    [
        ((1, 1, 1), 0, False),
        ((4, 0.1, 3), 0, False),
        ((4, 0.1, 3), 37, False),
        ((4, 0.1, 3), 37, True),
        ((-4, 0.1, 3), 110, False),
        ((2, 8, 2), 200, True),
    ],
)
def test_a_normal_map_bends_alike_on_whatever_is_scaled(scene, tmp_path, scale, degrees, mirrored):
    looking_north(scene)
    leaning = np.append(SLOPES, 1)
    packed = np.rint((leaning / np.linalg.norm(leaning) / 2 + 0.5) * 255)
    for name, colour in (("basecolor", (90, 90, 90)), ("normal", packed)):
        write_png(tmp_path / "001" / f"{name}.png", np.full((8, 8, 3), colour))
    obj = wall(scene, scale, degrees, mirrored)
    materials.apply_texture(obj, tmp_path / "001", 1, Laid("By hand"))
    u, v = np.array(uv_axes(degrees, mirrored))
    wanted = np.array([0, -1, 0]) + SLOPES @ np.stack([u, v])
    found = shown_normal(scene, obj, tmp_path)
    assert found == pytest.approx(wanted / np.linalg.norm(wanted), abs=0.03)


@pytest.mark.parametrize("scale", [(1, 1, 1), (4, 0.1, 3)])
@pytest.mark.parametrize("depth", [0.5, 2.0])
def test_full_relief_is_as_deep_as_the_take_says(scene, tmp_path, scale, depth):
    """A height that grows from black to white along u, over the twenty metres of the square."""
    looking_north(scene)
    ramp = np.linspace(0, 255, 256)[None, :, None].repeat(256, 0)
    for name, colours in (("basecolor", 90), ("height", ramp)):
        write_png(tmp_path / "001" / f"{name}.png", np.zeros((256, 256, 3)) + colours)
    obj = wall(scene, scale, 0, False)
    materials.apply_texture(obj, tmp_path / "001", 1, Laid("By hand", depth=depth * 10))
    materials.set_relief(obj, 1.0)
    wanted = np.array([-depth / 2, -1, 0])
    found = shown_normal(scene, obj, tmp_path)
    assert found == pytest.approx(wanted / np.linalg.norm(wanted), abs=0.05)
