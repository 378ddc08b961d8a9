"""The nodes of a painted material: its takes, and the mix of painted light and the scene's.

They lie in a node group, ``tree`` below, which the object's painted material shows as it is and
which copies of the artist's materials mix in (``mixed_nodes``): whatever is set once holds for all.

The picture is sRGB, as painted. It comes out of a render exactly where the scene's view transform
is Standard; AgX dulls it a little, as it does all colours. (Undoing AgX by the picture's colour
space was tried: bright edges then outshine their neighbours, and fringes show.)
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import bpy
from underpaint.model.request import HEIGHT_TEXELS

from . import compat, images
from .bent import bend
from .laid import Laid, coordinates

Tree = bpy.types.NodeTree

GROUP, LIT, LIGHT, UNLIT, MIX, BUMP = "Painted", "Lit", "Painted light", "Unlit", "Mix", "Bump"
SURFACE = "Surface"
"""Names of nodes, and of the group's two outputs: the painted surface, and how far to mix it in."""
UNLIT_DEFAULT, MIX_DEFAULT = 1.0, 0.5
RELIEF_METRES = 0.05
"""How far apart white and black lie of height maps of whose depth no record tells."""
_DEPTH = "underpaint_depth"
"""Custom property of a height map's node: how far apart, in metres, its white and black lie."""
MAPS: Mapping[str, images.Meaning] = {
    "basecolor": "picture",
    "roughness": "data",
    "height": "data",
    "normal": "data",
}
"""Pictures that a take may hold, by their file's name; every take has the first."""
_TAKE = re.compile(r"take (\d{3,})")


def build(material: bpy.types.Material) -> Tree:
    """Lay out a painted material, without any take yet; its group, made anew."""
    outer = compat.use_nodes(material)
    outer.nodes.clear()
    tree = bpy.data.node_groups.new(material.name, "ShaderNodeTree")
    tree.interface.new_socket(SURFACE, in_out="OUTPUT", socket_type="NodeSocketShader")
    tree.interface.new_socket(MIX, in_out="OUTPUT", socket_type="NodeSocketFloat")
    _lay_out(tree)
    group = add_group(outer, tree, (0, 0))
    output = _node(outer, "ShaderNodeOutputMaterial", "Output", (250, 0))
    outer.links.new(group.outputs[SURFACE], output.inputs["Surface"])
    return tree


def add_group(tree: Tree, group: Tree, location: tuple[float, float]) -> bpy.types.Node:
    """A node of a painted group in another tree."""
    node = _node(tree, "ShaderNodeGroup", GROUP, location)
    node.node_tree = group
    node.show_options = False
    return node


def tree_of(material: bpy.types.Material) -> Tree | None:
    """The group of a painted material; None where a person has taken it out."""
    outer = compat.node_tree(material)
    node = outer.nodes.get(GROUP) if outer else None
    return None if node is None else getattr(node, "node_tree", None)


def is_whole(tree: Tree | None) -> bool:
    """Whether the nodes that takes are led to are there; a person may have removed some."""
    return tree is not None and all(name in tree.nodes for name in (LIT, LIGHT, UNLIT, MIX, BUMP))


def takes(tree: Tree | None) -> tuple[int, ...]:
    """Numbers of the takes that are in the material."""
    found = (_TAKE.fullmatch(node.name) for node in tree.nodes) if tree else ()
    return tuple(sorted(int(name[1]) for name in found if name))


def shown_take(tree: Tree | None) -> int | None:
    """The number of the take that leads to the surface."""
    if tree is None or not is_whole(tree):
        return None
    links = tree.nodes[LIGHT].inputs["Color"].links
    name = _TAKE.fullmatch(links[0].from_node.name) if links else None
    return int(name[1]) if name else None


def pictures(tree: Tree, number: int | None = None) -> tuple[bpy.types.Image, ...]:
    """The images of one take, or of all."""
    nodes = [node for node in tree.nodes if node.bl_idname == "ShaderNodeTexImage" and node.image]
    if number is not None:
        names = {_name(number, what) for what in MAPS}
        return tuple(node.image for node in nodes if node.name in names)
    return tuple(node.image for node in nodes if node.name.startswith("take "))


def add_take(
    tree: Tree, number: int, files: Mapping[str, Path], laid: Laid, name: str = ""
) -> None:
    """Put a take's pictures into a whole group, once; ``files`` by the names of ``MAPS``.

    ``name``: of its images, where they are not this object's alone. Raises InputError where one is
    missing.
    """
    for file in files.values():
        images.require(file)
    row = -700 * len(takes(tree))
    source = coordinates(tree, laid, _name(number), row)
    if laid.tile_metres is not None:  # it lies by no UV map: its height bends the light instead
        files = {what: file for what, file in files.items() if what != "normal"}
    for column, (what, file) in enumerate(files.items()):
        node = _picture_node(tree, number, what, (-700, row - 170 * column))
        node.image = images.packed_copy(file, MAPS[what]) or images.load(file, MAPS[what])
        node.image.name = f"{name or tree.name} {_name(number, what)}"
        node.projection = "FLAT" if laid.tile_metres is None else "BOX"
        node.extension = "REPEAT" if laid.goes_on else "EXTEND"
        node.projection_blend = 0.0 if laid.tile_metres is None else laid.blend
        tree.links.new(source, node.inputs[0])
    if "height" in files:
        height = tree.nodes[_name(number, "height")]
        height[_DEPTH] = _depth_of(laid, height.image)
        if laid.tile_metres is not None:
            _add_bump(tree, number, row)
    if "normal" in files:
        picture = tree.nodes[_name(number, "normal")].outputs["Color"]
        bend(tree, picture, laid.uv_map, _name(number, "tangents"), (-400, row - 510))


def remove_take(tree: Tree, number: int) -> None:
    """Take a take's nodes out of the group; the surface keeps what is led to it."""
    name = _name(number)
    for node in [n for n in tree.nodes if n.name == name or n.name.startswith(f"{name} ")]:
        tree.nodes.remove(node)


def show_take(tree: Tree, number: int) -> None:
    """Lead a take's pictures to the surface; the active node is what the solid view shows.

    Raises InputError where its picture is gone from the disk.
    """
    picture = tree.nodes[_name(number)]
    images.require_image(picture.image)
    lit = tree.nodes[LIT]
    tree.links.new(picture.outputs["Color"], lit.inputs["Base Color"])
    tree.links.new(picture.outputs["Color"], tree.nodes[LIGHT].inputs["Color"])
    rough = tree.nodes.get(_name(number, "roughness"))
    _lead(tree, rough and rough.outputs["Color"], lit.inputs["Roughness"])
    lit.inputs["Specular IOR Level"].default_value = 0.5 if rough else 0.0
    _lead_normal(tree, number)
    tree.nodes.active = picture


def set_unlit(tree: Tree, amount: float) -> None:
    """1: the colours as painted; 0: a surface that the scene lights."""
    if UNLIT in tree.nodes:
        tree.nodes[UNLIT].outputs[0].default_value = amount


def set_mix(tree: Tree, amount: float) -> None:
    """How far the paint covers the artist's own material where the two are mixed."""
    if MIX in tree.nodes:
        tree.nodes[MIX].outputs[0].default_value = amount


def set_relief(tree: Tree, amount: float) -> None:
    """How far the height of the take shown bends the light; at 0 its height does not count."""
    number = shown_take(tree)
    if BUMP in tree.nodes:
        tree.nodes[BUMP].inputs["Strength"].default_value = amount
    if number is not None:
        _lead_normal(tree, number)


def _lay_out(tree: Tree) -> None:
    """The painting holds its light already; that light must not light the neighbours once more, so
    diffuse rays see the matt surface only."""
    surface = _node(tree, "ShaderNodeBsdfPrincipled", LIT, (-200, 0))
    surface.inputs["Roughness"].default_value = 1.0
    surface.inputs["Specular IOR Level"].default_value = 0.0
    light = _node(tree, "ShaderNodeEmission", LIGHT, (-200, 150))
    bump = _node(tree, "ShaderNodeBump", BUMP, (-400, -200))
    bump.inputs["Strength"].default_value = 0.0
    bump.inputs["Distance"].default_value = RELIEF_METRES
    unlit = _value(tree, UNLIT, "Unlit: 1 as painted, 0 lit by the scene", UNLIT_DEFAULT, 450)
    mixed = _value(tree, MIX, "Mix: 1 painted, 0 the artist's own", MIX_DEFAULT, 550)
    path = _node(tree, "ShaderNodeLightPath", "Light path", (-600, 350))
    seen = _node(tree, "ShaderNodeMath", "Not by diffuse rays", (-400, 350))
    seen.operation, seen.inputs[0].default_value = "SUBTRACT", 1.0
    share = _node(tree, "ShaderNodeMath", "Share", (-200, 400))
    share.operation = "MULTIPLY"
    blend = _node(tree, "ShaderNodeMixShader", "Blend", (100, 200))
    output = _node(tree, "NodeGroupOutput", "Output", (300, 200))
    for source, target in (
        (path.outputs["Is Diffuse Ray"], seen.inputs[1]),
        (unlit, share.inputs[0]),
        (seen.outputs[0], share.inputs[1]),
        (share.outputs[0], blend.inputs[0]),
        (surface.outputs[0], blend.inputs[1]),
        (light.outputs[0], blend.inputs[2]),
        (blend.outputs[0], output.inputs[SURFACE]),
        (mixed, output.inputs[MIX]),
    ):
        tree.links.new(source, target)


def _value(tree: Tree, name: str, label: str, amount: float, height: float) -> bpy.types.NodeSocket:
    node = _node(tree, "ShaderNodeValue", name, (-600, height))
    node.label = label
    node.outputs[0].default_value = amount
    return node.outputs[0]


def _picture_node(
    tree: Tree, number: int, what: str, location: tuple[float, float]
) -> bpy.types.Node:
    name = _name(number, what)
    node = tree.nodes.get(name)
    if node is None:
        node = _node(tree, "ShaderNodeTexImage", name, location)
        node.label = name
    return node


def _depth_of(laid: Laid, picture: bpy.types.Image) -> float:
    """Metres between black and white of a height map."""
    if laid.depth is not None:
        return laid.depth
    if laid.tile_metres is not None:
        return HEIGHT_TEXELS * laid.tile_metres / max(picture.size[0], 1)
    return RELIEF_METRES


def _add_bump(tree: Tree, number: int, row: float) -> None:
    """The node that bends the light by a tile's height as its normal map would, were it laid by a
    UV map."""
    name, picture = _name(number, "tangents"), tree.nodes[_name(number, "height")]
    node = tree.nodes.get(name) or _node(tree, "ShaderNodeBump", name, (-400, row - 510))
    node.inputs["Distance"].default_value = picture[_DEPTH]
    tree.links.new(picture.outputs["Color"], node.inputs["Height"])


def _lead_normal(tree: Tree, number: int) -> None:
    """Bump over normal map over the surface's own normal, as far as the take has them."""
    bump, lit = tree.nodes[BUMP], tree.nodes[LIT]
    height = tree.nodes.get(_name(number, "height"))
    bent = tree.nodes.get(_name(number, "tangents"))
    bumpy = height is not None and bump.inputs["Strength"].default_value > 0.0
    if height is not None:
        bump.inputs["Distance"].default_value = height.get(_DEPTH, RELIEF_METRES)
    _lead(tree, height.outputs["Color"] if height and bumpy else None, bump.inputs["Height"])
    _lead(tree, bent.outputs[0] if bent and bumpy else None, bump.inputs["Normal"])
    last = bump if bumpy else bent
    _lead(tree, last.outputs[0] if last else None, lit.inputs["Normal"])


def _lead(tree: Tree, source: bpy.types.NodeSocket | None, target: bpy.types.NodeSocket) -> None:
    """Link the two, or unlink the target."""
    if source is not None:
        tree.links.new(source, target)
        return
    for link in tuple(target.links):
        tree.links.remove(link)


def _name(number: int, what: str = "basecolor") -> str:
    """``take 001``, ``take 001 roughness``."""
    return f"take {number:03d}" + ("" if what == "basecolor" else f" {what}")


def _node(tree: Tree, kind: str, name: str, location: tuple[float, float]) -> bpy.types.Node:
    node = tree.nodes.new(kind)
    node.name = name
    node.location = location
    return node
