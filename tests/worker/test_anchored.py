"""What an anchored shot starts from, and what it says of textures that it cannot use."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from tests.worker.test_standing import UV, job, quad, street, write_surface
from underpaint.library.project import Project
from underpaint.wire.messages import Message, Note, StandingTexture
from underpaint.worker.job import Job
from underpaint.worker.jobs.anchored import Anchors
from underpaint.worker.jobs.sources import Source

__all__ = ["street"]


@pytest.fixture
def painted(person: Any, street: Project) -> Project:
    """The street, with a texture of its wall."""
    person.ask(job(street, 1))
    return street


def anchored(project: Project) -> tuple[Anchors, list[str]]:
    """What the shot starts from, and the notes."""
    heard: list[Message] = []
    work = Job(1, heard.append, lambda: False)
    source = Source(project, "plano 1")
    anchors = Anchors(project, source, [StandingTexture("wall", 1)], work)
    return anchors, [message.text for message in heard if isinstance(message, Note)]


def test_a_shot_starts_from_what_stands_still(painted: Project) -> None:
    anchors, notes = anchored(painted)
    assert [ref.object for ref in anchors.refs] == ["wall"] and not notes
    start = anchors.start(Source(painted, "plano 1").frame(2))
    assert start.mask[5, 90] == 1 and start.mask[40, 48] == 0, "the wall, and not the ball"


def test_what_changes_its_shape_is_said_to_be_painted(painted: Project) -> None:
    """It was said to have another UV map, and painting it again did not help."""
    wall = quad((-3, 3), (-2.5, 2.5), -6)
    arrays: dict[str, np.ndarray] = {"uv": UV}
    for index in (0, 1):
        arrays[f"positions_{index}"] = wall + index * np.float32(0.1)
        arrays[f"normals_{index}"] = np.broadcast_to(np.float32([0, 0, 1]), wall.shape)
    np.savez(painted.surface_cache / "wall.npz", **arrays)
    write_surface(painted, layout="of this pose")
    anchors, (note,) = anchored(painted)
    assert not anchors.refs
    assert "do not follow what changes its shape" in note and note.endswith("wall.")


def test_a_texture_for_another_map_is_told_with_what_helps(painted: Project) -> None:
    write_surface(painted, layout="another")
    anchors, (note,) = anchored(painted)
    assert not anchors.refs and "wall" in note and "--save" in note


def test_what_a_shot_does_not_show_is_not_told_of(
    painted: Project, write_shot: Callable[..., None]
) -> None:
    for frame in range(1, 4):
        path = painted.passes("plano 1") / f"poses_{frame:04d}.npz"
        with np.load(path) as arrays:
            kept = {name: values[1:] for name, values in arrays.items()}
        np.savez(path, **kept)
    write_surface(painted, layout="another")
    anchors, notes = anchored(painted)
    assert not anchors.refs and not notes
