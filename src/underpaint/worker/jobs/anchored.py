"""What a frame shows of painted textures: where an anchored shot starts from.

Textures stick to their objects, so all shots of a set start from the same paint. Each object is
placed as the frame's poses have it; one that deforms has no texture here, and is painted as in a
steady shot.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from functools import cached_property

import numpy as np

from ...library import atomic
from ...library.project import Project
from ...library.takes import Takes
from ...model.request import StandingRef
from ...model.shot import FramePasses
from ...model.surface import SurfaceSet
from ...surface.footprints import Pose
from ...surface.shown import Shown
from ...surface.view import View
from ...wire.messages import StandingTexture
from ..engine import Held
from ..job import Job
from .mesh import Mesh, load_mesh
from .sources import Source
from .standing import Texture, read_texture


class Anchors:
    """The textures that a shot starts from, and what its frames show of them.

    Raises InputError for a texture that is not there. What lies by another UV map now, or deforms,
    is left out, and a note says so.
    """

    def __init__(
        self, project: Project, source: Source, asked: Sequence[StandingTexture], job: Job
    ) -> None:
        self._source = source
        self._folder = project.surface_set.parent
        surface = atomic.read_document(SurfaceSet, project.surface_set)
        self._indices = [view.index for view in surface.views]
        items = {item.name: item for item in surface.objects}
        takes = Takes(project, "textures")
        found = [read_texture(one, takes, items) for one in asked if one.object in items]
        ids = {thing.name: thing.id for thing in source.passes.objects}
        shown = [one for one in found if ids.get(one.item.name) in self._shapes]
        self._meshes: dict[int, Mesh] = {}
        self._textures: dict[int, Texture] = {}
        bent, unfitting = [], []
        for one in shown:
            number, mesh = ids[one.item.name], self._mesh(one)
            if mesh is None or len(self._shapes[number]) > 1:
                bent.append(one.item.name)
            elif not one.fits:
                unfitting.append(one.item.name)
            else:
                self._meshes[number], self._textures[number] = mesh, one
        self._tell_left_out(job, bent, unfitting)

    @property
    def refs(self) -> tuple[StandingRef, ...]:
        """As a request names them."""
        refs = (one.ref for one in self._textures.values())
        return tuple(sorted(refs, key=lambda ref: ref.object))

    def start(self, frame: FramePasses) -> Held:
        """What the frame shows of the textures, and where."""
        passes = self._source.read(frame, ["depth", "object_id"])
        poses = self._source.poses(frame)
        view = View(
            picture=np.zeros((*passes.depth.shape, 3), np.uint8),
            depth=passes.depth,
            object_id=passes.object_id,
            camera_to_world=frame.camera_to_world,
            projection=frame.projection,
        )
        shown = Shown.nothing(view)
        there = set(np.unique(passes.object_id).tolist())
        for number, texture in self._textures.items():
            if number not in there:
                continue
            mesh = self._meshes[number]
            placed = mesh.each(self._indices[0], poses.matrices[poses.ids == number])
            stands = (Pose(view, at.positions, at.normals) for at in placed)
            known = np.ones(texture.colours.shape[:2], bool)
            shown.add(number, mesh.uv, stands, texture.colours, known)
        return Held(*shown.picture(view))

    def _mesh(self, texture: Texture) -> Mesh | None:
        """None for one that deforms: its mesh was written once, for the shots' first frames."""
        mesh = load_mesh(self._folder, texture.item, self._indices)
        first = mesh.positions[self._indices[0]]
        still = all(positions is first for positions in mesh.positions.values())
        return mesh if still else None

    @cached_property
    def _shapes(self) -> Mapping[int, set[int]]:
        """Object id → its shapes, in all frames of the shot."""
        shapes: defaultdict[int, set[int]] = defaultdict(set)
        for frame in self._source.passes.frames:
            poses = self._source.poses(frame)
            for number, shape in zip(poses.ids.tolist(), poses.shapes.tolist(), strict=True):
                shapes[number].add(shape)
        return shapes

    def _tell_left_out(self, job: Job, bent: Sequence[str], unfitting: Sequence[str]) -> None:
        if bent:
            job.note(
                f"{self._source.name}: textures do not follow what changes its shape: painted "
                f"without them, as in a steady shot: {', '.join(bent)}."
            )
        if unfitting:
            job.note(
                f"{self._source.name}: painted without their textures, which are for another UV "
                f"map than now: {', '.join(unfitting)}. Paint their textures again, or go on in "
                "the .blend that was saved with them (--save)."
            )
