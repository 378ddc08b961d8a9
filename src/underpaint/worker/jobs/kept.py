"""What of an earlier take stays in a new one of the same settings: frames in which nothing changed.

Frames that share a drawing stay together or not at all, and only where they still share it: where
a shot begins elsewhere now, drawings on twos are of other frames. The new request names what stays,
by its hash, so that a record says it all.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from ...errors import InputError
from ...library.hashes import state_of
from ...library.takes import Takes
from ...model.request import FrameRequest, KeptFrame
from ...model.take import FileRecord, Take
from .keyed import exposures

_NEAR = 1.25
"""The ratio up to which a shot's depth range counts as that of an earlier take: the nearest thing
may have moved a little, or another frame shows a little more."""


@dataclass(frozen=True)
class Kept:
    """A frame that stays: of which take, and where."""

    frame: KeptFrame
    take: Take
    path: Path


def keep_range(request: FrameRequest, among: Sequence[Take]) -> FrameRequest:
    """The request with the depth range of the newest take of the same settings that shares frames
    with it, where that is about the same: or else a single thing that moved would change all."""
    for take in reversed(among):
        earlier = take.frame_request
        if earlier is None or not set(earlier.views) & set(request.views):
            continue
        if _settings(earlier) == _settings(replace(request, depth_range=earlier.depth_range)) and (
            _is_near(earlier.depth_range, request.depth_range)
        ):
            return replace(request, depth_range=earlier.depth_range)
    return request


def find_same(takes: Takes, among: Sequence[Take], request: FrameRequest) -> Take | None:
    """The newest of these takes of the very request, whatever stayed in it from those before."""
    for take in reversed(among):
        earlier = take.frame_request
        if earlier is not None and replace(earlier, kept=request.kept) == request:
            return takes.find(earlier, among)
    return None


def find_kept(
    takes: Takes, among: Sequence[Take], request: FrameRequest, shown: Mapping[int, int]
) -> tuple[Kept, ...]:
    """What stays of the newest of these takes, oldest first, of which anything does.

    ``shown``: frame → the one whose drawing it is to show.
    """
    for take in reversed(among):
        earlier = take.frame_request
        if earlier is not None and _settings(earlier) == _settings(request):
            kept = tuple(_unchanged(takes, take, earlier, request, shown))
            if kept:
                return kept
    return ()


def find_again(takes: Takes, among: Sequence[Take], kept: Sequence[KeptFrame]) -> tuple[Kept, ...]:
    """Frames that a request names as kept. Raises InputError where one is gone."""
    there = {
        (record.frame, record.sha256): (take, takes.folder(take) / record.file)
        for take in among
        for record in take.files
    }
    found = []
    for one in kept:
        take, path = there.get((one.frame, one.sha256), (None, None))
        if take is None or path is None or state_of(path, one.sha256) != "holds":
            raise InputError(
                f"Frame {one.frame} that the take went on from is gone, or was changed: it cannot "
                "be painted once more the same."
            )
        found.append(Kept(one, take, path))
    return tuple(found)


def _settings(request: FrameRequest) -> FrameRequest:
    """Without what differs between takes that go on from one another; seeds count. Whether a
    drawing is still one its frames tell."""
    return replace(request, views=(), kept=(), phase=0)


def _is_near(one: tuple[float, float], other: tuple[float, float]) -> bool:
    ratios = [a / b for a, b in zip(one, other, strict=True)]
    return all(1 / _NEAR <= ratio <= _NEAR for ratio in ratios)


def _unchanged(
    takes: Takes,
    take: Take,
    earlier: FrameRequest,
    request: FrameRequest,
    shown: Mapping[int, int],
) -> Iterator[Kept]:
    wanted, there = set(request.views), {view.frame: view for view in earlier.views}
    was = exposures([*there], earlier.phase, earlier.cadence)
    files = sorted((f.frame, f) for f in take.files if f.frame is not None)
    for _, group in itertools.groupby(files, lambda item: item[1].sha256):
        drawing = list(group)
        stays = [_stays(takes, take, record, there[frame] in wanted) for frame, record in drawing]
        if all(stays) and _is_still_drawn({frame for frame, _ in drawing}, was, shown):
            for frame, record in drawing:
                path = takes.folder(take) / record.file
                yield Kept(KeptFrame(frame, record.sha256), take, path)


def _is_still_drawn(
    frames: Collection[int], was: Mapping[int, int], shown: Mapping[int, int]
) -> bool:
    """Whether frames of one picture are all to show drawings that it was."""
    drawings = {shown[frame] for frame in frames}
    return all(drawing in frames and was[drawing] == drawing for drawing in drawings)


def _stays(takes: Takes, take: Take, record: FileRecord, unchanged: bool) -> bool:
    path = takes.folder(take) / record.file
    return unchanged and state_of(path, record.sha256) == "holds"
