"""A reel that stands already is found again, as a take is: by the digest of all that makes it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from .. import __version__
from ..errors import UnderpaintError
from ..library.atomic import read_document
from ..library.hashes import sha256_of
from ..library.numbers import number_of
from ..library.project import Project
from ..model.codec import digest, to_plain
from ..model.credits import Credits
from ..model.cut import Dressing, ReelPart, ReelRecord
from .selection import Selected

RECORD = "reel.json"
CREDITS = "credits.json"
_RECIPE = 3
"""How a reel is drawn. Raise it by one with every change of what its frames show."""


def reel_digest(
    title: str,
    people: Sequence[str],
    parts: Sequence[ReelPart],
    selected: Sequence[Selected],
    found: Sequence[dict[str, str]],
    dressing: Dressing,
) -> str:
    """SHA-256 over everything that a reel shows and says. ``found``: of each shot, file → SHA-256.

    The scene's file is not in it: what it changes in a reel it changes by way of takes and passes.
    """
    return digest(
        {
            "recipe": _RECIPE,
            "underpaint": __version__,
            "title": title,
            "people": list(people),
            "parts": to_plain(tuple(parts)),
            "dressing": to_plain(replace(dressing, sound=None)),
            "sound": sha256_of(Path(dressing.sound.file)) if dressing.sound else None,
            "shots": [_shot(one, hashes) for one, hashes in zip(selected, found, strict=True)],
        }
    )


def find(project: Project, digest: str) -> Path | None:
    """The newest reel of this digest with all its files as they were made."""
    folder = project.reels
    there = [path for path in folder.iterdir() if number_of(path.name)] if folder.is_dir() else []
    for path in sorted(there, key=lambda path: int(path.name), reverse=True):
        if (path / RECORD).is_file() and _is_whole(path, digest):
            return path
    return None


def _is_whole(folder: Path, digest: str) -> bool:
    try:
        if read_document(ReelRecord, folder / RECORD).digest != digest:
            return False
        outputs = read_document(Credits, folder / CREDITS).outputs
    except UnderpaintError:  # of a newer Underpaint, or edited
        return False
    return bool(outputs) and all(
        (folder / made.file).is_file() and sha256_of(folder / made.file) == made.sha256
        for made in outputs
    )


def _shot(one: Selected, hashes: dict[str, str]) -> dict[str, object]:
    return {
        "take": to_plain(one.take),
        "chosen": one.chosen,
        "pick": to_plain(one.pick),
        "frames": hashes,
        "rate": str(one.rate),
        "passes": [[frame.frame, frame.hash] for frame in one.passes.frames],
    }
