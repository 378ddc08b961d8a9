"""A pool of rendered scenes on disk: made once from seeds, painted anew at every step.

Passes hold one sample at each pixel's centre, so every second or third pixel of a scene IS that
scene rendered smaller: one pool of large pictures serves all training sizes.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from underpaint.training.raycast import Buffers
from underpaint.training.scenes import random_picture

SIZES = ((384, 640), (384, 640), (512, 512), (640, 384), (288, 688))
"""Height and width of pool pictures: 16:9 most, square, upright, wide."""

RECORD = np.dtype(
    [
        ("near_ness", "u2"),
        ("normal", "i1", 3),
        ("kind", "u1"),
    ]
)


def depth_control(depth: Tensor) -> Tensor:
    """Inverse depth, white near, between the 0.5 % and 99.5 % percentiles of the finite depths.

    The formula of ``underpaint.passes.depth``, per picture, but that the farthest is 0 as well as
    what is not there: so the built-in model was taught. [H, W] metres → [H, W] in 0…1.
    """
    finite = depth[depth.isfinite()]
    near, far = np.percentile(finite.numpy(), (0.5, 99.5))
    near, far = max(near, 1e-4), max(far, near * 1.001)
    value = (1 / depth - 1 / far) / (1 / near - 1 / far)
    return torch.where(depth.isfinite(), value, 0.0).clamp(0, 1)


def pack(near_ness: Tensor, normal: Tensor, kind: Tensor) -> NDArray[np.void]:
    """Planes [H, W], [3, H, W] and [H, W] as records of 6 bytes a pixel."""
    out = np.zeros(near_ness.shape, RECORD)
    out["near_ness"] = (near_ness * 65535).round().numpy()
    out["normal"] = (normal.permute(1, 2, 0) * 127).round().numpy()
    out["kind"] = kind.numpy()
    return out


def packed(buffers: Buffers) -> NDArray[np.void]:
    """What was ray cast, as records."""
    return pack(depth_control(buffers.depth), buffers.normal, buffers.kind)


def make(
    folder: Path,
    count: int,
    seed: int,
    processes: int = 1,
    tell: Callable[[str], object] = lambda _text: None,
) -> None:
    """Write ``scene_00000.npy`` …, those that are not there yet."""
    folder.mkdir(parents=True, exist_ok=True)
    missing = [n for n in range(count) if not _path(folder, n).exists()]
    if processes == 1 or len(missing) < processes:
        for number in missing:
            _write(folder, seed, number)
        return
    with ProcessPoolExecutor(processes, get_context("spawn")) as pool:
        for done, _ in enumerate(pool.map(partial(_write, folder, seed), missing), start=1):
            if done % 100 == 0:
                tell(f"{done} of {len(missing)} scenes")


def _write(folder: Path, seed: int, number: int) -> None:
    torch.set_num_threads(1)
    size = SIZES[number % len(SIZES)]
    _name, buffers, _camera = random_picture(seed * 1_000_003 + number, *size)
    path = _path(folder, number)
    part = path.with_suffix(".part")
    with part.open("wb") as file:
        np.save(file, packed(buffers))
    part.replace(path)


def _path(folder: Path, number: int) -> Path:
    return folder / f"scene_{number:05d}.npy"


def require_sizes(folder: Path, sizes: Sequence[tuple[int, int]]) -> None:
    """Raise SystemExit unless some scene is as large as each of these: better now than in hours."""
    paths = scenes(folder)
    lost = [size for size in sizes if not any(_holds(path, size) for path in paths)]
    if lost:
        height, width = lost[0]
        raise SystemExit(
            f"No scene in {folder} is {width} x {height} or more: make at least {len(SIZES)} "
            "(the stage pool, --scenes)."
        )


def scenes(folder: Path) -> list[Path]:
    """The pool's files in order."""
    return sorted(folder.glob("scene_*.npy"))


def crops(
    paths: list[Path], size: tuple[int, int], rng: random.Random
) -> Iterator[dict[str, Tensor]]:
    """Endless random views of the pool at ``size``: stride, place and mirror at random."""
    wide_enough = [path for path in paths if _holds(path, size)]
    while True:
        scene = np.load(rng.choice(wide_enough), mmap_mode="r")
        yield to_planes(_crop(scene, size, rng), mirror=rng.random() < 0.5)


def _holds(path: Path, size: tuple[int, int]) -> bool:
    """Read anew each time: thousands of files that are kept open are too many for most systems."""
    height, width = np.load(path, mmap_mode="r").shape
    return bool(height >= size[0] and width >= size[1])


def _crop(scene: NDArray[np.void], size: tuple[int, int], rng: random.Random) -> NDArray[np.void]:
    most = min(scene.shape[0] // size[0], scene.shape[1] // size[1])
    stride = rng.choice(range(1, most + 1)) if rng.random() < 0.6 else most
    rows = rng.randint(0, scene.shape[0] - size[0] * stride)
    columns = rng.randint(0, scene.shape[1] - size[1] * stride)
    view = scene[rows : rows + size[0] * stride : stride]
    return np.array(view[:, columns : columns + size[1] * stride : stride])


def to_planes(record: NDArray[np.void], mirror: bool = False) -> dict[str, Tensor]:
    """Channel-first float planes of a record; mirrored pictures have their X turned about too."""
    planes = {
        "near_ness": torch.from_numpy(record["near_ness"].astype(np.float32) / 65535),
        "normal": torch.from_numpy(record["normal"].astype(np.float32) / 127).permute(2, 0, 1),
        "kind": torch.from_numpy(record["kind"].astype(np.int64)),
    }
    if mirror:
        planes = {name: plane.flip(-1) for name, plane in planes.items()}
        planes["normal"] = planes["normal"] * torch.tensor([-1.0, 1.0, 1.0])[:, None, None]
    return planes


def controls(planes: dict[str, Tensor]) -> tuple[Tensor, Tensor]:
    """Depth and normal control pictures, [3, H, W] in 0…1, as the product makes them."""
    hit = planes["kind"] > 0
    facing = torch.tensor([0.0, 0.0, 1.0])[:, None, None]
    normal = torch.where(hit, planes["normal"], facing)
    depth = planes["near_ness"].expand(3, -1, -1).contiguous()
    return depth, normal * 0.5 + 0.5
