"""Which shot a clip of a foreign timeline is: by our metadata, its media's path, or its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite
from urllib.parse import unquote, urlparse

import opentimelineio as otio

from ..library.numbers import number_of
from ..model.names import to_file_name
from .timeline import ours_of


@dataclass(frozen=True)
class Known:
    """The project's shots, and the frames that are painted of each."""

    shots: tuple[str, ...]
    frames: Mapping[str, range]


@dataclass(frozen=True)
class Match:
    """A clip's shot and take. ``named``: somebody asked for this take, whatever is picked.

    ``shift``: what is to be added to the clip's times to make them the scene's frames.
    """

    shot: str
    take: int | None = None
    named: bool = False
    shift: int = 0

    def frame(self, start: int | None, painted: range) -> int:
        """The scene's frame at which a clip starts; None: where its take does."""
        return painted.start if start is None else start + self.shift


def shot_of(clip: otio.schema.Clip, known: Known) -> Match | None:
    """The shot that a clip shows, if it is one of ours."""
    media = _media_path(clip)
    shot, take = _by_path(media, known)
    ours = ours_of(clip)
    named = str(ours.get("shot", ""))
    if named in known.shots and shot in (None, named):
        return _ours(named, take, ours)
    if shot is None:
        shot = _by_name(clip.name, known)
    if shot is None:
        return None
    return Match(shot, take, shift=_shift(clip, known.frames[shot]))


def _ours(shot: str, take: int | None, ours: Mapping[str, object]) -> Match:
    """What we wrote; media that were swapped for another take since count more."""
    written, entry = _number(ours.get("take")), ours.get("entry")
    if take is not None and take != written:
        return Match(shot, take, named=True)
    if not isinstance(entry, Mapping):
        return Match(shot, written)
    asked = _number(entry.get("take"))
    return Match(shot, asked, named=asked is not None)


def _number(value: object) -> int | None:
    """A take's number, where it is one."""
    return value if type(value) is int and value > 0 else None


def _media_path(clip: otio.schema.Clip) -> str:
    media = clip.media_reference
    if isinstance(media, otio.schema.ImageSequenceReference):
        return f"{media.target_url_base}{media.name_prefix}"
    url = getattr(media, "target_url", "") or ""
    edl = clip.metadata.get("cmx_3600")
    comments = edl.get("comments", ()) if isinstance(edl, Mapping) else ()
    return url or " ".join(str(comment) for comment in comments)


def _by_path(path: str, known: Known) -> tuple[str | None, int | None]:
    """``…/takes/SHOT/003/…`` → that shot and take."""
    address = _without_host(path)
    plain = unquote(address or path).replace("\\", "/")
    raw = address.replace("\\", "/")
    folders = {to_file_name(shot): shot for shot in known.shots}
    for text in (plain, unquote(plain), raw):
        for found in re.finditer(r"(?:^|/)takes/([^/]+)/([^/]+)(?=/|$)", text):
            number = number_of(found[2])
            if found[1] in folders and number is not None:
                return folders[found[1]], number
    return None, None


def _without_host(path: str) -> str:
    try:
        return urlparse(path).path
    except ValueError:  # a bracket where a host has to stand
        return path


def _by_name(name: str, known: Known) -> str | None:
    """A clip's name, without what editors put behind it: `` FF``, ``.mov``, a copy's number."""
    bare = re.sub(r"\s+FF$", "", name.strip())
    tried = (name, bare, re.sub(r"\.\w{1,5}$", "", bare), re.sub(r"(?:[ _.-]\d+)$", "", bare))
    for text in tried:
        same = [shot for shot in known.shots if shot.casefold() == text.casefold()]
        if len(same) == 1:
            return same[0]
    return None


def _shift(clip: otio.schema.Clip, painted: range) -> int:
    """Copies count from 0 where a take starts before it, and so do editors that read sequences."""
    media = clip.media_reference
    there = media.available_range if media is not None else None
    value = there.start_time.value if there is not None else None
    start = round(value) if value is not None and isfinite(value) else None
    if start == painted.start:
        return 0
    if painted.start < 0:
        return painted.start
    return painted.start if start == 0 else 0
