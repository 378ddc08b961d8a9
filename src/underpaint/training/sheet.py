"""A sheet to judge the model by: the teacher's picture beside the model's, look by look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from torch import Tensor

from underpaint.training import pool
from underpaint.training.data import start_noise
from underpaint.training.export import PAINTED_STEPS
from underpaint.training.network import Network, pipeline
from underpaint.training.painter import paint
from underpaint.training.styles import LOOKS, Brief
from underpaint.training.words import LOOK_WORDS

SIZE = (192, 320)


@torch.no_grad()
def sheet(network: Network, work: Path, out: Path, scenes: int = 2) -> None:
    """Write ``sheet.png`` to the work folder; the scenes are the last of the pool."""
    pipe = pipeline(network)
    pipe.set_progress_bar_config(disable=True)
    rows = []
    for look in LOOKS:
        row: list[Tensor] = []
        for path in pool.scenes(work / "pool")[-5:][:scenes]:
            planes = pool.to_planes(_small(np.load(path)))
            depth, normal = pool.controls(planes)
            words = LOOK_WORDS[look][0]
            noise = start_noise(*SIZE, seed=0)
            made = pipe(
                words,
                image=[depth[None], normal[None]],
                height=SIZE[0],
                width=SIZE[1],
                num_inference_steps=PAINTED_STEPS,
                guidance_scale=1.0,
                latents=noise[None],
                output_type="pt",
            ).images[0]
            row += [paint(planes, Brief(look), noise), made]
        rows.append(torch.cat(row, 2))
    picture = (torch.cat(rows, 1).permute(1, 2, 0).clamp(0, 1) * 255).byte().numpy()
    Image.fromarray(picture).save(work / "sheet.png")


def _small(record: NDArray[np.void]) -> NDArray[np.void]:
    stride = min(record.shape[0] // SIZE[0], record.shape[1] // SIZE[1])
    rows, columns = SIZE[0] * stride, SIZE[1] * stride
    return record[:rows:stride, :columns:stride]
