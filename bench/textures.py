"""How true a texture is to what its views show: an oracle paints a known solid texture.

The oracle (``bench.oracle``) knows what each texel should hold, and what any other camera should
see. Hidden texels are told by Blender's own ray caster, and not by the passes that the baking
itself looks at.
"""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import bpy
import numpy as np
import numpy.typing as npt
from mathutils import Vector
from mathutils.bvhtree import BVHTree
from PIL import Image
from underpaint_addon.bridge.evaluation import look_at_frame
from underpaint_addon.bridge.materials import apply_texture
from underpaint_addon.bridge.object_ids import has_surface

from underpaint.model.surface import SurfaceObject
from underpaint.surface.footprints import Footprints, Pose, find_footprints, texel_widths
from underpaint.surface.texels import rasterise
from underpaint.surface.view import View
from underpaint.worker.jobs.mesh import Mesh
from underpaint.worker.jobs.views import Seen

from . import baking, consensus, coverage, oracle, texture_sets, tiles
from .figures import Figure, at_least, at_most
from .painted_sets import Bytes, PaintedSet, Texture, bake, render_view, rendered

_SEEN = 255
_LOOKED_AT = 1500
"""Texels of an object and a view whose sight Blender is asked about."""

Floats = npt.NDArray[np.float32]


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    for name in ("room",) if quick else texture_sets.SETS:
        with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
            yield from _figures(rendered(name, Path(folder)))
    for other in (consensus, baking, tiles):
        yield from other.run(quick)


def _figures(set_: PaintedSet) -> Iterator[Figure]:
    waves = oracle.waves(set_.views, set_.meshes)
    textures = bake(
        set_,
        {view.plan.ref: oracle.picture(view, set_.meshes, waves) for view in set_.views},
    )
    truths = [_true_colours(set_, waves, item, image, mask) for item, image, mask in textures]
    seen = np.concatenate([error for error, _ in truths])
    yield at_least(f"{set_.name}: seen texels, PSNR dB", _psnr(seen), 32)
    yield at_least(f"{set_.name}: a view held out, PSNR dB", _held_out(set_, waves, textures), 28)
    covered = sum(share for _, share in truths) / len(set_.objects)
    reachable = coverage.covered(set_, textures)
    yield at_least(
        f"{set_.name}: reachable texels that are seen",
        reachable.by_area,
        0.98,
        views=len(set_.views),
        of_all_texels=covered,
        by_texels=reachable.by_texels,
        by_objects=reachable.by_objects,
    )
    yield at_most(f"{set_.name}: weight on hidden texels", _leakage(set_), 0.0)
    yield at_most(f"{set_.name}: step across seams, times within", _seams(set_, textures), 1.2)


# --- figures -----------------------------------------------------------------------------------


def _true_colours(
    set_: PaintedSet, waves: dict[int, float], item: SurfaceObject, image: Bytes, mask: Bytes
) -> tuple[Floats, float]:
    """Squared errors of the seen texels, and their share of the covered ones."""
    mesh = set_.meshes[item.id]
    texels = rasterise(mesh.uv, len(image))
    truth = oracle.solid(texels.at(oracle.rest_positions(mesh)), waves[item.id])
    seen = mask.reshape(-1)[texels.index] == _SEEN
    found = image.reshape(-1, 3)[texels.index].astype(np.float32) / 255
    return ((found - truth)[seen] ** 2).mean(1), float(seen.mean())


def _psnr(squares: Floats) -> float:
    return -10 * math.log10(max(float(squares.mean()), 1e-12))


def _held_out(set_: PaintedSet, waves: dict[int, float], textures: list[Texture]) -> float:
    """Blender renders the painted set from the camera that no texel was painted from."""
    scene = bpy.context.scene
    painted = set()
    for item, _image, _mask in textures:
        apply_texture(scene.objects[item.name], set_.texture(item), 1)
        painted.add(item.id)
    out = set_.project.root / "held_out.png"
    render_view(scene, set_.held_out, out)
    picture = np.asarray(Image.open(out).convert("RGB")).astype(np.float32) / 255
    shown = np.isin(set_.held_out.passes.object_id, list(painted))
    truth = oracle.picture(set_.held_out, set_.meshes, waves)
    return _psnr(((picture - truth)[shown] ** 2).mean(1))


def _leakage(set_: PaintedSet) -> float:
    """The share of all weight that lies on texels which Blender's rays do not reach."""
    hidden = total = 0.0
    rng = np.random.default_rng(0)
    coarse = {number: rasterise(mesh.uv, 256) for number, mesh in set_.meshes.items()}
    for view in set_.views:
        tree = _tree(view.plan.frame.frame)
        surface = view.painted(np.zeros((*view.passes.depth.shape, 3), np.float32))
        for item in set_.objects:
            if item.id not in view.pixels:
                continue
            mesh, texels = set_.meshes[item.id], coarse[item.id]
            for placed in mesh.placed(view.plan.index):
                pose = Pose(surface, placed.positions, placed.normals)
                grain = texel_widths(mesh.uv, pose.positions, 256)
                for prints in find_footprints(texels, grain, item.id, pose):
                    some = prints.of(rng.permutation(len(prints.texel))[:_LOOKED_AT])
                    points = texels.at(pose.positions)[some.texel]
                    blocked = _blocked(tree, view, surface, points, some)
                    hidden += float(some.weight[blocked].sum())
                    total += float(some.weight.sum())
    return hidden / max(total, 1e-9)


def _tree(frame: int) -> BVHTree:
    """All that is rendered in a frame, as one tree in world space."""
    points: list[Vector] = []
    faces: list[tuple[int, ...]] = []

    def look(graph: bpy.types.Depsgraph) -> None:
        for instance in graph.object_instances:
            mesh = instance.object.to_mesh() if has_surface(instance.object) else None
            if mesh is None:
                continue
            first = len(points)
            mesh.calc_loop_triangles()  # folded as the renderer folds them, where not flat
            points.extend(instance.matrix_world @ vertex.co for vertex in mesh.vertices)
            faces.extend(tuple(first + n for n in face.vertices) for face in mesh.loop_triangles)
            instance.object.to_mesh_clear()

    look_at_frame(bpy.context.scene, None, frame, look)
    return BVHTree.FromPolygons(points, faces)


def _blocked(
    tree: BVHTree, view: Seen, surface: View, points: Floats, prints: Footprints
) -> npt.NDArray[np.bool_]:
    """Which points are hidden, and everything within a pixel of them as well, the middle of their
    own pixel above all: what that shows is all that passes can tell. (Around the very middle, too:
    the renderer's sample and this ray may pass either side of an edge.)"""
    to_world = np.array(view.plan.frame.camera_to_world).reshape(4, 4)
    eye = Vector(to_world[:3, 3])
    away = np.linalg.norm(points - to_world[:3, 3], axis=1)
    slack = 3 * surface.camera.pixel_width(away.astype(np.float32))
    pixel = surface.camera.pixel_width(-surface.camera.to_camera(points)[:, 2])
    middle = np.stack([np.rint(prints.column) - prints.column, prints.row - np.rint(prints.row)], 1)
    blocked = np.ones(len(points), bool)
    beside = np.float32([[-1, 0], [1, 0], [0, -1], [0, 1]])
    for aside in (middle, *(middle + step * 0.05 for step in beside), np.float32([0, 0]), *beside):
        moved = points + (pixel[:, None] * aside) @ to_world[:3, :2].T
        for row in np.flatnonzero(blocked):
            way = Vector(moved[row]) - eye
            distance = tree.ray_cast(eye, way.normalized(), way.length)[3]
            blocked[row] = distance is not None and distance < way.length - slack[row]
    return blocked


def _seams(set_: PaintedSet, textures: list[Texture]) -> float:
    """Mean colour step between the two sides of UV seams, times that between a texel and the next
    one beside it, at the same places."""
    across, within = [], []
    for item, image, mask in textures:
        mesh, size = set_.meshes[item.id], len(image)
        one, other, inward = _seam_places(mesh, size)
        if not len(one):
            continue
        seen = (_lookup(mask[..., None], one) > 254) & (_lookup(mask[..., None], other) > 254)
        colours = image.astype(np.float32) / 255
        step = np.abs(_lookup(colours, one) - _lookup(colours, other)).mean(1)
        beside = np.abs(_lookup(colours, one) - _lookup(colours, one + inward)).mean(1)
        across.append(step[seen[:, 0]])
        within.append(beside[seen[:, 0]])
    if not across or not sum(map(len, across)):
        return 0.0
    return float(np.concatenate(across).mean() / max(np.concatenate(within).mean(), 1e-6))


def _seam_places(mesh: Mesh, size: int) -> tuple[Floats, Floats, Floats]:
    """UVs of points on edges where two triangles meet in space and not in UV, seen from either, and
    a texel's way inward from the first."""
    corners = np.round(oracle.rest_positions(mesh).reshape(-1, 3), 5)
    _, number = np.unique(corners, axis=0, return_inverse=True)
    number = number.reshape(-1, 3)
    edges: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for triangle in range(len(number)):
        for side in range(3):
            a, b = int(number[triangle, side]), int(number[triangle, (side + 1) % 3])
            edges.setdefault((min(a, b), max(a, b)), []).append((triangle, side))
    one, other, inward = [], [], []
    for pair in edges.values():
        if len(pair) != 2:
            continue
        (t, s), (u, v) = pair
        first = mesh.uv[t, [s, (s + 1) % 3]]
        second = mesh.uv[u, [v, (v + 1) % 3]]
        if number[t, s] != number[u, v]:
            second = second[::-1]
        if np.abs(first - second).max() < 0.5 / size:
            continue
        into = mesh.uv[t].mean(0) - first.mean(0)
        into = into / max(float(np.linalg.norm(into)), 1e-9) / size
        back = mesh.uv[u].mean(0) - second.mean(0)
        back = back / max(float(np.linalg.norm(back)), 1e-9) / size
        for share in (0.25, 0.5, 0.75):
            one.append(first[0] + share * (first[1] - first[0]) + 0.5 * into)
            other.append(second[0] + share * (second[1] - second[0]) + 0.5 * back)
            inward.append(into)
    empty = np.zeros((0, 2), np.float32)
    return tuple(np.array(x, np.float32) if x else empty for x in (one, other, inward))


def _lookup(image: npt.NDArray[Any], uv: Floats) -> Floats:
    """The texels that UVs (N×2) fall in, N×C."""
    size = len(image)
    column = np.clip((uv[:, 0] * size).astype(int), 0, size - 1)
    row = np.clip(((1 - uv[:, 1]) * size).astype(int), 0, size - 1)
    return image[row, column].astype(np.float32)
