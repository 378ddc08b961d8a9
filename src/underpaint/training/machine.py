"""Where training computes: the processor, or one GPU with processes that paint for it."""

from __future__ import annotations

import os
from dataclasses import dataclass

import torch

_GPU_BATCH = 16


@dataclass(frozen=True)
class Machine:
    """``painters``: processes that make batches. ``larger``: batches, times the recipe's, which is
    written for a laptop."""

    device: torch.device
    painters: int = 1
    larger: int = 1

    @property
    def half(self) -> torch.autocast:
        """bfloat16 where the GPU has it; a processor computes as it is."""
        return torch.autocast(self.device.type, torch.bfloat16, enabled=self.device.type == "cuda")


def machine(device: str | None = None) -> Machine:
    """The one named, or the GPU if there is one."""
    kind = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if kind.type == "cpu":
        return Machine(kind)
    return Machine(kind, max(1, (os.cpu_count() or 2) - 1), _GPU_BATCH)
