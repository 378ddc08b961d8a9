"""An order: everything that a job is to do, told alike by the panel and by the command line."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import bpy
from underpaint.commands import Command
from underpaint.errors import InputError
from underpaint.library.project import Project, check_root
from underpaint.model.cut import DEFAULT_CUT, Dressing
from underpaint.model.look import Look
from underpaint.model.request import MOST_IN_ATLAS, Cadence, Mode, SeedPer
from underpaint.model.shot import Shot
from underpaint.model.surface import UvChoice
from underpaint.wire.messages import ViewOf

from .. import access, choices, looks, prefs
from ..bridge import sounds
from ..bridge.instanced import all_objects
from ..bridge.shots import list_shots

if TYPE_CHECKING:
    from ..props import UnderpaintScene

Stage = Literal["passes", "frames", "textures", "reel", "retime", "redo"]
STAGES: dict[str, tuple[Stage, ...]] = {
    "passes": ("passes",),
    "frames": ("passes", "frames"),
    "textures": ("passes", "textures"),
    "reel": ("reel",),
    "retime": ("retime",),
    "redo": ("passes", "redo"),
    "run": ("passes", "frames", "textures", "reel"),
}
"""Command → what it does, in order. Passes that stand are not rendered again."""
_ANCHORED_RUN: tuple[Stage, ...] = ("passes", "textures", "frames", "reel")


NO_LOOK = Look("", "")
"""For work that paints nothing."""


@dataclass(frozen=True)
class ShotOrder:
    """A shot and those of its frames that are wanted."""

    shot: Shot
    frames: tuple[int, ...]

    @property
    def view_frames(self) -> tuple[int, ...]:
        """First, middle and last frame: from where textures look at the scene."""
        frames = self.frames
        return tuple(dict.fromkeys((frames[0], frames[len(frames) // 2], frames[-1])))


@dataclass(frozen=True)
class Order:
    """What to make, from what, and where it goes. ``apply`` brings results back into the scene.

    ``gently``: the scene is as it was between any two ticks, because a person may be working in it;
    otherwise only when the job ends, which is faster. ``repaint``, 0…1: how far an anchored shot
    may leave its textures. ``most_added``: views to add at the most; 0, as many as it takes.
    ``redone``: the take that is painted once more. ``notes``: what a person should know of it.
    """

    command: str
    scene: str
    out: Path
    shots: tuple[ShotOrder, ...]
    look: Look
    engine: str
    python: str
    by: str
    seed: int = 0
    mode: Mode = "steady"
    cadence: Cadence = "ones"
    repaint: float = 0.35
    seed_per: SeedPer = "shot"
    takes: int = 1
    batch: int = 1
    objects: tuple[str, ...] = ()
    texture_size: int = 1024
    around: bool = True
    most_added: int = 0
    uv: UvChoice = "own"
    part: str = ""
    tile_metres: float | None = None
    pack: bool = False
    atlas: bool = False
    title: str = ""
    people: tuple[str, ...] = ()
    latest: bool = False
    cut: str = DEFAULT_CUT
    only: tuple[str, ...] = ()
    dressing: Dressing = Dressing()  # noqa: RUF009 - it is frozen
    timeline: Path | None = None
    redone: int = 0
    notes: tuple[str, ...] = ()
    apply: bool = True
    gently: bool = False

    @property
    def stages(self) -> tuple[Stage, ...]:
        """What there is to do, in order: an anchored shot wants its textures first."""
        if self.tile_metres is not None:
            return ("textures",)
        anchored_run = self.command == "run" and self.mode == "anchored"
        return _ANCHORED_RUN if anchored_run else STAGES[self.command]

    @property
    def project(self) -> Project:
        """The folder that results go to."""
        return Project(self.out)

    @property
    def views(self) -> tuple[ViewOf, ...]:
        """The shots' own views of what is textured."""
        return tuple(ViewOf(s.shot.name, frame) for s in self.shots for frame in s.view_frames)


def of_scene(
    scene: bpy.types.Scene, name: str, *, gently: bool, timeline: Path | None = None
) -> Order:
    """The order that the panel's settings make. Raises InputError in words."""
    wishes = access.wishes(scene)
    selected = tuple(obj.name for obj in scene.objects if _is_selected_mesh(obj))
    if wishes.targets == "SELECTED" and not selected and "textures" in STAGES[name]:
        raise InputError("No mesh is selected: select what to texture, or set Objects to Visible.")
    tiled = wishes.tile and name == "textures"
    if tiled and not selected:
        raise InputError("No mesh is selected: select the grounds and walls that get the tile.")
    command = Command(
        name,
        objects=selected if tiled or wishes.targets == "SELECTED" else (),
        tile=wishes.tile_metres if tiled else None,
        latest=wishes.latest,
        cut=wishes.cut.strip() or DEFAULT_CUT,
        path=timeline,
    )
    return of_command(scene, command, apply=True, gently=gently)


def of_command(
    scene: bpy.types.Scene, command: Command, *, apply: bool, gently: bool = False
) -> Order:
    """The order of a command; what it leaves out is as the scene has it, then the preferences.

    Raises InputError in words, with what there is where a name is not known.
    """
    wishes, settings = access.wishes(scene), prefs.settings()
    out = command.out.absolute() if command.out else choices.out_folder(scene)
    check_root(out)
    frames = {} if command.tile else _frames(scene, command)
    textures = "textures" in STAGES[command.name]
    part = wishes.part if command.part is None else command.part
    by = command.by or settings.by
    mode, cadence = command.mode or wishes.mode, command.cadence or wishes.cadence
    if "frames" in STAGES[command.name]:
        _check_manner(command, mode, cadence)
    texture_size = command.texture_size or wishes.texture_size
    atlas = command.atlas or wishes.atlas
    if textures and not command.tile:
        _check_atlas(atlas, texture_size)
    return Order(
        command=command.name,
        scene=scene.name,
        out=out,
        shots=tuple(ShotOrder(shot, wanted) for shot, wanted in frames.items()),
        look=_look(wishes, command, Project(out)),
        engine=command.engine or wishes.engine or settings.engine,
        python=str(command.python or settings.python),
        by=by,
        seed=wishes.seed if command.seed is None else command.seed,
        mode=mode,
        cadence=cadence,
        repaint=wishes.repaint if command.repaint is None else command.repaint,
        seed_per=(command.seed_per or wishes.seed_per) if mode == "each" else "shot",
        takes=command.takes or wishes.takes,
        batch=command.batch,
        objects=_objects(scene, command, part) if textures else (),
        texture_size=texture_size,
        tile_metres=command.tile,
        pack=command.pack or wishes.pack,
        atlas=atlas,
        around=wishes.around if command.around is None else command.around,
        most_added=wishes.most_added if command.most_added is None else command.most_added,
        uv=command.uv or wishes.uv,
        part=part,
        title=command.title or choices.title(scene),
        people=command.people or choices.people(wishes.people) or ((by,) if by else ()),
        latest=command.latest,
        cut=command.cut,
        only=command.shots,
        dressing=_dressing(wishes, command),
        timeline=command.path,
        notes=tuple(filter(None, [choices.fewer(frames, command.frames)])),
        apply=apply,
        gently=gently,
    )


def _check_atlas(atlas: bool, texture_size: int) -> None:
    """Raise InputError, before hours of painting, for textures that no atlas holds."""
    if atlas and texture_size > MOST_IN_ATLAS:
        raise InputError(
            f"An atlas holds textures of up to {MOST_IN_ATLAS} texels a side with their padding, "
            f"not of {texture_size}: choose a smaller size, or no atlas."
        )


def _check_manner(command: Command, mode: Mode, cadence: Cadence) -> None:
    """Raise InputError for what the mode, which the scene may have said, has no use for."""
    if mode == "each" and cadence == "keys":
        raise InputError(
            "Painted each on its own, a shot has no key frames to show alone: choose the mode "
            "steady or anchored, or drawings on twos or threes."
        )
    given = {
        "--seed-per frame": command.seed_per == "frame" and mode != "each",
        f"--batch {command.batch}": command.batch > 1 and mode != "each",
        f"--repaint {command.repaint}": command.repaint is not None and mode != "anchored",
    }
    for option in (option for option, useless in given.items() if useless):
        wanted = "anchored" if "repaint" in option else "each"
        raise InputError(
            f"{option} changes nothing in the mode {mode}: leave it out, or add --mode {wanted}."
        )


def _dressing(wishes: "UnderpaintScene", command: Command) -> Dressing:
    """Raises InputError for a file that no sound can be read from."""
    if "reel" not in STAGES[command.name]:
        return Dressing()
    path = command.sound or (Path(bpy.path.abspath(wishes.sound)) if wishes.sound else None)
    return Dressing(
        slates=wishes.slates if command.slates is None else command.slates,
        burn_in=wishes.burn_in if command.burn_in is None else command.burn_in,
        credits=wishes.credits if command.credits is None else command.credits,
        sound=sounds.look_at(path.absolute()) if path else None,
    )


def _objects(scene: bpy.types.Scene, command: Command, part: str) -> tuple[str, ...]:
    """The objects that are named; of all, where none is, those that have the part to be painted."""
    names = choices.objects(scene, command.objects)
    if not part or command.objects or command.tile:
        return names
    shown = all_objects(scene)
    having = tuple(n for n in names if n in shown and part in shown[n].vertex_groups)
    if not having:
        raise InputError(
            f"No object has a vertex group {part}: paint its weights where textures are to change."
        )
    return having


def _frames(scene: bpy.types.Scene, command: Command) -> dict[Shot, tuple[int, ...]]:
    return choices.frames(choices.shots(list_shots(scene), command.shots), command.frames)


def _look(wishes: "UnderpaintScene", command: Command, project: Project) -> Look:
    """Words saved in the scene go with the scene's look, not with one that the command names."""
    if not {"frames", "textures"} & set(STAGES[command.name]):
        return NO_LOOK
    if command.look is not None:
        return looks.choose(command.look, command.words or "", command.avoid or "", project)
    words, avoid = command.words or wishes.words, command.avoid or wishes.avoid
    return looks.choose(wishes.look, words, avoid, project)


def _is_selected_mesh(obj: bpy.types.Object) -> bool:
    return obj.type == "MESH" and obj.select_get()
