"""What the built-in model must show, on scenes that its training never saw (``unseen``).

The teacher paints the same buffers from the same noise; what the model does is measured against it.
Edges are those of luma; F1 (van Rijsbergen) counts an edge as found within two pixels.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as nnf
from numpy.typing import NDArray
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from underpaint.training import pool
from underpaint.training.data import start_noise
from underpaint.training.painter import edges, paint
from underpaint.training.styles import LOOKS, Brief
from underpaint.training.words import LIGHT_WORDS, LOOK_WORDS
from underpaint.worker.engine import Engine, PaintSettings, View
from underpaint.worker.engines import open_engine

from .figures import Figure, at_least, at_most, told
from .warm import ENGINE, SIZE, measure

CONTROLS = ("depth", "normal")
CORNER = Path(__file__).resolve().parent.parent / "examples" / "corner.blend"

Planes = dict[str, Tensor]
Scenes = list[tuple[str, Planes]]


def run(quick: bool) -> Iterator[Figure]:
    """Figures of a short or a full run."""
    from . import unseen

    engine = open_engine(ENGINE)
    with tempfile.TemporaryDirectory(prefix="underpaint-bench-") as folder:
        scenes = list(unseen.planes_of(CORNER, Path(folder), quick))
    yield from painted(engine, scenes, tuple(LOOKS)[:: 2 if quick else 1])
    yield from _cost(engine, 4 if quick else 10)


def painted(engine: Engine, scenes: Scenes, looks: tuple[str, ...]) -> Iterator[Figure]:
    """What an engine paints of some scenes, held against what the teacher paints."""
    made = {
        (n, look): _paint(engine, planes, LOOK_WORDS[look][0])
        for n, planes in scenes
        for look in looks
    }
    taught = {(n, look): _teach(planes, Brief(look)) for n, planes in scenes for look in looks}
    yield _recall(made, taught, scenes, looks)
    yield from _structure(made, taught, scenes, looks)
    yield from _alone(engine, taught, scenes, looks)
    yield from _seeds(engine, scenes)
    yield _light(engine, scenes)


# --- painting ---------------------------------------------------------------------------------


def _paint(
    engine: Engine, planes: Planes, words: str, seed: int = 0, controls: str = "both"
) -> Tensor:
    """[3, H, W] sRGB of the model; ``controls``: both, depth or normal."""
    pictures = dict(zip(CONTROLS, pool.controls(planes), strict=True))
    scales = {} if controls == "both" else {kind: float(kind == controls) for kind in pictures}
    view = View({k: v.permute(1, 2, 0).numpy() for k, v in pictures.items()}, seed)
    (picture,) = engine.paint([view], PaintSettings(words, "", 1, 1.0, scales), lambda *_: None)
    return torch.from_numpy(np.ascontiguousarray(picture)).permute(2, 0, 1)


def _teach(planes: Planes, brief: Brief) -> Tensor:
    return paint(planes, brief, start_noise(*planes["kind"].shape, seed=0))


# --- figures ----------------------------------------------------------------------------------


def _statistics(picture: Tensor) -> NDArray[np.float64]:
    """Colour: mean, spread and correlation of channels. Strokes: gradients at three scales."""
    flat = picture.reshape(3, -1).double()
    numbers = [
        *flat.mean(1),
        *flat.std(1),
        *(flat[0] - flat[2]).quantile(torch.tensor([0.1, 0.9], dtype=torch.double)),
    ]
    luma = picture.mean(0)[None, None]
    for scale in (1, 2, 4):
        small = nnf.avg_pool2d(luma, scale)
        across, down = small.diff(dim=-1).abs().mean(), small.diff(dim=-2).abs().mean()
        numbers += [(across + down).sqrt(), (across + 1e-4).log() - (down + 1e-4).log()]
    return np.array([float(n) for n in numbers])


def _recall(made: dict, taught: dict, scenes: Scenes, looks: tuple[str, ...]) -> Figure:
    right, misses = 0, []
    spread = np.std([_statistics(p) for p in taught.values()], axis=0) + 1e-6
    for name, _ in scenes:
        known = np.stack([_statistics(taught[name, look]) for look in looks])
        for look in looks:
            away = (((known - _statistics(made[name, look])) / spread) ** 2).sum(1)
            nearest = looks[int(away.argmin())]
            right += nearest == look
            misses += [] if nearest == look else [f"{look} as {nearest}"]
    common = {m: misses.count(m) for m in sorted(set(misses), key=misses.count, reverse=True)[:4]}
    return at_least("look recall", right / (len(scenes) * len(looks)), 0.95, **common)


def _lines(picture: Tensor, count: int) -> Tensor:
    """The ``count`` pixels of the strongest edges, [H, W] bool."""
    luma = picture.mean(0)[None, None]
    strength = nnf.pad(luma.diff(dim=-1).abs(), (0, 1)) + nnf.pad(
        luma.diff(dim=-2).abs(), (0, 0, 0, 1)
    )
    least = strength.flatten().topk(count).values[-1]
    return (strength >= least.clamp_min(1e-4))[0, 0]


def _f1(found: Tensor, true: Tensor) -> float:
    precision = (found & _near(true)).sum() / found.sum().clamp_min(1)
    recall = (true & _near(found)).sum() / true.sum().clamp_min(1)
    return float(2 * precision * recall / (precision + recall).clamp_min(1e-6))


def _near(lines: Tensor) -> Tensor:
    """What lies within two pixels of a line."""
    return nnf.max_pool2d(lines[None, None].float(), 5, 1, 2)[0, 0] > 0


def _score(picture: Tensor, planes: Planes) -> float:
    true = edges(planes) > 0.3
    return _f1(_lines(picture, int(true.sum())), true)


def _structure(
    made: dict, taught: dict, scenes: Scenes, looks: tuple[str, ...]
) -> Iterator[Figure]:
    planes, names = dict(scenes), [name for name, _ in scenes]
    own = {key: _score(picture, planes[key[0]]) for key, picture in made.items()}
    ideal = {key: _score(picture, planes[key[0]]) for key, picture in taught.items()}
    of_look = {k: np.mean([own[n, k] / ideal[n, k] for n in names]) for k in looks}
    yield at_least(
        "structure: edge F1, times the teacher's",
        sum(own.values()) / sum(ideal.values()),
        0.9,
        teacher=float(np.mean([*ideal.values()])),
        worst=min(of_look, key=of_look.__getitem__),
    )
    other = {n: names[(i + len(names) // 2) % len(names)] for i, n in enumerate(names)}
    right = [own[key] > _score(made[key], planes[other[key[0]]]) for key in made]
    yield at_least("right scene: structure is better against its own", float(np.mean(right)), 0.99)


def _alone(
    engine: Engine, taught: dict, scenes: Scenes, looks: tuple[str, ...]
) -> Iterator[Figure]:
    some = looks[:: max(1, len(looks) // 3)]
    for control in ("depth", "normal"):
        ratios = [
            _score(_paint(engine, planes, LOOK_WORDS[look][0], controls=control), planes)
            / _score(taught[name, look], planes)
            for name, planes in scenes for look in some
        ]  # fmt: skip
        yield at_least(f"{control} alone: structure ratio", float(np.mean(ratios)), 0.75)


def _seeds(engine: Engine, scenes: Scenes) -> Iterator[Figure]:
    spread, kept = [], []
    for _, planes in scenes[::3]:
        pictures = [_paint(engine, planes, LOOK_WORDS["ink"][0], seed) for seed in range(4)]
        spread.append(float(torch.stack(pictures).std(0).mean()))
        scores = [_score(picture, planes) for picture in pictures]
        kept.append(min(scores) / max(*scores, 1e-6))
        assert torch.equal(pictures[0], _paint(engine, planes, LOOK_WORDS["ink"][0], 0)), (
            "same seed"
        )
    yield at_least("seeds differ: standard deviation a pixel", float(np.mean(spread)), 0.02)
    yield at_least("seeds keep structure: worst F1, times the best", float(np.mean(kept)), 0.85)


def _light(engine: Engine, scenes: Scenes) -> Figure:
    """Is the brighter side of things the one that the words say?"""
    right = []
    for _, planes in scenes:
        for look in ("clay", "noir", "golden hour", "dusk"):
            sides = {
                side: _leaning(
                    _paint(engine, planes, f"{LOOK_WORDS[look][0]}, {LIGHT_WORDS[side][0]}"), planes
                )
                for side in ("left", "right")
            }
            right.append(sides["left"] < sides["right"])
    return at_least("light direction obeyed", float(np.mean(right)), 0.9)


def _leaning(picture: Tensor, planes: Planes) -> float:
    """The mean sideways normal of the picture, weighted by brightness."""
    weight = picture.mean(0) * (planes["kind"] > 0)
    return float((weight * planes["normal"][0]).sum() / weight.sum().clamp_min(1e-6))


# --- what it costs ----------------------------------------------------------------------------


def _cost(engine: Engine, frames: int) -> Iterator[Figure]:
    """Time and memory of a warm worker. The rate counts the time of everything, not of the model
    alone. A processor that only emulates bfloat16 multiplies faster in float32, which the worker
    then does: its share of that rate stands beside."""
    work = _operations(engine)
    half, full = (_matrix_rate(kind) for kind in (torch.bfloat16, torch.float32))
    measured = measure(frames)
    threads, inside = torch.get_num_threads(), sum(measured.calls.values())
    yield at_most(f"seconds a picture at {SIZE}², warm worker", measured.wall, 1.2, cores=threads)
    yield at_least(
        "rate, times the bfloat16 matrix rate here",
        work / measured.wall / half,
        0.35,
        GFLOP=work / 1e9,
        bfloat16_GFLOPS=half / 1e9,
        float32_GFLOPS=full / 1e9,
        of_float32=work / measured.wall / full,
        of_float32_in_the_model=work / inside / full,
    )
    if measured.peak_bytes:
        yield at_most("peak memory of the worker, GB", measured.peak_bytes / 1e9, 1.5)
    else:
        yield told("peak memory of the worker is not told on this system", 0.0)


def _operations(engine: Engine) -> int:
    """Floating point operations of one picture."""
    view = View({kind: np.full((SIZE, SIZE, 3), 0.5, np.float32) for kind in CONTROLS}, 0)
    info = engine.info
    with FlopCounterMode(display=False) as counter:
        engine.paint([view], PaintSettings("dusk", "", info.steps, info.guidance), lambda *_: None)
    return int(counter.get_total_flops())


def _matrix_rate(kind: torch.dtype, side: int = 2048) -> float:
    """Operations a second of a product of two large matrices, the best of five."""
    a, b = torch.randn(2, side, side).to(kind)
    torch.mm(a, b)
    best = min(_seconds(lambda: torch.mm(a, b)) for _ in range(5))
    return 2 * side**3 / best


def _seconds(call: Callable[[], object]) -> float:
    start = time.perf_counter()
    call()
    return time.perf_counter() - start
