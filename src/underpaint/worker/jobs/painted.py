"""Frames that were painted before, by whatever take, so that none is painted twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from ...library.hashes import state_of
from ...library.takes import Takes
from ...model.request import FrameRequest, ViewRef
from ...model.take import Take


def find_painted(
    takes: Takes, among: Sequence[Take], request: FrameRequest
) -> dict[ViewRef, tuple[Take, Path]]:
    """The request's views that stand in one of these takes of the same settings, unchanged on disk.

    ``among``: finished takes of the request's shot, oldest first; the newest that has a view is it.
    """
    wanted = set(request.views)
    settings = replace(request, views=())
    found: dict[ViewRef, tuple[Take, Path]] = {}
    for take in reversed(among):
        painted = take.frame_request
        if painted is None or replace(painted, views=()) != settings:
            continue
        views = {view.frame: view for view in painted.views}
        for record in take.files:
            view = views.get(record.frame) if record.frame is not None else None
            path = takes.folder(take) / record.file
            if view in wanted and state_of(path, record.sha256) == "holds":
                wanted.remove(view)
                found[view] = take, path
    return found
