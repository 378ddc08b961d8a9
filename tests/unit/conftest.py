"""A project on disk with real pictures, takes and passes."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import OpenEXR
import pytest
from PIL import Image

from underpaint.library.atomic import write_document
from underpaint.library.project import Project, frame_file
from underpaint.library.takes import Takes
from underpaint.model.look import Look
from underpaint.model.request import EngineRef, FrameRequest, TextureRequest, ViewRef
from underpaint.model.shot import FramePasses, PassSet, SceneObject, Shot
from underpaint.model.take import Take

ENGINE = EngineRef("built-in", "sd15", "CC0-1.0", "ab" * 32)
IDENTITY = (1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0, 0, 0, 0, 0, 1.0)


@dataclass(frozen=True)
class Stage:
    """Fills a project the way that passes and painting do."""

    project: Project

    def png(
        self, width: int = 8, height: int = 6, colour: tuple[int, int, int] = (9, 9, 9)
    ) -> bytes:
        """A picture of one colour."""
        stream = io.BytesIO()
        Image.new("RGB", (width, height), colour).save(stream, "PNG")
        return stream.getvalue()

    def request(
        self,
        shot: str = "dolly",
        frames: Sequence[int] = (1, 2, 3),
        *,
        seed: int = 7,
        size: tuple[int, int] = (8, 6),
        words: str = "a street at dusk",
    ) -> FrameRequest:
        """What to paint; other seeds are other requests."""
        views = tuple(ViewRef(shot, frame, f"passes of {frame}") for frame in frames)
        look = Look("dusk", words)
        return FrameRequest(ENGINE, look, seed, "shot", *size, views, (1.0, 9.0))

    def texture_request(self, size: int = 8) -> TextureRequest:
        """A texture to paint."""
        view = ViewRef("dolly", 1, "passes of 1")
        return TextureRequest(ENGINE, Look("dusk", "a wall"), 7, size, "mesh", (view,))

    def paint(self, request: FrameRequest, by: str = "Ana Reyes") -> Take:
        """A take in which each frame has a colour of its own."""
        with Takes(self.project).begin(request) as unfinished:
            for frame in unfinished.missing:
                colour = (40 + frame % 100, 30, 180 - frame % 100)
                unfinished.add(frame, self.png(request.width, request.height, colour))
            return unfinished.finish(by, 1.5)

    def render(
        self,
        shot: str = "dolly",
        frames: Sequence[int] = (1, 2, 3),
        *,
        size: tuple[int, int] = (8, 6),
        fps: int = 24,
        fps_base: float = 1.0,
    ) -> PassSet:
        """Passes of a slope before nothing."""
        folder = self.project.passes(shot)
        folder.mkdir(parents=True, exist_ok=True)
        records = []
        for frame in frames:
            file = frame_file(frame, ".exr")
            _write_exr(folder / file, *size)
            records.append(FramePasses(frame, file, f"passes of {frame}", IDENTITY, IDENTITY))
        passes = PassSet(
            Shot(shot, "Camera", min(frames), max(frames)),
            *size,
            fps,
            fps_base,
            "CYCLES",
            (SceneObject(1, "Slope"),),
            tuple(records),
        )
        write_document(self.project.pass_set(shot), passes)
        return passes

    def paint_shot(self, shot: str, frames: Sequence[int] = (1, 2, 3), **values: object) -> Take:
        """Passes and one take of a shot."""
        size = values.pop("size", (8, 6))
        self.render(shot, frames, size=size, **values)  # type: ignore[arg-type]
        return self.paint(self.request(shot, frames, size=size))  # type: ignore[arg-type]

    def other(self, request: FrameRequest, seed: int) -> FrameRequest:
        """The same with another seed."""
        return replace(request, seed=seed)


def _write_exr(path: Path, width: int, height: int) -> None:
    depth = np.full((height, width), 1e10, np.float32)
    depth[height // 3 :] = np.linspace(9, 2, height - height // 3, dtype=np.float32)[:, None]
    hit = depth < 1e9
    zero, one = np.zeros_like(depth), hit.astype(np.float32)
    normal = {"X": zero, "Y": zero, "Z": one}
    channels = {"Depth.Z": depth, "IndexOB.X": one}
    channels |= {f"Normal.{axis}": values for axis, values in normal.items()}
    channels |= {f"Position.{axis}": depth * one for axis in "XYZ"}
    channels |= {f"UV.{axis}": zero for axis in "UVA"}
    channels |= {f"Vector.{axis}": zero for axis in "XYZW"}
    named = {f"ViewLayer.{name}": values for name, values in channels.items()}
    OpenEXR.File({"type": OpenEXR.scanlineimage}, named).write(str(path))


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    """An empty project whose folder has a space and letters beyond ASCII."""
    return Stage(Project(tmp_path / "mi película 映画" / "underpaint"))
