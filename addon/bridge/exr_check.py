"""Whether an EXR file is whole, told from its headers and chunk tables alone.

On a full disk Blender (4.2 to 5.2) says that it saved a file of which it wrote a half or nothing.
EXR files begin with a table of where each chunk lies; OpenEXR fills it in when it closes the file,
so a chunk without a place, or one that reaches beyond the end, was not written.
https://openexr.com/en/latest/OpenEXRFileLayout.html
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

_MAGIC = 20000630
_MULTIPART = 0x1000
_LINES = 16
"""In a chunk of ZIP compression, which is what we write."""


def is_whole(path: Path) -> bool:
    """Whether every scan line of every part is there; False also for no file. Raises OSError."""
    if not path.is_file():
        return False
    size = path.stat().st_size
    with path.open("rb") as stream:
        try:
            return _every_chunk_ends(stream, size)
        except (struct.error, KeyError, ValueError):
            return False


def _every_chunk_ends(stream: BinaryIO, size: int) -> bool:
    magic, flags = struct.unpack("<II", stream.read(8))
    if magic != _MAGIC:
        return False
    multipart = bool(flags & _MULTIPART)
    chunks = sum(_chunk_count(header) for header in _headers(stream, multipart))
    places = struct.unpack(f"<{chunks}Q", stream.read(8 * chunks))
    if not places or not min(places):
        return False
    head = 12 if multipart else 8  # [part,] line and length come before the pixels
    stream.seek(max(places))
    length = struct.unpack("<i", stream.read(head)[-4:])[0]
    return max(places) + head + length <= size


def _headers(stream: BinaryIO, multipart: bool) -> Iterator[dict[str, bytes]]:
    """The attributes of each part by name."""
    while header := dict(_attributes(stream)):
        yield header
        if not multipart:
            return


def _attributes(stream: BinaryIO) -> Iterator[tuple[str, bytes]]:
    while name := _word(stream):
        _word(stream)  # its type
        yield name, stream.read(*struct.unpack("<I", stream.read(4)))


def _word(stream: BinaryIO) -> str:
    """The text up to the next zero byte."""
    letters = bytearray()
    while (letter := stream.read(1)) != b"\0":
        if not letter:
            raise ValueError("the file ends within its header")
        letters += letter
    return letters.decode()


def _chunk_count(header: dict[str, bytes]) -> int:
    if "chunkCount" in header:
        return int(struct.unpack("<i", header["chunkCount"])[0])
    _, top, _, bottom = struct.unpack("<4i", header["dataWindow"])
    return -(-(bottom - top + 1) // _LINES)
