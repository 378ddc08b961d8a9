"""One way through a shot's frames: which of them stand, and the rendering of the others.

A frame depends on the scene's state at the frame and, because of motion, at the frames before and
after. The states are read off the very evaluations that Blender renders from, so that the hash of
a frame is of what is in its file, whatever happens between two frames. So are its poses: they are
written beside it, and written again wherever a frame stands and they do not.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import bpy
from underpaint.errors import JobError
from underpaint.library.claims import Owner
from underpaint.library.hashes import sha256_of
from underpaint.model.shot import FramePasses

from .cameras import picture_size
from .describe import describe
from .evaluation import nothing_engine, render_frame
from .frame_files import passes_file, published
from .pass_records import PassRecords
from .passes_table import PASSES
from .poses import keep_poses, poses_file
from .restore import restored
from .scene_state import SceneState, StateReader
from .staging import SETTINGS, Stage, render_layer, staged

_LAST_FRAME = 1048574  # MAXFRAME of Blender, whose first is 0
_WAIT_SECONDS = 0.01
_NOT_SHOWN = frozenset(
    {"image_settings", "ffmpeg", "bake", "views", "stereo_views", "filepath", "file_extension"}
)
"""Render settings that do not change the picture."""


@dataclass(frozen=True)
class FrameRun:
    """A stage, and the frames that it is to bring into a folder."""

    scene: bpy.types.Scene
    stage: Stage
    folder: Path
    frames: tuple[int, ...]
    records: PassRecords

    def steps(self) -> Iterator[bool | Owner]:
        """Yields for each frame whether it was rendered, those that stand first; now and then who
        renders what is left, while there is nothing to do here."""
        settings = _settings_digest(self.scene, self.stage)
        with staged(self.scene, self.stage, self.folder):
            left = yield from self._check(self.frames, settings)
            self.records.forget(left, beauty=self.stage.beauty)
            watch = _Watch(self.stage)
            while left:
                left = yield from self._render_free(left, settings, watch)
                if left:
                    left = yield from self._see_to_others(left, settings)

    def _render_free(
        self, frames: list[int], settings: bytes, watch: _Watch
    ) -> Generator[bool, None, list[int]]:
        """Render what nobody else has, or had in the meantime; returns the others."""
        others: list[int] = []
        for frame in frames:
            if not self.records.claim(frame) or self._is_recorded(frame):
                others.append(frame)
                continue
            watch.states.clear()
            self._render(frame, watch)
            self._record(frame, settings, watch)
            yield True
        if len(others) < len(frames):
            self.records.write()
        self.records.release()
        return others

    def _see_to_others(
        self, frames: list[int], settings: bytes
    ) -> Generator[bool | Owner, None, list[int]]:
        """Use what others rendered of the very scene; returns what is still to come."""
        self.records.look_again()
        ready = [frame for frame in frames if self._is_recorded(frame)]
        if not ready:
            owner = self.records.holder(frames[0])
            if owner is not None:
                time.sleep(_WAIT_SECONDS)
                yield owner
            return frames
        other = yield from self._check(ready, settings)
        if other:  # of another state of the scene
            self.records.forget(other, beauty=self.stage.beauty)
        return sorted([*(set(frames) - set(ready)), *other])

    def _is_recorded(self, frame: int) -> bool:
        return bool(self.records.hash_of(frame, beauty=self.stage.beauty))

    def _check(self, frames: Sequence[int], settings: bytes) -> Generator[bool, None, list[int]]:
        """Yields for each frame that stands; returns the others."""
        recorded = {f: self.records.hash_of(f, beauty=self.stage.beauty) for f in frames}
        stale = [frame for frame, known in recorded.items() if not known]
        if len(stale) == len(frames):
            return stale
        watch = _Watch(self.stage)
        with restored() as changes:
            changes.set(self.scene.render, {"engine": changes.enter(nothing_engine())})
            for frame in frames:
                if not recorded[frame]:
                    continue
                for near in _around(frame):
                    if near not in watch.states:
                        render_frame(self.scene, near, watch)
                if self._hash(frame, settings, watch) == recorded[frame]:
                    self._keep(frame, watch.states[frame])
                    yield False
                else:
                    stale.append(frame)
                watch.forget_before(frame)
        return sorted(stale)

    def _keep(self, frame: int, state: SceneState) -> None:
        """Of a frame that stands: its poses may be missing, or damaged, or from before there were
        any."""
        self.records.see(state.ids)
        if not self.stage.beauty:
            keep_poses(self.folder / poses_file(frame), state.poses)
            self.records.add_poses(frame, poses_file(frame))

    def _render(self, frame: int, watch: _Watch) -> None:
        final = passes_file(frame, beauty=self.stage.beauty)
        with published(self.folder, frame, final, self.records.pixels):
            render_frame(self.scene, frame, watch)

    def _record(self, frame: int, settings: bytes, watch: _Watch) -> None:
        digest = self._hash(frame, settings, watch)
        if self.stage.beauty:
            self.records.add_beauty(frame, digest)
            return
        state = watch.states[frame]
        file = passes_file(frame, beauty=False)
        self.records.see(state.ids)
        written = (self.folder / file).stat()
        keep_poses(self.folder / poses_file(frame), state.poses)
        self.records.add(
            FramePasses(
                frame,
                file,
                digest,
                state.camera_to_world,
                state.projection,
                sha256=sha256_of(self.folder / file),
                size=written.st_size,
                modified=written.st_mtime_ns,
                poses=poses_file(frame),
            )
        )

    def _hash(self, frame: int, settings: bytes, watch: _Watch) -> str:
        """Passes depend on three states; the beauty on its own, and on what its passes depend."""
        if self.stage.beauty:
            parts = [watch.digest(frame), self.records.hash_of(frame).encode()]
        else:
            parts = [watch.digest(near) for near in _around(frame)]
        return hashlib.sha256(b"".join([settings, *parts])).hexdigest()


def _around(frame: int) -> tuple[int, ...]:
    """The frames that passes depend on. Blender renders none beyond its first and its last."""
    return tuple(n for n in (frame - 1, frame, frame + 1) if 0 <= n <= _LAST_FRAME)


class _Watch:
    """Reads the state of each whole frame that Blender evaluates."""

    def __init__(self, stage: Stage) -> None:
        self.states: dict[int, SceneState] = {}
        self._reader = StateReader(materials=stage.materials, beauty=stage.beauty)

    def __call__(self, depsgraph: bpy.types.Depsgraph) -> None:
        self._reader.notice(depsgraph)
        scene = depsgraph.scene
        if scene.frame_subframe == 0.0 and scene.frame_current not in self.states:
            self.states[scene.frame_current] = self._reader.read(depsgraph)

    def forget_before(self, frame: int) -> None:
        """Forget the states that no later frame depends on."""
        for near in [near for near in self.states if near < frame]:
            del self.states[near]

    def digest(self, frame: int) -> bytes:
        """The digest of a frame that was evaluated."""
        if frame not in self.states:
            raise JobError(f"Blender did not evaluate frame {frame} of the scene: run it again.")
        return self.states[frame].digest


def _settings_digest(scene: bpy.types.Scene, stage: Stage) -> bytes:
    """Of all that is the same in every frame: our tables, the size, and what the artist set."""
    layer = render_layer(scene)
    content = [PASSES, SETTINGS, picture_size(scene)]
    if stage.materials or stage.beauty:
        override = layer.material_override
        content += [layer.pass_alpha_threshold, scene.cycles.transparent_max_bounces]
        content += [describe(override) if override else None]
    if stage.beauty:
        own = scene.cycles if scene.render.engine == "CYCLES" else scene.eevee
        content += [describe(scene.render, _NOT_SHOWN), describe(own)]
    return hashlib.sha256(repr(content).encode()).digest()
