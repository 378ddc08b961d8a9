"""What deforms between two keys, and how it moves there."""

from __future__ import annotations

from collections.abc import Sequence

from ...motion.tracks import Tracks
from ...passes.poses import bodies
from .sources import Source


def find_tracks(source: Source, ends: Sequence[int]) -> Tracks | None:
    """Tracks through a gap, its ends included; None where nothing in it changes its shape.

    Of frames that were not rendered nothing is known, so nothing is followed past them. Raises
    InputError for files that are missing or damaged.
    """
    frames = [source.frame(n) for n in range(ends[0], ends[-1] + 1) if source.has(n)]
    shapes: dict[int, set[int]] = {}
    for frame in frames:
        for thing, body in bodies(source.poses(frame)).numbers.items():
            shapes.setdefault(thing, set()).add(body)
    deforming = [thing for thing, found in shapes.items() if len(found) > 1]
    if not deforming:
        return None
    return Tracks({frame.frame: source.moment(frame, deforming) for frame in frames})
