"""The command line's words, once for both ways in.

``underpaint passes FILE …`` and ``blender -b FILE --command underpaint passes …`` say the same;
only the second does not name the file, because Blender has opened it. Standard library only:
Blender's Python reads this too.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from difflib import get_close_matches
from pathlib import Path
from typing import NoReturn

from . import __version__, cut_options, options, take_options
from .errors import InputError
from .model.cut import DEFAULT_CUT
from .model.request import Cadence, Mode, SeedPer
from .model.surface import UvChoice

PAINTING = ("passes", "frames", "textures", "reel", "run", "retime", "redo")
"""Commands that need Blender; the rest only need what lies on disk."""
ABOUT_TAKES = ("pick", "takes", "judge", "delete", "compare", "cut", "stop")
"""Commands about what lies beside a FILE, which they do not open."""

_Group = Callable[[argparse.ArgumentParser], None]


DESCRIPTION = (
    "Turn a grey Blender blocking scene into painted frames, textured sets and a shot reel."
)
EPILOG = """\
The whole way, then a second opinion for one shot:
  underpaint run street.blend --words "a rainy street at dusk, oil paint"
  underpaint frames street.blend --shot arrival --seed 7
  underpaint compare street.blend arrival 1 2
  underpaint pick street.blend arrival 2
  underpaint reel street.blend --latest

Results lie in the folder underpaint/ beside the file. A take is never overwritten; a run that was
stopped goes on from its last finished frame when the same command is given again.

exit codes: 0 done; 2 the input is wrong; 3 the engine is missing or cannot do this;
            4 it failed midway (what was finished is kept); 130 cancelled"""


@dataclass(frozen=True)
class Command:
    """One parsed command. ``None`` means: not given, ask the scene, then the default."""

    name: str
    file: Path | None = None
    shots: tuple[str, ...] = ()
    frames: tuple[int, int | None] | None = None
    objects: tuple[str, ...] = ()
    look: str | None = None
    words: str | None = None
    avoid: str | None = None
    seed: int | None = None
    mode: Mode | None = None
    cadence: Cadence | None = None
    repaint: float | None = None
    seed_per: SeedPer | None = None
    takes: int | None = None
    batch: int = 1
    texture_size: int | None = None
    around: bool | None = None
    most_added: int | None = None
    uv: UvChoice | None = None
    part: str | None = None
    tile: float | None = None
    pack: bool = False
    atlas: bool = False
    picture_size: tuple[int, int] | None = None
    latest: bool = False
    title: str | None = None
    people: tuple[str, ...] = ()
    by: str | None = None
    out: Path | None = None
    engine: str | None = None
    python: Path | None = None
    blender: Path | None = None
    json: bool = False
    save: Path | None = None
    subject: str = ""
    take: int = 0
    texture: bool = False
    stars: int | None = None
    rejected: bool | None = None
    note: str = ""
    yes: bool = False
    although_used: bool = False
    compared: tuple[int, ...] = ()
    frame: int | None = None
    wipe: float | None = None
    estimate: bool = False
    video: bool = False
    cut: str = DEFAULT_CUT
    verb: str = "list"
    words_of_verb: tuple[str, ...] = ()
    slates: bool | None = None
    burn_in: bool | None = None
    credits: bool | None = None
    sound: Path | None = None
    path: Path | None = None


class _Parser(argparse.ArgumentParser):
    """Raises InputError in place of printing its usage and ending the program."""

    def error(self, message: str) -> NoReturn:
        told = _in_words(message)
        raise InputError(f"{told[0].upper()}{told[1:]}. `{self.prog} --help` shows what there is.")

    def unknown(self, words: Sequence[str]) -> NoReturn:
        """Raise InputError for words that nothing takes, with the options that look like them."""
        known = [option for action in self._actions for option in action.option_strings]
        near = [get_close_matches(word.partition("=")[0], known, 1) for word in words]
        hints = [f" (did you mean {found[0]}?)" if found else "" for found in near]
        told = ", ".join(f"{word}{hint}" for word, hint in zip(words, hints, strict=True))
        self.error(f"it does not take {told}")


def parse(arguments: Sequence[str], *, with_file: bool = True) -> Command:
    """The command that the words ask for.

    Raises InputError for words that make no command, and SystemExit(0) after ``--help`` and
    ``--version``, which print to standard output.
    """
    root = parser(with_file=with_file)
    known_words, rest = root.parse_known_args(arguments)
    values = vars(known_words)
    if rest:
        values["parser"].unknown(rest)
    sizes = values.pop("sizes", None) or []
    values["texture_size"] = next((s for s in reversed(sizes) if isinstance(s, int)), None)
    values["picture_size"] = next((s for s in reversed(sizes) if isinstance(s, tuple)), None)
    if (views := values.pop("views", None)) is not None:
        values["around"], values["most_added"] = views != 0, max(views, 0)
    for key in ("shots", "people", "compared", "words_of_verb"):
        values[key] = tuple(values.get(key) or ())
    known = {field.name for field in fields(Command)}
    command = Command(**{key: value for key, value in values.items() if key in known})
    _check(command)
    return command


def parser(*, with_file: bool = True) -> argparse.ArgumentParser:
    """The parser of every command; without ``with_file`` Blender has the file open already."""
    root = _Parser(
        prog="underpaint" if with_file else "blender -b FILE --command underpaint",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    root.add_argument("--version", action="version", version=f"Underpaint {__version__}")
    commands = root.add_subparsers(dest="name", metavar="COMMAND", required=True, title="commands")
    for name, (help_text, groups) in _COMMANDS.items():
        sub = commands.add_parser(name, help=help_text, description=help_text)
        if with_file and name in (*PAINTING, *ABOUT_TAKES):
            sub.add_argument("file", metavar="FILE", type=Path, help="the scene, a .blend file")
        for group in groups:
            group(sub)
        sub.set_defaults(parser=sub)
    return root


def _in_words(message: str) -> str:
    """argparse's words for people: no prose of its own about what is a choice."""
    wrong = re.match(r"argument (\S+): invalid choice: '(.*?)' \(choose from (.*)\)$", message)
    if wrong is None:
        return message.removeprefix("argument ")
    name, given, listed = wrong.groups()
    choices = [choice.strip("' ") for choice in listed.split(",")]
    near = get_close_matches(given, choices, 1)
    hint = f" (did you mean {near[0]}?)" if near else ""
    return f"there is no {name.lower()} {given!r}{hint}; there are: {', '.join(choices)}"


_MAKING: tuple[_Group, ...] = (options.using_worker, options.using_blender, options.common)
_PAINTED: tuple[_Group, ...] = (
    options.choosing_shots,
    options.looking,
    options.taking,
    options.estimating,
)
_REEL: tuple[_Group, ...] = (cut_options.which_cut, cut_options.dressing)
_A_TAKE: tuple[_Group, ...] = (take_options.subject, take_options.take)
_COMMANDS: dict[str, tuple[str, tuple[_Group, ...]]] = {
    "passes": (
        "Render depth, normal, position, uv, object id and motion of the shots.",
        (
            options.choosing_shots,
            options.estimating,
            options.sizing_pictures,
            options.using_blender,
            options.common,
        ),
    ),
    "frames": (
        "Paint the shots' frames: a new take of each.",
        (*_PAINTED, options.painting_frames, options.sizing_pictures, *_MAKING),
    ),
    "textures": (
        "Paint the textures of objects, as the shots' cameras see them.",
        (
            *_PAINTED,
            options.painting_textures,
            options.repainting,
            options.tiling,
            options.packing,
            options.sizing,
            *_MAKING,
        ),
    ),
    "redo": (
        "Paint a shot's take once more from its record, and say if the same bytes came of it.",
        (
            take_options.shot,
            take_options.take,
            options.estimating,
            options.which_engine,
            options.sizing_pictures,
            *_MAKING,
        ),
    ),
    "reel": (
        "Cut the picked takes into a video, a timeline, a contact sheet and credits.",
        (
            options.choosing_shots,
            options.latest,
            options.making_reel,
            *_REEL,
            *_MAKING,
        ),
    ),
    "run": (
        "All of it: passes, frames, textures, and a reel of the newest takes.",
        (
            *_PAINTED,
            options.painting_frames,
            options.painting_textures,
            options.packing,
            options.making_reel,
            *_REEL,
            options.sizing,
            *_MAKING,
        ),
    ),
    "cut": (
        "Edit the reel: hold, trim, slow, swap and re-order its shots. Nothing is painted.",
        (cut_options.editing, cut_options.which_cut, options.common),
    ),
    "retime": (
        "Read the reel's timeline back from another editor, into the cut and the shots' markers.",
        (cut_options.timeline, cut_options.which_cut, *_MAKING),
    ),
    "takes": (
        "List the takes that there are, and what was said of them.",
        (take_options.listing, options.common),
    ),
    "pick": ("Choose the take that counts.", (*_A_TAKE, options.common)),
    "judge": (
        "Say what you think of a take.",
        (*_A_TAKE, take_options.judging, options.common),
    ),
    "compare": (
        "Put takes side by side in one picture.",
        (
            take_options.subject,
            take_options.comparing,
            options.using_worker,
            options.which_blender,
            options.common,
        ),
    ),
    "delete": ("Delete a take, for good.", (*_A_TAKE, take_options.deleting, options.common)),
    "stop": (
        "Stop painting a shot, whichever processes and machines paint it; what is done is kept.",
        (take_options.painted_shot, take_options.stopping, options.common),
    ),
    "verify": (
        "Say what a picture's credits claim, and whether they hold.",
        (options.verifying, options.as_json),
    ),
    "doctor": (
        "Say what is here, what is missing and what to do.",
        (options.examining, options.as_json),
    ),
}


def _check(command: Command) -> None:
    """What no single option can see."""
    if command.texture_size and command.name in ("passes", "frames"):
        size = command.texture_size
        raise InputError(
            f"--size {size} is a texture's size; {command.name} wants the pictures' width and "
            f"height, as in --size {size}x{size}."
        )
    if command.tile is not None and not command.objects:
        raise InputError("--tile wants to know what is laid with it, as in --objects Ground,Wall.")
    if command.tile is not None and command.atlas:
        raise InputError("--tile and --atlas do not go together: a tile repeats, a cell cannot.")
    told = command.stars is not None or command.rejected is not None or command.note.strip()
    if command.name == "judge" and not told:
        raise InputError("judge wants to know what you think: --stars, --reject or --note.")
    if command.name == "compare" and len(set(command.compared)) < 2:
        raise InputError("compare wants the numbers of two takes or more, as in 1 2.")
    if command.save is not None and command.save.suffix.lower() != ".blend":
        raise InputError(f"--save {command.save}: the name must end in .blend.")
