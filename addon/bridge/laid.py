"""How a take's pictures lie on an object: by a UV map, in a cell of an atlas, or as a tile."""

from __future__ import annotations

from dataclasses import dataclass

import bpy

from .unwrap import UV_MAP

UV, METRES = "UV", "Metres"
_AXES = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))


@dataclass(frozen=True)
class Laid:
    """``cell``: left, bottom, width and height of the part of the picture that the whole UV square
    is, in shares of the picture. ``repeats``: the map goes on beyond that square, and the texture
    there as within. ``tile_metres``: the picture is a tile of that side, laid from the
    three sides of the object's own axes, in metres of the world; ``blend`` softens where they meet.
    ``depth``: metres between black and white of its height map, as far as its take tells."""

    uv_map: str = UV_MAP
    cell: tuple[float, float, float, float] | None = None
    tile_metres: float | None = None
    blend: float = 0.2
    repeats: bool = False
    depth: float | None = None

    @property
    def goes_on(self) -> bool:
        """Whether the picture's opposite edges meet on the surface; else one shows none of the
        other."""
        return self.repeats or self.tile_metres is not None


def coordinates(
    tree: bpy.types.NodeTree, laid: Laid, take: str, row: float
) -> bpy.types.NodeSocket:
    """The socket that says where in its pictures a point of the surface lies."""
    if laid.tile_metres is not None:
        scale = (1.0 / laid.tile_metres,) * 3
        return _mapped(tree, _metres(tree), f"{take} metres", row, scale, (0.0, 0.0, 0.0))
    source, cell, square = _uv(tree, laid.uv_map), f"{take} cell", f"{take} square"
    for node in [tree.nodes[name] for name in (cell, square) if name in tree.nodes]:
        tree.nodes.remove(node)
    if laid.cell is None:
        return source
    if laid.repeats:
        source = _within_square(tree, source, square, row)
    left, bottom, width, height = laid.cell
    return _mapped(tree, source, cell, row, (width, height, 1.0), (left, bottom, 0.0))


def _within_square(
    tree: bpy.types.NodeTree, source: bpy.types.NodeSocket, name: str, row: float
) -> bpy.types.NodeSocket:
    """The same place of the square, wherever beyond it: in an atlas, neighbours lie there."""
    node = _node(tree, "ShaderNodeVectorMath", name, (-1100, row))
    node.operation = "FRACTION"
    tree.links.new(source, node.inputs[0])
    return node.outputs[0]


def _mapped(
    tree: bpy.types.NodeTree,
    source: bpy.types.NodeSocket,
    name: str,
    row: float,
    scale: tuple[float, float, float],
    offset: tuple[float, float, float],
) -> bpy.types.NodeSocket:
    node = _node(tree, "ShaderNodeMapping", name, (-950, row))
    node.inputs["Scale"].default_value = scale
    node.inputs["Location"].default_value = offset
    tree.links.new(source, node.inputs["Vector"])
    return node.outputs[0]


def _uv(tree: bpy.types.NodeTree, uv_map: str) -> bpy.types.NodeSocket:
    """One node a UV map, whatever takes lie by it."""
    name = UV if uv_map == UV_MAP else f"{UV} {uv_map}"
    maps = len([node for node in tree.nodes if node.bl_idname == "ShaderNodeUVMap"])
    node = _node(tree, "ShaderNodeUVMap", name, (-1200, -150 * maps))
    node.uv_map = uv_map
    return node.outputs[0]


def _metres(tree: bpy.types.NodeTree) -> bpy.types.NodeSocket:
    """Places in the object's own axes, in metres of the world, so that a scaled object shows more
    tiles and not larger ones: an axis is as long as the world has it. It follows an object that is
    scaled later, or an instance that is scaled."""
    known = tree.nodes.get(METRES)
    if known is not None:
        return known.outputs[0]
    lengths = _node(tree, "ShaderNodeCombineXYZ", "Scale", (-1500, 700))
    for index, axis in enumerate(_AXES):
        height = 700 - 150 * index
        turned = _node(tree, "ShaderNodeVectorTransform", f"Axis {'XYZ'[index]}", (-1900, height))
        turned.vector_type, turned.convert_from, turned.convert_to = "VECTOR", "OBJECT", "WORLD"
        turned.inputs[0].default_value = axis
        length = _node(tree, "ShaderNodeVectorMath", f"Length {'XYZ'[index]}", (-1700, height))
        length.operation = "LENGTH"
        tree.links.new(turned.outputs[0], length.inputs[0])
        tree.links.new(length.outputs["Value"], lengths.inputs[index])
    places = _node(tree, "ShaderNodeTexCoord", "Places", (-1500, 500))
    node = _node(tree, "ShaderNodeVectorMath", METRES, (-1300, 600))
    node.operation = "MULTIPLY"
    tree.links.new(places.outputs["Object"], node.inputs[0])
    tree.links.new(lengths.outputs[0], node.inputs[1])
    return node.outputs[0]


def _node(
    tree: bpy.types.NodeTree, kind: str, name: str, location: tuple[float, float]
) -> bpy.types.Node:
    """The node of that name, made where it is not there."""
    node = tree.nodes.get(name)
    if node is None:
        node = tree.nodes.new(kind)
        node.name, node.location = name, location
    return node
