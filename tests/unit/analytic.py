"""Scenes of boxes, balls and planes, ray-cast in numpy, with a solid texture that is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from underpaint.surface.camera import Camera
from underpaint.surface.sight import Sight

LENS = (1.6, 0, 0, 0, 0, 2.4, 0, 0, 0, 0, -1.0, -0.2, 0, 0, -1.0, 0)
FLAT = (0.22, 0, 0, 0, 0, 0.33, 0, 0, 0, 0, -0.1, -1.0, 0, 0, 0, 1.0)
SIZE = (96, 144)


def moved(x: float = 0, y: float = 0, z: float = 0, turn: float = 0, tilt: float = 0) -> np.ndarray:
    """4×4: turned about Z (degrees), tilted about X before that, then moved."""
    a, b = math.radians(turn), math.radians(tilt)
    about_z = np.array([[math.cos(a), -math.sin(a), 0], [math.sin(a), math.cos(a), 0], [0, 0, 1]])
    about_x = np.array([[1, 0, 0], [0, math.cos(b), -math.sin(b)], [0, math.sin(b), math.cos(b)]])
    matrix = np.eye(4)
    matrix[:3, :3], matrix[:3, 3] = about_z @ about_x, (x, y, z)
    return matrix


@dataclass(frozen=True)
class Box:
    """From −half to half in its own space; ``at`` brings that to the world."""

    number: int
    half: tuple[float, float, float]
    at: np.ndarray

    def hit(self, eye: np.ndarray, ray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        with np.errstate(divide="ignore", invalid="ignore"):
            one, two = (-np.array(self.half) - eye) / ray, (np.array(self.half) - eye) / ray
        near, far = np.fmin(one, two), np.fmax(one, two)
        enters = near.max(-1)
        t = np.where((enters <= far.min(-1)) & (enters > 0), enters, np.inf)
        axis = np.eye(3)[near.argmax(-1)]
        return t, -np.sign(ray) * axis


@dataclass(frozen=True)
class Ball:
    """Of a radius about the origin of its own space."""

    number: int
    radius: float
    at: np.ndarray

    def hit(self, eye: np.ndarray, ray: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        a, b = (ray * ray).sum(-1), (eye * ray).sum(-1)
        inside = b * b - a * ((eye * eye).sum(-1) - self.radius**2)
        t = (-b - np.sqrt(np.maximum(inside, 0))) / a
        t = np.where((inside > 0) & (t > 0), t, np.inf)
        normal = (eye + ray * np.where(np.isfinite(t), t, 0)[..., None]) / self.radius
        return t, normal


Shape = Box | Ball


def look_from(
    at: np.ndarray, lens: tuple[float, ...] = LENS, size: tuple[int, int] = SIZE
) -> Camera:
    """A camera at ``at``: it looks along its own −Z."""
    return Camera(tuple(at.reshape(-1).tolist()), lens, *size)  # type: ignore[arg-type]


def see(camera: Camera, shapes: Sequence[Shape], still: Sequence[Shape] | None = None) -> Sight:
    """What a camera sees of shapes; ``still``: the same shapes at rest."""
    eye, ray = _rays(camera)
    depth = np.full(ray.shape[:2], np.inf)
    ids = np.zeros(depth.shape, np.int32)
    normals = np.zeros((*depth.shape, 3), np.float32)
    normals[..., 2] = 1
    for shape in shapes:
        back = np.linalg.inv(shape.at)
        t, normal = shape.hit(eye @ back[:3, :3].T + back[:3, 3], ray @ back[:3, :3].T)
        nearer = t < depth
        depth[nearer], ids[nearer] = t[nearer], shape.number
        normals[nearer] = (normal @ shape.at[:3, :3].T)[nearer]
    motion = {
        shape.number: shape.at @ np.linalg.inv(rest.at)
        for shape, rest in zip(shapes, still or shapes, strict=True)
        if not np.array_equal(shape.at, rest.at)
    }
    return Sight(depth.astype(np.float32), ids, normals, camera, motion)


def texture(sight: Sight, wave: float = 1.2, sky_wave: float = 0.5) -> np.ndarray:
    """H×W×3 sRGB: the solid texture of every body at rest, and of the sky by direction."""
    eye, ray = _rays(sight.camera)
    depth = np.where(np.isfinite(sight.depth), sight.depth, 0)[..., None]
    points = eye + ray * depth
    for number, matrix in sight.motion.items():
        where = sight.object_id == number
        back = np.linalg.inv(matrix)
        points[where] = points[where] @ back[:3, :3].T + back[:3, 3]
    sky = ray / np.linalg.norm(ray, axis=-1, keepdims=True)
    values = np.where((sight.object_id > 0)[..., None], _waves(points, wave), _waves(sky, sky_wave))
    tint = np.random.default_rng(1).random((256, 3))[sight.object_id % 256] * 0.3
    return (values * 0.7 + tint).astype(np.float32)


def bodies_painted(sight: Sight) -> np.ndarray:
    """H×W×3: a colour of its own for every body."""
    return np.random.default_rng(2).random((256, 3))[sight.object_id % 256].astype(np.float32)


def _waves(points: np.ndarray, wave: float) -> np.ndarray:
    ways = np.array([[3, 1, 2], [-1, 3, 1], [2, -1, 3]], np.float64) / math.sqrt(14)
    across = np.array([[1, 2, -1], [3, -1, 1], [-1, 1, 3]], np.float64) / 3
    turn = 2 * math.pi / wave
    return 0.5 + 0.2 * np.sin(points @ ways.T * turn) + 0.15 * np.cos(points @ across.T * turn)


def _rays(camera: Camera) -> tuple[np.ndarray, np.ndarray]:
    """Where rays start and where they go in one unit of depth, H×W×3 of the world."""
    row, column = np.indices((camera.height, camera.width))
    out = camera.unprojection
    at = [
        np.einsum(
            "ab,hwb->hwa",
            out,
            np.stack(
                [
                    column * camera.scale(np.float32(d)),
                    row * camera.scale(np.float32(d)),
                    np.full(row.shape, d),
                    np.ones(row.shape),
                ],
                -1,
            ),
        )[..., :3]
        for d in (0.0, 1.0)
    ]
    eye, through = (p @ camera.world[:3, :3].T + camera.world[:3, 3] for p in at)
    return eye, through - eye
