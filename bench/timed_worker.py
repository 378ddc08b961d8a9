"""The worker as it is, with a clock around the model's own forward passes.

Started by `bench.warm` in place of ``underpaint/worker/boot.py``; appends a line of JSON a call,
``["unet", 0.123, 812345678]``, to the file named in ``UNDERPAINT_BENCH_CALLS``: the model's part,
seconds, and the most memory in bytes that the process has held so far (0 where that is not told).
"""

from __future__ import annotations

import json
import os
import runpy
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "src"))

from underpaint.worker.engines import diffusers

MODELS = {"unet": "forward", "controlnet": "forward", "vae": "decode", "text_encoder": "forward"}


def main() -> None:
    with Path(os.environ["UNDERPAINT_BENCH_CALLS"]).open("w", buffering=1) as calls:
        load = diffusers.load_pipeline

        def load_timed(*arguments: Any) -> Any:
            pipe = load(*arguments)
            for name, method in MODELS.items():
                part = getattr(pipe, name)
                setattr(part, method, timed(getattr(part, method), name, calls.write))
            return pipe

        diffusers.load_pipeline = load_timed
        runpy.run_module("underpaint.worker", run_name="__main__", alter_sys=True)


def timed(call: Callable[..., Any], name: str, write: Callable[[str], Any]) -> Callable[..., Any]:
    def run(*arguments: Any, **options: Any) -> Any:
        start = time.perf_counter()
        result = call(*arguments, **options)
        synchronize()
        write(json.dumps([name, time.perf_counter() - start, peak_bytes()]) + "\n")
        return result

    return run


def peak_bytes() -> int:
    """The most memory that this program has held; 0 where the system does not tell.

    Linux hands a parent's peak down to its children in ``ru_maxrss``; VmHWM begins anew.
    """
    if found := peak_bytes_of("self"):
        return found
    try:
        import resource
    except ImportError:
        return 0
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes, on macOS


def peak_bytes_of(process: int | str) -> int:
    """The most memory that a process of this machine has held; 0 where the system does not tell."""
    status = Path(f"/proc/{process}/status")
    if not status.exists():
        return 0
    line = next(line for line in status.read_text().splitlines() if "VmHWM" in line)
    return int(line.split()[1]) * 1024


def synchronize() -> None:
    """Wait for the GPU, which computes behind the caller's back."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
