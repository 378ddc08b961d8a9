"""What a frame's passes depend on, as a digest of the scene that Blender evaluated for rendering.

The digest is of what the renderer is given, not of what the artist typed: evaluated meshes, world
matrices, the camera, object ids. Whatever modifier, armature, driver or add-on made a change, it
shows there; what the renderer never sees (the viewport's own settings, a hidden object) does not.
Equal scenes have equal digests in every process.

Reading a mesh of a million triangles takes tens of milliseconds, so what was read is kept until
Blender says that it evaluated the object anew.
"""

from __future__ import annotations

import hashlib
import struct
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

import bpy
from underpaint.errors import InputError
from underpaint.model.shot import Matrix

from .cameras import camera_state, require_sharp
from .describe import describe
from .geometry_digest import geometry_digest
from .object_ids import MOST_IDS
from .plain import is_plain
from .poses import Shape, shape_of

_WITH_SURFACE = frozenset({"MESH", "CURVES", "POINTCLOUD"})
"""Blender hands the surfaces of curves, texts and metaballs to the renderer as meshes."""

_LIGHTING = frozenset({"LIGHT", "LIGHT_PROBE", "VOLUME"})
_BEHIND = frozenset({"background_images", "show_background_images"})
"""Of a camera, what only the viewport shows: our own takes, too, which come and go."""

_Key = tuple[int, ...]


@dataclass(frozen=True)
class SceneState:
    """A scene at one frame: its digest, its camera, the ids of the objects it shows, and for each
    object and instance of it a row for ``poses``, in no order."""

    digest: bytes
    camera_to_world: Matrix
    projection: Matrix
    ids: frozenset[int]
    poses: tuple[bytes, ...]


class StateReader:
    """Reads states off one scene's depsgraphs, and remembers what did not change since.

    ``materials``: materials that change passes count. ``beauty``: all materials count, and so do
    the lights, the world and the camera's own settings.
    """

    def __init__(self, *, materials: bool, beauty: bool = False) -> None:
        self._with_materials = materials or beauty
        self._beauty = beauty
        self._depsgraph = 0
        self._known: dict[_Key, bytes] = {}
        self._surfaces: dict[_Key, tuple[bytes, Shape | None]] = {}
        self._owned: defaultdict[int, set[_Key]] = defaultdict(set)

    def notice(self, depsgraph: bpy.types.Depsgraph) -> None:
        """Forget what was evaluated anew: to be called at each evaluation, before ``read``."""
        if depsgraph.as_pointer() != self._depsgraph:
            self._depsgraph = depsgraph.as_pointer()
            self._known.clear()
            self._surfaces.clear()
            self._owned.clear()
        for update in depsgraph.updates:
            for key in self._owned.pop(update.id.original.as_pointer(), ()):
                self._known.pop(key, None)
                self._surfaces.pop(key, None)

    def read(self, depsgraph: bpy.types.Depsgraph) -> SceneState:
        """The state of what ``depsgraph`` evaluated. Raises InputError in words."""
        digests, ids, poses = self._objects(depsgraph)
        if 0 in ids:
            raise InputError(
                f"The scene renders more than {MOST_IDS} objects, and object ids end there: join "
                "some of them, or hide what no camera sees."
            )
        camera = camera_state(depsgraph.scene.camera, depsgraph)
        content = hashlib.sha256(self._artistry(depsgraph))
        content.update(_floats(*camera))
        for digest in sorted(digests):  # Blender's order is that of its own building
            content.update(digest)
        return SceneState(content.digest(), *camera, frozenset(ids), tuple(poses))

    def _objects(self, depsgraph: bpy.types.Depsgraph) -> tuple[list[bytes], set[int], list[bytes]]:
        """A digest of each object and instance that has a surface, all their ids, and the poses of
        those that the camera may see."""
        digests, ids, poses = [], set(), []
        layer, frame = depsgraph.view_layer_eval, depsgraph.scene.frame_current
        for instance in depsgraph.object_instances:
            obj = instance.object
            if obj.type not in _WITH_SURFACE:
                continue
            ids.add(obj.pass_index)
            surface, shape = self._surface(obj, instance.parent, layer)
            matrix = _floats(*instance.matrix_world)
            digests.append(surface + matrix)
            if shape is not None and instance.show_self:
                poses.append(shape.row(matrix, frame))
        return digests, ids, poses

    def _surface(
        self,
        obj: bpy.types.Object,
        parent: bpy.types.Object | None,
        layer: bpy.types.ViewLayer,
    ) -> tuple[bytes, Shape | None]:
        """The digest of an object but for where it stands; its shape, if the camera sees it."""
        key = (obj.original.as_pointer(), obj.data.as_pointer())
        surface = self._surfaces.get(key)
        if surface is None:
            surface = self._surfaces[key] = self._read_surface(obj, layer)
            self._own(key, obj, parent, *self._materials(obj))
        return surface

    def _read_surface(
        self, obj: bpy.types.Object, layer: bpy.types.ViewLayer
    ) -> tuple[bytes, Shape | None]:
        settings = [
            [obj.pass_index, obj.visible_camera, obj.is_holdout, obj.is_shadow_catcher],
            [obj.holdout_get(view_layer=layer), obj.indirect_only_get(view_layer=layer)],
            [describe(system.settings) for system in obj.particle_systems],
            [self._material(material) for material in self._materials(obj)],
        ]
        geometry = geometry_digest(obj.data, whole=self._with_materials)
        digest = hashlib.sha256(repr(settings).encode() + geometry).digest()
        return digest, shape_of(obj, geometry, self._worn(obj, layer))

    def _materials(self, obj: bpy.types.Object) -> list[bpy.types.Material | None]:
        return [slot.material for slot in obj.material_slots] if self._with_materials else []

    def _worn(
        self, obj: bpy.types.Object, layer: bpy.types.ViewLayer
    ) -> list[tuple[bpy.types.Material, bytes]]:
        """The materials that it is rendered with and that change passes, and their digests."""
        if not self._with_materials:
            return []
        override = layer.material_override
        materials = [override] if override else self._materials(obj)
        worn = ((material, self._material(material)) for material in materials)
        return [(material, digest) for material, digest in worn if material and digest]

    def _material(self, material: bpy.types.Material | None) -> bytes:
        """To passes, all plain materials are alike; of the others everything counts."""
        if material is None or (not self._beauty and is_plain(material)):
            return b""
        key = (material.original.as_pointer(),)
        if key not in self._known:
            content = repr(describe(material)).encode()
            self._known[key] = hashlib.sha256(content).digest()
            self._own(key, material, material.node_tree)
        return self._known[key]

    def _artistry(self, depsgraph: bpy.types.Depsgraph) -> bytes:
        """What only the beauty shows: lights, the world, the camera's settings."""
        camera = depsgraph.scene.camera
        if not self._beauty:
            require_sharp(camera, depsgraph)
            return b""
        seen = [
            [describe(instance.object.data), *map(tuple, instance.matrix_world)]
            for instance in depsgraph.object_instances
            if instance.object.type in _LIGHTING
        ]
        world = depsgraph.scene_eval.world
        settings = [
            describe(world) if world else None,
            describe(camera.evaluated_get(depsgraph).data, _BEHIND),
        ]
        return repr([sorted(map(repr, seen)), settings]).encode()

    def _own(self, key: _Key, *owners: bpy.types.ID | None) -> None:
        """What is known as ``key`` is forgotten when one of these is evaluated anew."""
        for owner in owners:
            if owner is not None:
                self._owned[owner.original.as_pointer()].add(key)


def _floats(*groups: Iterable[float]) -> bytes:
    values = [value for group in groups for value in group]
    return struct.pack(f"<{len(values)}f", *values)
