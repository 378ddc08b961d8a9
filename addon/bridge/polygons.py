"""A mesh as plain arrays, and sums and connections over its faces; numpy only.

Shapes: V points, L face corners, F faces, T triangles.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

Array = np.ndarray

FARTHEST = 1e12
"""Metres from the origin: the squares of larger numbers are none in single precision."""


def read(items: Any, name: str, kind: type, width: int = 1) -> Array:
    """One attribute of all items of a Blender collection: (N,) or (N, width)."""
    values = np.empty(len(items) * width, dtype=kind)
    items.foreach_get(name, values)
    return values.reshape(-1, width) if width > 1 else values


@dataclass(frozen=True)
class Polygons:
    """A mesh: ``points`` (V, 3), ``verts`` (L,) point of each corner, ``sizes`` (F,) number of
    corners of each face, ``triangles`` (T, 3) corners, ``triangle_faces`` (T,)."""

    points: Array
    verts: Array
    sizes: Array
    triangles: Array
    triangle_faces: Array

    @cached_property
    def faces(self) -> Array:
        """(L,) the face of each corner."""
        return np.repeat(np.arange(len(self.sizes)), self.sizes)

    @cached_property
    def starts(self) -> Array:
        """(F,) the first corner of each face."""
        return np.cumsum(self.sizes) - self.sizes

    @cached_property
    def following(self) -> Array:
        """(L,) the next corner around the same face."""
        following = np.arange(1, len(self.verts) + 1)
        following[self.starts + self.sizes - 1] = self.starts
        return following

    @cached_property
    def area_vectors(self) -> Array:
        """(F, 3) unit normal times area (Newell's method, relative to the face's first corner)."""
        corners = self.points[self.verts] - self.points[self.verts[self.starts]][self.faces]
        crosses = np.cross(corners, corners[self.following])
        return np.add.reduceat(crosses, self.starts, axis=0) / 2.0

    @cached_property
    def areas(self) -> Array:
        """(F,)"""
        return np.linalg.norm(self.area_vectors, axis=1)

    @cached_property
    def normals(self) -> Array:
        """(F, 3) unit, or zero where a face has no area."""
        return unit(self.area_vectors)

    @cached_property
    def is_placed(self) -> bool:
        """Whether every corner has a place: broken imports and modifiers make numbers of none."""
        return bool(are_places(self.points[self.verts]).all())

    @cached_property
    def edges(self) -> Array:
        """(L,) number of the edge that leaves each corner; the same for both faces beside it."""
        ends = self.verts[self.following]
        low, high = np.minimum(self.verts, ends), np.maximum(self.verts, ends)
        keys = low.astype(np.int64) * len(self.points) + high
        return np.unique(keys, return_inverse=True)[1].reshape(-1)

    @cached_property
    def joints(self) -> tuple[Array, Array, Array]:
        """Pairs of faces that share an edge, and the edge's length."""
        order = np.argsort(self.edges, kind="stable")
        same = self.edges[order[1:]] == self.edges[order[:-1]]
        first, second = order[:-1][same], order[1:][same]
        step = self.points[self.verts[self.following[first]]] - self.points[self.verts[first]]
        return self.faces[first], self.faces[second], np.linalg.norm(step, axis=1)


def are_places(points: Array) -> Array:
    """(…,) whether points (…, 3) lie anywhere that can be reckoned with."""
    return (np.abs(points) < FARTHEST).all(axis=-1)


def components(mesh: Polygons, labels: Array) -> Array:
    """(F,) numbers of the connected pieces of equal ``labels`` (F,)."""
    left, right, _ = mesh.joints
    same = labels[left] == labels[right]
    left, right = left[same], right[same]
    root = np.arange(len(labels))
    while True:
        a, b = root[left], root[right]
        if np.array_equal(a, b):
            return np.unique(root, return_inverse=True)[1].reshape(-1)
        low = np.minimum(a, b)
        np.minimum.at(root, a, low)
        np.minimum.at(root, b, low)
        root = compress(root)


def unit(vectors: Array) -> Array:
    """Vectors of length one; zero stays zero."""
    length = np.linalg.norm(vectors, axis=-1, keepdims=True)
    return np.divide(vectors, length, out=np.zeros_like(vectors), where=length > 1e-30)


def sum_by(groups: Array, values: Array, count: int = 0) -> Array:
    """Sums of ``values`` (N,) or (N, D) over equal ``groups`` (N,)."""
    if values.ndim == 1:
        return np.bincount(groups, values, minlength=count)
    columns = [np.bincount(groups, column, minlength=count) for column in values.T]
    return np.stack(columns, axis=1)


def compress(root: Array) -> Array:
    """Follow every pointer of a forest to its root."""
    while True:
        above = root[root]
        if np.array_equal(above, root):
            return root
        root = above


def extent(groups: Array, values: Array, count: int) -> tuple[Array, Array]:
    """Lowest and highest of ``values`` (N,) or (N, D) over equal ``groups`` (N,); 0 for none."""
    if values.ndim == 2:  # column by column: ufunc.at is many times faster in one dimension
        ends = [extent(groups, column, count) for column in values.T]
        return tuple(np.stack(end, axis=1) for end in zip(*ends, strict=True))
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, groups, values)
    np.maximum.at(high, groups, values)
    return np.where(np.isfinite(low), low, 0.0), np.where(np.isfinite(high), high, 0.0)
