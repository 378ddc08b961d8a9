"""Datablocks as nested lists: equal for equal contents, in every process and every session.

Pointers, session ids and what only an editor shows stay out. Other datablocks are named, except
node trees, which are described, and images, whose file's size and time stand for their pixels.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import bpy

from . import compat

_ID_ONLY = frozenset(bpy.types.ID.bl_rna.properties.keys()) | {"animation_data"}
_NODE_ONLY = frozenset(bpy.types.Node.bl_rna.properties.keys())


def describe(struct: bpy.types.bpy_struct, left_out: frozenset[str] = frozenset()) -> list[Any]:
    """Every property of a struct by name, those of its inner structs included."""
    return _described(struct, left_out, set())


def _described(struct: bpy.types.bpy_struct, left_out: frozenset[str], seen: set[int]) -> list[Any]:
    if struct.as_pointer() in seen:
        return []
    seen.add(struct.as_pointer())
    if isinstance(struct, bpy.types.NodeTree):
        return _tree(struct, seen)
    skipped = left_out | (_ID_ONLY if isinstance(struct, bpy.types.ID) else {"rna_type"})
    names = sorted(set(struct.bl_rna.properties.keys()) - skipped - compat.DEPRECATED)
    return [struct.bl_rna.identifier, *([name, _value(struct, name, seen)] for name in names)]


def _value(struct: bpy.types.bpy_struct, name: str, seen: set[int]) -> Any:
    value = getattr(struct, name, None)
    kind = struct.bl_rna.properties[name].type
    if kind == "POINTER":
        return _pointed(value, seen)
    if kind == "COLLECTION":
        return [_pointed(item, seen) for item in value]
    return sorted(value) if isinstance(value, set) else _nested(value)


def _nested(value: Any) -> Any:
    if isinstance(value, str) or not hasattr(value, "__len__"):
        return value
    return [_nested(item) for item in value]


def _pointed(value: bpy.types.bpy_struct | None, seen: set[int]) -> Any:
    if value is None:
        return None
    if isinstance(value, bpy.types.Image):
        return _image(value)
    if isinstance(value, bpy.types.ID) and not isinstance(value, bpy.types.NodeTree):
        return [value.bl_rna.identifier, value.name_full]
    return _described(value, frozenset(), seen)


def _tree(tree: bpy.types.NodeTree, seen: set[int]) -> list[Any]:
    links = [
        (
            link.from_node.name,
            link.from_socket.identifier,
            link.to_node.name,
            link.to_socket.identifier,
            link.is_muted,
        )
        for link in tree.links
    ]
    nodes = sorted(tree.nodes, key=lambda node: node.name)
    return [[_node(node, seen) for node in nodes], sorted(links)]


def _node(node: bpy.types.Node, seen: set[int]) -> list[Any]:
    own = sorted(set(node.bl_rna.properties.keys()) - _NODE_ONLY)
    return [
        [node.name, node.bl_idname, node.mute],
        *([name, _value(node, name, seen)] for name in own),
        *(_nested(getattr(socket, "default_value", None)) for socket in node.inputs),
        *(_nested(getattr(socket, "default_value", None)) for socket in node.outputs),
    ]


def _image(image: bpy.types.Image) -> list[Any]:
    described = [image.name_full, image.source, image.filepath, tuple(image.size), image.alpha_mode]
    if image.packed_file is not None:
        return [*described, image.packed_file.size]
    file = Path(bpy.path.abspath(image.filepath, library=image.library))
    if not image.filepath or not file.is_file():
        return described
    status = file.stat()
    return [*described, status.st_size, status.st_mtime_ns]
