"""Names of shots and objects as file names that every system takes.

Any script of the world stays as it is; only what a file system refuses is percent-escaped, so that
the name can be read back. A name too long for a file system is cut and carries a short digest.
"""

from __future__ import annotations

import hashlib
import unicodedata
from urllib.parse import unquote

_REFUSED = set('<>:"/\\|?*%') | {chr(code) for code in range(32)} | {"\x7f"}
_RESERVED = {"CON", "PRN", "AUX", "NUL"} | {
    f"{port}{n}" for port in ("COM", "LPT") for n in range(1, 10)
}
_MOST_BYTES = 120
_EMPTY = "%"


def to_file_name(name: str) -> str:
    """A file name for ``name``; different names give different file names.

    Disks that ignore case, or how a letter with a mark is composed, take some of them for the same
    file all the same: whoever writes several asks ``same_file``.

    >>> to_file_name("shot 1/A"), to_file_name("ñandú"), to_file_name("CON")
    ('shot 1%2FA', 'ñandú', '%43ON')
    """
    escaped = "".join(_escape(char) if char in _REFUSED else char for char in name)
    if not escaped:
        return _EMPTY
    if escaped[0] == "." or escaped.split(".")[0].upper() in _RESERVED:
        escaped = _escape(escaped[0]) + escaped[1:]
    if escaped[-1] in ". ":
        escaped = escaped[:-1] + _escape(escaped[-1])
    if len(escaped.encode()) > _MOST_BYTES:
        escaped = _cut(escaped, name)
    return escaped


def from_file_name(file_name: str) -> str:
    """The name that ``to_file_name`` escaped (a cut name comes back cut)."""
    return "" if file_name == _EMPTY else unquote(file_name)


def folded(name: str) -> str:
    """Equal for names whose files some system takes for the same: without case and composition."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", to_file_name(name)).casefold())


def same_file(one: str, other: str) -> bool:
    """Whether the files of two names are one file to Windows, to macOS or to a thumb drive.

    >>> same_file("Wide", "wide"), same_file("Wide", "Wide 2")
    (True, False)
    """
    return folded(one) == folded(other)


def _escape(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode())


def _cut(escaped: str, name: str) -> str:
    mark = "~" + hashlib.sha256(name.encode()).hexdigest()[:12]
    head = escaped.encode()[: _MOST_BYTES - len(mark)].decode(errors="ignore")
    return head.rsplit("%", 1)[0] + mark if "%" in head[-2:] else head + mark
