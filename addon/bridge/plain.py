"""Which materials can change a pass.

Passes tell where surfaces are and which way they face. Colour does not matter to them; holes,
displacement and bent normals do. A material that has none of these is plain.
"""

from __future__ import annotations

from collections.abc import Callable

import bpy

from . import compat

_TELLING = frozenset(
    {
        "ShaderNodeBsdfTransparent",
        "ShaderNodeBsdfRayPortal",
        "ShaderNodeHoldout",
        "ShaderNodeBump",
        "ShaderNodeNormalMap",
        "ShaderNodeBevel",
        "ShaderNodeScript",
    }
)
"""Nodes whose presence alone makes a material not plain."""


def is_plain(material: bpy.types.Material) -> bool:
    """Whether its passes are those of a material without any nodes."""
    tree = compat.node_tree(material)
    return tree is None or _is_plain_tree(tree, set())


def _is_plain_tree(tree: bpy.types.NodeTree, seen: set[int]) -> bool:
    if tree.as_pointer() in seen:
        return True
    seen.add(tree.as_pointer())
    return all(_is_plain_node(node, seen) for node in tree.nodes)


def _is_plain_node(node: bpy.types.Node, seen: set[int]) -> bool:
    if node.bl_idname in _TELLING:
        return False
    inner = getattr(node, "node_tree", None)
    if inner is not None and not _is_plain_tree(inner, seen):
        return False
    if any(socket.is_linked and "Normal" in socket.name for socket in node.inputs):
        return False
    return _CHECKS.get(node.bl_idname, _always)(node)


def _always(node: bpy.types.Node) -> bool:
    return True


def _is_plain_output(node: bpy.types.Node) -> bool:
    only_volume = node.inputs["Volume"].is_linked and not node.inputs["Surface"].is_linked
    return not only_volume and not node.inputs["Displacement"].is_linked


def _is_opaque(node: bpy.types.Node) -> bool:
    alpha = node.inputs["Alpha"]
    steady = node.id_data.animation_data is None
    return steady and not alpha.is_linked and alpha.default_value == 1.0


_CHECKS: dict[str, Callable[[bpy.types.Node], bool]] = {
    "ShaderNodeOutputMaterial": _is_plain_output,
    "ShaderNodeBsdfPrincipled": _is_opaque,
}
