"""A timeline file of another editor, opened: its pieces, or one sentence that says why not."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path

import opentimelineio as otio

from ..errors import InputError
from ..library.atomic import disk_errors
from . import exchange
from .walk import Piece, walk

_log = logging.getLogger(__name__)

_COPIES = {".edl": exchange.EDL, ".fcpxml": exchange.FCPXML}
_NO_TIMELINE = "{} holds no timeline: export the sequence, not a clip or a bin."
_MOST_BYTES = 64 << 20
_BROKEN = (
    *(otio.exceptions.OTIOError, ValueError, TypeError, KeyError, AttributeError, IndexError),
    *(RecursionError, SyntaxError, OverflowError, ZeroDivisionError, NotImplementedError),
)
"""What OpenTimelineIO, its adapters and XML readers raise for what they cannot read."""


def pieces_of(path: Path, rate: Fraction) -> tuple[list[Piece], list[str]]:
    """The pieces of an .otio, .edl or .fcpxml file, and sentences for what has no place in a reel.

    Raises InputError for a file that is none of these, or is broken.
    """
    copy = _COPIES.get(path.suffix.lower())
    if copy is not None and not copy.is_here:
        raise InputError(f"{path} cannot be read: install the package {copy.package} first.")
    data = _bytes(path)
    try:
        timeline = _timeline(path, copy, data.decode("utf-8-sig"), rate)
        return walk(timeline, rate if copy is None else Fraction(round(rate)))
    except UnicodeDecodeError as error:
        raise InputError(f"{path} cannot be read as a timeline: it is no text in UTF-8.") from error
    except exchange.NoTimelineError as error:
        raise InputError(_NO_TIMELINE.format(path)) from error
    except _BROKEN as error:
        _log.info("%s: %s", path, error)
        raise InputError(
            f"{path} cannot be read as a timeline: it is damaged, cut off or of an unknown "
            "version. Export it again."
        ) from error


def _bytes(path: Path) -> bytes:
    if path.suffix.lower() not in (".otio", *_COPIES):
        inside = " in it" if path.is_dir() else ""
        raise InputError(f"{path} is no timeline: name an .otio, .edl or .fcpxml{inside}.")
    if path.is_dir():
        raise InputError(f"{path} is a folder: name the timeline's file in it.")
    with disk_errors(path, "read"):
        if path.stat().st_size > _MOST_BYTES:
            raise InputError(f"{path} is larger than {_MOST_BYTES >> 20} MB: no timeline is.")
        data = path.read_bytes()
    if not data.strip():
        raise InputError(f"{path} is empty: export the timeline again.")
    return data


def _timeline(
    path: Path, copy: exchange.Copy | None, text: str, rate: Fraction
) -> otio.schema.Timeline:
    if copy is not None:
        return exchange.read(copy, text, rate)
    found = otio.adapters.read_from_string(text, "otio_json")
    if not isinstance(found, otio.schema.Timeline):
        raise InputError(_NO_TIMELINE.format(path))
    return found
