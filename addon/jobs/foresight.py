"""What an order will take, before anything is started."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

import bpy
from underpaint.events import Estimated
from underpaint.library import already, paces
from underpaint.library.already import Wanted
from underpaint.library.estimate import check_room, estimate, free_space, size_words
from underpaint.model.pace import Kind, Work, WorkEstimate, painting_what
from underpaint.take_table import duration

from ..bridge.cameras import picture_size
from ..bridge.cover import most_views
from .measuring import passes_what
from .order import Order, ShotOrder, Stage

_NEVER_NOTHING = 0.001
_NOUNS: dict[Kind, tuple[str, str]] = {
    "passes": ("frame's passes", "frames' passes"),
    "frames": ("frame", "frames"),
    "views": ("view", "views"),
    "textures": ("texture", "textures"),
    "tiles": ("tile", "tiles"),
}


@dataclass(frozen=True)
class Foresight:
    """What is told of an order, and the seconds that each of its stages will likely take."""

    told: Estimated
    seconds: Mapping[str, float]


def foresee(order: Order, scene: bpy.types.Scene) -> Foresight:
    """Time and disk that the order will take, by this machine's history.

    Reads the records of passes and takes, and of the scene only its size. Raises InputError for a
    scene without a picture.
    """
    history = paces.recall()
    stages = [(stage, estimate(work, history)) for stage, work in _works(order, scene)]
    works = tuple(work for _, work in stages)
    least, most = sum(w.least for w in works), sum(w.most for w in works)
    guessed = any(w.guessed for w in works)
    free, size = free_space(order.out), sum(w.bytes for w in works)
    text = _words(works, least, most, size, free)
    told = Estimated(order.command, least, most, size, free, guessed, text, works)
    seconds: dict[str, float] = dict.fromkeys(order.stages, _NEVER_NOTHING)
    for stage, work in stages:
        if work.kind != "engine":  # while it loads, no stage gets on
            seconds[stage] += work.seconds
    return Foresight(told, seconds)


def warn_of_disk(order: Order, told: Estimated) -> str:
    """A sentence where the disk gets nearly full. Raises DiskError where it cannot suffice."""
    return check_room(order.out, told.works, told.free)


# --- what there is to do ----------------------------------------------------------------------


def _works(order: Order, scene: bpy.types.Scene) -> Iterator[tuple[Stage, Work]]:
    """In the order in which it is done, with the stage that does it."""
    engine = True
    for stage in order.stages:
        for work in _OF_STAGE[stage](order, scene):
            if work.kind in ("frames", "views", "tiles") and work.units > work.standing and engine:
                engine = False
                yield stage, Work("engine", (order.engine,), 0, 1)
            yield stage, work


def _passes(order: Order, scene: bpy.types.Scene) -> list[Work]:
    size = picture_size(scene)
    wanted = [(shot.shot.name, pass_frames(order, shot)) for shot in order.shots]
    standing = sum(already.passes(order.project, name, frames, size) for name, frames in wanted)
    total = sum(len(frames) for _, frames in wanted)
    return [Work("passes", passes_what(), _pixels(scene), total, standing)]


def pass_frames(order: Order, shot: ShotOrder) -> tuple[int, ...]:
    """The frames whose passes an order needs; textures alone need those that they look from."""
    return shot.view_frames if order.command == "textures" else shot.frames


def _frames(order: Order, scene: bpy.types.Scene) -> list[Work]:
    size = picture_size(scene)
    settings: dict[str, object] = {"seed_per": order.seed_per, "batch": order.batch}
    settings |= {"mode": order.mode, "cadence": order.cadence}
    if order.mode == "anchored":
        settings["repaint"] = order.repaint
    seeds = range(order.seed, order.seed + order.takes)
    standing = 0
    for shot in order.shots:
        wanted = Wanted(shot.shot.name, shot.frames, size, order.look, order.engine, settings)
        standing += sum(already.frames(order.project, wanted, seed) for seed in seeds)
    total = order.takes * sum(len(shot.frames) for shot in order.shots)
    what = painting_what(order.engine, order.look, order.batch, order.mode, order.cadence)
    return [Work("frames", what, _pixels(scene), total, standing)]


def _anew(order: Order, scene: bpy.types.Scene) -> list[Work]:
    return [replace(work, standing=0) for work in _frames(order, scene)]


def _textures(order: Order, scene: bpy.types.Scene) -> list[Work]:
    """How many views it takes to see every side is known only later: the most are counted."""
    what, texels = painting_what(order.engine, order.look), order.texture_size**2
    if order.tile_metres is not None:
        return [Work("tiles", what, texels, 2 * order.takes)]
    added = (order.most_added or most_views(len(order.objects))) if order.around else 0
    views = (len(order.views) + added) * order.takes
    return [
        *([Work("passes", passes_what(), _pixels(scene), added)] if added else []),
        Work("views", what, _pixels(scene), views),
        Work("textures", (), texels, len(order.objects) * order.takes),
    ]


def _reel(order: Order, scene: bpy.types.Scene) -> list[Work]:
    return [Work("reel", (), _pixels(scene), sum(len(shot.frames) for shot in order.shots))]


def _nothing(_order: Order, _scene: bpy.types.Scene) -> list[Work]:
    return []


_OF_STAGE = {
    "passes": _passes,
    "frames": _frames,
    "textures": _textures,
    "reel": _reel,
    "retime": _nothing,
    "redo": _anew,
}


def _pixels(scene: bpy.types.Scene) -> int:
    width, height = picture_size(scene)
    return width * height


# --- words ------------------------------------------------------------------------------------


def _words(
    works: tuple[WorkEstimate, ...], least: float, most: float, size: int, free: int | None
) -> str:
    """One sentence: time, disk, what is to be done and what is there already."""
    parts = [part for part in map(_part, works) if part]
    listed = f": {', '.join(parts)}." if parts else "."
    if all(work.units <= work.standing for work in works):
        return f"Nothing is left to be made{listed}"
    guess = "A guess, as this machine has never done the like" if _is_guess(works) else "About"
    disk = (
        size_words(size) if free is None else f"{size_words(size)} of the {size_words(free)} free"
    )
    time = f"{guess}: {_range(least, most)}" if guess != "About" else f"About {_range(least, most)}"
    return f"{time}, {disk}{listed}"


def _is_guess(works: tuple[WorkEstimate, ...]) -> bool:
    """Whether a good part of the time is guessed: how an engine is loaded is no such part."""
    guessed = sum(work.seconds for work in works if work.guessed)
    return guessed > 0.25 * sum(work.seconds for work in works)


def _part(work: WorkEstimate) -> str:
    if work.kind not in _NOUNS or not work.units:
        return ""
    noun = _NOUNS[work.kind][work.units != 1]
    there = f" ({work.standing} there already)" if work.standing else ""
    return f"{work.units} {noun}{there}"


def _range(least: float, most: float) -> str:
    """``4 to 6 min``."""
    low, high = duration(least), duration(most)
    if low == high:
        return high
    same_unit = low.count(" ") == 1 and low.split()[1] == high.split()[-1]
    return f"{low.split()[0] if same_unit else low} to {high}"
