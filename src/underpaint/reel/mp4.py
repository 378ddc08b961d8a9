"""Whether an MP4 was written to its end, by its outermost boxes."""

from __future__ import annotations

import os
import struct
from pathlib import Path

from ..library.atomic import disk_errors


def is_whole_mp4(path: Path) -> bool:
    """True if the file has its index and ends where its last box does (ISO/IEC 14496-12, 4.2).

    An encoder writes the index ``moov`` last: one that was stopped leaves none.
    """
    if not path.is_file():
        return False
    with disk_errors(path, "read"), path.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        at, names = 0, set()
        while at + 8 <= end:
            stream.seek(at)
            size, name = struct.unpack(">I4s", stream.read(8))
            if size == 1:
                size = int.from_bytes(stream.read(8), "big")
            size = size or end - at
            if size < 8:
                return False
            names.add(name)
            at += size
    return at == end and {b"ftyp", b"moov", b"mdat"} <= names
