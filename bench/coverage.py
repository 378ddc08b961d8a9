"""How much of what can be looked at is painted.

Reachable is a place that some camera of the planner's sees well enough, by Blender's own rays: all
around the set and within it, its halves and theirs, down to eighths (``addon/bridge/cover.py``), of
which none stands in matter. They are others than the planner's: both look straight at points that
were drawn by lot, by the roots of areas. Counted are other points, more of them on what is large:
else two hundred stood for a plain that is four fifths of a set. A place counts as painted where the
baked texture's own mask says so, after all that outlines and flat sight take away, and counts by
its area. Beside it stands its share by texels, of which a jar close by has as many as a house, and
by what the planning itself goes by, where objects count by the root of their area, and less the
farther away they are from the film's cameras.
"""

from __future__ import annotations

from dataclasses import dataclass
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
    places = [
        _Places(set_.meshes[item.id], masks.get(item.id, np.zeros((_GRID, _GRID), np.uint8)))
        for item in set_.objects
    ]
    area, roots = (sum(place.area**power for place in places) for power in (1, 0.5))
    rng = np.random.default_rng(1)
    by_root = [place.area**0.5 / roots for place in places]
    by_either = [max(root, place.area / area) for root, place in zip(by_root, places, strict=True)]
    about = _drawn(places, by_root, rng).samples
    drawn = _drawn(places, by_either, rng)
    reached, weight = _reached(set_, about, drawn.samples)
    painted = reached & drawn.seen
    counts = (drawn.area, drawn.texels, weight)
    return Covered(
        *(float(each[painted].sum() / max(each[reached].sum(), 1e-9)) for each in counts)
    )


@dataclass(frozen=True)
class _Drawn:
    """N places of a set: what each stands for, in m² and in texels, and whether it is painted."""

    samples: cover.Samples
    area: Floats
    texels: Floats
    seen: npt.NDArray[np.bool_]


def _drawn(places: list[_Places], shares: list[float], rng: np.random.Generator) -> _Drawn:
    """Drawn by lot, ``_POINTS`` times a share of each object, and a few at the least."""
    samples, areas, texels, seen = [], [], [], []
    for place, share in zip(places, shares, strict=True):
        count = max(_LEAST_POINTS, round(_POINTS * share))
        some, index = place.samples(count, rng)
        samples.append(some)
        areas.append(np.full(count, place.area / count))
        texels.append(np.full(count, (place.mask > 0).sum() / count))
        seen.append(place.mask.reshape(-1)[index] == _SEEN)
    of = cover.Samples(*map(np.concatenate, zip(*samples, strict=True)))
    return _Drawn(of, *map(np.concatenate, (areas, texels, seen)))


class _Places:
    """An object's texels as places in the first view. ``mask``: S×S, what the bake says of them."""

    def __init__(self, mesh: Mesh, mask: npt.NDArray[np.uint8]) -> None:
        self.mask = mask
        self._texels = rasterise(mesh.uv, len(mask))
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


def _reached(
    set_: PaintedSet, about: cover.Samples, samples: cover.Samples
) -> tuple[npt.NDArray[np.bool_], Floats]:
    """Which samples any camera sees well enough, and what each counts. ``about``: what cameras are
    to stand around, as the planner sees a set: a plain draws few of them out to where it ends."""
    height, width = set_.views[0].passes.depth.shape
    film = [_camera(view.plan.frame) for view in set_.views if view.plan.say == 1]
    triangles = [
        placed.positions for item in set_.objects for placed in set_.meshes[item.id].placed(0)
    ]
    space = Sightlines(triangles)
    about, samples = (around.as_filmed(some, film, width) for some in (about, samples))
    reached = np.zeros(len(samples.weight), bool)
    places = (eye.camera(width / height) for eye in cover.candidates(about, space))
    for camera in (*film, *places):
        which = cover.may_see(camera, samples, width) & ~reached
        reached |= space.reached(camera, samples, which)
    return reached, samples.weight


def _camera(frame: object) -> cover.Camera:
    matrices = (frame.camera_to_world, frame.projection)  # type: ignore[attr-defined]
    return cover.Camera(*(np.array(matrix).reshape(4, 4) for matrix in matrices))
