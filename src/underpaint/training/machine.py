"""Where training computes: the processor, or one GPU with processes that paint for it."""

from __future__ import annotations

import os
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

import torch

_GPU_BATCH = 16
_MOST_PAINTERS = 16


@dataclass(frozen=True)
class Machine:
    """``painters``: processes that make batches. ``larger``: batches, times the recipe's, which is
    written for a laptop."""

    device: torch.device
    painters: int = 1
    larger: int = 1

    @property
    def half(self) -> torch.autocast:
        """bfloat16 where a GPU has it in hardware; all else computes in float32."""
        cuda = self.device.type == "cuda"
        fast = cuda and torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.autocast(self.device.type, torch.bfloat16, enabled=fast)


def in_full(device: torch.device) -> AbstractContextManager[object]:
    """All float32 there, whatever precision is chosen around."""
    if torch.amp.is_autocast_available(device.type):
        return torch.autocast(device.type, enabled=False)
    return nullcontext()


def machine(device: str | None = None) -> Machine:
    """The one named, cpu or cuda, or the GPU if there is one."""
    kind = torch.device(device or ("cuda" if torch.cuda.is_available() else "cpu"))
    if kind.type == "cpu":
        return Machine(kind)
    return Machine(kind, min(max(1, cores() - 1), _MOST_PAINTERS), _GPU_BATCH)


def cores() -> int:
    """Processors that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
