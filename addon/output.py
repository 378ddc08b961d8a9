"""Standard output for our own words alone: what Blender prints goes to standard error meanwhile."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import BinaryIO

from underpaint.console import Console, JsonSink, Sink


@contextmanager
def own_output() -> Iterator[BinaryIO]:
    """Yields the real standard output; descriptor 1 is standard error's until the block ends."""
    sys.stdout.flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with os.fdopen(os.dup(kept), "wb") as out:
            yield out
    finally:
        sys.stdout.flush()
        os.dup2(kept, 1)
        os.close(kept)


def sink_for(words: Sequence[str], out: BinaryIO) -> Sink:
    """JSON lines or words for people, as the command line asks."""
    text = open(out.fileno(), "w", encoding="utf-8", closefd=False)  # noqa: SIM115
    return JsonSink(text) if "--json" in words else Console(text, sys.stderr)
