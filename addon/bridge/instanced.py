"""The objects that a scene shows: its own, and those that it only instances.

What a collection instance, a particle system or geometry nodes instance need not be in the scene,
nor in any view layer of it; a texture reaches the instances through the original.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import bpy

from . import compat

_Source = bpy.types.Object | bpy.types.Collection


def shown_objects(scene: bpy.types.Scene) -> dict[str, bpy.types.Object]:
    """By name, the objects that the scene's render layers hold and, behind them, those that they
    instance, as far as neither is switched off for renders.

    Of two objects of one name (one of them linked) the scene's own counts.
    """
    layers = [set(layer.objects) for layer in scene.view_layers if layer.use]
    standing = [obj for obj in scene.objects if any(obj in layer for layer in layers)]
    found = {obj.name: obj for obj in standing if not obj.hide_render}
    waiting = list(found.values())
    while waiting:
        for obj in _instanced_by(waiting.pop()):
            if obj.name not in found and not obj.hide_render:
                found[obj.name] = obj
                waiting.append(obj)
    return found


def all_objects(scene: bpy.types.Scene) -> dict[str, bpy.types.Object]:
    """By name, all of the scene's own objects, hidden ones too, and what it instances."""
    return {**shown_objects(scene), **dict(scene.objects.items())}


def find_object(scene: bpy.types.Scene, name: str) -> bpy.types.Object | None:
    """The scene's object of that name, or one that it instances."""
    own: bpy.types.Object | None = scene.objects.get(name)
    return own if own is not None else shown_objects(scene).get(name)


def _instanced_by(obj: bpy.types.Object) -> Iterator[bpy.types.Object]:
    """The objects that an object instances, but for what is in their turn theirs."""
    for source in _sources(obj):
        if isinstance(source, bpy.types.Collection):
            yield from (o for o in source.all_objects if not o.hide_render)
        elif source is not None:
            yield source


def _sources(obj: bpy.types.Object) -> Iterator[_Source | None]:
    if obj.instance_type == "COLLECTION":
        yield obj.instance_collection
    for system in obj.particle_systems:
        yield system.settings.instance_object
        yield system.settings.instance_collection
    for modifier in obj.modifiers:
        if isinstance(modifier, bpy.types.NodesModifier) and modifier.node_group is not None:
            yield from _handed(modifier)
            yield from _named_in(modifier.node_group, set())


def _handed(modifier: bpy.types.NodesModifier) -> Iterator[_Source]:
    """Objects and collections among a modifier's inputs."""
    for socket in modifier.node_group.interface.items_tree:
        if socket.item_type == "SOCKET" and socket.in_out == "INPUT":
            yield from _only_sources([compat.node_input(modifier, socket.identifier)])


def _named_in(group: bpy.types.NodeTree, visited: set[bpy.types.NodeTree]) -> Iterator[_Source]:
    """Objects and collections that nodes of a group, and of those within it, name themselves."""
    if group in visited:
        return
    visited.add(group)
    for node in group.nodes:
        if isinstance(node, bpy.types.GeometryNodeGroup) and node.node_tree is not None:
            yield from _named_in(node.node_tree, visited)
        yield from _only_sources(getattr(s, "default_value", None) for s in node.inputs)


def _only_sources(values: Iterable[object]) -> Iterator[_Source]:
    for value in values:
        if isinstance(value, (bpy.types.Object, bpy.types.Collection)):
            yield value
