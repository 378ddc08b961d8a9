"""Analytic ray casting against boxes, ellipsoids, cylinders, cones and capsules.

World space is right-handed with Z up, in metres. Every primitive lives in its own local space,
where it is a unit shape along local Z: ``world = rotation @ (size * local) + centre``.
Formulas: the slab test for boxes and the quadrics of P. Hanrahan, "A survey of ray-surface
intersection algorithms" (in Glassner, An Introduction to Ray Tracing, 1989).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor

BOX, ELLIPSOID, CYLINDER, CONE, CAPSULE = range(5)
_NEAR = 1e-3
_TILE = 32  # pixels a side: small tiles see few shapes, and their working set fits the cache


@dataclass(frozen=True)
class Primitives:
    """K shapes. ``shape``, ``kind``, ``object_id``: [K]; ``half_length``: [K], capsules only."""

    shape: Tensor
    centre: Tensor  # [K, 3]
    rotation: Tensor  # [K, 3, 3], local to world
    size: Tensor  # [K, 3], half extents; a capsule's three are its radius
    half_length: Tensor  # [K], of a capsule's axis, in radii
    kind: Tensor
    object_id: Tensor


@dataclass(frozen=True)
class Camera:
    """``rotation``: [3, 3], camera to world, columns are right, up, backward."""

    position: Tensor
    rotation: Tensor
    lens: float  # millimetres, on a sensor 36 mm wide

    def rays(self, height: int, width: int) -> Tensor:
        """World directions through pixel centres, [H * W, 3], one metre deep along the axis."""
        scale = 36.0 / self.lens / width
        x = (torch.arange(width) + 0.5 - width / 2) * scale
        y = (height / 2 - torch.arange(height) - 0.5) * scale
        grid = torch.stack(torch.meshgrid(y, x, indexing="ij")[::-1], -1).reshape(-1, 2)
        local = torch.cat([grid, -torch.ones(len(grid), 1)], 1)
        return local @ self.rotation.T


@dataclass(frozen=True)
class Buffers:
    """What the camera sees: ``depth`` [H, W] along the axis in metres, inf where nothing is hit;
    ``normal`` [3, H, W] unit, in camera space (X right, Y up, Z toward the camera), zero where
    nothing is hit; ``position`` [3, H, W] in world space; ``object_id`` and ``kind`` [H, W]."""

    depth: Tensor
    normal: Tensor
    position: Tensor
    object_id: Tensor
    kind: Tensor


def _roots(a: Tensor, b: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Both solutions of a t² + 2 b t + c = 0; inf where there is none."""
    disc = b * b - a * c
    root = disc.clamp_min(0).sqrt()
    a = torch.where(a.abs() < 1e-12, torch.full_like(a, 1e-12), a)
    t0, t1 = (-b - root) / a, (-b + root) / a
    miss = torch.where(disc < 0, math.inf, 0.0)
    return torch.minimum(t0, t1) + miss, torch.maximum(t0, t1) + miss


def _first(*candidates: tuple[Tensor, Tensor]) -> Tensor:
    """The smallest positive distance among (distance, is it on the shape) pairs."""
    found = [torch.where(ok & (t > _NEAR), t, math.inf) for t, ok in candidates]
    return torch.stack(found).amin(0)


def _box(o: Tensor, d: Tensor, _: Tensor) -> Tensor:
    inverse = 1 / torch.where(d.abs() < 1e-9, torch.full_like(d, 1e-9), d)
    low, high = (-1 - o) * inverse, (1 - o) * inverse
    enter = torch.minimum(low, high).amax(0)
    leave = torch.maximum(low, high).amin(0)
    return _first((enter, enter <= leave))


def _ellipsoid(o: Tensor, d: Tensor, _: Tensor) -> Tensor:
    t, _far = _roots((d * d).sum(0), (o * d).sum(0), (o * o).sum(0) - 1)
    return _first((t, t < math.inf))


def _cap(o: Tensor, d: Tensor, z: float) -> tuple[Tensor, Tensor]:
    """The disc of radius 1 at height ``z``."""
    t = (z - o[2]) / torch.where(d[2].abs() < 1e-9, torch.full_like(d[2], 1e-9), d[2])
    x, y = o[0] + t * d[0], o[1] + t * d[1]
    return t, x * x + y * y <= 1


def _cylinder(o: Tensor, d: Tensor, _: Tensor) -> Tensor:
    a, b, c = d[0] ** 2 + d[1] ** 2, o[0] * d[0] + o[1] * d[1], o[0] ** 2 + o[1] ** 2 - 1
    t, _far = _roots(a, b, c)
    return _first((t, (o[2] + t * d[2]).abs() <= 1), _cap(o, d, -1.0), _cap(o, d, 1.0))


def _cone(o: Tensor, d: Tensor, _: Tensor) -> Tensor:
    """Apex at z = 1, base of radius 1 at z = -1: x² + y² = ((1 - z) / 2)²."""
    oz, dz = (1 - o[2]) / 2, -d[2] / 2
    a = d[0] ** 2 + d[1] ** 2 - dz**2
    b = o[0] * d[0] + o[1] * d[1] - oz * dz
    c = o[0] ** 2 + o[1] ** 2 - oz**2
    near, far = _roots(a, b, c)
    sides = [(t, (o[2] + t * d[2]).abs() <= 1) for t in (near, far)]
    return _first(*sides, _cap(o, d, -1.0))


def _capsule(o: Tensor, d: Tensor, half: Tensor) -> Tensor:
    a, b, c = d[0] ** 2 + d[1] ** 2, o[0] * d[0] + o[1] * d[1], o[0] ** 2 + o[1] ** 2 - 1
    side, _far = _roots(a, b, c)
    found = [(side, (o[2] + side * d[2]).abs() <= half)]
    for sign in (-1, 1):
        p = torch.stack([o[0], o[1], o[2] - sign * half])
        t, _far = _roots((d * d).sum(0), (p * d).sum(0), (p * p).sum(0) - 1)
        found.append((t, sign * (o[2] + t * d[2]) >= half))
    return _first(*found)


_HIT = {BOX: _box, ELLIPSOID: _ellipsoid, CYLINDER: _cylinder, CONE: _cone, CAPSULE: _capsule}


def _local_normal(shape: Tensor, point: Tensor, half: Tensor) -> Tensor:
    """The unnormalised outward gradient at ``point`` [P, 3] on a unit shape, [P, 3]."""
    x, y, z = point.unbind(-1)
    zero = torch.zeros_like(z)
    axis = point.abs().argmax(-1, keepdim=True)
    box = torch.zeros_like(point).scatter(-1, axis, point.gather(-1, axis).sign())
    capped = (z.abs() > 0.9999) & (x * x + y * y < 0.9999)
    cap = torch.stack([zero, zero, z.sign()], -1)
    side = torch.where(capped[:, None], cap, torch.stack([x, y, zero], -1))
    based = (z < -0.9999) & (x * x + y * y < 0.9999)
    cone = torch.where(based[:, None], cap, torch.stack([x, y, (1 - z) / 4], -1))
    capsule = torch.stack([x, y, z - torch.maximum(torch.minimum(z, half), -half)], -1)
    table = torch.stack([box, point, side, cone, capsule])
    return table[shape, torch.arange(len(shape))]


def _seen(prims: Primitives, origin: Tensor, rays: Tensor) -> Tensor:
    """Indices of the shapes whose bounding sphere meets the cone around a tile's ``rays``."""
    unit = torch.nn.functional.normalize(rays, dim=1)
    axis = torch.nn.functional.normalize(unit.mean(0), dim=0)
    spread = torch.acos((unit @ axis).min().clamp(-1, 1))
    long = prims.size.norm(dim=1) * (1 + prims.half_length)
    offset = prims.centre - origin
    distance = offset.norm(dim=1).clamp_min(1e-6)
    angle = torch.acos((offset @ axis / distance).clamp(-1, 1))
    reach = torch.where(distance > long, torch.asin((long / distance).clamp(max=1)), math.pi)
    return (angle <= spread + reach).nonzero()[:, 0]


def _nearest(prims: Primitives, origin: Tensor, rays: Tensor) -> tuple[Tensor, Tensor]:
    """Distance and primitive index of the first hit of each ray."""
    best = torch.full((len(rays),), math.inf)
    index = torch.zeros(len(rays), dtype=torch.long)
    seen = _seen(prims, origin, rays)
    for shape, hit in _HIT.items():
        rows = seen[prims.shape[seen] == shape]
        if not len(rows):
            continue
        size, rotation = prims.size[rows], prims.rotation[rows]
        o = torch.einsum("kji,kj->ik", rotation, origin - prims.centre[rows]) / size.T
        d = torch.einsum("kji,pj->ikp", rotation, rays) / size.T[..., None]
        t, k = hit(o[..., None], d, prims.half_length[rows][:, None]).min(0)
        closer = t < best
        best, index = torch.where(closer, t, best), torch.where(closer, rows[k], index)
    return best, index


def _nearest_by_tiles(
    prims: Primitives, origin: Tensor, rays: Tensor, height: int, width: int
) -> tuple[Tensor, Tensor]:
    """As ``_nearest`` for the rays [H * W, 3] of a whole picture, tile by tile."""
    pixels = torch.arange(height * width).view(height, width)
    best = torch.empty(height * width)
    index = torch.empty(height * width, dtype=torch.long)
    for band in pixels.split(_TILE):
        for tile in band.split(_TILE, dim=1):
            at = tile.flatten()
            best[at], index[at] = _nearest(prims, origin, rays[at])
    return best, index


def cast(prims: Primitives, camera: Camera, height: int, width: int) -> Buffers:
    """Render the buffers of one picture, one sample at each pixel's centre."""
    rays = camera.rays(height, width)
    depth, index = _nearest_by_tiles(prims, camera.position, rays, height, width)
    hit = depth.isfinite()
    t = torch.where(hit, depth, 0.0)
    position = camera.position + t[:, None] * rays
    rotation, size = prims.rotation[index], prims.size[index]
    local = torch.einsum("pji,pj->pi", rotation, position - prims.centre[index]) / size
    gradient = _local_normal(prims.shape[index], local, prims.half_length[index]) / size
    normal = torch.einsum("pij,pj->pi", rotation, gradient) @ camera.rotation
    normal = torch.nn.functional.normalize(normal, dim=1) * hit[:, None]
    return Buffers(
        depth.view(height, width),
        normal.T.reshape(3, height, width),
        position.T.reshape(3, height, width),
        torch.where(hit, prims.object_id[index], 0).view(height, width),
        torch.where(hit, prims.kind[index], 0).view(height, width),
    )
