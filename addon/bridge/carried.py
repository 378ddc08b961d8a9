"""UVs for a mesh as it is rendered: a modifier of ours lays them on what the others made.

Modifiers copy UVs (mirror, array) or drop them (remesh, geometry nodes), so a map on the mesh below
them cannot give every rendered face texels of its own. The map of the evaluated mesh is kept in
a *holder*, an object that no scene shows, whose points are the UVs of the corners (z is 0). One
node group, shared by all objects, stores them by index. A holder is made for one topology: where
the mesh that arrives has another number of corners, as in a viewport with fewer subdivisions, it
passes through as it is. Instances and all that is no mesh pass through as well.
"""

from __future__ import annotations

import bpy
import numpy as np

from . import compat
from .polygons import Array, read

NAME = "Underpaint UV"
UV_MAP = "Underpaint"
_GROUP = "underpaint_uv_group"  # custom property of our node group: its version
_VERSION = 1
_RENDERED = "underpaint_corners"  # of a holder: the topology of the rendered mesh
_MODELLED = "underpaint_mesh"  # of a holder: the topology of the mesh below the modifiers


def lay(obj: bpy.types.Object, holder: bpy.types.Object) -> None:
    """Bring the holder's UVs to the object, in place of what was brought before."""
    active = obj.modifiers.active
    active_name = active.name if active else ""
    take_off(obj)
    modifier = obj.modifiers.new(NAME, "NODES")
    modifier.node_group = _group()
    compat.set_node_input(modifier, _socket(modifier.node_group), holder)
    modifier.show_in_editmode = False
    modifier.show_expanded = False
    obj.modifiers.active = obj.modifiers.get(active_name, modifier)


def take_off(obj: bpy.types.Object) -> None:
    """Remove our modifier, where the object has one, and the holder that then nobody needs."""
    for modifier in [m for m in obj.modifiers if is_ours(m) and not m.is_override_data]:
        holder = _holder(modifier)
        group = modifier.node_group
        compat.set_node_input(modifier, _socket(group), None)  # 5.2 would count on
        obj.modifiers.remove(modifier)
        if group.is_editable and not group.users:
            bpy.data.node_groups.remove(group)
        if holder is not None and not holder.users and holder.is_editable:
            _remove(holder)


def new_holder(name: str, uv: Array, rendered: str, modelled: str) -> bpy.types.Object:
    """A holder of UVs (L, 2) for the topology ``rendered`` that was made of ``modelled``."""
    mesh = bpy.data.meshes.new(f"{NAME} {name}")
    mesh.vertices.add(len(uv))
    points = np.zeros((len(uv), 3), np.float32)
    points[:, :2] = uv
    mesh.vertices.foreach_set("co", points.ravel())
    holder = bpy.data.objects.new(mesh.name, mesh)
    holder[_RENDERED], holder[_MODELLED] = rendered, modelled
    return holder


def is_holder(obj: bpy.types.Object) -> bool:
    """Whether the object is one of ours, which nothing renders."""
    return _RENDERED in obj


def holder_of(obj: bpy.types.Object) -> bpy.types.Object | None:
    """Where the UVs of the object's last modifier of ours come from, if there is one."""
    ours = [modifier for modifier in obj.modifiers if is_ours(modifier) and modifier.show_render]
    return _holder(ours[-1]) if ours else None


def uv_of(holder: bpy.types.Object) -> Array:
    """(L, 2): the UVs that it holds."""
    return np.ascontiguousarray(read(holder.data.vertices, "co", np.float32, 3)[:, :2])


def rendered(holder: bpy.types.Object | None) -> str:
    """The rendered topology that the holder was made for."""
    return "" if holder is None else str(holder.get(_RENDERED, ""))


def modelled(holder: bpy.types.Object) -> str:
    """The topology below the modifiers that the holder was made for."""
    return str(holder.get(_MODELLED, ""))


def is_ours(modifier: bpy.types.Modifier) -> bool:
    return (
        isinstance(modifier, bpy.types.NodesModifier)
        and modifier.node_group is not None
        and _GROUP in modifier.node_group
    )


def _holder(modifier: bpy.types.NodesModifier) -> bpy.types.Object | None:
    held = compat.node_input(modifier, _socket(modifier.node_group))
    return held if isinstance(held, bpy.types.Object) else None


def _remove(holder: bpy.types.Object) -> None:
    mesh = holder.data
    bpy.data.objects.remove(holder)
    if not mesh.users:
        bpy.data.meshes.remove(mesh)


# --- the node group ----------------------------------------------------------------------------


def _group() -> bpy.types.NodeTree:
    """The one group of this file, made when it is first needed."""
    for group in bpy.data.node_groups:
        if group.library is None and group.get(_GROUP) == _VERSION:
            return group
    group = bpy.data.node_groups.new(NAME, "GeometryNodeTree")
    group[_GROUP] = _VERSION
    group.is_modifier = True
    _build(group)
    return group


def _socket(group: bpy.types.NodeTree) -> str:
    """Identifier of the input that takes the holder."""
    sockets = (s for s in group.interface.items_tree if s.item_type == "SOCKET")
    return next(s.identifier for s in sockets if s.socket_type == "NodeSocketObject")


def _build(group: bpy.types.NodeTree) -> None:
    """As many corners as the holder has points: store its points' places as our UV map."""
    group.interface.new_socket("Geometry", in_out="INPUT", socket_type="NodeSocketGeometry")
    group.interface.new_socket("UVs", in_out="INPUT", socket_type="NodeSocketObject")
    group.interface.new_socket("Geometry", in_out="OUTPUT", socket_type="NodeSocketGeometry")
    node = group.nodes.new
    given, made = node("NodeGroupInput"), node("NodeGroupOutput")
    info, parts = node("GeometryNodeObjectInfo"), node("GeometryNodeSeparateComponents")
    corners, points = (node("GeometryNodeAttributeDomainSize") for _ in range(2))
    equal, switch = node("FunctionNodeCompare"), node("GeometryNodeSwitch")
    place, number = node("GeometryNodeInputPosition"), node("GeometryNodeInputIndex")
    sample, store = node("GeometryNodeSampleIndex"), node("GeometryNodeStoreNamedAttribute")
    joined = node("GeometryNodeJoinGeometry")
    equal.data_type, equal.operation = "INT", "EQUAL"
    switch.input_type = "GEOMETRY"
    sample.data_type, sample.domain = "FLOAT_VECTOR", "POINT"
    store.data_type, store.domain = "FLOAT2", "CORNER"
    _input(store, "Name").default_value = UV_MAP
    for source, target in (
        (given.outputs[0], corners.inputs[0]),
        (given.outputs[1], info.inputs[0]),
        (info.outputs["Geometry"], points.inputs[0]),
        (corners.outputs["Face Corner Count"], _input(equal, "A")),
        (points.outputs["Point Count"], _input(equal, "B")),
        (equal.outputs[0], switch.inputs["Switch"]),
        (given.outputs[0], switch.inputs["False"]),
        (given.outputs[0], parts.inputs[0]),
        (info.outputs["Geometry"], _input(sample, "Geometry")),
        (place.outputs[0], _input(sample, "Value")),
        (number.outputs[0], _input(sample, "Index")),
        (parts.outputs["Mesh"], _input(store, "Geometry")),
        (next(s for s in sample.outputs if s.enabled), _input(store, "Value")),
        *((part, joined.inputs[0]) for part in parts.outputs if part.name != "Mesh"),
        (store.outputs[0], joined.inputs[0]),
        (joined.outputs[0], switch.inputs["True"]),
        (switch.outputs[0], made.inputs[0]),
    ):
        group.links.new(source, target)


def _input(node: bpy.types.Node, name: str) -> bpy.types.NodeSocket:
    """The socket of that name which the node's settings left in use."""
    return next(s for s in node.inputs if s.name == name and s.enabled)
