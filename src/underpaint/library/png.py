"""Whether a PNG is whole, without decoding it and with the standard library only."""

from __future__ import annotations

import struct
import zlib

_SIGNATURE = b"\x89PNG\r\n\x1a\n"


def whole_png_size(data: bytes) -> tuple[int, int] | None:
    """Width and height of a PNG whose every chunk is there and unharmed; None for anything else.

    A chunk is its length, name, body and CRC-32 of name and body (PNG specification, 5.3).
    """
    if not data.startswith(_SIGNATURE):
        return None
    at = len(_SIGNATURE)
    size = None
    while at + 12 <= len(data):
        length, name = struct.unpack_from(">I4s", data, at)
        end = at + 8 + length
        if end + 4 > len(data):
            return None
        if zlib.crc32(data[at + 4 : end]) != int.from_bytes(data[end : end + 4], "big"):
            return None
        if name == b"IHDR" and length == 13:
            size = struct.unpack_from(">II", data, at + 8)
        if name == b"IEND":
            return size
        at = end + 4
    return None
