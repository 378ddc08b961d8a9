"""Which device paints, and in which precision. Torch is imported inside."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

_FAST_BF16 = ("amx_bf16", "avx512_bf16", "sve_bf16", "arm_bf16", "bf16")
"""CPU features that multiply bfloat16; emulated, it is five times slower than float32."""


@dataclass(frozen=True)
class Device:
    """Where and in what numbers the model is computed; ``text`` says both to people.

    ``views_at_once``: how many of the views that are painted together its networks see at a time,
    as long as memory suffices.
    """

    device: str
    precision: torch.dtype
    text: str
    views_at_once: int = 1


def choose_device() -> Device:
    """The best device here, in the fastest precision that it has in hardware.

    Asked of the hardware and not measured: a busy machine would measure differently tomorrow, and
    the same request would give another picture.
    """
    import torch

    if torch.cuda.is_available():
        native = torch.cuda.is_bf16_supported(including_emulation=False)
        precision = torch.bfloat16 if native else torch.float16
        return Device("cuda", precision, f"{torch.cuda.get_device_name()}, {_name(precision)}", 4)
    if torch.backends.mps.is_available():
        return Device("mps", torch.float16, "Apple GPU, float16", 2)
    precision = torch.bfloat16 if _cpu_multiplies_bf16() else torch.float32
    return Device("cpu", precision, f"CPU, {torch.get_num_threads()} threads, {_name(precision)}")


def _cpu_multiplies_bf16() -> bool:
    import torch

    features = torch.cpu.get_capabilities()
    return any(features.get(feature, False) for feature in _FAST_BF16)


def _name(precision: torch.dtype) -> str:
    return str(precision).removeprefix("torch.")
