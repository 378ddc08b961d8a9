"""A sheet to judge the model by: the teacher's picture beside the model's, look by look."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from torch import Tensor

from underpaint.training import pool
from underpaint.training.data import start_noise
from underpaint.training.export import PAINTED_STEPS
from underpaint.training.network import Network, pipeline
from underpaint.training.painter import paint
from underpaint.training.scenes import random_picture
from underpaint.training.styles import LOOKS, Brief
from underpaint.training.words import LOOK_WORDS

SIZE = (192, 320)
_UNSEEN = 10**9


@torch.no_grad()
def sheet(network: Network, work: Path) -> None:
    """Write ``sheet.png`` to the work folder, of scenes that no pool holds."""
    pipe = pipeline(network)
    pipe.set_progress_bar_config(disable=True)
    scenes = [pool.to_planes(pool.packed(random_picture(_UNSEEN + n, *SIZE)[1])) for n in (0, 1)]
    rows = []
    for look in LOOKS:
        row: list[Tensor] = []
        for planes in scenes:
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
