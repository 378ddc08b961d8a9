"""The nodes of a painted material: its takes, and the mix of painted light and the scene's.

The picture is sRGB, as painted. It comes out of a render exactly where the scene's view transform
is Standard; AgX dulls it a little, as it does all colours. (Undoing AgX by the picture's colour
space was tried: bright edges then outshine their neighbours, and fringes show.)
"""

from __future__ import annotations

import re
from pathlib import Path

import bpy

from . import images
from .unwrap import UV_MAP

UV, LIT, LIGHT, UNLIT = "UV", "Lit", "Painted light", "Unlit"
UNLIT_DEFAULT = 1.0
_TAKE = re.compile(r"take (\d{3,})")


def build(tree: bpy.types.NodeTree) -> None:
    """Lay out the nodes, without any take yet.

    The painting holds its light already; that light must not light the neighbours once more, so
    diffuse rays see the matt surface only.
    """
    tree.nodes.clear()
    _node(tree, "ShaderNodeUVMap", UV, (-900, 0)).uv_map = UV_MAP
    surface = _node(tree, "ShaderNodeBsdfPrincipled", LIT, (-200, 0))
    surface.inputs["Roughness"].default_value = 1.0
    surface.inputs["Specular IOR Level"].default_value = 0.0
    light = _node(tree, "ShaderNodeEmission", LIGHT, (-200, 150))
    amount = _node(tree, "ShaderNodeValue", UNLIT, (-600, 450))
    amount.label = "Unlit: 1 as painted, 0 lit by the scene"
    amount.outputs[0].default_value = UNLIT_DEFAULT
    path = _node(tree, "ShaderNodeLightPath", "Light path", (-600, 350))
    seen = _node(tree, "ShaderNodeMath", "Not by diffuse rays", (-400, 350))
    seen.operation, seen.inputs[0].default_value = "SUBTRACT", 1.0
    share = _node(tree, "ShaderNodeMath", "Share", (-200, 400))
    share.operation = "MULTIPLY"
    mix = _node(tree, "ShaderNodeMixShader", "Mix", (100, 200))
    output = _node(tree, "ShaderNodeOutputMaterial", "Output", (300, 200))
    for source, target in (
        (path.outputs["Is Diffuse Ray"], seen.inputs[1]),
        (amount.outputs[0], share.inputs[0]),
        (seen.outputs[0], share.inputs[1]),
        (share.outputs[0], mix.inputs[0]),
        (surface.outputs[0], mix.inputs[1]),
        (light.outputs[0], mix.inputs[2]),
        (mix.outputs[0], output.inputs["Surface"]),
    ):
        tree.links.new(source, target)


def is_whole(tree: bpy.types.NodeTree) -> bool:
    """Whether the nodes that takes are led to are there; a person may have removed some."""
    return all(name in tree.nodes for name in (UV, LIT, LIGHT, UNLIT))


def takes(tree: bpy.types.NodeTree) -> tuple[int, ...]:
    """Numbers of the takes that are in the material."""
    found = (_TAKE.fullmatch(node.name) for node in tree.nodes)
    return tuple(sorted(int(name[1]) for name in found if name))


def add_take(material: bpy.types.Material, number: int, picture: Path) -> None:
    """Put a take's picture into a whole material, once. Raises InputError where it is missing."""
    tree, name = material.node_tree, _take_name(number)
    image = images.load(picture)
    node = tree.nodes.get(name)
    if node is None:
        node = _node(tree, "ShaderNodeTexImage", name, (-600, -300 * len(takes(tree))))
        node.label = name
        tree.links.new(tree.nodes[UV].outputs[0], node.inputs[0])
    node.image = image
    image.name = f"{material.name} {name}"


def show_take(tree: bpy.types.NodeTree, number: int) -> None:
    """Lead a take's picture to the surface; the active node is what the solid view shows."""
    node = tree.nodes[_take_name(number)]
    tree.links.new(node.outputs["Color"], tree.nodes[LIT].inputs["Base Color"])
    tree.links.new(node.outputs["Color"], tree.nodes[LIGHT].inputs["Color"])
    tree.nodes.active = node


def set_unlit(tree: bpy.types.NodeTree, amount: float) -> None:
    """1: the colours as painted; 0: a surface that the scene lights."""
    if UNLIT in tree.nodes:
        tree.nodes[UNLIT].outputs[0].default_value = amount


def _take_name(number: int) -> str:
    return f"take {number:03d}"


def _node(
    tree: bpy.types.NodeTree, kind: str, name: str, location: tuple[float, float]
) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.name = name
    node.location = location
    return node
