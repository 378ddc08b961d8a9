"""How much of what can be looked at is painted.

Reachable is a place that some camera of the planner's sees well enough, by Blender's own rays: all
around the set and within it, its halves and theirs, down to eighths (``addon/bridge/cover.py``), of
which none stands in matter. They are others than the planner's: both look straight at points that
were drawn by lot. A place counts as painted where the baked texture's own mask says so, after all
that outlines and flat sight take away, and counts by its area. Beside it stands its share by
texels, of which a jar close by has as many as a house, and by what the planning itself goes by,
where objects count by the root of their area, and less the farther away they are from the film's
cameras.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from underpaint_addon.bridge import around, cover
from underpaint_addon.bridge.sightlines import Sightlines

from underpaint.surface.texels import rasterise
from underpaint.worker.jobs.mesh import Mesh

from .painted_sets import TEXTURE, PaintedSet, Texture

_SEEN = 255
_GRID = 96
_POINTS, _LEAST_POINTS = 4000, 16

Floats = npt.NDArray[np.float32]


class Covered(NamedTuple):
    """The share of what is reachable that the masks call seen, counted in three ways."""

    by_area: float
    by_texels: float
    by_objects: float


def covered(set_: PaintedSet, textures: list[Texture]) -> Covered:
    """How much of a set is painted."""
    masks = {item.id: mask for item, _image, mask in textures}
    places = {
        item.id: _Places(set_.meshes[item.id], len(masks.get(item.id, _GRID * [0])))
        for item in set_.objects
    }
    total = sum(place.area**0.5 for place in places.values())
    samples, seen, areas, texels = [], [], [], []
    rng = np.random.default_rng(1)
    for number, place in places.items():
        count = max(_LEAST_POINTS, round(_POINTS * place.area**0.5 / total))
        some, index = place.samples(count, rng)
        samples.append(some)
        areas.append(np.full(count, place.area / count))
        mask = masks.get(number)
        texels.append(np.full(count, 0 if mask is None else (mask > 0).sum() / count))
        seen.append(np.zeros(count, bool) if mask is None else mask.reshape(-1)[index] == _SEEN)
    reached, weight = _reached(
        set_, cover.Samples(*map(np.concatenate, zip(*samples, strict=True)))
    )
    painted = reached & np.concatenate(seen)
    counts = (np.concatenate(areas), np.concatenate(texels), weight)
    return Covered(
        *(float(each[painted].sum() / max(each[reached].sum(), 1e-9)) for each in counts)
    )


class _Places:
    """An object's texels as places in the first view."""

    def __init__(self, mesh: Mesh, size: int) -> None:
        self._texels = rasterise(mesh.uv, size)
        corners = mesh.placed(0)[0].positions
        cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        sizes = np.linalg.norm(cross, axis=1)
        self.area = float(sizes.sum() / 2)
        self._corners, self._normals = corners, cross / np.maximum(sizes[:, None], 1e-12)
        self._out = np.sign((self._normals * mesh.placed(0)[0].normals.sum(1)).sum(1))[:, None]

    def samples(
        self, count: int, rng: np.random.Generator
    ) -> tuple[list[Floats], npt.NDArray[np.int64]]:
        """What ``cover.Samples`` holds of some of them, and which they are in the texture."""
        which = rng.choice(len(self._texels.index), count)
        points = self._texels.at(self._corners)[which]
        triangle = self._texels.triangle[which]
        weight = np.full(count, self.area**0.5 / count)
        texel = np.full(count, (self.area / (0.6 * TEXTURE**2)) ** 0.5)
        normals = (self._normals * self._out)[triangle]
        samples = [a.astype(np.float32) for a in (points, normals, weight, texel)]
        return samples, self._texels.index[which]


def _reached(set_: PaintedSet, samples: cover.Samples) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which samples any camera sees well enough, and what each counts."""
    height, width = set_.views[0].passes.depth.shape
    film = [_camera(view.plan.frame) for view in set_.views if view.plan.say == 1]
    triangles = [
        placed.positions for item in set_.objects for placed in set_.meshes[item.id].placed(0)
    ]
    space = Sightlines(triangles)
    samples = around.as_filmed(samples, film, width)
    places = cover.candidates(samples, space)
    reached = np.zeros(len(samples.weight), bool)
    for camera in (*film, *(eye.camera(width / height) for eye in places)):
        which = cover.may_see(camera, samples, width) & ~reached
        reached |= space.reached(camera, samples, which)
    return reached, samples.weight


def _camera(frame: object) -> cover.Camera:
    matrices = (frame.camera_to_world, frame.projection)  # type: ignore[attr-defined]
    return cover.Camera(*(np.array(matrix).reshape(4, 4) for matrix in matrices))
