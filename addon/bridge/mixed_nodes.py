"""Copies of the artist's materials into which the paint of one object is mixed.

The artist's own material is never touched: its copy gets the painted group behind its surface, by a
Mix Shader at every output, so that materials of any kind mix, linked ones and those without nodes
too; volumes and displacement stay the artist's. A copy is as the material was when the mix was
switched on: after a change of the material, switch again.
"""

from __future__ import annotations

import bpy

from . import compat, painted_nodes

_GREY = (0.8, 0.8, 0.8, 1.0)
"""What Blender shows of a slot without a material."""
_WITHOUT_NODES = (
    ("Base Color", "diffuse_color"),
    ("Metallic", "metallic"),
    ("Roughness", "roughness"),
)
"""Inputs of a Principled surface → the settings that a material without nodes has for them."""


def mixed_copy(
    own: bpy.types.Material | None, painted: bpy.types.NodeTree, name: str
) -> bpy.types.Material:
    """A copy of a material, or of none, with the paint mixed in as far as the group says."""
    copy = bpy.data.materials.new(name) if own is None else own.copy()
    copy.name = name
    copy.use_fake_user = False
    if copy.asset_data is not None:
        copy.asset_clear()
    if own is None or compat.node_tree(copy) is None:
        _shade_without_nodes(copy, plain=own is None)
    tree = compat.use_nodes(copy)
    outputs = [node for node in tree.nodes if node.bl_idname == "ShaderNodeOutputMaterial"]
    group = painted_nodes.add_group(tree, painted, _beside(outputs))
    for output in outputs or [tree.nodes.new("ShaderNodeOutputMaterial")]:
        _mix_in(tree, output, group)
    return copy


def _mix_in(tree: bpy.types.NodeTree, output: bpy.types.Node, group: bpy.types.Node) -> None:
    surface = output.inputs["Surface"]
    own = surface.links[0].from_socket if surface.links else None
    mix = tree.nodes.new("ShaderNodeMixShader")
    mix.location = (output.location.x, output.location.y + 160)
    tree.links.new(group.outputs[painted_nodes.MIX], mix.inputs[0])
    if own is not None:
        tree.links.new(own, mix.inputs[1])
    tree.links.new(group.outputs[painted_nodes.SURFACE], mix.inputs[2])
    tree.links.new(mix.outputs[0], surface)


def _shade_without_nodes(material: bpy.types.Material, *, plain: bool) -> None:
    """Nodes that shade as the material does without them."""
    tree = compat.use_nodes(material)
    tree.nodes.clear()
    surface = tree.nodes.new("ShaderNodeBsdfPrincipled")
    if plain:
        surface.inputs["Base Color"].default_value = _GREY
    else:
        for socket, setting in _WITHOUT_NODES:
            surface.inputs[socket].default_value = getattr(material, setting)
    output = tree.nodes.new("ShaderNodeOutputMaterial")
    output.location.x = 300
    tree.links.new(surface.outputs[0], output.inputs["Surface"])


def _beside(outputs: list[bpy.types.Node]) -> tuple[float, float]:
    if not outputs:
        return (-200.0, 0.0)
    return outputs[0].location.x - 200, outputs[0].location.y + 250
