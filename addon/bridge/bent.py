"""Nodes that bend the light by a normal map as it lies in the world.

Blender's own node bends it in the object's space and scales the result after: on a wall that is a
cube of scale (4, 0.1, 3) Cycles shows a fortieth of every slope, EEVEE all of it. Of that node only
the tangent is taken, which both engines give alike, and brought to the world as directions are.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import bpy

Tree = bpy.types.NodeTree
Socket = bpy.types.NodeSocket

_TANGENT, _BITANGENT = (1.0, 0.5, 0.5, 1.0), (0.5, 1.0, 0.5, 1.0)
"""The colours of normals along the axes of a normal map."""


def bend(tree: Tree, picture: Socket, uv_map: str, name: str, place: tuple[float, float]) -> None:
    """A node ``name`` whose first output is the normal, in the world, of a normal map that lies by
    ``uv_map``; those that it takes are called ``name`` and a word. What had the names goes."""
    for node in [n for n in tree.nodes if n.name == name or n.name.startswith(f"{name} ")]:
        tree.nodes.remove(node)
    made = _Maker(tree, name, place)
    normal = made.node("ShaderNodeNewGeometry", "surface").outputs["Normal"]
    tangent, bitangent = _frame(made, normal, uv_map)
    parts = made.node("ShaderNodeSeparateXYZ", "parts")
    unpacked = made.maths("MULTIPLY_ADD", "unpacked", picture, (2.0,) * 3, (-1.0,) * 3)
    tree.links.new(unpacked, parts.inputs[0])
    x, y, z = parts.outputs
    bent = made.maths("SCALE", "up", normal, scale=z)
    for word, axis, share in (("across", tangent, x), ("along", bitangent, y)):
        along = made.maths("SCALE", word, axis, scale=share)
        bent = made.maths("ADD", f"{word} too", bent, along)
    made.maths("NORMALIZE", "", bent)


def _frame(made: _Maker, normal: Socket, uv_map: str) -> tuple[Socket, Socket]:
    """The unit directions in which u and, square to it, v grow, in the world."""
    own = made.turned("NORMAL", "WORLD", made.axis("u", _TANGENT, uv_map))
    tangent = made.maths("NORMALIZE", "u of the world", made.turned("VECTOR", "OBJECT", own))
    square = made.maths("CROSS_PRODUCT", "square", normal, tangent)
    # Mirrored faces have it on the other side, which the node's own bitangent tells.
    side = made.maths("DOT_PRODUCT", "side", square, made.axis("v", _BITANGENT, uv_map))
    sign = made.node("ShaderNodeMath", "sign")
    sign.operation = "SIGN"
    made.tree.links.new(side, sign.inputs[0])
    return tangent, made.maths("SCALE", "v of the world", square, scale=sign.outputs[0])


class _Maker:
    """Adds nodes with a common beginning to their names, in a column."""

    def __init__(self, tree: Tree, name: str, place: tuple[float, float]) -> None:
        self.tree = tree
        self._name = name
        self._place = place

    def node(self, kind: str, word: str) -> bpy.types.Node:
        node = self.tree.nodes.new(kind)
        node.name = f"{self._name} {word}".strip()
        node.location, node.hide = self._place, True
        self._place = (self._place[0], self._place[1] - 40)
        return node

    def axis(self, word: str, colour: Sequence[float], uv_map: str) -> Socket:
        """What Blender's node makes of one axis of a normal map."""
        node = self.node("ShaderNodeNormalMap", word)
        node.uv_map = uv_map
        node.inputs["Color"].default_value = colour
        return node.outputs["Normal"]

    def turned(self, kind: str, source: str, vector: Socket) -> Socket:
        """A vector from the object's space to the world's, or back."""
        node = self.node("ShaderNodeVectorTransform", f"from the {source.lower()}")
        node.vector_type, node.convert_from = kind, source
        node.convert_to = "WORLD" if source == "OBJECT" else "OBJECT"
        self.tree.links.new(vector, node.inputs[0])
        return node.outputs[0]

    def maths(self, operation: str, word: str, *given: Any, scale: Socket | None = None) -> Socket:
        """What a vector operation makes of sockets, or numbers; a number where it gives one."""
        node = self.node("ShaderNodeVectorMath", word)
        node.operation = operation
        for value, socket in zip(given, node.inputs, strict=False):
            if isinstance(value, bpy.types.NodeSocket):
                self.tree.links.new(value, socket)
            else:
                socket.default_value = value
        if scale is not None:
            self.tree.links.new(scale, node.inputs["Scale"])
        return node.outputs["Value" if operation == "DOT_PRODUCT" else "Vector"]
