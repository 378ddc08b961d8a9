"""What the two processes say to each other: one JSON object a line, typed and versioned.

``{"type": "paint_frames", …}``; the table ``MESSAGES`` is the whole protocol. Paths are relative to
the project's folder, which each job names once, absolutely. The worker answers every job with any
number of progress events and exactly one of ``done``, ``failed`` or ``cancelled``.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import FormatError
from ..model.codec import from_plain, to_plain
from ..model.cut import DEFAULT_CUT, Cut, CutEntry, Dressing
from ..model.look import Look
from ..model.request import Cadence, KeptFrame, Mode, SeedPer

PROTOCOL = 1
MOST_BYTES = 8 << 20
"""A longer line is refused at both ends. The longest that is said names the files of one take: it
has room for 50,000 frames of a shot with the longest name, for 200,000 of one with a usual name."""


# --- the worker, dialling in -------------------------------------------------------------------


@dataclass(frozen=True)
class Hello:
    """First line of the worker: proves that it is ours, and says what it is."""

    token: str
    protocol: int
    pid: int
    python: str
    underpaint: str


@dataclass(frozen=True)
class Alive:
    """Heartbeat, several a second, from a thread of its own."""


# --- Blender asks ------------------------------------------------------------------------------


@dataclass(frozen=True)
class Doctor:
    """Say what is here and what is missing for this engine, without loading the model.

    With ``project``, also whether that folder can be written and has room.
    """

    job: int
    engine: str
    project: str | None = None


@dataclass(frozen=True)
class PaintFrames:
    """Paint these frames of a shot (empty: all that have passes), ``takes`` times.

    ``textures``: what an anchored shot starts from, and ``repaint``, 0…1, how far it may leave it.
    ``anew``: also what was painted before; of earlier takes only the frames ``kept`` are taken
    over. ``depth_range`` and ``phase``: those of an earlier request; None: as the passes have them.
    """

    job: int
    project: str
    shot: str
    look: Look
    engine: str
    by: str
    seed: int = 0
    seed_per: SeedPer = "shot"
    takes: int = 1
    batch: int = 1
    mode: Mode = "each"
    cadence: Cadence = "ones"
    textures: tuple[StandingTexture, ...] = ()
    repaint: float = 0.35
    frames: tuple[int, ...] = ()
    anew: bool = False
    kept: tuple[KeptFrame, ...] = ()
    depth_range: tuple[float, float] | None = None
    phase: int | None = None
    previews: bool = False  # small pictures of the work going on, for a person who looks on


@dataclass(frozen=True)
class ViewOf:
    """A frame of a shot as a view of a texture. ``say``: how much its word counts beside others'
    where several show the same: what the film shows comes first."""

    shot: str
    frame: int
    say: float = 1.0


@dataclass(frozen=True)
class StandingTexture:
    """A texture take of an object that stands while others are painted.

    With ``part``, the object is painted itself, but only where its mesh's mask says.
    """

    object: str
    take: int
    part: bool = False


@dataclass(frozen=True)
class PaintTextures:
    """Paint the objects of ``textures/surface.json`` from these views.

    ``standing``: textures that are seen in the views meanwhile, and held.
    """

    job: int
    project: str
    views: tuple[ViewOf, ...]
    objects: tuple[str, ...]
    look: Look
    engine: str
    by: str
    seed: int = 0
    size: int = 1024
    standing: tuple[StandingTexture, ...] = ()


@dataclass(frozen=True)
class PaintTiles:
    """Paint a square that repeats, one for the objects that are ``grounds`` and one for ``walls``;
    a square is laid every ``metres``."""

    job: int
    project: str
    grounds: tuple[str, ...]
    walls: tuple[str, ...]
    look: Look
    engine: str
    by: str
    seed: int = 0
    size: int = 1024
    metres: float = 2.0


@dataclass(frozen=True)
class AtlasTexture:
    """A texture take of an object, and where the object stands, (x, y, z) in metres."""

    object: str
    take: int
    centre: tuple[float, float, float]


@dataclass(frozen=True)
class PackAtlases:
    """Pack textures that stand into as few pictures as hold them, near ones together."""

    job: int
    project: str
    textures: tuple[AtlasTexture, ...]
    by: str


@dataclass(frozen=True)
class PrepareReel:
    """Draw the frames of a cut, write timeline and contact sheet; the video is Blender's to encode.

    An entry's ``take`` None: the one of ``painted``, shot → take, else the pick, or with ``latest``
    the newest. ``scene`` is the .blend's absolute path, for the credits.
    """

    job: int
    project: str
    title: str
    entries: tuple[CutEntry, ...]
    people: tuple[str, ...]
    latest: bool = False
    scene: str | None = None
    dressing: Dressing = Dressing()  # noqa: RUF009 - it is frozen
    cut: str = DEFAULT_CUT
    painted: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True)
class ReadTimeline:
    """Read a timeline of another editor, an absolute path, as a cut of the project's shots.

    ``cut`` names the one that it is to take the place of.
    """

    job: int
    project: str
    file: str
    cut: str = DEFAULT_CUT


@dataclass(frozen=True)
class FinishReel:
    """The video stands in the folder: sum up its credits and let the reel appear."""

    job: int
    project: str
    folder: str


TakeKind = Literal["shots", "textures", "atlases"]
"""What takes are of, as ``library.project.Kind`` has it."""


@dataclass(frozen=True)
class CompareTakes:
    """Draw takes side by side: one frame of each, or the first, the middle and the last.

    ``wipe``: one picture instead, whose first part, 0…1 of its width, is of the first take.
    ``video``: every frame instead, as pictures to encode: ``FramesLaidOut`` says where.
    """

    job: int
    project: str
    kind: TakeKind
    subject: str
    takes: tuple[int, ...]
    frame: int | None = None
    wipe: float | None = None
    video: bool = False


@dataclass(frozen=True)
class Cancel:
    """Stop a job within one denoising step."""

    job: int


@dataclass(frozen=True)
class StopTake:
    """Paint no more of a job's takes that have this seed; the others go on, and what is painted of
    it is kept."""

    job: int
    seed: int


@dataclass(frozen=True)
class Shutdown:
    """End the worker."""


# --- the worker tells --------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """``done`` of ``total`` units; ``text`` is for people."""

    job: int
    done: float
    total: float
    text: str


@dataclass(frozen=True)
class Preview:
    """A small picture in the making, or one just made: a .npy of H×W×3 uint8 sRGB, below the
    project's folder. It is written anew for each, and goes when its take is done."""

    job: int
    file: str


@dataclass(frozen=True)
class FramePainted:
    """One frame is finished (its take may still be incomplete); ``seed`` is its take's."""

    job: int
    shot: str
    frame: int
    file: str
    seed: int = 0


@dataclass(frozen=True)
class TakeDone:
    """A take's folder has appeared. ``reused``: the same request had been painted before.

    ``files`` are those in it, relative to the project's folder.
    """

    job: int
    kind: str
    subject: str
    number: int
    folder: str
    reused: bool = False
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class TakeStopped:
    """Somebody other than who asked for the job has stopped a take of a shot: ``done`` of its
    ``total`` frames are there and are kept."""

    job: int
    shot: str
    seed: int
    done: int
    total: int


@dataclass(frozen=True)
class ReelPrepared:
    """``frames/frame_%04d.png`` from 1 below ``folder``, and ``reel.mp4`` to make.

    ``standing``: this very reel lies in ``folder`` already, and nothing is to be made.
    """

    job: int
    folder: str
    count: int
    width: int
    height: int
    fps: int
    fps_base: float
    standing: bool = False


@dataclass(frozen=True)
class FramesLaidOut:
    """Pictures to encode into the video ``out``: ``folder``/frame_0001.png and so on."""

    job: int
    folder: str
    out: str
    count: int
    width: int
    height: int
    fps: int
    fps_base: float


@dataclass(frozen=True)
class TimelineRead:
    """The cut that a timeline asks for, and of each shot the scene frames that it shows.

    ``asked``: shot → first and last frame, of which some may not be painted.
    """

    job: int
    cut: Cut
    asked: dict[str, tuple[int, int]]


@dataclass(frozen=True)
class Finding:
    """One line of the doctor: what was looked at, whether it is well, and what to do if not."""

    subject: str
    ok: bool
    text: str


@dataclass(frozen=True)
class Findings:
    """The doctor's answer."""

    job: int
    findings: tuple[Finding, ...]


@dataclass(frozen=True)
class Note:
    """A sentence for people that stops nothing, such as a word that the engine does not know."""

    job: int
    text: str


@dataclass(frozen=True)
class Done:
    """The job is done; ``files`` are what it made that no TakeDone has named, named as there."""

    job: int
    files: tuple[str, ...] = ()


@dataclass(frozen=True)
class Failed:
    """The job failed: an error's kind and its sentence."""

    job: int
    kind: str
    message: str


@dataclass(frozen=True)
class Stopped:
    """The job was cancelled."""

    job: int


Message = (
    Hello | Alive
    | Doctor | PaintFrames | PaintTextures | PaintTiles | PackAtlases
    | PrepareReel | FinishReel | ReadTimeline | CompareTakes | Cancel | StopTake
    | Shutdown
    | Progress | Preview | FramePainted | TakeDone | TakeStopped
    | ReelPrepared | TimelineRead | FramesLaidOut | Findings | Note
    | Done | Failed | Stopped
)  # fmt: skip


def _type_name(cls: type) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


MESSAGES: dict[str, type] = {_type_name(cls): cls for cls in Message.__args__}


def encode(message: Message) -> bytes:
    """One line of JSON, newline included. Raises FormatError for what no other end would take."""
    name = _type_name(type(message))
    body = {"type": name, **to_plain(message)}
    try:
        text = json.dumps(body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        line = text.encode()
    except (
        ValueError
    ) as error:  # no number, or letters that are none, as of a file with an odd name
        raise FormatError(f"a message {name} cannot be sent: {error}") from error
    if len(line) > MOST_BYTES:
        raise FormatError(
            f"a message {name} of {len(line)} bytes cannot be sent: {MOST_BYTES} are the most."
        )
    return line + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line. Raises FormatError that names the field that does not fit."""
    try:
        data: Any = json.loads(line.decode(), parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise FormatError(f"a message is not readable JSON: {error}") from error
    if not isinstance(data, dict):
        raise FormatError("$: a message is an object")
    kind = data.pop("type", None)
    if not isinstance(kind, str) or kind not in MESSAGES:
        raise FormatError(f"$.type: there is no message {kind!r}")
    message: Message = from_plain(MESSAGES[kind], data)
    return message


def job_of(line: bytes) -> int:
    """The job that a line which could not be decoded speaks of; 0 where it names none."""
    try:
        job = json.loads(line.decode()).get("job")
    except (ValueError, RecursionError, AttributeError):
        return 0
    return job if type(job) is int else 0


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
