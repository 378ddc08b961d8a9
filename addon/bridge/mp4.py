"""Just enough of the MP4 container (ISO/IEC 14496-12) to count frames and to tag colours.

Stands alone: the second Blender that encodes the reel loads it without the add-on.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import BinaryIO

BT709 = 1
BT601 = 6
_HEADS = {b"stsd": 16, b"avc1": 86}
"""Bytes before the first child box, where there are more than the eight of size and type."""


def frame_count(path: Path) -> int:
    """Frames of the first track; 0 where the file is cut short or is no MP4."""
    moov = _read_moov(path)
    table = _path(moov, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsz")
    return struct.unpack_from(">I", moov, table[-1] + 16)[0] if table else 0


def tag_untagged(path: Path, primaries: int, transfer: int, matrix: int) -> None:
    """Add the ``colr`` box that says how YUV was made of RGB, if the picture track has none.

    Players guess otherwise, by the picture's size. The numbers are those of ISO/IEC 23091-2.
    Only a file whose index stands at its end is changed, so that no offset in it moves.
    """
    moov = _read_moov(path)
    entry = _path(moov, b"moov", b"trak", b"mdia", b"minf", b"stbl", b"stsd", b"avc1")
    at_end = path.stat().st_size - len(moov)
    if not entry or _path(moov[entry[-1] :], b"avc1", b"colr"):
        return
    colour = struct.pack(">I4s4sHHHB", 19, b"colr", b"nclx", primaries, transfer, matrix, 0)
    end = entry[-1] + _size(moov, entry[-1])
    tagged = bytearray(moov[:end] + colour + moov[end:])
    for box in entry:
        struct.pack_into(">I", tagged, box, _size(moov, box) + len(colour))
    with path.open("r+b") as stream:
        stream.seek(at_end)
        if stream.read(len(moov)) == moov:
            stream.seek(at_end)
            stream.write(tagged)


def _read_moov(path: Path) -> bytes:
    """The index of a file, or nothing."""
    with path.open("rb") as stream:
        for kind, start, size in _top_boxes(stream):
            if kind == b"moov":
                stream.seek(start)
                return stream.read(size)
    return b""


def _top_boxes(stream: BinaryIO) -> Iterator[tuple[bytes, int, int]]:
    """Type, start and size of each outermost box that is there in full."""
    total = stream.seek(0, 2)
    start = 0
    while start + 16 <= total:
        stream.seek(start)
        size, kind, large = struct.unpack(">I4sQ", stream.read(16))
        size = {0: total - start, 1: large}.get(size, size)
        if size < 8 or start + size > total:
            return
        yield kind, start, size
        start += size


def _path(data: bytes, *kinds: bytes) -> list[int]:
    """Starts of boxes inside each other, from the outermost, which ``data`` begins with; empty
    where one is missing."""
    starts = [0] if data[4:8] == kinds[0] else []
    for parent, kind in pairwise(kinds):
        if not starts:
            break
        child = _child(data, starts[-1], _HEADS.get(parent, 8), kind)
        starts = [] if child is None else [*starts, child]
    return starts


def _child(data: bytes, parent: int, head: int, kind: bytes) -> int | None:
    start, end = parent + head, parent + _size(data, parent)
    while start + 8 <= end:
        if data[start + 4 : start + 8] == kind:
            return start
        start += max(_size(data, start), 8)
    return None


def _size(data: bytes, start: int) -> int:
    return struct.unpack_from(">I", data, start)[0]
