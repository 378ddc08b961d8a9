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
        shown = [one for one in found if one.item.name in ids]
        self._textures = {ids[one.item.name]: one for one in shown if one.fits}
        self._meshes = {n: self._mesh(n, one) for n, one in self._textures.items()}
        self._tell(job, [one.item.name for one in shown if not one.fits])

    @property
    def refs(self) -> tuple[StandingRef, ...]:
        """As a request names them."""
        usable = [one for number, one in self._textures.items() if self._meshes[number]]
        return tuple(sorted((one.ref for one in usable), key=lambda ref: ref.object))

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
            mesh = self._meshes[number]
            if mesh is None or number not in there:
                continue
            placed = mesh.each(self._indices[0], poses.matrices[poses.ids == number])
            stands = (Pose(view, at.positions, at.normals) for at in placed)
            known = np.ones(texture.colours.shape[:2], bool)
            shown.add(number, mesh.uv, stands, texture.colours, known)
        return Held(*shown.picture(view))

    def _mesh(self, number: int, texture: Texture) -> Mesh | None:
        """None for one that deforms: its mesh was written once, for the shots' first frames."""
        mesh = load_mesh(self._folder, texture.item, self._indices)
        first = mesh.positions[self._indices[0]]
        still = all(positions is first for positions in mesh.positions.values())
        return mesh if still and len(self._shapes[number]) == 1 else None

    @cached_property
    def _shapes(self) -> Mapping[int, set[int]]:
        """Object id → its shapes, in all frames of the shot."""
        shapes: defaultdict[int, set[int]] = defaultdict(set)
        for frame in self._source.passes.frames:
            poses = self._source.poses(frame)
            for number, shape in zip(poses.ids.tolist(), poses.shapes.tolist(), strict=True):
                shapes[number].add(shape)
        return shapes

    def _tell(self, job: Job, unfitting: Sequence[str]) -> None:
        if unfitting:
            job.note(
                f"{self._source.name}: {', '.join(unfitting)} has another UV map than its texture "
                "was painted for, and is painted without it: paint its texture again."
            )
