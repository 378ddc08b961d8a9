"""Blender's own way to project views onto a texture: the object's shader, baked by Cycles."""

from __future__ import annotations

import time
from collections.abc import Sequence

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Matrix

from underpaint.worker.jobs.views import Seen

_SHARPNESS = 5.0
_SLACK = 0.01
"""Of the depth: what lies farther behind what the camera saw is hidden."""


def seconds(
    thing: bpy.types.Object,
    uv_map: str,
    seen: Sequence[Seen],
    pictures: Sequence[npt.NDArray[np.float32]],
    size: int,
) -> float:
    """How long Cycles takes to bake the views onto the object, one sample a texel."""
    material = bpy.data.materials.new("projection")
    material.use_nodes = True
    tree = material.node_tree
    tree.nodes.clear()
    _project(tree, seen, pictures)
    target = tree.nodes.new("ShaderNodeTexImage")
    target.image = bpy.data.images.new("target", size, size)
    tree.nodes.active = target
    thing.data.materials.clear()
    thing.data.materials.append(material)
    thing.data.uv_layers.active = thing.data.uv_layers[uv_map]
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    scene.cycles.use_denoising = False
    for other in bpy.context.view_layer.objects:
        other.select_set(other is thing)
    bpy.context.view_layer.objects.active = thing
    start = time.perf_counter()
    bpy.ops.object.bake(type="EMIT", margin=16, use_clear=True)
    return time.perf_counter() - start


def _project(tree: bpy.types.NodeTree, seen: Sequence[Seen], pictures: Sequence) -> None:
    """Emission of the views' colours, mixed by how straight they see each point."""
    nodes = _Nodes(tree)
    colour, total = None, None
    for view, picture in zip(seen, pictures, strict=True):
        share, shown = nodes.view(view, picture)
        weighted = nodes.vector("SCALE", shown, scale=share)
        colour = weighted if colour is None else nodes.vector("ADD", colour, weighted)
        total = share if total is None else nodes.math("ADD", total, share)
    inverse = nodes.math("DIVIDE", 1.0, nodes.math("MAXIMUM", total, 1e-9))
    emission, output = nodes.new("ShaderNodeEmission"), nodes.new("ShaderNodeOutputMaterial")
    tree.links.new(nodes.vector("SCALE", colour, scale=inverse), emission.inputs["Color"])
    tree.links.new(emission.outputs[0], output.inputs["Surface"])


class _Nodes:
    """Makes shader nodes; values are sockets or numbers."""

    def __init__(self, tree: bpy.types.NodeTree) -> None:
        self._tree = tree

    def new(self, kind: str) -> bpy.types.Node:
        return self._tree.nodes.new(kind)

    def math(self, operation: str, *values: object) -> bpy.types.NodeSocket:
        node = self.new("ShaderNodeMath")
        node.operation = operation
        for socket, value in zip(node.inputs, values, strict=False):
            self._set(socket, value)
        return node.outputs[0]

    def vector(self, operation: str, *values: object, scale: object = None) -> bpy.types.NodeSocket:
        node = self.new("ShaderNodeVectorMath")
        node.operation = operation
        for socket, value in zip(node.inputs, values, strict=False):
            self._set(socket, value)
        if scale is not None:
            self._set(node.inputs["Scale"], scale)
        return node.outputs["Value" if operation == "DOT_PRODUCT" else "Vector"]

    def view(
        self, view: Seen, picture: npt.NDArray[np.float32]
    ) -> tuple[bpy.types.NodeSocket, bpy.types.NodeSocket]:
        """(weight, colour) of a view: none beside its picture, and behind what it saw."""
        matrix = Matrix(np.array(view.plan.frame.camera_to_world).reshape(4, 4).tolist())
        lens = np.array(view.plan.frame.projection).reshape(4, 4)
        eye = bpy.data.objects.new("eye", None)
        eye.matrix_world = matrix
        bpy.context.scene.collection.objects.link(eye)
        place, facts = self.new("ShaderNodeTexCoord"), self.new("ShaderNodeNewGeometry")
        place.object = eye
        local = self.new("ShaderNodeSeparateXYZ")
        self._tree.links.new(place.outputs["Object"], local.inputs[0])
        depth = self.math("MULTIPLY", local.outputs["Z"], -1.0)
        across, down = (
            self.math(
                "MULTIPLY_ADD",
                self.math("DIVIDE", local.outputs[axis], depth),
                float(lens[row, row]) / 2,
                0.5 - float(lens[row, 2]) / 2,
            )
            for row, axis in enumerate("XY")
        )
        at = self.new("ShaderNodeCombineXYZ")
        self._tree.links.new(across, at.inputs[0])
        self._tree.links.new(down, at.inputs[1])
        shown = self._image(picture, at, "sRGB")
        nearest = self._image(view.passes.depth[..., None].repeat(3, -1), at, "Non-Color")
        limit = self.math("MULTIPLY", nearest.outputs["Color"], 1 + _SLACK)
        lit = self.math("MULTIPLY", self.math("LESS_THAN", depth, limit), shown.outputs["Alpha"])
        toward = self.vector("SUBTRACT", matrix.translation, facts.outputs["Position"])
        way = self.vector("NORMALIZE", toward)
        facing = self.math("MAXIMUM", self.vector("DOT_PRODUCT", way, facts.outputs["Normal"]), 0.0)
        weight = self.math("MULTIPLY", self.math("POWER", facing, _SHARPNESS), lit)
        return weight, shown.outputs["Color"]

    def _image(
        self, picture: npt.NDArray[np.float32], at: bpy.types.Node, space: str
    ) -> bpy.types.Node:
        height, width = picture.shape[:2]
        image = bpy.data.images.new("view", width, height, float_buffer=space != "sRGB")
        image.colorspace_settings.name = space
        pixels = np.ones((height, width, 4), np.float32)
        pixels[..., :3] = np.where(np.isfinite(picture), picture, 1e6)[::-1]
        image.pixels.foreach_set(pixels.ravel())
        node = self.new("ShaderNodeTexImage")
        node.image, node.extension = image, "CLIP"
        self._tree.links.new(at.outputs[0], node.inputs["Vector"])
        return node

    def _set(self, socket: bpy.types.NodeSocket, value: object) -> None:
        if isinstance(value, bpy.types.NodeSocket):
            self._tree.links.new(value, socket)
        else:
            socket.default_value = value
