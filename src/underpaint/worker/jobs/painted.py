"""Frames that were painted before, by whatever take, so that none is painted twice."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from ...library.hashes import state_of
from ...library.takes import Takes
from ...model.request import FrameRequest, ViewRef


def find_painted(takes: Takes, request: FrameRequest) -> dict[ViewRef, Path]:
    """The request's views that stand in a finished take of the same settings, unchanged on disk."""
    wanted = set(request.views)
    settings = replace(request, views=())
    found: dict[ViewRef, Path] = {}
    for take in reversed(takes.list(request.views[0].shot)):
        painted = take.frame_request
        if painted is None or replace(painted, views=()) != settings:
            continue
        views = {view.frame: view for view in painted.views}
        for record in take.files:
            view = views.get(record.frame) if record.frame is not None else None
            path = takes.folder(take) / record.file
            if view in wanted - found.keys() and state_of(path, record.sha256) == "holds":
                found[view] = path
    return found
