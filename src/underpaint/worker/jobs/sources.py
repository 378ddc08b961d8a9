"""What a shot's passes give to paint from: its frames, its depth range, its control images."""

from __future__ import annotations

import json
import threading
from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import numpy as np

from ...errors import InputError, UnderpaintError
from ...library import atomic
from ...library.project import Project
from ...model.codec import digest
from ...model.request import ViewRef
from ...model.shot import FramePasses, PassSet
from ...motion.tracks import Moment
from ...passes.depth import depth_control, depth_range
from ...passes.edges import edge_control
from ...passes.exr import Passes, read_passes
from ...passes.normals import normal_control, to_camera_space
from ...passes.poses import Poses, bodies, points_of, read_poses
from ...passes.segments import segment_control
from ...surface.camera import Camera
from ...surface.sight import Sight
from ..engine import Picture

_NEEDED = {
    "depth": ("depth",),
    "normal": ("normal_world",),
    "edges": ("depth", "normal_world", "object_id"),
    "segments": ("object_id",),
}
"""Which passes a control is made of."""

_MEASURED = ("depth", "object_id", "normal_world")
"""What a sight is made of."""
_KEPT_PIXELS = 2 * 1024**2
"""Of sights that stay in memory."""
_RANGE_FILE = ".depth_range.json"


class Source:
    """The passes of one shot, read from disk when they are asked for."""

    def __init__(self, project: Project, shot: str) -> None:
        path = project.pass_set(shot)
        if not path.is_file():
            raise InputError(_no_passes(project, shot))
        self.passes = atomic.read_document(PassSet, path)
        self.folder = path.parent
        self._frames = {frame.frame: frame for frame in self.passes.frames}
        self._range: tuple[float, float] | None = None
        self._sights: OrderedDict[int, Sight] = OrderedDict()
        self._guard = threading.Lock()

    @property
    def name(self) -> str:
        """The shot's name."""
        return self.passes.shot.name

    def frame(self, number: int) -> FramePasses:
        """One frame. Raises InputError that says which there are."""
        if number not in self._frames:
            there = f"{min(self._frames)} to {max(self._frames)}" if self._frames else "none"
            raise InputError(
                f"Shot {self.name} has no passes of frame {number} (it has {there}): "
                "render its passes first."
            )
        return self._frames[number]

    def choose(self, frames: Sequence[int]) -> tuple[FramePasses, ...]:
        """These frames in order, each once; all that were rendered when none are named."""
        wanted = sorted(set(frames) or self._frames)
        if not wanted:
            raise InputError(f"Shot {self.name} has no passes yet: render them first.")
        return tuple(self.frame(number) for number in wanted)

    def view(self, frame: FramePasses) -> ViewRef:
        """The frame as a request names it."""
        return ViewRef(self.name, frame.frame, frame.hash)

    def read(self, frame: FramePasses, names: Sequence[str] | None = None) -> Passes:
        """Passes of a frame. Raises InputError for a file that is missing or broken."""
        passes = read_passes(self.folder / frame.file, names)
        for array in passes.arrays.values():
            if array.shape[:2] != (self.passes.height, self.passes.width):
                raise InputError(
                    f"{self.folder / frame.file} has not the size that its passes.json says: "
                    f"delete {self.folder} and render the passes again."
                )
        return passes

    def sight(self, frame: FramePasses) -> Sight:
        """Where everything that a frame shows stands, to find it in the shot's other frames.

        Its object ids are *bodies* (``passes.poses``), and rest is each body's own space: it is the
        same in every frame whatever frames there are, so that a longer shot changes nothing in
        those that stand. Raises InputError for files that are missing or damaged.
        """
        with self._guard:
            if frame.frame in self._sights:
                self._sights.move_to_end(frame.frame)
                return self._sights[frame.frame]
        return self._kept(frame, self.read(frame, _MEASURED))

    def moment(self, frame: FramePasses, things: Collection[int]) -> Moment:
        """How objects (by id) move on, pixel by pixel. Raises InputError as ``sight`` does."""
        passes = self.read(frame, [*_MEASURED, "motion"])
        self._kept(frame, passes)  # whoever follows what it shows will ask for it
        return Moment.of(passes.object_id, passes.motion, things, points_of(self.poses(frame)))

    def _kept(self, frame: FramePasses, passes: Passes) -> Sight:
        """A frame's sight, which is asked for again soon: the last few stay."""
        there = bodies(self.poses(frame))
        camera = Camera(frame.camera_to_world, frame.projection, *passes.depth.shape)
        normal = passes.normal_world.astype(np.float16)  # half the precision will do
        ids = there.image(passes.object_id)
        things = {body: id_ for id_, body in there.numbers.items()}
        sight = Sight(passes.depth, ids, normal, camera, there.matrices, things=things)
        with self._guard:
            self._sights[frame.frame] = sight
            while len(self._sights) * sight.depth.size > _KEPT_PIXELS:
                self._sights.popitem(last=False)
        return sight

    def forget(self) -> None:
        """Let go of the sights that are kept."""
        with self._guard:
            self._sights.clear()

    def has(self, number: int) -> bool:
        """Whether there are passes of a frame."""
        return number in self._frames

    def poses(self, frame: FramePasses) -> Poses:
        """Where everything stands. Raises InputError for a file that is missing or damaged."""
        if not frame.poses:
            raise InputError(
                f"Frame {frame.frame} of shot {self.name} was rendered by an older Underpaint, "
                "which did not write down how things move: render the passes again, which adds "
                "that and renders nothing anew."
            )
        return read_poses(self.folder / frame.poses)

    def depth_range(self, check: Callable[[], None]) -> tuple[float, float]:
        """(near, far) of the whole shot, remembered beside its passes until one of them changes."""
        if self._range is None:
            key = digest([frame.hash for frame in self.passes.frames])
            known = _read_range(self.folder / _RANGE_FILE, key)
            self._range = known or self._measure_range(check, key)
        return self._range

    def controls(
        self, frame: FramePasses, kinds: Sequence[str], near: float, far: float
    ) -> dict[str, Picture]:
        """The control images of a frame, by kind."""
        passes = self.read(frame, sorted({name for kind in kinds for name in _NEEDED[kind]}))
        return {kind: _control(kind, passes, frame, near, far) for kind in kinds}

    def _measure_range(self, check: Callable[[], None], key: str) -> tuple[float, float]:
        def depths() -> Iterator[Picture]:
            for frame in self.passes.frames:
                check()
                yield self.read(frame, ["depth"]).depth

        near, far = depth_range(depths())
        text = json.dumps({"key": key, "range": [near, far]})
        with suppress(UnderpaintError):  # passes that may only be read
            atomic.write_text(self.folder / _RANGE_FILE, text)
        return near, far


def _control(kind: str, passes: Passes, frame: FramePasses, near: float, far: float) -> Picture:
    match kind:
        case "depth":
            return depth_control(passes.depth, near, far)
        case "normal":
            return normal_control(to_camera_space(passes.normal_world, frame.camera_to_world))
        case "edges":
            return edge_control(passes.depth, passes.normal_world, passes.object_id)
        case "segments":
            return segment_control(passes.object_id)
    raise InputError(f'There is no control "{kind}".')


def _read_range(path: Path, key: str) -> tuple[float, float] | None:
    try:
        data = json.loads(path.read_text("utf-8"))
        near, far = data["range"] if data["key"] == key else (0.0, 0.0)
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return (float(near), float(far)) if 0 < near < far else None


def _no_passes(project: Project, shot: str) -> str:
    folder = project.root / "passes"
    there = sorted(path.parent for path in folder.glob("*/passes.json"))
    names = ", ".join(
        atomic.read_document(PassSet, path / "passes.json").shot.name for path in there
    )
    return f'There are no passes of a shot "{shot}" in {folder}' + (
        f": there are {names}." if names else ": render its passes first."
    )
