"""Frozen dataclasses to plain JSON and back, with errors that name the field.

A *document* is a dataclass with ``FORMAT`` and ``VERSION``: its JSON carries both, and older
versions are lifted by upgrade functions before they are decoded. Only the standard library is used,
because Blender's Python reads the same documents as the worker's.
"""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import json
import math
import types
from collections.abc import Callable, Mapping
from typing import (
    Any,
    ClassVar,
    Literal,
    Protocol,
    TypeVar,
    Union,
    get_args,
    get_origin,
    get_type_hints,
)

from ..errors import FormatError

T = TypeVar("T")
Plain = dict[str, Any]
Upgrade = Callable[[Plain], Plain]


class Document(Protocol):
    """What every saved object declares."""

    FORMAT: ClassVar[str]
    VERSION: ClassVar[int]


D = TypeVar("D", bound=Document)

UPGRADES: dict[tuple[str, int], Upgrade] = {}
"""(format, version) → function that lifts the plain form from that version to the next."""


def to_plain(value: Any) -> Any:
    """Plain JSON values of a dataclass, tuple, mapping or scalar."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: to_plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, (tuple, list)):
        return [to_plain(item) for item in value]
    return value


DAMAGED = "Mend the file, put an earlier copy in its place, or move it away to do without it."
"""What to do about a document that was damaged."""


def from_plain(cls: type[T], data: Any, path: str = "$") -> T:
    """Decode ``data`` as ``cls``. Raises FormatError naming the path, as in ``$.look.steps``."""
    decoded: T = _decode(cls, data, path)
    return decoded


def dump_document(document: Document) -> Plain:
    """Plain form of a document, led by its format and version."""
    return {"format": document.FORMAT, "version": document.VERSION, **to_plain(document)}


def load_document(cls: type[D], data: Any) -> D:
    """Decode a document of this or any older version."""
    if not isinstance(data, dict) or data.get("format") != cls.FORMAT:
        raise FormatError(f'This is no {cls.FORMAT} file: its "format" field does not say so.')
    version = data.get("version")
    if not isinstance(version, int) or isinstance(version, bool) or version < 1:
        raise FormatError(f"$.version: expected a whole number, got {version!r}.")
    if version > cls.VERSION:
        raise FormatError(
            f"This {cls.FORMAT} file is of version {version}; this Underpaint reads up to "
            f"{cls.VERSION}: update Underpaint to open it."
        )
    body = {key: item for key, item in data.items() if key not in ("format", "version")}
    for step in range(version, cls.VERSION):
        body = _upgrade(cls.FORMAT, step, body)
    return from_plain(cls, body)


def _upgrade(form: str, version: int, body: Plain) -> Plain:
    """An upgrade may take the old form for whole; where it is not, this says so."""
    try:
        return UPGRADES[form, version](body)
    except (LookupError, TypeError, AttributeError, ValueError) as error:
        raise FormatError(
            f"This {form} file of version {version} is not whole ({type(error).__name__}: {error})."
        ) from error


def document_text(document: Document) -> str:
    """The JSON text of a document as it is written to disk.

    Raises FormatError for what JSON or UTF-8 cannot hold: NaN, half of a letter.
    """
    return _text(dump_document(document), indent=1) + "\n"


def parse_document(cls: type[D], text: str) -> D:
    """Read back what ``document_text`` wrote."""
    try:
        data = json.loads(text)
    except json.JSONDecodeError as error:
        raise FormatError(
            f"This is no JSON that can be read: see line {error.lineno}, column {error.colno}. "
            f"{DAMAGED}"
        ) from error
    except ValueError as error:
        raise FormatError(f"This is no JSON that can be read: {error}. {DAMAGED}") from error
    except RecursionError as error:
        raise FormatError("This is no document of ours: it is nested too deeply.") from error
    return load_document(cls, data)


def digest(value: Any) -> str:
    """SHA-256 (hex) of the canonical JSON of a value: the same JSON, the same digest, everywhere.

    Python's 1 and 1.0 are equal and yet other JSON, so a float field must be given a float; what
    ``from_plain`` reads has floats there. Raises FormatError for what JSON cannot hold.
    """
    text = _text(to_plain(value), sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _text(plain: Any, **style: Any) -> str:
    """JSON that every reader takes and that UTF-8 can hold."""
    try:
        text = json.dumps(plain, ensure_ascii=False, allow_nan=False, **style)
        text.encode()
    except UnicodeEncodeError as error:
        shown = ascii(error.object[max(0, error.start - 30) : error.end + 30])
        raise FormatError(f"There are bytes that are no letters in {shown}.") from error
    except ValueError as error:
        raise FormatError(f"This cannot be written as JSON: {error}.") from error
    return text


def _decode(hint: Any, data: Any, path: str) -> Any:
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        return _decode_optional(hint, data, path)
    if origin is Literal:
        return _expect(
            data in get_args(hint), data, path, f"one of {', '.join(map(str, get_args(hint)))}"
        )
    if origin is tuple:
        return _decode_tuple(get_args(hint), data, path)
    if origin in (dict, Mapping):
        _expect(isinstance(data, dict), data, path, "an object")
        item = get_args(hint)[1]
        return {
            _letters(key, path): _decode(item, entry, f"{path}.{key}")
            for key, entry in data.items()
        }
    if dataclasses.is_dataclass(hint):
        return _decode_dataclass(hint, data, path)
    return _decode_scalar(hint, data, path)


def _decode_optional(hint: Any, data: Any, path: str) -> Any:
    """``X | None`` is the only union that a document may hold."""
    if data is None and type(None) in get_args(hint):
        return None
    (inner,) = (arg for arg in get_args(hint) if arg is not type(None))
    return _decode(inner, data, path)


def _decode_tuple(args: tuple[Any, ...], data: Any, path: str) -> tuple[Any, ...]:
    _expect(isinstance(data, (list, tuple)), data, path, "a list")
    if len(args) == 2 and args[1] is Ellipsis:
        return tuple(_decode(args[0], entry, f"{path}[{i}]") for i, entry in enumerate(data))
    _expect(len(data) == len(args), data, path, f"a list of {len(args)}")
    return tuple(
        _decode(a, d, f"{path}[{i}]") for i, (a, d) in enumerate(zip(args, data, strict=True))
    )


_hints_of = functools.cache(get_type_hints)
"""Reading annotations is most of the work of decoding a message, and a tick decodes several."""


def _decode_dataclass(cls: Any, data: Any, path: str) -> Any:
    _expect(isinstance(data, dict), data, path, "an object")
    hints = _hints_of(cls)
    fields = {f.name: f for f in dataclasses.fields(cls) if f.init}
    for key in data:
        if key not in fields:
            raise FormatError(
                f"{path}.{_letters(key, path)}: there is no such field in {cls.__name__}."
            )
    values = {}
    for name, spec in fields.items():
        if name in data:
            values[name] = _decode(hints[name], data[name], f"{path}.{name}")
        elif spec.default is dataclasses.MISSING and spec.default_factory is dataclasses.MISSING:
            raise FormatError(f"{path}.{name}: this field is missing.")
    try:
        return cls(**values)
    except FormatError as error:
        raise FormatError(f"{path}: {error}") from error


def _decode_scalar(hint: Any, data: Any, path: str) -> Any:
    if hint is Any:
        return data
    if hint is float:
        return _finite(data, path)
    if hint is int and isinstance(data, bool):
        _expect(False, data, path, "int")
    _expect(isinstance(data, hint), data, path, hint.__name__)
    return _letters(data, path) if hint is str else data


def _finite(data: Any, path: str) -> float:
    """A float that JSON can hold; a whole number is one too."""
    _expect(isinstance(data, (int, float)) and not isinstance(data, bool), data, path, "float")
    try:
        number = float(data)
    except OverflowError:
        number = math.inf
    _expect(math.isfinite(number), data, path, "a finite number")
    return number


def _letters(data: str, path: str) -> str:
    """Text that UTF-8 can hold: JSON may escape half of a letter, which no file can."""
    try:
        data.encode()
    except UnicodeEncodeError:
        _expect(False, data, path, "letters")
    return data


def _expect(holds: bool, data: Any, path: str, wanted: str) -> Any:
    if not holds:
        shown = repr(data)
        raise FormatError(
            f"{path}: expected {wanted}, got {shown[:60] + '…' if len(shown) > 60 else shown}."
        )
    return data
